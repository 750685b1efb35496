"""A random market, and accounts that do random things in it: a seed says which."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec

from sigma_cli.domain.units import NS_PER_MS
from sigma_cli.exchange.log import Log
from sigma_cli.exchange.market import Market
from sigma_cli.exchange.upbit.accounts import Account
from sigma_cli.exchange.upbit.behaviour import Behaviour
from sigma_cli.exchange.upbit.events import AssetEvent, OrderEvent
from sigma_cli.exchange.upbit.refusals import Refused
from sigma_cli.exchange.upbit.venue import Venue
from sigma_cli.kernels.chunk import Chunk
from sigma_cli.venues.upbit.wire.orders import CancelAndNew, NewOrder
from sigma_cli.venues.upbit.wire.queries import CancelOpenQuery, NamedOrdersQuery, OrderQuery
from sigma_cli.venues.upbit.wire.stream import MyAsset, MyOrder
from tests.exchange.fair import BTC, ETH, START_NS, Levels, Tape, instruments, new

NAMES = ("ann", "ben", "cyd")
MARKETS = (BTC, ETH)
PRICES = {BTC: 100_000_000, ETH: 3_000_000}
TICK = 1_000
CHUNK_MS = 2_000
OWNS = {"KRW": Decimal(50_000_000), "BTC": Decimal("0.5"), "ETH": Decimal(10)}


def chunks(seed: int) -> Iterator[Chunk]:
    """Yield a market without an end: every few milliseconds a trade, a book, or a gap."""
    dice = random.Random(seed)
    price = dict(PRICES)
    at_ms = 0
    while True:
        tape = Tape(instruments(*MARKETS))
        end_ms = at_ms + CHUNK_MS
        while at_ms < end_ms:
            at_ms += dice.randint(1, 12)
            code = dice.choice(MARKETS)
            price[code] = max(price[code] + dice.randint(-2, 2) * TICK, 2_000 * TICK)
            kind = dice.random()
            if kind < 0.45:
                bids, asks = levels(dice, code, price[code], -1), levels(dice, code, price[code], 1)
                tape.book(at_ms, bids, asks, code=code)
            elif kind < 0.98 or code != BTC:
                traded = price[code] + dice.randint(-3, 3) * TICK
                tape.trade(at_ms, str(traded), volume(dice, code), dice.choice((-1, 1)), code=code)
            else:
                tape.gap(at_ms)
        yield from tape.chunks()


def levels(dice: random.Random, code: str, price: int, way: int) -> Levels:
    count = 0 if dice.random() < 0.03 else dice.randint(1, 5)
    return [(str(price + way * (n + 1) * TICK), volume(dice, code)) for n in range(count)]


def volume(dice: random.Random, code: str) -> str:
    """Return a volume of some ten thousand to some million KRW, with 8 decimals."""
    value = 10 ** dice.uniform(4, 6.5)
    return f"{value / PRICES[code]:.8f}"


@dataclass
class Crowd:
    """Accounts that ask a venue for random things; the answers are kept as bytes."""

    seed: int
    venue: Venue
    dice: random.Random = field(init=False)
    answers: list[bytes] = field(default_factory=list)
    names: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in NAMES})
    heard: list[tuple[str, MyOrder | MyAsset]] = field(default_factory=list)
    """What was told to whom in the last step."""

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)

    def step(self, told: list[Any] | None = None) -> None:
        """Let some time pass, then let somebody ask for something; `told` gets every message."""
        dice, venue = self.dice, self.venue
        venue.advance(venue.now_ns + dice.randint(0, 10) * NS_PER_MS)
        account = dice.choice(NAMES)
        try:
            answer: Any = self._ask(account)
        except Refused as refused:
            answer = [refused.status, refused.name, refused.message]
        balances = venue.balances(account)
        events = [
            event for event in venue.take_events() if isinstance(event, OrderEvent | AssetEvent)
        ]
        self.heard = [(event.account, event.message) for event in events]
        self.answers.append(msgspec.json.encode([answer, balances, events]))
        if told is not None:
            told += [] if isinstance(answer, list) else [answer]
            told += [*balances, *(event.message for event in events)]

    def _ask(self, account: str) -> Any:
        dice, venue = self.dice, self.venue
        kind = dice.random()
        known = self.names[account]
        if kind < 0.75 or not known:
            order = venue.place(account, self._order())
            known.append(order.uuid)
            return order
        uuid = dice.choice(known[-60:])
        if kind < 0.9:
            return venue.cancel(account, OrderQuery(uuid=uuid))
        if kind < 0.93:
            return venue.cancel_and_new(account, self._follow(uuid))
        if kind < 0.94:
            return venue.cancel_open(account, CancelOpenQuery(count=dice.randint(1, 40)))
        if kind < 0.96:
            return venue.cancel_named(account, NamedOrdersQuery(uuids=tuple(known[-15:])))
        return venue.order(account, OrderQuery(uuid=uuid))

    def _order(self) -> NewOrder:
        dice = self.dice
        code = dice.choice(MARKETS)
        side = dice.choice(("bid", "ask"))
        kind = dice.random()
        fields: dict[str, Any] = {"market": code}
        if dice.random() < 0.3:
            fields["identifier"] = f"{dice.randint(0, 10**6)}"
        if dice.random() < 0.5:
            fields["smp_type"] = dice.choice(("cancel_maker", "cancel_taker", "reduce", "none"))
        if kind < 0.15:
            if side == "bid":
                return new("bid", "price", price=str(dice.randint(4_000, 3_000_000)), **fields)
            return new("ask", "market", volume=volume(dice, code), **fields)
        if kind < 0.3:
            fields["time_in_force"] = dice.choice(("ioc", "fok"))
            if side == "bid":
                return new("bid", "best", price=str(dice.randint(4_000, 3_000_000)), **fields)
            return new("ask", "best", volume=volume(dice, code), **fields)
        fields["time_in_force"] = dice.choice((None, None, None, None, "ioc", "fok", "post_only"))
        return new(side, price=str(self._near(code)), volume=volume(dice, code), **fields)

    def _follow(self, uuid: str) -> CancelAndNew:
        dice = self.dice
        return CancelAndNew(
            prev_order_uuid=uuid,
            new_ord_type="limit",
            new_price=Decimal(self._near(dice.choice(MARKETS))),
            new_volume=dice.choice(("remain_only", volume(dice, BTC), volume(dice, ETH))),
        )

    def _near(self, code: str) -> int:
        """Return a price near that of the market, now and then off the grid."""
        trades = self.venue.market.boards[code].trades
        last = trades[-1].price_u if trades else PRICES[code]
        off = 500 if self.dice.random() < 0.01 else 0
        return last + self.dice.randint(-6, 6) * TICK + off


def gather(seed: int, log: Log | None = None, **switches: Any) -> Crowd:
    """Return accounts at a random market that has just begun."""
    accounts = [Account(name, OWNS) for name in NAMES]
    market = Market(instruments(*MARKETS), chunks(seed))
    venue = Venue(market, accounts, Behaviour(**switches), log or Log())
    venue.advance(START_NS)
    return Crowd(seed, venue)
