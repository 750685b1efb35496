"""`sigma ingest synthetic`: made-up markets into the lake, marked as what they are.

A candle is the aggregation of the market's trades. The lake never mixes generated with recorded
rows, and a series never mixes two made-up markets: another seed, start or length is another
market, even where its minutes look alike.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.books import NO_UPDATE, QUOTE_COLUMNS, BookForm, BookSide
from sigma_cli.domain.candles import CANDLE_COLUMNS
from sigma_cli.domain.dtypes.bounds import BOOK_LEVELS
from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.instruments import Instrument
from sigma_cli.domain.trades import TRADE_COLUMNS
from sigma_cli.domain.units import INTERVALS_NS, NS_PER_DAY
from sigma_cli.errors import UsageError, did_you_mean
from sigma_cli.kernels import trade_bars
from sigma_cli.kernels.jit import CODE_HASH
from sigma_cli.runtime import rulebooks
from sigma_cli.runtime.progress import Progress
from sigma_cli.runtime.synthetic_market import (
    MARKETS,
    VENUE,
    Named,
    Simulation,
    begin,
    candles,
    find,
    stream,
)
from sigma_cli.store.candle_rows import kind_of
from sigma_cli.store.lake import Lake, Source
from sigma_cli.store.merging import MergeResult
from sigma_cli.store.message_rows import BookRows, QuoteRows
from sigma_cli.store.records import Identity

LAYOUT: Final = "synthetic"
MESSAGES_MAX: Final = 16_384
"""Quotes or books held in memory at once."""
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
    kind: str
    made: int
    added: int
    already_there: int


def ingest_synthetic(request: Request, store: Path, progress: Progress) -> tuple[Line, ...]:
    """Make markets and store of them what was asked for. Idempotent.

    Raises:
        UsageError: the lake can't hold what was asked for, or holds something else in its place.
        OutsideError: the disk is full.
    """
    start_ns = _checked(request)
    lake = Lake(store)
    chosen = [find(name) for name in dict.fromkeys(request.markets)] or list(MARKETS)
    for named in chosen:
        _check_place(request, lake, named)
    take = _TAKES[request.kind]
    lines = []
    progress.begin("making synthetic markets", len(chosen) * request.days, "days")
    for named in chosen:
        simulation = begin(named, request.seed, start_ns, request.days)
        _register(lake, simulation.instrument)
        lines.append(take(request, lake, simulation, progress))
    progress.end()
    return tuple(lines)


def _checked(request: Request) -> int:
    """Return the start of a request that makes sense."""
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
    return _start_ns(request.start)


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


def _name(request: Request, market: str) -> str:
    return f"synthetic {market} seed {request.seed}, {request.days} days from {request.start}"


def _kind(request: Request) -> str:
    return kind_of(request.interval) if request.kind == "candles" else request.kind


def _check_place(request: Request, lake: Lake, named: Named) -> None:
    """Refuse to lay one made-up market over another."""
    place = (VENUE, named.name, _kind(request))
    for series in lake.series():
        if (series.venue, series.market, series.kind) != place:
            continue
        others = [source for source in series.sources if source != _name(request, named.name)]
        if others:
            raise UsageError(
                f"{VENUE} {named.name} {series.kind} holds {others[0]} already",
                where=str(lake.root),
                fix="give it another --store",
            )


def _register(lake: Lake, instrument: Instrument) -> None:
    exponents = (instrument.price_exp, instrument.size_exp)
    stored = lake.register_instrument(
        VENUE, instrument.market, *exponents, always_open=rulebooks.find(VENUE).always_open
    )
    if stored != exponents:
        raise UsageError(
            f"{VENUE} {instrument.market} counts prices and sizes in {stored} digits, the"
            f" synthetic market in {exponents}",
            where=str(lake.root),
            fix="give it another --store",
        )


def _days(request: Request, simulation: Simulation, progress: Progress) -> Iterator[int]:
    """Yield the end of each day of a market, which is made up to there before the next."""
    for day in range(request.days):
        yield simulation.start_ns + (day + 1) * NS_PER_DAY
        progress.advance()


def _take_candles(request: Request, lake: Lake, simulation: Simulation, progress: Progress) -> Line:
    bar = trade_bars.no_bar()
    interval_ns = INTERVALS_NS[request.interval]
    pieces = [
        candles(simulation, interval_ns, until_ns, bar)
        for until_ns in _days(request, simulation, progress)
    ]
    if bar[0].volume_u > 0:
        pieces.append(bar)  # the last interval ends where the market ends
    rows = _columns(np.concatenate(pieces), dict.fromkeys(CANDLE_COLUMNS, np.dtype(np.int64)))
    market = simulation.instrument.market
    merged = lake.merge_candles(VENUE, market, request.interval, rows, _source(request, market))
    return _line(request, market, merged)


def _take_trades(request: Request, lake: Lake, simulation: Simulation, progress: Progress) -> Line:
    """Store a day at a time: a month of a busy market has some millions of trades."""
    market = simulation.instrument.market
    days = []
    for until_ns in _days(request, simulation, progress):
        pieces = [piece.trades.copy() for piece in stream(simulation, until_ns)]
        rows = _columns(np.concatenate(pieces), TRADE_COLUMNS)
        if len(rows["trade_id"]):
            source = _source(request, market)
            days.append(lake.merge_trades(VENUE, market, rows, source, Identity.TRADE_ID))
    return _line(request, market, *days)


def _take_messages(
    request: Request, lake: Lake, simulation: Simulation, progress: Progress
) -> Line:
    """Store as much at a time as a part of the lake holds: each is written once."""
    market, source = simulation.instrument.market, _source(request, simulation.instrument.market)
    is_books = request.kind == "books"
    kind = BookRows(Identity.UPDATE_ID) if is_books else QuoteRows(Identity.UPDATE_ID)
    rooms = {"books_max": MESSAGES_MAX} if is_books else {"quotes_max": MESSAGES_MAX}
    merged = []
    end_ns = simulation.start_ns
    for day_ns in _days(request, simulation, progress):
        while end_ns < day_ns:
            end_ns += kind.period_ns
            made = stream(simulation, end_ns, **rooms)
            pieces = [(one.books if is_books else one.quotes).copy() for one in made]
            rows = _levels(pieces) if is_books else _columns(np.concatenate(pieces), QUOTE_COLUMNS)
            if len(rows["update_id"]):
                merged.append(lake.merge_messages(VENUE, market, rows, source, kind))
    return _line(request, market, *merged)


def _levels(pieces: list[Records]) -> dict[str, NDArray[Any]]:
    """Return whole books as their levels, best bid to worst, then best ask to worst."""
    books = np.concatenate(pieces)
    size_u = np.concatenate([books["bid_size_u"], books["ask_size_u"]], axis=1)
    price_u = np.concatenate([books["bid_u"], books["ask_u"]], axis=1)
    message, level = np.nonzero(size_u)
    ends = np.ones(len(message), np.int8)
    ends[:-1] = np.diff(message) != 0
    unknown = np.full(len(message), NO_UPDATE)
    return {
        "exch_ts_ns": books["exch_ts_ns"][message],
        "recv_ts_ns": books["recv_ts_ns"][message],
        "update_id": books["update_id"][message],
        "first_id": unknown,
        "before_id": unknown,
        "form": np.full(len(message), BookForm.WHOLE, np.int8),
        "side": np.where(level < BOOK_LEVELS, BookSide.BID, BookSide.ASK).astype(np.int8),
        "price_u": price_u[message, level],
        "size_u": size_u[message, level],
        "ends": ends,
    }


_TAKES: Final = {
    "candles": _take_candles,
    "trades": _take_trades,
    "quotes": _take_messages,
    "books": _take_messages,
}


def _source(request: Request, market: str) -> Source:
    """Return what the lake remembers: the same code makes the same rows of the same request."""
    name = _name(request, market)
    digest = hashlib.sha256(f"{CODE_HASH} {name} {_kind(request)}".encode())
    return Source(name=name, sha256=digest.hexdigest(), layout=LAYOUT, synthetic=True)


def _columns(rows: Records, types: Mapping[str, np.dtype[Any]]) -> dict[str, NDArray[Any]]:
    return {name: rows[name].astype(dtype) for name, dtype in types.items()}


def _line(request: Request, market: str, *merged: MergeResult) -> Line:
    added = sum(one.added for one in merged)
    already_there = sum(one.already_there for one in merged)
    return Line(
        venue=VENUE,
        market=market,
        kind=_kind(request),
        made=added + already_there,
        added=added,
        already_there=already_there,
    )
