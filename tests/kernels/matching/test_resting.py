"""Orders that rest at the venue on ticks: what fills them, for how much, and what ends them."""

from typing import Any

import pytest

from sigma_cli.domain.dtypes.bounds import ORDERS_MAX
from sigma_cli.domain.fills import Depth
from sigma_cli.domain.requests import OrderType, Side
from sigma_cli.domain.units import NS_PER_MS
from tests.kernels.exchange import BUY, LIMIT, MARKET, SELL, STOP, VALUE
from tests.kernels.harness import instrument
from tests.kernels.matching.tick_exchange import ASKS, BIDS, TickExchange

ACCEPTED = ["1 accepted"]
KNOWN = [Depth.TOUCH, Depth.LEVELS]


# --- Trades -----------------------------------------------------------------------------------


@pytest.mark.parametrize("depth", KNOWN)
@pytest.mark.parametrize(
    ("side", "price_u", "trade", "told"),
    [
        (BUY, 9_980, (9_979, 60, SELL), ["1 filled 60 @ 9980 maker"]),  # beyond: no queue is left
        (BUY, 9_980, (9_979, 100, SELL), ["1 filled 100 @ 9980 maker"]),
        (BUY, 9_980, (9_979, 101, SELL), ["1 filled 100 @ 9980 maker"]),
        (BUY, 9_980, (9_980, 100, SELL), []),  # at its price: others were first
        (BUY, 9_980, (9_981, 999, SELL), []),
        (BUY, 9_980, (9_979, 999, BUY), []),  # it took from the other side
        (BUY, 9_980, (9_980, 999, BUY), []),
        (SELL, 10_020, (10_021, 60, BUY), ["1 filled 60 @ 10020 maker"]),
        (SELL, 10_020, (10_020, 60, BUY), []),
        (SELL, 10_020, (10_021, 60, SELL), []),
    ],
)
def test_a_trade_meets_a_limit(
    depth: Depth, side: Side, price_u: int, trade: tuple[int, int, Side], told: list[str]
) -> None:
    exchange = TickExchange(depth=depth, held_u=100)
    assert exchange.submit(side, LIMIT, price_u=price_u) == ACCEPTED
    assert exchange.trade(*trade) == told


def test_one_trade_fills_no_more_than_it_was_and_the_better_price_first() -> None:
    exchange = TickExchange()
    exchange.submit(BUY, LIMIT, price_u=9_985)
    exchange.submit(BUY, LIMIT, price_u=9_988)
    told = exchange.trade(9_985, 130, SELL)
    assert told == ["2 filled 100 @ 9988 maker", "1 filled 30 @ 9985 maker"]


def test_a_trade_in_another_market_is_none_of_ours() -> None:
    exchange = TickExchange(instruments=(instrument("A"), instrument("B")))
    exchange.submit(BUY, LIMIT, price_u=9_985)
    assert exchange.trade(5_000, 10_000, SELL, market=1) == []
    assert exchange.book([(9_000, 1)], [(9_001, 99)], market=1) == []
    assert exchange.trade(5_000, 10_000, SELL) == ["1 filled 100 @ 9985 maker"]


def test_what_is_less_than_a_lot_fills_nothing() -> None:
    exchange = TickExchange(instruments=(instrument(lot="0.2"),))
    exchange.submit(BUY, LIMIT, price_u=9_985)
    assert exchange.trade(9_985, 19, SELL) == []
    assert exchange.trade(9_985, 59, SELL) == ["1 filled 40 @ 9985 maker"]


# --- Books ------------------------------------------------------------------------------------


def test_a_book_that_comes_to_our_price_fills_what_it_shows() -> None:
    exchange = TickExchange()
    exchange.submit(BUY, LIMIT, price_u=9_990)
    told = exchange.book([(9_980, 10)], [(9_985, 30), (9_990, 40), (9_995, 500)])
    assert told == ["1 filled 70 @ 9990 maker"], "at its own price, which is worse for us"
    assert exchange.asks == [(9_995, 500)], "what it took is gone until the next message"
    assert exchange.book([(9_980, 10)], [(9_990, 500)]) == ["1 filled 30 @ 9990 maker"]


@pytest.mark.parametrize("depth", KNOWN)
def test_a_quote_that_comes_to_our_price_fills_what_it_shows(depth: Depth) -> None:
    exchange = TickExchange(depth=depth, held_u=100)
    exchange.submit(SELL, LIMIT, price_u=10_010)
    assert exchange.quote(10_009, 80, 10_015, 5) == []
    assert exchange.quote(10_010, 80, 10_015, 5) == ["1 filled 80 @ 10010 maker"]


def test_two_of_our_orders_share_what_a_book_shows() -> None:
    exchange = TickExchange()
    exchange.submit(BUY, LIMIT, price_u=9_990)
    exchange.submit(BUY, LIMIT, price_u=9_990)
    told = exchange.book([(9_980, 10)], [(9_985, 130)])
    assert told == ["1 filled 100 @ 9990 maker", "2 filled 30 @ 9990 maker"]


def test_a_book_older_than_the_touch_that_is_shown_says_nothing() -> None:
    exchange = TickExchange()
    exchange.book(BIDS, ASKS, no=10)
    exchange.quote(9_990, 123, 10_010, 456, no=12)
    exchange.book([(9_000, 1)], [(9_001, 1)], no=11)
    assert (exchange.bids[0], exchange.asks[0]) == ((9_990, 123), (10_010, 456))
    exchange.book(BIDS, ASKS, no=12)
    assert (exchange.bids, exchange.asks) == (BIDS_LIST, ASKS_LIST)


BIDS_LIST, ASKS_LIST = list(BIDS), list(ASKS)


def test_after_a_gap_nothing_is_known_until_the_whole_book() -> None:
    exchange = TickExchange()
    exchange.submit(BUY, LIMIT, price_u=9_985)
    exchange.submit(BUY, LIMIT, price_u=9_980)
    assert exchange.gap() == []
    assert (exchange.bids, exchange.asks) == ([], [])
    assert exchange.trade(9_985, 10_000, SELL) == [], "others may be ahead now"
    assert exchange.trade(9_984, 10, SELL) == ["1 filled 10 @ 9985 maker"], "but not beyond"
    exchange.quote(9_990, 5, 10_010, 5)
    assert exchange.trade(9_980, 10_000, SELL) == ["1 filled 90 @ 9985 maker"], "nor below the bid"
    exchange.book([(9_990, 5), (9_980, 50)], ASKS)
    assert exchange.trade(9_980, 60, SELL) == ["2 filled 10 @ 9980 maker"]


def test_a_gap_in_one_market_leaves_the_others_alone() -> None:
    exchange = TickExchange(instruments=(instrument("A"), instrument("B")))
    exchange.trade(9_000, 1, market=1)
    exchange.book([(8_990, 50)], [(9_010, 50)], market=1)
    exchange.submit(BUY, LIMIT, price_u=8_990, market=1)
    exchange.gap()
    assert exchange.front == 50


# --- Stops ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("side", "trigger_u", "trade", "told"),
    [
        (SELL, 9_980, (9_981, 1, SELL), []),
        (SELL, 9_980, (9_980, 1, SELL), ["1 filled 100 @ 9980 taker"]),  # what was nearer is gone
        (SELL, 9_980, (9_975, 1, SELL), ["1 filled 100 @ 9970 taker"]),
        (SELL, 9_995, (9_990, 1, SELL), ["1 filled 100 @ 9990 taker"]),
        (SELL, 9_995, (9_990, 1, BUY), ["1 filled 100 @ 9990 taker"]),  # any trade says a price
        (BUY, 10_020, (10_019, 1, BUY), []),
        (BUY, 10_020, (10_025, 1, BUY), ["1 filled 100 @ 10030 taker"]),
    ],
)
def test_a_stop_takes_what_the_trade_that_woke_it_left(
    side: Side, trigger_u: int, trade: tuple[int, int, Side], told: list[str]
) -> None:
    exchange = TickExchange(held_u=100)
    assert exchange.submit(side, STOP, price_u=trigger_u) == ACCEPTED
    assert exchange.book(BIDS, ASKS) == [], "quotes wake nobody"
    assert exchange.trade(*trade) == told


def test_a_stop_that_finds_nothing_sells_worse_than_the_trade() -> None:
    exchange = TickExchange(depth=Depth.TOUCH, held_u=100)
    exchange.submit(SELL, STOP, price_u=9_980)
    assert exchange.trade(9_975, 1, SELL) == ["1 filled 100 @ 9974 taker"]
    assert exchange.venue[0].ticks.unknown_depth_u == 100


# --- Funds ------------------------------------------------------------------------------------


def test_coins_sold_meanwhile_end_a_sale() -> None:
    exchange = TickExchange(held_u=100)
    exchange.submit(SELL, LIMIT, price_u=10_015)
    exchange.submit(SELL, MARKET, reduce_only=1)
    assert exchange.trade(10_016, 50, BUY) == ["1 cancelled insufficient_funds"]
    assert exchange.held_u == 0


def test_reduce_only_ends_when_there_is_nothing_left() -> None:
    exchange = TickExchange(held_u=100)
    exchange.submit(SELL, LIMIT, price_u=10_015, reduce_only=1)
    exchange.submit(SELL, LIMIT, price_u=10_016, size_u=60, reduce_only=1)
    told = exchange.trade(10_017, 130, BUY)
    assert told == ["1 filled 100 @ 10015 maker", "2 cancelled reduce_only"]


def test_reduce_only_sells_no_more_than_there_is() -> None:
    exchange = TickExchange(held_u=100)
    exchange.submit(SELL, LIMIT, price_u=10_015, size_u=200, reduce_only=1)
    told = exchange.trade(10_017, 500, BUY)
    assert told == ["1 filled 100 @ 10015 maker", "1 cancelled reduce_only"]


@pytest.mark.parametrize(
    ("cash", "told"), [(10_010.0, ACCEPTED), (10_009.99, ["1 refused insufficient_funds"])]
)
@pytest.mark.parametrize(
    "order", [(VALUE, {"value": 10_000.0}), (LIMIT, {"price_u": 10_000}), (MARKET, {})]
)
def test_an_order_is_refused_without_the_cash_for_it_and_its_fee(
    cash: float, told: list[str], order: tuple[OrderType, dict[str, Any]]
) -> None:
    exchange = TickExchange(cash=cash, shows=False, instruments=(instrument(fee="0.001"),))
    exchange.trade(10_000, 1)
    exchange.book([], [(10_000, 1_000)])
    assert exchange.submit(BUY, order[0], **order[1])[:1] == told


def test_cash_and_coins_that_resting_orders_may_take_are_locked() -> None:
    exchange = TickExchange(cash=15_000.0, held_u=150)
    assert exchange.submit(BUY, LIMIT, price_u=9_000) == ACCEPTED
    assert exchange.submit(BUY, LIMIT, price_u=6_001) == ["2 refused insufficient_funds"]
    assert exchange.submit(BUY, LIMIT, price_u=6_000) == ["3 accepted"]
    assert exchange.submit(SELL, LIMIT, price_u=10_050) == ["4 accepted"]
    assert exchange.submit(SELL, LIMIT, price_u=10_050, size_u=51) == [
        "5 refused insufficient_funds"
    ]
    assert exchange.submit(SELL, LIMIT, price_u=10_050, size_u=50) == ["6 accepted"]


def test_each_side_pays_its_fee_by_its_liquidity() -> None:
    exchange = TickExchange(held_u=1_000, instruments=(instrument(fee="0.001"),))
    exchange.venue[0].rules[0].fee_maker = 0.0004
    exchange.submit(BUY, MARKET)
    exchange.submit(BUY, LIMIT, price_u=9_985)
    exchange.trade(9_984, 500, SELL)
    exchange.submit(SELL, MARKET)
    fees = [float(fact.fee) for fact in exchange.facts if fact.size_u]
    assert fees == pytest.approx([10.01, 3.994, 9.98])
    assert exchange.cash == pytest.approx(1_000_000 - 10_010 - 9_985 + 9_980 - sum(fees))


# --- What is refused --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "rules", "reason"),
    [
        ((BUY, LIMIT, {"price_u": 9_993}), {"tick": "5"}, "tick"),
        ((BUY, LIMIT, {"price_u": 0}), {}, "tick"),
        ((SELL, STOP, {"price_u": 9_981}), {"tick": "10"}, "tick"),
        ((BUY, MARKET, {"size_u": 99}), {"lot": "0.1"}, "lot"),
        ((BUY, LIMIT, {"size_u": 0, "price_u": 9_990}), {}, "lot"),
        ((BUY, MARKET, {"size_u": 49}), {}, "value_min"),  # 4,904.90 at the ask
        ((SELL, MARKET, {"size_u": 50}), {}, "value_min"),  # 4,995 at the bid
        ((BUY, VALUE, {"value": 4_999.99}), {}, "value_min"),
        ((BUY, LIMIT, {"size_u": 100, "price_u": 4_999}), {}, "value_min"),
        ((BUY, VALUE, {"value": 20_000.01}), {"value_max": "20000"}, "value_max"),
        ((SELL, MARKET, {"size_u": 100}), {}, "insufficient_funds"),
        ((BUY, LIMIT, {"price_u": 9_990, "reduce_only": 1}), {}, "reduce_only"),
    ],
)
def test_what_the_rules_forbid_is_refused_by_their_name(
    order: tuple[Side, OrderType, dict[str, Any]], rules: dict[str, str], reason: str
) -> None:
    exchange = TickExchange(instruments=(instrument(**rules),))
    side, order_type, fields = order
    assert exchange.submit(side, order_type, **fields) == [f"1 refused {reason}"]
    assert exchange.resting == 0


def test_the_venue_holds_so_many_orders_and_no_more() -> None:
    exchange = TickExchange(cash=1e12)
    for _ in range(ORDERS_MAX):
        exchange.submit(BUY, LIMIT, price_u=9_000)
    assert exchange.submit(BUY, LIMIT, price_u=9_000) == [f"{ORDERS_MAX + 1} refused overflow"]


def test_replace_is_not_known_here() -> None:
    exchange = TickExchange()
    exchange.submit(BUY, LIMIT, price_u=9_990)
    assert exchange.replace(1) == ["1 refused unsupported"]
    assert exchange.resting == 1


# --- The end of an order ----------------------------------------------------------------------


def test_a_cancelled_order_is_gone_and_another_cancel_says_nothing() -> None:
    exchange = TickExchange()
    exchange.submit(BUY, LIMIT, price_u=9_990)
    assert exchange.cancel(1) == ["1 cancelled cancel_requested"]
    assert exchange.cancel(1) == []
    assert exchange.cancel(99) == []
    assert exchange.trade(9_000, 10_000, SELL) == []


def test_a_cancel_that_comes_after_the_fill_says_nothing() -> None:
    exchange = TickExchange()
    exchange.submit(BUY, LIMIT, price_u=9_985)
    assert exchange.trade(9_985, 100, SELL) == ["1 filled 100 @ 9985 maker"]
    assert exchange.cancel(1) == []


def test_a_cancel_leaves_what_was_filled_before_it() -> None:
    exchange = TickExchange()
    exchange.submit(BUY, LIMIT, price_u=9_985)
    exchange.trade(9_985, 30, SELL)
    assert exchange.cancel(1) == ["1 cancelled cancel_requested"]
    assert exchange.held_u == 30


@pytest.mark.parametrize(
    ("after_ms", "told"),
    [
        (0, ["1 filled 100 @ 9985 maker"]),  # 0: never
        (2, ["1 cancelled expired"]),  # that of the trade
        (3, ["1 filled 100 @ 9985 maker"]),
    ],
)
def test_an_order_expires(after_ms: int, told: list[str]) -> None:
    exchange = TickExchange()
    expires_ns = exchange.now_ns + after_ms * NS_PER_MS if after_ms else 0
    exchange.submit(BUY, LIMIT, price_u=9_985, expires_ns=expires_ns)
    assert exchange.trade(9_980, 500, SELL) == told


def test_a_book_ends_what_is_over_and_serves_the_next() -> None:
    exchange = TickExchange()
    exchange.submit(BUY, LIMIT, price_u=9_990, expires_ns=exchange.now_ns + NS_PER_MS)
    exchange.submit(BUY, LIMIT, price_u=9_990)
    told = exchange.book([(9_980, 10)], [(9_990, 500)])
    assert told == ["1 cancelled expired", "2 filled 100 @ 9990 maker"]


def test_new_rules_leave_resting_orders_where_they_are() -> None:
    exchange = TickExchange()
    exchange.submit(BUY, LIMIT, price_u=9_983)
    exchange.venue[0].rules[0] = (
        TickExchange(instruments=(instrument(tick="10"),)).venue[0].rules[0]
    )
    assert exchange.trade(9_980, 500, SELL) == ["1 filled 100 @ 9983 maker"]


def test_facts_say_when_and_fills_have_numbers() -> None:
    exchange = TickExchange()
    for _ in range(3):
        exchange.submit(BUY, MARKET)
    assert [int(fact.fill_id) for fact in exchange.facts] == [0, 1, 0, 2, 0, 3]
    assert int(exchange.facts[-1].exch_ts_ns) == exchange.now_ns
