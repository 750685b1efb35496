"""Rate of change: ROC_t = p_t / p_{t-n} - 1. Streaming and batch are the same update.

From the exact integer difference, so that it is zero exactly when the price is the same, and of
the true sign otherwise. Warm-up: n rows of NaN, as a change needs the row n before.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.layout import Records, record
from sigma_cli.kernels.jit import njit

CHANGE: Final = record(("seen", "i8"), ("at", "i8"))
"""A rolling change: values seen (up to the window), next place in the ring."""


@njit
def roc_update(state: Records, ring: NDArray[np.int64], value_u: int) -> float:
    """Take one value; return its change against len(ring) rows ago, as a fraction.

    NaN before there are enough, and against zero. state: CHANGE [1].
    """
    s = state[0]
    before_u = ring[s.at]
    ring[s.at] = value_u
    s.at += 1
    if s.at == len(ring):
        s.at = 0
    if s.seen < len(ring):
        s.seen += 1
        return math.nan
    return (value_u - before_u) / before_u if before_u != 0 else math.nan


@njit
def roc(value_u: NDArray[np.int64], window: int) -> NDArray[np.float64]:
    """Return the change of each row against `window` rows before, float64 [n], as a fraction."""
    state = np.zeros(1, CHANGE)
    ring = np.zeros(window, np.int64)
    out = np.empty(len(value_u), np.float64)
    for i in range(len(value_u)):
        out[i] = roc_update(state, ring, value_u[i])
    return out
