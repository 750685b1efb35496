"""What a person noted about a run: a text file beside its summary, which never changes."""

from pathlib import Path
from typing import Final

from sigma_cli.errors import OutsideError
from sigma_cli.store.files import publish

NOTE: Final = "note.txt"


def read_note(folder: Path) -> str:
    """Return the note of the run in `folder`, or nothing.

    Raises:
        OutsideError: it is there and can't be read.
    """
    path = folder / NOTE
    try:
        return path.read_text(encoding="utf-8").rstrip("\n")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise OutsideError(
            f"the note of a run can't be read: {error}",
            where=str(path),
            fix="write it anew with `sigma report RUN --note TEXT`",
        ) from error


def write_note(folder: Path, text: str) -> None:
    """Keep `text` as the note of the run in `folder`, in place of an earlier one.

    Raises:
        OutsideError: the disk is full or refuses; the earlier note stays.
    """

    def write(path: Path) -> None:
        path.write_text(f"{text}\n", encoding="utf-8")

    publish(folder / NOTE, write)
