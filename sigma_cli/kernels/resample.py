"""Candles of a longer interval from those of a shorter one: closed bars only, nothing filled in.

A longer bar begins at a whole number of its intervals after the venue's day boundary, takes the
first open, the highest high, the lowest low, the last close and the sum of the volumes of the
candles that open inside it, and is closed when its interval is over. An interval without a candle
has no bar. `as_of` gives every short row the last long bar that was closed when the row was.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.candles import CANDLE_COLUMNS, Candles
from sigma_cli.kernels.jit import njit

Column = NDArray[np.int64]


def resampled(candles: Candles, interval_ns: int) -> Candles:
    """Return the closed candles of `interval_ns`, a multiple of the candles' own interval.

    The last bar is left out unless a candle shows that its interval is over: one that opens in
    its last short interval, or after it.
    """
    assert interval_ns % candles.interval_ns == 0
    columns = [getattr(candles, name) for name in CANDLE_COLUMNS]
    rows = np.empty((len(candles), len(CANDLE_COLUMNS)), np.int64)
    origin_ns = candles.instrument.day_origin_ns
    count = _aggregate(columns[0], np.column_stack(columns[1:]), interval_ns, origin_ns, rows)
    if count and len(candles):
        end_ns = int(candles.open_ts_ns[-1]) + candles.interval_ns
        count -= rows[count - 1, 0] + interval_ns > end_ns
    made = {name: np.ascontiguousarray(rows[:count, i]) for i, name in enumerate(CANDLE_COLUMNS)}
    return Candles(
        instrument=candles.instrument,
        interval_ns=interval_ns,
        synthetic=candles.synthetic,
        **made,
    )


def begun_with(candles: Candles, long: Candles) -> Candles:
    """Return `long` without a first bar of which `candles` may have only the end.

    A period may begin in the middle of a day: its high is not the day's high.
    """
    if len(long) == 0 or long.open_ts_ns[0] == candles.open_ts_ns[0]:
        return long
    return replace(long, **{name: getattr(long, name)[1:] for name in CANDLE_COLUMNS})


def as_of(candles: Candles, long: Candles, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for each of `candles` the value of the last bar of `long` closed by then, or NaN."""
    close_ts_ns = candles.open_ts_ns + candles.interval_ns
    return _as_of(close_ts_ns, long.open_ts_ns + long.interval_ns, values)


@njit
def _aggregate(
    open_ts_ns: Column, prices: NDArray[np.int64], interval_ns: int, origin_ns: int, rows: Column
) -> int:
    """Fill `rows` [n, 6] with the longer bars; return how many there are."""
    count = 0
    for i in range(len(open_ts_ns)):
        begin_ns = open_ts_ns[i] - (open_ts_ns[i] - origin_ns) % interval_ns
        if count == 0 or rows[count - 1, 0] != begin_ns:
            rows[count, 0] = begin_ns
            for column in range(5):
                rows[count, column + 1] = prices[i, column]
            count += 1
        else:
            bar = rows[count - 1]
            bar[2] = max(bar[2], prices[i, 1])
            bar[3] = min(bar[3], prices[i, 2])
            bar[4] = prices[i, 3]
            bar[5] += prices[i, 4]
    return count


@njit
def _as_of(
    close_ts_ns: Column, long_close_ts_ns: Column, values: NDArray[np.float64]
) -> NDArray[np.float64]:
    out = np.empty(len(close_ts_ns), np.float64)
    closed = 0
    for i in range(len(close_ts_ns)):
        while closed < len(long_close_ts_ns) and long_close_ts_ns[closed] <= close_ts_ns[i]:
            closed += 1
        out[i] = values[closed - 1] if closed > 0 else np.nan
    return out
