"""Where an oscillator stops following the price, told at pivots that are confirmed.

A *pivot low* of strength k is a value below the k before it and not above the k after it. It is
known only k rows later: that is when it is told, never at its own row. A *bullish divergence* is
a pivot low of the oscillator that is higher than the one before it, while the price there is
lower; a *bearish* one is the same upside down. Streaming and batch are the same update.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.layout import Records, record
from sigma_cli.kernels.features.rings import wrapped
from sigma_cli.kernels.jit import njit

DIVERGENCE: Final = record(
    ("seen", "i8"),
    ("at", "i8"),
    ("pivots", "i8"),
    ("since", "i8"),
    ("price", "f8"),
    ("oscillator", "f8"),
)
"""Rows seen, next place in the ring; pivots seen; rows since the last one, and its values."""


@njit
def bullish_update(
    state: Records, ring: NDArray[np.float64], price: float, oscillator: float, near: int, far: int
) -> bool:
    """Take one row; say whether it confirms a pivot low that diverges from the one before.

    The two pivots must lie `near` to `far` rows apart. A NaN is no pivot, nor beside one.
    state: DIVERGENCE [1]; ring: float64 [2 strength + 1, 2], the last prices and oscillators.
    """
    s = state[0]
    ring[s.at, 0] = price
    ring[s.at, 1] = oscillator
    s.at = wrapped(s.at + 1, len(ring))
    s.seen = min(s.seen + 1, len(ring))
    s.since += 1
    middle = wrapped(s.at + len(ring) // 2, len(ring))
    if s.seen < len(ring) or not _is_pivot_low(ring, middle):
        return False
    found = (
        s.pivots > 0
        and near <= s.since <= far
        and ring[middle, 0] < s.price
        and ring[middle, 1] > s.oscillator
    )
    s.pivots += 1
    s.since = 0
    s.price = ring[middle, 0]
    s.oscillator = ring[middle, 1]
    return bool(found)


@njit
def _is_pivot_low(ring: NDArray[np.float64], middle: int) -> bool:
    """Return whether the oscillator at `middle`, half a ring old, is the ring's low."""
    value = ring[middle, 1]
    for k in range(1, len(ring) // 2 + 1):
        before = ring[wrapped(middle - k + len(ring), len(ring)), 1]
        after = ring[wrapped(middle + k, len(ring)), 1]
        if not (value < before and value <= after):  # so that a NaN is no pivot either
            return False
    return True


@njit
def divergences(
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    oscillator: NDArray[np.float64],
    strength: int,
    near: int,
    far: int,
) -> NDArray[np.float64]:
    """Return 1 where a bullish divergence is confirmed, 0 where a bearish one, else NaN.

    Lows are compared at pivot lows, highs at pivot highs. A row depends on no more than the
    2 strength + far rows before it. float64 [n]
    """
    bulls = np.zeros(1, DIVERGENCE)
    bears = np.zeros(1, DIVERGENCE)
    bull_ring = np.zeros((2 * strength + 1, 2), np.float64)
    bear_ring = np.zeros((2 * strength + 1, 2), np.float64)
    out = np.empty(len(oscillator), np.float64)
    for i in range(len(oscillator)):
        out[i] = math.nan
        if bullish_update(bulls, bull_ring, low[i], oscillator[i], near, far):
            out[i] = 1.0
        if bullish_update(bears, bear_ring, -high[i], -oscillator[i], near, far):
            out[i] = 0.0
    return out
