"""What the store holds: one line for each market and kind of data."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sigma_cli.store.lake import Lake


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What the lake holds of one market."""

    venue: str
    market: str
    kind: str
    first_ts_ns: int
    last_ts_ns: int
    rows: int
    gaps: int
    missing: int
    """Candles missing between the first and the last."""
    source: str
    origin: Literal["real", "synthetic"]


def listing(store: Path) -> tuple[Holding, ...]:
    """Return what the lake holds, in order of venue, market and kind."""
    return tuple(
        Holding(
            venue=series.venue,
            market=series.market,
            kind=series.kind,
            first_ts_ns=series.first_ts_ns,
            last_ts_ns=series.last_ts_ns,
            rows=series.rows,
            gaps=series.gaps,
            missing=series.missing,
            source=_shortened(series.sources),
            origin="synthetic" if series.synthetic else "real",
        )
        for series in Lake(store).series()
    )


def _shortened(sources: tuple[str, ...]) -> str:
    """Return the first source, and how many more there are."""
    first = sources[0] if sources else "-"
    return first if len(sources) <= 1 else f"{first} and {len(sources) - 1} more"
