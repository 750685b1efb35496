"""Falls one by one."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigma_cli.stats.drawdowns import falls, ulcer
from sigma_cli.stats.equity import max_drawdown


def test_each_fall_has_its_peak_trough_and_recovery() -> None:
    found = falls(np.array([100.0, 90.0, 100.0, 120.0, 60.0, 90.0, 130.0, 117.0]))
    told = [(fall.peak, fall.trough, fall.recovered) for fall in found]
    assert told == [(3, 4, 6), (0, 1, 2), (6, 7, None)]
    assert [fall.depth for fall in found] == pytest.approx([0.5, 0.1, 0.1])


def test_none_where_equity_never_fell() -> None:
    assert falls(np.array([1.0, 2.0, 2.0])) == []
    assert falls(np.array([])) == []


@given(st.lists(st.floats(1.0, 100.0), min_size=1, max_size=40))
def test_the_deepest_is_the_max_drawdown(values: list[float]) -> None:
    equity = np.array(values)
    deepest = max((fall.depth for fall in falls(equity)), default=0.0)
    assert deepest == max_drawdown(equity).depth


def test_ulcer_index() -> None:
    assert ulcer(np.array([100.0, 80.0, 100.0, 60.0])) == pytest.approx(math.sqrt(0.05))
    assert math.isnan(ulcer(np.array([])))
