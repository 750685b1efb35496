"""Which columns of computed features are known, from when on, and why some are not."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.features import TRAITS, Column, Feed
from sigma_cli.domain.units import NS_PER_MINUTE
from sigma_cli.store.message_rows import BOOKS, QUOTES


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnLine:
    """How much of a column is known."""

    column: str
    known: int
    first_ts_ns: int | None
    """Of the first row in which it is known."""
    why: str
    """Why it is known in no row; empty where it is in some."""


class Seen:
    """Which columns were known in how many rows."""

    def __init__(self) -> None:
        self.rows = 0
        self._known = np.zeros(len(Column), np.int64)
        self._first_ns = np.zeros(len(Column), np.int64)

    def take(self, times: NDArray[np.int64], rows: NDArray[np.float64]) -> None:
        """Look at some rows."""
        is_known = ~np.isnan(rows)
        first = times[is_known.argmax(axis=0)]
        is_first = is_known.any(axis=0) & (self._known == 0)
        self._first_ns[is_first] = first[is_first]
        self._known += is_known.sum(axis=0)
        self.rows += len(rows)

    def lines(self, kinds: set[str], day_volume_u: int) -> tuple[ColumnLine, ...]:
        """Return a line for each column."""
        return tuple(
            ColumnLine(
                column=column.name.lower(),
                known=int(self._known[column]),
                first_ts_ns=int(self._first_ns[column]) if self._known[column] else None,
                why="" if self._known[column] else _why(column, kinds, day_volume_u),
            )
            for column in Column
        )


def _why(column: Column, kinds: set[str], day_volume_u: int) -> str:
    """Say why a column is known in no row."""
    traits = TRAITS[column]
    if traits.feeds & Feed.BOOK and BOOKS not in kinds:
        return "there are no books"
    if traits.feeds & Feed.TOUCH and not kinds & {QUOTES, BOOKS}:
        return "there are neither quotes nor books"
    if column is Column.VPIN and day_volume_u == 0:
        return "the mean volume of a day is unknown: less than a day of trades before"
    return f"it warms up for {_length(traits.warm_up_ns)}"


def _length(ns: int) -> str:
    minutes = -(-ns // NS_PER_MINUTE)
    return f"{minutes // 1_440} d {minutes % 1_440} min" if minutes >= 1_440 else f"{minutes} min"
