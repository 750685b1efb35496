"""What the lake holds, one line for each series. Computed from the catalogue alone."""

from dataclasses import dataclass

from sigma_cli.store.candle_rows import is_candles
from sigma_cli.store.kinds import kind_of_rows
from sigma_cli.store.records import Part, Snapshot, StoredInstrument, StoredSeries, StoredSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """What the lake holds of one kind of rows of one market."""

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
    """Holes between the first and the last row: in time for candles, in numbers for trades."""
    missing: int
    """Rows missing in all of them."""
    parts: int
    sources: tuple[str, ...]

    @property
    def is_candles(self) -> bool:
        """True for candles of any interval."""
        return is_candles(self.kind)

    @property
    def interval(self) -> str:
        """The interval of candles, such as 1m; of other rows their kind."""
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
    kind = kind_of_rows(series.kind, series.identity)
    seams = kind.gaps_between(parts, always_open=instrument.always_open)
    missing = sum(part.missing for part in parts) + seams.missing
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
        gaps=min(missing, sum(part.gaps for part in parts) + seams.gaps),
        missing=missing,
        parts=len(parts),
        sources=tuple(source.name for source in sources),
    )
