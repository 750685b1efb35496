"""CSV in its many forms: any delimiter, with or without a header, comments, broken lines.

Every column is read as bytes, because one bad cell must not cost the rest of the file; whoever
reads candles turns them into numbers. Must not judge what the columns mean.
"""

import csv
import io
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.csv as pcsv
from numpy.typing import NDArray

from sigma_cli.store.sources.tables import (
    RAW_MAX,
    Batch,
    Broken,
    Shape,
    damaged,
    empty,
    reading,
)

SNIFF_BYTES: Final = 65_536
BLOCK_BYTES: Final = 1 << 20
"""Text parsed at once: some 15,000 rows. The parser reads several blocks ahead."""
BROKEN_RUN_MAX: Final = 100_000
"""Broken lines in a row after which a file is no table at all."""
DELIMITERS: Final = ",;\t|"
COMMENT: Final = "#"
KOREAN: Final = "cp949"
"""What Korean spreadsheets write."""

Opener = Callable[[], BinaryIO]
"""Opens the file anew, decompressed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How the lines of a file are to be read."""

    delimiter: str
    quote: bool
    skip_lines: int
    """Comments and empty lines before the first line that counts."""
    header: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DelimitedTable:
    """A CSV file."""

    path: Path
    open: Opener
    dialect: Dialect
    shape: Shape

    def batches(self, columns: Sequence[str]) -> Iterator[Batch]:
        """Read these columns as bytes; lines of the wrong length are set aside as broken."""
        broken = _BrokenLines(self.dialect.skip_lines + self.dialect.header)
        with reading(self.path), closing(self.open()) as stream:
            # Closed before the stream is: its thread reads ahead.
            with pcsv.open_csv(
                stream,
                read_options=_read_options(self.dialect, self.shape),
                parse_options=_parse_options(self.dialect, broken),
                convert_options=pcsv.ConvertOptions(
                    column_types=dict.fromkeys(self.shape.columns, pa.binary()),
                    include_columns=list(columns),
                ),
            ) as reader:
                for batch in reader:
                    rows = broken.number(len(batch))
                    yield Batch(batch, rows, broken.take(int(rows[-1]) if len(rows) else 0))
            if rest := broken.take(None):
                nothing = pa.RecordBatch.from_pydict({name: [] for name in columns})
                yield Batch(nothing, np.empty(0, np.int64), rest)


def open_delimited(path: Path, opener: Opener) -> DelimitedTable:
    """Look at the beginning of a CSV file.

    Raises:
        OutsideError: it is empty, or no text.
    """
    with reading(path), closing(opener()) as stream:
        head = stream.read(SNIFF_BYTES)
    if b"\0" in head:
        raise damaged(path, "neither a table nor text")
    encoding = _encoding(head)
    lines = head.decode(encoding, errors="replace").removeprefix("\ufeff").splitlines()
    if len(head) == SNIFF_BYTES and len(lines) > 1:
        lines.pop()  # it may have been cut
    skip = next((n for n, line in enumerate(lines) if _counts(line)), None)
    if skip is None:
        raise empty(path)
    dialect = _dialect(lines[skip:], skip)
    counting = [line for line in lines[skip:] if _counts(line)]
    return DelimitedTable(
        path=path, open=opener, dialect=dialect, shape=_shape(path, dialect, counting, encoding)
    )


def _encoding(head: bytes) -> str:
    """Return how the text is encoded: in UTF-8, unless only the Korean code page fits."""
    for encoding in ("utf-8", KOREAN):
        with suppress(UnicodeDecodeError):
            getincrementaldecoder(encoding)().decode(head)  # it may end inside a letter
            return encoding
    return "utf-8"


def _shape(path: Path, dialect: Dialect, lines: list[str], encoding: str) -> Shape:
    cells = _cells(lines[0], dialect)
    if dialect.header:
        names = [cell.strip() or str(n) for n, cell in enumerate(cells, start=1)]
        first: dict[str, str] = {}
        if len(lines) == 1:
            raise empty(path)
    else:
        names = [str(n) for n in range(1, len(cells) + 1)]
        first = dict(zip(names, cells, strict=True))
    names = [name if names.index(name) == n else f"{name}.{n}" for n, name in enumerate(names)]
    return Shape(types=dict.fromkeys(names, pa.binary()), first=first, encoding=encoding)


def _counts(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith(COMMENT)


def _dialect(lines: list[str], skip_lines: int) -> Dialect:
    """Guess the delimiter (the one that most lines have alike) and whether names stand on top."""
    sample = [line for line in lines[:100] if _counts(line)]
    delimiter = max(DELIMITERS, key=lambda mark: sum(line.count(mark) > 0 for line in sample))
    quote = any('"' in line for line in sample)
    dialect = Dialect(delimiter=delimiter, quote=quote, skip_lines=skip_lines, header=False)
    header = not any(_is_number(cell) for cell in _cells(sample[0], dialect))
    return Dialect(delimiter=delimiter, quote=quote, skip_lines=skip_lines, header=header)


def _cells(line: str, dialect: Dialect) -> list[str]:
    if not dialect.quote:
        return line.split(dialect.delimiter)
    return next(csv.reader(io.StringIO(line), delimiter=dialect.delimiter))


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _read_options(dialect: Dialect, shape: Shape) -> pcsv.ReadOptions:
    return pcsv.ReadOptions(
        use_threads=False,  # rows keep their numbers only in one thread
        block_size=BLOCK_BYTES,
        skip_rows=dialect.skip_lines + dialect.header,
        column_names=list(shape.columns),
        encoding=shape.encoding,
    )


def _parse_options(dialect: Dialect, broken: "_BrokenLines") -> pcsv.ParseOptions:
    return pcsv.ParseOptions(
        delimiter=dialect.delimiter,
        quote_char='"' if dialect.quote else False,
        invalid_row_handler=broken.add,
    )


@dataclass(slots=True)
class _BrokenLines:
    """Lines that the parser could not split, met while it reads ahead of the batches."""

    lines_skipped: int
    waiting: list[Broken] = field(default_factory=list)
    next_row: int = 1

    def add(self, line: pcsv.InvalidRow) -> Literal["skip", "error"]:
        """Set a line aside. Called by the parser."""
        text = line.text.lstrip()
        detail = f"{line.actual_columns} cells instead of {line.expected_columns}"
        if text.startswith(COMMENT):
            detail = ""
        assert line.number is not None, "the parser counts in one thread"
        row = line.number - self.lines_skipped
        self.waiting.append(Broken(row, detail, line.text[:RAW_MAX]))
        return "skip" if len(self.waiting) < BROKEN_RUN_MAX else "error"

    def number(self, count: int) -> NDArray[np.int64]:
        """Return the numbers of the next `count` good rows."""
        ahead = np.arange(self.next_row, self.next_row + count + len(self.waiting))
        bad = np.fromiter((line.row for line in self.waiting), np.int64)
        rows = ahead[~np.isin(ahead, bad)][:count].astype(np.int64)
        if count:
            self.next_row = int(rows[-1]) + 1
        return rows

    def take(self, last_row: int | None) -> tuple[Broken, ...]:
        """Hand over what is broken up to `last_row`, comments left out."""
        due = [line for line in self.waiting if last_row is None or line.row <= last_row]
        self.waiting = self.waiting[len(due) :]
        return tuple(line for line in due if line.detail)
