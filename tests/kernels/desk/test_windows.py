"""Windows and percentiles that switches look at, against slow and obvious ones."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigma_cli.domain.dtypes.desk import QUANTILE, WATCH
from sigma_cli.domain.units import NS_PER_S
from sigma_cli.kernels.desk import quantile, ranked, watch
from tests.kernels.desk import tower

VALUES = st.lists(st.floats(-1e6, 1e6), max_size=60)


@given(VALUES, st.integers(1, 12), st.integers(0, 100))
@settings(max_examples=100, deadline=None)
def test_the_last_values_are_ranked(values: list[float], size: int, percent: int) -> None:
    ring, order = np.zeros(size), np.zeros(size)
    assert math.isnan(ranked.median(order, 0)) and math.isnan(ranked.percentile(order, 0, 50))
    for seen, value in enumerate(values):
        ranked.push(ring, order, seen, value)
        held = sorted(values[max(seen + 1 - size, 0) : seen + 1])
        assert order[: len(held)].tolist() == held
        assert ranked.median(order, seen + 1) == pytest.approx(float(np.median(held)))
        needed = max(math.ceil(percent * len(held) / 100), 1)
        assert ranked.percentile(order, seen + 1, percent) == held[needed - 1]


def test_what_is_no_number_has_no_rank() -> None:
    with pytest.raises(AssertionError):
        ranked.push(np.zeros(3), np.zeros(3), 0, math.nan)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8, 0.95])
@pytest.mark.parametrize("kind", ["normal", "exponential", "uniform"])
def test_a_running_quantile_is_near_the_true_one(share: float, kind: str) -> None:
    random = np.random.default_rng(3)
    values = getattr(random, kind)(size=3_000)
    state = np.zeros(1, QUANTILE)
    for k, value in enumerate(values):
        assert math.isnan(quantile.value_of(state[0])) == (k < 5)
        quantile.push(state[0], share, value)
    below = float(np.mean(values < quantile.value_of(state[0])))
    assert below == pytest.approx(share, abs=0.02)


def test_a_running_quantile_is_the_published_example() -> None:
    """Jain and Chlamtac, table I: the median of twenty observations."""
    values = (0.02, 0.15, 0.74, 3.39, 0.83, 22.37, 10.15, 15.43, 38.62, 15.92, 34.60, 10.28, 1.47,
              0.40, 0.05, 11.39, 0.27, 0.42, 0.09, 11.37)  # fmt: skip
    state = np.zeros(1, QUANTILE)
    for value in values:
        quantile.push(state[0], 0.5, value)
    assert quantile.value_of(state[0]) == pytest.approx(4.44, abs=0.005)
    assert state[0].places.tolist() == [0, 5, 9, 15, 19]


@given(
    st.lists(st.tuples(st.floats(0.1, 30.0), st.integers(9_000, 11_000)), min_size=1, max_size=60)
)
@settings(max_examples=50, deadline=None)
def test_a_move_is_seen_within_its_window(steps: list[tuple[float, int]]) -> None:
    t = tower.Tower(tower.settings(move_max=0.05, move_window_s=30))
    seen: list[tuple[int, int]] = []
    for after_s, price_u in steps:
        t.tick(price_u, after_s=after_s)
        now_ns = int(t.state.now_ns)
        seen.append((now_ns, price_u))
        moved = watch.move(t.state.watch[tower.A])
        assert _move(seen, now_ns - 30 * NS_PER_S) <= moved + 1e-12
        assert moved <= _move(seen, now_ns - 32 * NS_PER_S - NS_PER_S) + 1e-12
        assert t.count("move_max") > 0 or moved <= 0.05


def _move(seen: list[tuple[int, int]], since_ns: int) -> float:
    """Return the move of the window, whose first price is the one that stood as it began."""
    before = [price_u for ts_ns, price_u in seen if ts_ns <= since_ns][-1:]
    inside = before + [price_u for ts_ns, price_u in seen if ts_ns > since_ns]
    now_u = seen[-1][1]
    return max((now_u - min(inside)) / min(inside), (max(inside) - now_u) / max(inside))


def test_without_a_price_there_is_no_move() -> None:
    made: Any = np.zeros(1, WATCH)
    assert math.isnan(watch.move(made[0]))
