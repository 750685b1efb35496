"""JSON: one record a line, or one array of records; a record is an object or a list of cells.

Numbers are kept as the text they were written in. A broken line is set aside; inside an array
nothing says where the next record begins, so there a break ends the file with an error.
"""

import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, TextIO

import numpy as np
import pyarrow as pa

from sigma_cli.store.sources.delimited import Opener
from sigma_cli.store.sources.tables import (
    RAW_MAX,
    Batch,
    Broken,
    Shape,
    damaged,
    empty,
    reading,
)

RECORDS: Final = 8_192
"""Records in a batch."""
CHUNK_CHARS: Final = 1 << 20
RECORD_CHARS_MAX: Final = 1 << 20
"""Characters within which a record of an array must end."""

Cells = dict[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsTable:
    """A file of JSON records."""

    path: Path
    open: Opener
    is_array: bool
    shape: Shape

    def batches(self, columns: Sequence[str]) -> Iterator[Batch]:
        """Read these columns as text."""
        with reading(self.path), _text(self.open()) as text:
            row = 0
            good: list[Cells] = []
            numbers: list[int] = []
            broken: list[Broken] = []
            for row, record in enumerate(_records(self.path, text, self.is_array), start=1):
                if isinstance(record, Broken):
                    broken.append(Broken(row, record.detail, record.raw))
                else:
                    good.append(record)
                    numbers.append(row)
                if row % RECORDS == 0:
                    yield _batch(columns, good, numbers, broken)
                    good, numbers, broken = [], [], []
            if row % RECORDS:
                yield _batch(columns, good, numbers, broken)


def open_records(path: Path, opener: Opener) -> RecordsTable:
    """Look at the first record of a JSON file.

    Raises:
        OutsideError: it is empty, or its beginning is no record.
    """
    with reading(path), _text(opener()) as text:
        lines = iter(lambda: text.readline(RECORD_CHARS_MAX), "")  # an array may be one line
        first_line = next((line for line in lines if line.strip()), "").strip()
        is_array = _is_array(first_line)
    with reading(path), _text(opener()) as text:
        for record in _records(path, text, is_array):
            if isinstance(record, Broken):
                raise damaged(path, f"the first record is no JSON ({record.detail})")
            nameless = all(name.isdigit() for name in record)
            first = {name: cell or "" for name, cell in record.items()} if nameless else {}
            shape = Shape(types=dict.fromkeys(record, pa.string()), first=first)
            return RecordsTable(path=path, open=opener, is_array=is_array, shape=shape)
    raise empty(path)


def _is_array(first_line: str) -> bool:
    """Tell an array of records from lines that are lists of cells."""
    if not first_line.startswith("["):
        return False
    try:
        value = json.loads(first_line)
    except ValueError:
        return True  # it goes on below
    return not value or isinstance(value[0], dict | list)


def _records(path: Path, text: TextIO, is_array: bool) -> Iterator[Cells | Broken]:
    values = _array_items(path, text) if is_array else _line_items(text)
    for value in values:
        if isinstance(value, Broken):
            yield value
        elif isinstance(value, dict):
            yield {name: _cell(item) for name, item in value.items()}
        elif isinstance(value, list):
            yield {str(n): _cell(item) for n, item in enumerate(value, start=1)}
        else:
            yield Broken(0, "neither an object nor a list", str(value)[:RAW_MAX])


def _line_items(text: TextIO) -> Iterator[Any]:
    for line in text:
        if not line.strip():
            continue
        try:
            yield json.loads(line, parse_float=str, parse_int=str)
        except ValueError as error:
            yield Broken(0, f"no JSON: {error}", line.strip()[:RAW_MAX])


def _array_items(path: Path, text: TextIO) -> Iterator[Any]:
    """Yield the items of one array, holding no more of it than a chunk and a record."""
    decoder = json.JSONDecoder(parse_float=str, parse_int=str)
    waiting = text.read(CHUNK_CHARS).lstrip().removeprefix("[")
    at = _past_space(waiting, 0)
    count = 0
    while not waiting.startswith("]", at):
        try:
            item, at = _array_item(decoder, waiting, at)
        except ValueError as error:
            waiting = waiting[at:]
            chunk = text.read(CHUNK_CHARS) if len(waiting) < RECORD_CHARS_MAX else ""
            if not chunk:
                raise damaged(path, f"broken after record {count}: {error}") from error
            waiting += chunk
            at = _past_space(waiting, 0)
            continue
        count += 1
        yield item


def _array_item(decoder: json.JSONDecoder, waiting: str, at: int) -> tuple[Any, int]:
    """Return the item at a place and where the next one begins."""
    item, end = decoder.raw_decode(waiting, at)
    end = _past_space(waiting, end)
    if not waiting.startswith((",", "]"), end):
        raise ValueError("neither a comma nor a bracket follows")
    return item, _past_space(waiting, end + waiting.startswith(",", end))


def _past_space(text: str, at: int) -> int:
    while text[at : at + 1].isspace():
        at += 1
    return at


def _text(stream: BinaryIO) -> TextIO:
    return io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace")


def _cell(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)


def _batch(
    columns: Sequence[str], good: list[Cells], numbers: list[int], broken: Iterable[Broken]
) -> Batch:
    cells = {name: pa.array([record.get(name) for record in good], pa.string()) for name in columns}
    batch = pa.RecordBatch.from_pydict(cells)
    return Batch(batch, np.array(numbers, np.int64), tuple(broken))
