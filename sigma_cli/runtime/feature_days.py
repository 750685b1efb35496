"""What the features of a day are told at 04:00 in Korea, from the seven days before.

The mean volume of a day, by which VPIN divides trades into buckets. It holds for the day whatever
happens in it, and knows only what had arrived when it was made.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.dtypes.packing import pack_rules
from sigma_cli.domain.instruments import Instrument
from sigma_cli.domain.units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, TsNs
from sigma_cli.kernels.features.chunks import CHANGE
from sigma_cli.runtime.periods import Period
from sigma_cli.store.lake import Lake
from sigma_cli.store.trade_rows import KIND as TRADES

DAYS: Final = 7
DAY_BEGINS_NS: Final = 19 * NS_PER_HOUR
"""04:00 KST, after 00:00 UTC."""
_NEVER: Final = np.iinfo(np.int64).max
ARRIVED_NS: Final = NS_PER_MINUTE
"""What happened so long before the day begins has arrived by then."""


def changes(lake: Lake, instrument: Instrument, period: Period) -> Records:
    """Return what holds from when on (CHANGE) over a period, from before its start."""
    days_ns = begins(period)
    volumes_u = day_volumes(lake, instrument, days_ns)
    rules_ns = [rules.valid_from_ns for rules in instrument.rules]
    times = sorted({days_ns[0], *days_ns, *(ns for ns in rules_ns if days_ns[0] < ns)})
    made = np.zeros(len(times), CHANGE)
    for change, ts_ns in zip(made, times, strict=True):
        change.ts_ns = ts_ns
        change.day_volume_u = volumes_u[np.searchsorted(days_ns, ts_ns, "right") - 1]
        change.rules = pack_rules(instrument, instrument.rules_at(ts_ns))[0]
    return made


def begins(period: Period) -> NDArray[np.int64]:
    """Return when the days of a period begin, in Korea at 04:00; the first before its start."""
    first = (period.start_ns - DAY_BEGINS_NS) // NS_PER_DAY
    end = (period.end_ns - DAY_BEGINS_NS + NS_PER_DAY - 1) // NS_PER_DAY
    return np.arange(first, max(end, first + 1)) * NS_PER_DAY + DAY_BEGINS_NS


def day_volumes(
    lake: Lake, instrument: Instrument, days_ns: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the mean volume of a day over the seven days before each; 0: less than one is known.

    A week counts from its first trade on: before that nobody recorded. One that follows a week with
    trades counts whole, its quiet days too.
    """
    edges_ns = days_ns[0] + NS_PER_DAY * np.arange(-2 * DAYS, len(days_ns)) - ARRIVED_NS
    if _first_ns(lake, instrument) > edges_ns[-1] - NS_PER_DAY:
        return np.zeros(len(days_ns), np.int64)
    sums_u = np.zeros(len(edges_ns) - 1, np.int64)
    firsts_ns = np.full(len(sums_u), _NEVER)
    for times, sizes_u in _sizes(lake, instrument, int(edges_ns[0]), int(edges_ns[-1])):
        so_far_u = np.concatenate([[0], np.cumsum(sizes_u)])
        places = np.searchsorted(times, edges_ns)
        sums_u += np.diff(so_far_u[places])
        traded = np.flatnonzero(np.diff(places))
        firsts_ns[traded] = np.minimum(firsts_ns[traded], times[places[traded]])
    weeks_u = _weeks(sums_u).sum(axis=1)
    begun_ns = _weeks(firsts_ns).min(axis=1)
    ends_ns = edges_ns[DAYS:]
    begun_ns[DAYS:][weeks_u[:-DAYS] > 0] = 0
    known_ns = np.minimum(ends_ns - begun_ns, DAYS * NS_PER_DAY)[DAYS:]
    mean_u = weeks_u[DAYS:] / np.maximum(known_ns, NS_PER_DAY) * NS_PER_DAY
    return np.where(known_ns >= NS_PER_DAY, np.floor(mean_u), 0).astype(np.int64)


def _weeks(days: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return seven days for each that such a week ends with."""
    return np.lib.stride_tricks.sliding_window_view(days, DAYS)


def _first_ns(lake: Lake, instrument: Instrument) -> int:
    """Return when the first trade of a market was that is stored; never, where none is."""
    name = (instrument.venue, instrument.market, TRADES)
    found = (one for one in lake.series() if (one.venue, one.market, one.kind) == name)
    return next((one.first_ts_ns for one in found), _NEVER)


def _sizes(
    lake: Lake, instrument: Instrument, start_ns: TsNs | int, end_ns: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    name, columns = (instrument.venue, instrument.market), ("exch_ts_ns", "size_u")
    for rows in lake.read_trades(*name, start_ns, end_ns, columns=columns):
        yield rows["exch_ts_ns"], rows["size_u"]
