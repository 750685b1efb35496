"""Return, drawdown and Sharpe, against hand-made numbers and slow references."""

import math
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from sigma_cli.domain.units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE
from sigma_cli.stats.equity import Sharpe, drawdowns, max_drawdown, total_return
from sigma_cli.stats.equity import sharpe as sharpe_of

MONDAY_NS = 4 * NS_PER_DAY + 2000 * 7 * NS_PER_DAY


def series(*values: float) -> NDArray[np.float64]:
    return np.array(values, dtype=np.float64)


def grown(returns: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1000 * np.cumprod(1 + returns), dtype=np.float64)


def sharpe(
    ts_ns: NDArray[np.int64], equity: NDArray[np.float64], *, always_open: bool = True
) -> Sharpe:
    return sharpe_of(ts_ns, equity, always_open=always_open)


def daily(n: int, start_ns: int = MONDAY_NS) -> NDArray[np.int64]:
    return start_ns + np.arange(n, dtype=np.int64) * NS_PER_DAY


def test_total_return() -> None:
    assert total_return(series(100, 120, 110)) == pytest.approx(0.10)
    assert math.isnan(total_return(series()))
    assert math.isnan(total_return(series(0, 5)))


def test_max_drawdown_finds_its_peak_and_trough() -> None:
    worst = max_drawdown(series(100, 120, 90, 130, 104, 125))
    assert (worst.depth, worst.peak, worst.trough) == (0.25, 1, 2)


def test_equity_that_never_falls_has_no_drawdown() -> None:
    worst = max_drawdown(series(1, 1, 2, 3))
    assert (worst.depth, worst.peak, worst.trough) == (0.0, 0, 0)
    assert math.isnan(max_drawdown(series()).depth)


@given(st.lists(st.floats(0.01, 1e9), min_size=1, max_size=60))
def test_drawdown_equals_the_definition(values: list[float]) -> None:
    equity = series(*values)
    slow = [1 - v / max(values[: i + 1]) for i, v in enumerate(values)]
    assert drawdowns(equity) == pytest.approx(slow, abs=1e-12)
    worst = max_drawdown(equity)
    assert worst.peak <= worst.trough
    assert worst.depth == pytest.approx(max(slow), abs=1e-12)


def test_daily_sharpe_of_a_market_that_never_closes() -> None:
    returns = np.array([0.0, 0.01, -0.005, 0.02, 0.0, -0.01, 0.015, 0.005, -0.002, 0.01, 0.003])
    equity = grown(returns)
    got = sharpe(daily(11), equity)
    expected = returns[1:].mean() / returns[1:].std(ddof=1) * math.sqrt(365)
    assert got.value == pytest.approx(expected)
    assert (got.returns, got.basis) == (
        10,
        "daily returns (UTC), 365 days a year",
    )


def test_daily_sharpe_uses_each_days_last_equity() -> None:
    per_minute = (1 + np.arange(12 * 1440, dtype=np.int64)) * NS_PER_MINUTE + MONDAY_NS
    rng = np.random.default_rng(3)
    equity = grown(rng.normal(0, 1e-4, len(per_minute)))
    closes = np.concatenate((equity[:1], equity[1439::1440]))
    returns = closes[1:] / closes[:-1] - 1
    expected = returns.mean() / returns.std(ddof=1) * math.sqrt(365)
    assert sharpe(per_minute, equity).value == pytest.approx(expected)


def test_a_day_without_points_counts_as_a_day_without_return() -> None:
    ts_ns = np.delete(daily(14), 5)
    equity = np.delete(np.linspace(100, 113, 14), 5)
    assert sharpe(ts_ns, equity).returns == 13


def test_a_market_that_rests_has_252_days_and_no_weekends() -> None:
    ts_ns = np.concatenate([daily(5, MONDAY_NS + week * 7 * NS_PER_DAY) for week in range(4)])
    ts_ns += 15 * NS_PER_HOUR
    got = sharpe(ts_ns, np.linspace(100, 119, 20) ** 1.1, always_open=False)
    assert got.returns == 19
    assert "252 days" in got.basis


def test_late_friday_and_sunday_evening_are_no_days_of_their_own() -> None:
    week = [day * NS_PER_DAY + 15 * NS_PER_HOUR for day in range(5)]
    week += [5 * NS_PER_DAY + NS_PER_HOUR, 6 * NS_PER_DAY + 22 * NS_PER_HOUR]
    ts_ns = np.array(
        [MONDAY_NS + w * 7 * NS_PER_DAY + at for w in range(3) for at in week], dtype=np.int64
    )
    got = sharpe(ts_ns, np.linspace(100, 119, 21) ** 1.1, always_open=False)
    assert got.returns == 15  # 16 days: three weeks of five, and the last Sunday: a new Monday


def test_few_days_fall_back_on_the_bars_and_say_so() -> None:
    ts_ns = np.arange(3 * 1440 + 1, dtype=np.int64) * NS_PER_MINUTE + MONDAY_NS
    rng = np.random.default_rng(4)
    equity = grown(rng.normal(1e-6, 1e-4, len(ts_ns)))
    returns = equity[1:] / equity[:-1] - 1
    expected = returns.mean() / returns.std(ddof=1) * math.sqrt(1440 * 365)
    got = sharpe(ts_ns, equity)
    assert got.value == pytest.approx(expected)
    assert "single bars" in got.basis


def test_few_days_of_a_session_market() -> None:
    session = np.arange(390, dtype=np.int64) * NS_PER_MINUTE + 14 * NS_PER_HOUR
    ts_ns = np.concatenate([MONDAY_NS + day * NS_PER_DAY + session for day in range(3)])
    rng = np.random.default_rng(5)
    equity = grown(rng.normal(1e-6, 1e-4, len(ts_ns)))
    returns = equity[1:] / equity[:-1] - 1
    expected = returns.mean() / returns.std(ddof=1) * math.sqrt(1169 / 3 * 252)
    assert sharpe(ts_ns, equity, always_open=False).value == pytest.approx(expected)


@pytest.mark.parametrize(
    "equity",
    [np.full(20, 1000.0), 1000 * 1.01 ** np.arange(20), np.array([100.0, -5.0] * 10)],
    ids=["did nothing", "certain gain", "bankrupt"],
)
def test_undefined_is_nan_never_zero(equity: NDArray[np.float64]) -> None:
    assert math.isnan(sharpe(daily(20), equity).value)


def test_one_point_has_no_sharpe() -> None:
    got = sharpe(daily(1), series(100.0))
    assert math.isnan(got.value)
    assert got.returns == 0


def test_two_points_at_one_time() -> None:
    assert math.isnan(sharpe(np.array([MONDAY_NS, MONDAY_NS]), series(1.0, 2.0)).value)


def test_a_million_points_are_cheap() -> None:
    ts_ns = np.arange(1_000_000, dtype=np.int64) * NS_PER_MINUTE
    equity = grown(np.random.default_rng(6).normal(0, 1e-4, len(ts_ns)))
    costs_s = []
    for _ in range(5):
        start_s = time.process_time()
        sharpe(ts_ns, equity)
        max_drawdown(equity)
        total_return(equity)
        costs_s.append(time.process_time() - start_s)
    assert min(costs_s) < 0.030
