"""A book built from messages: a slow reference of two dicts agrees, whatever comes."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigma_cli.domain.books import NO_UPDATE, BookForm, BookSide, BookStatus, Outcome
from sigma_cli.domain.dtypes.bounds import BOOK_LEVELS, LADDER_LEVELS
from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.dtypes.tape import BOOK, LEVEL, QUOTE
from sigma_cli.kernels import book as kernel

BID, ASK = BookSide.BID, BookSide.ASK
Levels = list[tuple[int, int, int]]
"""Side, price, size."""


def message(
    levels: Levels, *, u: int, first: int = NO_UPDATE, before: int = NO_UPDATE, whole: bool = False
) -> Records:
    rows = np.zeros(max(len(levels), 1), LEVEL)
    rows["exch_ts_ns"], rows["recv_ts_ns"] = 10 * u, 10 * u + 1
    rows["update_id"], rows["first_id"], rows["before_id"] = u, first, before
    rows["form"] = BookForm.WHOLE if whole else BookForm.CHANGES
    for row, level in zip(rows, levels, strict=False):
        row["side"], row["price_u"], row["size_u"] = level
    rows["ends"][-1] = 1
    return rows


def take(book: Records, rows: Records) -> int:
    outcomes = [kernel.update(book[0], row) for row in rows]
    assert not any(outcomes[:-1])
    return outcomes[-1]


def sides(book: Records) -> tuple[dict[int, int], dict[int, int]]:
    found = []
    for ladder in (book[0].bids, book[0].asks):
        count = int(ladder.count)
        prices, sizes = ladder.price_u[:count].tolist(), ladder.size_u[:count].tolist()
        found.append(dict(zip(prices, sizes, strict=True)))
    return found[0], found[1]


class Reference:
    """Binance's rules in the words of its page, on dicts."""

    def __init__(self) -> None:
        self.sides: dict[int, dict[int, int]] = {BID: {}, ASK: {}}
        self.id: int | None = None
        self.fresh = False

    def take(self, rows: Records) -> Outcome:
        head = rows[0]
        u, first, before = int(head["update_id"]), int(head["first_id"]), int(head["before_id"])
        if self.id is not None and u <= self.id:
            return Outcome.STALE
        if head["form"] == BookForm.WHOLE:
            self.sides = {BID: {}, ASK: {}}
            self.fresh = True
        elif self.id is None:
            return Outcome.WAITED
        else:
            inside = self.fresh and first <= self.id <= u
            spot, futures = first <= self.id + 1, before == self.id
            if not (spot if before == NO_UPDATE else futures or inside):
                self.id = None
                return Outcome.GAP
            self.fresh = False
        self.id = u
        for row in rows:
            side, price_u, size_u = int(row["side"]), int(row["price_u"]), int(row["size_u"])
            if side and size_u:
                self.sides[side][price_u] = size_u
            elif side:
                self.sides[side].pop(price_u, None)
        return Outcome.APPLIED


LEVELS = st.lists(
    st.tuples(st.sampled_from([BID, ASK]), st.integers(1, 12), st.integers(0, 3)), max_size=8
)
STEPS = st.lists(
    st.tuples(st.sampled_from(["next", "next", "next", "lost", "whole", "old"]), LEVELS),
    max_size=12,
)


def tape(steps: list[tuple[str, Levels]], *, futures: bool) -> list[Records]:
    found = [message([(BID, 5, 1), (ASK, 6, 1)], u=7, whole=True)]
    last = 5  # the first changes are [6, 9]: the snapshot lies in them
    for kind, levels in steps:
        if kind == "whole":
            found.append(message(levels, u=last + 2, whole=True))
            continue
        if kind == "old":
            found.append(message(levels, u=max(last - 3, 0), first=max(last - 5, 0), before=0))
            continue
        before = last + (4 if kind == "lost" else 0)
        first, last = before + 1, before + 4
        before_id = before if futures else NO_UPDATE
        found.append(message(levels, u=last, first=first, before=before_id))
    return found


@given(steps=STEPS, futures=st.booleans(), cut=st.integers(1, 40))
def test_a_slow_reference_agrees(steps: list[tuple[str, Levels]], futures: bool, cut: int) -> None:
    book, reference = kernel.no_book(), Reference()
    touches: list[list[int]] = []
    for rows in (messages := tape(steps, futures=futures)):
        assert take(book, rows) == reference.take(rows)
        assert (book[0].status == BookStatus.VALID) == (reference.id is not None)
        if reference.id is None:
            continue
        bids, asks = sides(book)
        assert (bids, asks) == (reference.sides[BID], reference.sides[ASK])
        assert list(bids) == sorted(bids) and list(asks) == sorted(asks, reverse=True)
        if bids and asks and book[0].update_id == rows[0]["update_id"]:
            best = [max(bids), bids[max(bids)], min(asks), asks[min(asks)]]
            touches.append([10 * reference.id, 10 * reference.id + 1, reference.id, *best])
    again, whole = kernel.no_book(), np.concatenate(messages)
    found: list[Any] = []
    for part in np.split(whole, range(cut, len(whole), cut)):
        quotes = np.zeros(len(part), QUOTE)
        found += [list(row) for row in quotes[: kernel.fold(again, part, quotes)].tolist()]
    assert again.tobytes() == book.tobytes()
    assert [row for n, row in enumerate(found) if n == 0 or row != found[n - 1]] == [
        row for n, row in enumerate(touches) if n == 0 or row != touches[n - 1]
    ]


def test_from_a_gap_on_there_is_no_book_until_the_next_whole_one() -> None:
    book = kernel.no_book()
    view, touch = np.zeros(1, BOOK), np.zeros(1, QUOTE)
    assert take(book, message([(BID, 5, 1)], u=3, first=1)) == Outcome.WAITED
    assert take(book, message([(BID, 5, 1), (ASK, 7, 2)], u=9, whole=True)) == Outcome.APPLIED
    assert kernel.show(book[0], view[0]) and kernel.show_touch(book[0], touch[0])
    assert take(book, message([(BID, 6, 1)], u=12, first=11)) == Outcome.GAP
    assert (book[0].status, book[0].gaps) == (BookStatus.BROKEN, 1)
    assert not kernel.show(book[0], view[0])
    assert not kernel.show_touch(book[0], touch[0])
    assert take(book, message([(BID, 6, 1)], u=13, first=13)) == Outcome.WAITED
    assert take(book, message([(BID, 6, 1)], u=13, whole=True)) == Outcome.APPLIED
    assert not kernel.show_touch(book[0], touch[0]), "one side only"
    assert kernel.show(book[0], view[0])


@pytest.mark.parametrize(
    ("first", "last", "before", "outcome"),
    [
        (90, 100, NO_UPDATE, Outcome.STALE),
        (90, 101, NO_UPDATE, Outcome.APPLIED),
        (101, 101, NO_UPDATE, Outcome.APPLIED),
        (102, 110, NO_UPDATE, Outcome.GAP),
        (90, 100, 80, Outcome.STALE),
        (90, 110, 80, Outcome.APPLIED),
        (100, 110, 99, Outcome.APPLIED),
        (103, 110, 100, Outcome.APPLIED),
        (101, 110, 99, Outcome.GAP),
    ],
)
def test_the_first_changes_after_a_snapshot_are_those_that_it_lies_in(
    first: int, last: int, before: int, outcome: Outcome
) -> None:
    book = kernel.no_book()
    take(book, message([(BID, 5, 1), (ASK, 7, 2)], u=100, whole=True))
    assert take(book, message([(BID, 6, 1)], u=last, first=first, before=before)) == outcome


def test_only_the_first_ones_may_begin_before_the_book_where_the_venue_tells_the_one_before() -> (
    None
):
    book = kernel.no_book()
    take(book, message([(BID, 5, 1), (ASK, 7, 2)], u=100, whole=True))
    assert take(book, message([], u=110, first=90, before=80)) == Outcome.APPLIED
    assert take(book, message([], u=120, first=105, before=104)) == Outcome.GAP


def test_whole_books_without_numbers_replace_each_other() -> None:
    book = kernel.no_book()
    for price in (5, 4, 6):
        levels: Levels = [(BID, price, 1), (ASK, price + 1, 2)]
        rows = message(levels, u=NO_UPDATE, whole=True)
        assert take(book, rows) == Outcome.APPLIED
        assert sides(book) == ({price: 1}, {price + 1: 2})


def test_a_view_shows_the_nearest_levels_and_nothing_where_there_are_none() -> None:
    book, view = kernel.no_book(), np.zeros(1, BOOK)
    bids: Levels = [(BID, price, price) for price in range(1, BOOK_LEVELS + 5)]
    take(book, message([*bids, (ASK, 50, 3), (ASK, 60, 4)], u=1, whole=True))
    assert kernel.show(book[0], view[0])
    nearest = list(range(BOOK_LEVELS + 4, 4, -1))
    assert view[0].bid_u.tolist() == view[0].bid_size_u.tolist() == nearest
    assert view[0].ask_u.tolist() == [50, 60] + [0] * (BOOK_LEVELS - 2)
    assert view[0].ask_size_u.tolist() == [3, 4] + [0] * (BOOK_LEVELS - 2)
    assert (view[0].exch_ts_ns, view[0].recv_ts_ns, view[0].update_id) == (10, 11, 1)


@pytest.mark.parametrize("side", [BID, ASK])
def test_a_full_side_forgets_the_farthest_and_what_lies_beyond(side: BookSide) -> None:
    """Prices count away from the middle: the larger, the farther."""

    def at(distance: int, size_u: int = 1) -> tuple[int, int, int]:
        return int(side), 1_000_000 - side * distance, size_u

    book = kernel.no_book()
    full = [at(distance) for distance in range(10 + 2 * LADDER_LEVELS - 2, 9, -2)]
    take(book, message(full, u=1, whole=True))
    ladder = book[0].bids if side == BID else book[0].asks

    def farthest() -> int:
        return abs(1_000_000 - int(ladder.price_u[0]))

    last = 10 + 2 * LADDER_LEVELS - 2
    take(book, message([at(last + 5)], u=2, first=2))
    assert (ladder.count, farthest()) == (LADDER_LEVELS, last), "not there, and never will be"
    take(book, message([at(10, 0), at(last + 6), at(last + 4)], u=3, first=3))
    assert (ladder.count, farthest()) == (LADDER_LEVELS, last + 4), "nearer than what was forgotten"
    take(book, message([at(5)], u=4, first=4))
    assert (ladder.count, farthest()) == (LADDER_LEVELS, last), "room is made"
    take(book, message([at(5, 0), at(last + 4)], u=5, first=5))
    assert (ladder.count, farthest()) == (LADDER_LEVELS - 1, last), "forgotten now"
    gone = [at(distance, 0) for distance in range(12, last + 1, 2)]
    take(book, message(gone, u=6, first=6))
    assert (ladder.count, book[0].status) == (0, BookStatus.BROKEN), "what is left is not known"
