"""A venue on ticks to trade on by hand: trades, quotes, books and requests in, short lines out.

A millisecond passes with everything that happens. Nothing is on its way for any time here: what is
told is told at once (`test_flight.py` has the delays).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from sigma_cli.domain.books import NO_UPDATE
from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.dtypes.packing import pack_rules
from sigma_cli.domain.dtypes.tape import BOOK, QUOTE, REQUEST, TRADE
from sigma_cli.domain.dtypes.venue import INBOX, VENUE
from sigma_cli.domain.fills import Depth, Queue
from sigma_cli.domain.instruments import Instrument
from sigma_cli.domain.requests import OrderType, RequestKind, Side
from sigma_cli.domain.units import NS_PER_MS
from sigma_cli.kernels.matching import orders, ticks
from tests.kernels.exchange import BUY, GTC, MARKET, VALUE, line
from tests.kernels.harness import instrument
from tests.market import START_NS

BEST = OrderType.BEST
Levels = Sequence[tuple[int, int]]
"""Price and size of each level, the nearest first."""
BIDS: Levels = ((9_990, 500), (9_980, 700), (9_970, 900))
ASKS: Levels = ((10_010, 400), (10_020, 600), (10_030, 800))


class TickExchange:
    """A venue that has shown BIDS and ASKS, as far as `depth` goes, and a trade at 10,000."""

    def __init__(
        self,
        *,
        depth: Depth = Depth.LEVELS,
        queue: Queue = Queue.RISK_AVERSE,
        cash: float = 1_000_000.0,
        held_u: int = 0,
        instruments: tuple[Instrument, ...] = (),
        shows: bool = True,
    ) -> None:
        self.venue = np.zeros(1, VENUE)
        self.inbox = np.zeros(1, INBOX)
        self.now_ns = START_NS
        self.orders = 0
        self.facts: list[Any] = []
        """All that was ever told."""
        venue = self.venue[0]
        venue.cash = cash
        venue.positions_u[0] = held_u
        venue.ticks.queue, venue.ticks.queue_power = queue, 2
        for market, one in enumerate(instruments or (instrument(),)):
            orders.set_rules(venue, market, pack_rules(one, one.rules[0])[0])
            venue.ticks.depth[market] = depth
        if shows:
            self.trade(10_000, 1)
            if depth is Depth.LEVELS:
                self.book(BIDS, ASKS)
            elif depth is Depth.TOUCH:
                self.quote(*BIDS[0], *ASKS[0])

    # --- The market ---

    def trade(self, price_u: int, size_u: int, side: Side = BUY, market: int = 0) -> list[str]:
        """Let somebody trade; `side` is the aggressor's."""
        row = np.zeros(1, TRADE)[0]
        row.price_u, row.size_u, row.side = price_u, size_u, side
        self._tick(row)
        ticks.on_trade(self.venue[0], market, row, self.now_ns, self.inbox[0])
        return self._told()

    def quote(
        self, bid_u: int, bid_size_u: int, ask_u: int, ask_size_u: int, *, no: int = NO_UPDATE
    ) -> list[str]:
        """Let the touch change; `no` is its update id."""
        row = np.zeros(1, QUOTE)[0]
        row.bid_u, row.bid_size_u, row.ask_u, row.ask_size_u = bid_u, bid_size_u, ask_u, ask_size_u
        row.update_id = no
        self._tick(row)
        ticks.on_quote(self.venue[0], 0, row, self.now_ns, self.inbox[0])
        return self._told()

    def book(
        self, bids: Levels, asks: Levels, *, no: int = NO_UPDATE, market: int = 0
    ) -> list[str]:
        """Let the whole book change; `no` is its update id."""
        row = np.zeros(1, BOOK)[0]
        for n, (price_u, size_u) in enumerate(bids):
            row.bid_u[n], row.bid_size_u[n] = price_u, size_u
        for n, (price_u, size_u) in enumerate(asks):
            row.ask_u[n], row.ask_size_u[n] = price_u, size_u
        row.update_id = no
        self._tick(row)
        ticks.on_book(self.venue[0], market, row, self.now_ns, self.inbox[0])
        return self._told()

    def gap(self) -> list[str]:
        """Let messages of the book be missed."""
        ticks.on_gap(self.venue[0], 0)
        return self._told()

    # --- Ourselves ---

    def submit(self, side: Side, order_type: OrderType, **fields: Any) -> list[str]:
        """Send the next order; `size_u` of an order that names neither it nor a value is 100."""
        self.orders += 1
        if order_type is not VALUE:
            fields = {"size_u": 100} | fields
        return self._take(RequestKind.SUBMIT, side, order_type, local_no=self.orders, **fields)

    def cancel(self, no: int) -> list[str]:
        return self._take(RequestKind.CANCEL, BUY, MARKET, local_no=no)

    def replace(self, no: int) -> list[str]:
        return self._take(RequestKind.REPLACE, BUY, MARKET, local_no=no)

    # --- What became of it ---

    @property
    def cash(self) -> float:
        return float(self.venue[0].cash)

    @property
    def held_u(self) -> int:
        return int(self.venue[0].positions_u[0])

    @property
    def resting(self) -> int:
        return int(self.venue[0].open_count)

    @property
    def front(self) -> float:
        """What is ahead of the first of our resting orders."""
        return float(self.venue[0].resting[0].front)

    @property
    def bids(self) -> list[tuple[int, int]]:
        """What the venue still shows."""
        view = self.venue[0].ticks.views[0]
        return [(int(p), int(s)) for p, s in zip(view.bid_u, view.bid_size_u, strict=True) if s]

    @property
    def asks(self) -> list[tuple[int, int]]:
        view = self.venue[0].ticks.views[0]
        return [(int(p), int(s)) for p, s in zip(view.ask_u, view.ask_size_u, strict=True) if s]

    def _tick(self, row: Record) -> None:
        self.now_ns += NS_PER_MS
        row.exch_ts_ns = row.recv_ts_ns = self.now_ns

    def _take(
        self, kind: RequestKind, side: Side, order_type: OrderType, **fields: Any
    ) -> list[str]:
        request = np.zeros(1, REQUEST)[0]
        request.kind, request.side, request.order_type, request.tif = kind, side, order_type, GTC
        for name, value in fields.items():
            request[name] = value
        self.now_ns += NS_PER_MS
        ticks.take(self.venue[0], request, self.now_ns, self.inbox[0])
        return self._told()

    def _told(self) -> list[str]:
        inbox = self.inbox[0]
        facts = [fact.copy() for fact in inbox.facts[: inbox.count]]
        inbox.count = 0
        self.facts += facts
        return [line(fact) for fact in facts]
