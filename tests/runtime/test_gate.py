"""The look-ahead gate: cheaters are refused by name of row and column, honest strategies pass."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from sigma_cli import plugins
from sigma_cli.domain.candles import Candles
from sigma_cli.errors import CheckError
from sigma_cli.runtime import gate
from sigma_cli.runtime.choice import choose, signal
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
    "SeesTheColourOfTheNextBar": """
        green = columns["close"] > columns["open"]
        return np.where(np.append(green[1:], False), 1.0, 0.0)
""",
    "SeesTheNextRange": """
        range_ = (columns["high"] - columns["low"]) / columns["close"]
        return np.where(np.append(range_[1:], 0.0) > 0.002, 1.0, np.nan)
""",
    "ConfirmsARareCrossByTheNextClose": """
        close = columns["close"]
        rare = np.abs(close - columns[self.mean]) > 35
        return np.where(rare & (np.append(close[1:], 0.0) > close), 1.0, np.nan)
""",
    "WaitsForTheNextVolume": """
        volume = columns["volume"]
        calm = np.append(volume[1:], 0.0) < 10
        return np.where(calm & (volume > 95), 1.0, np.nan)
""",
    "FitsItselfOnce": """
        close = columns["close"]
        if not hasattr(self, "typical"):
            self.typical = close.mean()
        return np.where(close > self.typical, 1.0, 0.0)
""",
    "RemembersByLength": """
        close = columns["close"]
        self.kept = getattr(self, "kept", {})
        if len(close) not in self.kept:
            self.kept[len(close)] = np.where(np.append(close[1:], 0.0) > close, 1.0, 0.0)
        return self.kept[len(close)]
""",
    "KnowsTheDayAfterTomorrow": """
        close = columns["close"]
        later = np.append(close[2880:], np.full(min(2880, len(close)), np.nan))
        return np.where(later > close, 1.0, np.nan)
""",
    "PeeksOnlyInALongHistory": """
        close = columns["close"]
        peek = np.append(close[1:], 0.0) if len(close) > 2_900 else close
        return np.where(peek > close, 1.0, 0.0)
""",
    "Dices": """
        return np.random.default_rng().random(len(columns))
""",
}
HONEST = """
        return np.where(columns[self.mean] > columns["close"], 1.0, 0.0)
"""
USERS = ("williams.py:Williams", "aroon.py:Aroon", "outlier.py:Outlier")


def check(text: str, market: Candles = LIVELY) -> int:
    """Ask the gate of the signal that a backtest would trade."""
    chosen, _ = choose(text, [])
    return gate.check(chosen, market, "1m", signal(chosen, market, "1m"))


def strategy(folder: Path, name: str, body: str) -> str:
    path = folder / "mine.py"
    path.write_text(f"{HEAD}\nclass {name}(Base):\n    def signal(self, columns):{body}")
    return f"{path}:{name}"


@pytest.mark.parametrize("name", [cls.__name__ for cls in CHEATERS.values()])
def test_a_cheater_is_refused(name: str) -> None:
    with pytest.raises(CheckError, match=f"{name} looks ahead: its signal of row") as caught:
        check(f"{TESTS}/cheaters.py:{name}")
    assert caught.value.where == "KRW-BTC, column signal"
    assert "--no-gate" in caught.value.fix


@pytest.mark.parametrize("name", SUBTLE)
def test_a_subtle_one_is_refused_too(tmp_path: Path, name: str) -> None:
    with pytest.raises(CheckError, match=f"{name} looks ahead"):
        check(strategy(tmp_path, name, SUBTLE[name]))


@pytest.mark.parametrize("name", USERS)
def test_user_strategies_on_any_library_pass(name: str) -> None:
    assert check(f"{TESTS}/user_strategies/{name}") > gate.CUTS


def test_features_of_longer_intervals_pass() -> None:
    assert check(f"{TESTS}/runtime/test_gate.py:TwoIntervals") > gate.CUTS


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


def test_looking_back_further_than_said_is_refused_as_what_it_is(tmp_path: Path) -> None:
    body = """
        return np.where(columns["close"] >= np.maximum.accumulate(columns["close"]), 1.0, 0.0)
"""
    with pytest.raises(CheckError, match=r"looks back further than it says.*last 50 rows"):
        check(strategy(tmp_path, "NewHigh", body))


def test_a_combination_is_called_by_its_parameters() -> None:
    chosen, _ = choose(f"{TESTS}/cheaters.py:CentredWindow", ["half=2"])
    with pytest.raises(CheckError, match=r"CentredWindow \(half=2\) looks ahead"):
        gate.check(chosen, LIVELY, "1m", signal(chosen, LIVELY, "1m"))


def test_the_first_row_that_knew_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckError, match=r"row 0 \(2025-09-01 00:00 UTC\)"):
        check(strategy(tmp_path, "SeldomPeeks", SUBTLE["SeldomPeeks"]))


STRATEGIES = [
    name
    for name in plugins.installed(plugins.STRATEGIES)
    if not hasattr(plugins.load_strategy(name), "plan")  # policies: test_backtest_ticks
]


@pytest.mark.parametrize("name", STRATEGIES)
def test_the_built_in_ones_pass(name: str) -> None:
    assert check(name) > gate.CUTS


def test_an_honest_one_passes_also_on_a_long_recording(tmp_path: Path) -> None:
    asked = check(strategy(tmp_path, "Honest", HONEST), candles(100_000, seed=8))
    assert asked > 2 * gate.CUTS * (gate.EXCERPTS - 1) + gate.WINDOWS // 2


def test_a_leak_far_from_the_beginning_is_found(tmp_path: Path) -> None:
    body = """
        close = columns["close"]
        return np.where(close > 10_000, 1.0, np.where(np.append(close[1:], 0) > close, 1.0, 0.0))
"""
    with pytest.raises(CheckError, match="looks ahead"):
        check(strategy(tmp_path, "Late", body), candles(100_000, seed=8))


@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_shortest_recordings(tmp_path: Path, count: int) -> None:
    assert check(strategy(tmp_path, "Honest", HONEST), candles(count)) > 0
