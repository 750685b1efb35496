"""Rows as columns, and what the lake has to know of a kind of rows to keep them.

A row is a candle, a trade, a quote or a level of a book. What tells two rows apart, how they merge
and what a hole between them is, each kind says for itself (`candle_rows.py`, `trade_rows.py`,
`message_rows.py`). Must not read a file.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from sigma_cli.store.records import Identity, Part

Column = NDArray[np.int64]
Rows = Mapping[str, NDArray[Any]]
"""Every column of a kind, equally long."""

TS_MIN_NS: Final = -(2**63)
TS_MAX_NS: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Merged:
    """The rows of a part after a merge, and what became of each incoming row."""

    rows: Rows
    added: int
    conflicts: NDArray[np.intp]
    """Incoming rows that contradict a row that is there, which stays."""


@dataclass(frozen=True, slots=True)
class GapCount:
    """How many holes there are, and how many rows are missing in all of them."""

    gaps: int
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The columns of a kind of rows, and how a file keeps them small."""

    types: Mapping[str, np.dtype[Any]]
    """In file order; the first is the time."""
    as_differences: frozenset[str]
    """Columns stored as differences; the others have few values and get a dictionary."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, in file order."""
        return tuple(self.types)

    @property
    def time(self) -> str:
        """The column by which rows are in order."""
        return self.columns[0]


class RowKind(Protocol):
    """One kind of rows: the rows of a series, and the parts that hold them."""

    @property
    def name(self) -> str:
        """The kind as folders and the catalogue name it."""

    @property
    def identity(self) -> Identity:
        """What tells two rows of a series apart."""

    @property
    def form(self) -> Form:
        """How a part keeps the rows."""

    def times(self, rows: Rows) -> Column:
        """Return the time by which each row is kept."""

    @property
    def key_columns(self) -> tuple[str, ...]:
        """The columns that `keys` needs."""

    def keys(self, rows: Rows) -> Column:
        """Return the venue's numbers, where rows have any."""

    def by_period(self, times: Column) -> Iterator[tuple[str, NDArray[np.intp]]]:
        """Yield each period that any of the times lies in, and which of them do."""

    def merged(self, stored: Rows, incoming: Rows) -> Merged:
        """Add `incoming` (any order, duplicates allowed) to `stored`. What came first wins."""

    def id_range(self, rows: Rows) -> tuple[int, int] | None:
        """Return the least and the greatest of the venue's numbers, where rows have any."""

    def gaps_in(self, rows: Rows, *, always_open: bool) -> GapCount:
        """Count the holes between the first and the last of the rows."""

    def gaps_between(self, parts: Sequence[Part], *, always_open: bool) -> GapCount:
        """Count the holes where parts, in order of time, meet."""


def no_rows(form: Form) -> Rows:
    """Return columns without a row."""
    return {name: np.empty(0, kind) for name, kind in form.types.items()}


def taken(rows: Rows, index: NDArray[np.intp] | NDArray[np.bool_] | slice) -> Rows:
    """Return the rows at `index`."""
    return {name: column[index] for name, column in rows.items()}


def between(rows: Rows, time: str, start_ns: int, end_ns: int) -> Rows:
    """Return the rows, in order of `time`, whose time is in [start_ns, end_ns)."""
    first, last = np.searchsorted(rows[time], [start_ns, end_ns])
    return taken(rows, slice(first, last))


def joined(form: Form, chunks: Iterable[Rows], rows_max: int) -> Rows:
    """Return the rows of all `chunks`, at most `rows_max`; needs room for one chunk beside them."""
    rows = {name: np.empty(rows_max, kind) for name, kind in form.types.items()}
    end = 0
    for chunk in chunks:
        start, end = end, end + len(chunk[form.time])
        for name, column in rows.items():
            column[start:end] = chunk[name]
    return taken(rows, slice(end))
