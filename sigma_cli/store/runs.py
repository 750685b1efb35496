"""Stored runs: one folder each, `run.json` and Parquet tables, written whole or not at all.

A run is known by the hash of its code, configuration and data, so the same run again is the one
already stored. Must not know what the numbers mean.
"""

import json
import os
import re
import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sigma_cli.domain.units import NS_PER_DAY
from sigma_cli.errors import OutsideError, UsageError, did_you_mean
from sigma_cli.store.columns import to_arrow, to_numpy
from sigma_cli.store.files import disk_errors, publish, sync_folder

FOLDER: Final = "runs"
SUMMARY: Final = "run.json"
LATEST: Final = "latest"
_MARK: Final = ".latest"
NEEDED: Final = (
    *("run_id", "created_ts_ns", "strategy", "markets", "interval", "period"),
    *("fills", "total_return", "sharpe", "max_drawdown"),
)
"""What a listing shows; a run whose summary lacks it is damaged."""
BACKTEST: Final = "backtest"
SWEEP: Final = "sweep"
_RUN_ID: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]*")

Columns = Mapping[str, NDArray[Any]]
Table = Columns | NDArray[Any]
"""Columns of equal length, or a structured array."""


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run as it was stored."""

    run_id: str
    summary: dict[str, Any]
    folder: Path

    @property
    def kind(self) -> str:
        """What was stored: a backtest, or a sweep of many."""
        kind: str = self.summary.get("kind", BACKTEST)
        return kind

    def table(self, name: str) -> dict[str, NDArray[Any]]:
        """Return the columns of a table.

        Raises:
            OutsideError: the run has no such table, or its file is damaged.
        """
        path = self.folder / f"{name}.parquet"
        try:
            with pq.ParquetFile(path, page_checksum_verification=True) as file:
                table = file.read(use_threads=False)
        except (OSError, pa.ArrowException) as error:
            raise OutsideError(
                f"table {name} of run {self.run_id} can't be read: {str(error).splitlines()[0]}",
                where=str(path),
                fix=f"`sigma runs rm {self.run_id}`, then run the backtest again",
            ) from error
        return {field: to_numpy(table.column(field)) for field in table.column_names}


def save_run(root: Path, summary: Mapping[str, Any], tables: Mapping[str, Table]) -> Path:
    """Store a run and return its folder; where the same run is stored already, that one stays.

    NaN in the summary is written as `NaN`, which Python's json reads back.

    Raises:
        OutsideError: the disk is full or refuses; nothing is left behind.
    """
    run_id = str(summary["run_id"])
    assert _RUN_ID.fullmatch(run_id), "a run id is a plain name"
    folder = root / FOLDER / run_id
    if folder.exists():
        return folder
    with disk_errors(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        _sweep(folder.parent)
        temporary = _hidden(folder)
        temporary.mkdir()
        try:
            _write(temporary, summary, tables)
            _publish(temporary, folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    return folder


def load_run(root: Path, name: str) -> StoredRun:
    """Return the run with this id, with an id that begins so, or the `latest`.

    Raises:
        UsageError: there is no such run, or there are several.
    """
    if name == LATEST:
        name = _latest(root) or name
    return _load(find_run(root, name))


def mark_latest(root: Path, run_id: str) -> None:
    """Make `latest` mean this run: the one asked for last, whenever it was computed."""
    publish(root / FOLDER / _MARK, lambda path: _write_text(path, run_id))


def _latest(root: Path) -> str | None:
    """Return the id of the run asked for last; without a mark that still holds, the newest."""
    mark = root / FOLDER / _MARK
    with suppress(OSError, UnicodeDecodeError):
        run_id = mark.read_text(encoding="utf-8")
        if _RUN_ID.fullmatch(run_id) and (root / FOLDER / run_id).is_dir():
            return run_id
    stored = list_runs(root)
    return stored[0].run_id if stored else None


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def find_run(root: Path, name: str) -> Path:
    """Return the folder of the run with this id, or with an id that begins so; damaged or not.

    Raises:
        UsageError: there is no such run, or there are several.
    """
    names = sorted(folder.name for folder in _folders(root))
    matches = [known for known in names if known.startswith(name)]
    if name in matches or len(matches) == 1:
        return root / FOLDER / (name if name in matches else matches[0])
    if matches:
        raise UsageError(
            f"{len(matches)} runs begin with {name!r}: {', '.join(matches)}",
            where=str(root / FOLDER),
            fix="write more of the id",
        )
    raise UsageError(
        f"no run {name!r}{did_you_mean(name, names)}",
        where=str(root / FOLDER),
        fix="`sigma runs list` names all; `sigma backtest` makes one",
    )


def list_runs(root: Path, skipped: Callable[[str], None] | None = None) -> list[StoredRun]:
    """Return every run that can be read, the newest first; `skipped` hears of the others."""
    runs = []
    for folder in _folders(root):
        try:
            runs.append(_load(folder))
        except OutsideError as error:
            if skipped is not None and folder.exists():  # else it has just been removed
                skipped(str(error))
    return sorted(runs, key=lambda run: (-int(run.summary["created_ts_ns"]), run.run_id))


def remove_run(folder: Path) -> None:
    """Delete a run: gone under its name in one step, then piece by piece."""
    with disk_errors(folder), suppress(FileNotFoundError):  # another process removes it too
        doomed = _hidden(folder)
        folder.rename(doomed)
        shutil.rmtree(doomed)


def _folders(root: Path) -> list[Path]:
    with disk_errors(root):
        return [path for path in (root / FOLDER).glob("[!.]*") if path.is_dir()]


def _write(folder: Path, summary: Mapping[str, Any], tables: Mapping[str, Table]) -> None:
    for name, table in tables.items():
        path = folder / f"{name}.parquet"
        columns = _arrow(table)
        pq.write_table(
            columns,
            path,
            compression="zstd",
            compression_level=1,
            use_dictionary=_repeating(columns),  # type: ignore[arg-type]  # the stub knows only bool
            column_encoding=dict.fromkeys(_numbering(columns), "DELTA_BINARY_PACKED"),
            write_page_checksum=True,
        )
        _sync(path)
    path = folder / SUMMARY
    path.write_text(json.dumps(dict(summary), indent=2) + "\n", encoding="utf-8")
    _sync(path)
    sync_folder(folder)


def _hidden(folder: Path) -> Path:
    """Return a name beside `folder` that no reader takes for a run, and that nobody else has."""
    return folder.with_name(f".{folder.name}.{token_hex(4)}.tmp")


def _sweep(folder: Path) -> None:
    """Delete what killed processes left behind a day ago or earlier."""
    oldest_ns = time.time_ns() - NS_PER_DAY
    for left in folder.glob(".*.tmp"):
        with suppress(FileNotFoundError):  # another process sweeps too
            if left.stat().st_mtime_ns < oldest_ns:
                shutil.rmtree(left, ignore_errors=True)


def _publish(temporary: Path, folder: Path) -> None:
    try:
        temporary.rename(folder)
    except OSError:
        if not folder.exists():  # else another process has stored the same run just now
            raise
    sync_folder(folder.parent)


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _load(folder: Path) -> StoredRun:
    path = folder / SUMMARY
    try:
        summary = json.loads(path.read_text(encoding="utf-8"))
        if lacking := [name for name in NEEDED if name not in summary]:
            raise ValueError(f"it lacks {', '.join(lacking)}")
        return StoredRun(folder.name, summary, folder)
    except (OSError, ValueError, TypeError) as error:
        raise OutsideError(
            f"run {folder.name} can't be read: {error}",
            where=str(path),
            fix=f"`sigma runs rm {folder.name}`, then run the backtest again",
        ) from error


def _arrow(table: Table) -> pa.Table:
    names = table.dtype.names if isinstance(table, np.ndarray) else tuple(table)
    assert names is not None, "a table is columns or a structured array"
    return pa.table({name: to_arrow(table[name]) for name in names})


def _numbering(table: pa.Table) -> list[str]:
    """Return the columns worth storing as differences: times, numbers, prices and sizes."""
    return [field.name for field in table.schema if pa.types.is_int64(field.type)]


def _repeating(table: pa.Table) -> list[str]:
    """Return the columns worth a dictionary: enums, markets and text; floats hardly ever repeat."""
    rest = (field for field in table.schema if not pa.types.is_int64(field.type))
    return [field.name for field in rest if not pa.types.is_floating(field.type)]
