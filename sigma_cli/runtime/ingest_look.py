"""The first half of `sigma ingest files`: which files, what is in them, and whether it fits.

Reads every file to its end and writes nothing. All files that can't be taken are named at once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, Self

from sigma_cli.domain.units import INTERVALS_NS
from sigma_cli.errors import SigmaError, UsageError, did_you_mean
from sigma_cli.runtime.progress import Progress
from sigma_cli.store.sources.candles import Reading
from sigma_cli.store.sources.formats import checksum, find_tables, open_table, stem
from sigma_cli.store.sources.layouts import OPTIONAL, PARTS, mapped, recognise, unrecognised
from sigma_cli.store.sources.survey import Survey, survey
from sigma_cli.store.sources.tables import Table
from sigma_cli.store.sources.times import Unit, check_zone
from sigma_cli.venues.rulebook import RuleBook

LAYOUT_PARTS: Final = (*PARTS, *OPTIONAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was asked for."""

    paths: Sequence[Path]
    venue: str
    interval: str
    kind: Literal["candles"] = "candles"
    market: str | None = None
    """The market of files that don't name theirs; of those that do, the only one to take."""
    columns: Mapping[str, str] | None = None
    """Part of a candle -> column, for a layout that is not known."""
    zone: str | None = None
    unit: Unit | None = None
    only: tuple[str, str] | None = None
    """A column and the value that rows must have to be taken."""
    synthetic: bool = False

    @classmethod
    def typed(
        cls, words: Sequence[str], columns: Sequence[str], only: str | None, **rest: Any
    ) -> Self:
        """Return the request that a command line means.

        What follows --map there are `part=column` words among the paths.

        Raises:
            UsageError: a word is not of the form it must have.
        """
        pairs = [word for word in words if columns and word.partition("=")[0] in LAYOUT_PARTS]
        paths = [Path(word).expanduser() for word in words if word not in pairs]
        if not paths:
            raise UsageError("no file is named", fix="name files, or folders of them")
        mapped_columns = dict(_pair(word, "--map") for word in (*columns, *pairs))
        row = None if only is None else _pair(only, "--only")
        return cls(paths=paths, columns=mapped_columns or None, only=row, **rest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file that can be taken."""

    path: Path
    sha256: str
    table: Table
    reading: Reading
    survey: Survey
    markets: Mapping[str, str]
    """Cell -> market, of the markets to take."""
    nameless: frozenset[str]
    """Cells that name no market of the venue."""


def look(request: Request, book: RuleBook, progress: Progress) -> list[Found]:
    """Look through every file.

    Raises:
        OutsideError: a file is missing, empty or damaged.
        UsageError: a file can't be read as asked: its layout, interval, market or venue.
    """
    _check(request)
    paths = find_tables(list(request.paths))
    found: list[Found] = []
    failures: list[SigmaError] = []
    progress.begin(f"looking through {len(paths)} files", unit="rows")
    for path in paths:
        try:
            found.append(_look_at(path, request, book, progress))
        except SigmaError as error:
            failures.append(error)
    progress.end()
    if failures:
        raise _joined(failures, len(paths))
    return found


def _pair(word: str, option: str) -> tuple[str, str]:
    left, equals, right = word.partition("=")
    if not (left and equals and right):
        raise UsageError(f"{option} takes NAME=VALUE, not {word!r}", where=option)
    return left, right


def _check(request: Request) -> None:
    """Refuse what no file could make right."""
    if request.interval not in INTERVALS_NS:
        raise UsageError(
            f"no interval {request.interval!r}{did_you_mean(request.interval, INTERVALS_NS)}",
            where="--interval",
            fix=f"choose from {', '.join(INTERVALS_NS)}",
        )
    if request.zone is not None:
        check_zone(request.zone)


def _joined(failures: list[SigmaError], count: int) -> SigmaError:
    """Return one error that says all; a usage error is the first thing to mend."""
    if len(failures) == 1:
        return failures[0]
    kinds = [type(error) for error in failures]
    kind = UsageError if UsageError in kinds else kinds[0]
    listing = "\n".join(str(error) for error in failures)
    return kind(
        f"{len(failures)} of {count} files can't be taken; nothing was stored\n{listing}",
        fix="mend these, or leave them out",
    )


def _look_at(path: Path, request: Request, book: RuleBook, progress: Progress) -> Found:
    table = open_table(path)
    reading = _reading(path, table, request, book)
    seen = survey(table, reading, progress.advance)
    _check_venue(path, seen, reading)
    _check_interval(path, seen, request.interval)
    markets, nameless = _markets(path, seen, request, book)
    return Found(
        path=path,
        sha256=checksum(path),
        table=table,
        reading=reading,
        survey=seen,
        markets=markets,
        nameless=nameless,
    )


def _reading(path: Path, table: Table, request: Request, book: RuleBook) -> Reading:
    """Decide how to read a file."""
    if request.columns:
        layout = mapped(table.shape, request.columns)
    elif (known := recognise(table.shape)) is not None:
        layout = known
    else:
        raise UsageError(
            "no known layout of candles", where=str(path), fix=unrecognised(table.shape)
        )
    return Reading(
        layout=layout,
        zone=request.zone or (book.zone if layout.is_local else "UTC"),
        unit=request.unit,
        interval_ns=INTERVALS_NS[request.interval],
        only=request.only,
    )


def _check_venue(path: Path, seen: Survey, reading: Reading) -> None:
    """Refuse to mix venues: the same market has another price on each."""
    if len(seen.venues) > 1:
        column = reading.layout.venue
        raise UsageError(
            f"the file holds several venues: {', '.join(sorted(seen.venues))}",
            where=str(path),
            fix=f"take one at a time with --only {column}={min(seen.venues)}",
        )


def _check_interval(path: Path, seen: Survey, interval: str) -> None:
    if not any(market.rows for market in seen.markets.values()):
        first = seen.broken
        why = f": in row {first.row}, {first.detail}" if first else ""
        raise UsageError(
            f"no row of the file can be read as a candle{why}",
            where=str(path),
            fix="check --map, --tz and --unit; numbers need a decimal point and no separators"
            if first
            else "check --map and --only",
        )
    other = seen.other_interval()
    if other == "finer":
        raise UsageError(
            f"its times are on no grid of {interval} or finer",
            where=str(path),
            fix="candles are named by the time at which they open; check --tz and --unit",
        )
    if other is not None:
        raise UsageError(
            f"the file holds candles of {other}, not of {interval}",
            where=str(path),
            fix=f"type --interval {other}",
        )


def _markets(
    path: Path, seen: Survey, request: Request, book: RuleBook
) -> tuple[dict[str, str], frozenset[str]]:
    """Return which cell names which market to take, and which cells name none."""
    wanted = None if request.market is None else book.market(request.market)
    if request.market is not None and wanted is None:
        raise UsageError(
            f"{request.market!r} is no market of {book.name}", where="--market", fix=_like(book)
        )
    if set(seen.markets) == {""}:
        market = wanted or book.market(stem(path))
        if market is None:
            raise UsageError(
                f"neither a column nor the name {path.name!r} tells the market",
                where=str(path),
                fix="give --market",
            )
        return {"": market}, frozenset()
    names = {cell: book.market(cell) for cell in seen.markets}
    nameless = frozenset(cell for cell, market in names.items() if market is None)
    taken = {cell: market for cell, market in names.items() if market and wanted in (None, market)}
    if not taken:
        raise UsageError(
            f"the file holds nothing of {wanted or book.name}",
            where=str(path),
            fix=f"it holds {_some(seen.markets)}",
        )
    return taken, nameless


def _like(book: RuleBook) -> str:
    example = book.market("BTC_KRW") or "BTCUSDT"
    return f"name it like {example}"


def _some(names: Iterable[str]) -> str:
    listed = sorted(names)
    return ", ".join(listed[:10]) + (f" and {len(listed) - 10} more" if len(listed) > 10 else "")
