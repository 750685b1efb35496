"""The bytes of a part: one immutable Parquet file of candles.

The bytes depend on the rows alone, so that two stores with the same rows have the same checksums.
Must not know the catalogue.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from sigma_cli.domain.candles import CANDLE_COLUMNS
from sigma_cli.errors import OutsideError
from sigma_cli.store.candle_rows import Rows
from sigma_cli.store.columns import to_arrow, to_numpy

_SCHEMA: Final = pa.schema([pa.field(name, pa.int64(), nullable=False) for name in CANDLE_COLUMNS])
_TIME: Final = "open_ts_ns"
_COUNTED: Final = [name for name in CANDLE_COLUMNS if name != _TIME]


def encoded(rows: Rows) -> tuple[bytes, str]:
    """Return `rows` as the content of a file, and its SHA-256."""
    table = pa.Table.from_arrays([to_arrow(rows[name]) for name in CANDLE_COLUMNS], schema=_SCHEMA)
    sink = pa.BufferOutputStream()
    pq.write_table(
        table,
        sink,
        compression="zstd",
        compression_level=3,
        use_dictionary=_COUNTED,  # type: ignore[arg-type]  # the stub knows only bool
        column_encoding={_TIME: "DELTA_BINARY_PACKED"},
        write_page_checksum=True,
        store_schema=False,
    )
    content: bytes = sink.getvalue().to_pybytes()
    return content, hashlib.sha256(content).hexdigest()


def read(path: Path, rows: int, mend: str) -> Rows:
    """Return the rows of the part at `path`, of which there must be `rows`. Checks every page.

    Raises:
        OutsideError: the file is missing or damaged; `mend` says what to do about it.
    """
    with _damage_named(path, mend):
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            table = file.read(columns=list(CANDLE_COLUMNS), use_threads=False)
        if table.num_rows != rows:
            raise pa.ArrowInvalid(f"it has {table.num_rows} rows, the catalogue {rows}")
        return {name: to_numpy(table.column(name)) for name in CANDLE_COLUMNS}


@contextmanager
def _damage_named(path: Path, mend: str) -> Iterator[None]:
    """Turn what pyarrow says of a bad file (OSError as often as its own) into a clear error."""
    try:
        yield
    except (OSError, pa.ArrowException) as error:
        how = "damaged" if path.exists() else "missing"
        raise OutsideError(
            f"a file of the lake is {how}: {str(error).splitlines()[0]}", where=str(path), fix=mend
        ) from error
