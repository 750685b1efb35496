"""What `sigma ingest` tells when it is done: counts by file and market, and what is notable."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import log
from typing import Final

from sigma_cli.domain.units import NS_PER_S
from sigma_cli.runtime.ingest_request import Kind, Request
from sigma_cli.store.checks import Jump
from sigma_cli.store.intake import Counts
from sigma_cli.store.records import NoteKind, StoredNote
from sigma_cli.store.touches import SPREAD_MAX

SHOWN_MAX: Final = 5
"""Jumps and wicks of one market that are written out; splits are always."""
LATENCY_ODD_NS: Final = NS_PER_S
"""The fastest of many rows should be heard of within this."""
ADJUSTED_MAX: Final = log(1.25)
"""A declared split after which the price moved less than this was adjusted for."""
_WORDS: Final[dict[Kind, tuple[NoteKind, str, str]]] = {
    "candles": (NoteKind.SAME_TIME, "are at the time", "volumes"),
    "trades": (NoteKind.SAME_ID, "have the number", "sizes"),
    "quotes": (NoteKind.SAME_ID, "have the number", "sizes"),
    "books": (NoteKind.SAME_ID, "have the number", "sizes"),
}
"""What makes two rows the same, as a note's kind and in words; what their sizes are called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One market of one file. `read` is the sum of the next four."""

    file: str
    market: str
    read: int
    added: int
    already_there: int
    duplicates: int
    """Rows that repeat an earlier row of the file."""
    quarantined: int
    gaps: int
    """Holes in the whole series in the lake, after this ingest: of trades, in their numbers."""
    missing: int
    """Rows missing in them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something worth a look; the rows it speaks of are in the lake."""

    file: str
    market: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    """What an ingest did. Rows in quarantine are named by reason; they are no failure."""

    venue: str
    kind: Kind
    interval: str | None
    files: int
    markets: int
    read: int
    added: int
    already_there: int
    duplicates: int
    quarantined: int
    reasons: Mapping[str, int]
    notes: tuple[Note, ...]
    lines: tuple[Line, ...]


def summed(
    request: Request,
    lines: tuple[Line, ...],
    reasons: Mapping[str, int],
    notes: tuple[Note, ...],
) -> Ingested:
    """Add the lines up."""
    return Ingested(
        venue=request.venue,
        kind=request.kind,
        interval=request.interval,
        files=len({line.file for line in lines}),
        markets=len({line.market for line in lines if line.market}),
        read=sum(line.read for line in lines),
        added=sum(line.added for line in lines),
        already_there=sum(line.already_there for line in lines),
        duplicates=sum(line.duplicates for line in lines),
        quarantined=sum(line.quarantined for line in lines),
        reasons=reasons,
        notes=notes,
        lines=lines,
    )


def notes_on(counts: Counts, kind: Kind, size_exp: int) -> Iterator[StoredNote]:
    """Yield what is worth a note about the rows of one market of one file."""
    same, alike, sizes = _WORDS[kind]
    if counts.same:
        differ = counts.same - counts.duplicates
        yield StoredNote(
            same,
            0,
            f"{counts.same} rows {alike} of an earlier row:"
            f" {counts.duplicates} repeat it, {differ} differ",
        )
    for about, count, what in (
        (
            NoteKind.DISORDER,
            counts.disorder,
            "rows were earlier than the row before; stored in order",
        ),
        (NoteKind.ROUNDED, counts.rounded, f"{sizes} had more than {size_exp} digits; rounded"),
        (NoteKind.OFF_TICK, counts.off_tick, "rows have a price between two ticks of the venue"),
        (NoteKind.LOCKED, counts.locked, f"{kind} have a bid that is the ask; kept"),
        (NoteKind.SPREAD, counts.wide, f"{kind} have a spread of more than {SPREAD_MAX:.0%}; kept"),
        (NoteKind.PADDED, counts.padded, "levels were padding, price and size 0; not stored"),
        (
            NoteKind.SEQUENCE,
            counts.breaks,
            "messages do not continue the one before: no book from there to the next whole one",
        ),
    ):
        if count:
            yield StoredNote(about, 0, f"{count} {what}")
    yield from _clock_note(counts.latency_min_ns)
    for jump in counts.jumps_seen:
        yield _split(jump) if jump.split is not None else _jump(jump)
    if more := counts.jumps - len(counts.jumps_seen):
        yield StoredNote(NoteKind.JUMP, 0, f"{more} more jumps")


def _clock_note(latency_min_ns: int | None) -> Iterator[StoredNote]:
    if latency_min_ns is None:
        return
    seconds = abs(latency_min_ns) / NS_PER_S
    if latency_min_ns < 0:
        text = f"our clock was behind the venue's, by {seconds:.6g} s or more"
        yield StoredNote(NoteKind.CLOCK, 0, f"{text}: rows were heard of before they were; kept so")
    elif latency_min_ns > LATENCY_ODD_NS:
        text = f"no row was heard of within {seconds:.6g} s: our clock was ahead, or the way long"
        yield StoredNote(NoteKind.CLOCK, 0, f"{text}; kept so")


def shown(notes: Iterable[StoredNote]) -> Iterator[str]:
    """Yield the texts of notes, but only the first jumps and wicks."""
    seen = dict.fromkeys((NoteKind.JUMP, NoteKind.WICK), 0)
    for note in notes:
        if note.kind in seen:
            seen[note.kind] += 1
        if seen.get(note.kind, 0) <= SHOWN_MAX:
            yield note.text
    for kind, count in seen.items():
        if count > SHOWN_MAX:
            yield f'{count - SHOWN_MAX} more notes of kind {kind.value!r}: `sigma sql "FROM notes"`'


def _split(jump: Jump) -> StoredNote:
    assert jump.split is not None
    shares = f"{jump.split:g} for 1" if jump.split >= 1 else f"1 for {1 / jump.split:g}"
    adjusted = jump.is_declared and abs(log(jump.ratio)) < ADJUSTED_MAX
    if not jump.is_declared:
        text = f"unadjusted split suspected, {shares}: {_move(jump)}"
    else:
        text = (
            f"split declared, {shares}, prices {'' if adjusted else 'not '}adjusted: {_move(jump)}"
        )
    kind = NoteKind.ADJUSTED_SPLIT if adjusted else NoteKind.UNADJUSTED_SPLIT
    return StoredNote(kind, jump.open_ts_ns, text)


def _jump(jump: Jump) -> StoredNote:
    if jump.is_wick:
        return StoredNote(NoteKind.WICK, jump.open_ts_ns, f"wick of {_move(jump)}; kept")
    text = f"jumped {_move(jump)} and did not come back at once; kept"
    return StoredNote(NoteKind.JUMP, jump.open_ts_ns, text)


def _move(jump: Jump) -> str:
    at = datetime.fromtimestamp(jump.open_ts_ns // 10**9, UTC).strftime("%Y-%m-%d %H:%M")
    return f"{jump.close_before:g} to {jump.price:g} (x{jump.ratio:.4g}) at {at}"
