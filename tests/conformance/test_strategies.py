"""Every installed strategy passes every check; strategies that break a rule fail the right one."""

from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import BaseModel

from sigma_cli import plugins
from sigma_cli.settings import load
from sigma_cli.strategies.conformance import CHECKS, market
from sigma_cli.strategies.features import Feature, sma
from sigma_cli.strategies.policy import Plan
from sigma_cli.strategies.strategy import Columns, Strategy
from tests.cheaters import CHEATERS

USERS: Final = Path(__file__).parent.parent / "user_strategies"
each_check = pytest.mark.parametrize("check", CHECKS)


def made(cls: Any) -> Strategy:
    strategy: Strategy = cls(cls.params())
    return strategy


def installed(*, policies: bool) -> list[str]:
    """Return the names of what is installed: strategies on bars, or policies on ticks."""
    names = plugins.installed(plugins.STRATEGIES)
    return [n for n in names if hasattr(plugins.load(plugins.STRATEGIES, n), "plan") == policies]


@pytest.mark.parametrize("name", installed(policies=True))
def test_an_installed_policy_has_one_plan_a_market(name: str) -> None:
    policy = plugins.load(plugins.STRATEGIES, name)
    one, same = policy(policy.params()), policy(policy.params())
    for is_major in (True, False):
        plan = one.plan(is_major=is_major)
        assert isinstance(plan, Plan)
        assert plan == same.plan(is_major=is_major) == one.plan(is_major=is_major)
    assert load(None, None, {}, policy.settings), "settings that are known, within their bounds"


@each_check
@pytest.mark.parametrize("name", installed(policies=False))
def test_installed(name: str, check: str) -> None:
    strategy = made(plugins.load(plugins.STRATEGIES, name))
    CHECKS[check](strategy, market(strategy))


@each_check
@pytest.mark.parametrize("name", ["williams.py:Williams", "aroon.py:Aroon", "outlier.py:Outlier"])
def test_from_a_file_on_any_library(name: str, check: str) -> None:
    strategy = made(plugins.load_strategy(f"{USERS}/{name}"))
    CHECKS[check](strategy, market(strategy))


@pytest.mark.parametrize("name", CHEATERS)
def test_a_cheater_is_caught(name: str) -> None:
    cheater = made(CHEATERS[name])
    with pytest.raises(AssertionError, match=r"row \d+"):
        CHECKS["does_not_know_the_future"](cheater, market(cheater))


class NoParams(BaseModel):
    pass


class Base:
    params: Any = NoParams
    lookback_rows = 1

    def __init__(self, params: NoParams) -> None:
        self.given = params
        self.asked = 0

    def features(self) -> tuple[Feature, ...]:
        return (sma("close", 3),)

    def signal(self, columns: Columns) -> NDArray[np.float64]:
        return (columns["close"] > columns[sma("close", 3)]).astype(float)


class LooksTooFarBack(Base):
    lookback_rows = 2

    def signal(self, columns: Columns) -> NDArray[np.float64]:
        return np.minimum(np.cumsum(columns["close"] > 0) / 100.0, 1.0)


class LooksNowhere(Base):
    lookback_rows = 0


class RunningSum(Base):
    """A mean that is right but for the last bit, which depends on where it began."""

    lookback_rows = 20

    def signal(self, columns: Columns) -> NDArray[np.float64]:
        total = np.cumsum(np.append(0.0, columns["close"] / 3))
        target = np.full(len(columns), np.nan)
        target[19:] = (total[20:] - total[:-20]) / 20 / 1e4
        return target


class Remembers(Base):
    def signal(self, columns: Columns) -> NDArray[np.float64]:
        self.asked += 1
        return np.full(len(columns), 1.0 / self.asked)


class FitsOnce(Base):
    """A scaler fitted at the first call: in a backtest to the whole, in live to its beginning."""

    typical = 0.0

    def signal(self, columns: Columns) -> NDArray[np.float64]:
        self.typical = self.typical or float(columns["close"].mean())
        return np.where(columns["close"] > self.typical, 1.0, 0.0)


class Silent(Base):
    def signal(self, columns: Columns) -> NDArray[np.float64]:
        return np.full(len(columns), np.nan)


class TooMuch(Base):
    def signal(self, columns: Columns) -> NDArray[np.float64]:
        return np.full(len(columns), 2.0)


class WholeNumbers(Base):
    def signal(self, columns: Columns) -> NDArray[np.float64]:
        numbers: Any = np.ones(len(columns), np.int64)
        return numbers  # type: ignore[no-any-return]


class TooFew(Base):
    def signal(self, columns: Columns) -> NDArray[np.float64]:
        return np.ones(len(columns) - 1)


class Wavers(Base):
    def features(self) -> tuple[Feature, ...]:
        self.asked += 1
        return sma("close", 3), sma("close", self.asked)


class Lists(Base):
    def features(self) -> Any:
        return [sma("close", 3)]


class Untyped(Base):
    params = dict


class Strict(BaseModel, strict=True):
    window: int = 3


class Untypable(Base):
    params = Strict


@pytest.mark.parametrize(
    ("cls", "check"),
    [
        (LooksTooFarBack, "needs_no_more_than_its_lookback"),
        (LooksNowhere, "needs_no_more_than_its_lookback"),
        (RunningSum, "needs_no_more_than_its_lookback"),
        (Remembers, "remembers_nothing"),
        (FitsOnce, "remembers_nothing"),
        (FitsOnce, "needs_no_more_than_its_lookback"),
        (Silent, "says_something"),
        (TooMuch, "gives_one_number_a_row"),
        (WholeNumbers, "gives_one_number_a_row"),
        (TooFew, "gives_one_number_a_row"),
        (Wavers, "names_features"),
        (Lists, "names_features"),
        (Untyped, "has_typed_parameters"),
        (Untypable, "has_typed_parameters"),
    ],
)
def test_a_broken_strategy_is_caught(cls: Any, check: str) -> None:
    with pytest.raises(AssertionError):
        CHECKS[check](made(cls), market(made(Base)))


def test_required_parameters_are_no_fault() -> None:
    class Required(BaseModel):
        window: int
        share: float = 0.5

    class Demanding(Base):
        params = Required

    demanding: Any = Demanding(NoParams())
    CHECKS["has_typed_parameters"](demanding, market(made(Base)))


def test_the_market_has_what_breaks_strategies() -> None:
    candles = market(made(Base))
    assert len(candles) > 1_500
    assert (np.diff(candles.open_ts_ns) > candles.interval_ns).sum() > 10, "missing minutes"
    assert (np.diff(candles.close_u) == 0).sum() > 200, "ties"
    assert np.all(candles.high_u >= np.maximum(candles.open_u, candles.close_u))
    assert np.all(candles.low_u <= np.minimum(candles.open_u, candles.close_u))
    assert candles.close_u.tobytes() == market(made(Base)).close_u.tobytes()
    assert candles.close_u.tobytes() != market(made(Base), seed=2).close_u.tobytes()


def test_the_market_is_long_enough() -> None:
    class Patient(Base):
        lookback_rows = 400

        def features(self) -> tuple[Feature, ...]:
            return (sma("close", 2_000),)

    assert len(market(made(Patient))) >= 1_500 + 2 * 2_400
