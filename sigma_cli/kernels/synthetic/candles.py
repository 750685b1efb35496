"""A made-up market: one-minute candles that look like a Korean won market, from a seed.

For first contact, tests and benchmarks; never evidence that a strategy earns. What is modelled:
volatility that clusters and has fat tails, a busy and a quiet part of the day, volume that rises
with movement, trades that jump between bid and ask on the venue's tick grid, minutes without a
trade. Only + - * / and square roots of float64 and integers: the same bytes on every CPU,
compiled or not.

A minute's variance follows v' = (1 - A - B) v0 + A r^2 + B v with r the last return (Bollerslev,
"Generalized Autoregressive Conditional Heteroskedasticity", Journal of Econometrics 31, 1986).
Hour profile and A, B are near to those of Upbit's KRW markets in September 2025.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.units import NS_PER_HOUR, NS_PER_MINUTE
from sigma_cli.kernels.jit import njit
from sigma_cli.kernels.rng import State, normal, uniform
from sigma_cli.kernels.ticks import floor_tick, tick_at

MODEL: Final = np.dtype(
    (
        np.record,
        [
            ("price", "f8"),  # quote currency, before the first minute
            ("deviation", "f8"),  # of a minute's return, in the long run
            ("volume", "f8"),  # base currency, in an ordinary minute
            ("quiet", "f8"),  # share of minutes without a trade, at ordinary activity
        ],
    )
)
"""One market's character."""

_STEPS: Final = 6  # trades that shape one candle
_REACTION: Final = 0.10  # A
_MEMORY: Final = 0.88  # B
_JUMP_SHARE: Final = 0.002
_JUMP: Final = 4.0  # a jump's deviation, in ordinary ones
_TREND_MEMORY: Final = 0.999
_TREND: Final = 0.0004  # a minute's change of the trend, in deviations: too weak to live on
HOURS: Final = np.array(
    [
        [1.6, 1.2, 1.1, 1.0, 0.9, 0.8, 0.9, 1.0, 1.0, 0.9, 0.8, 0.8],  # 09-20 h in Seoul
        [1.6, 1.7, 1.8, 1.2, 0.8, 0.6, 0.5, 0.5, 0.5, 0.6, 0.9, 0.9],  # 21-08 h
    ]
).ravel()
"""Activity by hour of the day, UTC."""


@njit
def candles(
    model: Record, rules: Record, state: State, start_ns: int, rows: NDArray[np.int64]
) -> int:
    """Fill `rows` [minutes, 6] with candles from `start_ns` on and return how many there are.

    `model` is MODEL [1], `rules` RULES [1], the columns CANDLE_COLUMNS. A minute without a trade
    has no row, so fewer rows than minutes are filled. `state` moves on.
    """
    usual = model[0].deviation
    variance = usual * usual
    price = model[0].price / rules[0].price_scale
    trend = 0.0
    count = 0
    for minute in range(len(rows)):
        open_ts_ns = start_ns + minute * NS_PER_MINUTE
        activity = HOURS[open_ts_ns // NS_PER_HOUR % 24]
        deviation = math.sqrt(variance * activity)
        if uniform(state) < _JUMP_SHARE:
            deviation *= _JUMP
        trend = _TREND_MEMORY * trend + _TREND * usual * normal(state)
        before = price
        price = _trade(price, deviation, trend, rules, state, rows[count])
        change = price / before - 1.0
        variance = (
            (1.0 - _REACTION - _MEMORY) * usual * usual
            + _REACTION * change * change / activity
            + _MEMORY * variance
        )
        if uniform(state) * activity >= model[0].quiet:
            rows[count, 0] = open_ts_ns
            moved = 0.4 + 0.6 * abs(change) / deviation
            rows[count, 5] = _volume_u(model, rules, activity * moved, state)
            count += 1
    return count


@njit
def _trade(
    price: float,
    deviation: float,
    trend: float,
    rules: Record,
    state: State,
    row: NDArray[np.int64],
) -> float:
    """Walk one minute's trades into `row`; return the price it ends at, off the grid."""
    for step in range(_STEPS):
        price *= 1.0 + (deviation / math.sqrt(_STEPS)) * normal(state) + trend / _STEPS
        traded_u = _bid_or_ask_u(price, rules, state)
        if step == 0:
            row[1] = row[2] = row[3] = traded_u
        row[2] = max(row[2], traded_u)
        row[3] = min(row[3], traded_u)
        row[4] = traded_u
    return price


@njit
def _bid_or_ask_u(price: float, rules: Record, state: State) -> int:
    """Return the tick below `price` when somebody sells, or the one above when somebody buys."""
    price_u = int(price)
    tick_u = tick_at(price_u, rules[0])
    bid_u = floor_tick(price_u, rules[0])
    if uniform(state) < 0.5:
        return max(bid_u, tick_u)
    return bid_u + tick_u


@njit
def _volume_u(model: Record, rules: Record, activity: float, state: State) -> int:
    """Return a volume around the ordinary one, in lots: many small, few very large."""
    lot_u: int = rules[0].lot_u
    share = 0.33 / (uniform(state) + 0.05)  # mean 1, from 0.31 to 6.6
    lots = int(model[0].volume * activity * share / rules[0].size_scale / lot_u)
    return max(lots, 1) * lot_u
