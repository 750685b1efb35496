"""Highest and lowest value of the last n rows. Streaming and batch are the same update.

The ring keeps only the values that may still become the extreme: each is more extreme than all
that came after it, so the first one is the answer and a row costs O(1) on average, whatever the
window (Lemire, "Streaming maximum-minimum filter", Nordic Journal of Computing 13, 2006).
Warm-up: n - 1 rows of NaN.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.layout import Records, record
from sigma_cli.kernels.features.rings import wrapped
from sigma_cli.kernels.jit import njit

EXTREME: Final = record(("seen", "i8"), ("first", "i8"), ("count", "i8"))
"""A rolling extreme: rows seen, where in the ring the extreme stands, how many stand there."""


@njit
def highest_update(state: Records, ring: NDArray[np.int64], value_u: int, unit: float) -> float:
    """Take one value; return the largest of the last len(ring), NaN before there are enough.

    `unit` is 10^price_exp: the result is in quote currency. state: EXTREME [1]; ring: int64
    [window, 2], of values and their rows.
    """
    top_u = _push(state, ring, value_u)
    return top_u / unit if state[0].seen >= len(ring) else math.nan


@njit
def lowest_update(state: Records, ring: NDArray[np.int64], value_u: int, unit: float) -> float:
    """Take one value; return the smallest of the last len(ring), like `highest_update`."""
    bottom_u = -_push(state, ring, -value_u)
    return bottom_u / unit if state[0].seen >= len(ring) else math.nan


@njit
def highest(value_u: NDArray[np.int64], window: int, unit: float) -> NDArray[np.float64]:
    """Return the largest of each row and the window - 1 before it, float64 [n]."""
    state = np.zeros(1, EXTREME)
    ring = np.zeros((window, 2), np.int64)
    out = np.empty(len(value_u), np.float64)
    for i in range(len(value_u)):
        out[i] = highest_update(state, ring, value_u[i], unit)
    return out


@njit
def lowest(value_u: NDArray[np.int64], window: int, unit: float) -> NDArray[np.float64]:
    """Return the smallest of each row and the window - 1 before it, float64 [n]."""
    state = np.zeros(1, EXTREME)
    ring = np.zeros((window, 2), np.int64)
    out = np.empty(len(value_u), np.float64)
    for i in range(len(value_u)):
        out[i] = lowest_update(state, ring, value_u[i], unit)
    return out


@njit
def _push(state: Records, ring: NDArray[np.int64], value_u: int) -> int:
    """Let a value in and what it outdoes out; return the largest value of the window."""
    s = state[0]
    if s.count > 0 and ring[s.first, 1] <= s.seen - len(ring):  # it left the window
        s.first = wrapped(s.first + 1, len(ring))
        s.count -= 1
    while s.count > 0 and ring[wrapped(s.first + s.count - 1, len(ring)), 0] <= value_u:
        s.count -= 1
    at = wrapped(s.first + s.count, len(ring))
    ring[at, 0] = value_u
    ring[at, 1] = s.seen
    s.count += 1
    s.seen += 1
    return ring[s.first, 0]
