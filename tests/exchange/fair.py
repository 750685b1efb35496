"""A small market by hand, and a venue over it: rows in, requests in, short lines out.

Prices and sizes are decimals as people write them. Rows happen at whole milliseconds after
START_NS.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import numpy as np

from sigma_cli.domain.books import NO_UPDATE
from sigma_cli.domain.dtypes.tape import BOOK, QUOTE, TRADE, TURN
from sigma_cli.domain.events import EventKind
from sigma_cli.domain.instruments import Instrument
from sigma_cli.domain.units import NS_PER_MS, TsNs
from sigma_cli.exchange.log import Log
from sigma_cli.exchange.market import Market
from sigma_cli.exchange.upbit.accounts import Account
from sigma_cli.exchange.upbit.behaviour import Behaviour
from sigma_cli.exchange.upbit.events import AssetEvent, Event, OrderEvent
from sigma_cli.exchange.upbit.venue import Venue
from sigma_cli.kernels.chunk import Chunk
from sigma_cli.venues.upbit.rules import RULEBOOK
from sigma_cli.venues.upbit.wire.orders import NewOrder, Order
from sigma_cli.venues.upbit.wire.queries import OrderQuery

START_NS = 1_767_323_045_000_000_000
"""2026-01-02 03:04:05 UTC."""
BTC, ETH = "KRW-BTC", "KRW-ETH"
Levels = Sequence[tuple[str, str]]
"""Price and size of each level, the nearest first."""
BIDS: Levels = (("100000000", "0.5"), ("99999000", "0.7"), ("99998000", "2"))
ASKS: Levels = (("100001000", "0.4"), ("100002000", "0.6"), ("100003000", "2"))


def instruments(*codes: str, price_exp: int = 0, size_exp: int = 8) -> tuple[Instrument, ...]:
    return tuple(RULEBOOK.instrument(code, price_exp, size_exp) for code in codes or (BTC,))


@dataclass
class Tape:
    """Rows to be: `at_ms` is when, counted from START_NS."""

    instruments: tuple[Instrument, ...] = field(default_factory=instruments)
    rows: list[tuple[int, int, EventKind, Any]] = field(default_factory=list)

    def trade(
        self, at_ms: int, price: str, size: str, side: int = 1, *, code: str = BTC, no: int = 0
    ) -> "Tape":
        row = self._row(TRADE, at_ms)
        row.trade_id = no or len(self.rows) + 1
        row.price_u, row.size_u = self._price(code, price), self._size(code, size)
        row.side = side
        return self._add(at_ms, code, EventKind.TRADE, row)

    def book(
        self, at_ms: int, bids: Levels = BIDS, asks: Levels = ASKS, *, code: str = BTC
    ) -> "Tape":
        row = self._row(BOOK, at_ms)
        row.update_id = NO_UPDATE
        for n, (price, size) in enumerate(bids):
            row.bid_u[n], row.bid_size_u[n] = self._price(code, price), self._size(code, size)
        for n, (price, size) in enumerate(asks):
            row.ask_u[n], row.ask_size_u[n] = self._price(code, price), self._size(code, size)
        return self._add(at_ms, code, EventKind.BOOK, row)

    def quote(self, at_ms: int, bid: tuple[str, str], ask: tuple[str, str]) -> "Tape":
        row = self._row(QUOTE, at_ms)
        row.update_id = NO_UPDATE
        row.bid_u, row.bid_size_u = self._price(BTC, bid[0]), self._size(BTC, bid[1])
        row.ask_u, row.ask_size_u = self._price(BTC, ask[0]), self._size(BTC, ask[1])
        return self._add(at_ms, BTC, EventKind.QUOTE, row)

    def gap(self, at_ms: int) -> "Tape":
        return self._add(at_ms, BTC, EventKind.GAP, self._row(BOOK, at_ms))

    def chunks(self, *, each: int = 1_000_000) -> list[Chunk]:
        """All rows, `each` of them a chunk."""
        rows = sorted(self.rows, key=lambda row: row[0])
        return [self._chunk(rows[n : n + each]) for n in range(0, len(rows), each)] or [
            self._chunk([])
        ]

    def market(self, **how: Any) -> Market:
        return Market(self.instruments, self.chunks(), **how)

    def _chunk(self, rows: Sequence[tuple[int, int, EventKind, Any]]) -> Chunk:
        of_kind: dict[str, list[Any]] = {"trades": [], "quotes": [], "books": []}
        places = {EventKind.TRADE: "trades", EventKind.QUOTE: "quotes"}
        turns = np.zeros(len(rows), TURN)
        for turn, (at_ms, market, kind, row) in zip(turns, rows, strict=True):
            place = of_kind[places.get(kind, "books")]
            turn.ts_ns, turn.row, turn.market, turn.kind = _ns(at_ms), len(place), market, kind
            place.append(row)
        arrays = {
            name: np.array([row.item() for row in of_kind[name]], dtype)
            if of_kind[name]
            else np.zeros(0, dtype)
            for name, dtype in (("trades", TRADE), ("quotes", QUOTE), ("books", BOOK))
        }
        ends_ns = _ns(rows[-1][0] + 1) if rows else START_NS
        return Chunk(
            **arrays,
            venue_turns=turns,
            desk_turns=np.zeros(0, TURN),
            start_ns=_ns(rows[0][0]) if rows else START_NS,
            end_ns=ends_ns,
        )

    def _row(self, dtype: Any, at_ms: int) -> Any:
        row = np.zeros(1, dtype)[0]
        row.exch_ts_ns = row.recv_ts_ns = _ns(at_ms)
        return row

    def _add(self, at_ms: int, code: str, kind: EventKind, row: Any) -> "Tape":
        self.rows.append((at_ms, self._number(code), kind, row))
        return self

    def _number(self, code: str) -> int:
        return [one.market for one in self.instruments].index(code)

    def _price(self, code: str, price: str) -> int:
        return int(Decimal(price).scaleb(self.instruments[self._number(code)].price_exp))

    def _size(self, code: str, size: str) -> int:
        return int(Decimal(size).scaleb(self.instruments[self._number(code)].size_exp))


class Fair:
    """A venue over a tape, of which the first millisecond has happened; events are kept."""

    def __init__(
        self,
        tape: Tape | None = None,
        *,
        own: dict[str, dict[str, str]] | None = None,
        log: Log | None = None,
        market: Market | None = None,
        **switches: Any,
    ) -> None:
        owns = own or {"ann": {"KRW": "10000000", "BTC": "1"}}
        accounts = [
            Account(name, {currency: Decimal(amount) for currency, amount in each.items()})
            for name, each in owns.items()
        ]
        market = market or (tape or Tape().book(0).trade(0, "100000000", "0.01")).market()
        behaviour = Behaviour(**switches)
        self.venue = Venue(market, accounts, behaviour, log or Log())
        self.at(0)
        self.venue.take_events()

    def at(self, ms: int) -> "Fair":
        """Let time go on to a millisecond after START_NS."""
        self.venue.advance(_ns(ms))
        return self

    def place(self, side: str, ord_type: str = "limit", *, by: str = "ann", **fields: Any) -> Order:
        return self.venue.place(by, new(side, ord_type, **fields))

    def order(self, order: Order, by: str = "ann") -> Order:
        return self.venue.order(by, OrderQuery(uuid=order.uuid))

    def held(self, currency: str, by: str = "ann") -> tuple[str, str]:
        """What is free and what is locked, as the venue shows it."""
        for balance in self.venue.balances(by):
            if balance.currency == currency:
                return format(balance.balance, "f"), format(balance.locked, "f")
        return "0", "0"

    def told(self, by: str | None = None) -> list[str]:
        """What was told to accounts since the last time, one short line each."""
        events = self.venue.take_events()
        return [
            line(event)
            for event in events
            if isinstance(event, OrderEvent | AssetEvent) and by in (None, event.account)
        ]


def new(side: str, ord_type: str = "limit", **fields: Any) -> NewOrder:
    """Return a new order; price and volume as text, the market is BTC unless said."""
    for name in ("price", "volume"):
        if name in fields:
            fields[name] = Decimal(fields[name])
    return NewOrder(**{"market": BTC, "side": side, "ord_type": ord_type, **fields})


def line(event: Event) -> str:
    """Return an event as a short line: a trade with price, volume and fee, balances with both."""
    if isinstance(event, OrderEvent):
        told = event.message
        if told.state != "trade":
            return told.state
        role = "maker" if told.is_maker else "taker"
        return f"trade {told.volume}@{told.price} fee {told.trade_fee} {role}"
    assert isinstance(event, AssetEvent)
    return " ".join(
        f"{one.currency} {format(one.balance, 'f')}+{format(one.locked, 'f')}"
        for one in event.message.assets
    )


def with_rules(instrument: Instrument, from_ms: int, **other: Any) -> Instrument:
    """Return a market in which other rules hold from a millisecond on."""
    later = replace(instrument.rules[-1], valid_from_ns=TsNs(_ns(from_ms)), **other)
    return replace(instrument, rules=(*instrument.rules, later))


def _ns(ms: int) -> int:
    return START_NS + ms * NS_PER_MS


def states(orders: Iterable[Order]) -> list[str]:
    return [order.state for order in orders]
