"""Cancels: accepted first, done later; by name, in batches, and with another order to follow."""

from decimal import Decimal

import pytest

from sigma_cli.exchange.upbit.events import OrderEvent
from sigma_cli.exchange.upbit.refusals import Refused
from sigma_cli.venues.upbit.wire.orders import CancelAndNew, Order
from sigma_cli.venues.upbit.wire.queries import (
    CancelOpenQuery,
    NamedOrdersQuery,
    OpenOrdersQuery,
    OrderQuery,
)
from tests.exchange.fair import BTC, ETH, Fair, Tape, instruments, states

DELAY_MS = 50


def low(fair: Fair, **fields: str) -> Order:
    return fair.place("bid", **{"price": "90000000", "volume": "0.01", **fields})


def tape() -> Tape:
    return Tape().book(0).trade(0, "100000000", "0.01")


def test_a_cancel_is_accepted_first_and_done_later() -> None:
    fair = Fair(tape())
    order = low(fair)
    fair.told()
    assert fair.venue.cancel("ann", OrderQuery(uuid=order.uuid)).state == "wait"
    fair.at(DELAY_MS - 1)
    assert fair.order(order).state == "wait" and fair.told() == []
    assert fair.held("KRW") == ("9099550", "900450"), "it is locked until then"
    fair.at(DELAY_MS)
    assert fair.order(order).state == "cancel"
    assert fair.told() == ["cancel", "KRW 10000000+0"]


def test_a_cancel_may_be_done_at_once() -> None:
    fair = Fair(tape(), cancel_delay_ns=0)
    order = low(fair)
    assert fair.venue.cancel("ann", OrderQuery(uuid=order.uuid)).state == "wait"
    assert fair.order(order).state == "cancel" and fair.told()[-1] == "KRW 10000000+0"


def test_an_order_may_be_filled_after_its_cancel_was_accepted() -> None:
    fair = Fair(tape().trade(10, "89999000", "1", -1))
    order = low(fair)
    fair.venue.cancel("ann", OrderQuery(uuid=order.uuid))
    fair.at(DELAY_MS)
    assert fair.order(order).state == "done"
    assert fair.told()[-1] == "done", "nothing more is said of the cancel"


def test_what_was_filled_stays_when_the_rest_is_cancelled() -> None:
    fair = Fair(tape().trade(10, "89999000", "0.004", -1))
    order = low(fair)
    fair.venue.cancel("ann", OrderQuery(uuid=order.uuid))
    fair.at(DELAY_MS)
    shown = fair.order(order)
    assert (shown.state, shown.executed_volume) == ("cancel", Decimal("0.004"))
    assert fair.held("KRW") == ("9639820", "0")


def test_a_second_cancel_changes_nothing() -> None:
    fair = Fair(tape())
    order = low(fair)
    fair.venue.cancel("ann", OrderQuery(uuid=order.uuid))
    fair.at(DELAY_MS - 1)
    fair.venue.cancel("ann", OrderQuery(uuid=order.uuid))
    fair.at(DELAY_MS)
    assert fair.order(order).state == "cancel"


@pytest.mark.parametrize(
    ("query", "name"),
    [
        (OrderQuery(uuid="nobody"), "order_not_found"),
        (OrderQuery(identifier="nobody"), "order_not_found"),
        (OrderQuery(), "validation_error"),
    ],
)
def test_who_is_not_there_can_t_be_cancelled(query: OrderQuery, name: str) -> None:
    fair = Fair(tape())
    for ask in (fair.venue.cancel, fair.venue.order):
        with pytest.raises(Refused, match=name):
            ask("ann", query)


def test_orders_of_others_and_closed_ones_can_t_be_cancelled() -> None:
    fair = Fair(
        tape(), own={"ann": {"KRW": "10000000"}, "ben": {"KRW": "10000000"}}, cancel_delay_ns=0
    )
    order = low(fair)
    with pytest.raises(Refused, match="order_not_found"):
        fair.venue.cancel("ben", OrderQuery(uuid=order.uuid))
    fair.venue.cancel("ann", OrderQuery(uuid=order.uuid))
    with pytest.raises(Refused, match="order_not_found"):
        fair.venue.cancel("ann", OrderQuery(uuid=order.uuid))


# --- Batches ---


def test_some_are_cancelled_by_name() -> None:
    fair = Fair(tape(), cancel_delay_ns=0)
    one, two = low(fair, identifier="one"), low(fair, identifier="two")
    fair.venue.cancel("ann", OrderQuery(uuid=two.uuid))
    names = (one.uuid, two.uuid, "nobody", one.uuid)
    done = fair.venue.cancel_named("ann", NamedOrdersQuery(uuids=names))
    assert [name.identifier for name in done.success.orders] == ["one"]
    assert [name.uuid for name in done.failed.orders] == [two.uuid]
    assert (done.success.count, done.failed.count) == (1, 1)
    assert fair.order(one).state == "cancel"


@pytest.mark.parametrize(
    "query",
    [
        NamedOrdersQuery(),
        NamedOrdersQuery(uuids=("a",), identifiers=("b",)),
        NamedOrdersQuery(uuids=tuple(map(str, range(21)))),
    ],
)
def test_a_batch_has_one_kind_of_names_and_not_too_many(query: NamedOrdersQuery) -> None:
    with pytest.raises(Refused, match="validation_error"):
        Fair(tape()).venue.cancel_named("ann", query)


def two_markets() -> Fair:
    rows = Tape(instruments(BTC, ETH)).book(0).book(0, code=ETH)
    fair = Fair(rows, own={"ann": {"KRW": "10000000", "BTC": "1", "ETH": "1"}}, cancel_delay_ns=0)
    low(fair)
    low(fair, market=ETH)
    fair.place("ask", price="110000000", volume="0.1")
    fair.place("ask", price="110000000", volume="0.1", market=ETH)
    return fair


@pytest.mark.parametrize(
    ("query", "count"),
    [
        (CancelOpenQuery(), 4),
        (CancelOpenQuery(cancel_side="bid"), 2),
        (CancelOpenQuery(cancel_side="ask", pairs=(ETH,)), 1),
        (CancelOpenQuery(excluded_pairs=(BTC,)), 2),
        (CancelOpenQuery(quote_currencies=("KRW",)), 4),
        (CancelOpenQuery(quote_currencies=("BTC",)), 0),
        (CancelOpenQuery(count=3), 3),
    ],
)
def test_open_orders_are_cancelled_by_side_and_market(query: CancelOpenQuery, count: int) -> None:
    fair = two_markets()
    assert fair.venue.cancel_open("ann", query).success.count == count
    assert len(fair.venue.open_orders("ann", OpenOrdersQuery())) == 4 - count


def test_the_newest_are_cancelled_first_unless_asked_otherwise() -> None:
    newest = two_markets().venue.cancel_open("ann", CancelOpenQuery(count=1))
    oldest = two_markets().venue.cancel_open("ann", CancelOpenQuery(count=1, order_by="asc"))
    assert newest.success.orders[0].market == ETH and oldest.success.orders[0].market == BTC


@pytest.mark.parametrize(
    "query",
    [
        CancelOpenQuery(pairs=(BTC,), quote_currencies=("KRW",)),
        CancelOpenQuery(pairs=tuple(f"KRW-A{n}" for n in range(21))),
    ],
)
def test_a_batch_cancel_that_contradicts_itself_is_refused(query: CancelOpenQuery) -> None:
    with pytest.raises(Refused, match="validation_error"):
        Fair(tape()).venue.cancel_open("ann", query)


# --- One goes, another comes ---


def follow(order: Order, **fields: str) -> CancelAndNew:
    new = {"new_ord_type": "limit", "new_price": Decimal("91000000"), "new_volume": "0.1", **fields}
    return CancelAndNew(prev_order_uuid=order.uuid, **new)  # type: ignore[arg-type]


def test_the_new_order_comes_when_the_old_one_is_gone() -> None:
    fair = Fair(tape(), own={"ann": {"KRW": "9200000"}})
    old = low(fair, volume="0.1")
    told = fair.venue.cancel_and_new("ann", follow(old, new_identifier="next"))
    assert (told.uuid, told.state, told.new_order_identifier) == (old.uuid, "wait", "next")
    with pytest.raises(Refused, match="order_not_found"):
        fair.venue.order("ann", OrderQuery(uuid=told.new_order_uuid))
    fair.told()
    fair.at(DELAY_MS)
    assert fair.told() == ["cancel", "KRW 9200000+0", "wait", "KRW 95450+9104550"]
    new = fair.venue.order("ann", OrderQuery(identifier="next"))
    assert (new.uuid, new.price) == (told.new_order_uuid, Decimal(91_000_000))


def test_the_new_order_may_take_what_the_old_one_leaves() -> None:
    fair = Fair(tape().trade(10, "89999000", "0.004", -1))
    old = low(fair)
    told = fair.venue.cancel_and_new("ann", follow(old, new_volume="remain_only"))
    fair.at(DELAY_MS)
    new = fair.venue.order("ann", OrderQuery(uuid=told.new_order_uuid))
    assert (new.volume, new.side, new.market) == (Decimal("0.006"), "bid", BTC)


def test_no_new_order_comes_when_the_old_one_was_filled() -> None:
    fair = Fair(tape().trade(10, "89999000", "1", -1))
    old = low(fair)
    told = fair.venue.cancel_and_new("ann", follow(old))
    fair.at(DELAY_MS)
    assert fair.order(old).state == "done"
    assert states(fair.venue.open_orders("ann", OpenOrdersQuery())) == []
    with pytest.raises(Refused, match="order_not_found"):
        fair.venue.order("ann", OrderQuery(uuid=told.new_order_uuid))


def test_a_new_order_that_would_not_pass_is_refused_and_the_old_one_stays() -> None:
    fair = Fair(tape(), own={"ann": {"KRW": "1000000"}})
    old = low(fair)
    wrong = follow(old, new_volume="0.1", new_identifier="next")
    with pytest.raises(Refused, match="insufficient_funds_bid"):
        fair.venue.cancel_and_new("ann", wrong)
    with pytest.raises(Refused, match="duplicated_identifier"):
        fair.venue.cancel_and_new("ann", follow(old, new_volume="0.01", new_identifier="next"))
    fair.at(2 * DELAY_MS)
    assert fair.order(old).state == "wait"


def test_a_new_order_for_which_the_money_is_gone_does_not_come() -> None:
    fair = Fair(tape(), own={"ann": {"KRW": "1900000"}})
    old = low(fair)
    told = fair.venue.cancel_and_new("ann", follow(old, new_volume="0.02"))
    low(fair)
    fair.at(DELAY_MS)
    assert fair.order(old).state == "cancel" and fair.held("KRW") == ("999550", "900450")
    with pytest.raises(Refused, match="order_not_found"):
        fair.venue.order("ann", OrderQuery(uuid=told.new_order_uuid))
    assert any(b"insufficient_funds_bid" in line for line in fair.venue.log.lines)


def test_an_order_that_leaves_already_has_no_successor() -> None:
    fair = Fair(tape())
    old = low(fair)
    fair.venue.cancel("ann", OrderQuery(uuid=old.uuid))
    with pytest.raises(Refused, match="order_not_found"):
        fair.venue.cancel_and_new("ann", follow(old))


def test_a_sum_leaves_no_volume() -> None:
    fair = Fair(Tape().trade(0, "100000000", "1").gap(0))
    old = fair.place("bid", "price", price="10000")
    assert fair.order(old).state == "wait", "it waits for a book"
    with pytest.raises(Refused, match="validation_error"):
        fair.venue.cancel_and_new("ann", follow(old, new_volume="remain_only"))


def test_what_is_due_at_one_time_is_done_in_the_order_in_which_it_was_asked_for() -> None:
    fair = Fair(tape())
    orders = [low(fair, price=price) for price in ("90000000", "91000000", "92000000")]
    fair.venue.take_events()
    for order in reversed(orders):
        fair.venue.cancel("ann", OrderQuery(uuid=order.uuid))
    fair.at(DELAY_MS)
    events = [event for event in fair.venue.take_events() if isinstance(event, OrderEvent)]
    assert [event.message.uuid for event in events] == [order.uuid for order in reversed(orders)]
