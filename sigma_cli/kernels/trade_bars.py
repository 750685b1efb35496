"""Candles from trades, as they come: what every venue does with its own.

A candle opens with the first trade of its interval and is closed by the first trade after it. An
interval without a trade has no candle. Trades come in order of `exch_ts_ns`.
"""

from typing import Final

import numpy as np

from sigma_cli.domain.dtypes.layout import Record, Records, record
from sigma_cli.domain.dtypes.tape import BAR
from sigma_cli.domain.events import EventKind
from sigma_cli.kernels.chunk import Chunk
from sigma_cli.kernels.jit import constant, njit

TRADE: Final = constant(EventKind.TRADE)
MARKET_BAR: Final = record(("market", "i8"), ("bar", BAR))


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
        if _is_over(current, trades[i], interval_ns):
            assert count < len(closed)
            closed[count] = current
            count += 1
            current.volume_u = 0
        _count(current, trades[i], interval_ns)
    return count


@njit
def add_chunk(chunk: Chunk, interval_ns: int, bars: Records, closed: Records) -> int:
    """Count the trades of a chunk in, of all markets; return how many candles are over.

    `bars` is BAR [markets], as in `add`. `closed` is MARKET_BAR [n], with room for as many rows as
    the chunk has trades.
    """
    count = 0
    for i in range(len(chunk.venue_turns)):
        turn = chunk.venue_turns[i]
        if turn.kind != TRADE:
            continue
        trade, current = chunk.trades[turn.row], bars[turn.market]
        if _is_over(current, trade, interval_ns):
            closed[count].market = turn.market
            closed[count].bar = current
            count += 1
            current.volume_u = 0
        _count(current, trade, interval_ns)
    return count


@njit
def _is_over(bar: Record, trade: Record, interval_ns: int) -> bool:
    """Return whether a trade shows that the interval of an open candle is over."""
    since_ns = trade.exch_ts_ns - bar.open_ts_ns
    return bool(bar.volume_u > 0 and not 0 <= since_ns < interval_ns)


@njit
def _count(bar: Record, trade: Record, interval_ns: int) -> None:
    price_u = trade.price_u
    if bar.volume_u == 0:
        bar.open_ts_ns = trade.exch_ts_ns - trade.exch_ts_ns % interval_ns
        bar.open_u = bar.high_u = bar.low_u = price_u
    bar.high_u = max(bar.high_u, price_u)
    bar.low_u = min(bar.low_u, price_u)
    bar.close_u = price_u
    bar.volume_u += trade.size_u
