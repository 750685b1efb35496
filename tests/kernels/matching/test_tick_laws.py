"""What holds for the venue on ticks whatever happens: money, volume, queues, prices, lives.

Prices and sizes are whole and fees are halves of halves, so that money is exact in binary too.
"""

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from sigma_cli.domain.facts import FactKind, Liquidity
from sigma_cli.domain.fills import Depth, Queue
from sigma_cli.domain.requests import Reason, Side
from sigma_cli.domain.units import NS_PER_MS
from tests.kernels.exchange import BUY, FOK, GTC, IOC, LIMIT, MARKET, SELL, STOP, VALUE
from tests.kernels.harness import instrument
from tests.kernels.matching.tick_exchange import BEST, Levels, TickExchange

pytestmark = pytest.mark.prove

FEE_MAKER, FEE_TAKER = Decimal(2) ** -12, Decimal(2) ** -10
LOT, VALUE_MIN, CASH, HELD = 10, 1_000, 60_000, 400

prices = st.integers(94, 106)
wishes = st.fixed_dictionaries(
    {
        "side": st.sampled_from([BUY, SELL]),
        "order_type": st.sampled_from([LIMIT, LIMIT, MARKET, VALUE, STOP, BEST]),
        "size_u": st.integers(1, 30).map(lambda lots: lots * LOT),
        "value": st.integers(500, 30_000).map(float),
        "price_u": prices,
        "tif": st.sampled_from([GTC, GTC, GTC, IOC, FOK]),
        "post_only": st.integers(0, 1),
        "reduce_only": st.sampled_from([0, 0, 1]),
        "expires_in": st.sampled_from([0, 0, 0, 3, 9]),
    }
)


def sensible(order: dict[str, Any]) -> dict[str, Any]:
    """Return an order of which the venue does not only say that it makes no sense."""
    if order["side"] is BUY and order["order_type"] is not VALUE:
        order["reduce_only"] = 0
    if order["order_type"] is BEST and order["tif"] == GTC:
        order["tif"] = IOC
    return order


submits = st.one_of(wishes, wishes.map(sensible), wishes.map(sensible))
trades = st.tuples(st.just("trade"), prices, st.integers(1, 300), st.sampled_from([BUY, SELL]))
sizes: st.SearchStrategy[list[int]] = st.lists(
    st.integers(1, 200), min_size=1, max_size=4
) | st.just([])
books = st.tuples(st.just("book"), prices, st.integers(1, 3), sizes, sizes)
gaps = st.just(("gap",))
cancels = st.integers(1, 20)
deeds = st.one_of(submits, submits, submits, trades, trades, books, books, cancels, gaps)
venues = st.tuples(st.sampled_from(list(Depth)), st.sampled_from(list(Queue)))
histories = st.lists(deeds, min_size=20, max_size=40)


class Watched:
    """An exchange of which all is remembered, and every event held against the laws."""

    def __init__(self, venue: tuple[Depth, Queue]) -> None:
        coarse = instrument(value_min=str(VALUE_MIN), lot=str(LOT), fee=str(FEE_TAKER))
        self.depth, queue = venue
        self.exchange = TickExchange(
            depth=self.depth,
            queue=queue,
            cash=CASH,
            held_u=HELD,
            instruments=(replace(coarse, size_exp=0),),
            shows=False,
        )
        self.exchange.venue[0].rules[0].fee_maker = float(FEE_MAKER)
        self.sent: dict[int, dict[str, Any]] = {}
        self.exchange.trade(100, 1)
        self.book(99, 2, [50, 60, 70], [50, 60, 70])

    def do(self, deed: Any) -> None:
        told = len(self.exchange.facts)
        if isinstance(deed, dict):
            self.submit(dict(deed))
        elif isinstance(deed, int):
            self.exchange.cancel(deed)
        elif deed[0] == "trade":
            self.trade(*deed[1:])
        elif deed[0] == "book":
            self.book(*deed[1:])
        else:
            self.exchange.gap()
        for fact in self.exchange.facts[told:]:
            if fact.kind == FactKind.FILLED:
                self.check(fact)
        assert self.exchange.cash >= 0.0
        assert self.exchange.held_u >= 0

    def submit(self, order: dict[str, Any]) -> None:
        exchange = self.exchange
        self.sent[exchange.orders + 1] = order.copy()
        side, order_type = order.pop("side"), order.pop("order_type")
        after_ms = order.pop("expires_in")
        if after_ms:
            order["expires_ns"] = exchange.now_ns + after_ms * NS_PER_MS
        before = self.depth_of(-side)
        beyond_u, told = int(exchange.venue[0].ticks.unknown_depth_u), len(exchange.facts)
        exchange.submit(side, order_type, **order)
        beyond_u = int(exchange.venue[0].ticks.unknown_depth_u) - beyond_u
        got_u = sum(int(fact.size_u) for fact in exchange.facts[told:])
        assert got_u - beyond_u <= before - self.depth_of(-side), "no more than was shown"

    def trade(self, price_u: int, size_u: int, side: Side) -> None:
        exchange, told = self.exchange, len(self.exchange.facts)
        resting = exchange.venue[0].resting[: exchange.resting]
        fronts = [
            float(order.front)
            for order in resting
            if order.price_u == price_u and order.side == -side and not order.fresh
        ]
        exchange.trade(price_u, size_u, side)
        fills = [f for f in exchange.facts[told:] if f.kind == FactKind.FILLED]
        ours = [f for f in fills if f.liquidity == Liquidity.MAKER or self.depth is Depth.NONE]
        assert sum(int(fill.size_u) for fill in ours) <= size_u, "no more than was traded"
        at_price = sum(
            int(fill.size_u)
            for fill in ours
            if fill.price_u == price_u and fill.liquidity == Liquidity.MAKER
        )
        assert at_price <= max(size_u - min(fronts, default=size_u), 0), "those ahead come first"

    def book(self, bid_u: int, spread_u: int, bids_u: list[int], asks_u: list[int]) -> None:
        exchange, told = self.exchange, len(self.exchange.facts)
        venue = exchange.venue[0]
        waits = any(order.fresh for order in venue.resting[: exchange.resting])
        beyond_u = int(venue.ticks.unknown_depth_u)
        bids = [(bid_u - n, size_u) for n, size_u in enumerate(bids_u)]
        asks = [(bid_u + spread_u + n, size_u) for n, size_u in enumerate(asks_u)]
        if self.depth is Depth.LEVELS:
            exchange.book(bids, asks)
        elif self.depth is Depth.TOUCH and bids and asks:
            bids, asks = bids[:1], asks[:1]
            exchange.quote(*bids[0], *asks[0])
        else:
            return
        beyond_u = int(venue.ticks.unknown_depth_u) - beyond_u
        shown: dict[Side, Levels] = {BUY: bids, SELL: asks}
        for side in (BUY, SELL):
            got_u = sum(
                int(fact.size_u)
                for fact in exchange.facts[told:]
                if fact.size_u and self.sent[int(fact.local_no)]["side"] is side
            )
            gone_u = sum(size_u for _, size_u in shown[Side(-side)]) - self.depth_of(-side)
            if waits:  # takers, which leave less than a lot behind
                assert got_u - beyond_u <= gone_u, "no more than was shown"
            else:
                assert got_u == gone_u, "what was filled is gone"

    def depth_of(self, side: int) -> int:
        levels = self.exchange.bids if side == BUY else self.exchange.asks
        return sum(size_u for _, size_u in levels)

    def check(self, fill: Any) -> None:
        order = self.sent[int(fill.local_no)]
        is_taker = fill.liquidity == Liquidity.TAKER
        assert fill.size_u > 0
        assert fill.size_u % LOT == 0
        assert fill.price_u > 0
        if order["order_type"] is LIMIT:
            assert order["side"] * (order["price_u"] - fill.price_u) >= 0, "no worse than its limit"
            assert is_taker or fill.price_u == order["price_u"]
            assert not (is_taker and order["post_only"])
        else:
            assert is_taker


def run(venue: tuple[Depth, Queue], history: list[Any]) -> Watched:
    watched = Watched(venue)
    for deed in history:
        watched.do(deed)
    return watched


@given(venues, histories)
def test_no_money_and_no_coin_comes_from_nowhere(
    venue: tuple[Depth, Queue], history: list[Any]
) -> None:
    watched = run(venue, history)
    cash, held_u, fees = Decimal(CASH), HELD, Decimal(0)
    for fact in watched.exchange.facts:
        if fact.kind != FactKind.FILLED:
            continue
        value = Decimal(int(fact.price_u) * int(fact.size_u))
        fee = value * (FEE_MAKER if fact.liquidity == Liquidity.MAKER else FEE_TAKER)
        assert Decimal(float(fact.fee)) == fee
        side: Side = watched.sent[int(fact.local_no)]["side"]
        cash -= side * value
        fees += fee
        held_u += side * int(fact.size_u)
    assert held_u == watched.exchange.held_u
    assert cash - fees == Decimal(watched.exchange.cash), "exactly"


@given(venues, histories)
def test_every_order_lives_one_life(venue: tuple[Depth, Queue], history: list[Any]) -> None:
    watched = run(venue, history)
    exchange = watched.exchange
    lives: dict[int, list[Any]] = defaultdict(list)
    for fact in exchange.facts:
        lives[int(fact.local_no)].append(fact)
    assert set(lives) == set(watched.sent), "every order is answered"
    resting = {int(order.local_no) for order in exchange.venue[0].resting[: exchange.resting]}
    for no, (answer, *rest) in lives.items():
        order = watched.sent[no]
        if answer.kind == FactKind.REFUSED:
            assert not rest
            assert answer.reason != Reason.NONE
            continue
        assert answer.kind == FactKind.ACCEPTED
        if order["order_type"] is LIMIT:
            assert order["size_u"] * order["price_u"] >= VALUE_MIN
        fills = [fact for fact in rest if fact.kind == FactKind.FILLED]
        ends = [fact for fact in rest if fact.kind == FactKind.CANCELLED]
        assert len(rest) == len(fills) + len(ends)
        assert not ends or rest[-1] is ends[0], "nothing after the end"
        if order["order_type"] is VALUE or (order["order_type"] is BEST and order["side"] is BUY):
            assert sum(int(f.price_u) * int(f.size_u) for f in fills) <= order["value"]
            whole = False
        else:
            filled_u = sum(int(fill.size_u) for fill in fills)
            assert filled_u <= order["size_u"]
            whole = filled_u == order["size_u"]
            if order["tif"] == FOK and fills:
                # Less only of what may only reduce, or where money or coins ran out on the way.
                short = (Reason.REDUCE_ONLY, Reason.INSUFFICIENT_FUNDS)
                assert whole or ends[0].reason in short
        assert (no in resting) + whole + len(ends) == 1, "rests, is filled whole, or was ended"


@given(venues, histories)
def test_fills_are_numbered_in_order_of_time(
    venue: tuple[Depth, Queue], history: list[Any]
) -> None:
    exchange = run(venue, history).exchange
    fills = [fact for fact in exchange.facts if fact.kind == FactKind.FILLED]
    assert [int(fill.fill_id) for fill in fills] == list(range(1, len(fills) + 1))
    times = [int(fact.exch_ts_ns) for fact in exchange.facts]
    assert times == sorted(times)


@given(venues, histories)
def test_the_same_history_twice_gives_the_same_bytes(
    venue: tuple[Depth, Queue], history: list[Any]
) -> None:
    one, other = run(venue, history).exchange, run(venue, history).exchange
    assert one.venue.tobytes() == other.venue.tobytes()
    assert [fact.tobytes() for fact in one.facts] == [fact.tobytes() for fact in other.facts]
