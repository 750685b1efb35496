"""What the store holds, one line for each market and kind of data; and removing it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sigma_cli.errors import UsageError, did_you_mean
from sigma_cli.store.lake import Lake
from sigma_cli.store.listing import Series


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
    """Rows missing between the first and the last: candles by time, trades by their numbers."""
    source: str
    origin: Literal["real", "synthetic"]


def listing(store: Path) -> tuple[Holding, ...]:
    """Return what the lake holds, in order of venue, market and kind."""
    return tuple(_holding(series) for series in Lake(store).series())


def find(store: Path, venue: str, market: str, interval: str | None) -> tuple[Holding, ...]:
    """Return what the lake holds of a market, or of one interval of it.

    Raises:
        UsageError: it holds nothing of that name.
    """
    return tuple(_holding(series) for series in _found(Lake(store), venue, market, interval))


def remove(store: Path, venue: str, market: str, interval: str | None) -> tuple[Holding, ...]:
    """Delete what `find` returns, with its notes and what was set aside of it; return it.

    Raises:
        UsageError: the lake holds nothing of that name.
    """
    lake = Lake(store)
    found = _found(lake, venue, market, interval)
    lake.remove(found)
    return tuple(_holding(series) for series in found)


def _found(lake: Lake, venue: str, market: str, interval: str | None) -> list[Series]:
    of_market = [one for one in lake.series() if (one.venue, one.market) == (venue, market)]
    found = [one for one in of_market if interval in (None, one.interval)]
    if found:
        return found
    if of_market:
        stored = ", ".join(one.interval for one in of_market)
        raise UsageError(
            f"{venue} {market} is not stored at {interval}",
            where=str(lake.root),
            fix=f"it is stored at {stored}",
        )
    names = [one.market for one in lake.series() if one.venue == venue]
    raise UsageError(
        f"nothing is stored of {venue} {market}{did_you_mean(market, names)}",
        where=str(lake.root),
        fix="`sigma data` lists what is stored",
    )


def _holding(series: Series) -> Holding:
    return Holding(
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


def _shortened(sources: tuple[str, ...]) -> str:
    """Return the first source, and how many more there are."""
    first = sources[0] if sources else "-"
    return first if len(sources) <= 1 else f"{first} and {len(sources) - 1} more"
