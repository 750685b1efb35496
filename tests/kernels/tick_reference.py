"""The imbalance policy on trades and quotes, in plain Python: shares no code with the kernels.

One market, one coin at a time, whole fills, a queue that only trades bring forward. The desk knows
what has arrived, the venue what has happened; requests and facts take as long as `DELAY_NS`.
"""

import heapq
from collections import deque
from dataclasses import dataclass, field
from itertools import count
from typing import Any

MS = 1_000_000
DELAY_NS = 10 * MS
TIMER_NS = 100 * MS
VENUE, REQUEST, TIMER, FACT, DESK = range(5)
"""What comes first at one time."""


@dataclass
class Order:
    no: int
    side: int
    price: int | None
    """None: at the market."""
    front: float = 0.0
    level: int | None = None


@dataclass
class Book:
    """The touch, and the last trade, as one side of the world knows them."""

    bid: int = 0
    bid_size: int = 0
    ask: int = 0
    ask_size: int = 0
    last: int = 0


@dataclass
class Engine:
    """A run; `entries`, `fills`, `exits` and `cancels` are what came of it."""

    ticks: int
    wait_ns: int
    hold_ns: int
    least: float
    """The imbalance that an entry has to exceed."""
    post_only: bool
    entries: list[tuple[int, int]] = field(default_factory=list)
    """When, and at what limit."""
    exits: list[tuple[int, str]] = field(default_factory=list)
    cancels: list[int] = field(default_factory=list)
    fills: list[tuple[int, int, int, bool]] = field(default_factory=list)
    """When at the venue, side, price, whether it was made."""

    def run(self, rows: list[tuple[int, int, Any]], start_ns: int, end_ns: int) -> None:
        """Let rows happen: (when, when it arrives, a trade or a quote as a tuple)."""
        self.venue, self.seen = Book(), Book()
        self.resting: list[Order] = []
        self.trades: deque[tuple[int, int]] = deque(maxlen=50)
        self.phase, self.order, self.numbers = "flat", 0, count(1)
        self.paid = self.asked_ns = self.entered_ns = 0
        self.cancelling = False
        self.queue: list[tuple[int, int, int, Any]] = []
        self.ids = count()
        for clock, kind in ((0, VENUE), (1, DESK)):  # trades first, then as they stand
            for row in sorted(rows, key=lambda row: (row[clock], row[2][0] != "trade")):
                self.later(row[clock], kind, row[2])
        first_ns = start_ns + -start_ns % TIMER_NS
        for now_ns in range(first_ns, end_ns, TIMER_NS):
            self.later(now_ns, TIMER, None)
        while self.queue and self.queue[0][0] < end_ns:
            self.now_ns, kind, _, what = heapq.heappop(self.queue)
            handle = (self.happen, self.arrive, self.think, self.hear, self.see)[kind]
            handle(what)

    def later(self, now_ns: int, kind: int, what: Any) -> None:
        heapq.heappush(self.queue, (now_ns, kind, next(self.ids), what))

    # --- The venue ---

    def happen(self, what: Any) -> None:
        book = self.venue
        if what[0] == "trade":
            _, price, size, side = what
            book.last = price
            if side < 0 and book.bid > price:
                book.bid = book.bid_size = 0
            if side > 0 and 0 < book.ask < price:
                book.ask = book.ask_size = 0
            for order in list(self.resting):
                assert order.price is not None
                if side != order.side and (order.price - price) * order.side > 0:
                    self.fill(order, order.price, True)
                elif side != order.side and order.price == price:
                    order.front -= size
                    if order.front < 0:
                        self.fill(order, price, True)
            return
        _, book.bid, book.bid_size, book.ask, book.ask_size = what
        for order in list(self.resting):
            assert order.price is not None
            crossed = book.ask <= order.price if order.side > 0 else book.bid >= order.price
            if crossed:
                self.fill(order, order.price, True)
            else:
                order.front = min(order.front, self.ahead(order))

    def ahead(self, order: Order) -> float:
        """How many are at an order's price, as far as anybody can see."""
        assert order.price is not None
        best, size = (
            (self.venue.bid, self.venue.bid_size)
            if order.side > 0
            else (self.venue.ask, self.venue.ask_size)
        )
        if best == 0:
            return float("inf")
        if best == order.price:
            return size
        return 0 if (order.price - best) * order.side > 0 else float("inf")

    def arrive(self, request: Any) -> None:
        if isinstance(request, int):
            for order in [order for order in self.resting if order.no == request]:
                self.resting.remove(order)
                self.tell("cancelled", order.no, 0)
            return
        order = request
        other = self.venue.ask if order.side > 0 else self.venue.bid
        if order.price is None:
            worse = self.venue.last + order.side
            self.fill(order, other or worse, False)
        elif other and (order.price - other) * order.side >= 0:
            if self.post_only:
                self.tell("cancelled", order.no, 0)
            else:
                self.fill(order, other, False)
        else:
            order.front = self.ahead(order)
            self.resting.append(order)

    def fill(self, order: Order, price: int, made: bool) -> None:
        if order in self.resting:
            self.resting.remove(order)
        self.fills.append((self.now_ns, order.side, price, made))
        self.tell("filled", order.no, price)

    def tell(self, kind: str, no: int, price: int) -> None:
        self.later(self.now_ns + DELAY_NS, FACT, (kind, no, price))

    # --- The desk ---

    def see(self, what: Any) -> None:
        if what[0] == "trade":
            _, _, size, side = what
            self.trades.append((side, size))
        else:
            _, bid, bid_size, ask, ask_size = what
            self.seen = Book(bid, bid_size, ask, ask_size) if bid < ask else Book()
        if self.phase == "flat":
            self.enter()
        else:
            self.think(None)

    def imbalance(self) -> float:
        if len(self.trades) < 50:
            return float("-inf")
        signed = sum(side * size for side, size in self.trades)
        return signed / sum(size for _, size in self.trades)

    def enter(self) -> None:
        if self.imbalance() <= self.least or self.seen.bid == 0:
            return
        price = self.seen.bid + 1 if self.seen.bid + 1 < self.seen.ask else self.seen.bid
        self.entries.append((self.now_ns, price))
        self.ask(Order(next(self.numbers), 1, price))
        self.phase, self.asked_ns, self.cancelling = "entering", self.now_ns, False

    def ask(self, order: Order) -> None:
        self.order = order.no
        self.later(self.now_ns + DELAY_NS, REQUEST, order)

    def think(self, _: Any) -> None:
        if self.phase == "entering":
            if self.now_ns - self.asked_ns > self.wait_ns and not self.cancelling:
                self.cancelling = True
                self.cancels.append(self.now_ns)
                self.later(self.now_ns + DELAY_NS, REQUEST, self.order)
        elif self.phase == "holding" and self.seen.bid > 0:
            gain = self.seen.bid - self.paid
            reason = ""
            if gain <= -self.ticks:
                reason = "stop"
            elif gain >= self.ticks:
                reason = "target"
            elif self.now_ns - self.entered_ns > self.hold_ns:
                reason = "time"
            if reason:
                self.exits.append((self.now_ns, reason))
                self.ask(Order(next(self.numbers), -1, None))
                self.phase = "leaving"

    def hear(self, fact: Any) -> None:
        kind, no, price = fact
        if no != self.order:
            return
        if kind == "cancelled":
            self.phase = "flat"
        elif self.phase == "entering":
            self.phase, self.paid, self.entered_ns = "holding", price, self.now_ns
        else:
            self.phase = "flat"
        if self.phase == "flat":
            self.enter()
        else:
            self.think(None)
