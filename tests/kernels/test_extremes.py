"""Highest and lowest: streaming equals batch equals looking at every row of the window."""

import math

import hypothesis.strategies as st
import numpy as np
from hypothesis import given

from sigma_cli.kernels.features import extremes

UNIT = 100.0
values = st.lists(st.integers(1, 12) | st.integers(1, 2**53), min_size=1, max_size=60)
windows = st.integers(1, 15)


@given(values, windows)
def test_equals_the_extremes_of_each_window(drawn: list[int], window: int) -> None:
    column = np.array(drawn, np.int64)
    tops = extremes.highest(column, window, UNIT)
    bottoms = extremes.lowest(column, window, UNIT)
    for i in range(len(drawn)):
        if i + 1 < window:
            assert math.isnan(tops[i]) and math.isnan(bottoms[i])
        else:
            last = drawn[i + 1 - window : i + 1]
            assert tops[i] == max(last) / UNIT
            assert bottoms[i] == min(last) / UNIT


@given(values, windows)
def test_streaming_is_batch(drawn: list[int], window: int) -> None:
    column = np.array(drawn, np.int64)
    highs, lows = np.zeros(1, extremes.EXTREME), np.zeros(1, extremes.EXTREME)
    high_ring, low_ring = np.zeros((window, 2), np.int64), np.zeros((window, 2), np.int64)
    tops = [extremes.highest_update(highs, high_ring, value, UNIT) for value in drawn]
    bottoms = [extremes.lowest_update(lows, low_ring, value, UNIT) for value in drawn]
    assert extremes.highest(column, window, UNIT).tobytes() == np.array(tops).tobytes()
    assert extremes.lowest(column, window, UNIT).tobytes() == np.array(bottoms).tobytes()


def test_a_fall_fills_the_ring() -> None:
    """Each value may still become the highest one."""
    fall = np.arange(5_000, 0, -1, dtype=np.int64)
    assert extremes.highest(fall, 2_000, 1.0)[-1] == 2_000.0
    assert extremes.lowest(fall, 2_000, 1.0)[-1] == 1.0
