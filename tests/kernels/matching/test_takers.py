"""Orders that take: level by level, beyond what is known, against trades alone, and never us."""

from typing import Any

import pytest

from sigma_cli.domain.dtypes.bounds import BOOK_LEVELS
from sigma_cli.domain.fills import Depth
from sigma_cli.domain.requests import OrderType, Side
from tests.kernels.exchange import BUY, FOK, GTC, IOC, LIMIT, MARKET, SELL, STOP, VALUE
from tests.kernels.harness import instrument
from tests.kernels.matching.tick_exchange import BEST, TickExchange

ACCEPTED = "1 accepted"
KNOWN = [Depth.TOUCH, Depth.LEVELS]


def filled(*fills: str) -> list[str]:
    return [ACCEPTED, *(f"1 filled {fill} taker" for fill in fills)]


# --- Levels -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("side", "size_u", "told"),
    [
        (BUY, 100, filled("100 @ 10010")),
        (BUY, 400, filled("400 @ 10010")),
        (BUY, 401, filled("400 @ 10010", "1 @ 10020")),
        (BUY, 1_500, filled("400 @ 10010", "600 @ 10020", "500 @ 10030")),
        (SELL, 1_300, filled("500 @ 9990", "700 @ 9980", "100 @ 9970")),
    ],
)
def test_a_market_order_walks_the_levels(side: Side, size_u: int, told: list[str]) -> None:
    exchange = TickExchange(held_u=5_000)
    assert exchange.submit(side, MARKET, size_u=size_u) == told
    assert exchange.venue[0].ticks.unknown_depth_u == 0


def test_it_walks_all_levels_that_a_book_has() -> None:
    exchange = TickExchange(cash=1e9)
    asks = [(10_001 + n, 10) for n in range(BOOK_LEVELS)]
    exchange.book([(9_990, 1)], asks)
    told = exchange.submit(BUY, MARKET, size_u=10 * BOOK_LEVELS + 7)
    last_u = 10_000 + BOOK_LEVELS
    beyond = f"7 @ {last_u + 1}"  # worse than the last by a tick at least
    assert told == filled(*(f"10 @ {price_u}" for price_u, _ in asks), beyond)
    assert exchange.venue[0].ticks.unknown_depth_u == 7
    assert exchange.asks == []


@pytest.mark.parametrize(
    ("bps", "tick", "price_u"), [(0, "1", 10_011), (0, "10", 10_020), (50, "1", 10_061)]
)
def test_beyond_the_known_levels_it_pays_slippage(bps: int, tick: str, price_u: int) -> None:
    exchange = TickExchange(depth=Depth.TOUCH, instruments=(instrument(tick=tick),))
    exchange.venue[0].slippage = bps * 1e-4
    told = exchange.submit(BUY, MARKET, size_u=500)
    assert told == filled("400 @ 10010", f"100 @ {price_u}")


def test_a_sale_beyond_the_known_levels_gets_a_tick_at_least() -> None:
    exchange = TickExchange(depth=Depth.TOUCH, held_u=500, instruments=(instrument(value_min="0"),))
    exchange.quote(1, 10, 2, 10)
    assert exchange.submit(SELL, MARKET, size_u=20) == filled("10 @ 1", "10 @ 1")


def test_what_we_took_is_gone_until_the_next_message() -> None:
    exchange = TickExchange()
    exchange.submit(BUY, MARKET, size_u=450)
    assert exchange.asks == [(10_020, 550), (10_030, 800)]
    assert exchange.submit(BUY, MARKET) == ["2 accepted", "2 filled 100 @ 10020 taker"]
    exchange.quote(9_990, 500, 10_010, 400)
    assert exchange.submit(BUY, MARKET) == ["3 accepted", "3 filled 100 @ 10010 taker"]


def test_what_a_trade_went_through_is_gone_until_the_next_message() -> None:
    exchange = TickExchange(held_u=100)
    exchange.trade(9_975, 10, SELL)
    assert exchange.bids == [(9_970, 900)]
    exchange.trade(10_020, 10, BUY)
    assert exchange.asks == [(10_020, 600), (10_030, 800)]
    exchange.trade(9_975, 10, BUY)
    assert exchange.bids == [(9_970, 900)], "that took from the other side"


def test_in_a_gap_a_market_order_waits_for_the_book_or_the_next_trade_of_its_side() -> None:
    exchange = TickExchange(held_u=500)
    exchange.gap()
    assert exchange.submit(SELL, MARKET, size_u=200) == [ACCEPTED]
    assert exchange.trade(10_005, 60, BUY) == []
    assert exchange.trade(9_995, 60, SELL) == ["1 filled 60 @ 9995 taker"]
    assert exchange.book([(9_980, 90)], [(10_010, 400)]) == [
        "1 filled 90 @ 9980 taker",
        "1 filled 50 @ 9979 taker",
    ]
    exchange.gap()
    assert exchange.submit(BUY, VALUE, value=5_000.0) == ["2 accepted"]
    told = ["2 filled 50 @ 10000 taker", "2 cancelled"]
    assert exchange.quote(9_990, 50, 10_000, 50) == told
    assert exchange.resting == 0


def test_in_a_gap_what_is_for_now_or_never_ends_and_what_rests_stays() -> None:
    exchange = TickExchange(held_u=500)
    exchange.gap()
    told = exchange.submit(SELL, LIMIT, price_u=9_000, tif=IOC)
    assert told == [ACCEPTED, "1 cancelled time_in_force"]
    assert exchange.submit(SELL, LIMIT, price_u=10_000) == ["2 accepted"]
    assert exchange.submit(SELL, MARKET) == ["3 accepted"]
    assert exchange.cancel(3) == ["3 cancelled cancel_requested"]


@pytest.mark.parametrize("order_type", [MARKET, VALUE, STOP, BEST])
def test_without_any_price_only_a_limit_is_taken(order_type: OrderType) -> None:
    exchange = TickExchange(shows=False)
    fields: dict[str, Any] = {"value": 10_000.0, "price_u": 10_000, "tif": IOC}
    assert exchange.submit(BUY, order_type, **fields) == ["1 refused no_price"]
    assert exchange.submit(BUY, LIMIT, price_u=10_000) == ["2 accepted"]


# --- By value ---------------------------------------------------------------------------------


@pytest.mark.parametrize("depth", KNOWN)
def test_by_value_it_buys_what_it_can_and_the_rest_is_returned(depth: Depth) -> None:
    exchange = TickExchange(depth=depth)
    told = exchange.submit(BUY, VALUE, value=10_000.0)
    assert told == [*filled("99 @ 10010"), "1 cancelled"]
    assert exchange.cash == pytest.approx(1_000_000 - 9_909.9)


def test_by_value_it_walks_the_levels() -> None:
    exchange = TickExchange()
    told = exchange.submit(BUY, VALUE, value=50_100.0)  # 40,040 for the first level
    assert told == [*filled("400 @ 10010", "100 @ 10020"), "1 cancelled"]


@pytest.mark.parametrize("value", [180_399.0, 180_400.0])
def test_by_value_all_at_once(value: float) -> None:
    exchange = TickExchange()
    told = exchange.submit(BUY, VALUE, value=value, tif=FOK)
    assert told[1:3] == ["1 filled 400 @ 10010 taker", "1 filled 600 @ 10020 taker"]
    assert value - (1_000_000 - exchange.cash) < 10_030 / 100, "all but less than a lot is spent"


def test_by_value_nothing_where_there_is_too_little() -> None:
    exchange = TickExchange()  # all there is costs 180,400
    told = exchange.submit(BUY, VALUE, value=180_401.0, tif=FOK)
    assert told == [ACCEPTED, "1 cancelled time_in_force"]


# --- Limits -----------------------------------------------------------------------------------


def test_a_limit_takes_what_is_better_and_rests_with_the_rest() -> None:
    exchange = TickExchange()
    told = exchange.submit(BUY, LIMIT, price_u=10_020, size_u=1_200)
    assert told == filled("400 @ 10010", "600 @ 10020")
    assert (exchange.resting, exchange.front) == (1, 0)
    assert exchange.trade(10_020, 50, SELL) == ["1 filled 50 @ 10020 maker"]


@pytest.mark.parametrize("order_type", [LIMIT, MARKET])
@pytest.mark.parametrize(
    ("tif", "size_u", "told"),
    [
        (IOC, 1_000, filled("400 @ 10010", "600 @ 10020")),
        (FOK, 1_000, filled("400 @ 10010", "600 @ 10020")),
        (FOK, 1_900, [ACCEPTED, "1 cancelled time_in_force"]),
    ],
)
def test_at_once(order_type: OrderType, tif: int, size_u: int, told: list[str]) -> None:
    exchange = TickExchange()
    price_u = 10_030 if order_type is LIMIT else 0
    assert exchange.submit(BUY, order_type, price_u=price_u, size_u=size_u, tif=tif) == told
    assert exchange.resting == 0


@pytest.mark.parametrize(
    ("tif", "told"),
    [
        (IOC, [*filled("400 @ 10010"), "1 cancelled time_in_force"]),
        (FOK, [ACCEPTED, "1 cancelled time_in_force"]),
    ],
)
def test_at_once_no_further_than_the_limit(tif: int, told: list[str]) -> None:
    exchange = TickExchange()
    assert exchange.submit(BUY, LIMIT, price_u=10_019, size_u=500, tif=tif) == told


@pytest.mark.parametrize("tif", [IOC, FOK])
def test_at_once_where_nobody_is(tif: int) -> None:
    exchange = TickExchange()
    told = exchange.submit(BUY, LIMIT, price_u=10_009, tif=tif)
    assert told == [ACCEPTED, "1 cancelled time_in_force"]


@pytest.mark.parametrize(
    ("price_u", "told"),
    [
        (10_009, [ACCEPTED]),
        (10_010, [ACCEPTED, "1 cancelled post_only"]),
        (10_500, [ACCEPTED, "1 cancelled post_only"]),
    ],
)
@pytest.mark.parametrize("depth", KNOWN)
def test_post_only_never_takes(depth: Depth, price_u: int, told: list[str]) -> None:
    exchange = TickExchange(depth=depth)
    assert exchange.submit(BUY, LIMIT, price_u=price_u, post_only=1) == told


# --- At the best price ------------------------------------------------------------------------


@pytest.mark.parametrize("tif", [IOC, FOK])
@pytest.mark.parametrize(
    ("side", "fields", "told"),
    [
        (SELL, {"size_u": 500}, filled("500 @ 9990")),
        (BUY, {"value": 40_040.0}, [*filled("400 @ 10010"), "1 cancelled"]),
    ],
)
def test_best_takes_the_first_level(
    tif: int, side: Side, fields: dict[str, Any], told: list[str]
) -> None:
    exchange = TickExchange(held_u=5_000)
    fields = {"size_u": 0} | fields
    assert exchange.submit(side, BEST, tif=tif, **fields) == told


@pytest.mark.parametrize(
    ("tif", "told"),
    [
        (IOC, [*filled("500 @ 9990"), "1 cancelled time_in_force"]),
        (FOK, [ACCEPTED, "1 cancelled time_in_force"]),
    ],
)
def test_best_goes_no_further(tif: int, told: list[str]) -> None:
    exchange = TickExchange(held_u=5_000)
    assert exchange.submit(SELL, BEST, tif=tif, size_u=501) == told


def test_best_has_to_be_at_once_and_needs_a_book() -> None:
    exchange = TickExchange(held_u=100)
    assert exchange.submit(SELL, BEST, tif=GTC) == ["1 refused unsupported"]
    exchange.gap()
    assert exchange.submit(SELL, BEST, tif=IOC) == ["2 refused no_price"], "nobody is known"
    blind = TickExchange(held_u=100, depth=Depth.NONE)
    assert blind.submit(SELL, BEST, tif=IOC) == ["1 refused unsupported"]


# --- Trades alone -----------------------------------------------------------------------------


def blind(**fields: Any) -> TickExchange:
    return TickExchange(depth=Depth.NONE, held_u=500, **fields)


def test_without_a_book_a_taker_follows_the_next_trade_of_its_side() -> None:
    exchange = blind()
    assert exchange.submit(BUY, MARKET) == [ACCEPTED]
    assert exchange.trade(9_000, 500, SELL) == []
    assert exchange.trade(10_005, 60, BUY) == ["1 filled 60 @ 10005 taker"]
    assert exchange.trade(10_007, 500, BUY) == ["1 filled 40 @ 10007 taker"]


def test_without_a_book_slippage_is_paid_on_top() -> None:
    exchange = blind()
    exchange.venue[0].slippage = 3e-4
    exchange.submit(SELL, MARKET)
    assert exchange.trade(10_000, 500, SELL) == ["1 filled 100 @ 9997 taker"]


def test_without_a_book_two_takers_share_a_trade() -> None:
    exchange = blind()
    exchange.submit(BUY, MARKET)
    exchange.submit(BUY, MARKET)
    told = exchange.trade(10_000, 130, BUY)
    assert told == ["1 filled 100 @ 10000 taker", "2 filled 30 @ 10000 taker"]


@pytest.mark.parametrize(
    ("price_u", "told"),
    [(10_005, ["1 filled 60 @ 10005 taker"]), (10_004, [])],
)
def test_without_a_book_a_limit_takes_or_rests_by_the_next_trade(
    price_u: int, told: list[str]
) -> None:
    exchange = blind()
    exchange.submit(BUY, LIMIT, price_u=price_u)
    assert exchange.trade(10_005, 60, BUY) == told
    assert exchange.trade(10_003, 60, BUY) == [], "it rests now: buyers fill it no more"
    assert exchange.trade(price_u, 10_000, SELL) == [], "others may be ahead"
    assert exchange.trade(price_u - 1, 10, SELL) == [f"1 filled 10 @ {price_u} maker"]


@pytest.mark.parametrize(
    ("tif", "size_u", "told"),
    [
        (IOC, 60, ["1 filled 60 @ 10005 taker", "1 cancelled time_in_force"]),
        (IOC, 100, ["1 filled 100 @ 10005 taker"]),
        (FOK, 60, ["1 cancelled time_in_force"]),
        (FOK, 100, ["1 filled 100 @ 10005 taker"]),
    ],
)
def test_without_a_book_at_once_means_with_the_next_trade(
    tif: int, size_u: int, told: list[str]
) -> None:
    exchange = blind()
    assert exchange.submit(BUY, LIMIT, price_u=10_005, tif=tif) == [ACCEPTED]
    assert exchange.trade(10_005, size_u, BUY) == told


def test_without_a_book_at_once_and_too_dear_ends() -> None:
    exchange = blind()
    exchange.submit(BUY, LIMIT, price_u=10_004, tif=IOC)
    assert exchange.trade(10_005, 60, BUY) == ["1 cancelled time_in_force"]


@pytest.mark.parametrize("tif", [IOC, FOK])
def test_without_a_book_at_once_is_never_made(tif: int) -> None:
    exchange = blind()
    exchange.submit(BUY, LIMIT, price_u=10_005, tif=tif)
    assert exchange.trade(10_000, 60, SELL) == []
    assert exchange.trade(10_005, 100, BUY) == ["1 filled 100 @ 10005 taker"]


def test_without_a_book_post_only_never_takes() -> None:
    exchange = blind()
    exchange.submit(BUY, LIMIT, price_u=10_005, post_only=1)
    assert exchange.trade(10_005, 60, BUY) == ["1 cancelled post_only"]


def test_without_a_book_a_stop_waits_for_another_trade() -> None:
    exchange = blind()
    exchange.submit(SELL, STOP, price_u=9_950)
    assert exchange.trade(9_950, 500, SELL) == []
    assert exchange.trade(9_940, 500, SELL) == ["1 filled 100 @ 9940 taker"]


def test_without_a_book_by_value() -> None:
    exchange = blind()
    exchange.submit(BUY, VALUE, value=10_000.0)
    assert exchange.trade(3_000, 200, BUY) == ["1 filled 200 @ 3000 taker"]
    assert exchange.trade(3_000, 200, BUY) == ["1 filled 133 @ 3000 taker", "1 cancelled"]


# --- Our own orders ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order_type", "price_u", "told"),
    [
        (LIMIT, 10_005, ["2 accepted", "2 cancelled self_match"]),  # ours is the best ask
        (LIMIT, 10_004, ["2 accepted"]),
        (LIMIT, 10_020, ["2 accepted", "2 cancelled self_match"]),
        (MARKET, 0, ["2 accepted", "2 cancelled self_match"]),
        (VALUE, 0, ["2 accepted", "2 cancelled self_match"]),
    ],
)
def test_who_would_meet_an_order_of_our_own_is_ended(
    order_type: OrderType, price_u: int, told: list[str]
) -> None:
    exchange = TickExchange(held_u=100)
    exchange.submit(SELL, LIMIT, price_u=10_005)
    assert exchange.submit(BUY, order_type, price_u=price_u, value=9_000.0) == told
    assert exchange.resting == (2 if told == ["2 accepted"] else 1)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"size_u": 400}, ["2 accepted", "2 filled 400 @ 10010 taker"]),
        (
            {"size_u": 401},
            ["2 accepted", "2 filled 400 @ 10010 taker", "2 cancelled self_match"],
        ),
        ({"size_u": 401, "tif": FOK}, ["2 accepted", "2 cancelled time_in_force"]),
    ],
)
def test_a_taker_gets_what_is_before_an_order_of_our_own(
    fields: dict[str, int], told: list[str]
) -> None:
    exchange = TickExchange(held_u=100)
    exchange.submit(SELL, LIMIT, price_u=10_015)
    assert exchange.submit(BUY, MARKET, **fields) == told


def test_beyond_the_known_levels_an_order_of_our_own_may_be_met() -> None:
    exchange = TickExchange(depth=Depth.TOUCH, held_u=100)
    exchange.submit(SELL, LIMIT, price_u=10_011)
    told = exchange.submit(BUY, MARKET, size_u=500)
    assert told == ["2 accepted", "2 filled 400 @ 10010 taker", "2 cancelled self_match"]


def test_what_is_left_of_a_limit_does_not_rest_across_our_own() -> None:
    exchange = TickExchange(held_u=100)
    exchange.submit(SELL, LIMIT, price_u=10_015)
    told = exchange.submit(BUY, LIMIT, price_u=10_015, size_u=500)
    assert told == ["2 accepted", "2 filled 400 @ 10010 taker", "2 cancelled self_match"]


def test_without_a_book_our_own_orders_do_not_meet_either() -> None:
    exchange = blind()
    exchange.submit(SELL, LIMIT, price_u=10_010)
    exchange.trade(10_000, 1, SELL)
    exchange.submit(BUY, LIMIT, price_u=10_015)
    assert exchange.trade(10_012, 50, BUY) == [
        "1 filled 50 @ 10010 maker",
        "2 cancelled self_match",
    ]


def test_an_order_in_another_market_is_not_met() -> None:
    exchange = TickExchange(held_u=100, instruments=(instrument("A"), instrument("B")))
    exchange.submit(SELL, LIMIT, price_u=10_005)
    exchange.trade(10_000, 1, market=1)
    exchange.book([(9_990, 10)], [(10_010, 400)], market=1)
    told = exchange.submit(BUY, MARKET, market=1)
    assert told == ["2 accepted", "2 filled 100 @ 10010 taker"]


# --- Lots, funds ------------------------------------------------------------------------------


def test_what_is_less_than_a_lot_at_a_level_is_passed_over() -> None:
    exchange = TickExchange(instruments=(instrument(lot="0.2"),))
    exchange.book([(9_990, 1)], [(10_010, 50), (10_011, 19), (10_012, 500)])
    told = exchange.submit(BUY, MARKET, size_u=100)
    assert told == filled("40 @ 10010", "60 @ 10012")
    assert exchange.asks == [(10_012, 440)]


def test_an_order_from_before_the_lot_grew_gives_up_its_rest() -> None:
    exchange = TickExchange(held_u=110)
    exchange.submit(SELL, STOP, price_u=9_980, size_u=110)
    exchange.venue[0].rules[0].lot_u = 20
    told = exchange.trade(9_980, 1, SELL)
    assert told == ["1 filled 100 @ 9980 taker", "1 cancelled no_price"]
    assert exchange.held_u == 10


def test_a_walk_too_dear_for_the_cash_ends_with_what_was_bought() -> None:
    exchange = TickExchange(cash=60_000.0)
    exchange.book([(9_990, 1)], [(10_000, 400), (10_500, 600)])
    told = exchange.submit(BUY, MARKET, size_u=600)
    assert told == [*filled("400 @ 10000"), "1 cancelled insufficient_funds"]
    assert exchange.cash == 20_000


def test_reduce_only_takes_what_is_held_and_ends() -> None:
    exchange = TickExchange(held_u=60)
    told = exchange.submit(SELL, MARKET, reduce_only=1)
    assert told == [*filled("60 @ 9990"), "1 cancelled reduce_only"]
    told = exchange.submit(SELL, MARKET, reduce_only=1)
    assert told == ["2 accepted", "2 cancelled reduce_only"]


# --- Whole fills, for comparisons -------------------------------------------------------------


def test_whole_fills_take_the_order_whatever_was_there() -> None:
    exchange = TickExchange(held_u=10_000)
    exchange.venue[0].ticks.whole = 1
    assert exchange.submit(BUY, MARKET, size_u=9_000) == filled("9000 @ 10010")
    exchange.submit(BUY, LIMIT, price_u=9_985)
    exchange.submit(BUY, LIMIT, price_u=9_985)
    told = exchange.trade(9_985, 1, SELL)
    assert told == ["2 filled 100 @ 9985 maker", "3 filled 100 @ 9985 maker"]
    exchange.submit(SELL, LIMIT, price_u=10_005)
    assert exchange.book([(10_005, 1)], [(10_010, 400)]) == ["4 filled 100 @ 10005 maker"]
    assert exchange.bids == [(10_005, 1)]
