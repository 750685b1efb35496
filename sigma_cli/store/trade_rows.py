"""Trades of one series as rows: what makes two of them the same, merging, numbers that are missing.

Pure numpy on the columns of TRADE_COLUMNS, in order of time unless said. Must not read a file.

Where the venue numbers its trades the number is the trade. Where it does not, equal trades at one
time are told apart by their order: the third buy of 1 at 10 is another than the second, and a file
read twice brings no fourth.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.trades import TRADE_COLUMNS
from sigma_cli.domain.units import NS_PER_HOUR, NS_PER_MS
from sigma_cli.store.records import Identity, Part
from sigma_cli.store.rows import Column, Form, GapCount, Merged, Rows, taken

KIND: Final = "trades"
FORM: Final = Form(
    types=TRADE_COLUMNS, as_differences=frozenset({"exch_ts_ns", "recv_ts_ns", "trade_id"})
)
COUNTED: Final = frozenset({Identity.TRADE_ID, Identity.AGGREGATE_ID})
"""The venue numbers one after the other, so that a number left out is a row that is missing."""
NUMBERED: Final = COUNTED | {Identity.UNIQUE_ID}
"""The venue gives each row a number."""


@dataclass(frozen=True, slots=True)
class TradeRows:
    """The kind of trades that are told apart by `identity`."""

    identity: Identity

    @property
    def name(self) -> str:
        """`trades`."""
        return KIND

    @property
    def form(self) -> Form:
        """Numbers as differences, prices and sizes by dictionary."""
        return FORM

    def times(self, rows: Rows) -> Column:
        """Return when each trade happened."""
        times: Column = rows["exch_ts_ns"]
        return times

    @property
    def key_columns(self) -> tuple[str, ...]:
        """The number."""
        return ("trade_id",)

    def keys(self, rows: Rows) -> Column:
        """Return the numbers."""
        ids: Column = rows["trade_id"]
        return ids

    def by_period(self, times: Column) -> Iterator[tuple[str, NDArray[np.intp]]]:
        """Yield each hour that any of the times lies in, and which of them do.

        The busiest hours hold some two million trades: what a merge has in memory at once.
        """
        hours = times // NS_PER_HOUR
        order = np.argsort(hours, kind="stable")
        starts = np.flatnonzero(np.diff(hours[order])) + 1
        for index in np.split(order, starts):
            if len(index):
                yield str(np.datetime64(int(hours[index[0]]), "h")), index

    def merged(self, stored: Rows, incoming: Rows) -> Merged:
        """Add `incoming` (any order, duplicates allowed) to `stored`. What came first wins."""
        if self.identity in NUMBERED:
            return _merged_by_id(stored, incoming)
        return _merged_by_order(stored, incoming)

    def id_range(self, rows: Rows) -> tuple[int, int] | None:
        """Return the least and the greatest number."""
        if self.identity not in NUMBERED:
            return None
        return int(rows["trade_id"].min()), int(rows["trade_id"].max())

    def gaps_in(self, rows: Rows, *, always_open: bool) -> GapCount:
        """Count the numbers that are missing between the least and the greatest."""
        del always_open  # numbers go on over night
        if self.identity not in COUNTED:
            return GapCount(0, 0)
        step = np.diff(np.sort(rows["trade_id"], kind="stable"))
        holes = step[step > 1]
        return GapCount(len(holes), int((holes - 1).sum()))

    def gaps_between(self, parts: Sequence[Part], *, always_open: bool) -> GapCount:
        """Count the numbers that are missing where parts meet.

        Numbers that are out of order around a full hour are missing in one part and found in the
        next: then fewer are missing than the parts say.
        """
        del always_open
        ranges = [(part.id_min, part.id_max) for part in parts]
        if not parts or self.identity not in COUNTED:
            return GapCount(0, 0)
        ordered = sorted(
            (low, high) for low, high in ranges if low is not None and high is not None
        )
        span = max(high for _, high in ordered) - ordered[0][0] + 1
        missing = span - sum(part.rows for part in parts)
        seams = sum(after[0] > before[1] + 1 for before, after in pairwise(ordered))
        return GapCount(seams, missing - sum(part.missing for part in parts))


def told_by(rows: Rows) -> list[Column]:
    """Return what two rows of the same number must agree in.

    The time to the millisecond, because a venue tells the same trade with more digits in one place
    than in another. Not our own clock: two recorders heard the same trade at two times.
    """
    return [rows["exch_ts_ns"] // NS_PER_MS, rows["price_u"], rows["size_u"], rows["side"]]


def _merged_by_id(stored: Rows, incoming: Rows) -> Merged:
    is_new, conflicts = _held_against(stored, incoming)
    rows = _united(stored, taken(incoming, is_new))
    if not _is_in_order(rows):
        rows = taken(rows, np.lexsort((rows["trade_id"], rows["exch_ts_ns"])))
    return Merged(rows, int(np.count_nonzero(is_new)), conflicts)


def _held_against(stored: Rows, incoming: Rows) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    """Return which rows are the first of their number, and which contradict the first of theirs."""
    order = np.argsort(incoming["trade_id"], kind="stable")
    ids = incoming["trade_id"][order]
    stored_order = np.argsort(stored["trade_id"], kind="stable")
    stored_ids = stored["trade_id"][stored_order]
    place = np.searchsorted(stored_ids, ids)
    is_there = np.zeros(len(ids), np.bool_)
    inside = place < len(stored_ids)
    is_there[inside] = stored_ids[place[inside]] == ids[inside]
    is_first = np.ones(len(ids), np.bool_)
    is_first[1:] = ids[1:] != ids[:-1]
    first = np.flatnonzero(is_first)[np.cumsum(is_first) - 1]

    told = told_by(taken(incoming, order))
    differs = np.zeros(len(ids), np.bool_)
    for own in told:
        differs |= ~is_there & (own != own[first])
    there = told_by(taken(stored, stored_order[place[is_there]]))
    for own, other in zip(told, there, strict=True):
        differs[is_there] |= own[is_there] != other

    is_new = np.zeros(len(ids), np.bool_)
    is_new[order] = is_first & ~is_there
    return is_new, np.sort(order[differs])


def _merged_by_order(stored: Rows, incoming: Rows) -> Merged:
    """Add the rows that go beyond as many equal ones as are stored; equal times stay in order."""
    if len(stored["side"]) == 0:
        order = np.argsort(incoming["exch_ts_ns"], kind="stable")
        return Merged(taken(incoming, order), len(order), np.empty(0, np.intp))
    both = _united(stored, incoming)
    is_incoming = np.arange(len(both["side"])) >= len(stored["side"])
    keys = [both[name] for name in ("side", "size_u", "price_u", "exch_ts_ns")]
    alike = np.lexsort(keys)  # stable: of equal rows the stored ones come first
    is_start = np.ones(len(alike), np.bool_)
    is_start[1:] = False
    for key in keys:
        is_start[1:] |= np.diff(key[alike]) != 0
    group = np.cumsum(is_start) - 1
    incoming_before = np.cumsum(is_incoming[alike]) - 1
    start = np.flatnonzero(is_start)
    base = (incoming_before - is_incoming[alike] + 1)[start]  # incoming rows before the group
    ordinal = incoming_before - base[group]
    stored_count = np.bincount(group, weights=~is_incoming[alike]).astype(np.int64)
    is_new = np.zeros(len(alike), np.bool_)
    is_new[alike] = is_incoming[alike] & (ordinal >= stored_count[group])
    kept = np.flatnonzero(is_new | ~is_incoming)
    kept = kept[np.argsort(both["exch_ts_ns"][kept], kind="stable")]
    return Merged(taken(both, kept), int(np.count_nonzero(is_new)), np.empty(0, np.intp))


def _is_in_order(rows: Rows) -> bool:
    """Tell whether rows are in order of time and number, as most are that come."""
    step_ns = np.diff(rows["exch_ts_ns"])
    again = np.flatnonzero(step_ns == 0)
    is_up = rows["trade_id"][again + 1] > rows["trade_id"][again]
    return bool((step_ns >= 0).all() and is_up.all())


def _united(stored: Rows, new: Rows) -> Rows:
    return {name: np.concatenate([stored[name], new[name]]) for name in TRADE_COLUMNS}
