"""What a market is usually like at each minute of the day: medians over the days before.

Volume of the trades, spread of the last quote or whole book of a minute, as far as they are stored.
A minute is told what was at the same minute of earlier days: nothing that is less than a day old.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.books import BookForm, BookSide
from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.dtypes.tape import TOLD
from sigma_cli.domain.events import ControlKind
from sigma_cli.domain.instruments import Instrument
from sigma_cli.domain.units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE
from sigma_cli.runtime.periods import Period
from sigma_cli.runtime.tick_selection import TickSelection
from sigma_cli.settings.switches import Switches
from sigma_cli.store.lake import Lake
from sigma_cli.store.message_rows import BOOKS, QUOTES, placed
from sigma_cli.store.rows import Rows, taken

DAY: Final = NS_PER_DAY // NS_PER_MINUTE
HOUR: Final = NS_PER_HOUR // NS_PER_MINUTE
_FAR_U: Final = np.iinfo(np.int64).max

Column = NDArray[np.float64]
Touches = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]
"""Times, bids and asks."""


def told(lake: Lake, selection: TickSelection, switches: Switches) -> Records:
    """Return what each market is told at the beginning of each minute (TOLD).

    Nothing of minutes that were stored on too few days.
    """
    found = [np.zeros(0, TOLD)]
    for market, instrument in enumerate(selection.instruments):
        first = selection.series[market].first_ts_ns
        minutes = _Minutes(selection.period, first, switches.usual_days)
        if minutes.days_known >= switches.usual_days_min:
            volume = minutes.medians(volumes(lake, instrument, minutes), switches.usual_days_min)
            spread = minutes.medians(spreads(lake, instrument, minutes), switches.usual_days_min)
            found.append(_rows(minutes, market, spread, volume))
    return np.concatenate(found)


class _Minutes:
    """The minutes that are told of, and those of the days before that they are compared with."""

    def __init__(self, period: Period, stored_ns: int, days: int) -> None:
        self.first = period.start_ns // NS_PER_MINUTE
        self.end = (period.end_ns + NS_PER_MINUTE - 1) // NS_PER_MINUTE
        self.begin = max(self.first - days * DAY, stored_ns // NS_PER_MINUTE)
        self.count = max(self.end - DAY - self.begin, 0)
        self._days = days

    @property
    def days_known(self) -> int:
        """How many days before its last minute are stored at most."""
        return min((self.count + DAY - 1) // DAY, self._days)

    @property
    def span_ns(self) -> tuple[int, int]:
        """The time of what is read."""
        begin_ns = self.begin * NS_PER_MINUTE
        return begin_ns, begin_ns + self.count * NS_PER_MINUTE

    def of(self, times: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the number of the minute that each time lies in."""
        return times // NS_PER_MINUTE - self.begin

    def medians(self, values: Column, days_min: int) -> Column:
        """Return for each minute that is told of the median of the days before; NaN: too few."""
        wanted = np.arange(self.first, self.end) - self.begin
        days = np.full((self._days, len(wanted)), np.nan)
        for back in range(self._days):
            at = wanted - (back + 1) * DAY
            is_read = (at >= 0) & (at < self.count)
            days[back, is_read] = values[at[is_read]]
        is_known = np.count_nonzero(~np.isnan(days), axis=0) >= days_min
        found = np.full(len(wanted), np.nan)
        found[is_known] = np.nanmedian(days[:, is_known], axis=0)
        return found


def volumes(lake: Lake, instrument: Instrument, minutes: _Minutes) -> Column:
    """Return the volume of each minute, in base currency; NaN in hours without a trade.

    They count as not recorded.
    """
    sizes_u = np.zeros(minutes.count, np.int64)
    name, columns = (instrument.venue, instrument.market), ("exch_ts_ns", "size_u")
    for rows in lake.read_trades(*name, *minutes.span_ns, columns=columns):
        np.add.at(sizes_u, minutes.of(rows["exch_ts_ns"]), rows["size_u"])
    hours = (np.arange(minutes.count) + minutes.begin) // HOUR
    hours -= hours[0]
    is_recorded = np.bincount(hours, weights=sizes_u) > 0.0
    return np.where(is_recorded[hours], sizes_u * 10.0**-instrument.size_exp, np.nan)


def spreads(lake: Lake, instrument: Instrument, minutes: _Minutes) -> Column:
    """Return the last spread of each minute as a share of the mid; NaN: no quote, no whole book."""
    found = np.full(minutes.count, np.nan)
    for kind, touches in ((QUOTES, _quoted), (BOOKS, _booked)):
        messages = lake.read_messages(instrument.venue, instrument.market, kind, *minutes.span_ns)
        for times, bid_u, ask_u in touches(messages):
            is_sound = (bid_u > 0) & (ask_u > bid_u)
            at = minutes.of(times[is_sound])
            found[at] = ((ask_u - bid_u) / (0.5 * (ask_u + bid_u)))[is_sound]  # the last one stays
        if not np.isnan(found).all():
            break
    return found


def _quoted(batches: Iterator[Rows]) -> Iterator[Touches]:
    for rows in batches:
        yield placed(rows), rows["bid_u"], rows["ask_u"]


def _booked(batches: Iterator[Rows]) -> Iterator[Touches]:
    """Yield the touch of each whole book; of one that two batches share, nothing."""
    for rows in batches:
        ends = np.flatnonzero(rows["ends"])
        if len(ends) < 2:  # the first may have begun in the batch before
            continue
        first, last = ends[0] + 1, ends[1:]
        levels = taken(rows, slice(first, last[-1] + 1))
        message = np.searchsorted(last, np.arange(first, last[-1] + 1))
        bid_u, ask_u = np.zeros(len(last), np.int64), np.full(len(last), _FAR_U)
        bids = (levels["size_u"] > 0) & (levels["side"] == BookSide.BID)
        asks = (levels["size_u"] > 0) & (levels["side"] == BookSide.ASK)
        np.maximum.at(bid_u, message[bids], levels["price_u"][bids])
        np.minimum.at(ask_u, message[asks], levels["price_u"][asks])
        is_whole = (rows["form"][last] == BookForm.WHOLE) & (ask_u < _FAR_U)
        yield placed(rows)[last][is_whole], bid_u[is_whole], ask_u[is_whole]


def _rows(minutes: _Minutes, market: int, spread: Column, volume: Column) -> Records:
    is_known = ~(np.isnan(spread) & np.isnan(volume))
    begins_ns = np.arange(minutes.first, minutes.end)[is_known] * NS_PER_MINUTE
    rows = np.zeros(len(begins_ns), TOLD)
    rows["ts_ns"] = begins_ns
    rows["market"] = market
    rows["kind"] = ControlKind.USUAL
    rows["usual"]["until_ns"] = begins_ns + NS_PER_MINUTE
    rows["usual"]["spread"] = spread[is_known]
    rows["usual"]["volume"] = volume[is_known]
    return rows
