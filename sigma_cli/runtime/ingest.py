"""Candles or trades from files into the lake: look through every file first, then store, then tell.

Nothing is written before every file has been read once from end to end, so a missing, damaged or
misread file costs nothing. What is stored stays: killed at any point, the same command goes on
where it stopped. Rows set aside are no failure: the work was done, and the result says how many
and why.
"""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sigma_cli import plugins
from sigma_cli.domain.instruments import Instrument
from sigma_cli.errors import CheckError, UsageError, did_you_mean, nearest
from sigma_cli.runtime import rulebooks
from sigma_cli.runtime.ingest_digits import counted
from sigma_cli.runtime.ingest_look import Found, look
from sigma_cli.runtime.ingest_report import Ingested, Line, Note, notes_on, shown, summed
from sigma_cli.runtime.ingest_request import Request
from sigma_cli.runtime.progress import Progress
from sigma_cli.runtime.recordings import Rows, kind_in_lake
from sigma_cli.store.checks import Reason
from sigma_cli.store.intake import Counts, Intake, Terms, bad_row
from sigma_cli.store.lake import Lake, Source
from sigma_cli.store.listing import Series
from sigma_cli.store.quarantine import BadRow, Quarantine
from sigma_cli.store.records import NoteKind, StoredNote
from sigma_cli.store.sources.survey import by_market
from sigma_cli.store.sources.tables import Broken
from sigma_cli.venues.rulebook import RuleBook

__all__ = ["Ingested", "Request", "ingest_files"]

SLIP_LIKENESS: Final = 0.8
"""How like a known venue an unknown one must be to be taken for it; 1 is the same."""
WAITING_MAX: Final = 500_000
"""Rows held in memory, of all markets of a file: some 30 MB, and several times that to judge."""


def ingest_files(request: Request, store: Path, jump_max: float, progress: Progress) -> Ingested:
    """Take rows from files into the store. Idempotent; safe beside any number of others.

    Raises:
        UsageError: a file can't be read as asked; nothing was written.
        OutsideError: a file is missing or damaged (nothing was written), or the disk is full.
        CheckError: of a file, not one row was good; the others are stored.
    """
    book = rulebooks.find(request.venue)
    lake = Lake(store)
    if not book.fees_known:
        _check_venue(lake, book, progress)
    found = look(request, book, progress)
    terms = Terms(now_ns=time.time_ns(), jump_max=jump_max, always_open=book.always_open)
    instruments = counted(lake, book, found)
    progress.begin("storing", sum(file.survey.rows for file in found), "rows")
    taken = [_Taking(lake, instruments, file, request, terms).take(progress) for file in found]
    progress.end()
    lake.collect()
    _check_kept(taken)
    return _told(lake, book, request, taken, progress)


def _check_venue(lake: Lake, book: RuleBook, progress: Progress) -> None:
    """Say what a venue without a rule book lacks; refuse one that is a slip of the keyboard."""
    known = plugins.installed(plugins.VENUES)
    like = nearest(book.name, known, SLIP_LIKENESS)
    stored = {instrument.venue for instrument in lake.catalogue.snapshot().instruments}
    if like and abs(len(like) - len(book.name)) <= 1 and book.name not in stored:
        raise UsageError(
            f"no venue {book.name!r}; did you mean {like!r}?",
            where="--venue",
            fix=f"a venue of your own needs a name less like {like!r}",
        )
    progress.note(
        f"no rule book for {book.name!r}{did_you_mean(book.name, known)} (known:"
        f" {', '.join(known)}): ticks and lots are finer than the file shows, fees are unknown"
    )


@dataclass(slots=True)
class _Taken:
    """What became of one file."""

    file: str
    counts: dict[str, Counts] = field(default_factory=dict)
    """By market; no name for the rows of which it is not known."""
    notes: dict[str, list[StoredNote]] = field(default_factory=dict)
    """By market."""

    @property
    def reasons(self) -> dict[str, int]:
        """Why rows were set aside, and how many."""
        found: dict[str, int] = {}
        for counts in self.counts.values():
            for reason, count in counts.quarantined.items():
                found[reason] = found.get(reason, 0) + count
        return found


class _Taking:
    """One file on its way into the lake."""

    def __init__(
        self,
        lake: Lake,
        instruments: dict[str, Instrument],
        file: Found,
        request: Request,
        terms: Terms,
    ) -> None:
        self._file = file
        self._request = request
        self._taken = _Taken(file.path.name)
        markets = set(file.markets.values())
        self._only_market = markets.pop() if len(markets) == 1 and "" in file.markets else ""
        self._lake = lake
        self._source = Source(
            name=file.path.name,
            sha256=file.sha256,
            layout=file.recording.layout,
            synthetic=request.synthetic,
        )
        self._intakes = {
            market: file.recording.intake(
                lake, (instruments[market], file.cells(market)), self._source, terms
            )
            for market in file.markets.values()
        }
        for market, intake in self._intakes.items():
            self._taken.counts[market] = intake.counts
        only = "=".join(request.only) if request.only else ""
        key = (file.sha256, request.kind, request.interval or "", request.market or "", only)
        self._quarantine = Quarantine(lake.root, file.path.name, request.venue, key)

    def take(self, progress: Progress) -> _Taken:
        """Read the file once more, and store what is good of it."""
        with self._quarantine:
            for batch in self._file.recording.batches():
                self._make_room(self._sort(batch))
                progress.advance(len(batch) + len(batch.broken))
            for intake in self._intakes.values():
                self._flush(intake)
        for market, intake in self._intakes.items():
            self._taken.notes[market] = self._keep_notes(intake)
        return self._taken

    def _keep_notes(self, intake: Intake) -> list[StoredNote]:
        instrument = intake.instrument
        notes = list(notes_on(intake.counts, self._request.kind, instrument.size_exp))
        if singles := self._file.survey.singles:
            text = f"{singles} prices of the file had been 32-bit floats: read as the shortest"
            notes.append(StoredNote(NoteKind.FORMAT, 0, f"{text} decimals that those stand for"))
        if (encoding := self._file.recording.encoding) != "utf-8":
            notes.append(StoredNote(NoteKind.FORMAT, 0, f"the file was read as {encoding} text"))
        if others := sorted(self._file.recording.left_out.items()):
            text = ", ".join(f"{count} {name}" for name, count in others)
            notes.append(StoredNote(NoteKind.FORMAT, 0, f"frames of the file left out: {text}"))
        kind = kind_in_lake(self._request)
        self._lake.keep_notes(instrument.venue, instrument.market, kind, self._source, notes)
        return notes

    def _make_room(self, busy: set[str]) -> None:
        """Store what waits when it is too much: first the markets that the file is done with.

        A market is stored in pieces only when it is large or mixed with others: what repeats a row
        of an earlier piece then counts as already there, and no spike is seen where pieces meet.
        """
        if self._waiting() > WAITING_MAX:
            for market in sorted(self._intakes.keys() - busy):  # the order of the quarantine
                self._flush(self._intakes[market])
        if self._waiting() > WAITING_MAX:
            for intake in self._intakes.values():
                self._flush(intake, hold_back=True)

    def _waiting(self) -> int:
        return sum(intake.waiting for intake in self._intakes.values())

    def _sort(self, batch: Rows) -> set[str]:
        """Give each market its rows; return the markets that got some."""
        busy = set()
        self._set_aside(
            self._only_market, [_unread(one, self._only_market) for one in batch.broken]
        )
        for cell, rows in by_market(batch):
            if cell in self._file.markets:
                market = self._file.markets[cell]
                self._intakes[market].add(batch.piece(rows))
                busy.add(market)
            elif cell in self._file.nameless:
                piece, why = batch.piece(rows), f"{cell!r} names no market of the venue"
                self._set_aside(
                    "",
                    [bad_row(piece, n, "", Reason.NO_MARKET, why) for n in range(len(piece))],
                )
        return busy

    def _flush(self, intake: Intake, *, hold_back: bool = False) -> None:
        self._quarantine.add(intake.flush(hold_back=hold_back))

    def _set_aside(self, market: str, bad: list[BadRow]) -> None:
        """Keep rows that no intake has seen."""
        if bad:
            counts = self._taken.counts.setdefault(market, Counts())
            counts.read += len(bad)
            counts.set_aside(bad)
            self._quarantine.add(bad)


def _unread(broken: Broken, market: str) -> BadRow:
    return BadRow(
        row=broken.row,
        market=market,
        exch_ts_ns=None,
        reason=Reason.UNREADABLE,
        detail=broken.detail,
        raw=broken.raw,
    )


def _check_kept(taken: list[_Taken]) -> None:
    """Say no where not one row of a file is in the lake now."""
    lost = [
        f"{one.file} ({', '.join(f'{count} {reason}' for reason, count in one.reasons.items())})"
        for one in taken
        if not any(counts.added + counts.already_there for counts in one.counts.values())
    ]
    if lost:
        raise CheckError(
            f"no row could be kept of {', '.join(lost)}",
            where='`sigma sql "FROM quarantine"` shows the rows',
            fix="check the file, --map, --tz and --unit"
            + ("; the other files are stored" if len(lost) < len(taken) else ""),
        )


def _told(
    lake: Lake, book: RuleBook, request: Request, taken: list[_Taken], progress: Progress
) -> Ingested:
    """Add up what became of the files."""
    kept = {
        series.market: series
        for series in lake.series()
        if series.venue == book.name and series.kind == kind_in_lake(request)
    }
    lines: list[Line] = []
    notes: list[Note] = []
    reasons: dict[str, int] = {}
    for one in taken:
        for market, noted in sorted(one.notes.items()):
            notes += (Note(file=one.file, market=market, what=what) for what in shown(noted))
        for reason, count in one.reasons.items():
            reasons[reason] = reasons.get(reason, 0) + count
        for market, counts in sorted(one.counts.items()):
            lines.append(_line(one.file, market, counts, kept.get(market)))
    told = summed(request, tuple(lines), reasons, tuple(notes))
    if told.quarantined:
        why = ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items()))
        progress.note(f"rows set aside in quarantine: {told.quarantined} ({why})")
    return told


def _line(file: str, market: str, counts: Counts, series: Series | None) -> Line:
    return Line(
        file=file,
        market=market,
        read=counts.read,
        added=counts.added,
        already_there=counts.already_there,
        duplicates=counts.duplicates,
        quarantined=sum(counts.quarantined.values()),
        gaps=series.gaps if series else 0,
        missing=series.missing if series else 0,
    )
