"""When one line crosses another, with ties told from crossings."""

import math

import numpy as np
from numpy.typing import NDArray

from sigma_cli.kernels.jit import njit


def crossings(
    fast: NDArray[np.float64], slow: NDArray[np.float64], ties_max: int
) -> NDArray[np.float64]:
    """Return 1 where `fast` crosses above `slow`, 0 where it crosses below, else NaN; float64 [n].

    A crossing is an unequal comparison whose last unequal one, at most `ties_max` + 1 rows back,
    was the other way round: equality changes nothing, and a row never depends on more than the
    `ties_max` + 1 rows before it. NaN compares with nothing and forgets what was before.
    """
    out = np.empty(len(fast))
    _crossings(fast, slow, ties_max, out)
    return out


@njit
def _crossings(
    fast: NDArray[np.float64],
    slow: NDArray[np.float64],
    ties_max: int,
    out: NDArray[np.float64],
) -> None:
    last = 0  # sign of the last unequal comparison; 0: none
    age = 0  # rows since then
    for i in range(len(fast)):
        out[i] = math.nan
        age += 1
        if fast[i] > slow[i]:
            sign = 1
        elif fast[i] < slow[i]:
            sign = -1
        elif fast[i] == slow[i]:
            continue
        else:
            last = 0
            continue
        if last == -sign and age <= ties_max + 1:
            out[i] = 1.0 if sign > 0 else 0.0
        last = sign
        age = 0
