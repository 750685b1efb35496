"""Candles from trades, as they come: what every venue does with its own.

A candle opens with the first trade of its interval and is closed by the first trade after it. An
interval without a trade has no candle. Trades come in order of `exch_ts_ns`.
"""

import numpy as np

from sigma_cli.domain.dtypes import BAR, Record, Records
from sigma_cli.kernels.jit import njit


def no_bar() -> Records:
    """Return BAR [1] in which no trade has been counted yet."""
    return np.zeros(1, BAR)


@njit
def add(trades: Records, interval_ns: int, bar: Records, closed: Records) -> int:
    """Count `trades` in; move the candles that are over to `closed` and return how many.

    `bar` is BAR [1], the candle that is still open, kept from call to call; its `volume_u` is 0
    before the first trade. `closed` has a row for each interval that the trades may end.
    """
    current = bar[0]
    count = 0
    for i in range(len(trades)):
        trade = trades[i]
        open_ts_ns = trade.exch_ts_ns - trade.exch_ts_ns % interval_ns
        if current.volume_u > 0 and current.open_ts_ns != open_ts_ns:
            assert count < len(closed)
            closed[count] = current
            count += 1
            current.volume_u = 0
        if current.volume_u == 0:
            current.open_ts_ns = open_ts_ns
            current.open_u = current.high_u = current.low_u = trade.price_u
        _count(current, trade.price_u, trade.size_u)
    return count


@njit
def _count(bar: Record, price_u: int, size_u: int) -> None:
    bar.high_u = max(bar.high_u, price_u)
    bar.low_u = min(bar.low_u, price_u)
    bar.close_u = price_u
    bar.volume_u += size_u
