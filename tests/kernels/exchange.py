"""A simulated venue to trade on by hand: requests and bars in, what it told in short lines out."""

from typing import Any

import numpy as np

from sigma_cli.domain.dtypes.packing import pack_rules
from sigma_cli.domain.dtypes.tape import BAR, REQUEST
from sigma_cli.domain.dtypes.venue import INBOX, VENUE
from sigma_cli.domain.facts import FactKind, Liquidity
from sigma_cli.domain.instruments import Instrument
from sigma_cli.domain.requests import OrderType, Reason, RequestKind, Side, TimeInForce
from sigma_cli.domain.units import NS_PER_MINUTE
from sigma_cli.kernels.matching import bars, orders
from tests.kernels.harness import instrument
from tests.market import START_NS

BUY, SELL = Side.BUY, Side.SELL
MARKET, VALUE = OrderType.MARKET, OrderType.VALUE
LIMIT, STOP = OrderType.LIMIT, OrderType.STOP
GTC, IOC, FOK = TimeInForce


class Exchange:
    """A venue whose bars last a minute; its last price begins at 10,000."""

    def __init__(
        self,
        *,
        cash: float = 1_000_000.0,
        held_u: int = 0,
        slippage_bps: float = 0.0,
        participation: float = 0.0,
        instruments: tuple[Instrument, ...] = (),
    ) -> None:
        self.venue = np.zeros(1, VENUE)
        self.inbox = np.zeros(1, INBOX)
        self.request = np.zeros(1, REQUEST)
        self.mark_u = 10_000
        self.now_ns = START_NS
        self.orders = 0
        self.facts: list[Any] = []
        """All that was ever told."""
        venue = self.venue[0]
        venue.cash = cash
        venue.slippage = slippage_bps * 1e-4
        venue.participation = participation
        venue.positions_u[0] = held_u
        for market, one in enumerate(instruments or (instrument(),)):
            orders.set_rules(venue, market, pack_rules(one, one.rules[0])[0])

    def submit(self, side: Side, order_type: OrderType, **fields: Any) -> list[str]:
        """Send the next order; `size_u` of an order that names neither it nor a value is 100."""
        if order_type != VALUE:
            fields = {"size_u": 100} | fields
        return self._take(RequestKind.SUBMIT, side, order_type, **fields)

    def cancel(self, no: int) -> list[str]:
        return self._take(RequestKind.CANCEL, BUY, MARKET, local_no=no)

    def replace(self, no: int) -> list[str]:
        return self._take(RequestKind.REPLACE, BUY, MARKET, local_no=no)

    def bar(
        self,
        open_u: int,
        high_u: int,
        low_u: int,
        close_u: int,
        volume_u: int = 10_000,
        market: int = 0,
    ) -> list[str]:
        """Let a whole bar pass; return what it told."""
        bar = np.zeros(1, BAR)[0]
        bar.open_ts_ns = self.now_ns
        bar.open_u, bar.high_u, bar.low_u, bar.close_u = open_u, high_u, low_u, close_u
        bar.volume_u = volume_u
        bars.open_bar(self.venue[0], market, bar, self.inbox[0])
        told = self._told()
        self.now_ns += NS_PER_MINUTE
        bars.close_bar(self.venue[0], market, bar, self.now_ns, self.inbox[0])
        self.mark_u = close_u
        return told + self._told()

    def flat(self, price_u: int, volume_u: int = 10_000, market: int = 0) -> list[str]:
        """Let a bar pass in which the price stands still."""
        return self.bar(price_u, price_u, price_u, price_u, volume_u, market)

    @property
    def cash(self) -> float:
        return float(self.venue[0].cash)

    @property
    def held_u(self) -> int:
        return int(self.venue[0].positions_u[0])

    @property
    def resting(self) -> int:
        return int(self.venue[0].open_count)

    def _take(
        self, kind: RequestKind, side: Side, order_type: OrderType, **fields: Any
    ) -> list[str]:
        if kind is RequestKind.SUBMIT:
            self.orders += 1
        self.request[:] = 0
        request = self.request[0]
        request.kind, request.side, request.order_type = kind, side, order_type
        request.tif, request.local_no = GTC, self.orders
        for name, value in fields.items():
            request[name] = value
        bars.take(self.venue[0], request, self.mark_u, self.now_ns, self.inbox[0])
        return self._told()

    def _told(self) -> list[str]:
        facts = [fact.copy() for fact in self.inbox[0].facts[: self.inbox[0].count]]
        self.facts += facts
        return [line(fact) for fact in facts]


def line(fact: Any) -> str:
    """Return a fact as `1 filled 100 @ 10000 taker` or `1 cancelled expired`."""
    kind, reason = FactKind(int(fact.kind)), Reason(int(fact.reason))
    if kind is FactKind.FILLED:
        liquidity = Liquidity(int(fact.liquidity)).name.lower()
        return f"{fact.local_no} filled {fact.size_u} @ {fact.price_u} {liquidity}"
    why = "" if reason is Reason.NONE else f" {reason.name.lower()}"
    return f"{fact.local_no} {kind.name.lower()}{why}"
