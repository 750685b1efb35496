"""Features: streaming equals batch equals a slow, obvious reference; and what was published."""

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.desk import ATR
from sigma_cli.kernels.features import averages, wilder
from sigma_cli.kernels.features.crossings import crossings

UNIT = 100.0
prices = st.lists(st.integers(1, 10**10), min_size=1, max_size=60)
windows = st.integers(1, 15)


def column(values: Sequence[int]) -> NDArray[np.int64]:
    return np.array(values, np.int64)


def same(
    batch: NDArray[np.float64], expected: Sequence[float | Fraction], rel: float = 0.0
) -> bool:
    """Equal, NaN to NaN; `rel` allows for the rounding of long recursions."""
    return len(batch) == len(expected) and all(
        math.isnan(float(e)) if math.isnan(b) else math.isclose(b, float(e), rel_tol=rel)
        for b, e in zip(batch, expected, strict=True)
    )


# --- Averages ---------------------------------------------------------------------------------


@given(prices, windows)
def test_sma_is_the_exact_mean_correctly_rounded(values: list[int], window: int) -> None:
    expected = [
        Fraction(sum(values[i + 1 - window : i + 1]), window * 100) if i + 1 >= window else math.nan
        for i in range(len(values))
    ]
    assert same(averages.sma(column(values), window, UNIT), expected)


@given(prices, windows)
def test_sma_streaming_is_sma_in_batch(values: list[int], window: int) -> None:
    state, ring = np.zeros(1, averages.SUM), np.zeros(window, np.int64)
    one_by_one = [averages.sma_update(state, ring, value, UNIT) for value in values]
    assert same(averages.sma(column(values), window, UNIT), one_by_one)


@given(st.lists(st.integers(1, 40), min_size=12, max_size=60), st.integers(1, 5))
def test_averages_tie_exactly_when_their_true_values_do(values: list[int], fast: int) -> None:
    slow = 2 * fast + 1
    fasts = averages.sma(column(values), fast, UNIT)
    slows = averages.sma(column(values), slow, UNIT)
    for i in range(slow - 1, len(values)):
        mean_fast = Fraction(sum(values[i + 1 - fast : i + 1]), fast)
        mean_slow = Fraction(sum(values[i + 1 - slow : i + 1]), slow)
        assert (fasts[i] == slows[i]) == (mean_fast == mean_slow)
        assert (fasts[i] > slows[i]) == (mean_fast > mean_slow)


def exact_ema(values: list[int], window: int) -> list[Fraction | float]:
    average: Fraction | None = None
    out: list[Fraction | float] = []
    for i, value in enumerate(values):
        if i + 1 == window:
            average = Fraction(sum(values[:window]), window * 100)
        elif average is not None:
            average += Fraction(2, window + 1) * (Fraction(value, 100) - average)
        out.append(math.nan if average is None else average)
    return out


@given(st.lists(st.integers(10**5, 10**8), min_size=1, max_size=40), windows)
def test_ema(values: list[int], window: int) -> None:
    state = np.zeros(1, averages.EMA)
    one_by_one = [averages.ema_update(state, window, value, UNIT) for value in values]
    batch = averages.ema(column(values), window, UNIT)
    assert same(batch, one_by_one)
    assert same(batch, exact_ema(values, window), rel=1e-9)


# --- Wilder -----------------------------------------------------------------------------------

STOCKCHARTS = """
44.3389 44.0902 44.1497 43.6124 44.3278 44.8264 45.0955 45.4245 45.8433 46.0826 45.8931 46.0328
45.6140 46.2820 46.2820 46.0028 46.0328 46.4116 46.2222 45.6439 46.2122 46.2521 45.7137 46.4515
45.7835 45.3548 44.0288 44.1783 44.2181 44.5672 43.4205 42.6628 43.1314
"""
PUBLISHED = """
70.53 66.32 66.55 69.41 66.36 57.97 62.93 63.26 56.06 62.38 54.71 50.42 39.99 41.46 41.87 45.46
37.30 33.08 37.77
"""


def test_rsi_is_the_published_one() -> None:
    """The worked example of StockCharts' ChartSchool, RSI(14) of QQQQ."""
    closes = [round(float(close) * 10_000) for close in STOCKCHARTS.split()]
    found = wilder.rsi(column(closes), 14)
    assert np.isnan(found[:14]).all()
    assert found[14:] == pytest.approx([float(x) for x in PUBLISHED.split()], abs=0.011)


def smoothed(changes: Sequence[Fraction], window: int) -> list[Fraction | None]:
    """Wilder's smoothing: the mean of the first `window`, then 1/window of each new one."""
    out: list[Fraction | None] = [None] * len(changes)
    for i in range(window - 1, len(changes)):
        before = out[i - 1] if i else None
        out[i] = (
            sum(changes[:window], Fraction(0)) / window
            if before is None
            else (before * (window - 1) + changes[i]) / window
        )
    return out


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=40), windows)
def test_rsi(values: list[int], window: int) -> None:
    changes = [Fraction(b - a) for a, b in pairwise(values)]
    gains = smoothed([max(change, Fraction(0)) for change in changes], window)
    losses = smoothed([max(-change, Fraction(0)) for change in changes], window)
    expected: list[float] = [math.nan]
    for gain, loss in zip(gains, losses, strict=True):
        if gain is None or loss is None:
            expected.append(math.nan)
        else:
            expected.append(float(100 * gain / (gain + loss)) if gain + loss else 50.0)
    state = np.zeros(1, wilder.RSI)
    one_by_one = [wilder.rsi_update(state, window, value) for value in values]
    batch = wilder.rsi(column(values), window)
    assert same(batch, one_by_one)
    assert same(batch, expected, rel=1e-9)


@pytest.mark.parametrize(("step", "expected"), [(1, 100.0), (-1, 0.0), (0, 50.0)])
def test_rsi_of_a_market_that_only_does_one_thing(step: int, expected: float) -> None:
    closes = 1_000 + step * np.arange(20, dtype=np.int64)
    assert wilder.rsi(closes, 14)[14:].tolist() == [expected] * 6


bars = st.lists(
    st.tuples(st.integers(1, 10**6), st.integers(0, 10**4), st.integers(0, 10**4)),
    min_size=1,
    max_size=40,
)


@given(bars, windows)
def test_atr(drawn: list[tuple[int, int, int]], window: int) -> None:
    close = [c for c, _, _ in drawn]
    high = [c + up for c, up, _ in drawn]
    low = [c - down for c, _, down in drawn]
    ranges = [
        Fraction(max(high[i] - low[i], abs(high[i] - close[i - 1]), abs(low[i] - close[i - 1])))
        for i in range(1, len(drawn))
    ]
    expected = [math.nan] + [math.nan if x is None else float(x) for x in smoothed(ranges, window)]
    state = np.zeros(1, ATR)
    one_by_one = [
        wilder.atr_update(state, window, *bar) for bar in zip(high, low, close, strict=True)
    ]
    batch = wilder.atr(column(high), column(low), column(close), window)
    assert same(batch, one_by_one)
    assert same(batch, expected, rel=1e-9)


# --- Crossings --------------------------------------------------------------------------------

NAN = math.nan


@pytest.mark.parametrize(
    ("difference", "ties_max", "expected"),
    [
        ([-1, 1, -1], 0, [NAN, 1, 0]),
        ([1, 2, 1], 0, [NAN, NAN, NAN]),
        ([-1, 0, 1], 1, [NAN, NAN, 1]),
        ([-1, 0, 1], 0, [NAN, NAN, NAN]),  # one tie is one too many
        ([-1, 0, 0, 1], 1, [NAN, NAN, NAN, NAN]),
        ([-1, 0, -1, 0, 1], 1, [NAN, NAN, NAN, NAN, 1]),
        ([1, 0, 0, -1], 2, [NAN, NAN, NAN, 0]),
        ([0, 0, 1], 5, [NAN, NAN, NAN]),  # nothing was before
        ([-1, NAN, 1], 5, [NAN, NAN, NAN]),  # NaN forgets
        ([-1, NAN, -1, 1], 5, [NAN, NAN, NAN, 1]),
        ([], 5, []),
    ],
)
def test_crossings(difference: list[float], ties_max: int, expected: list[float]) -> None:
    fast = np.array(difference, np.float64)
    assert same(crossings(fast, np.zeros(len(fast)), ties_max), expected)


def obvious_crossing(signs: list[int | None], ties_max: int) -> float:
    """Look back from the last row: ties are skipped, up to `ties_max` of them."""
    now, *before = reversed(signs)
    if not now:
        return NAN
    for ties, sign in enumerate(before):
        if sign is None or ties > ties_max:
            return NAN
        if sign:
            return (1.0 if now > 0 else 0.0) if sign == -now else NAN
    return NAN


@given(
    st.lists(st.sampled_from([-1, 0, 0, 0, 1, None]), min_size=1, max_size=40), st.integers(0, 4)
)
def test_crossings_look_back_as_far_as_said(signs: list[int | None], ties_max: int) -> None:
    fast = np.array([NAN if sign is None else 5.0 + sign for sign in signs])
    found = crossings(fast, np.full(len(fast), 5.0), ties_max)
    expected = [obvious_crossing(signs[: i + 1], ties_max) for i in range(len(signs))]
    assert same(found, expected)
    window = ties_max + 2  # the row itself, the ties, the comparison before them
    for i in range(len(signs)):
        alone = crossings(fast[max(0, i + 1 - window) : i + 1], np.full(window, 5.0), ties_max)
        assert same(alone[-1:], expected[i : i + 1]), "and no further"
