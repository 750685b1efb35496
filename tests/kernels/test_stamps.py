"""Both clocks of a row: what a slow definition says, and what may never happen."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigma_cli.domain.books import NO_UPDATE, BookForm, BookSide
from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.dtypes.tape import BOOK, LEVEL, QUOTE, TRADE
from sigma_cli.kernels import rng, stamps
from sigma_cli.kernels.book import no_book

FAR = 2**62


def scanned(exch: list[int], recv: list[int], ends: list[int] | None = None) -> Any:
    found = stamps.no_scan()
    each = np.array(ends or [1] * len(exch), np.int8)
    for part in np.array_split(np.arange(len(exch)), 3):
        stamps.scan(found, np.array(exch)[part], np.array(recv)[part], each[part])
    return found[0]


def test_a_scan_counts_messages_by_what_is_known_of_them() -> None:
    found = scanned([10, 0, 20, 0, 30], [7, 9, 0, 0, 25], [1, 1, 1, 1, 0])
    counts = (found.rows, found.both, found.no_venue, found.no_ours, found.neither)
    assert counts == (4, 1, 1, 1, 1)
    assert (found.least_ns, found.samples, found.sample_ns[0]) == (-3, 1, -3)
    both = scanned([10, 20, 30], [15, 29, 33])
    assert (both.least_ns, both.most_ns) == (3, 9)
    assert scanned([1], [0]).least_ns == FAR


def test_a_scan_of_many_rows_keeps_every_nth() -> None:
    size = stamps.SAMPLES_MAX
    found = stamps.no_scan()
    found["both"], found["samples"] = size - 3, size - 3
    found[0].sample_ns[:] = np.arange(size)
    more = np.arange(size - 3, size + 9)
    stamps.scan(found, np.ones(12, np.int64), 1 + more, np.ones(12, np.int8))
    row = found[0]
    assert (row.stride, row.samples) == (2, size // 2 + 5)
    assert row.sample_ns[: row.samples].tolist() == list(range(0, size + 9, 2))


def stamped(
    exch: list[int],
    recv: list[int],
    *,
    offset: int = 0,
    latencies: tuple[int, ...] = (5,),
    ends: list[int] | None = None,
) -> tuple[list[int], list[int]]:
    arrivals = np.zeros(1, stamps.ARRIVALS)
    arrivals["offset_ns"] = offset
    given = (np.array(exch), np.array(recv), np.array(ends or [1] * len(exch), np.int8))
    made = np.empty((2, len(exch)), np.int64)
    dice = rng.stream(1, 2)
    stamps.stamp(arrivals, np.array(latencies), dice, given, made)
    return made[0].tolist(), made[1].tolist()


def test_recorded_arrivals_are_corrected_and_stand() -> None:
    assert stamped([100, 110, 120], [60, 90, 85], offset=-40) == ([100, 110, 120], [100, 130, 125])
    assert stamped([100], [60], offset=0)[1] == [100], "never before it happens"


def test_a_row_without_a_time_of_the_venue_happens_when_it_arrives() -> None:
    assert stamped([0, 100], [70, 75], offset=-40) == ([110, 100], [110, 115])


def test_rows_without_our_stamp_arrive_after_the_latency_and_in_order() -> None:
    assert stamped([100, 101, 108], [0, 120, 0]) == ([100, 101, 108], [105, 120, 120])


def test_all_levels_of_a_message_arrive_together_after_one_draw() -> None:
    latencies = tuple(range(0, 1000, 7))
    exch = [1000 * (i // 3) for i in range(3, 60)]
    _, arrived = stamped(exch, [0] * 57, latencies=latencies, ends=[0, 0, 1] * 19)
    ways = [a - e for a, e in zip(arrived, exch, strict=True)]
    assert ways[0::3] == ways[1::3] == ways[2::3]
    assert len(set(ways)) > 10 and set(ways) <= set(latencies)


def test_columns_become_rows() -> None:
    columns = np.arange(28).reshape(7, 4)
    trades, quotes = np.zeros(4, TRADE), np.zeros(4, QUOTE)
    side = np.array([1, -1, 0, 1], np.int8)
    stamps.fill_trades(trades, columns[:2], columns[2], (columns[3], columns[4]), side)
    assert trades.tolist() == [*zip(*columns[:5].tolist(), side.tolist(), strict=True)]
    bids, asks = (columns[3], columns[4]), (columns[5], columns[6])
    stamps.fill_quotes(quotes, columns[:2], columns[2], bids, asks)
    assert quotes.tolist() == [*zip(*columns.tolist(), strict=True)]


Row = tuple[int, int]
"""Update id and time."""
ROWS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 30)), max_size=9)


def rows_of(dtype: Any, given: list[Row]) -> Records:
    made = np.zeros(len(given), dtype)
    for row, (update_id, ns) in zip(made, sorted(given, key=lambda one: one[0]), strict=True):
        row.update_id, row.exch_ts_ns, row.recv_ts_ns = update_id, ns, ns + 1
    return made


def settled(quotes: Records, books: Records, *, by_id: bool) -> tuple[list[int], list[int]]:
    quotes_ns, books_ns = (np.empty(len(rows), np.int64) for rows in (quotes, books))
    stamps.settle(quotes, books, by_id, quotes_ns, books_ns)
    return quotes_ns.tolist(), books_ns.tolist()


@given(ROWS, ROWS)
def test_by_id_nothing_happens_after_what_its_number_comes_before(
    quotes: list[Row], books: list[Row]
) -> None:
    q, b = rows_of(QUOTE, quotes), rows_of(BOOK, books)
    quotes_ns, books_ns = settled(q, b, by_id=True)
    order = sorted(
        [(row.update_id, 1, ns, row.exch_ts_ns) for row, ns in zip(q, quotes_ns, strict=True)]
        + [(row.update_id, 0, ns, row.exch_ts_ns) for row, ns in zip(b, books_ns, strict=True)],
        key=lambda one: one[:2],
    )
    turns = [(ns, is_quote) for _, is_quote, ns, _ in order]
    # At one time the quote has its turn first: its book has to be there strictly before.
    assert turns == sorted(turns, key=lambda turn: (turn[0], -turn[1]))
    assert all(ns <= stamp for _, _, ns, stamp in order)
    latest, was_quote = FAR, 0
    for _, is_quote, ns, stamp in reversed(order):
        latest = min(latest - (was_quote and not is_quote), stamp)
        assert ns == latest, "the latest time that contradicts nothing"
        was_quote = is_quote


@given(ROWS, ROWS)
def test_otherwise_each_kind_has_its_own_order(quotes: list[Row], books: list[Row]) -> None:
    q, b = rows_of(QUOTE, quotes), rows_of(BOOK, books)
    quotes_ns, books_ns = settled(q, b, by_id=False)
    for rows, found in ((q, quotes_ns), (b, books_ns)):
        assert found == [int(rows["exch_ts_ns"][i:].min()) for i in range(len(rows))]


@pytest.mark.parametrize("at_once", [1, 2, 9])
def test_what_goes_back_too_far_is_put_later(at_once: int) -> None:
    quotes = rows_of(QUOTE, [(1, 50), (2, 60), (3, 20), (4, 42), (5, 30)])
    quotes["recv_ts_ns"] += [0, 0, 0, 0, 90]
    latest = np.zeros(1, np.int64)
    parts = [quotes[i : i + at_once] for i in range(0, 5, at_once)]
    assert sum(stamps.put_late(part, latest, 20) for part in parts) == 2
    assert quotes["exch_ts_ns"].tolist() == [50, 60, 40, 42, 40]
    assert quotes["recv_ts_ns"].tolist() == [51, 61, 40, 43, 121]
    assert latest[0] == 60


BID, ASK = BookSide.BID, BookSide.ASK


def message(
    u: int, arrived: int, *levels: tuple[int, int, int], first: int = 0, whole: bool = False
) -> Records:
    rows = np.zeros(max(len(levels), 1), LEVEL)
    rows["exch_ts_ns"], rows["recv_ts_ns"] = 10 * u, arrived
    rows["update_id"], rows["first_id"], rows["before_id"] = u, first or u, NO_UPDATE
    rows["form"] = BookForm.WHOLE if whole else BookForm.CHANGES
    for row, level in zip(rows, levels, strict=False):
        row["side"], row["price_u"], row["size_u"] = level
    rows["ends"][-1] = 1
    return rows


@pytest.mark.parametrize("at_once", [1, 2, 100])
def test_a_book_is_known_when_all_it_is_made_of_has_arrived(at_once: int) -> None:
    told = np.concatenate(
        [
            message(4, 41, (BID, 9, 1)),  # waits for a whole book
            message(5, 90, (BID, 10, 1), (ASK, 12, 2), whole=True),  # asked for: it comes late
            message(6, 61, (BID, 11, 3)),
            message(5, 55),  # older than the book
            message(7, 95, (ASK, 12, 0), (ASK, 13, 1)),
            message(9, 97, (BID, 9, 9)),  # 8 is missing
            message(10, 98, (BID, 9, 9)),
            message(11, 110, (BID, 1, 1), (ASK, 2, 2), whole=True),
            message(12, 190, (BID, 7, 1), (ASK, 8, 2), whole=True),  # late, and not needed
            message(13, 130, (BID, 2, 1), first=12),
            message(15, 150, (BID, 2, 1)),  # 14 is missing
            message(20, 240, (BID, 3, 1), (ASK, 4, 2), whole=True),  # comes late,
            message(21, 210, (BID, 5, 1), (ASK, 6, 2), whole=True),  # and this one before it
            message(22, 225, (BID, 5, 2)),
            message(23, 230, (BID, 1, 1), (ASK, 2, 2), whole=True),  # early enough
            *(message(u, 300) for u in range(24, 29)),
            message(29, 320, (BID, 3, 1), (ASK, 4, 2), whole=True),  # nothing comes after it
        ]
    ).view(np.dtype((np.record, LEVEL)))
    book, heard = no_book(), np.zeros(1, np.int64)
    found = []
    starts = [0, *(np.flatnonzero(told["ends"]) + 1).tolist()]
    for k in range(0, len(starts) - 1, at_once):
        stop = starts[min(k + at_once, len(starts) - 1)] - starts[k]
        ahead = starts[min(k + at_once + stamps.AHEAD, len(starts) - 1)]
        levels = told[starts[k] : ahead]
        views, is_gap = np.zeros(at_once, BOOK), np.ones(at_once, np.bool_)
        views["bid_u"] = views["ask_size_u"] = 77
        count = stamps.fold_books(book, heard, levels, stop, views, is_gap)
        for view, gap in zip(views[:count], is_gap[:count], strict=True):
            touch = (int(view.bid_u[0]), int(view.ask_u[0]))
            clocks = (int(view.exch_ts_ns), int(view.recv_ts_ns))
            assert not gap or (view.bid_u.any() == 0 and view.ask_size_u.any() == 0)
            found.append((int(view.update_id), clocks, touch, bool(gap)))
    assert found == [
        (5, (50, 90), (10, 12), False),
        (6, (60, 90), (11, 12), False),
        (7, (70, 95), (11, 13), False),
        (9, (90, 97), (0, 0), True),
        (11, (110, 110), (1, 2), False),
        (13, (130, 130), (2, 2), False),
        (15, (150, 150), (0, 0), True),
        (20, (200, 240), (3, 4), False),
        (21, (210, 210), (5, 6), False),
        (22, (220, 225), (5, 6), False),
        (23, (230, 230), (1, 2), False),
        *((u, (10 * u, 300), (1, 2), False) for u in range(24, 29)),
        (29, (290, 320), (3, 4), False),
    ]
