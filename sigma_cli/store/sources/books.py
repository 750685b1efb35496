"""A file and a layout in, batches of levels of books as floats out.

Judges only what is no number, and counts the messages. A level whose price or size can't be read
comes along as NaN, so that whoever judges it knows of which message it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sigma_cli.domain.books import NO_UPDATE, BookForm, BookSide
from sigma_cli.store.sources.book_layouts import LAST_KNOWN, OTHER, BookLayout
from sigma_cli.store.sources.cells import batches_of, floats, meanings, names_of, whole_numbers
from sigma_cli.store.sources.messages import (
    Column,
    MessageBatch,
    MessageReading,
    batch_of,
    clocks,
    ids_of,
    placed,
)
from sigma_cli.store.sources.numbers import Flags, Floats, shortened
from sigma_cli.store.sources.tables import Batch, Table

SIDES: Final = {
    **dict.fromkeys(("0", "0.0", "bid", "b", "buy", "false"), int(BookSide.BID)),
    **dict.fromkeys(("1", "1.0", "ask", "a", "sell", "s", "true"), int(BookSide.ASK)),
    "none": int(BookSide.NONE),
}
"""What a cell says of the side of a level: 0 and 1, as recorders write it, or a word."""


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
        return placed(self.exch_ts_ns, self.recv_ts_ns)

    @property
    def prices(self) -> Floats:
        """[1, n]: every price."""
        return self.price[np.newaxis]

    @property
    def sizes(self) -> Floats:
        """Every size."""
        return self.size

    def cells(self, place: int) -> list[float | int]:
        """Return the rest of a row as read."""
        numbers = (self.update_id, self.form, self.side, self.price, self.size)
        return [column[place].item() for column in numbers]

    def taken(self, rows: NDArray[np.intp] | Flags | slice) -> "BookPiece":
        """Return some rows."""
        return BookPiece(**{one.name: getattr(self, one.name)[rows] for one in fields(self)})


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


def _books(
    batch: Batch, layout: BookLayout, reading: MessageReading, counter: "_MessageCounter"
) -> MessageBatch:
    columns = batch.columns
    exch_ts_ns, recv_ts_ns, ok = clocks(columns, layout, reading)
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
        ids[name], id_ok = ids_of(columns, of)
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
    return batch_of(batch, layout, piece, ok, singles, is_book)


@dataclass(slots=True)
class _MessageCounter:
    """Numbers messages from batch to batch: rows of a market that agree in their ids.

    They follow one another, but for what other markets say in between.
    """

    count: int = 0
    last: dict[str, tuple[int, list[int]]] = field(default_factory=dict)
    """By market: its last message, and the ids of that."""

    def number(
        self, columns: pa.RecordBatch, layout: BookLayout, form: NDArray[np.int8], ids: Any
    ) -> Column:
        """Return the message of each row."""
        if layout.frame is not None:
            frames, _ = whole_numbers(columns[layout.frame], NO_UPDATE)
            return frames
        has_ids = form != LAST_KNOWN
        keys = np.stack([form, *(np.where(has_ids, column, 0) for column in ids.values())])
        numbers = np.zeros(len(form), np.int64)
        market, markets = names_of(columns, layout.market)
        for place in np.unique(market).tolist():
            rows = np.flatnonzero(market == place)
            name = markets[place] if place >= 0 else ""
            numbers[rows] = self._numbered(name, keys[:, rows])
        return numbers

    def _numbered(self, market: str, keys: Column) -> Column:
        """Return the messages of some rows of one market; a number is never used twice."""
        starts = np.ones(keys.shape[1], np.bool_)
        starts[1:] = (np.diff(keys) != 0).any(axis=0)
        last, last_key = self.last.get(market, (0, []))
        goes_on = last_key == keys[:, 0].tolist()
        numbers: Column = self.count + np.cumsum(starts)
        self.count = int(numbers[-1])
        if goes_on:
            numbers[numbers == numbers[0]] = last
        self.last[market] = (int(numbers[-1]), keys[:, -1].tolist())
        return numbers


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
