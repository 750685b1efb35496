"""Sweeps from a lake to a stored table: equal to single runs, and resumed where they ended."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sigma_cli import settings
from sigma_cli.domain.candles import CANDLE_COLUMNS
from sigma_cli.errors import CheckError, UsageError
from sigma_cli.runtime import backtest, runs, sweep
from sigma_cli.runtime.backtest import Request
from sigma_cli.runtime.progress import Silent
from sigma_cli.runtime.report import report
from sigma_cli.stats.overfitting import backtest_overfitting
from sigma_cli.store.lake import Lake, Source
from sigma_cli.store.runs import load_run
from tests.market import candles

SOURCE = Source(name="made.csv", sha256="0" * 64, layout="test")
GRID = ("fast=2:8:3", "slow=5,20,60")
"""Eight combinations: fast 5 and 8 are not below slow 5."""

STRATEGY = """
import os
import signal
from pathlib import Path

import numpy as np
from pydantic import BaseModel


class Params(BaseModel):
    every: int


class Mine:
    params = Params
    lookback_rows = 100_000

    def __init__(self, params):
        self.every = params.every

    def features(self):
        return ()

    def signal(self, columns):
        {body}
        wish = np.full(len(columns), np.nan)
        wish[:: self.every] = 1.0
        wish[1 :: self.every + 1] = 0.0
        return wish
"""


def load(overrides: Sequence[str]) -> settings.Loaded:
    return settings.load(None, None, {}, settings.parse_overrides(overrides))


def fill(store: Path) -> Path:
    """Put fifteen days of two markets into a store."""
    lake = Lake(store)
    for seed, name in enumerate(("KRW-BTC", "KRW-XRP")):
        one = candles(15 * 1440 - seed * 100, seed, step=20, market=name)
        instrument = one.instrument
        lake.register_instrument(
            "upbit", name, instrument.price_exp, instrument.size_exp, always_open=True
        )
        rows = {column: getattr(one, column) for column in CANDLE_COLUMNS}
        lake.merge_candles("upbit", name, "1m", rows, SOURCE)
    return store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill(tmp_path_factory.mktemp("store"))


def request(**typed: Any) -> Request:
    return Request(**{"strategy": "sma_cross", "period": "all", "venue": "upbit"} | typed)


def swept(
    store: Path, words: Sequence[str] = GRID, progress: Any = None, **typed: Any
) -> sweep.Result:
    return sweep.run(request(**typed), words, store, load, progress or Silent())


def table(store: Path, found: sweep.Result) -> dict[str, Any]:
    return load_run(store, found.run_id).table("cells")


@pytest.mark.parametrize("markets", [["KRW-BTC"], ["KRW-BTC", "KRW-XRP"]])
def test_every_cell_is_the_single_run(store: Path, markets: list[str]) -> None:
    found = swept(store, markets=markets)
    assert (found.cells, found.skipped, found.gate) == (7, 2, "passed")
    cells = table(store, found)
    for row, run_id in enumerate(cells["run_id"].tolist()):
        sets = [f"fast={cells['fast'][row]}", f"slow={cells['slow'][row]}"]
        one = backtest.run(request(markets=markets, sets=sets), store, load, Silent())
        assert one.run_id == run_id
        for name in ("final_equity", "total_return", "sharpe", "max_drawdown", "fills", "fees"):
            assert getattr(one, name) == cells[name][row], name
        assert one.fills > 100
        assert cells["returns_count"][row] == 15


def test_too_few_days_for_daily_returns(store: Path) -> None:
    period = "2025-09-01T00:00..2025-09-01T05:59"
    found = swept(store, ["fast=2,3"], markets=["KRW-BTC"], period=period)
    one = backtest.run(
        request(markets=["KRW-BTC"], period=period, sets=["fast=3"]), store, load, Silent()
    )
    cells = table(store, found)
    assert cells["sharpe"][1] == one.sharpe
    assert cells["returns_count"][1] == 359


def test_overfitting_is_that_of_the_single_runs(store: Path) -> None:
    period = "2025-09-01T00:00..2025-09-01T05:59"
    found = swept(store, ["fast=2:9"], markets=["KRW-BTC"], period=period)
    returns = []
    for fast in range(2, 10):
        asked = request(markets=["KRW-BTC"], period=period, sets=[f"fast={fast}"])
        one = backtest.run(asked, store, load, Silent())
        equity = load_run(store, one.run_id).table("equity")["equity"]
        returns.append(equity[1:] / equity[:-1] - 1.0)
    expected = backtest_overfitting(np.stack(returns, axis=1))
    assert found.overfitting == pytest.approx(expected.probability, abs=1e-12)
    assert 0.0 < found.overfitting < 1.0


@pytest.mark.compiles
def test_trials_are_counted_once_each(tmp_path: Path) -> None:
    store = fill(tmp_path)
    single = backtest.run(request(sets=["fast=2", "slow=20"]), store, load, Silent())
    assert single.trials == 1
    assert swept(store, ["fast=2", "slow=20,60"]).trials == 2
    wider = swept(store, ["fast=2,5", "slow=20,60"])
    assert (wider.trials, wider.reused) == (4, 2)
    other = backtest.run(request(sets=["fast=5", "slow=7"]), store, load, Silent())
    assert other.trials == 5
    kinds = [line.kind for line in runs.listing(store, pytest.fail)]
    assert kinds == ["backtest", "sweep", "sweep", "backtest"]


def test_a_sweep_is_recognised_and_can_be_asked_for_again(store: Path) -> None:
    words = ["fast=3,4"]
    first = swept(store, words, markets=["KRW-BTC"])
    again = swept(store, words, markets=["KRW-BTC"])
    assert again.recognised
    assert again.run_id == first.run_id
    assert again.best == first.best
    computed = swept(store, words, markets=["KRW-BTC"], again=True)
    assert not computed.recognised
    assert computed.best == first.best
    summary = load_run(store, first.run_id).summary
    assert summary["kind"] == "sweep"
    assert summary["grid"] == {"fast": [3, 4]}
    assert summary["params"] == {"slow": 30, "ties_max": 1_000}
    assert summary["command"].endswith("--sweep fast=3,4")
    assert 0.0 <= summary["best"]["deflated_sharpe"] <= 1.0


def test_the_command_line_says_what_the_report_says(tmp_path: Path) -> None:
    store = fill(tmp_path)
    alone = swept(store, ["fast=4"], markets=["KRW-BTC"])
    assert 0.0 < alone.best[0]["deflated_sharpe"] < 1.0, "of one try there is no spread"
    backtest.run(request(period="2025-09-03", markets=["KRW-BTC"]), store, load, Silent())
    first = swept(store, ["fast=2:9", "slow=20,40"], markets=["KRW-BTC"])
    told = [first, swept(store, ["fast=4"], markets=["KRW-BTC"])]
    assert [one.trials for one in told] == [18, 18]
    for one in told:
        page = report(store, [one.run_id]).document()
        assert page["trials"] == one.trials
        chances = [cell["deflated_sharpe"] for cell in page["best"]]
        assert [cell["deflated_sharpe"] for cell in one.best] == chances
    stored = load_run(store, first.run_id).summary["best"]
    assert stored["deflated_sharpe"] == first.best[0]["deflated_sharpe"]


def test_a_sweep_that_comes_out_differently_is_no_result(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    dice = "self.every = 3 + int.from_bytes(os.urandom(2)) % 500"
    path.write_text(STRATEGY.format(body=dice), encoding="utf-8")
    typed = {"strategy": f"{path}:Mine", "markets": ["KRW-BTC"], "gate": False}
    swept(store, ["every=5,6"], **typed)
    with pytest.raises(CheckError, match="came out differently"):
        swept(store, ["every=5,6"], again=True, **typed)


@pytest.mark.parametrize("workers", [2, 3])
def test_results_do_not_depend_on_the_workers(tmp_path: Path, workers: int) -> None:
    alone, many = fill(tmp_path / "alone"), fill(tmp_path / "many")
    one = swept(alone, sets=["sweep.workers=1"])
    other = swept(many, sets=[f"sweep.workers={workers}"])
    assert one.run_id == other.run_id
    files = [folder / "runs" / one.run_id / "cells.parquet" for folder in (alone, many)]
    assert files[0].read_bytes() == files[1].read_bytes()


class Impatient(Silent):
    """Presses Ctrl-C after some combinations."""

    def __init__(self, after: int) -> None:
        self.left = after
        self.unit = ""
        self.notes: list[str] = []

    def begin(self, what: str, total: int | None = None, unit: str = "") -> None:
        super().begin(what, total, unit)
        self.unit = unit

    def advance(self, amount: int = 1) -> None:
        self.left -= amount if self.unit == "combinations" else 0
        if self.left < 0:
            raise KeyboardInterrupt

    def note(self, text: str) -> None:
        self.notes.append(text)


@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupted_sweep_goes_on_where_it_was(tmp_path: Path, workers: int) -> None:
    whole, broken = fill(tmp_path / "whole"), fill(tmp_path / "broken")
    sets = [f"sweep.workers={workers}"]
    watcher = Impatient(after=4)
    with pytest.raises(KeyboardInterrupt):
        swept(broken, progress=watcher, sets=sets)
    assert watcher.notes == ["5 of 7 combinations are done and kept"]
    assert runs.listing(broken, pytest.fail) == ()
    found = swept(broken, sets=sets)
    assert found.reused == 5
    assert not (broken / "cells").exists() or not list((broken / "cells").iterdir())
    expected = table(whole, swept(whole))
    for name, column in table(broken, found).items():
        np.testing.assert_array_equal(column, expected[name])


def test_a_worker_that_is_killed_costs_nothing(store: Path, tmp_path: Path) -> None:
    path, mark = tmp_path / "mine.py", tmp_path / "killed"
    dies = f"""if self.every == 7 and not Path({str(mark)!r}).exists():
            Path({str(mark)!r}).touch()
            os.kill(os.getpid(), signal.SIGKILL)"""
    path.write_text(STRATEGY.format(body=dies), encoding="utf-8")
    typed = {"strategy": f"{path}:Mine", "markets": ["KRW-BTC"]}
    found = swept(store, ["every=3:12"], sets=["sweep.workers=2"], **typed)
    assert mark.exists()
    cells = table(store, found)
    assert cells["every"].tolist() == list(range(3, 13))
    one = backtest.run(request(sets=["every=7"], **typed), store, load, Silent())
    assert one.final_equity == cells["final_equity"][4]


def test_a_strategy_that_fails_or_peeks_stops_the_sweep(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(STRATEGY.format(body="raise ValueError('no')"), encoding="utf-8")
    with pytest.raises(UsageError, match=r"ValueError\('no'\)"):
        swept(store, ["every=3:12"], strategy=f"{path}:Mine")
    peek = "return (np.roll(columns['close'], -1) > columns['close']).astype(float)"
    path.write_text(STRATEGY.format(body=peek), encoding="utf-8")
    with pytest.raises(CheckError, match="looks ahead"):
        swept(store, ["every=3:12"], strategy=f"{path}:Mine", markets=["KRW-BTC"])


def test_one_combination_that_looks_ahead_is_enough(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    body = """
        close = columns["close"]
        coming = np.append(close[1:], 0.0) if self.every == 7 else np.append(0.0, close[:-1])
        return np.where(coming > close, 1.0, 0.0)"""
    path.write_text(STRATEGY.format(body=body.lstrip()), encoding="utf-8")
    with pytest.raises(CheckError, match=r"Mine \(every=7\) looks ahead"):
        swept(store, ["every=3:12"], strategy=f"{path}:Mine", markets=["KRW-BTC"])
    assert (
        swept(store, ["every=3:12"], strategy=f"{path}:Mine", markets=["KRW-BTC"], gate=False).cells
        == 10
    )


@pytest.mark.parametrize(
    ("words", "sets", "says"),
    [
        (["fats=2:5"], [], "fats is not a parameter of sma_cross"),
        (["sizing.fraction=0.1,0.2"], [], "only those can be swept"),
        (["fast=2:5"], ["fast=3"], "both set and swept"),
        (["fast=50,60"], ["slow=40"], r"fast \(60\) must be less than slow \(40\)"),
        (["fast=a,b"], [], "valid integer"),
        ([], [], "the grid is empty"),
        (["fast=2:5"], ["sweep.executor=cluster"], "sweep.executor"),
    ],
)
def test_what_can_be_typed_wrong(store: Path, words: list[str], sets: list[str], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        swept(store, words, sets=sets)
