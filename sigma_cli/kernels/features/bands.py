"""Width of Bollinger's bands: 4 sd / mean of the last 20 closes, sd of the population (ddof 0).

From upper and lower band, mean +- 2 sd, as a share of the mean (Bollinger on Bollinger Bands,
2001). The mean comes from an exact integer sum; the squares are added anew for each row, oldest
first, so that nothing drifts and a row depends on its window alone. Warm-up: 19 rows of NaN.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.layout import Record, record
from sigma_cli.kernels.features.rings import wrapped
from sigma_cli.kernels.jit import njit

WINDOW: Final = 20

BANDS: Final = record(("seen", "i8"), ("at", "i8"), ("total", "i8"), ("ring", "i8", (WINDOW,)))
"""The last closes: how many were seen (up to the window), next place, their sum."""


@njit
def width_advance(s: Record, close_u: int) -> float:
    """Take one close; return the width as a fraction of the mean, NaN before 20. s: BANDS."""
    ring = s.ring
    size = len(ring)
    s.total += close_u - ring[s.at]
    ring[s.at] = close_u
    s.at = wrapped(s.at + 1, size)
    s.seen = min(s.seen + 1, size)
    if s.seen < size:
        return math.nan
    mean = s.total / size
    squares = 0.0
    for k in range(size):
        off = ring[wrapped(s.at + k, size)] - mean
        squares += off * off
    return 4.0 * math.sqrt(squares / size) / mean


def width(close_u: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the width of each row, float64 [n], as a fraction of the mean."""
    out = np.empty(len(close_u))
    _width(close_u, out)
    return out


@njit
def _width(close_u: NDArray[np.int64], out: NDArray[np.float64]) -> None:
    state = np.zeros(1, BANDS)
    for i in range(len(close_u)):
        out[i] = width_advance(state[0], close_u[i])
