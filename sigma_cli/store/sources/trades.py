"""A file and a layout in, batches of trades as floats out. Judges only what is no number.

What can't be read at all (a broken line, a cell that is no number, a time that is no time) comes
along as broken rows, with the text as it stood in the file.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import partial
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sigma_cli.domain.trades import NO_ID, Aggressor
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
from sigma_cli.store.sources.tables import Batch, Broken, Table
from sigma_cli.store.sources.times import Times, Unit, on_clock, read_times
from sigma_cli.store.sources.trade_layouts import TradeLayout

_UNKNOWN: Final = dict.fromkeys(("", "none", "null", "nan", "unknown", "n/a", "-"), 0)
SIDES: Final = {
    **_UNKNOWN,
    **dict.fromkeys(("buy", "b", "bid", "1", "+1", "1.0"), int(Aggressor.BUY)),
    **dict.fromkeys(("sell", "s", "ask", "-1", "-1.0"), int(Aggressor.SELL)),
    **dict.fromkeys(("0", "0.0"), int(Aggressor.UNKNOWN)),
}
"""What a cell says of the side that took. A bid that was taken up from below is a buy."""
BUYER_IS_MAKER: Final = {
    **_UNKNOWN,
    **dict.fromkeys(("true", "t", "1"), int(Aggressor.SELL)),
    **dict.fromkeys(("false", "f", "0"), int(Aggressor.BUY)),
}
"""What it says of the side that took when the buyer was in the book."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeReading:
    """How to read the trades of a file: what its columns mean and what they leave unsaid."""

    layout: TradeLayout
    zone: str
    """Where clocks without a zone hang."""
    unit: Unit | None
    only: Only | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TradePiece:
    """Some trades as read, in file order, equally long columns. A missing number is NaN."""

    rows: NDArray[np.int64]
    """Row numbers in the file, from 1."""
    exch_ts_ns: NDArray[np.int64]
    recv_ts_ns: NDArray[np.int64]
    trade_id: NDArray[np.int64]
    price: Floats
    size: Floats
    side: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def times(self) -> NDArray[np.int64]:
        """When each happened."""
        return self.exch_ts_ns

    def cells(self, place: int) -> list[float | int]:
        """Return the rest of a row as read."""
        numbers = (self.price[place], self.size[place], self.side[place], self.trade_id[place])
        return [number.item() for number in numbers]

    def taken(self, rows: NDArray[np.intp] | Flags | slice) -> "TradePiece":
        """Return some rows; with a list of places a copy, with a slice a view."""
        return TradePiece(**{one.name: getattr(self, one.name)[rows] for one in fields(self)})


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeBatch:
    """Trades as a file has them, in file order."""

    trades: TradePiece
    market: NDArray[np.int32]
    """Places in `markets`; -1: none named."""
    markets: tuple[str, ...]
    """Cells of the market column, as written; one empty name where there is no such column."""
    venues: frozenset[str]
    singles: int
    """Prices that had been 32-bit floats, and were read as such."""
    broken: tuple[Broken, ...]

    def __len__(self) -> int:
        return len(self.trades)

    @property
    def prices(self) -> Floats:
        """[1, n]: every price."""
        return self.trades.price[np.newaxis]

    @property
    def sizes(self) -> Floats:
        """Every size."""
        return self.trades.size

    def piece(self, rows: NDArray[np.intp] | slice) -> TradePiece:
        """Return a copy of some rows: a view of one row would keep its whole batch in memory."""
        index = np.arange(len(self))[rows] if isinstance(rows, slice) else rows
        return self.trades.taken(index)


def read_trades(table: Table, reading: TradeReading) -> Iterator[TradeBatch]:
    """Read the trades of a file, a batch at a time.

    Raises:
        OutsideError: the file is damaged.
        UsageError: `only` names a column that is not there.
    """
    for batch in batches_of(table, reading.layout.columns, reading.only, reading.layout.only):
        yield _trades(batch, reading)


def _trades(batch: Batch, reading: TradeReading) -> TradeBatch:
    layout, columns = reading.layout, batch.columns
    times = _times(columns, reading)
    price, price_ok = floats(columns[layout.price])
    if layout.price_exp:
        price = price / 10.0**layout.price_exp
    price, singles = shortened(price)
    size, size_ok = floats(columns[layout.size])
    side, side_ok = _sides(columns, layout)
    trade_id, id_ok = _optional(columns, layout.trade_id, NO_ID)
    recv_ts_ns, recv_ok = _received(columns, reading)
    ok = times.ok & price_ok & size_ok & side_ok & id_ok & recv_ok
    whole = TradePiece(
        rows=batch.rows,
        exch_ts_ns=times.ns,
        recv_ts_ns=recv_ts_ns,
        trade_id=trade_id,
        price=price,
        size=size,
        side=side,
    )
    market, markets = names_of(columns, layout.market)
    venues = names_of(columns, layout.venue)[1] if layout.venue else ()
    return TradeBatch(
        trades=whole if ok.all() else whole.taken(ok),
        market=market[ok],
        markets=markets,
        venues=frozenset(venues),
        singles=singles,
        broken=(*batch.broken, *unreadable(batch, ok, partial(_fault, layout))),
    )


def _times(columns: pa.RecordBatch, reading: TradeReading) -> Times:
    layout = reading.layout
    column = columns[layout.timestamp]
    if layout.clock is None:
        return read_times(column, reading.zone, reading.unit)
    clock, clock_ok = floats(columns[layout.clock])
    times = on_clock(read_times(column, "UTC", None), clock, reading.zone)
    return Times(times.ns, times.ok & clock_ok)


def _received(columns: pa.RecordBatch, reading: TradeReading) -> tuple[NDArray[np.int64], Flags]:
    """Return when the recorder heard of each trade; 0 where it does not say."""
    if reading.layout.recv is None:
        return np.zeros(len(columns), np.int64), np.ones(len(columns), np.bool_)
    column = columns[reading.layout.recv]
    times = read_times(column, reading.zone, None)
    is_blank = ~column.is_valid().to_numpy(zero_copy_only=False)
    return np.where(times.ok, times.ns, 0), times.ok | is_blank


def _sides(columns: pa.RecordBatch, layout: TradeLayout) -> tuple[NDArray[np.int8], Flags]:
    if layout.side is not None:
        return meanings(columns[layout.side], SIDES)
    if layout.buyer_is_maker is not None:
        return meanings(columns[layout.buyer_is_maker], BUYER_IS_MAKER)
    return np.zeros(len(columns), np.int8), np.ones(len(columns), np.bool_)


def _optional(
    columns: pa.RecordBatch, name: str | None, nothing: int
) -> tuple[NDArray[np.int64], Flags]:
    if name is None:
        return np.full(len(columns), nothing, np.int64), np.ones(len(columns), np.bool_)
    return whole_numbers(columns[name], nothing)


def _fault(layout: TradeLayout, cells: dict[str, str]) -> str:
    """Say which cell of a row can't be read."""
    for name in (layout.price, layout.size):
        if not is_readable(cells[name]):
            return f"{name} is no number: {cells[name]!r}"
    side, known = layout.side or layout.buyer_is_maker, SIDES if layout.side else BUYER_IS_MAKER
    if side and cells[side].strip().lower() not in known:
        return f"{side} is no side: {cells[side]!r}"
    times = [name for name in (layout.timestamp, layout.recv) if name]
    rest = [layout.trade_id, *times] if layout.trade_id else times
    return f"one of these can't be read: {', '.join(f'{one} {cells[one]!r}' for one in rest)}"
