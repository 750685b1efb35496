"""`sigma ingest synthetic`: candles of made-up markets, into the lake, marked as what they are.

A candle is the aggregation of the market's trades. The lake never mixes generated with recorded
candles, and a series never mixes two made-up markets: another seed, start or length is another
market, even where its minutes look alike.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.candles import CANDLE_COLUMNS
from sigma_cli.domain.dtypes import Records
from sigma_cli.domain.units import INTERVALS_NS, NS_PER_DAY
from sigma_cli.errors import UsageError, did_you_mean
from sigma_cli.kernels import trade_bars
from sigma_cli.runtime import rulebooks
from sigma_cli.runtime.progress import Progress
from sigma_cli.runtime.synthetic_market import MARKETS, VENUE, Named, begin, candles, find
from sigma_cli.store.candle_rows import kind_of
from sigma_cli.store.lake import Lake, Source

LAYOUT: Final = "synthetic"
SEED_MAX: Final = 2**31 - 1
DAYS_MAX: Final = 3_650
YEAR_MIN: Final = 1970
YEAR_MAX: Final = 2200


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was asked for. The same request makes the same rows on every machine."""

    seed: int
    days: int
    markets: Sequence[str] = ()
    """Which of the made-up markets; none named means all."""
    kind: Literal["candles", "trades", "quotes", "books"] = "candles"
    interval: str = "1m"
    start: str = "2025-09-01"
    """The first day, UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One market. `made` is the sum of the next two."""

    venue: str
    market: str
    interval: str
    made: int
    added: int
    already_there: int


def ingest_synthetic(request: Request, store: Path, progress: Progress) -> tuple[Line, ...]:
    """Make markets and store their candles. Idempotent.

    Raises:
        UsageError: the lake can't hold what was asked for, or holds something else in its place.
        OutsideError: the disk is full.
    """
    start_ns, interval_ns = _checked(request)
    lake = Lake(store)
    chosen = [find(name) for name in dict.fromkeys(request.markets)] or list(MARKETS)
    for named in chosen:
        _check_place(request, lake, named)
    lines = []
    progress.begin("making synthetic markets", len(chosen) * request.days, "days")
    for named in chosen:
        lines.append(_store(request, lake, named, (start_ns, interval_ns), progress))
    progress.end()
    return tuple(lines)


def _checked(request: Request) -> tuple[int, int]:
    """Return start and interval of a request that makes sense."""
    if request.kind != "candles":
        raise UsageError(
            f"the lake can't hold synthetic {request.kind} yet",
            where="--kind",
            fix="take --kind candles: they are made from the same market's trades",
        )
    if request.interval not in INTERVALS_NS:
        raise UsageError(
            f"no interval {request.interval!r}{did_you_mean(request.interval, INTERVALS_NS)}",
            where="--interval",
            fix=f"use one of {', '.join(INTERVALS_NS)}",
        )
    if not 0 <= request.seed <= SEED_MAX:
        raise UsageError(
            f"{request.seed} is no seed", where="--seed", fix=f"use a number from 0 to {SEED_MAX}"
        )
    if not 1 <= request.days <= DAYS_MAX:
        raise UsageError(
            f"{request.days} days can't be made", where="--days", fix=f"use 1 to {DAYS_MAX}"
        )
    return _start_ns(request.start), INTERVALS_NS[request.interval]


def _start_ns(text: str) -> int:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"{text!r} is not a day", where="--start", fix="write it like 2025-09-01"
        ) from error
    if not YEAR_MIN <= day.year <= YEAR_MAX:
        raise UsageError(
            f"{text} is out of range", where="--start", fix=f"use {YEAR_MIN} to {YEAR_MAX}"
        )
    return (day - date(1970, 1, 1)).days * NS_PER_DAY


def _name(request: Request, named: Named) -> str:
    return f"synthetic {named.name} seed {request.seed}, {request.days} days from {request.start}"


def _check_place(request: Request, lake: Lake, named: Named) -> None:
    """Refuse to lay one made-up market over another."""
    place = (VENUE, named.name, kind_of(request.interval))
    for series in lake.series():
        if (series.venue, series.market, series.kind) != place:
            continue
        others = [source for source in series.sources if source != _name(request, named)]
        if others:
            raise UsageError(
                f"{VENUE} {named.name} {request.interval} holds {others[0]} already",
                where=str(lake.root),
                fix="give it another --store",
            )


def _store(
    request: Request, lake: Lake, named: Named, when: tuple[int, int], progress: Progress
) -> Line:
    start_ns, interval_ns = when
    simulation = begin(named, request.seed, start_ns, request.days)
    bar = trade_bars.no_bar()
    pieces = []
    for day in range(request.days):
        until_ns = start_ns + (day + 1) * NS_PER_DAY
        pieces.append(candles(simulation, interval_ns, until_ns, bar))
        progress.advance()
    if bar[0].volume_u > 0:
        pieces.append(bar)  # the last interval ends where the market ends
    rows = _columns(np.concatenate(pieces))
    instrument = simulation.instrument
    exponents = (instrument.price_exp, instrument.size_exp)
    stored = lake.register_instrument(
        VENUE, named.name, *exponents, always_open=rulebooks.find(VENUE).always_open
    )
    if stored != exponents:
        raise UsageError(
            f"{VENUE} {named.name} counts prices and sizes in {stored} digits, the synthetic"
            f" market in {exponents}",
            where=str(lake.root),
            fix="give it another --store",
        )
    digest = hashlib.sha256(b"".join(column.tobytes() for column in rows.values()))
    source = Source(
        name=_name(request, named), sha256=digest.hexdigest(), layout=LAYOUT, synthetic=True
    )
    merged = lake.merge_candles(VENUE, named.name, request.interval, rows, source)
    return Line(
        venue=VENUE,
        market=named.name,
        interval=request.interval,
        made=len(rows["open_ts_ns"]),
        added=merged.added,
        already_there=merged.already_there,
    )


def _columns(bars: Records) -> dict[str, NDArray[np.int64]]:
    return {name: np.ascontiguousarray(bars[name]) for name in CANDLE_COLUMNS}
