"""Where empyrical and sigma define the same thing, they say the same."""

import math

import empyrical
import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from sigma_cli.domain.units import NS_PER_DAY
from sigma_cli.stats.days import last_of_months
from sigma_cli.stats.equity import max_drawdown, sharpe
from sigma_cli.stats.performance import Performance, performance

START_NS = 1_704_067_200 * 1_000_000_000  # 2024-01-01 UTC


def returns(seed: int, count: int = 400) -> NDArray[np.float64]:
    return np.random.default_rng(seed).standard_t(4, count) * 0.01 + 0.0005


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("per_year", [252, 365])
def test_equal_to_empyrical(seed: int, per_year: int) -> None:
    mine, theirs = returns(seed), {"annualization": per_year}
    found = performance(mine, per_year)
    assert found.annual_return == pytest.approx(empyrical.annual_return(mine, **theirs))
    assert found.annual_volatility == pytest.approx(empyrical.annual_volatility(mine, **theirs))
    assert found.sortino == pytest.approx(empyrical.sortino_ratio(mine, **theirs))
    assert found.calmar == pytest.approx(empyrical.calmar_ratio(mine, **theirs))
    assert found.tail_ratio == pytest.approx(empyrical.tail_ratio(mine))
    grown = np.append(1.0, np.cumprod(1 + mine))
    assert max_drawdown(grown).depth == pytest.approx(-empyrical.max_drawdown(mine))
    ts_ns = START_NS + np.arange(len(grown)) * NS_PER_DAY
    ratio = sharpe(ts_ns, grown, always_open=True).value
    assert ratio == pytest.approx(empyrical.sharpe_ratio(mine, annualization=365))


def test_months_equal_to_empyrical() -> None:
    mine = returns(7)
    days = pd.date_range("2024-01-01", periods=len(mine), tz="UTC")
    theirs = empyrical.aggregate_returns(pd.Series(mine, days), "monthly")
    grown = np.append(1.0, np.cumprod(1 + mine))
    months, last = last_of_months(START_NS + np.arange(len(grown)) * NS_PER_DAY)
    assert [(m // 12, m % 12 + 1) for m in months[1:].tolist()] == list(theirs.index)
    assert grown[last[1:]] / grown[last[:-1]] - 1 == pytest.approx(theirs.to_numpy())


def test_what_is_undefined_is_nan() -> None:
    assert all(math.isnan(getattr(performance(np.zeros(1), 365), n)) for n in FIELDS)
    rising = performance(np.full(20, 0.01), 365)
    assert math.isnan(rising.sortino)
    assert math.isnan(rising.calmar)
    assert math.isnan(performance(np.array([0.1, -1.5, 0.1]), 365).annual_return)


FIELDS = Performance.__dataclass_fields__
