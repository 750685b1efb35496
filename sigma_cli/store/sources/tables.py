"""What every format of file turns into: named columns, read in batches, broken lines set aside.

The contract between the formats and whoever reads candles; knows neither.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sigma_cli.errors import OutsideError

BATCH_ROWS: Final = 65_536
ArrowArray = Any
"""An Arrow array. The stubs of pyarrow know too few types of it for its compute functions."""
RAW_MAX: Final = 500
"""Characters of a broken line that are kept."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A line that could not be read: its row number, what is wrong, and its text."""

    row: int
    detail: str
    raw: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of a file. `rows` are their numbers, from 1, broken ones counted too."""

    columns: pa.RecordBatch
    rows: NDArray[np.int64]
    broken: tuple[Broken, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a file looks like before it is read: its columns, their types, and a first row."""

    types: dict[str, pa.DataType]
    first: dict[str, str] = field(default_factory=dict)
    """Cells of the first row as text, where columns have no names; else empty."""
    encoding: str = "utf-8"

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, in file order."""
        return tuple(self.types)


class Table(Protocol):
    """An open file. Its batches may be read several times, from the start."""

    @property
    def shape(self) -> Shape:
        """What it looks like."""

    def batches(self, columns: Sequence[str]) -> Iterator[Batch]:
        """Read these columns, a batch at a time, in file order."""


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what reading a file may raise into an OutsideError that names it."""
    try:
        yield
    except FileNotFoundError as error:
        raise OutsideError("no such file", where=str(path), fix="check the path") from error
    except (OSError, EOFError, pa.ArrowException, UnicodeError) as error:
        raise damaged(path, str(error)) from error


def damaged(path: Path, why: str) -> OutsideError:
    """Return the error for a file that is cut short or is not what it says it is."""
    first_line = why.strip().splitlines()[0] if why.strip() else "unexpected end of file"
    return OutsideError(
        f"can't read the file: {first_line}",
        where=str(path),
        fix="it is damaged or incomplete: fetch it again, then repeat the command",
    )


def empty(path: Path) -> OutsideError:
    """Return the error for a file without a row."""
    return OutsideError(
        "the file holds no rows", where=str(path), fix="leave it out, or fetch it again"
    )
