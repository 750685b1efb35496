"""What `sigma ingest` tells when it is done: counts by file and market, and what is notable."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import log
from typing import Final

from sigma_cli.store.checks import Jump
from sigma_cli.store.intake import Counts

SHOWN_MAX: Final = 5
"""Jumps of one market that are written out; splits are always."""
ADJUSTED_MAX: Final = log(1.25)
"""A declared split after which the price moved less than this was adjusted for."""


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
    """Holes in the whole series in the lake, after this ingest."""
    missing: int
    """Candles missing in them."""


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
    interval: str
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
    venue: str,
    interval: str,
    lines: tuple[Line, ...],
    reasons: Mapping[str, int],
    notes: tuple[Note, ...],
) -> Ingested:
    """Add the lines up."""
    return Ingested(
        venue=venue,
        interval=interval,
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


def notes_on(counts: Counts, size_exp: int) -> Iterable[str]:
    """Yield what is worth a note about the rows of one market of one file."""
    if counts.same_time:
        yield (
            f"{counts.same_time} rows are at the time of an earlier row:"
            f" {counts.duplicates} repeat it, {counts.same_time - counts.duplicates} differ"
        )
    if counts.disorder:
        yield f"{counts.disorder} rows were earlier than the row before; stored in order"
    if counts.rounded:
        yield f"{counts.rounded} volumes had more than {size_exp} digits; rounded"
    if counts.off_tick:
        yield f"{counts.off_tick} rows have a price between two ticks of the venue"
    splits = [jump for jump in counts.jumps_seen if jump.split is not None]
    moves = [jump for jump in counts.jumps_seen if jump.split is None]
    for jump in splits:
        yield _split(jump)
    for jump in moves[:SHOWN_MAX]:
        yield f"jumped {_move(jump)} and did not come back at once; kept"
    rest = counts.jumps - len(splits) - min(len(moves), SHOWN_MAX)
    if rest > 0:
        yield f"{rest} more jumps"


def _split(jump: Jump) -> str:
    assert jump.split is not None
    shares = f"{jump.split:g} for 1" if jump.split >= 1 else f"1 for {1 / jump.split:g}"
    if not jump.is_declared:
        return f"unadjusted split suspected, {shares}: {_move(jump)}"
    adjusted = abs(log(jump.ratio)) < ADJUSTED_MAX
    return f"split declared, {shares}, prices {'' if adjusted else 'not '}adjusted: {_move(jump)}"


def _move(jump: Jump) -> str:
    at = datetime.fromtimestamp(jump.open_ts_ns // 10**9, UTC).strftime("%Y-%m-%d %H:%M")
    return f"{jump.close_before:g} to {jump.price:g} (x{jump.ratio:.4g}) at {at}"
