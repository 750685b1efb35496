"""Merges the rows of a saved table into a lake, chunk by chunk. Run by tests as another process.

    python lake_writer.py STORE ROWS.npy FIRST STEP [FILE_SIZE_MAX]

Takes every STEP-th chunk from FIRST on and says a line after each; at the end, what was added.
"""

import resource
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.books import BOOK_COLUMNS
from sigma_cli.domain.candles import CANDLE_COLUMNS
from sigma_cli.errors import OutsideError
from sigma_cli.store.lake import Identity, Lake, Source
from sigma_cli.store.message_rows import BookRows

CHUNK = 150


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def merge(lake: Lake, chunk: NDArray[np.int64], name: str) -> int:
    """Add candles, or levels of books where there are as many columns."""
    source = Source(name=name, sha256="aa", layout="test")
    if chunk.shape[1] == len(BOOK_COLUMNS):
        levels = {
            column: chunk[:, i].astype(kind)
            for i, (column, kind) in enumerate(BOOK_COLUMNS.items())
        }
        kind = BookRows(Identity.UPDATE_ID)
        return lake.merge_messages("upbit", "KRW-BTC", levels, source, kind).added
    candles = {column: chunk[:, i].copy() for i, column in enumerate(CANDLE_COLUMNS)}
    return lake.merge_candles("upbit", "KRW-BTC", "1m", candles, source).added


def main(store: str, table: str, first: str, step: str, file_size_max: str = "") -> int:
    rows = np.load(table)
    if file_size_max:
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(file_size_max), hard))
    lake = Lake(Path(store))
    try:
        lake.register_instrument("upbit", "KRW-BTC", 0, 8, always_open=True)
        added = 0
        for start in range(int(first) * CHUNK, len(rows), int(step) * CHUNK):
            added += merge(lake, rows[start : start + CHUNK], Path(table).name)
            say(f"merged {added}")
        lake.collect()
    except OutsideError as error:
        say(f"refused: {error.what}")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
