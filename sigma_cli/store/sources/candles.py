"""A file and a layout in, batches of candles as floats out. Judges only what is no number.

What can't be read at all (a broken line, a cell that is no number, a time that is no time) comes
along as broken rows, with the text as it stood in the file.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sigma_cli.domain.units import NS_PER_DAY, NS_PER_MS
from sigma_cli.errors import UsageError
from sigma_cli.store.sources.layouts import Layout
from sigma_cli.store.sources.numbers import Flags, Floats, shortened, widened
from sigma_cli.store.sources.tables import RAW_MAX, ArrowArray, Batch, Broken, Table
from sigma_cli.store.sources.times import Unit, local_midnights, read_times

PRICES: Final = ("open", "high", "low", "close")
_NOTHING: Final = frozenset({"", "null", "none", "nan", "na", "n/a", "-"})
"""Cells that say in words that there is no number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How to read the candles of a file: what its columns mean and what they leave unsaid."""

    layout: Layout
    zone: str
    """Where clocks without a zone hang."""
    unit: Unit | None
    interval_ns: int
    only: tuple[str, str] | None = None
    """A column and the value its rows must have; other rows are not looked at."""


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


def read_candles(table: Table, reading: Reading) -> Iterator[CandleBatch]:
    """Read the candles of a file, a batch at a time.

    Raises:
        OutsideError: the file is damaged.
        UsageError: `only` names a column that is not there.
    """
    columns = list(reading.layout.columns)
    if reading.only is not None and reading.only[0] not in columns:
        if reading.only[0] not in table.shape.columns:
            raise UsageError(
                f"--only names a column {reading.only[0]!r} that is not there",
                where=f"columns: {', '.join(table.shape.columns)}",
            )
        columns.append(reading.only[0])
    for batch in table.batches(columns):
        yield _candles(_filtered(batch, reading.only), reading)


def _filtered(batch: Batch, only: tuple[str, str] | None) -> Batch:
    if only is None or len(batch.columns) == 0:
        return batch
    column, value = only
    cells: ArrowArray = batch.columns[column].cast(pa.string())
    wanted: ArrowArray = pc.equal(cells, pa.scalar(value))
    wanted = wanted.fill_null(False)
    rows = batch.rows[wanted.to_numpy(zero_copy_only=False)]
    return Batch(batch.columns.filter(wanted), rows, batch.broken)


def _candles(batch: Batch, reading: Reading) -> CandleBatch:
    layout = reading.layout
    columns = batch.columns
    open_ts_ns, ok = _open_times(columns, reading)
    prices = np.empty((len(PRICES), len(columns)))
    for place, name in enumerate((layout.open, layout.high, layout.low, layout.close)):
        prices[place], fine = _floats(columns[name])
        ok &= fine
    if layout.price_exp:
        prices /= 10.0**layout.price_exp
    prices, singles = shortened(prices)
    volume, fine = _floats(columns[layout.volume])
    ok &= fine
    splits = _floats(columns[layout.splits])[0] if layout.splits else None
    market, markets = _names(columns, layout.market)
    venues = _names(columns, layout.venue)[1] if layout.venue else ()
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
        broken=(*batch.broken, *_unreadable(batch, ok, layout)),
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
    date = read_times(column, "UTC", reading.unit)
    clock, clock_ok = _floats(columns[layout.clock])
    clock_ok &= np.isfinite(clock)
    since_midnight = np.where(clock_ok, clock, 0).astype(np.int64) * NS_PER_MS
    walls = pa.array(date.ns + since_midnight, pa.timestamp("ns"))
    times = read_times(walls, reading.zone, None)
    return times.ns, times.ok & date.ok & clock_ok


def _floats(column: ArrowArray) -> tuple[Floats, Flags]:
    """Return a column as float64 (null is NaN), and where it is a number or nothing."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    kind = column.type
    if pa.types.is_decimal(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind):
        numbers = _as_numpy(column.cast(pa.float64(), safe=False))
        if pa.types.is_float32(kind) or pa.types.is_float16(kind):
            numbers = widened(numbers)
        return numbers, np.ones(len(column), np.bool_)
    try:
        text = column.cast(pa.string())
        try:
            parsed = text.cast(pa.float64())
        except pa.ArrowInvalid:
            parsed = pc.utf8_trim_whitespace(text).cast(pa.float64())
        return _as_numpy(parsed), np.ones(len(column), np.bool_)
    except pa.ArrowInvalid:
        return _cell_by_cell(column)


def _cell_by_cell(column: ArrowArray) -> tuple[Floats, Flags]:
    """Read text of which some is no number."""
    numbers = np.full(len(column), np.nan)
    ok = np.ones(len(column), np.bool_)
    for place, cell in enumerate(column.to_pylist()):
        text = _shown(cell)
        ok[place] = _is_readable(text)
        if ok[place] and not _is_nothing(text):
            numbers[place] = float(text)
    return numbers, ok


def _is_nothing(text: str) -> bool:
    return text.strip().lower() in _NOTHING


def _is_readable(text: str) -> bool:
    """Tell whether a cell is a number or says that there is none."""
    if _is_nothing(text):
        return True
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text  # Python's float takes 1_000; no file means that


def _as_numpy(column: ArrowArray) -> Floats:
    numbers: Floats = column.fill_null(np.nan).to_numpy(zero_copy_only=False)
    return numbers


def _names(columns: pa.RecordBatch, name: str | None) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """Return a column of names as places in the list of different ones."""
    if name is None:
        return np.zeros(len(columns), np.int32), ("",)
    column: ArrowArray = columns[name]
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    places = column.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    return places, tuple(_shown(cell) for cell in column.dictionary.to_pylist())


def _unreadable(batch: Batch, ok: Flags, layout: Layout) -> Iterator[Broken]:
    """Yield the rows that are not `ok`, with their cells as text."""
    for place in np.flatnonzero(~ok).tolist():
        row = batch.columns.slice(place, 1).to_pylist()[0]
        cells = {name: _shown(cell) for name, cell in row.items()}
        raw = ",".join(cells.values())[:RAW_MAX]
        yield Broken(int(batch.rows[place]), _fault(cells, layout), raw)


def _fault(cells: dict[str, str], layout: Layout) -> str:
    """Say which cell of a row can't be read."""
    for name in (layout.open, layout.high, layout.low, layout.close, layout.volume):
        if not _is_readable(cells[name]):
            return f"{name} is no number: {cells[name]!r}"
    return f"{layout.timestamp} is no time: {cells[layout.timestamp]!r}"


def _shown(cell: object) -> str:
    if cell is None:
        return ""
    return cell.decode(errors="replace") if isinstance(cell, bytes) else str(cell)
