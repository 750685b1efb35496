"""Quotes and levels of books as rows: which are one message, what makes two the same, merging.

Pure numpy on QUOTE_COLUMNS or BOOK_COLUMNS. Must not read a file.

A venue that numbers the updates of its book gives each message the number of its last one: that
number tells messages apart, and their order is the venue's, whatever the clocks say. Where there is
none, a message is its time and what it says: two recorders hear the same book twice, and an equal
one at the same time brings nothing new.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.books import BOOK_COLUMNS, NO_UPDATE, QUOTE_COLUMNS, BookForm
from sigma_cli.domain.units import NS_PER_HOUR, NS_PER_MINUTE
from sigma_cli.store.records import Identity, Part
from sigma_cli.store.rows import Column, Form, GapCount, Merged, Rows, taken

QUOTES: Final = "quotes"
BOOKS: Final = "books"
_CLOCKS_AND_IDS: Final = frozenset(
    {"exch_ts_ns", "recv_ts_ns", "update_id", "first_id", "before_id"}
)
QUOTE_FORM: Final = Form(types=QUOTE_COLUMNS, as_differences=_CLOCKS_AND_IDS & QUOTE_COLUMNS.keys())
BOOK_FORM: Final = Form(types=BOOK_COLUMNS, as_differences=_CLOCKS_AND_IDS)
QUOTES_PERIOD_NS: Final = NS_PER_HOUR
BOOKS_PERIOD_NS: Final = 10 * NS_PER_MINUTE
"""Some 750,000 levels of a busy future: what a merge has in memory at once."""
_ODD: Final = np.array(
    [0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93], np.uint64
)
"""Odd numbers without a pattern: multiplying by one loses nothing and mixes the bits above."""


def placed(rows: Rows) -> Column:
    """Return the time by which each row is kept: the venue's, or ours where it says none."""
    exch_ts_ns: Column = rows["exch_ts_ns"]
    return np.where(exch_ts_ns > 0, exch_ts_ns, rows["recv_ts_ns"])


@dataclass(frozen=True, slots=True)
class _Messages:
    """Rows as messages; a row belongs to `of_row`."""

    first: NDArray[np.intp]
    of_row: NDArray[np.intp]
    key: Column
    content: Column


@dataclass(frozen=True, slots=True)
class QuoteRows:
    """The kind of quotes that are told apart by `identity`."""

    identity: Identity
    period_ns: int = QUOTES_PERIOD_NS
    key_columns: tuple[str, ...] = ("update_id",)

    @property
    def name(self) -> str:
        """`quotes`."""
        return QUOTES

    @property
    def form(self) -> Form:
        """Clocks and numbers as differences, prices and sizes by dictionary."""
        return QUOTE_FORM

    def times(self, rows: Rows) -> Column:
        """Return the time by which each row is kept."""
        return placed(rows)

    def keys(self, rows: Rows) -> Column:
        """Return what tells rows apart."""
        ids: Column = rows["update_id"]
        return ids

    def by_period(self, times: Column) -> Iterator[tuple[str, NDArray[np.intp]]]:
        """Yield each hour that any of the times lies in, and which of them do."""
        return _by_period(times, self.period_ns)

    def merged(self, stored: Rows, incoming: Rows) -> Merged:
        """Add `incoming` (any order, duplicates allowed) to `stored`. What came first wins."""
        return _merged(self.form, self.identity, _as_quotes(stored), _as_quotes(incoming))

    def id_range(self, rows: Rows) -> tuple[int, int] | None:
        """Return the least and the greatest number."""
        if self.identity is not Identity.UPDATE_ID:
            return None
        return int(rows["update_id"].min()), int(rows["update_id"].max())

    def gaps_in(self, rows: Rows, *, always_open: bool) -> GapCount:
        """Count none: not every update of a book moves its touch, so numbers don't count."""
        del rows, always_open
        return GapCount(0, 0)

    def gaps_between(self, parts: Sequence[Part], *, always_open: bool) -> GapCount:
        """Count none."""
        del parts, always_open
        return GapCount(0, 0)


@dataclass(frozen=True, slots=True)
class BookRows:
    """The kind of levels of books, whose messages are told apart by `identity`."""

    identity: Identity
    period_ns: int = BOOKS_PERIOD_NS
    key_columns: tuple[str, ...] = ("update_id", "form")

    @property
    def name(self) -> str:
        """`books`."""
        return BOOKS

    @property
    def form(self) -> Form:
        """Clocks and numbers as differences, prices and sizes by dictionary."""
        return BOOK_FORM

    def times(self, rows: Rows) -> Column:
        """Return the time by which each row is kept, the same in a whole message."""
        return placed(rows)

    def keys(self, rows: Rows) -> Column:
        """Return what tells messages apart, in the order in which they change a book."""
        return _book_keys(rows)

    def by_period(self, times: Column) -> Iterator[tuple[str, NDArray[np.intp]]]:
        """Yield each ten minutes that any of the times lies in, and which of them do."""
        return _by_period(times, self.period_ns)

    def merged(self, stored: Rows, incoming: Rows) -> Merged:
        """Add `incoming` (whole messages, any order) to `stored`. What came first wins."""
        return _merged(self.form, self.identity, _as_books(stored), _as_books(incoming))

    def id_range(self, rows: Rows) -> tuple[int, int] | None:
        """Return the number before the first changes and that of the last; None: there are none."""
        if self.identity is not Identity.UPDATE_ID:
            return None
        changes = rows["form"] == BookForm.CHANGES
        if not changes.any():
            return None
        last: Column = rows["update_id"][changes]
        at = int(last.argmin())
        return int(_before(taken(rows, changes))[at]), int(last.max())

    def gaps_in(self, rows: Rows, *, always_open: bool) -> GapCount:
        """Count where changes don't continue what came before: a message is missing, or more."""
        del always_open
        count = int(np.count_nonzero(breaks(rows))) if self.identity is Identity.UPDATE_ID else 0
        return GapCount(count, count)

    def gaps_between(self, parts: Sequence[Part], *, always_open: bool) -> GapCount:
        """Count where the changes of one part don't continue those of the part before."""
        del always_open
        ranges = sorted(
            (part.id_min, part.id_max)
            for part in parts
            if part.id_min is not None and part.id_max is not None
        )
        count = sum(after[0] > before[1] for before, after in pairwise(ranges))
        return GapCount(count, count)


def repeats(kind: QuoteRows | BookRows, rows: Rows) -> NDArray[np.bool_]:
    """Tell which rows are of a message that repeats an earlier one of `rows` exactly."""
    told = _as_quotes(rows)[1] if isinstance(kind, QuoteRows) else _as_books(rows)[1]
    keys = told.key if kind.identity is Identity.UPDATE_ID else placed(rows)[told.first]
    nothing = np.empty(0, np.int64)
    is_new, _ = _unlike((nothing, nothing), (keys, told.content))
    again: NDArray[np.bool_] = ~is_new[told.of_row]
    return again


def breaks(rows: Rows) -> NDArray[np.bool_]:
    """Tell which rows, in the venue's order, begin changes that don't go on from what is before."""
    found = np.zeros(len(rows["form"]), np.bool_)
    heads = taken(rows, first := _first_rows(rows["ends"]))
    is_whole = heads["form"] == BookForm.WHOLE
    last_id, before_id = heads["update_id"][:-1], heads["before_id"][1:]
    is_inside = is_whole[:-1] & (before_id != NO_UPDATE) & (heads["first_id"][1:] <= last_id)
    is_broken = (_before(heads)[1:] > last_id) & ~is_inside & ~is_whole[1:]
    found[first[1:]] = is_broken & (heads["update_id"][1:] != NO_UPDATE)
    return found


def _before(rows: Rows) -> Column:
    """Return the number of the update before each row's message, as far as the venue tells it."""
    before: Column = rows["before_id"]
    return np.where(before != NO_UPDATE, before, rows["first_id"] - 1)


def _by_period(times: Column, period_ns: int) -> Iterator[tuple[str, NDArray[np.intp]]]:
    """Yield the first minute of each period that any of the times lies in, and which of them do."""
    periods = times // period_ns
    order = np.argsort(periods, kind="stable")
    starts = np.flatnonzero(np.diff(periods[order])) + 1
    unit = "h" if period_ns == NS_PER_HOUR else "m"
    for index in np.split(order, starts):
        if len(index):
            start_ns = int(periods[index[0]]) * period_ns
            name = str(np.datetime64(start_ns, "ns").astype(f"datetime64[{unit}]"))
            yield name.replace(":", ""), index


def _book_keys(rows: Rows) -> Column:
    keys: Column = rows["update_id"] * 2 + rows["form"]
    return keys


def _first_rows(ends: NDArray[Any]) -> NDArray[np.intp]:
    """Return the first row of each message."""
    first = np.flatnonzero(ends[:-1]) + 1
    return np.concatenate([np.zeros(min(len(ends), 1), np.intp), first])


def _as_quotes(rows: Rows) -> tuple[Rows, _Messages]:
    every = np.arange(len(rows["update_id"]))
    content = mixed([rows[name] for name in ("bid_u", "bid_size_u", "ask_u", "ask_size_u")])
    key: Column = rows["update_id"]
    return rows, _Messages(every, every, key, content.view(np.int64))


def _as_books(rows: Rows) -> tuple[Rows, _Messages]:
    first = _first_rows(rows["ends"])
    of_row = np.zeros(len(rows["ends"]), np.intp)
    of_row[first[1:]] = 1
    levels = mixed([rows["side"], rows["price_u"], rows["size_u"]])
    content = np.add.reduceat(levels, first) if len(first) else levels
    heads = taken(rows, first)
    content += mixed([heads["first_id"], heads["before_id"], heads["form"]])
    return rows, _Messages(first, np.cumsum(of_row), _book_keys(heads), content.view(np.int64))


def mixed(columns: Sequence[NDArray[Any]]) -> NDArray[np.uint64]:
    """Return one number for each row that tells (but for one chance in 2^64) what is in it."""
    mixed = np.zeros(len(columns[0]), np.uint64)
    for column, odd in zip(columns, _ODD, strict=False):
        mixed = (mixed ^ (mixed >> np.uint64(29))) * _ODD[-1] + column.astype(np.uint64) * odd
    return mixed ^ (mixed >> np.uint64(32))


def _merged(
    form: Form,
    identity: Identity,
    stored: tuple[Rows, _Messages],
    incoming: tuple[Rows, _Messages],
) -> Merged:
    """Add the messages that are not there."""
    rows, new = incoming
    there = stored[1]
    keys, there_keys, judge = new.key, there.key, _held_against
    if identity is not Identity.UPDATE_ID:  # the time and what it says
        keys, there_keys = placed(rows)[new.first], placed(stored[0])[there.first]
        judge = _unlike
    is_new, differs = judge((there_keys, there.content), (keys, new.content))
    kept = taken(rows, is_new[new.of_row])
    both = {name: np.concatenate([stored[0][name], kept[name]]) for name in form.columns}
    order = np.concatenate([there_keys[there.of_row], keys[new.of_row][is_new[new.of_row]]])
    if (np.diff(order) < 0).any():
        both = dict(taken(both, np.argsort(order, kind="stable")))
    return Merged(
        both, int(np.count_nonzero(is_new[new.of_row])), np.flatnonzero(differs[new.of_row])
    )


Told = tuple[Column, Column]
"""Key and content of messages."""


def _held_against(stored: Told, new: Told) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which messages are the first of their number, and which contradict the first."""
    keys = np.concatenate([stored[0], new[0]])
    contents = np.concatenate([stored[1], new[1]])
    order = np.argsort(keys, kind="stable")  # of one number the stored one comes first
    is_first = np.ones(len(keys), np.bool_)
    is_first[1:] = np.diff(keys[order]) != 0
    first = order[np.flatnonzero(is_first)[np.cumsum(is_first) - 1]]
    is_new, differs = np.zeros((2, len(keys)), np.bool_)
    is_new[order] = is_first
    differs[order] = contents[order] != contents[first]
    count = len(stored[0])
    return is_new[count:], differs[count:]


def _unlike(stored: Told, new: Told) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which messages say something that none before them said at their time."""
    keys = np.concatenate([stored[0], new[0]])
    contents = np.concatenate([stored[1], new[1]])
    order = np.lexsort((contents, keys))
    is_first = np.ones(len(keys), np.bool_)
    is_first[1:] = (np.diff(keys[order]) != 0) | (contents[order][1:] != contents[order][:-1])
    is_new = np.zeros(len(keys), np.bool_)
    is_new[order] = is_first
    count = len(stored[0])
    return is_new[count:], np.zeros(len(new[0]), np.bool_)
