"""Wilder's smoothed indicators: RSI and ATR (New Concepts in Technical Trading Systems, 1978).

Both smooth by s_t = (s_{t-1} (n - 1) + x_t) / n, seeded with the mean of the first n values.

RSI = 100 g / (g + l), g and l the smoothed gains and losses; g + l = 0 gives 50.
TR_t = max(high, close_{t-1}) - min(low, close_{t-1}), from bar 1; ATR is TR smoothed.
Warm-up: n rows of NaN, as a change needs the row before.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.desk import ATR
from sigma_cli.domain.dtypes.layout import Record, Records, record
from sigma_cli.kernels.jit import njit

RSI: Final = record(("gain", "f8"), ("loss", "f8"), ("before_u", "i8"), ("seen", "i8"))


@njit
def rsi_update(state: Records, window: int, close_u: int) -> float:
    """Take one close; return the RSI in [0, 100], NaN for the first `window`. state: RSI [1]."""
    return rsi_advance(state[0], window, close_u)


@njit
def rsi_advance(s: Record, window: int, close_u: int) -> float:
    """Take one close; the same on a record, for compiled callers."""
    change = float(close_u - s.before_u)
    s.before_u = close_u
    s.seen += 1
    if s.seen == 1:
        return math.nan
    gain = max(change, 0.0)
    loss = max(-change, 0.0)
    if s.seen <= window + 1:
        s.gain += gain
        s.loss += loss
        if s.seen <= window:
            return math.nan
        s.gain /= window
        s.loss /= window
    else:
        s.gain = (s.gain * (window - 1) + gain) / window
        s.loss = (s.loss * (window - 1) + loss) / window
    both = s.gain + s.loss
    return 100.0 * s.gain / both if both > 0.0 else 50.0


def rsi(close_u: NDArray[np.int64], window: int) -> NDArray[np.float64]:
    """Return the relative strength index of each row, float64 [n], in [0, 100]."""
    out = np.empty(len(close_u))
    _rsi(close_u, window, out)
    return out


@njit
def _rsi(close_u: NDArray[np.int64], window: int, out: NDArray[np.float64]) -> None:
    state = np.zeros(1, RSI)
    for i in range(len(close_u)):
        out[i] = rsi_update(state, window, close_u[i])


@njit
def atr_update(state: Records, window: int, high_u: int, low_u: int, close_u: int) -> float:
    """Take one bar; return the average true range in units, NaN for the first. state: ATR [1]."""
    return atr_advance(state[0], window, high_u, low_u, close_u)


@njit
def atr_advance(s: Record, window: int, high_u: int, low_u: int, close_u: int) -> float:
    """Take one bar; the same on a record, for compiled callers."""
    before_u = s.before_u
    s.before_u = close_u
    s.seen += 1
    if s.seen == 1:
        return math.nan
    true_range = float(max(high_u, before_u) - min(low_u, before_u))
    if s.seen <= window + 1:
        s.value += true_range
        if s.seen <= window:
            return math.nan
        s.value /= window
    else:
        s.value = (s.value * (window - 1) + true_range) / window
    return float(s.value)


def atr(
    high_u: NDArray[np.int64], low_u: NDArray[np.int64], close_u: NDArray[np.int64], window: int
) -> NDArray[np.float64]:
    """Return the average true range of each row, float64 [n], in price units."""
    out = np.empty(len(close_u))
    _atr(high_u, low_u, close_u, window, out)
    return out


@njit
def _atr(
    high_u: NDArray[np.int64],
    low_u: NDArray[np.int64],
    close_u: NDArray[np.int64],
    window: int,
    out: NDArray[np.float64],
) -> None:
    state = np.zeros(1, ATR)
    for i in range(len(close_u)):
        out[i] = atr_update(state, window, high_u[i], low_u[i], close_u[i])
