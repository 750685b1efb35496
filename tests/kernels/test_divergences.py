"""Divergences: streaming equals batch equals the definition in words, and none comes early."""

import math

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from numpy.typing import NDArray

from sigma_cli.kernels.features import divergences as kernel

NAN = math.nan
rows = st.lists(
    st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(0, 6) | st.none()),
    min_size=1,
    max_size=60,
)
bounds = st.tuples(st.integers(1, 3), st.integers(1, 6), st.integers(1, 20))


def column(values: list[float]) -> NDArray[np.float64]:
    return np.array(values, np.float64)


def is_pivot_low(values: list[float], row: int, strength: int) -> bool:
    if row < strength or row + strength >= len(values):
        return False
    before = values[row - strength : row]
    after = values[row + 1 : row + strength + 1]
    return all(values[row] < v for v in before) and all(values[row] <= v for v in after)


def in_words(
    low: list[float], high: list[float], oscillator: list[float], k: int, near: int, far: int
) -> list[float]:
    """At each row, is the row k before a pivot, and what was the pivot before that?"""

    def diverges(price: list[float], osc: list[float], now: int) -> bool:
        pivots = [row for row in range(now) if is_pivot_low(osc[: now + 1], row, k)]
        if len(pivots) < 2 or pivots[-1] != now - k:
            return False
        before, last = pivots[-2:]
        return (
            near <= last - before <= far and price[last] < price[before] and osc[last] > osc[before]
        )

    told = []
    for now in range(len(oscillator)):
        bullish = diverges(low, oscillator, now)
        bearish = diverges([-x for x in high], [-x for x in oscillator], now)
        told.append(1.0 if bullish else 0.0 if bearish else NAN)
    return told


@given(rows, bounds)
def test_equals_the_definition_in_words(
    drawn: list[tuple[int, int, int | None]], limits: tuple[int, int, int]
) -> None:
    low = [float(a) for a, _, _ in drawn]
    high = [float(a + b) for a, b, _ in drawn]
    oscillator = [NAN if c is None else float(c) for _, _, c in drawn]
    found = kernel.divergences(column(low), column(high), column(oscillator), *limits)
    assert found.tobytes() == column(in_words(low, high, oscillator, *limits)).tobytes()


@given(rows, bounds)
def test_streaming_is_batch_and_looks_back_as_far_as_said(
    drawn: list[tuple[int, int, int | None]], limits: tuple[int, int, int]
) -> None:
    strength, near, far = limits
    low = column([float(a) for a, _, _ in drawn])
    never = np.full(len(drawn), NAN)  # which is no high
    oscillator = column([NAN if c is None else float(c) for _, _, c in drawn])
    state = np.zeros(1, kernel.DIVERGENCE)
    ring = np.zeros((2 * strength + 1, 2))
    found = kernel.divergences(low, never, oscillator, *limits)
    for i in range(len(drawn)):
        bullish = kernel.bullish_update(state, ring, low[i], oscillator[i], near, far)
        assert bullish == (found[i] == 1.0)
        start = max(i - 2 * strength - far, 0)
        window = slice(start, i + 1)
        alone = kernel.divergences(low[window], never[window], oscillator[window], *limits)
        assert alone[-1:].tobytes() == found[i : i + 1].tobytes()


@pytest.mark.parametrize(
    ("price", "oscillator", "expected"),
    [
        # two lows: the price falls from 5 to 4, the oscillator rises from 2 to 3; told a row later
        ([9, 5, 9, 4, 9], [7, 2, 7, 3, 7], [NAN, NAN, NAN, NAN, 1]),
        ([9, 5, 9, 5, 9], [7, 2, 7, 3, 7], [NAN] * 5),  # the price did not fall
        ([9, 5, 9, 4, 9], [7, 3, 7, 3, 7], [NAN] * 5),  # the oscillator did not rise
        ([9, 5, 9, 4, 9], [7, 2, 7, 3, NAN], [NAN] * 5),  # not known to be a low
        ([9, 5, 9, 4, 4, 9], [7, 2, 7, 3, 3, 7], [NAN, NAN, NAN, NAN, 1, NAN]),  # once a plateau
        # two highs: the price rises, the oscillator falls
        ([1, 5, 1, 6, 1], [1, 4, 1, 3, 1], [NAN, NAN, NAN, NAN, 0]),
    ],
)
def test_by_hand(price: list[float], oscillator: list[float], expected: list[float]) -> None:
    found = kernel.divergences(column(price), column(price), column(oscillator), 1, 1, 10)
    assert found.tobytes() == column(expected).tobytes()


@pytest.mark.parametrize(("near", "far", "found"), [(2, 2, 1), (3, 9, 0), (1, 1, 0), (1, 2, 1)])
def test_pivots_must_be_near_and_far_enough(near: int, far: int, found: int) -> None:
    price, oscillator = column([9, 5, 9, 4, 9]), column([7, 2, 7, 3, 7])
    told = kernel.divergences(price, price, oscillator, 1, near, far)
    assert (told == 1.0).sum() == found
