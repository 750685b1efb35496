"""The notebook API: what its page says is what happens, and importing it costs nothing."""

import doctest
import subprocess
import sys
from pathlib import Path

import pytest

import sigma_cli.notebook as sigma
from sigma_cli.domain.candles import CANDLE_COLUMNS
from sigma_cli.errors import UsageError
from sigma_cli.store.lake import Lake, Source
from tests.market import candles

PAGE = Path(__file__).parent.parent / "docs" / "notebook.md"
SOURCE = Source(name="made.csv", sha256="0" * 64, layout="test")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store with two days of a market, which is the user's."""
    one = candles(2 * 1440, step=20)
    instrument = one.instrument
    lake = Lake(tmp_path)
    lake.register_instrument(
        "upbit", "KRW-BTC", instrument.price_exp, instrument.size_exp, always_open=True
    )
    rows = {column: getattr(one, column) for column in CANDLE_COLUMNS}
    lake.merge_candles("upbit", "KRW-BTC", "1m", rows, SOURCE)
    monkeypatch.setenv("SIGMA_STORE", str(tmp_path))
    return tmp_path


@pytest.mark.usefixtures("store")
def test_the_page_says_what_happens() -> None:
    done = doctest.testfile(str(PAGE), module_relative=False, globs={"sigma": sigma})
    assert done.attempted > 10
    assert done.failed == 0


def test_its_names() -> None:
    assert sigma.__all__ == ["Run", "Sweep", "backtest", "load", "report", "runs", "sweep"]
    page = PAGE.read_text(encoding="utf-8")
    assert all(f"`{name}(" in page for name in ("backtest", "load", "report", "runs", "sweep"))


def test_an_empty_store_has_no_runs(tmp_path: Path) -> None:
    assert sigma.runs(store=tmp_path).empty
    with pytest.raises(UsageError, match="no candles yet"):
        sigma.load("KRW-BTC", store=tmp_path)


def test_stores_and_settings_can_be_named(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = sigma.backtest(
        "buy_and_hold", markets="KRW-BTC", settings={"fills.slippage_bps": 2}, store=str(store)
    )
    assert run.folder.parent.parent == store
    assert run.summary["settings"]["fills.slippage_bps"] == 2
    assert run.table("facts").shape[0] > 0
    assert sigma.runs(store).index.tolist() == [run.run_id]
    assert sigma.report("latest", store).is_file()
    assert capsys.readouterr() == ("", "")


def test_importing_it_imports_nothing_heavy() -> None:
    code = "import sys, sigma_cli.notebook; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"pandas", "numpy", "numba", "pyarrow", "pydantic"} & set(done.stdout.split())
