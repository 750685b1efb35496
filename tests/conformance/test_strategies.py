"""Every installed strategy passes every check; strategies that break a rule fail the right one."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import BaseModel

from sigma_cli import plugins
from sigma_cli.strategies.features import Feature, sma
from sigma_cli.strategies.strategy import Columns, Strategy
from tests.conformance.strategies import CHECKS
from tests.market import candles

LIVELY = candles(1_500, seed=5)
TYING = candles(1_500, seed=6, step=1)

USER_FILE = '''
import numpy as np
from pydantic import BaseModel
from sigma_cli.strategies.features import atr, ema, rsi


class Params(BaseModel):
    window: int = 14


class Mine:
    """Buys weakness in a rising market; sizes by calm."""

    params = Params

    def __init__(self, params):
        self.rsi, self.ema, self.atr = rsi(params.window), ema("close", 20), atr(params.window)
        self.lookback_rows = 2

    def features(self):
        return self.rsi, self.ema, self.atr

    def signal(self, columns):
        close = columns["close"]
        target = np.full(len(columns), np.nan)
        calm = np.clip(1 - columns[self.atr] / close * 100, 0, 1)
        weak = columns[self.rsi] < 45
        target[weak] = calm[weak]
        target[1:][(columns[self.rsi][1:] > 55) & (columns[self.rsi][:-1] <= 55)] = 0
        return target
'''


def made(cls: Any) -> Strategy:
    strategy: Strategy = cls(cls.params())
    return strategy


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("name", plugins.installed(plugins.STRATEGIES))
def test_installed(name: str, check: str) -> None:
    strategy = made(plugins.load(plugins.STRATEGIES, name))
    CHECKS[check](strategy, LIVELY)
    CHECKS[check](strategy, TYING)


@pytest.mark.parametrize("check", CHECKS)
def test_from_a_file(tmp_path: Path, check: str) -> None:
    path = tmp_path / "mine.py"
    path.write_text(USER_FILE)
    CHECKS[check](made(plugins.load_strategy(f"{path}:Mine")), LIVELY)


class NoParams(BaseModel):
    pass


class Base:
    params = NoParams
    lookback_rows = 1

    def __init__(self, params: NoParams) -> None:
        self.given = params
        self.asked = 0

    def features(self) -> tuple[Feature, ...]:
        return (sma("close", 3),)


class Peeks(Base):
    def signal(self, columns: Columns) -> NDArray[np.float64]:
        close = columns["close"]
        return (np.append(close[1:], close[-1]) > close).astype(float)


class Normalises(Base):
    lookback_rows = 10

    def signal(self, columns: Columns) -> NDArray[np.float64]:
        close = columns["close"]
        clipped: NDArray[np.float64] = np.clip((close - close.mean()) / (1 + close.std()), -1, 1)
        return clipped


class LooksTooFarBack(Base):
    lookback_rows = 2

    def signal(self, columns: Columns) -> NDArray[np.float64]:
        return np.minimum(np.cumsum(columns["close"] > 0) / 100.0, 1.0)


class Remembers(Base):
    def signal(self, columns: Columns) -> NDArray[np.float64]:
        self.asked += 1
        return np.full(len(columns), 1.0 / self.asked)


class Silent(Base):
    def signal(self, columns: Columns) -> NDArray[np.float64]:
        return np.full(len(columns), np.nan)


class TooMuch(Base):
    def signal(self, columns: Columns) -> NDArray[np.float64]:
        return np.full(len(columns), 2.0)


@pytest.mark.parametrize(
    ("cls", "check"),
    [
        (Peeks, "does_not_know_the_future"),
        (Peeks, "needs_no_more_than_its_lookback"),
        (Normalises, "does_not_know_the_future"),
        (LooksTooFarBack, "needs_no_more_than_its_lookback"),
        (Remembers, "remembers_nothing"),
        (Silent, "says_something"),
        (TooMuch, "gives_one_number_a_row"),
    ],
)
def test_a_broken_strategy_is_caught(cls: Any, check: str) -> None:
    with pytest.raises(AssertionError):
        CHECKS[check](made(cls), LIVELY)
