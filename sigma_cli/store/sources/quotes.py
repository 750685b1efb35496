"""A file and a layout in, batches of quotes as floats out. Judges only what is no number."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from sigma_cli.store.sources.book_layouts import QuoteLayout
from sigma_cli.store.sources.cells import batches_of, floats
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
        return placed(self.exch_ts_ns, self.recv_ts_ns)

    @property
    def prices(self) -> Floats:
        """[2, n]: every price."""
        return self.touch.T[[0, 2]]

    @property
    def sizes(self) -> Floats:
        """One size of each row."""
        return self.touch[:, 1]

    def cells(self, place: int) -> list[float | int]:
        """Return the rest of a row as read."""
        return [*self.touch[place].tolist(), int(self.update_id[place])]

    def taken(self, rows: NDArray[np.intp] | Flags | slice) -> "QuotePiece":
        """Return some rows."""
        return QuotePiece(**{one.name: getattr(self, one.name)[rows] for one in fields(self)})


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


def _quotes(batch: Batch, layout: QuoteLayout, reading: MessageReading) -> MessageBatch:
    columns = batch.columns
    exch_ts_ns, recv_ts_ns, ok = clocks(columns, layout, reading)
    update_id, id_ok = ids_of(columns, (layout.update_id,))
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
    return batch_of(batch, layout, piece, ok, singles)
