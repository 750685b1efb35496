"""How a file appears in the store: whole or not at all, even when the power goes.

Must not know what is in the file.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sigma_cli.errors import OutsideError


def publish(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a temporary file beside `path`, then make it `path` in one step.

    The file and its folder are fsynced, so what a caller was told to be written survives a power
    loss. Readers see the old file or the new one, never a part.

    Raises:
        OutsideError: the disk is full or refuses; nothing is left behind.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            write(temporary)
            with temporary.open("rb") as file:
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` survive a power loss."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn an OSError into an OutsideError that names `path` and what to do."""
    try:
        yield
    except OSError as error:
        fix = {
            28: "free some space, then run the same command again: it resumes",  # ENOSPC
            13: "check the owner and the permissions of the folder",  # EACCES
            30: "choose another folder with --store",  # EROFS
        }.get(error.errno or 0, "check the path and the disk, then run the same command again")
        raise OutsideError(
            f"can't write: {error.strerror or error}", where=str(path), fix=fix
        ) from error
