"""Rows that were not taken, with the reason: one Parquet file per source and what it was read as.

Written beside the lake and never into it. The file says what the last ingest of the source set
aside: the same ingest again leaves the same file, and one that sets nothing aside removes it.
"""

import os
import time
from collections.abc import Iterable, Set
from contextlib import suppress
from dataclasses import dataclass, fields
from functools import partial
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import pyarrow as pa
import pyarrow.parquet as pq

from sigma_cli.store.files import disk_errors, publish

FOLDER: Final = "quarantine"
_TYPES: Final[dict[str, pa.DataType]] = {
    "source": pa.string(),
    "row": pa.int64(),
    "venue": pa.string(),
    "market": pa.string(),
    "exch_ts_ns": pa.int64(),
    "reason": pa.string(),
    "detail": pa.string(),
    "raw": pa.string(),
}
SCHEMA: Final = pa.schema(_TYPES)
ROWS_MAX: Final = 50_000
"""Rows held in memory before they go to disk."""
ORPHAN_AGE_S: Final = 86_400
"""A temporary file this old belongs to nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """A row that was set aside."""

    row: int
    market: str
    exch_ts_ns: int | None
    """When the candle opens, or the trade happened, by the venue's clock."""
    reason: str
    detail: str
    raw: str


class Quarantine:
    """What one ingest of one source sets aside. The file appears whole when the context ends well.

    with Quarantine(store, "a.csv", "upbit", (checksum, "1m")) as quarantine:
        quarantine.add(rows)
    """

    def __init__(self, store: Path, source: str, venue: str, key: tuple[str, ...]) -> None:
        """`key` tells ingests apart: the checksum of the source, and what it was read as."""
        name = sha256("\n".join((venue, *key)).encode()).hexdigest()
        self.path = store / FOLDER / f"{name}.parquet"
        self._spill = self.path.with_name(f".{self.path.name}.{os.getpid()}.spill")
        self._source = source
        self._venue = venue
        self._waiting: list[BadRow] = []
        self._writer: pq.ParquetWriter | None = None

    def add(self, rows: Iterable[BadRow]) -> None:
        """Set rows aside.

        Raises:
            OutsideError: the disk is full.
        """
        self._waiting += rows
        if len(self._waiting) >= ROWS_MAX:
            self._write()

    def __enter__(self) -> Self:
        """Clear away what killed processes left behind."""
        oldest = time.time() - ORPHAN_AGE_S
        for orphan in self.path.parent.glob(".*.spill"):
            with suppress(FileNotFoundError):  # another process was faster
                if orphan.stat().st_mtime < oldest:
                    orphan.unlink()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Publish the file, or none where nothing was set aside; after an error, leave the old."""
        try:
            if kind is None:
                self._publish()
        finally:
            if self._writer is not None:
                self._writer.close()
            self._spill.unlink(missing_ok=True)

    def _publish(self) -> None:
        if self._waiting:
            self._write()
        with disk_errors(self.path):
            if self._writer is None:
                self.path.unlink(missing_ok=True)
                return
            self._writer.close()
        publish(self.path, lambda path: _move(self._spill, path))

    def _write(self) -> None:
        """Append what waits to the file that is not published yet."""
        rows = sorted(self._waiting, key=lambda bad: (bad.row, bad.market))
        self._waiting = []
        same = {"source": [self._source] * len(rows), "venue": [self._venue] * len(rows)}
        own = {field.name: [getattr(bad, field.name) for bad in rows] for field in fields(BadRow)}
        with disk_errors(self.path):
            if self._writer is None:
                self._spill.parent.mkdir(parents=True, exist_ok=True)
                self._writer = pq.ParquetWriter(self._spill, SCHEMA, compression="zstd")
            self._writer.write_table(pa.table(same | own, schema=SCHEMA))


def forget(store: Path, venue: str, market: str, sources: Set[str]) -> None:
    """Delete what was set aside of a market when these sources were taken.

    Raises:
        OutsideError: a file is damaged, or the disk is full.
    """
    import pyarrow.compute as pc  # here, because every command that reads the lake comes by

    for path in sorted((store / FOLDER).glob("[!.]*.parquet")):
        with disk_errors(path):
            table = pq.read_table(path, schema=SCHEMA)
            mine = (pc.field("venue") == venue) & (pc.field("market") == market)
            kept = table.filter(~(mine & pc.field("source").isin(list(sources))))
            if len(kept) == 0:
                path.unlink(missing_ok=True)
            elif len(kept) < len(table):
                publish(path, partial(pq.write_table, kept, compression="zstd"))


def _move(old: Path, new: Path) -> None:
    old.replace(new)
