"""The look-ahead gate: cheaters are refused by name of row and column, honest strategies pass."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from sigma_cli import plugins
from sigma_cli.errors import CheckError
from sigma_cli.runtime import gate
from sigma_cli.runtime.choice import choose
from sigma_cli.strategies.features import Feature, sma
from sigma_cli.strategies.strategy import Columns
from tests.cheaters import CHEATERS, NoParams
from tests.market import candles

TESTS = Path(__file__).parent.parent
LIVELY = candles(3_000, seed=3, step=40)

HEAD = """
import numpy as np
from pydantic import BaseModel
from sigma_cli.strategies.features import sma

class Params(BaseModel):
    pass

class Base:
    params = Params
    lookback_rows = 50
    def __init__(self, params):
        self.mean = sma("close", 3)
    def features(self):
        return (self.mean,)
"""
SUBTLE = {
    "KnowsHowLongItLasts": """
        return np.linspace(0.0, 1.0, len(columns))
""",
    "SeldomPeeks": """
        close = columns["close"]
        out = np.full(len(close), np.nan)
        out[0] = 1.0 if len(close) > 1 and close[-1] > close[0] else 0.0
        return out
""",
}
HONEST = """
        return np.where(columns[self.mean] > columns["close"], 1.0, 0.0)
"""
USERS = ("williams.py:Williams", "aroon.py:Aroon", "outlier.py:Outlier")


def strategy(folder: Path, name: str, body: str) -> str:
    path = folder / "mine.py"
    path.write_text(f"{HEAD}\nclass {name}(Base):\n    def signal(self, columns):{body}")
    return f"{path}:{name}"


@pytest.mark.parametrize("name", [cls.__name__ for cls in CHEATERS.values()])
def test_a_cheater_is_refused(name: str) -> None:
    chosen, _ = choose(f"{TESTS}/cheaters.py:{name}", [])
    with pytest.raises(CheckError, match=f"{name} looks ahead: its signal of row") as caught:
        gate.check(chosen, LIVELY, "1m")
    assert caught.value.where == "KRW-BTC, column signal"
    assert "--no-gate" in caught.value.fix


@pytest.mark.parametrize("name", SUBTLE)
def test_a_subtle_one_is_refused_too(tmp_path: Path, name: str) -> None:
    chosen, _ = choose(strategy(tmp_path, name, SUBTLE[name]), [])
    with pytest.raises(CheckError, match=f"{name} looks ahead"):
        gate.check(chosen, LIVELY, "1m")


@pytest.mark.parametrize("name", USERS)
def test_user_strategies_on_any_library_pass(name: str) -> None:
    chosen, _ = choose(f"{TESTS}/user_strategies/{name}", [])
    assert gate.check(chosen, LIVELY, "1m") > gate.CUTS


def test_features_of_longer_intervals_pass() -> None:
    chosen, _ = choose(f"{TESTS}/runtime/test_gate.py:TwoIntervals", [])
    assert gate.check(chosen, LIVELY, "1m") > gate.CUTS


class TwoIntervals:
    """Buys a rising minute while the quarter of an hour rises."""

    params = NoParams
    lookback_rows = 1

    def __init__(self, params: NoParams) -> None:
        self.given = params
        self.fast, self.slow = sma("close", 3), sma("close", 3, "15m")

    def features(self) -> tuple[Feature, ...]:
        return self.fast, self.slow

    def signal(self, columns: Columns) -> NDArray[np.float64]:
        return np.where(columns[self.fast] > columns[self.slow], 1.0, 0.0)


def test_the_first_row_that_knew_is_named(tmp_path: Path) -> None:
    chosen, _ = choose(strategy(tmp_path, "SeldomPeeks", SUBTLE["SeldomPeeks"]), [])
    with pytest.raises(CheckError, match=r"row 0 \(2025-09-01 00:00 UTC\)"):
        gate.check(chosen, LIVELY, "1m")


@pytest.mark.parametrize("name", plugins.installed(plugins.STRATEGIES))
def test_the_built_in_ones_pass(name: str) -> None:
    chosen, _ = choose(name, [])
    assert gate.check(chosen, LIVELY, "1m") > gate.CUTS


def test_an_honest_one_passes_also_on_a_long_recording(tmp_path: Path) -> None:
    chosen, _ = choose(strategy(tmp_path, "Honest", HONEST), [])
    assert gate.check(chosen, candles(100_000, seed=8), "1m") > 2 * gate.CUTS * (gate.EXCERPTS - 1)


def test_a_leak_far_from_the_beginning_is_found(tmp_path: Path) -> None:
    body = """
        close = columns["close"]
        return np.where(close > 10_000, 1.0, np.where(np.append(close[1:], 0) > close, 1.0, 0.0))
"""
    chosen, _ = choose(strategy(tmp_path, "Late", body), [])
    with pytest.raises(CheckError, match="looks ahead"):
        gate.check(chosen, candles(100_000, seed=8), "1m")


@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_shortest_recordings(tmp_path: Path, count: int) -> None:
    chosen, _ = choose(strategy(tmp_path, "Honest", HONEST), [])
    assert (gate.check(chosen, candles(count), "1m") > 0) == (count > 1)
