"""On-balance volume, as a slope: how much of the mean volume a bar adds, over 20 bars.

OBV adds the volume of a bar that closed higher and subtracts that of one that closed lower
(Granville, New Key to Stock Market Profits, 1963): an exact integer. The slope is that of its
least-squares line over 20 bars, divided by their mean volume; from differences to the oldest of
them, so that a history of any length costs no digit. Warm-up: 19 rows of NaN.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.layout import Record, Records, record
from sigma_cli.kernels.features.rings import wrapped
from sigma_cli.kernels.jit import njit

WINDOW: Final = 20

BALANCE: Final = record(
    ("seen", "i8"),
    ("at", "i8"),
    ("close_u", "i8"),
    ("obv_u", "i8"),
    ("volume_u", "i8"),
    ("obvs_u", "i8", (WINDOW,)),
    ("volumes_u", "i8", (WINDOW,)),
)
"""Bars seen (up to the window), the last close, OBV, the window's volume, and its bars."""


@njit
def slope_advance(s: Record, close_u: int, volume_u: int) -> float:
    """Take one bar; return slope / mean volume, NaN before 20 and without volume. s: BALANCE."""
    obvs_u = s.obvs_u
    size = len(obvs_u)
    if s.seen > 0:
        if close_u > s.close_u:
            s.obv_u += volume_u
        elif close_u < s.close_u:
            s.obv_u -= volume_u
    s.close_u = close_u
    s.volume_u += volume_u - s.volumes_u[s.at]
    s.volumes_u[s.at] = volume_u
    obvs_u[s.at] = s.obv_u
    s.at = wrapped(s.at + 1, size)
    s.seen = min(s.seen + 1, size)
    if s.seen < size or s.volume_u == 0:
        return math.nan
    # With x = -19, -17 .. 19 (twice the distance from the middle) sum x = 0, sum x^2 = 2660.
    oldest_u = obvs_u[s.at]
    product = 0.0
    for k in range(size):
        product += (2 * k + 1 - size) * float(obvs_u[wrapped(s.at + k, size)] - oldest_u)
    slope_u = 6.0 * product / (size * (size * size - 1))
    return slope_u / (s.volume_u / size)


def slope(bars: Records) -> NDArray[np.float64]:
    """Return the slope of each row of `bars` (BAR), float64 [n], in mean volumes a bar."""
    out = np.empty(len(bars))
    _slope(bars, out)
    return out


@njit
def _slope(bars: Records, out: NDArray[np.float64]) -> None:
    state = np.zeros(1, BALANCE)
    for i in range(len(bars)):
        out[i] = slope_advance(state[0], bars[i].close_u, bars[i].volume_u)
