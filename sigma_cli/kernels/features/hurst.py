"""Generalised Hurst exponent of order 2 of log mids, one a minute: H = 1/2 is a random walk.

    K(l) = mean of (y[t] - y[t - l])^2 over the window,    l = 1 .. 19
    H    = slope of ln K(l) on ln l, halved

(Di Matteo, Aste and Dacorogna, "Scaling behaviors in differently developed markets", Physica A
324, 2003.) Of mids, not of trades: the bounce between bid and ask reads as 0.32. Over 512 minutes
one standard error is about 0.045, so |H - 0.5| < 0.1 is noise. Rolling sums, 19 a row, added anew
every 1,024 rows. NaN where the mid never moved. Warm-up: 511 rows of NaN, after a gap too: no lag
may span one.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.layout import Record, record
from sigma_cli.kernels.features.rings import wrapped
from sigma_cli.kernels.jit import constant, njit
from sigma_cli.kernels.mathx import log

WINDOW: Final = 512
_LAGS: Final = constant(19)
_ANEW: Final = constant(1_024)

SCALING: Final = record(
    ("seen", "i8"),
    ("at", "i8"),
    ("age", "i8"),  # rows since the sums were added anew
    ("still", "i8"),  # rows since y last changed
    ("squares", "f8", (int(_LAGS) + 1,)),  # by lag; 0 is not used
)
"""Rows seen (up to the window), next place in the ring, and the rolling sums."""


@njit
def hurst_advance(s: Record, ring: NDArray[np.float64], y: float) -> float:
    """Take one log mid; return H of the last len(ring), NaN before. s: SCALING."""
    size = len(ring)
    full = s.seen == size
    leaving = ring[s.at]
    for lag in range(1, _LAGS + 1):
        if full:
            gone = ring[wrapped(s.at + lag, size)] - leaving
            s.squares[lag] -= gone * gone
        if s.seen >= lag:
            come = y - ring[wrapped(s.at - lag + size, size)]
            s.squares[lag] += come * come
    s.still = s.still + 1 if y == ring[wrapped(s.at - 1 + size, size)] else 0
    ring[s.at] = y
    s.at = wrapped(s.at + 1, size)
    s.seen = min(s.seen + 1, size)
    s.age += 1
    if s.age >= _ANEW or s.still == size - 1:  # all are equal: no rest of a rounding may stand
        _add_anew(s, ring)
    return _slope(s, size) if s.seen == size else math.nan


@njit
def hurst_forget(s: Record) -> None:
    """Begin the window anew. s: SCALING."""
    s.seen = s.at = s.age = s.still = 0
    for lag in range(1, _LAGS + 1):
        s.squares[lag] = 0.0


@njit
def _add_anew(s: Record, ring: NDArray[np.float64]) -> None:
    size = len(ring)
    s.age = 0
    for lag in range(1, _LAGS + 1):
        total = 0.0
        for k in range(size - s.seen + lag, size):
            step = ring[wrapped(s.at + k, size)] - ring[wrapped(s.at + k - lag, size)]
            total += step * step
        s.squares[lag] = total


@njit
def _slope(s: Record, size: int) -> float:
    x_mean = y_mean = 0.0
    for lag in range(1, _LAGS + 1):
        x_mean += log(float(lag))
        y_mean += log(s.squares[lag] / (size - lag))
    x_mean /= _LAGS
    y_mean /= _LAGS
    sxx = sxy = 0.0
    for lag in range(1, _LAGS + 1):
        x = log(float(lag)) - x_mean
        sxx += x * x
        sxy += x * (log(s.squares[lag] / (size - lag)) - y_mean)
    return 0.5 * sxy / sxx


def hurst(log_mid: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    """Return H of each row and the window - 1 before it, float64 [n]; window: 21 rows or more."""
    assert window > _LAGS + 1
    out = np.empty(len(log_mid))
    _hurst(log_mid, np.zeros(window), out)
    return out


@njit
def _hurst(
    log_mid: NDArray[np.float64], ring: NDArray[np.float64], out: NDArray[np.float64]
) -> None:
    state = np.zeros(1, SCALING)
    for i in range(len(log_mid)):
        out[i] = hurst_advance(state[0], ring, log_mid[i])
