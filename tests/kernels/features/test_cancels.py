"""Cancelled or traded: hand cases, memory, and a market whose every order is known."""

import math
from dataclasses import dataclass, field

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from sigma_cli.domain.dtypes.bounds import BOOK_LEVELS
from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.dtypes.tape import BOOK
from sigma_cli.domain.units import NS_PER_MS, NS_PER_S
from sigma_cli.kernels.features import cancels
from sigma_cli.kernels.jit import DISABLED

EXAMPLES = 3 if DISABLED else 10
STEPS = 60 if DISABLED else 400
START = 5_000
START_NS = START * NS_PER_S


def begun() -> Record:
    s = np.zeros(1, cancels.CANCELS)[0]
    s.since = START
    return s


def book(at_ms: int, bids: dict[int, int], asks: dict[int, int]) -> Record:
    made = np.zeros(1, BOOK)[0]
    made.exch_ts_ns = START_NS + at_ms * NS_PER_MS
    for i, price_u in enumerate(sorted(bids, reverse=True)[:BOOK_LEVELS]):
        made.bid_u[i], made.bid_size_u[i] = price_u, bids[price_u]
    for i, price_u in enumerate(sorted(asks)[:BOOK_LEVELS]):
        made.ask_u[i], made.ask_size_u[i] = price_u, asks[price_u]
    return made


def counted(s: Record) -> int:
    """Let all that waits be counted."""
    cancels.cancels_release(s, START, START_NS + 3_600 * NS_PER_S)
    return int(s.buckets_u.sum())


BIDS, ASKS = {100: 9, 99: 5, 98: 5}, {101: 8, 102: 5, 103: 5}


def after(bids: dict[int, int], asks: dict[int, int], *trades: tuple[int, int, int, int]) -> int:
    """What counts as cancelled between a book at 0 ms and one at 100 ms that arrives at 150 ms.

    Trades (time in ms, side taken, price, size) before that have arrived, the others are late.
    """
    s = begun()
    before, now = book(0, BIDS, ASKS), book(100, bids, asks)
    for at_ms, taken, price_u, size_u in trades:
        if at_ms <= 100:
            cancels.cancels_trade(s, START_NS + at_ms * NS_PER_MS, taken, price_u, size_u)
    cancels.cancels_book(s, before, now, START_NS + 150 * NS_PER_MS)
    for at_ms, taken, price_u, size_u in trades:
        if at_ms > 100:
            cancels.cancels_trade(s, START_NS + at_ms * NS_PER_MS, taken, price_u, size_u)
    return counted(s)


def test_a_fall_without_a_trade_is_a_cancel() -> None:
    assert after({**BIDS, 99: 2}, ASKS) == 3
    assert after({100: 9, 98: 5}, ASKS) == 5, "the level is gone"
    assert after(BIDS, {102: 5, 103: 5}) == 8, "the best one too"
    assert after({**BIDS, 99: 7}, ASKS) == 0, "more is no cancel"


def test_trades_explain_falls_before_and_after() -> None:
    fallen = {**BIDS, 100: 4}
    assert after(fallen, ASKS, (50, 1, 100, 3)) == 2
    assert after(fallen, ASKS, (50, 1, 100, 2), (50, 1, 100, 3)) == 0, "of one time, counted as one"
    assert after(fallen, ASKS, (120, 1, 100, 3)) == 2, "that comes late"
    assert after(fallen, ASKS, (50, 1, 100, 2), (120, 1, 100, 2)) == 1
    assert after(fallen, ASKS, (50, 1, 100, 7)) == 0, "and no more than that"


@pytest.mark.parametrize("at_ms", [-151, 351])
def test_a_trade_too_far_off_explains_nothing(at_ms: int) -> None:
    assert after({**BIDS, 100: 4}, ASKS, (at_ms, 1, 100, 5)) == 5
    nearer = at_ms + (1 if at_ms < 0 else -1)
    assert after({**BIDS, 100: 4}, ASKS, (nearer, 1, 100, 5)) == 0


def test_a_trade_ahead_of_its_book_waits_for_its_own() -> None:
    s = begun()
    first, second, third = (book(ms, {**BIDS, 100: 9 - ms // 100}, ASKS) for ms in (0, 100, 400))
    cancels.cancels_trade(s, START_NS + 351 * NS_PER_MS, 1, 100, 3)
    cancels.cancels_book(s, first, second, START_NS)
    cancels.cancels_book(s, second, third, START_NS)
    assert counted(s) == 1


def test_a_trade_elsewhere_explains_nothing() -> None:
    assert after({**BIDS, 100: 4}, ASKS, (50, 1, 99, 5)) == 5
    assert after({**BIDS, 100: 4}, ASKS, (50, -1, 100, 5)) == 5
    assert after({**BIDS, 100: 4}, ASKS, (50, 0, 100, 5)) == 5, "of a side that nobody knows"


def test_a_trade_is_spent_once() -> None:
    assert after({100: 4, 99: 5, 98: 5}, {**ASKS, 101: 8}, (50, 1, 100, 5)) == 0
    s = begun()
    first, second, third = (book(100 * k, {**BIDS, 100: 9 - 3 * k}, ASKS) for k in range(3))
    cancels.cancels_trade(s, START_NS, 1, 100, 4)
    cancels.cancels_book(s, first, second, START_NS)
    cancels.cancels_book(s, second, third, START_NS)
    assert counted(s) == 2


def test_what_goes_out_of_sight_was_not_cancelled() -> None:
    deep = {100 - k: 5 for k in range(BOOK_LEVELS)}
    risen = {101: 1} | deep
    s = begun()
    cancels.cancels_book(s, book(0, deep, ASKS), book(100, risen, {102: 5}), START_NS)
    assert s.falls_waiting == 1, "the best offer alone"
    assert after({}, ASKS) == 0, "a side that is empty shows nothing"


def test_a_fall_counts_when_its_time_is_over_in_its_own_second() -> None:
    s = begun()
    now = book(100, {**BIDS, 99: 2}, ASKS)
    cancels.cancels_book(s, book(0, BIDS, ASKS), now, START_NS + 150 * NS_PER_MS)
    cancels.cancels_release(s, START, START_NS + 400 * NS_PER_MS)
    assert s.falls_waiting == 1
    cancels.cancels_release(s, START, START_NS + 401 * NS_PER_MS)
    assert s.falls_waiting == 0 and s.cancelled_u == 0, "its second is not over"
    cancels.cancels_tick(s, START + 1)
    assert s.cancelled_u == 3
    assert cancels.cancel_rate(s, 9) == 0.25
    for second in range(START + 2, START + 62):
        cancels.cancels_tick(s, second)
    assert s.cancelled_u == 0
    assert math.isnan(cancels.cancel_rate(s, 0))


def test_a_fall_that_counts_late_joins_the_sum() -> None:
    s = begun()
    now = book(900, {**BIDS, 99: 2}, ASKS)
    cancels.cancels_book(s, book(0, BIDS, ASKS), now, START_NS + 950 * NS_PER_MS)
    cancels.cancels_tick(s, START + 1)
    cancels.cancels_release(s, START + 1, START_NS + 1_300 * NS_PER_MS)
    assert s.cancelled_u == 3


def test_a_fall_older_than_the_window_is_let_go() -> None:
    s = begun()
    cancels.cancels_book(s, book(0, BIDS, ASKS), book(100, {100: 1, 98: 5}, ASKS), START_NS)
    cancels.cancels_release(s, START + 70, START_NS + 70 * NS_PER_S)
    assert s.falls_waiting == 0 and not s.buckets_u.any()


def test_falls_beyond_memory_are_forgotten() -> None:
    s = begun()
    full, empty = book(0, {100 - k: 9 for k in range(15)}, ASKS), book(1, {100: 9, 80: 1}, ASKS)
    for _ in range(int(cancels.WAITING) // 14 + 1):
        cancels.cancels_book(s, full, empty, START_NS)
    assert s.falls_waiting == cancels.WAITING and s.forgotten > 0
    assert counted(s) == cancels.WAITING * 9


def test_without_memory_of_a_trade_no_fall_is_counted() -> None:
    s = begun()
    for k in range(int(cancels.WAITING) + 1):
        cancels.cancels_trade(s, START_NS + k, 1, 100, 1)
    assert s.prints_waiting == cancels.WAITING
    assert s.blind_until_ns == START_NS + cancels.HOLD_NS
    lower = {**BIDS, 100: 1}
    cancels.cancels_book(s, book(0, BIDS, ASKS), book(250, lower, ASKS), START_NS)
    assert s.falls_waiting == 0 and s.forgotten == 1
    cancels.cancels_book(s, book(0, BIDS, ASKS), book(600, lower, ASKS), START_NS)
    assert s.prints_waiting == 0, "old trades are let go"
    assert counted(s) == 8


def test_without_books_no_trade_is_kept() -> None:
    s = np.zeros(1, cancels.CANCELS)[0]
    cancels.cancels_trade(s, START_NS, 1, 100, 1)
    assert s.prints_waiting == 0


# --- A market whose every order is known ------------------------------------------------------


@dataclass
class Orders:
    """Bids and asks order by order, and what truly became of them."""

    random: np.random.Generator
    sides: dict[int, dict[int, list[int]]] = field(
        default_factory=lambda: {
            1: {100 - k: [5, 5] for k in range(25)},
            -1: {101 + k: [5, 5] for k in range(25)},
        }
    )
    cancelled_u: int = 0
    executed_u: int = 0

    def prices(self, side: int) -> list[int]:
        return sorted((p for p, q in self.sides[side].items() if q), reverse=side > 0)

    def add(self, side: int) -> None:
        best = self.prices(-side)[0]
        price_u = best - side * int(self.random.integers(1, 20))
        self.sides[side].setdefault(price_u, []).append(int(self.random.integers(1, 9)))

    def cancel(self, side: int) -> None:
        prices = self.prices(side)
        queue = self.sides[side][prices[int(self.random.integers(0, min(18, len(prices))))]]
        if len(prices) > 5:
            self.cancelled_u += queue.pop(int(self.random.integers(0, len(queue))))

    def trade(self, side: int) -> list[tuple[int, int]]:
        """Let somebody take from `side`; return (price, size) of each execution."""
        left, done = int(self.random.integers(1, 25)), []
        while left and len(self.prices(side)) > 5:
            price_u = self.prices(side)[0]
            queue = self.sides[side][price_u]
            taken = min(left, queue[0])
            queue[0] -= taken
            left -= taken
            if queue[0] == 0:
                queue.pop(0)
            done.append((price_u, taken))
            self.executed_u += taken
        return done

    def shown(self, at_ms: int) -> Record:
        sums = [{p: sum(q) for p, q in self.sides[side].items() if q} for side in (1, -1)]
        return book(at_ms, sums[0], sums[1])


def measured(seed: int, *, per_book: int) -> tuple[Orders, int]:
    """Run a market for some seconds with a book every 100 ms; return truth and what was counted."""
    random = np.random.default_rng(seed)
    orders, s = Orders(random), begun()
    feed: list[tuple[int, int, tuple[int, ...] | Record]] = []  # (arrival in ms, order, what)
    feed.append((0, 0, orders.shown(0)))
    for k in range(STEPS):
        for i in range(per_book):
            at_ms, side = 100 * k + 1 + i, int(random.choice([-1, 1]))
            action = random.random()
            if action < 0.4:
                orders.add(side)
            elif action < 0.8:
                orders.cancel(side)
            else:
                late_ms = at_ms + int(random.integers(0, 200))
                for price_u, size_u in orders.trade(side):
                    feed.append((late_ms, len(feed), (at_ms, side, price_u, size_u)))
        arrival_ms = 100 * k + 100 + int(random.integers(0, 50))
        feed.append((arrival_ms, len(feed), orders.shown(100 * k + 100)))
    before, head = None, START
    for arrival_ms, _, what in sorted(feed, key=lambda row: row[:2]):
        now_ns = START_NS + arrival_ms * NS_PER_MS
        while head < START + arrival_ms // 1_000:
            head += 1
            cancels.cancels_tick(s, head)
        cancels.cancels_release(s, head, now_ns)
        if isinstance(what, tuple):
            at_ms, side, price_u, size_u = what
            cancels.cancels_trade(s, START_NS + at_ms * NS_PER_MS, side, price_u, size_u)
        else:
            if before is not None:
                cancels.cancels_book(s, before, what, now_ns)
            before = what
    cancels.cancels_tick(s, head + 1)
    cancels.cancels_release(s, head + 1, now_ns + NS_PER_S)
    assert s.forgotten == 0
    return orders, int(s.cancelled_u)


@settings(max_examples=EXAMPLES)
@given(st.integers(0, 10**6), st.integers(1, 20))
def test_it_is_a_lower_bound(seed: int, per_book: int) -> None:
    orders, counted_u = measured(seed, per_book=per_book)
    assert 0 < counted_u <= orders.cancelled_u
    assert orders.executed_u > 0


def test_it_is_not_far_below_where_books_show_every_change() -> None:
    orders, counted_u = measured(1, per_book=1)
    assert 0.8 * orders.cancelled_u < counted_u
