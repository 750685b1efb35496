"""A file and a layout in, batches of candles as floats out. Judges only what is no number.

What can't be read at all (a broken line, a cell that is no number, a time that is no time) comes
along as broken rows, with the text as it stood in the file.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sigma_cli.domain.units import NS_PER_DAY
from sigma_cli.store.sources.cells import (
    Only,
    batches_of,
    floats,
    is_readable,
    names_of,
    unreadable,
)
from sigma_cli.store.sources.layouts import Layout
from sigma_cli.store.sources.numbers import Flags, Floats, shortened
from sigma_cli.store.sources.tables import Batch, Broken, Table
from sigma_cli.store.sources.times import Unit, local_midnights, on_clock, read_times

PRICES: Final = ("open", "high", "low", "close")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How to read the candles of a file: what its columns mean and what they leave unsaid."""

    layout: Layout
    zone: str
    """Where clocks without a zone hang."""
    unit: Unit | None
    interval_ns: int
    only: Only | None = None


@dataclass(frozen=True, slots=True)
class CandlePiece:
    """Some candles of one market as read, in file order. A missing number is NaN."""

    rows: NDArray[np.int64]
    """Row numbers in the file, from 1."""
    open_ts_ns: NDArray[np.int64]
    prices: Floats
    """[4, n]: open, high, low, close."""
    volume: Floats
    splits: Floats | None

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def times(self) -> NDArray[np.int64]:
        """When each opens."""
        return self.open_ts_ns

    def cells(self, place: int) -> list[float | int]:
        """Return the rest of a row as read."""
        return [*self.prices[:, place].tolist(), float(self.volume[place])]

    def taken(self, rows: NDArray[np.intp] | slice) -> "CandlePiece":
        """Return some rows."""
        splits = None if self.splits is None else self.splits[rows]
        return CandlePiece(
            self.rows[rows], self.open_ts_ns[rows], self.prices[:, rows], self.volume[rows], splits
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CandleBatch:
    """Candles as a file has them, in file order. A missing number is NaN."""

    rows: NDArray[np.int64]
    """Row numbers in the file, from 1."""
    market: NDArray[np.int32]
    """Places in `markets`; -1: none named."""
    markets: tuple[str, ...]
    """Cells of the market column, as written; one empty name where there is no such column."""
    venues: frozenset[str]
    open_ts_ns: NDArray[np.int64]
    prices: Floats
    """[4, n]: open, high, low, close."""
    singles: int
    """Prices that had been 32-bit floats, and were read as such."""
    volume: Floats
    splits: Floats | None
    broken: tuple[Broken, ...]

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def sizes(self) -> Floats:
        """Every volume."""
        return self.volume

    def piece(self, rows: NDArray[np.intp] | slice) -> CandlePiece:
        """Return a copy of some rows: a view of one row would keep its whole batch in memory."""
        index = np.arange(len(self))[rows] if isinstance(rows, slice) else rows
        splits = None if self.splits is None else self.splits[index]
        return CandlePiece(
            self.rows[index],
            self.open_ts_ns[index],
            self.prices[:, index],
            self.volume[index],
            splits,
        )


def read_candles(table: Table, reading: Reading) -> Iterator[CandleBatch]:
    """Read the candles of a file, a batch at a time.

    Raises:
        OutsideError: the file is damaged.
        UsageError: `only` names a column that is not there.
    """
    for batch in batches_of(table, reading.layout.columns, reading.only):
        yield _candles(batch, reading)


def _candles(batch: Batch, reading: Reading) -> CandleBatch:
    layout = reading.layout
    columns = batch.columns
    open_ts_ns, ok = _open_times(columns, reading)
    prices = np.empty((len(PRICES), len(columns)))
    for place, name in enumerate((layout.open, layout.high, layout.low, layout.close)):
        prices[place], fine = floats(columns[name])
        ok &= fine
    if layout.price_exp:
        prices /= 10.0**layout.price_exp
    prices, singles = shortened(prices)
    volume, fine = floats(columns[layout.volume])
    ok &= fine
    splits = floats(columns[layout.splits])[0] if layout.splits else None
    market, markets = names_of(columns, layout.market)
    venues = names_of(columns, layout.venue)[1] if layout.venue else ()
    return CandleBatch(
        rows=batch.rows[ok],
        market=market[ok],
        markets=markets,
        venues=frozenset(venues),
        open_ts_ns=open_ts_ns[ok],
        prices=prices[:, ok],
        singles=singles,
        volume=volume[ok],
        splits=None if splits is None else splits[ok],
        broken=(*batch.broken, *unreadable(batch, ok, partial(_fault, layout))),
    )


def _open_times(columns: pa.RecordBatch, reading: Reading) -> tuple[NDArray[np.int64], Flags]:
    """Return when each candle opens, and where that can be told."""
    layout = reading.layout
    column = columns[layout.timestamp]
    if layout.clock is None:
        times = read_times(column, reading.zone, reading.unit)
        ns = times.ns
        if reading.interval_ns >= NS_PER_DAY:
            ns = local_midnights(ns, reading.zone)
        return ns, times.ok
    clock, clock_ok = floats(columns[layout.clock])
    times = on_clock(read_times(column, "UTC", reading.unit), clock, reading.zone)
    return times.ns, times.ok & clock_ok


def _fault(layout: Layout, cells: dict[str, str]) -> str:
    """Say which cell of a row can't be read."""
    for name in (layout.open, layout.high, layout.low, layout.close, layout.volume):
        if not is_readable(cells[name]):
            return f"{name} is no number: {cells[name]!r}"
    return f"{layout.timestamp} is no time: {cells[layout.timestamp]!r}"
