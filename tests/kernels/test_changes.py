"""Rate of change: streaming equals batch equals exact fractions."""

import math
from fractions import Fraction

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from sigma_cli.kernels.features import changes

values = st.lists(st.integers(1, 5) | st.integers(0, 2**53), min_size=1, max_size=40)
windows = st.integers(1, 12)


@given(values, windows)
def test_equals_exact_fractions(drawn: list[int], window: int) -> None:
    found = changes.roc(np.array(drawn, np.int64), window)
    for i, value in enumerate(found):
        if i < window or drawn[i - window] == 0:
            assert math.isnan(value)
        else:
            exact = Fraction(drawn[i], drawn[i - window]) - 1
            assert value == float(exact), "correctly rounded"
            assert (value > 0) == (exact > 0) and (value < 0) == (exact < 0)


@given(values, windows)
def test_streaming_is_batch(drawn: list[int], window: int) -> None:
    state, ring = np.zeros(1, changes.CHANGE), np.zeros(window, np.int64)
    one_by_one = [changes.roc_update(state, ring, value) for value in drawn]
    found = changes.roc(np.array(drawn, np.int64), window)
    assert found.tobytes() == np.array(one_by_one).tobytes()


def test_a_percent_is_a_hundredth() -> None:
    assert changes.roc(np.array([200, 300, 202], np.int64), 2)[2] == pytest.approx(0.01)
