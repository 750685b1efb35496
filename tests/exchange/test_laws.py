"""What holds for every order of a random crowd, however it came and went."""

from collections.abc import Callable
from decimal import Decimal, localcontext
from typing import Any

import pytest

from sigma_cli.exchange.upbit.exact import EXACT
from sigma_cli.venues.upbit.wire.account import Balance
from sigma_cli.venues.upbit.wire.orders import Order
from sigma_cli.venues.upbit.wire.queries import OrderQuery
from sigma_cli.venues.upbit.wire.stream import MyAsset, MyOrder
from tests.exchange.crowd import NAMES, OWNS, Crowd, gather

FEE = Decimal("0.0005")


@pytest.mark.prove
@pytest.mark.parametrize("seed", [21, 22])
def test_every_order_keeps_its_laws(seed: int, depth: Callable[..., int]) -> None:
    crowd = gather(seed, cancel_delay_ns=15_000_000)
    for _ in range(depth(quick=400, full=10_000)):
        crowd.step()
    count = 0
    with localcontext(EXACT):
        for name, uuids in crowd.names.items():
            for uuid in uuids:
                check(crowd.venue.order(name, OrderQuery(uuid=uuid)))
                count += 1
    assert count > 100


def check(order: Order) -> None:
    trades = order.trades or ()
    assert order.trades_count == len(trades)
    assert sum(one.volume for one in trades) == order.executed_volume
    funds = sum(one.funds for one in trades)
    assert all(one.funds == one.price * one.volume > 0 for one in trades)
    assert order.paid_fee == funds * FEE
    way = 1 if order.side == "bid" else -1
    if order.ord_type == "limit":
        assert order.price is not None
        assert all((order.price - one.price) * way >= 0 for one in trades), "no worse than asked"
    if order.volume is not None:
        assert order.remaining_volume is not None
        parts = order.executed_volume + order.remaining_volume + order.prevented_volume
        assert parts == order.volume
        left = order.remaining_volume
        total = left * order.price if order.price is not None else Decimal()
    else:
        assert order.price is not None and order.remaining_volume is None
        total = left = order.locked / (1 + FEE)
        assert funds + total + order.prevented_locked / (1 + FEE) == order.price
    if order.side == "bid":
        assert order.remaining_fee == total * FEE and order.locked == total + order.remaining_fee
    else:
        assert order.reserved_fee == order.remaining_fee == 0 and order.locked == left
    _check_end(order, left)


def _check_end(order: Order, left: Decimal) -> None:
    """Check that an order is in the state that its type, and what is left of it, allow."""
    if order.time_in_force in ("ioc", "fok") or order.ord_type != "limit":
        assert order.state != "wait" or order.time_in_force is None, "it does not rest"
    if order.time_in_force == "fok" and order.ord_type == "limit":
        assert order.executed_volume in (0, order.volume)
    if order.time_in_force == "post_only":
        trends = {one.trend for one in order.trades or ()}
        assert trends <= {"down" if order.side == "bid" else "up"}, "it never takes"
    if order.state == "done":
        assert left == 0 and order.trades_count > 0
    elif order.state == "wait":
        assert left > 0


def test_who_only_listens_knows_as_much_as_who_asks() -> None:
    crowd = gather(31, settle_delay_ns=7_000_000)
    told: list[Any] = []
    known: dict[str, dict[str, tuple[Decimal, Decimal]]] = {
        name: {currency: (amount, Decimal()) for currency, amount in OWNS.items()} for name in NAMES
    }
    orders: dict[str, MyOrder] = {}
    ended: set[str] = set()
    for _ in range(500):
        told.clear()
        crowd.step(told)
        for account, message in crowd.heard:
            if isinstance(message, MyAsset):
                for asset in message.assets:
                    known[account][asset.currency] = (asset.balance, asset.locked)
            else:
                assert message.uuid not in ended, "nothing is said of an order that has ended"
                assert (message.uuid in orders) == (message.state != "wait"), "wait comes first"
                orders[message.uuid] = message
                if message.state in ("done", "cancel"):
                    ended.add(message.uuid)
        for name in NAMES:
            for balance in crowd.venue.balances(name):
                assert known[name][balance.currency] == (balance.balance, balance.locked)
    compared = _compare(crowd, orders)
    assert compared > 200 and len(ended) > 100
    assert not any(isinstance(message, Balance) and message.balance < 0 for message in told)


def _compare(crowd: Crowd, orders: dict[str, MyOrder]) -> int:
    """Compare the last that was told of each order with what is answered; return of how many."""
    for name, uuids in crowd.names.items():
        for uuid in uuids:
            asked, heard = crowd.venue.order(name, OrderQuery(uuid=uuid)), orders[uuid]
            for field in (
                *("executed_volume", "remaining_volume", "paid_fee", "remaining_fee", "locked"),
                *("trades_count", "prevented_volume", "prevented_locked", "identifier"),
            ):
                assert getattr(asked, field) == getattr(heard, field), field
            state = "wait" if heard.state in ("trade", "prevented") else heard.state
            assert asked.state == state
    return sum(map(len, crowd.names.values()))
