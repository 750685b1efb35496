"""What holds for the simulated venue whatever is sent to it: money, volume, prices, lives."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from sigma_cli.domain.facts import FactKind, Liquidity
from sigma_cli.domain.requests import Reason, Side
from tests.kernels.exchange import BUY, FOK, GTC, IOC, LIMIT, MARKET, SELL, STOP, VALUE, Exchange
from tests.kernels.harness import instrument

pytestmark = pytest.mark.prove

FEE_MAKER, FEE_TAKER = Decimal("0.0004"), Decimal("0.001")
PARTICIPATION = 0.5

prices = st.integers(90, 110)
submits = st.fixed_dictionaries(
    {
        "side": st.sampled_from([BUY, SELL]),
        "order_type": st.sampled_from([MARKET, VALUE, LIMIT, STOP]),
        "size_u": st.integers(1, 40).map(lambda lots: lots * 10),
        "value": st.integers(100, 40_000).map(float),
        "price_u": prices,
        "tif": st.sampled_from([GTC, GTC, IOC, FOK]),
        "post_only": st.integers(0, 1),
        "reduce_only": st.integers(0, 1),
        "expires_in": st.integers(0, 4),
    }
)
bars = st.tuples(prices, prices, prices, prices, st.integers(0, 300))
cancels = st.integers(1, 20)
histories = st.lists(st.one_of(submits, submits, cancels, bars, bars), min_size=1, max_size=40)


class Watched:
    """An exchange of which every order and bar is remembered."""

    def __init__(self) -> None:
        rules = instrument(value_min="100", fee=str(FEE_TAKER), lot="0.1")
        self.exchange = Exchange(
            cash=30_000.0, held_u=500, participation=PARTICIPATION, instruments=(rules,)
        )
        self.exchange.venue[0].rules[0].fee_maker = float(FEE_MAKER)
        self.exchange.mark_u = 100
        self.sent: dict[int, dict[str, Any]] = {}

    def do(self, deed: Any) -> None:
        if isinstance(deed, dict):
            self.submit(dict(deed))
        elif isinstance(deed, int):
            self.exchange.cancel(deed)
        else:
            self.bar(*deed)

    def submit(self, order: dict[str, Any]) -> None:
        self.sent[self.exchange.orders + 1] = order.copy()
        side, order_type = order.pop("side"), order.pop("order_type")
        minutes = order.pop("expires_in")
        if minutes:
            order["expires_ns"] = self.exchange.now_ns + minutes * 60 * 10**9
        self.exchange.submit(side, order_type, **order)

    def bar(self, open_u: int, high_u: int, low_u: int, close_u: int, volume_u: int) -> None:
        high_u, low_u = max(open_u, high_u, low_u, close_u), min(open_u, high_u, low_u, close_u)
        told = len(self.exchange.facts)
        self.exchange.bar(open_u, high_u, low_u, close_u, volume_u)
        fills = [f for f in self.exchange.facts[told:] if f.kind == FactKind.FILLED]
        assert sum(int(fill.size_u) for fill in fills) <= volume_u * PARTICIPATION
        for fill in fills:
            assert low_u <= fill.price_u <= high_u or fill.liquidity == Liquidity.MAKER
            self.check_price(fill, open_u)

    def check_price(self, fill: Any, open_u: int) -> None:
        order = self.sent[int(fill.local_no)]
        if order["order_type"] is LIMIT:
            assert order["side"] * (order["price_u"] - fill.price_u) >= 0, "no worse than its limit"
        if order["post_only"] and order["order_type"] is LIMIT:
            assert fill.liquidity == Liquidity.MAKER
        if order["order_type"] in (MARKET, VALUE):
            assert fill.price_u == open_u


def run(history: list[Any]) -> Watched:
    watched = Watched()
    for deed in history:
        watched.do(deed)
        assert watched.exchange.cash >= 0.0
        assert watched.exchange.held_u >= 0
    return watched


@given(histories)
def test_no_money_and_no_coin_comes_from_nowhere(history: list[Any]) -> None:
    watched = run(history)
    exchange = watched.exchange
    cash, held_u = Decimal(30_000), 500
    for fact in exchange.facts:
        if fact.kind != FactKind.FILLED:
            continue
        side: Side = watched.sent[int(fact.local_no)]["side"]
        value = Decimal(int(fact.price_u)) * Decimal(int(fact.size_u)) / 100
        fee = value * (FEE_MAKER if fact.liquidity == Liquidity.MAKER else FEE_TAKER)
        assert float(fact.fee) == pytest.approx(float(fee), rel=1e-12)
        cash -= side * value + fee
        held_u += side * int(fact.size_u)
    assert held_u == exchange.held_u
    assert float(cash) == pytest.approx(exchange.cash, rel=1e-9, abs=1e-6)


@given(histories)
def test_every_order_lives_one_life(history: list[Any]) -> None:
    watched = run(history)
    lives: dict[int, list[Any]] = defaultdict(list)
    for fact in watched.exchange.facts:
        lives[int(fact.local_no)].append(fact)
    assert set(lives) == set(watched.sent), "every order is answered"
    resting = {
        int(order.local_no)
        for order in watched.exchange.venue[0].resting[: watched.exchange.resting]
    }
    for no, (answer, *rest) in lives.items():
        if answer.kind == FactKind.REFUSED:
            assert not rest and answer.reason != Reason.NONE
            continue
        assert answer.kind == FactKind.ACCEPTED
        fills = [fact for fact in rest if fact.kind == FactKind.FILLED]
        ends = [fact for fact in rest if fact.kind == FactKind.CANCELLED]
        assert len(rest) == len(fills) + len(ends)
        order = watched.sent[no]
        if order["order_type"] is VALUE:
            spent = sum(int(fill.price_u) * int(fill.size_u) for fill in fills) / 100
            assert spent <= order["value"]
            whole = False
        else:
            filled_u = sum(int(fill.size_u) for fill in fills)
            assert filled_u <= order["size_u"]
            whole = filled_u == order["size_u"]
        assert (no in resting) + whole + len(ends) == 1, "rests, is filled whole, or was ended"
        assert not ends or rest[-1] is ends[0], "nothing after the end"
        if order["tif"] == FOK and fills and order["order_type"] is not VALUE:
            # One that may only reduce is for no more than there is.
            assert whole or (order["reduce_only"] and ends[0].reason == Reason.REDUCE_ONLY)


@given(histories)
def test_fills_are_numbered_in_order_and_whole_lots(history: list[Any]) -> None:
    exchange = run(history).exchange
    fills = [fact for fact in exchange.facts if fact.kind == FactKind.FILLED]
    assert [int(fill.fill_id) for fill in fills] == list(range(1, len(fills) + 1))
    assert all(fill.size_u > 0 and fill.size_u % 10 == 0 for fill in fills)


@given(histories)
def test_the_same_history_twice_gives_the_same_bytes(history: list[Any]) -> None:
    one, other = run(history).exchange, run(history).exchange
    assert one.venue.tobytes() == other.venue.tobytes()
    assert [fact.tobytes() for fact in one.facts] == [fact.tobytes() for fact in other.facts]
