"""The bytes of a part: one immutable Parquet file of rows of one kind.

The bytes depend on the rows alone, so that two stores with the same rows have the same checksums.
Must not know the catalogue.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sigma_cli.errors import OutsideError
from sigma_cli.store.columns import to_arrow, to_numpy
from sigma_cli.store.rows import Form, Rows


def schema_of(form: Form) -> pa.Schema:
    """Return the columns of a part as Arrow knows them."""
    return pa.schema(
        [
            pa.field(name, pa.from_numpy_dtype(kind), nullable=False)
            for name, kind in form.types.items()
        ]
    )


def encoded(form: Form, rows: Rows) -> tuple[bytes, str]:
    """Return `rows` as the content of a file, and its SHA-256."""
    arrays = [to_arrow(rows[name]) for name in form.columns]
    table = pa.Table.from_arrays(arrays, schema=schema_of(form))
    sink = pa.BufferOutputStream()
    repeating = [name for name in form.columns if name not in form.as_differences]
    pq.write_table(
        table,
        sink,
        compression="zstd",
        compression_level=3,
        use_dictionary=repeating,  # type: ignore[arg-type]  # the stub knows only bool
        column_encoding=dict.fromkeys(sorted(form.as_differences), "DELTA_BINARY_PACKED"),
        write_page_checksum=True,
        store_schema=False,
    )
    content: bytes = sink.getvalue().to_pybytes()
    return content, hashlib.sha256(content).hexdigest()


def read(path: Path, form: Form, rows: int, mend: str) -> Rows:
    """Return the rows of the part at `path`, of which there must be `rows`. Checks every page.

    Raises:
        OutsideError: the file is missing or damaged; `mend` says what to do about it.
    """
    with _opened(path, rows, mend) as file:
        table = file.read(columns=list(form.columns), use_threads=False)
        return {name: to_numpy(table.column(name)) for name in form.columns}


def stream(
    path: Path, columns: Sequence[str], rows: int, batch_rows: int, mend: str
) -> Iterator[Rows]:
    """Yield `columns` of the part at `path`, at most `batch_rows` at a time.

    Checks every page that it reads. A column that has one value all over is not read.

    Raises:
        OutsideError: the file is missing or damaged; `mend` says what to do about it.
    """
    with _opened(path, rows, mend) as file:
        same = _the_same(file, columns, min(batch_rows, rows))
        read = [name for name in columns if name not in same]
        for batch in file.iter_batches(batch_rows, columns=read, use_threads=False):
            found = {name: to_numpy(pa.chunked_array([batch.column(name)])) for name in read}
            yield found | {name: column[: len(batch)] for name, column in same.items()}


def bounds(
    path: Path, columns: Sequence[str], rows: int, mend: str
) -> list[tuple[int, int] | None]:
    """Return the least and the greatest number of some columns of whole numbers.

    They are what the end of the file says: no row is read. None: it says nothing.

    Raises:
        OutsideError: the file is missing or damaged; `mend` says what to do about it.
    """
    with _opened(path, rows, mend) as file:
        return [_bounds(file, name) for name in columns]


def _the_same(file: pq.ParquetFile, columns: Sequence[str], rows: int) -> Rows:
    """Return some rows of those columns that have one value in all of the file."""
    found = {}
    for name in columns:
        told = _bounds(file, name)
        if told is not None and told[0] == told[1]:
            kind = file.schema_arrow.field(name).type.to_pandas_dtype()
            column = found[name] = np.full(rows, told[0], kind)
            column.flags.writeable = False  # like those that are read: kernels tell them apart
    return found


def _bounds(file: pq.ParquetFile, name: str) -> tuple[int, int] | None:
    at = file.schema_arrow.get_field_index(name)
    if not pa.types.is_integer(file.schema_arrow.field(at).type):
        return None  # bounds leave out NaN
    groups = [file.metadata.row_group(n) for n in range(file.num_row_groups)]
    told = [group.column(at).statistics for group in groups]
    least = [one.min for one in told if one is not None and one.min is not None]
    most = [one.max for one in told if one is not None and one.max is not None]
    return (min(least), max(most)) if told and len(least) == len(most) == len(told) else None


@contextmanager
def _opened(path: Path, rows: int, mend: str) -> Iterator[pq.ParquetFile]:
    """Give the file; turn what pyarrow says of a bad one (or the system) into a clear error."""
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            if file.metadata.num_rows != rows:
                raise pa.ArrowInvalid(f"it has {file.metadata.num_rows} rows, the catalogue {rows}")
            yield file
    except (OSError, pa.ArrowException) as error:
        how = "damaged" if path.exists() else "missing"
        raise OutsideError(
            f"a file of the lake is {how}: {str(error).splitlines()[0]}", where=str(path), fix=mend
        ) from error
