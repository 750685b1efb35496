"""Deleting what nothing needs any more: superseded parts, and what killed writers left behind.

A reader that went by yesterday's catalogue has long finished, so a day of rest is enough.
"""

from pathlib import Path
from typing import Final

from sigma_cli.domain.units import NS_PER_DAY
from sigma_cli.store.catalogue import Catalogue
from sigma_cli.store.files import disk_errors
from sigma_cli.store.rows import TS_MAX_NS

REST_NS: Final = NS_PER_DAY
BATCH: Final = 32
"""Files deleted under one lock: some milliseconds."""


def collect(root: Path, catalogue: Catalogue, now_ns: int) -> int:
    """Delete the files of the lake that nothing has needed for a day; return how many."""
    unused_since_ns = now_ns - REST_NS
    with disk_errors(root):
        old = [
            path for path in (root / "lake").glob("*/*/*/*") if _written_ns(path) <= unused_since_ns
        ]
    current = {part.file for parts in catalogue.snapshot().parts.values() for part in parts}
    files = [name for path in old if (name := path.relative_to(root).as_posix()) not in current]
    return sum(
        catalogue.collect(files[i : i + BATCH], unused_since_ns)
        for i in range(0, len(files), BATCH)
    )


def _written_ns(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:  # another process has just collected it, or finished writing it
        return TS_MAX_NS
