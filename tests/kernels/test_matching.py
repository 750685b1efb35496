"""The simulated venue, order type by order type: what a bar does to it, against the trader."""

from typing import Any

import pytest

from sigma_cli.domain.dtypes.bounds import ORDERS_MAX
from sigma_cli.domain.requests import OrderType, Side
from sigma_cli.domain.units import NS_PER_MINUTE
from tests.kernels.exchange import (
    BUY,
    FOK,
    IOC,
    LIMIT,
    MARKET,
    SELL,
    STOP,
    VALUE,
    Exchange,
)
from tests.kernels.harness import instrument
from tests.market import START_NS

ACCEPTED = ["1 accepted"]
UP = (10_000, 10_200, 9_900, 10_100)
"""A bar: open, high, low, close."""


# --- Market orders ----------------------------------------------------------------------------


@pytest.mark.parametrize("side", [BUY, SELL])
def test_a_market_order_takes_the_next_open_whole(side: Side) -> None:
    exchange = Exchange(held_u=100)
    assert exchange.submit(side, MARKET) == ACCEPTED
    assert exchange.bar(10_050, 11_000, 9_000, 9_500) == ["1 filled 100 @ 10050 taker"]
    assert exchange.cash == 1_000_000 - side * 10_050
    assert exchange.held_u == 100 + side * 100
    assert exchange.resting == 0


def test_facts_carry_the_time_of_the_bar_that_caused_them() -> None:
    exchange = Exchange()
    exchange.submit(BUY, MARKET)
    exchange.submit(BUY, LIMIT, price_u=9_950)
    exchange.bar(*UP)
    taken, _, opened, inside = (int(fact.exch_ts_ns) - START_NS for fact in exchange.facts)
    assert (taken, opened, inside) == (0, 0, NS_PER_MINUTE)
    assert all(fact.recv_ts_ns == fact.exch_ts_ns for fact in exchange.facts)


def test_fills_have_numbers_of_their_own() -> None:
    exchange = Exchange()
    for _ in range(3):
        exchange.submit(BUY, MARKET)
    exchange.flat(10_000)
    assert [int(fact.fill_id) for fact in exchange.facts] == [0, 0, 0, 1, 2, 3]


def test_a_value_order_buys_what_it_can_and_returns_the_rest() -> None:
    exchange = Exchange()
    exchange.submit(BUY, VALUE, value=10_000.0)
    assert exchange.flat(3_000) == ["1 filled 333 @ 3000 taker", "1 cancelled"]
    assert exchange.cash == 1_000_000 - 9_990


def test_a_value_order_that_buys_less_than_a_lot_is_returned_whole() -> None:
    exchange = Exchange(instruments=(instrument(lot="1"),))
    exchange.submit(BUY, VALUE, value=10_000.0)
    assert exchange.flat(10_001) == ["1 cancelled"]
    assert exchange.cash == 1_000_000


@pytest.mark.parametrize(
    ("side", "bps", "tick", "open_u", "price_u"),
    [
        (BUY, 3, "1", 10_000, 10_003),  # and not 10,004, whatever 0.0003 is in binary
        (SELL, 3, "1", 10_000, 9_997),
        (BUY, 3, "10", 10_000, 10_010),  # outward to the next tick
        (SELL, 3, "10", 10_000, 9_990),
        (BUY, 3, "1", 1_000, 1_001),  # 0.3 is a whole unit at least
        (BUY, 0, "10", 10_003, 10_003),  # a printed price is taken as printed
        (SELL, 1_000, "1", 5, 4),
        (SELL, 10_000, "1", 10, 1),  # never nothing
    ],
)
def test_slippage_moves_a_taker_against_himself(
    side: Side, bps: float, tick: str, open_u: int, price_u: int
) -> None:
    rules = instrument(tick=tick, value_min="0")
    exchange = Exchange(slippage_bps=bps, held_u=100, instruments=(rules,))
    exchange.submit(side, MARKET)
    assert exchange.flat(open_u) == [f"1 filled 100 @ {price_u} taker"]
    assert exchange.venue[0].slippage_cost == abs(price_u - open_u)


@pytest.mark.parametrize("bps", range(1, 101))
def test_whole_basis_points_of_10000_are_whole(bps: int) -> None:
    exchange = Exchange(slippage_bps=bps)
    exchange.submit(BUY, MARKET)
    assert exchange.flat(10_000) == [f"1 filled 100 @ {10_000 + bps} taker"]


# --- Limits -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("side", "price_u", "bar", "told"),
    [
        (BUY, 9_900, UP, []),  # touched: others may have been ahead
        (BUY, 9_901, UP, ["1 filled 100 @ 9901 maker"]),
        (BUY, 9_800, UP, []),
        (SELL, 10_200, UP, []),
        (SELL, 10_199, UP, ["1 filled 100 @ 10199 maker"]),
        (BUY, 10_000, UP, ["1 filled 100 @ 10000 taker"]),  # marketable when it arrives
        (BUY, 10_500, UP, ["1 filled 100 @ 10000 taker"]),
        (SELL, 9_500, UP, ["1 filled 100 @ 10000 taker"]),
        (SELL, 10_000, UP, ["1 filled 100 @ 10000 taker"]),
    ],
)
def test_a_limit_that_arrives(
    side: Side, price_u: int, bar: tuple[int, int, int, int], told: list[str]
) -> None:
    exchange = Exchange(held_u=100)
    assert exchange.submit(side, LIMIT, price_u=price_u) == ACCEPTED
    assert exchange.bar(*bar) == told


def test_a_limit_rests_until_the_price_goes_through_it() -> None:
    exchange = Exchange()
    exchange.submit(BUY, LIMIT, price_u=9_000)
    assert exchange.bar(9_500, 9_600, 9_000, 9_100) == []
    assert exchange.bar(8_500, 8_600, 8_400, 8_500) == ["1 filled 100 @ 9000 maker"], "at its price"


@pytest.mark.parametrize(
    ("price_u", "told"),
    [
        (10_000, ["1 cancelled post_only"]),
        (10_500, ["1 cancelled post_only"]),
        (9_950, ["1 filled 100 @ 9950 maker"]),
    ],
)
def test_post_only_never_takes(price_u: int, told: list[str]) -> None:
    exchange = Exchange()
    exchange.submit(BUY, LIMIT, price_u=price_u, post_only=1)
    assert exchange.bar(*UP) == told


@pytest.mark.parametrize("tif", [IOC, FOK])
@pytest.mark.parametrize(
    ("price_u", "told"),
    [
        (10_000, ["1 filled 100 @ 10000 taker"]),
        (9_999, ["1 cancelled time_in_force"]),  # though the bar goes there later
    ],
)
def test_at_once_or_not_at_all(tif: int, price_u: int, told: list[str]) -> None:
    exchange = Exchange()
    exchange.submit(BUY, LIMIT, price_u=price_u, tif=tif)
    assert exchange.bar(*UP) == told
    assert exchange.resting == 0


@pytest.mark.parametrize("order_type", [MARKET, LIMIT])
@pytest.mark.parametrize(
    ("tif", "told"),
    [
        (IOC, ["1 filled 50 @ 10000 taker", "1 cancelled time_in_force"]),
        (FOK, ["1 cancelled time_in_force"]),
    ],
)
def test_what_cannot_be_filled_at_once_is_cancelled(
    order_type: OrderType, tif: int, told: list[str]
) -> None:
    exchange = Exchange(participation=0.1)
    price_u = 10_100 if order_type is LIMIT else 0
    exchange.submit(BUY, order_type, price_u=price_u, tif=tif)
    assert exchange.bar(*UP, volume_u=500) == told
    assert exchange.resting == 0


def test_ioc_by_value_returns_the_rest_at_once() -> None:
    exchange = Exchange(participation=0.1)
    exchange.submit(BUY, VALUE, value=10_000.0, tif=IOC)
    told = ["1 filled 50 @ 10000 taker", "1 cancelled time_in_force"]
    assert exchange.flat(10_000, volume_u=500) == told


def test_ioc_in_a_bar_without_volume_gets_nothing() -> None:
    exchange = Exchange(participation=0.1)
    exchange.submit(BUY, MARKET, tif=IOC)
    assert exchange.flat(10_000, volume_u=0) == ["1 cancelled time_in_force"]


# --- Stops ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("side", "trigger_u", "told"),
    [
        (SELL, 9_899, []),
        (SELL, 9_900, ["1 filled 100 @ 9900 taker"]),  # a touch is enough, at the trigger
        (SELL, 9_950, ["1 filled 100 @ 9950 taker"]),
        (SELL, 10_000, ["1 filled 100 @ 10000 taker"]),
        (SELL, 10_100, ["1 filled 100 @ 10000 taker"]),  # gapped: at the open
        (BUY, 10_201, []),
        (BUY, 10_200, ["1 filled 100 @ 10200 taker"]),
        (BUY, 10_050, ["1 filled 100 @ 10050 taker"]),
        (BUY, 9_990, ["1 filled 100 @ 10000 taker"]),
    ],
)
def test_a_stop(side: Side, trigger_u: int, told: list[str]) -> None:
    exchange = Exchange(held_u=100)
    assert exchange.submit(side, STOP, price_u=trigger_u) == ACCEPTED
    assert exchange.bar(*UP) == told


def test_a_stop_slips_from_its_trigger() -> None:
    exchange = Exchange(held_u=100, slippage_bps=10)
    exchange.submit(SELL, STOP, price_u=9_950)
    assert exchange.bar(*UP) == ["1 filled 100 @ 9940 taker"]
    assert exchange.venue[0].slippage_cost == 10


def test_a_stop_comes_before_a_limit_within_one_bar() -> None:
    """Profit target and stop both inside the bar: the stop was first."""
    exchange = Exchange(held_u=100)
    exchange.submit(SELL, LIMIT, price_u=10_150, reduce_only=1)
    exchange.submit(SELL, STOP, price_u=9_920, reduce_only=1)
    assert exchange.bar(*UP) == ["2 filled 100 @ 9920 taker", "1 cancelled reduce_only"]


def test_a_stop_the_bar_could_not_fill_whole_goes_on_as_a_market_order() -> None:
    exchange = Exchange(held_u=100, participation=0.1)
    exchange.submit(SELL, STOP, price_u=9_950)
    assert exchange.bar(*UP, volume_u=400) == ["1 filled 40 @ 9950 taker"]
    assert exchange.flat(12_000, volume_u=400) == ["1 filled 40 @ 12000 taker"]
    assert exchange.flat(12_000, volume_u=400) == ["1 filled 20 @ 12000 taker"]


def test_a_stop_with_ioc_waits_for_its_trigger_and_not_longer() -> None:
    exchange = Exchange(held_u=100, participation=0.1)
    exchange.submit(SELL, STOP, price_u=9_950, tif=IOC)
    assert exchange.flat(10_000) == []
    told = ["1 filled 40 @ 9950 taker", "1 cancelled time_in_force"]
    assert exchange.bar(*UP, volume_u=400) == told


# --- Reduce only ------------------------------------------------------------------------------


@pytest.mark.parametrize("order_type", [MARKET, VALUE, LIMIT])
def test_a_buy_can_not_reduce(order_type: OrderType) -> None:
    exchange = Exchange(held_u=100)
    told = exchange.submit(BUY, order_type, value=50.0, price_u=10_000, reduce_only=1)
    assert told == ["1 refused reduce_only"]


@pytest.mark.parametrize(
    ("held_u", "told"),
    [
        (0, ["1 cancelled reduce_only"]),
        (60, ["1 filled 60 @ 10000 taker", "1 cancelled reduce_only"]),
        (100, ["1 filled 100 @ 10000 taker"]),
        (500, ["1 filled 100 @ 10000 taker"]),
    ],
)
def test_reduce_only_sells_what_is_there(held_u: int, told: list[str]) -> None:
    exchange = Exchange(held_u=held_u)
    assert exchange.submit(SELL, MARKET, reduce_only=1) == ACCEPTED
    assert exchange.flat(10_000) == told
    assert exchange.held_u == max(held_u - 100, 0)


# --- Participation ----------------------------------------------------------------------------


def test_an_order_larger_than_its_share_of_the_volume_takes_several_bars() -> None:
    exchange = Exchange(participation=0.25)
    exchange.submit(BUY, MARKET, size_u=100)
    assert exchange.flat(10_000, volume_u=160) == ["1 filled 40 @ 10000 taker"]
    assert exchange.flat(10_000, volume_u=0) == []
    assert exchange.flat(10_000, volume_u=3) == []
    assert exchange.flat(10_500, volume_u=160) == ["1 filled 40 @ 10500 taker"]
    assert exchange.flat(10_000, volume_u=160) == ["1 filled 20 @ 10000 taker"]
    assert exchange.resting == 0
    assert exchange.venue[0].fill_share_max == 0.25


def test_a_value_order_spends_the_rest_at_the_next_price() -> None:
    exchange = Exchange(participation=0.1)
    exchange.submit(BUY, VALUE, value=10_000.0)
    assert exchange.flat(10_000, volume_u=400) == ["1 filled 40 @ 10000 taker"]
    assert exchange.flat(20_000) == ["1 filled 30 @ 20000 taker", "1 cancelled"]


def test_all_orders_share_what_a_bar_allows_in_order_of_arrival() -> None:
    exchange = Exchange(participation=0.1)
    exchange.submit(BUY, LIMIT, price_u=9_950, size_u=80)
    exchange.submit(BUY, MARKET, size_u=70)
    exchange.submit(BUY, MARKET, size_u=50)
    told = ["2 filled 70 @ 10000 taker", "3 filled 30 @ 10000 taker"]
    assert exchange.bar(*UP, volume_u=1_000) == told, "nothing is left for the limit"
    told = ["3 filled 20 @ 10000 taker", "1 filled 80 @ 9950 maker"]
    assert exchange.bar(*UP, volume_u=1_000) == told


def test_a_share_of_the_volume_is_whole_lots() -> None:
    exchange = Exchange(participation=0.1, instruments=(instrument(lot="0.2"),))
    exchange.submit(BUY, MARKET)
    assert exchange.flat(10_000, volume_u=590) == ["1 filled 40 @ 10000 taker"]


def test_without_a_cap_a_bar_without_volume_fills_too_and_the_share_shows_it() -> None:
    exchange = Exchange()
    exchange.submit(BUY, MARKET)
    assert exchange.flat(10_000, volume_u=0) == ["1 filled 100 @ 10000 taker"]
    assert exchange.venue[0].fill_share_max == 100


def test_each_market_has_a_volume_of_its_own() -> None:
    exchange = Exchange(participation=0.1, instruments=(instrument("A"), instrument("B")))
    exchange.submit(BUY, MARKET, market=0)
    exchange.submit(BUY, MARKET, market=1)
    assert exchange.flat(10_000, volume_u=500, market=1) == ["2 filled 50 @ 10000 taker"]
    assert exchange.flat(10_000, volume_u=700, market=0) == ["1 filled 70 @ 10000 taker"]
    assert exchange.venue[0].positions_u[:2].tolist() == [70, 50]


# --- Fees and funds ---------------------------------------------------------------------------


def with_fees() -> Exchange:
    rules = instrument(fee="0.001")
    exchange = Exchange(held_u=1_000, instruments=(rules,))
    exchange.venue[0].rules[0].fee_maker = 0.0004
    return exchange


def test_each_side_pays_its_fee_by_its_liquidity() -> None:
    exchange = with_fees()
    exchange.submit(BUY, MARKET)
    exchange.submit(BUY, LIMIT, price_u=9_950)
    exchange.submit(SELL, MARKET)
    exchange.bar(*UP)
    fees = [float(fact.fee) for fact in exchange.facts if fact.size_u]
    assert fees == pytest.approx([10.0, 10.0, 3.98])
    assert exchange.cash == pytest.approx(1_000_000 - 10_000 - 9_950 + 10_000 - 23.98)


@pytest.mark.parametrize(
    ("cash", "told"),
    [(10_010.0, ACCEPTED), (10_009.99, ["1 refused insufficient_funds"])],
)
@pytest.mark.parametrize(
    "order",
    [(VALUE, {"value": 10_000.0}), (LIMIT, {"price_u": 10_000}), (MARKET, {})],
)
def test_an_order_is_refused_without_the_cash_for_it_and_its_fee(
    cash: float, told: list[str], order: tuple[OrderType, dict[str, Any]]
) -> None:
    exchange = Exchange(cash=cash, instruments=(instrument(fee="0.001"),))
    assert exchange.submit(BUY, order[0], **order[1]) == told


@pytest.mark.parametrize(
    "first", [(VALUE, {"value": 6_000.0}), (LIMIT, {"price_u": 6_000}), (STOP, {"price_u": 6_000})]
)
def test_cash_that_a_resting_order_may_take_is_locked(
    first: tuple[OrderType, dict[str, Any]],
) -> None:
    exchange = Exchange(cash=12_000.0)
    exchange.mark_u = 6_000
    assert exchange.submit(BUY, first[0], **first[1]) == ACCEPTED
    assert exchange.submit(BUY, VALUE, value=6_000.01) == ["2 refused insufficient_funds"]
    assert exchange.submit(BUY, VALUE, value=6_000.0) == ["3 accepted"]
    exchange.cancel(1)
    assert exchange.submit(BUY, VALUE, value=6_000.0) == ["4 accepted"]


def test_coins_that_a_resting_sale_may_take_are_locked() -> None:
    exchange = Exchange(held_u=150)
    assert exchange.submit(SELL, LIMIT, price_u=11_000, size_u=100) == ACCEPTED
    assert exchange.submit(SELL, MARKET, size_u=60) == ["2 refused insufficient_funds"]
    assert exchange.submit(SELL, MARKET, size_u=50) == ["3 accepted"]


def test_an_open_too_dear_for_the_cash_ends_the_order_and_moves_nothing() -> None:
    exchange = Exchange(cash=10_000.0)
    exchange.submit(BUY, MARKET)
    assert exchange.flat(10_001) == ["1 cancelled insufficient_funds"]
    assert (exchange.cash, exchange.held_u) == (10_000.0, 0)


def test_coins_sold_meanwhile_end_a_sale_and_move_nothing() -> None:
    exchange = Exchange(held_u=100)
    exchange.submit(SELL, LIMIT, price_u=10_100)
    exchange.submit(SELL, MARKET, reduce_only=1)
    told = ["2 filled 100 @ 10000 taker", "1 cancelled insufficient_funds"]
    assert exchange.bar(*UP) == told
    assert exchange.held_u == 0


# --- What is refused --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "rules", "reason"),
    [
        ((BUY, LIMIT, {"price_u": 10_003}), {"tick": "5"}, "tick"),
        ((BUY, LIMIT, {"price_u": 0}), {}, "tick"),
        ((BUY, STOP, {"price_u": -5}), {}, "tick"),
        ((SELL, STOP, {"price_u": 10_001}), {"tick": "10"}, "tick"),
        ((BUY, MARKET, {"size_u": 99}), {"lot": "0.1"}, "lot"),
        ((BUY, MARKET, {"size_u": 0}), {}, "lot"),
        ((BUY, LIMIT, {"size_u": -100, "price_u": 10_000}), {}, "lot"),
        ((BUY, MARKET, {"size_u": 49}), {}, "value_min"),
        ((BUY, VALUE, {"value": 4_999.99}), {}, "value_min"),
        ((BUY, LIMIT, {"size_u": 100, "price_u": 4_999}), {}, "value_min"),
        ((BUY, VALUE, {"value": 20_000.01}), {"value_max": "20000"}, "value_max"),
        ((BUY, MARKET, {"size_u": 201}), {"value_max": "20000"}, "value_max"),
        ((SELL, MARKET, {"size_u": 100}), {}, "insufficient_funds"),
    ],
)
def test_what_the_rules_forbid_is_refused_by_their_name(
    order: tuple[Side, OrderType, dict[str, Any]], rules: dict[str, str], reason: str
) -> None:
    exchange = Exchange(instruments=(instrument(**rules),))
    side, order_type, fields = order
    assert exchange.submit(side, order_type, **fields) == [f"1 refused {reason}"]
    assert exchange.resting == 0


@pytest.mark.parametrize(
    ("order", "rules"),
    [
        ((MARKET, {"size_u": 50}), {}),
        ((VALUE, {"value": 5_000.0}), {}),
        ((VALUE, {"value": 20_000.0}), {"value_max": "20000"}),
        ((LIMIT, {"price_u": 10_005}), {"tick": "5"}),
    ],
)
def test_what_is_just_allowed_is_accepted(
    order: tuple[OrderType, dict[str, Any]], rules: dict[str, str]
) -> None:
    exchange = Exchange(instruments=(instrument(**rules),))
    assert exchange.submit(BUY, order[0], **order[1]) == ACCEPTED


def test_the_venue_holds_so_many_orders_and_no_more() -> None:
    exchange = Exchange(cash=1e12)
    for _ in range(ORDERS_MAX):
        exchange.submit(BUY, LIMIT, price_u=9_000)
    assert exchange.submit(BUY, LIMIT, price_u=9_000) == [f"{ORDERS_MAX + 1} refused overflow"]
    exchange.cancel(7)
    assert exchange.submit(BUY, LIMIT, price_u=9_000) == [f"{ORDERS_MAX + 2} accepted"]


def test_replace_is_not_known_here() -> None:
    assert Exchange().replace(9) == ["9 refused unsupported"]


# --- The end of an order ----------------------------------------------------------------------


def test_a_cancelled_order_is_gone_and_another_cancel_says_nothing() -> None:
    exchange = Exchange()
    exchange.submit(BUY, LIMIT, price_u=9_000)
    assert exchange.cancel(1) == ["1 cancelled cancel_requested"]
    assert exchange.cancel(1) == []
    assert exchange.cancel(99) == []
    assert exchange.bar(*UP) == []


@pytest.mark.parametrize(
    ("expires_after_ns", "told"),
    [
        (0, ["1 filled 100 @ 9800 maker"]),  # 0: never
        (NS_PER_MINUTE, ["1 cancelled expired"]),
        (NS_PER_MINUTE + 1, ["1 filled 100 @ 9800 maker"]),
    ],
)
def test_an_order_expires_at_the_first_open_that_is_not_before(
    expires_after_ns: int, told: list[str]
) -> None:
    exchange = Exchange()
    expires_ns = START_NS + expires_after_ns if expires_after_ns else 0
    exchange.submit(BUY, LIMIT, price_u=9_800, expires_ns=expires_ns)
    assert exchange.flat(10_000) == []
    assert exchange.bar(10_000, 10_000, 9_700, 9_700) == told


def test_orders_are_served_in_order_of_arrival_whoever_leaves_between() -> None:
    exchange = Exchange(cash=25_000.0)
    for _ in range(5):
        exchange.submit(BUY, LIMIT, price_u=5_000)
    exchange.cancel(2)
    exchange.venue[0].cash = 17_500.0
    told = exchange.bar(6_000, 6_000, 4_000, 4_500)
    assert told == [
        "1 filled 100 @ 5000 maker",
        "3 filled 100 @ 5000 maker",
        "4 filled 100 @ 5000 maker",
        "5 cancelled insufficient_funds",
    ]


def test_new_rules_leave_resting_orders_where_they_are() -> None:
    exchange = Exchange()
    exchange.submit(BUY, LIMIT, price_u=9_903)
    finer = Exchange(instruments=(instrument(tick="10"),))
    exchange.venue[0].rules[0] = finer.venue[0].rules[0]
    assert exchange.bar(*UP) == ["1 filled 100 @ 9903 maker"]
