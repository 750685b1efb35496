"""Parquet and Feather (Arrow IPC): typed columns, read a batch at a time.

Must not judge what the columns mean.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq

from sigma_cli.store.sources.tables import BATCH_ROWS, Batch, Shape, empty, reading


@dataclass(frozen=True, slots=True)
class ParquetTable:
    """A Parquet file."""

    path: Path
    shape: Shape

    def batches(self, columns: Sequence[str]) -> Iterator[Batch]:
        """Read these columns; a page at a time, so that a row group of any size fits."""
        with reading(self.path), _open_parquet(self.path) as file:
            row = 1
            for batch in file.iter_batches(BATCH_ROWS, columns=list(columns)):
                yield _numbered(batch, row)
                row += len(batch)


def open_parquet(path: Path) -> ParquetTable:
    """Open a Parquet file.

    Raises:
        OutsideError: it is damaged, cut short, or holds no rows.
    """
    with reading(path), _open_parquet(path) as file:
        if file.metadata.num_rows == 0:
            raise empty(path)
        schema = file.schema_arrow
        return ParquetTable(path, Shape(types={f.name: f.type for f in schema}))


def _open_parquet(path: Path) -> pq.ParquetFile:
    return pq.ParquetFile(path, buffer_size=1 << 20, pre_buffer=False)


@dataclass(frozen=True, slots=True)
class FeatherTable:
    """A Feather (version 2) or Arrow IPC file."""

    path: Path
    shape: Shape

    def batches(self, columns: Sequence[str]) -> Iterator[Batch]:
        """Read these columns; pages of the file are mapped, not copied."""
        with reading(self.path), pa.memory_map(str(self.path)) as source:
            options = pyarrow.ipc.IpcReadOptions(
                included_fields=[self.shape.columns.index(name) for name in columns]
            )
            file = pyarrow.ipc.open_file(source, options=options)
            row = 1
            for number in range(file.num_record_batches):
                whole = file.get_batch(number)
                for start in range(0, len(whole), BATCH_ROWS):
                    part = whole.slice(start, BATCH_ROWS)
                    yield _numbered(part, row)
                    row += len(part)


def open_feather(path: Path) -> FeatherTable:
    """Open a Feather or Arrow IPC file.

    Raises:
        OutsideError: it is damaged, cut short, or holds no rows.
    """
    with reading(path), pa.memory_map(str(path)) as source:
        file = pyarrow.ipc.open_file(source)
        if file.num_record_batches == 0 or sum(1 for _ in _filled(file)) == 0:
            raise empty(path)
        return FeatherTable(path, Shape(types={f.name: f.type for f in file.schema}))


def _filled(file: pyarrow.ipc.RecordBatchFileReader) -> Iterator[int]:
    return (n for n in range(file.num_record_batches) if len(file.get_batch(n)) > 0)


def _numbered(batch: pa.RecordBatch, row: int) -> Batch:
    return Batch(batch, np.arange(row, row + len(batch), dtype=np.int64))
