"""Which format a file is in: told by its first bytes, never by its name. Opens it accordingly.

Plain, gzip or zip (one table inside). Whatever is wrong with a file is an OutsideError that names
it.
"""

import gzip
import hashlib
import zipfile
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final, cast

from sigma_cli.errors import OutsideError
from sigma_cli.store.sources.columnar import open_feather, open_parquet
from sigma_cli.store.sources.delimited import Opener, open_delimited
from sigma_cli.store.sources.frames import LINE_CHARS_MAX, is_frames, open_frames
from sigma_cli.store.sources.records import open_records
from sigma_cli.store.sources.tables import Table, damaged, empty, reading

LOOK_LINES: Final = 20
"""Lines of text that are looked at to tell frames."""
SUFFIXES: Final = frozenset(
    {
        *(".csv", ".tsv", ".txt", ".log", ".gz", ".zip"),
        *(".json", ".jsonl", ".ndjson"),
        *(".parquet", ".pq", ".feather", ".arrow"),
    }
)
"""What is taken for data in a folder, and cut off the end of a name."""


def open_table(path: Path) -> Table:
    """Open a file of any known format.

    Raises:
        OutsideError: there is no such file, or it is empty, damaged or no table.
    """
    with reading(path), path.open("rb") as file:
        magic = file.read(8)
    if not magic:
        raise empty(path)
    if magic.startswith(b"PAR1"):
        return open_parquet(path)
    if magic.startswith(b"ARROW1"):
        return open_feather(path)
    if magic.startswith(b"FEA1"):
        raise OutsideError(
            "Feather version 1 is not read", where=str(path), fix="write it again as version 2"
        )
    return _open_text(path, _opener(path, magic))


def find_tables(paths: list[Path]) -> tuple[Path, ...]:
    """Return the files that `paths` name: a folder stands for every data file under it.

    Raises:
        OutsideError: a path does not exist, or a folder holds no data.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if not path.exists():
            raise OutsideError("no such file", where=str(path), fix="check the path")
        inside = sorted(p for p in path.rglob("*") if _is_data(p)) if path.is_dir() else [path]
        if not inside:
            raise OutsideError(
                "the folder holds no data files",
                where=str(path),
                fix=f"known endings are {' '.join(sorted(SUFFIXES))}",
            )
        found |= dict.fromkeys(inside)
    return tuple(found)


def stem(path: Path) -> str:
    """Return a file's name without the endings of its format."""
    name = path.name
    while (suffix := Path(name).suffix.lower()) in SUFFIXES:
        name = name[: -len(suffix)]
    return name


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with reading(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_data(path: Path) -> bool:
    return path.is_file() and path.suffix.lower() in SUFFIXES and not path.name.startswith(".")


def _open_text(path: Path, opener: Opener) -> Table:
    with reading(path), opener() as stream:
        start = stream.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        raise empty(path)
    open_as: Callable[[Path, Opener], Table] = (
        open_records if start[:1] in (b"{", b"[") else open_delimited
    )
    if any(map(is_frames, _first_lines(path, opener))):
        open_as = open_frames
    return open_as(path, opener)


def _first_lines(path: Path, opener: Opener) -> Iterator[str]:
    """Yield the first lines: frames of other types may come before the first book."""
    with reading(path), opener() as stream:
        lines = iter(lambda: stream.readline(LINE_CHARS_MAX), b"")
        for line in islice((line for line in lines if line.strip()), LOOK_LINES):
            yield line.decode("utf-8-sig", errors="replace").strip()


def _opener(path: Path, magic: bytes) -> Opener:
    """Return how to open the text in a file, whatever it is packed in."""
    if magic.startswith(b"\x1f\x8b"):
        return lambda: cast(BinaryIO, gzip.open(path, "rb"))
    if magic.startswith(b"PK\x03\x04"):
        return lambda: _open_zip(path)
    return lambda: path.open("rb")


def _open_zip(path: Path) -> BinaryIO:
    try:
        archive = zipfile.ZipFile(path)
        members = [info for info in archive.infolist() if not info.is_dir()]
        if len(members) != 1:
            raise OutsideError(
                f"the archive holds {len(members)} files, not one table",
                where=str(path),
                fix="unpack it and name the files",
            )
        return cast(BinaryIO, archive.open(members[0]))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise damaged(path, str(error)) from error
