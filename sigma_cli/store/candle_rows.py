"""Candles of one series as rows: merging, splitting by period, counting gaps.

Pure numpy on columns of int64, ordered by `open_ts_ns` unless said. Must not read a file.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.candles import CANDLE_COLUMNS
from sigma_cli.domain.units import INTERVALS_NS, NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE
from sigma_cli.store.records import Identity, Part
from sigma_cli.store.rows import Column, Form, GapCount, Merged, Rows, taken

CLOSING_MIN_NS: Final = 6 * NS_PER_HOUR
"""A hole this long in a market with sessions is a night or a weekend, not missing candles.

The shortest regular night known to us is that of US extended hours (20:00 to 04:00, eight hours).
A rule by length needs no time zone: in UTC a trading day may cross midnight.
"""
CLOSING_MAX_NS: Final = 4 * NS_PER_DAY
"""A longer hole is no closing any more: a long weekend is four days from open to open."""
SESSION_NS: Final = 13 * NS_PER_HOUR // 2
"""A regular trading day. In a hole beyond a closing, each weekday counts as one such day."""
EPOCH_WEEKS: Final = 10_000
"""Weeks from a Monday long ago to the one before 1970-01-01, so that days count from zero."""
FORM: Final = Form(
    types=dict.fromkeys(CANDLE_COLUMNS, np.dtype(np.int64)),
    as_differences=frozenset({"open_ts_ns"}),
)
_PREFIX: Final = "candles-"


@dataclass(frozen=True, slots=True)
class CandleRows:
    """The kind of candles of one interval."""

    interval: str

    @classmethod
    def of(cls, kind: str) -> Self:
        """Return the kind that the catalogue names so."""
        return cls(kind.removeprefix(_PREFIX))

    @property
    def name(self) -> str:
        """`candles-1m`."""
        return kind_of(self.interval)

    @property
    def identity(self) -> Identity:
        """A market has one candle at a time."""
        return Identity.TIME

    @property
    def form(self) -> Form:
        """Six columns of int64."""
        return FORM

    def times(self, rows: Rows) -> Column:
        """Return when each candle opens."""
        times: Column = rows["open_ts_ns"]
        return times

    @property
    def key_columns(self) -> tuple[str, ...]:
        """The time."""
        return ("open_ts_ns",)

    def keys(self, rows: Rows) -> Column:
        """Return the times: a candle has no number."""
        return self.times(rows)

    def by_period(self, times: Column) -> Iterator[tuple[str, NDArray[np.intp]]]:
        """Yield each period that any of the times lies in, and which of them do.

        A period is what one part holds: a UTC day below one minute, a month below one hour, else
        a year; between ten thousand and ninety thousand rows of a market that never closes.
        """
        interval_ns = INTERVALS_NS[self.interval]
        unit = "D" if interval_ns < NS_PER_MINUTE else "M" if interval_ns < NS_PER_HOUR else "Y"
        periods = times.view("datetime64[ns]").astype(f"datetime64[{unit}]")
        for period in np.unique(periods):
            yield str(period), np.flatnonzero(periods == period)

    def merged(self, stored: Rows, incoming: Rows) -> Merged:
        """Add `incoming` (any order, duplicates allowed). The first row at a time wins."""
        order = np.argsort(incoming["open_ts_ns"], kind="stable")
        ordered = taken(incoming, order)
        times = ordered["open_ts_ns"]
        is_first = np.ones(len(times), np.bool_)
        is_first[1:] = times[1:] != times[:-1]
        is_new = is_first & ~_contains(stored["open_ts_ns"], times)
        rows = _inserted(stored, taken(ordered, np.flatnonzero(is_new)))
        place = np.searchsorted(rows["open_ts_ns"], times)
        differs = np.zeros(len(times), np.bool_)
        for name in CANDLE_COLUMNS:
            differs |= rows[name][place] != ordered[name]
        return Merged(rows, int(is_new.sum()), np.sort(order[differs]))

    def id_range(self, rows: Rows) -> None:
        """Candles have no numbers."""

    def gaps_in(self, rows: Rows, *, always_open: bool) -> GapCount:
        """Count the candles that are missing between the first and the last."""
        interval_ns = INTERVALS_NS[self.interval]
        return count_gaps(rows["open_ts_ns"], interval_ns, always_open=always_open)

    def gaps_between(self, parts: Sequence[Part], *, always_open: bool) -> GapCount:
        """Count the candles that are missing where parts meet."""
        interval_ns = INTERVALS_NS[self.interval]
        seams = [
            count_gaps(
                np.array([before.last_ts_ns, after.first_ts_ns]),
                interval_ns,
                always_open=always_open,
            )
            for before, after in pairwise(parts)
        ]
        return GapCount(sum(seam.gaps for seam in seams), sum(seam.missing for seam in seams))


def is_candles(kind: str) -> bool:
    """Tell whether a kind of rows is one of candles."""
    return kind.startswith(_PREFIX)


def kind_of(interval: str) -> str:
    """Return the kind of a series of candles, as folders and the catalogue name it."""
    return f"{_PREFIX}{interval}"


def interval_of(kind: str) -> int:
    """Return the interval of a kind of candles, in nanoseconds."""
    return INTERVALS_NS[kind.removeprefix(_PREFIX)]


def count_gaps(open_ts_ns: Column, interval_ns: int, *, always_open: bool) -> GapCount:
    """Count the holes between the first and the last of the times.

    In a market with sessions a night, a weekend or a holiday is no hole. What is missing in a
    longer one is estimated: the weekdays, times the candles of a regular trading day.
    """
    step = np.diff(open_ts_ns)
    missing = (step - 1) // interval_ns
    is_gap = step > interval_ns
    if not always_open:
        is_long = is_gap & (step > CLOSING_MAX_NS)
        missing[is_long] = day_candles(interval_ns) * _weekdays_between(
            open_ts_ns[:-1][is_long], open_ts_ns[1:][is_long]
        )
        is_gap &= (step < CLOSING_MIN_NS) | is_long
    return GapCount(int(is_gap.sum()), int(missing[is_gap].sum()))


def day_candles(interval_ns: int) -> int:
    """Return how many candles a regular trading day has."""
    return max(1, SESSION_NS // interval_ns)


def _weekdays_between(before_ns: Column, after_ns: Column) -> Column:
    """Return how many weekdays lie between the (UTC) days of two times, both left out."""
    days: Column = _weekdays_until(after_ns // NS_PER_DAY)
    return days - _weekdays_until(before_ns // NS_PER_DAY + 1)


def _weekdays_until(day: Column) -> Column:
    """Return how many weekdays there are before a day, since a Monday long ago."""
    weeks, weekday = np.divmod(day + 3 + 7 * EPOCH_WEEKS, 7)  # 1970-01-01 was a Thursday
    return 5 * weeks + np.minimum(weekday, 5)


def _contains(ordered: Column, values: Column) -> NDArray[np.bool_]:
    if len(ordered) == 0:
        return np.zeros(len(values), np.bool_)
    place = np.minimum(np.searchsorted(ordered, values), len(ordered) - 1)
    found: NDArray[np.bool_] = ordered[place] == values
    return found


def _inserted(stored: Rows, new: Rows) -> Rows:
    place = np.searchsorted(stored["open_ts_ns"], new["open_ts_ns"])
    return {name: np.insert(stored[name], place, new[name]) for name in CANDLE_COLUMNS}
