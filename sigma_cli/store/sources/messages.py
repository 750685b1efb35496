"""What reading quotes and books have in common: clocks, numbers, rows that can't be read."""

from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sigma_cli.domain.books import NO_UPDATE
from sigma_cli.store.sources.book_layouts import BookLayout, QuoteLayout
from sigma_cli.store.sources.cells import Only, is_readable, names_of, unreadable, whole_numbers
from sigma_cli.store.sources.numbers import Flags, Floats
from sigma_cli.store.sources.tables import ArrowArray, Batch, Broken
from sigma_cli.store.sources.times import Unit, read_times

Column = NDArray[np.int64]
_EMPTY: Final = pa.scalar("")


class MessagePiece(Protocol):
    """Some rows as read, in file order."""

    @property
    def prices(self) -> Floats:
        """[k, n]: every price."""

    @property
    def sizes(self) -> Floats:
        """One size of each row."""

    def taken(self, rows: NDArray[np.intp] | Flags | slice) -> Any:
        """Return some rows."""

    def __len__(self) -> int:
        """Return how many rows there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReading:
    """How to read quotes or books of a file: its columns, and what they leave unsaid."""

    layout: QuoteLayout | BookLayout
    zone: str
    unit: Unit | None
    only: Only | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageBatch:
    """Quotes or levels as a file has them, in file order."""

    pieces: MessagePiece
    market: NDArray[np.int32]
    """Places in `markets`; -1: none named."""
    markets: tuple[str, ...]
    venues: frozenset[str]
    singles: int
    broken: tuple[Broken, ...]

    def __len__(self) -> int:
        return len(self.pieces)

    @property
    def prices(self) -> Floats:
        """[k, n]: every price."""
        return self.pieces.prices

    @property
    def sizes(self) -> Floats:
        """One size of each row."""
        return self.pieces.sizes

    def piece(self, rows: NDArray[np.intp] | slice) -> Any:
        """Return a copy of some rows: a view of one row would keep its whole batch in memory."""
        index = np.arange(len(self))[rows] if isinstance(rows, slice) else rows
        return self.pieces.taken(index)


def batch_of(
    batch: Batch,
    layout: QuoteLayout | BookLayout,
    piece: MessagePiece,
    ok: Flags,
    singles: int,
    wanted: Flags | None = None,
) -> MessageBatch:
    """Return the rows that are `ok`, the others as broken; of rows not `wanted` neither."""
    kept = ok if wanted is None else ok & wanted
    market, markets = names_of(batch.columns, layout.market)
    venues = names_of(batch.columns, layout.venue)[1] if layout.venue else ()
    return MessageBatch(
        pieces=piece if kept.all() else piece.taken(kept),
        market=market[kept],
        markets=markets,
        venues=frozenset(venues),
        singles=singles,
        broken=(*batch.broken, *unreadable(batch, ok, partial(_fault, layout))),
    )


def placed(exch_ts_ns: Column, recv_ts_ns: Column) -> Column:
    """Return the time of each row: the venue's, or ours where it says none."""
    return np.where(exch_ts_ns > 0, exch_ts_ns, recv_ts_ns)


def clocks(
    columns: pa.RecordBatch, layout: QuoteLayout | BookLayout, reading: MessageReading
) -> tuple[Column, Column, Flags]:
    """Return the venue's time and ours, 0 where they are not said; one of them must be."""
    exch_ts_ns = np.zeros(len(columns), np.int64)
    ok = np.ones(len(columns), np.bool_)
    for name in layout.times:
        times, is_time = _clock(columns[name], reading)
        ok &= is_time
        exch_ts_ns = np.where(exch_ts_ns > 0, exch_ts_ns, times)
    recv_ts_ns = np.zeros(len(columns), np.int64)
    if layout.recv is not None:
        recv_ts_ns, is_time = _clock(columns[layout.recv], reading)
        ok &= is_time
    return exch_ts_ns, recv_ts_ns, ok & (placed(exch_ts_ns, recv_ts_ns) > 0)


def _clock(column: ArrowArray, reading: MessageReading) -> tuple[Column, Flags]:
    """Return a column of times, 0 where a cell is empty (or says so), and what could be read."""
    given: Flags = column.is_valid().to_numpy(zero_copy_only=False)
    if pa.types.is_string(column.type) or pa.types.is_binary(column.type):
        text: ArrowArray = pc.utf8_trim_whitespace(column.cast(pa.string()))
        given &= _as_flags(pc.not_equal(text, _EMPTY))
    times = read_times(column.filter(pa.array(given)), reading.zone, reading.unit)
    ns, ok = np.zeros(len(column), np.int64), np.ones(len(column), np.bool_)
    ns[given] = np.where(times.ok & (times.ns > 0), times.ns, 0)
    ok[given] = times.ok
    return ns, ok


def _as_flags(column: ArrowArray) -> Flags:
    flags: Flags = column.fill_null(False).to_numpy(zero_copy_only=False)
    return flags


def ids_of(columns: pa.RecordBatch, names: tuple[str | None, ...]) -> tuple[Column, Flags]:
    """Return the first of these columns that is given in each row, else NO_UPDATE."""
    found = np.full(len(columns), NO_UPDATE, np.int64)
    ok = np.ones(len(columns), np.bool_)
    for name in names:
        if name is not None:
            numbers, is_number = whole_numbers(columns[name], NO_UPDATE)
            ok &= is_number
            found = np.where(found == NO_UPDATE, numbers, found)
    return found, ok


def _fault(layout: QuoteLayout | BookLayout, cells: dict[str, str]) -> str:
    """Say which cells of a row can't be read."""
    numbers = layout.numbers
    for name in numbers:
        if not is_readable(cells[name]):
            return f"{name} is no number: {cells[name]!r}"
    timed = [name for name in (*layout.times, layout.recv) if name is not None]
    if not any(cells[name].strip() for name in timed):
        return f"the time is missing: {', '.join(timed)} are empty"
    rest = [name for name in layout.columns if name not in numbers]
    return f"one of these can't be read: {', '.join(f'{one} {cells[one]!r}' for one in rest)}"
