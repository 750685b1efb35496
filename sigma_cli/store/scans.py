"""What DuckDB is given to scan: Parquet files and small tables, as Arrow."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
from pyarrow import fs


def parquet_files(files: Iterable[tuple[Path, Mapping[str, str]]], schema: pa.Schema) -> ds.Dataset:
    """Return Parquet files as one table of `schema`.

    Beside each path stand the columns that have one value in the whole file. A file is opened only
    when a query needs it, and not at all when those columns rule it out.
    """
    layout = ds.ParquetFileFormat(
        default_fragment_scan_options=ds.ParquetFragmentScanOptions(page_checksum_verification=True)
    )
    local = fs.LocalFileSystem()
    fragments = []
    for path, same in files:
        known = ds.scalar(True)
        for name, value in same.items():
            known &= ds.field(name) == value
        fragments.append(layout.make_fragment(str(path), local, partition_expression=known))
    return ds.FileSystemDataset(fragments, schema, layout, local)


def small_table(schema: pa.Schema, rows: Sequence[tuple[Any, ...]]) -> pa.Table:
    """Return rows of plain values as a table."""
    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)
