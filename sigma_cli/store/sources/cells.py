"""Cells of a column as numbers and names, whatever type the file gave them.

Judges only what is no number at all. Must not know what the columns mean.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sigma_cli.errors import UsageError
from sigma_cli.store.sources.numbers import Flags, Floats, widened
from sigma_cli.store.sources.tables import RAW_MAX, ArrowArray, Batch, Broken, Shape, Table

Only = tuple[str, str]
"""A column and the value its rows must have to be looked at."""
_NOTHING: Final = frozenset({"", "null", "none", "nan", "na", "n/a", "-"})
"""Cells that say in words that there is no number."""


def batches_of(table: Table, columns: tuple[str, ...], *only: Only | None) -> Iterator[Batch]:
    """Read these columns of a file, a batch at a time; of its rows `only` some, where said.

    Raises:
        OutsideError: the file is damaged.
        UsageError: `only` names a column that is not there.
    """
    wanted = [one for one in only if one is not None]
    added = [_known(name, table.shape) for name, _ in wanted if name not in columns]
    for batch in table.batches(tuple(dict.fromkeys((*columns, *added)))):
        for one in wanted:
            batch = _filtered(batch, one)
        yield batch


def floats(column: ArrowArray) -> tuple[Floats, Flags]:
    """Return a column as float64 (null is NaN), and where it is a number or nothing."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    kind = column.type
    if _is_number(kind):
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


def _is_number(kind: pa.DataType) -> bool:
    return pa.types.is_decimal(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind)


def _cell_by_cell(column: ArrowArray) -> tuple[Floats, Flags]:
    """Read text of which some is no number."""
    numbers = np.full(len(column), np.nan)
    ok = np.ones(len(column), np.bool_)
    for place, cell in enumerate(column.to_pylist()):
        text = shown(cell)
        ok[place] = is_readable(text)
        if ok[place] and not _is_nothing(text):
            numbers[place] = float(text)
    return numbers, ok


def is_readable(text: str) -> bool:
    """Tell whether a cell is a number or says that there is none."""
    if _is_nothing(text):
        return True
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text  # Python's float takes 1_000; no file means that


def _is_nothing(text: str) -> bool:
    return text.strip().lower() in _NOTHING


def _as_numpy(column: ArrowArray) -> Floats:
    numbers: Floats = column.fill_null(np.nan).to_numpy(zero_copy_only=False)
    return numbers


def names_of(
    columns: pa.RecordBatch, name: str | None
) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """Return a column of names as places in the list of different ones; null is -1."""
    if name is None:
        return np.zeros(len(columns), np.int32), ("",)
    return _dictionary(columns[name])


def _dictionary(column: ArrowArray) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    places = column.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    return places, tuple(shown(cell) for cell in column.dictionary.to_pylist())


def unreadable(batch: Batch, ok: Flags, fault: Callable[[dict[str, str]], str]) -> Iterator[Broken]:
    """Yield the rows that are not `ok`, with their cells as text; `fault` says what is wrong."""
    for place in np.flatnonzero(~ok).tolist():
        row = batch.columns.slice(place, 1).to_pylist()[0]
        cells = {name: shown(cell) for name, cell in row.items()}
        raw = ",".join(cells.values())[:RAW_MAX]
        yield Broken(int(batch.rows[place]), fault(cells), raw)


def shown(cell: object) -> str:
    """Return a cell as text."""
    if cell is None:
        return ""
    return cell.decode(errors="replace") if isinstance(cell, bytes) else str(cell)


def _known(column: str, shape: Shape) -> str:
    if column not in shape.columns:
        raise UsageError(
            f"--only names a column {column!r} that is not there",
            where=f"columns: {', '.join(shape.columns)}",
        )
    return column


def _filtered(batch: Batch, only: Only) -> Batch:
    if len(batch.columns) == 0:
        return batch
    column, value = only
    cells: ArrowArray = batch.columns[column].cast(pa.string())
    wanted: ArrowArray = pc.equal(cells, pa.scalar(value))
    wanted = wanted.fill_null(False)
    rows = batch.rows[wanted.to_numpy(zero_copy_only=False)]
    return Batch(batch.columns.filter(wanted), rows, batch.broken)


def whole_numbers(column: ArrowArray, nothing: int) -> tuple[NDArray[np.int64], Flags]:
    """Return a column as int64 (null is `nothing`), and where it is a whole number from 0 on."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    try:
        text_or_number = column if _is_number(column.type) else column.cast(pa.string())
        numbers = text_or_number.cast(pa.int64())  # refuses fractions and what does not fit
    except pa.ArrowInvalid:
        return _whole_cell_by_cell(column, nothing)
    values = numbers.fill_null(nothing).to_numpy(zero_copy_only=False)
    given = numbers.is_valid().to_numpy(zero_copy_only=False)
    return values, ~given | (values >= 0)


def _whole_cell_by_cell(column: ArrowArray, nothing: int) -> tuple[NDArray[np.int64], Flags]:
    numbers = np.full(len(column), nothing, np.int64)
    ok = np.ones(len(column), np.bool_)
    for place, cell in enumerate(column.to_pylist()):
        text = shown(cell).strip().removesuffix(".0")
        if text.lower() in _NOTHING:
            continue
        ok[place] = text.isascii() and text.isdigit() and int(text) < 2**63
        if ok[place]:
            numbers[place] = int(text)
    return numbers, ok


def meanings(column: ArrowArray, known: Mapping[str, int]) -> tuple[NDArray[np.int8], Flags]:
    """Return what each cell means by `known` (its text in lower case), and where it is known."""
    places, names = _dictionary(column)
    texts = [name.strip().lower() for name in names]
    codes = np.array([known.get(text, 0) for text in (*texts, "")], np.int8)
    ok = np.array([text in known for text in (*texts, "")], np.bool_)
    return codes[places], ok[places]  # place -1, a null, is the last: the empty text
