"""The last values of something, also in order of size: for medians and percentiles of few.

`ring` holds the last len(ring) values in order of arrival, `ranked` the same in order of size,
`seen` is how many there have been in all. A value costs one walk through the ring.
"""

import math

import numpy as np
from numpy.typing import NDArray

from sigma_cli.kernels.jit import njit


@njit
def push(ring: NDArray[np.float64], ranked: NDArray[np.float64], seen: int, value: float) -> None:
    """Take a value, which is not NaN; the oldest makes room for it. The caller counts `seen`."""
    assert not math.isnan(value)
    size = len(ring)
    held = min(seen, size)
    if held == size:
        at = 0
        while ranked[at] != ring[seen % size]:
            at += 1
        held -= 1
        for k in range(at, held):
            ranked[k] = ranked[k + 1]
    ring[seen % size] = value
    at = held
    while at > 0 and ranked[at - 1] > value:
        ranked[at] = ranked[at - 1]
        at -= 1
    ranked[at] = value


@njit
def percentile(ranked: NDArray[np.float64], seen: int, percent: int) -> float:
    """Return the smallest value that so many percent do not exceed (nearest rank); NaN of none."""
    held = min(seen, len(ranked))
    if held == 0:
        return math.nan
    return ranked[max((percent * held + 99) // 100, 1) - 1]


@njit
def median(ranked: NDArray[np.float64], seen: int) -> float:
    """Return the middle value, or the mean of the two in the middle; NaN of none."""
    held = min(seen, len(ranked))
    if held == 0:
        return math.nan
    return 0.5 * (ranked[(held - 1) // 2] + ranked[held // 2])
