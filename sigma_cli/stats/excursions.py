"""How far the market went for and against each trade while it was open. Pure; long positions.

Source: Sweeney, "Campaign Trading" (1996): maximum favourable and adverse excursion.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Times = NDArray[np.int64]
Places = NDArray[np.intp]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranges:
    """Candles of one market: when they opened, and how far they went."""

    open_ts_ns: Times
    high: Values
    low: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Spans:
    """Trades of one market from their first fill to their last; every column [k]."""

    entry_ts_ns: Times
    exit_ts_ns: Times
    """0: still open."""
    entry: Values
    """The price paid, on average."""
    left: Values
    """The price got, on average; of an open trade the mark."""
    entered_inside: Flags
    """Whether `entry_ts_ns` is the close of the candle inside which it was filled, and not, as
    of orders at the market, an open."""
    left_inside: Flags
    """The same of the exit: a stop or a target."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Excursions:
    """Shares of the entry price, one a trade, at least 0; NaN where no candle is known."""

    favourable: Values
    adverse: Values


def excursions(ranges: Ranges, spans: Spans) -> Excursions:
    """Return how far the market went for and against each trade.

    From the open of the entry to the last close before the exit, and the price at the exit itself:
    a candle does not tell what came before a fill inside it and what after. So the range of the
    candle of the exit is not taken (an exit at its open would see the future), nor that of an
    entry inside.
    """
    if len(spans.entry) == 0 or len(ranges.open_ts_ns) == 0:
        unknown = np.full(len(spans.entry), np.nan)
        return Excursions(favourable=unknown, adverse=unknown.copy())
    entered = _candle(ranges, spans.entry_ts_ns, spans.entered_inside)
    first = np.maximum(entered + spans.entered_inside, 0)
    end = _candle(ranges, spans.exit_ts_ns, spans.left_inside)
    end = np.where(spans.exit_ts_ns == 0, len(ranges.open_ts_ns), np.maximum(end, 0))
    highest = np.maximum(_over(np.maximum, ranges.high, first, end, -np.inf), spans.left)
    lowest = np.minimum(_over(np.minimum, ranges.low, first, end, np.inf), spans.left)
    known = entered >= 0
    return Excursions(
        favourable=np.where(known, np.maximum(highest / spans.entry - 1.0, 0.0), np.nan),
        adverse=np.where(known, np.maximum(1.0 - lowest / spans.entry, 0.0), np.nan),
    )


def _candle(ranges: Ranges, ts_ns: Times, inside: Flags) -> Places:
    """Return the candle of each fill: the one that opens then, or that closes then; -1: none.

    One candle closes when the next one opens, so the time alone does not tell.
    """
    opened = np.searchsorted(ranges.open_ts_ns, ts_ns, side="right")
    closed = np.searchsorted(ranges.open_ts_ns, ts_ns, side="left")
    return np.where(inside, closed, opened) - 1


def _over(reduce: np.ufunc, values: Values, first: Places, end: Places, none: float) -> Values:
    """Return the extreme of `values` from `first` to `end` - 1, `none` where that is nothing."""
    padded = np.append(values, none)
    pairs = np.stack((first, end), axis=1).ravel()
    found = reduce.reduceat(padded, np.minimum(pairs, len(values)))[::2]
    return np.asarray(np.where(end > first, found, none), dtype=np.float64)
