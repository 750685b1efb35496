"""The clocks of a market: how far ours was off, and how long its rows take to reach us.

Reads every stamp of a period once, before the tape begins, where any of ours was noted. One offset
a market: it is the least difference of the two stamps over all its rows, less the shortest way that
a setting assumes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.errors import OutsideError, UsageError
from sigma_cli.kernels import stamps
from sigma_cli.runtime.periods import Period
from sigma_cli.store.lake import Lake
from sigma_cli.store.message_rows import BOOKS

QUANTILES: Final = (0.0, 0.5, 0.9, 0.99, 1.0)
"""Which quantiles of the feed's latency a tape tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLatency:
    """When rows arrive whose arrival nobody recorded. Recorded arrivals always stand."""

    kind: Literal["recorded", "fixed", "sampled"]
    """There are none (else they are refused); after `fixed_ns`; after what recorded ones took."""
    fixed_ns: int = 0
    seed: int = 0
    """Of `sampled`: from 0 to 2^31 - 1."""
    floor_ns: int = 0
    """The shortest way from the venue to us, which no stamps can tell from a wrong clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KindClock:
    """What the stamps of one kind of rows of a market say."""

    kind: str
    rows: int
    """Messages, where rows are levels of books."""
    untimed: int
    """Rows without the venue's time: they count for when they arrived."""
    unheard: int
    """Rows without ours: their arrival is modelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """The clocks of one market over a period."""

    kinds: tuple[KindClock, ...]
    offset_ns: int | None
    """Our clock less the venue's and the shortest way; None: no row has both stamps."""
    recorded_ns: NDArray[np.int64]
    """Recorded latencies, in order; of a long recording a sample."""
    stride: int
    """The sample has one row in so many."""
    extremes_ns: tuple[int, int]
    """The least and the longest of all of them; 0 where none is recorded."""
    modelled_ns: NDArray[np.int64]
    """What a row without our stamp may take; more than one: drawn."""

    def of(self, kind: str) -> KindClock:
        """Return what is known of one kind of rows."""
        return next(one for one in self.kinds if one.kind == kind)

    @property
    def quantiles_ns(self) -> tuple[int, ...]:
        """The recorded latency at QUANTILES; empty where none is recorded."""
        count = len(self.recorded_ns)
        if count == 0:
            return ()
        places = (round(share * (count - 1)) for share in QUANTILES[1:-1])
        least_ns, most_ns = self.extremes_ns
        return (least_ns, *(int(self.recorded_ns[at]) for at in places), most_ns)


def read(
    lake: Lake,
    name: tuple[str, str],
    kinds: Sequence[str],
    period: Period,
    latency: FeedLatency,
) -> Clock:
    """Return the clocks of a market (venue and name), of which `kinds` of rows will be read.

    Raises:
        OutsideError: a row has no time at all; or a file of the lake is missing or damaged.
        UsageError: the model of latency can't be applied.
    """
    scans = {kind: _scan(lake, name, kind, period) for kind in kinds}
    _check(name, scans, latency)
    both = [scan for scan in scans.values() if scan[0].both]
    least_ns = min((int(scan[0].least_ns) for scan in both), default=0)
    most_ns = max((int(scan[0].most_ns) for scan in both), default=0)
    offset_ns = least_ns - latency.floor_ns if both else None
    stride = max((int(scan[0].stride) for scan in both), default=1)
    ways = [(int(scan[0].stride), scan[0].sample_ns[: scan[0].samples]) for scan in both]
    recorded_ns = evenly(ways) - (offset_ns or 0)
    return Clock(
        kinds=tuple(
            KindClock(
                kind=kind,
                rows=int(s[0].rows),
                untimed=int(s[0].no_venue),
                unheard=int(s[0].no_ours),
            )
            for kind, s in scans.items()
        ),
        offset_ns=offset_ns,
        recorded_ns=recorded_ns,
        stride=stride,
        extremes_ns=(least_ns - (offset_ns or 0), most_ns - (offset_ns or 0)),
        modelled_ns=recorded_ns if latency.kind == "sampled" else np.array([latency.fixed_ns]),
    )


def evenly(samples: Sequence[tuple[int, NDArray[np.int64]]]) -> NDArray[np.int64]:
    """Return several samples as one, in order, with as large a share of each.

    Each is its stride, a power of 2, and what was sampled.
    """
    most = max((stride for stride, _ in samples), default=1)
    thinned = [sample[:: most // stride] for stride, sample in samples]
    return np.sort(np.concatenate([np.empty(0, np.int64), *thinned]))


def _scan(lake: Lake, name: tuple[str, str], kind: str, period: Period) -> Records:
    found = stamps.no_scan()
    unheard = None if kind == BOOKS else lake.unheard(*name, kind, period.start_ns, period.end_ns)
    if unheard is not None:
        found["rows"] = found["no_ours"] = unheard
        return found
    for rows in lake.read_clocks(*name, kind, period.start_ns, period.end_ns):
        exch_ns, recv_ns = rows["exch_ts_ns"], rows["recv_ts_ns"]
        ends = rows["ends"] if "ends" in rows else np.ones(len(exch_ns), np.int8)
        stamps.scan(found, exch_ns, recv_ns, ends)
    return found


def _check(name: tuple[str, str], scans: dict[str, Records], latency: FeedLatency) -> None:
    for kind, scan in scans.items():
        if scan[0].neither:
            raise OutsideError(
                f"{int(scan[0].neither):,} {kind} of {' '.join(name)} have no time at all, neither"
                " the venue's nor ours",
                where="their place on a tape is unknown",
                fix="`sigma data rm` them, and ingest them with a time",
            )
        if latency.kind == "recorded" and scan[0].no_ours:
            raise UsageError(
                f"nobody noted when {int(scan[0].no_ours):,} {kind} of {' '.join(name)} arrived,"
                " and latency.feed is 'recorded'",
                where=f"of {int(scan[0].rows):,} {kind} in the period",
                fix="say how long they take: --set latency.feed=fixed --set latency.feed_ms=20",
            )
    if latency.kind != "sampled":
        return
    if any(s[0].no_ours for s in scans.values()) and not any(s[0].both for s in scans.values()):
        raise UsageError(
            f"no arrival of {' '.join(name)} is recorded, which latency.feed 'sampled' draws from",
            where="neither trades, quotes nor books of the period have both times",
            fix="say how long they take: --set latency.feed=fixed --set latency.feed_ms=20",
        )
