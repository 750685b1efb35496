"""Orders that are asked for again, chances, balances: pages, windows, names."""

from decimal import Decimal
from typing import Any

import pytest

from sigma_cli.domain.units import NS_PER_DAY, NS_PER_MS
from sigma_cli.exchange.upbit.refusals import Refused
from sigma_cli.venues.upbit.wire import json
from sigma_cli.venues.upbit.wire.orders import Order
from sigma_cli.venues.upbit.wire.queries import (
    ClosedOrdersQuery,
    MarketQuery,
    NamedOrdersQuery,
    OldOrdersQuery,
    OpenOrdersQuery,
    OrderQuery,
)
from tests.exchange.fair import BTC, ETH, START_NS, Fair, Tape, instruments

DAY_MS = NS_PER_DAY // NS_PER_MS


def fair(**switches: Any) -> Fair:
    tape = Tape(instruments(BTC, ETH)).book(0).book(0, code=ETH).trade(0, "100000000", "1")
    owns = {"ann": {"KRW": "100000000", "BTC": "1", "ETH": "1"}}
    return Fair(tape, own=owns, cancel_delay_ns=0, **switches)


def low(at: Fair, code: str = BTC, **fields: str) -> Order:
    return at.place("bid", market=code, **{"price": "90000000", "volume": "0.001", **fields})


def closed(at: Fair, code: str = BTC, **fields: str) -> Order:
    order = low(at, code, **fields)
    at.venue.cancel("ann", OrderQuery(uuid=order.uuid))
    return order


def names(orders: tuple[Order, ...]) -> list[str]:
    return [order.uuid for order in orders]


def test_open_orders_come_in_pages_the_newest_first() -> None:
    at = fair()
    orders = [low(at) for _ in range(5)]
    newest_first = names(tuple(reversed(orders)))
    ask = at.venue.open_orders
    assert names(ask("ann", OpenOrdersQuery())) == newest_first
    assert names(ask("ann", OpenOrdersQuery(page=2, limit=2))) == newest_first[2:4]
    assert names(ask("ann", OpenOrdersQuery(page=3, limit=2))) == newest_first[4:]
    assert ask("ann", OpenOrdersQuery(page=4, limit=2)) == ()
    assert names(ask("ann", OpenOrdersQuery(order_by="asc", limit=1))) == [orders[0].uuid]
    assert ask("ann", OpenOrdersQuery(state="watch")) == ()
    assert len(ask("ann", OpenOrdersQuery(states=("wait", "watch")))) == 5


def test_more_than_a_hundred_open_orders_need_a_second_page() -> None:
    at = fair()
    for _ in range(101):
        low(at)
    assert len(at.venue.open_orders("ann", OpenOrdersQuery(limit=1_000))) == 100
    assert len(at.venue.open_orders("ann", OpenOrdersQuery(page=2))) == 1


def test_open_orders_of_one_market() -> None:
    at = fair()
    low(at)
    order = low(at, ETH)
    assert names(at.venue.open_orders("ann", OpenOrdersQuery(market=ETH))) == [order.uuid]


def test_a_state_and_states_do_not_go_together() -> None:
    with pytest.raises(Refused, match="validation_error"):
        fair().venue.open_orders("ann", OpenOrdersQuery(state="wait", states=("wait",)))


def test_closed_orders_of_seven_days() -> None:
    at = fair()
    old = closed(at)
    at.at(5 * DAY_MS)
    middle = at.place("bid", price="100003000", volume="0.001")
    at.at(8 * DAY_MS)
    young = closed(at)
    ask = at.venue.closed_orders
    assert names(ask("ann", ClosedOrdersQuery())) == [young.uuid, middle.uuid]
    assert names(ask("ann", ClosedOrdersQuery(state="done"))) == [middle.uuid]
    assert names(ask("ann", ClosedOrdersQuery(limit=1))) == [young.uuid]
    start_ms = str(START_NS // NS_PER_MS)
    from_start = ClosedOrdersQuery(start_time=start_ms, order_by="asc")
    assert names(ask("ann", from_start)) == [old.uuid, middle.uuid]
    until = ClosedOrdersQuery(end_time="2026-01-07T12:04:06+09:00")
    assert names(ask("ann", until)) == [middle.uuid, old.uuid]
    both = ClosedOrdersQuery(start_time="2026-01-02 03:04:05", end_time="2026-01-02T03:04:06Z")
    assert names(ask("ann", both)) == [old.uuid]


@pytest.mark.parametrize(
    "query",
    [
        ClosedOrdersQuery(start_time="yesterday"),
        ClosedOrdersQuery(start_time="2026-01-01", end_time="2026-01-09"),
        ClosedOrdersQuery(start_time="2026-01-02", end_time="2026-01-01"),
    ],
)
def test_a_window_is_two_times_and_seven_days_at_most(query: ClosedOrdersQuery) -> None:
    with pytest.raises(Refused, match="invalid_parameter"):
        fair().venue.closed_orders("ann", query)


def test_orders_by_name() -> None:
    at = fair()
    one, two = low(at, identifier="one"), closed(at, ETH, identifier="two")
    ask = at.venue.named_orders
    assert names(ask("ann", NamedOrdersQuery(uuids=(one.uuid, "nobody", two.uuid)))) == [
        two.uuid,
        one.uuid,
    ]
    named = NamedOrdersQuery(identifiers=("one", "two"), order_by="asc")
    assert names(ask("ann", named)) == [one.uuid, two.uuid]
    assert names(ask("ann", NamedOrdersQuery(identifiers=("one", "two"), market=ETH))) == [two.uuid]
    for wrong in (NamedOrdersQuery(), NamedOrdersQuery(uuids=tuple(map(str, range(101))))):
        with pytest.raises(Refused, match="validation_error"):
            ask("ann", wrong)


def test_the_deprecated_list() -> None:
    at = fair()
    one, two = low(at), closed(at)
    ask = at.venue.old_orders
    assert names(ask("ann", OldOrdersQuery())) == [one.uuid]
    assert names(ask("ann", OldOrdersQuery(states=("wait", "cancel")))) == [two.uuid, one.uuid]
    assert names(ask("ann", OldOrdersQuery(uuids=(two.uuid,)))) == [two.uuid]


def test_the_uuid_wins() -> None:
    at = fair()
    one, _ = low(at, identifier="one"), low(at, identifier="two")
    query = OrderQuery(uuid=one.uuid, identifier="two")
    assert at.venue.order("ann", query).identifier == "one"


def test_trades_are_told_of_one_order_only() -> None:
    at = fair()
    order = at.place("bid", price="100003000", volume="0.001")
    assert order.trades is None
    assert len(at.order(order).trades or ()) == 1
    (listed,) = at.venue.closed_orders("ann", ClosedOrdersQuery())
    assert listed.trades is None and listed.trades_count == 1


def test_the_oldest_closed_orders_are_forgotten() -> None:
    at = fair(orders_kept=2)
    old, *young = [closed(at, identifier=f"no {n}") for n in range(3)]
    assert len(at.venue.closed_orders("ann", ClosedOrdersQuery())) == 2
    for query in (OrderQuery(uuid=old.uuid), OrderQuery(identifier="no 0")):
        with pytest.raises(Refused, match="order_not_found"):
            at.venue.order("ann", query)
    assert at.order(young[0]).state == "cancel"
    with pytest.raises(Refused, match="duplicated_identifier"):
        low(at, identifier="no 0")


def test_the_first_fills_of_an_order_are_forgotten() -> None:
    at = fair(executions_kept=2)
    shown = at.order(at.place("ask", "market", volume="1"))
    assert shown.trades_count == 2
    order = at.order(at.place("bid", price="100003000", volume="0.9"))
    assert len(order.trades or ()) == 2


def test_chances_are_as_documented() -> None:
    at = fair()
    told = json.encode(at.venue.chance("ann", MarketQuery(market=BTC))).decode()
    assert told == (
        '{"bid_fee":"0.0005","ask_fee":"0.0005","maker_bid_fee":"0.0005","maker_ask_fee":"0.0005",'
        '"market":{"id":"KRW-BTC","name":"BTC/KRW","order_types":["limit"],'
        '"order_sides":["ask","bid"],'
        '"bid_types":["best_fok","best_ioc","limit","limit_fok","limit_ioc","price"],'
        '"ask_types":["best_fok","best_ioc","limit","limit_fok","limit_ioc","market"],'
        '"bid":{"currency":"KRW","min_total":"5000"},"ask":{"currency":"BTC","min_total":"5000"},'
        '"max_total":"1000000000","state":"active"},'
        '"bid_account":{"currency":"KRW","balance":"100000000","locked":"0","avg_buy_price":"0",'
        '"avg_buy_price_modified":true,"unit_currency":"KRW"},'
        '"ask_account":{"currency":"BTC","balance":"1","locked":"0","avg_buy_price":"0",'
        '"avg_buy_price_modified":true,"unit_currency":"KRW"}}'
    )
    with pytest.raises(Refused, match="notfoundmarket"):
        at.venue.chance("ann", MarketQuery(market="KRW-NONE"))


def test_a_market_without_a_largest_order_tells_one() -> None:
    tape = Tape(instruments("USDT-XRP", price_exp=8))
    at = Fair(tape, own={"ann": {"USDT": "1000"}})
    chance = at.venue.chance("ann", MarketQuery(market="USDT-XRP"))
    assert chance.market.max_total == 10**9 and chance.bid_fee == Decimal("0.0025")
    at.place("bid", market="USDT-XRP", price="2.51", volume="100")
    assert at.held("USDT") == ("748.3725", "251.6275")


def test_balances_are_of_what_is_held_and_wallets_of_what_is_traded() -> None:
    at = fair()
    assert [one.currency for one in at.venue.balances("ann")] == ["KRW", "BTC", "ETH"]
    at.place("ask", "market", volume="1")
    assert [one.currency for one in at.venue.balances("ann")] == ["KRW", "ETH"]
    assert [one.currency for one in at.venue.wallets("ann")] == ["KRW", "BTC", "ETH"]


def test_balances_show_eight_decimals() -> None:
    at = fair()
    at.place("bid", price="100001000", volume="0.00012345")
    (krw, *_) = at.venue.balances("ann")
    paid = Decimal("0.00012345") * 100_001_000 * Decimal("1.0005")
    assert krw.balance == (100_000_000 - paid).quantize(Decimal("1E-8"), "ROUND_DOWN")
