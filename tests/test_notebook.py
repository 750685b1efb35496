"""The notebook API: what its page says is what happens, and importing it costs nothing."""

import doctest
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sigma_cli.notebook as sigma
from sigma_cli.domain.candles import CANDLE_COLUMNS
from sigma_cli.errors import UsageError
from sigma_cli.store.lake import Lake, Source
from tests.market import candles

PAGE = Path(__file__).parent.parent / "docs" / "notebook.md"
untyped: Any = sigma
"""As it is to somebody without a type checker."""
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


@pytest.mark.parametrize(
    ("call", "what", "fix"),
    [
        (lambda: untyped.sweep("sma_cross", {"fast": 5}), "only one value", r"such as \[5\]"),
        (lambda: untyped.sweep("sma_cross", ["fast"]), "grid is of a kind .*: list", "a dict"),
        (lambda: untyped.backtest("sma_cross", [1]), "params is of a kind .*: list", "a dict"),
        (lambda: untyped.backtest(5), "strategy is of a kind .*: int", "sma_cross"),
        (lambda: untyped.backtest("sma_cross", period=2025), "period is of a kind", "30d"),
        (lambda: untyped.backtest("sma_cross", markets=5), "markets is of a kind", "KRW-BTC"),
        (lambda: untyped.backtest("sma_cross", cash="much"), "cash is of a kind", "a number"),
        (lambda: untyped.backtest("sma_cross", intervall="1m"), "did you mean 'interval'", "fee"),
        (lambda: untyped.load("KRW-BTC", cash=1), "no argument 'cash'", "period, venue"),
        (lambda: untyped.load(5), "market is of a kind", "KRW-BTC"),
        (lambda: untyped.report(5), "run is of a kind", "the id of a run"),
        (lambda: untyped.runs(5), "store is of a kind", "folder"),
    ],
)
@pytest.mark.usefixtures("store")
def test_a_mistake_says_how_to_mend_it(call: Callable[[], object], what: str, fix: str) -> None:
    with pytest.raises(UsageError, match=what) as raised:
        call()
    assert re.search(fix, raised.value.fix)


@pytest.mark.usefixtures("store")
def test_a_pivot_needs_two_parameters_and_a_metric() -> None:
    found = sigma.sweep(
        "sma_cross", {"fast": [5, 8], "slow": [20]}, fee=0.001, cash=float(np.float32(10**6))
    )
    assert found.summary["settings"]["fills.fee"] == 0.001
    assert found.pivot("fills").shape == (2, 1)
    with pytest.raises(UsageError, match="did you mean 'sharpe'") as raised:
        found.pivot("sharp")
    assert "total_return" in raised.value.fix
    with pytest.raises(UsageError, match="only fast was swept"):
        sigma.sweep("sma_cross", {"fast": [5, 8]}).pivot()


def test_importing_it_imports_nothing_heavy() -> None:
    code = "import sys, sigma_cli.notebook; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"pandas", "numpy", "numba", "pyarrow", "pydantic"} & set(done.stdout.split())
