"""The last fifty trades: bought against sold, and those of which nobody knows."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from sigma_cli.kernels.features.recent import LENGTH, RECENT, recent_imbalance, recent_trade
from sigma_cli.kernels.jit import njit

Trades = list[tuple[int, int]]
Column = NDArray[np.int64]


@njit
def last(sides: Column, sizes_u: Column, found: NDArray[np.float64]) -> None:
    """Write the imbalance after each trade."""
    s = np.zeros(1, RECENT)
    for i in range(len(sides)):
        recent_trade(s[0], sides[i], sizes_u[i])
        found[i] = recent_imbalance(s[0])


def imbalances(trades: Trades) -> list[float]:
    sides, sizes_u = np.array(trades, np.int64).reshape(-1, 2).T.copy()
    found = np.empty(len(trades))
    last(sides, sizes_u, found)
    return found.tolist()


def plain(trades: Trades) -> float:
    bought, sold = (sum(size for side, size in trades[-LENGTH:] if side == way) for way in (1, -1))
    if len(trades) < LENGTH or bought + sold == 0:
        return math.nan
    return (bought - sold) / (bought + sold)


@given(st.lists(st.tuples(st.sampled_from([-1, 0, 1]), st.integers(1, 1000)), max_size=150))
def test_it_is_that_of_the_last_fifty(trades: Trades) -> None:
    expected = [plain(trades[: n + 1]) for n in range(len(trades))]
    np.testing.assert_array_equal(imbalances(trades), expected)


def test_trades_without_a_side_are_forgotten_like_others() -> None:
    assert imbalances([(0, 10)] * 200 + [(1, 10)] * 50)[-1] == 1.0
    assert math.isnan(imbalances([(0, 10)] * 200)[-1])
