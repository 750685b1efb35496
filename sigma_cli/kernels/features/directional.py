"""Wilder's directional movement: +DI, -DI and ADX (New Concepts in Technical Trading Systems).

    up   = high - high', where that is positive and more than low' - low, else 0
    down = low' - low,   where that is positive and more than high - high', else 0
    S_t  = S_{t-1} - S_{t-1} / n + x_t       of up, down and true range; seed: sums of n - 1 bars
    DI   = 100 S(up or down) / S(true range)
    DX   = 100 |+DI - -DI| / (+DI + -DI),    ADX its Wilder mean, seed: mean of the first n

as TA-Lib does, which also leaves the ADX alone where DX is 0 / 0. Warm-up: n rows of NaN for the
DI, 2 n - 1 for the ADX.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.layout import Record, Records, record
from sigma_cli.kernels.jit import njit

DIRECTIONAL: Final = record(
    ("seen", "i8"),
    ("high_u", "i8"),
    ("low_u", "i8"),
    ("close_u", "i8"),
    ("up", "f8"),
    ("down", "f8"),
    ("range", "f8"),
    ("adx", "f8"),
)
"""Bars seen and the last of them, the three smoothed sums, and the ADX or the sum that seeds it."""


@njit
def adx_advance(s: Record, window: int, high_u: int, low_u: int, close_u: int) -> float:
    """Take one bar; return the ADX in [0, 100], NaN for the first 2 n - 1. s: DIRECTIONAL."""
    s.seen += 1
    if s.seen > 1:
        _smooth(s, window, high_u, low_u)
    s.high_u = high_u
    s.low_u = low_u
    s.close_u = close_u
    if s.seen <= window:
        return math.nan
    both = plus_di(s, window) + minus_di(s, window)
    if both > 0.0:
        dx = 100.0 * abs(plus_di(s, window) - minus_di(s, window)) / both
        if s.seen <= 2 * window:
            s.adx += dx / window
        else:
            s.adx = (s.adx * (window - 1) + dx) / window
    return float(s.adx) if s.seen >= 2 * window else math.nan


@njit
def plus_di(s: Record, window: int) -> float:
    """Return +DI in [0, 100], NaN for the first `window` rows, 0 where nothing has moved."""
    return _share(s, window, s.up)


@njit
def minus_di(s: Record, window: int) -> float:
    """Return -DI, like `plus_di`."""
    return _share(s, window, s.down)


@njit
def _share(s: Record, window: int, moved: float) -> float:
    if s.seen <= window:
        return math.nan
    return 100.0 * (moved / s.range) if s.range > 0.0 else 0.0


@njit
def _smooth(s: Record, window: int, high_u: int, low_u: int) -> None:
    rise = high_u - s.high_u
    fall = s.low_u - low_u
    up = float(rise) if rise > 0 and rise > fall else 0.0
    down = float(fall) if fall > 0 and fall > rise else 0.0
    true_range = float(max(high_u, s.close_u) - min(low_u, s.close_u))
    if s.seen > window:
        s.up -= s.up / window
        s.down -= s.down / window
        s.range -= s.range / window
    s.up += up
    s.down += down
    s.range += true_range


def adx(bars: Records, window: int) -> NDArray[np.float64]:
    """Return ADX, +DI and -DI of each row of `bars` (BAR), float64 [n, 3]."""
    out = np.empty((len(bars), 3))
    _adx(bars, window, out)
    return out


@njit
def _adx(bars: Records, window: int, out: NDArray[np.float64]) -> None:
    state = np.zeros(1, DIRECTIONAL)
    s = state[0]
    for i in range(len(bars)):
        bar = bars[i]
        out[i, 0] = adx_advance(s, window, bar.high_u, bar.low_u, bar.close_u)
        out[i, 1] = plus_di(s, window)
        out[i, 2] = minus_di(s, window)
