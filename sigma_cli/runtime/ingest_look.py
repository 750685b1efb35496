"""The first half of `sigma ingest files`: which files, what is in them, and whether it fits.

Reads every file to its end and writes nothing. All files that can't be taken are named at once.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sigma_cli.errors import SigmaError, UsageError
from sigma_cli.runtime.ingest_request import Request
from sigma_cli.runtime.progress import Progress
from sigma_cli.runtime.recordings import Recording, open_recording
from sigma_cli.store.sources.formats import checksum, find_tables, stem
from sigma_cli.store.sources.survey import Survey
from sigma_cli.venues.rulebook import RuleBook

_KIND_WORDS: Final = re.compile(
    r"(^|[-_. ])((agg)?trades?|quotes?|book_?ticker|books?|(depth_?)?snapshot|depth)(?=$|[-_. ])",
    re.IGNORECASE,
)
"""Words of a file name that say what is in it, and not of which market."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file that can be taken."""

    path: Path
    sha256: str
    recording: Recording
    survey: Survey
    markets: Mapping[str, str]
    """Cell -> market, of the markets to take."""
    nameless: frozenset[str]
    """Cells that name no market of the venue."""

    def cells(self, market: str) -> list[str]:
        """Return the cells that name a market."""
        return [cell for cell, name in self.markets.items() if name == market]


def look(request: Request, book: RuleBook, progress: Progress) -> list[Found]:
    """Look through every file.

    Raises:
        OutsideError: a file is missing, empty or damaged.
        UsageError: a file can't be read as asked: its layout, interval, market or venue.
    """
    request.check()
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
    recording = open_recording(path, request, book)
    seen = recording.survey(progress.advance)
    _check_venue(path, seen, recording)
    markets, nameless = _markets(path, seen, request, book)
    return Found(
        path=path,
        sha256=checksum(path),
        recording=recording,
        survey=seen,
        markets=markets,
        nameless=nameless,
    )


def _check_venue(path: Path, seen: Survey, recording: Recording) -> None:
    """Refuse to mix venues: the same market has another price on each."""
    if len(seen.venues) > 1:
        column = recording.venue_column
        raise UsageError(
            f"the file holds several venues: {', '.join(sorted(seen.venues))}",
            where=str(path),
            fix=f"take one at a time with --only {column}={min(seen.venues)}",
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
        market = wanted or book.market(_KIND_WORDS.sub("", stem(path)))
        if market is None:
            raise UsageError(
                f"neither a column nor the name {path.name!r} tells the market",
                where=str(path),
                fix="give --market",
            )
        return {"": market}, frozenset()
    # A snapshot, as the venue answers it, names no market; an empty cell of a table is a fault.
    unsaid = wanted if request.kind == "books" else None
    names = {cell: book.market(cell) if cell else unsaid for cell in seen.markets}
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
