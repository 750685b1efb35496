"""A file and a layout in, batches of quotes or of levels of books as floats out.

Judges only what is no number, and counts the messages. A level whose price or size can't be read
comes along as NaN, so that whoever judges it knows of which message it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sigma_cli.domain.books import NO_UPDATE, BookForm, BookSide
from sigma_cli.store.sources.book_layouts import LAST_KNOWN, OTHER, BookLayout, QuoteLayout
from sigma_cli.store.sources.cells import (
    Only,
    batches_of,
    floats,
    is_readable,
    meanings,
    names_of,
    unreadable,
    whole_numbers,
)
from sigma_cli.store.sources.numbers import Flags, Floats, shortened
from sigma_cli.store.sources.tables import ArrowArray, Batch, Broken, Table
from sigma_cli.store.sources.times import Unit, read_times

Column = NDArray[np.int64]
SIDES: Final = {
    **dict.fromkeys(("0", "0.0", "bid", "b", "buy", "false"), int(BookSide.BID)),
    **dict.fromkeys(("1", "1.0", "ask", "a", "sell", "s", "true"), int(BookSide.ASK)),
    "none": int(BookSide.NONE),
}
"""What a cell says of the side of a level: 0 and 1, as recorders write it, or a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReading:
    """How to read quotes or books of a file: its columns, and what they leave unsaid."""

    layout: QuoteLayout | BookLayout
    zone: str
    unit: Unit | None
    only: Only | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotePiece:
    """Some quotes as read, in file order, equally long columns. A missing number is NaN."""

    rows: Column
    """Row numbers in the file, from 1."""
    exch_ts_ns: Column
    recv_ts_ns: Column
    update_id: Column
    touch: Floats
    """[n, 4]: bid, its size, ask, its size."""

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def times(self) -> Column:
        """When each was; by our clock where the venue does not say."""
        return _placed(self.exch_ts_ns, self.recv_ts_ns)

    def cells(self, place: int) -> list[float | int]:
        """Return the rest of a row as read."""
        return [*self.touch[place].tolist(), int(self.update_id[place])]

    def taken(self, rows: NDArray[np.intp] | Flags | slice) -> "QuotePiece":
        """Return some rows."""
        return QuotePiece(**{one.name: getattr(self, one.name)[rows] for one in fields(self)})


@dataclass(frozen=True, slots=True, kw_only=True)
class BookPiece:
    """Some levels as read, in file order, equally long columns. A missing number is NaN."""

    rows: Column
    exch_ts_ns: Column
    recv_ts_ns: Column
    update_id: Column
    first_id: Column
    before_id: Column
    form: NDArray[np.int8]
    side: NDArray[np.int8]
    price: Floats
    size: Floats
    message: Column
    """The same in all levels of a message, and another in the next one."""
    ends: NDArray[np.int8]
    """1 or 0: what the file says of it; -1: nothing."""

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def times(self) -> Column:
        """When each was; by our clock where the venue does not say."""
        return _placed(self.exch_ts_ns, self.recv_ts_ns)

    def cells(self, place: int) -> list[float | int]:
        """Return the rest of a row as read."""
        numbers = (self.update_id, self.form, self.side, self.price, self.size)
        return [column[place].item() for column in numbers]

    def taken(self, rows: NDArray[np.intp] | Flags | slice) -> "BookPiece":
        """Return some rows."""
        return BookPiece(**{one.name: getattr(self, one.name)[rows] for one in fields(self)})


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageBatch:
    """Quotes or levels as a file has them, in file order."""

    pieces: Any  # QuotePiece or BookPiece
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
        if isinstance(self.pieces, QuotePiece):
            return self.pieces.touch.T[[0, 2]]
        price: Floats = self.pieces.price[np.newaxis]
        return price

    @property
    def sizes(self) -> Floats:
        """One size of each row."""
        piece = self.pieces
        sizes: Floats = piece.touch[:, 1] if isinstance(piece, QuotePiece) else piece.size
        return sizes

    def piece(self, rows: NDArray[np.intp] | slice) -> Any:
        """Return a copy of some rows: a view of one row would keep its whole batch in memory."""
        index = np.arange(len(self))[rows] if isinstance(rows, slice) else rows
        return self.pieces.taken(index)


def read_quotes(table: Table, reading: MessageReading) -> Iterator[MessageBatch]:
    """Read the quotes of a file, a batch at a time.

    Raises:
        OutsideError: the file is damaged.
        UsageError: `only` names a column that is not there.
    """
    layout = reading.layout
    assert isinstance(layout, QuoteLayout)
    for batch in batches_of(table, layout.columns, reading.only):
        yield _quotes(batch, layout, reading)


def read_books(table: Table, reading: MessageReading) -> Iterator[MessageBatch]:
    """Read the levels of a file, a batch at a time.

    Raises:
        OutsideError: the file is damaged.
        UsageError: `only` names a column that is not there.
    """
    layout = reading.layout
    assert isinstance(layout, BookLayout)
    counter = _MessageCounter()
    for batch in batches_of(table, layout.columns, reading.only, layout.only):
        yield _books(batch, layout, reading, counter)


def _quotes(batch: Batch, layout: QuoteLayout, reading: MessageReading) -> MessageBatch:
    columns = batch.columns
    exch_ts_ns, recv_ts_ns, ok = _clocks(columns, layout, reading)
    update_id, id_ok = _ids(columns, (layout.update_id,))
    ok &= id_ok
    touch, singles = [], 0
    for name in (layout.bid, layout.bid_size, layout.ask, layout.ask_size):
        numbers, is_number = floats(columns[name])
        numbers, found = shortened(numbers)
        touch.append(numbers)
        singles += found
        ok &= is_number
    piece = QuotePiece(
        rows=batch.rows,
        exch_ts_ns=exch_ts_ns,
        recv_ts_ns=recv_ts_ns,
        update_id=update_id,
        touch=np.stack(touch, axis=1),
    )
    return _batch(batch, layout, piece, ok, singles)


def _books(
    batch: Batch, layout: BookLayout, reading: MessageReading, counter: "_MessageCounter"
) -> MessageBatch:
    columns = batch.columns
    exch_ts_ns, recv_ts_ns, ok = _clocks(columns, layout, reading)
    form, form_ok = _forms(columns, layout)
    price, price_ok = floats(columns[layout.price])
    price, singles = shortened(price)
    size, size_ok = floats(columns[layout.size])
    side, side_ok = meanings(columns[layout.side], SIDES)
    ids = {}
    for name, of in (
        ("update_id", layout.update_ids),
        ("first_id", (layout.first_id,)),
        ("before_id", (layout.before_id,)),
    ):
        ids[name], id_ok = _ids(columns, of)
        ok &= id_ok
    if layout.first_id and layout.before_id:  # spot has no pu, and recorders write 0 for it
        ids["before_id"] = np.where(ids["before_id"] > 0, ids["before_id"], NO_UPDATE)
    is_book = form != OTHER
    ok = (ok & form_ok & side_ok) | ~is_book
    piece = BookPiece(
        rows=batch.rows,
        exch_ts_ns=exch_ts_ns,
        recv_ts_ns=recv_ts_ns,
        form=form,
        side=side,
        price=np.where(price_ok, price, np.nan),
        size=np.where(size_ok, size, np.nan),
        message=counter.number(columns, layout, form, ids),
        ends=_ends(columns, layout),
        **ids,
    )
    return _batch(batch, layout, piece, ok, singles, is_book)


def _batch(
    batch: Batch,
    layout: QuoteLayout | BookLayout,
    piece: QuotePiece | BookPiece,
    ok: Flags,
    singles: int,
    wanted: Flags | None = None,
) -> MessageBatch:
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


@dataclass(slots=True)
class _MessageCounter:
    """Numbers messages from batch to batch: rows that follow one another and agree in their ids."""

    count: int = 0
    last: list[Any] = field(default_factory=list)

    def number(
        self, columns: pa.RecordBatch, layout: BookLayout, form: NDArray[np.int8], ids: Any
    ) -> Column:
        """Return the message of each row."""
        if len(form) == 0:
            return np.zeros(0, np.int64)
        if layout.frame is not None:
            frames, _ = whole_numbers(columns[layout.frame], NO_UPDATE)
            return frames
        has_ids = form != LAST_KNOWN
        market, markets = names_of(columns, layout.market)
        keys = [form.astype(np.int64), market.astype(np.int64)]
        keys += [np.where(has_ids, column, 0) for column in ids.values()]
        starts = np.zeros(len(form), np.bool_)
        for key in keys:
            starts[1:] |= key[1:] != key[:-1]
        first = [markets[market[0]], form[0], *(int(key[0]) for key in keys[2:])]
        starts[0] = first != self.last
        self.last = [markets[market[-1]], form[-1], *(int(key[-1]) for key in keys[2:])]
        numbers: Column = self.count + np.cumsum(starts)
        self.count = int(numbers[-1])
        return numbers


def _placed(exch_ts_ns: Column, recv_ts_ns: Column) -> Column:
    return np.where(exch_ts_ns > 0, exch_ts_ns, recv_ts_ns)


def _clocks(
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
    return exch_ts_ns, recv_ts_ns, ok & (_placed(exch_ts_ns, recv_ts_ns) > 0)


def _clock(column: ArrowArray, reading: MessageReading) -> tuple[Column, Flags]:
    times = read_times(column, reading.zone, reading.unit if column.type != pa.int64() else None)
    blank = ~column.is_valid().to_numpy(zero_copy_only=False)
    if not times.ok.all():
        text = column.cast(pa.string())
        blank |= np.array([not (cell or "").strip() for cell in text.to_pylist()], np.bool_)
    return np.where(times.ok & (times.ns > 0), times.ns, 0), times.ok | blank


def _ids(columns: pa.RecordBatch, names: tuple[str | None, ...]) -> tuple[Column, Flags]:
    """Return the first of these columns that is given in each row, else NO_UPDATE."""
    found = np.full(len(columns), NO_UPDATE, np.int64)
    ok = np.ones(len(columns), np.bool_)
    for name in names:
        if name is not None:
            numbers, is_number = whole_numbers(columns[name], NO_UPDATE)
            ok &= is_number
            found = np.where(found == NO_UPDATE, numbers, found)
    return found, ok


def _forms(columns: pa.RecordBatch, layout: BookLayout) -> tuple[NDArray[np.int8], Flags]:
    if layout.form is None:
        changes = np.full(len(columns), BookForm.CHANGES, np.int8)
        return changes, np.ones(len(columns), np.bool_)
    assert layout.forms is not None, "a layout says what its forms mean"
    return meanings(columns[layout.form], layout.forms)


def _ends(columns: pa.RecordBatch, layout: BookLayout) -> NDArray[np.int8]:
    if layout.ends is None:
        return np.full(len(columns), -1, np.int8)
    return whole_numbers(columns[layout.ends], -1)[0].astype(np.int8)


def _fault(layout: QuoteLayout | BookLayout, cells: dict[str, str]) -> str:
    """Say which cells of a row can't be read."""
    numbers = (
        (layout.bid, layout.bid_size, layout.ask, layout.ask_size)
        if isinstance(layout, QuoteLayout)
        else (layout.price, layout.size)
    )
    for name in numbers:
        if not is_readable(cells[name]):
            return f"{name} is no number: {cells[name]!r}"
    rest = [name for name in layout.columns if name not in numbers]
    return f"one of these can't be read: {', '.join(f'{one} {cells[one]!r}' for one in rest)}"
