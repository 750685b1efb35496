"""Cells of sweeps that are not finished: kept as they come, taken up by the next start.

Each part is a small Parquet file in a folder named after everything that the cells depend on.
Must not know what the numbers mean.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sigma_cli.store.columns import to_arrow, to_numpy
from sigma_cli.store.files import disk_errors, publish

FOLDER: Final = "cells"

Columns = dict[str, NDArray[Any]]


def keep(root: Path, key: str, columns: Mapping[str, NDArray[Any]]) -> Path:
    """Store some cells under `key`; return the new part.

    Raises:
        OutsideError: the disk is full or refuses.
    """
    path = root / FOLDER / key / f"{token_hex(8)}.parquet"
    table = pa.table({name: to_arrow(column) for name, column in columns.items()})
    publish(path, lambda temporary: pq.write_table(table, temporary, write_page_checksum=True))
    return path


def kept(root: Path, key: str) -> dict[Path, Columns]:
    """Return every part under `key`; one that can't be read any more is as good as not there."""
    found: dict[Path, Columns] = {}
    for path in sorted((root / FOLDER / key).glob("[!.]*.parquet")):
        with suppress(OSError, pa.ArrowException):
            with pq.ParquetFile(path, page_checksum_verification=True) as file:
                table = file.read(use_threads=False)
            found[path] = {name: to_numpy(table.column(name)) for name in table.column_names}
    return found


def forget(parts: Sequence[Path]) -> None:
    """Delete parts, and their folder when it is empty."""
    for path in parts:
        with disk_errors(path):
            path.unlink(missing_ok=True)
    for folder in {path.parent for path in parts}:
        with suppress(OSError):  # another sweep has parts here
            folder.rmdir()


def joined(parts: Sequence[Mapping[str, NDArray[Any]]]) -> Columns:
    """Return parts with the same columns as one."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
