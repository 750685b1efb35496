"""What the lake holds, one line for each series. Computed from the catalogue alone."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sigma_cli.store.candle_rows import count_gaps, interval_of
from sigma_cli.store.records import Part, Snapshot, StoredInstrument, StoredSeries, StoredSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """What the lake holds of one market at one interval."""

    venue: str
    market: str
    kind: str
    price_exp: int
    size_exp: int
    always_open: bool
    synthetic: bool
    rows: int
    first_ts_ns: int
    last_ts_ns: int
    gaps: int
    """Holes between the first and the last candle."""
    missing: int
    """Candles missing in all of them."""
    parts: int
    sources: tuple[str, ...]

    @property
    def interval(self) -> str:
        """The interval of the candles, such as 1m."""
        return self.kind.removeprefix("candles-")


def listed(found: Snapshot) -> tuple[Series, ...]:
    """Return a line for every series that has rows."""
    instruments = {(one.venue, one.market): one for one in found.instruments}
    return tuple(
        _series(
            series,
            instruments[series.venue, series.market],
            found.parts[series.id],
            found.sources.get(series.id, []),
        )
        for series in found.series
        if series.id in found.parts
    )


def _series(
    series: StoredSeries,
    instrument: StoredInstrument,
    parts: list[Part],
    sources: list[StoredSource],
) -> Series:
    seams = [
        count_gaps(
            np.array([before.last_ts_ns, after.first_ts_ns]),
            interval_of(series.kind),
            always_open=instrument.always_open,
        )
        for before, after in pairwise(parts)
    ]
    return Series(
        venue=series.venue,
        market=series.market,
        kind=series.kind,
        price_exp=instrument.price_exp,
        size_exp=instrument.size_exp,
        always_open=instrument.always_open,
        synthetic=series.synthetic,
        rows=sum(part.rows for part in parts),
        first_ts_ns=parts[0].first_ts_ns,
        last_ts_ns=parts[-1].last_ts_ns,
        gaps=sum(part.gaps for part in parts) + sum(seam.gaps for seam in seams),
        missing=sum(part.missing for part in parts) + sum(seam.missing for seam in seams),
        parts=len(parts),
        sources=tuple(source.name for source in sources),
    )
