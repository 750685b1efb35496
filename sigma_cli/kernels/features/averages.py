"""Moving averages of prices: SMA and EMA. Streaming and batch are the same `update`.

SMA_t = (p_t + ... + p_{t-n+1}) / n, from an exact integer sum, so that two averages of different
length are equal exactly when the true values are.
EMA_t = EMA_{t-1} + 2 / (n + 1) (p_t - EMA_{t-1}), begun at bar n with the SMA (as TA-Lib does).
Warm-up: n - 1 rows of NaN.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.layout import Records, record
from sigma_cli.kernels.jit import njit

SUM: Final = record(("total", "i8"), ("seen", "i8"), ("at", "i8"))
"""A rolling integer sum: its total, values seen (up to the window), next place in the ring."""

EMA: Final = record(("value", "f8"), ("total", "i8"), ("seen", "i8"))
"""An exponential average: its value, and the sum that seeds it."""


@njit
def sma_update(state: Records, ring: NDArray[np.int64], price_u: int, unit: float) -> float:
    """Take one price; return the mean of the last len(ring) prices, NaN before there are enough.

    `unit` is 10^price_exp: the result is in quote currency, price_u / unit. state: SUM [1].
    """
    s = state[0]
    s.total += price_u - ring[s.at]
    ring[s.at] = price_u
    s.at += 1
    if s.at == len(ring):
        s.at = 0
    if s.seen < len(ring):
        s.seen += 1
        if s.seen < len(ring):
            return math.nan
    return s.total / (len(ring) * unit)


def sma(price_u: NDArray[np.int64], window: int, unit: float) -> NDArray[np.float64]:
    """Return the simple moving average of each row, float64 [n], in quote currency."""
    out = np.empty(len(price_u))
    _sma(price_u, window, unit, out)
    return out


@njit
def _sma(price_u: NDArray[np.int64], window: int, unit: float, out: NDArray[np.float64]) -> None:
    state = np.zeros(1, SUM)
    ring = np.zeros(window, np.int64)
    for i in range(len(price_u)):
        out[i] = sma_update(state, ring, price_u[i], unit)


@njit
def ema_update(state: Records, window: int, price_u: int, unit: float) -> float:
    """Take one price; return the average, NaN before `window` prices. state: EMA [1]."""
    s = state[0]
    if s.seen < window:
        s.seen += 1
        s.total += price_u
        if s.seen < window:
            return math.nan
        s.value = s.total / (window * unit)
        return s.value
    s.value += 2.0 / (window + 1.0) * (price_u / unit - s.value)
    return s.value


def ema(price_u: NDArray[np.int64], window: int, unit: float) -> NDArray[np.float64]:
    """Return the exponential moving average of each row, float64 [n], in quote currency."""
    out = np.empty(len(price_u))
    _ema(price_u, window, unit, out)
    return out


@njit
def _ema(price_u: NDArray[np.int64], window: int, unit: float, out: NDArray[np.float64]) -> None:
    state = np.zeros(1, EMA)
    for i in range(len(price_u)):
        out[i] = ema_update(state, window, price_u[i], unit)
