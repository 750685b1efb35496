"""How far the market went for and against each trade while it was open. Pure; long positions.

Source: Sweeney, "Campaign Trading" (1996): maximum favourable and adverse excursion.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Times = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranges:
    """Candles of one market: when they opened, and how far they went."""

    open_ts_ns: Times
    high: Values
    low: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Excursions:
    """Shares of the entry price, one a trade, at least 0; NaN where no candle is known."""

    favourable: Values
    adverse: Values


def excursions(
    ranges: Ranges, entry_ts_ns: Times, exit_ts_ns: Times, entry: Values, left: Values
) -> Excursions:
    """Return the excursions of trades [k]; `exit_ts_ns` 0: still open, `left` is then the mark.

    From the candle of the entry to the one before the exit's, and the price `left` at the exit: a
    candle does not tell what came before the exit inside it, so that candle's range is not taken
    (an exit at its open would see the future).
    """
    if len(entry_ts_ns) == 0 or len(ranges.open_ts_ns) == 0:
        unknown = np.full(len(entry_ts_ns), np.nan)
        return Excursions(favourable=unknown, adverse=unknown.copy())
    end_ns = np.where(exit_ts_ns == 0, np.iinfo(np.int64).max, exit_ts_ns)
    first = np.searchsorted(ranges.open_ts_ns, entry_ts_ns, side="right") - 1
    end = np.searchsorted(ranges.open_ts_ns, end_ns, side="right") - 1
    end = np.where(exit_ts_ns == 0, len(ranges.open_ts_ns), end)
    known = first >= 0
    highest = np.maximum(_over(np.maximum, ranges.high, first, end, -np.inf), left)
    lowest = np.minimum(_over(np.minimum, ranges.low, first, end, np.inf), left)
    return Excursions(
        favourable=np.where(known, np.maximum(highest / entry - 1.0, 0.0), np.nan),
        adverse=np.where(known, np.maximum(1.0 - lowest / entry, 0.0), np.nan),
    )


def _over(
    reduce: np.ufunc, values: Values, first: NDArray[np.intp], end: NDArray[np.intp], none: float
) -> Values:
    """Return the extreme of `values` from `first` to `end` - 1, `none` where that is nothing."""
    padded = np.append(values, none)
    pairs = np.stack((np.maximum(first, 0), np.maximum(end, 0)), axis=1).ravel()
    found = reduce.reduceat(padded, np.minimum(pairs, len(values)))[::2]
    return np.asarray(np.where(end > np.maximum(first, 0), found, none), dtype=np.float64)
