"""What accounts ask to be done: orders are placed, cancelled, and followed by others."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from sigma_cli.exchange.upbit import desk, queries
from sigma_cli.exchange.upbit.agenda import Successor
from sigma_cli.exchange.upbit.checks import market_offline
from sigma_cli.exchange.upbit.drafts import draft
from sigma_cli.exchange.upbit.house import House
from sigma_cli.exchange.upbit.orders import OwnOrder
from sigma_cli.exchange.upbit.refusals import Refused, order_not_found
from sigma_cli.venues.upbit.wire.orders import (
    Batch,
    BatchResult,
    CancelAndNew,
    NewOrder,
    Order,
    OrderName,
)
from sigma_cli.venues.upbit.wire.queries import CancelOpenQuery, NamedOrdersQuery, OrderQuery

REST: Final = "remain_only"


def place(house: House, account: str, request: NewOrder) -> Order:
    """Take a new order; the answer shows it as it came. Its identifier is used up in any case."""
    try:
        order = draft(house, account, request)
    finally:
        _use(house, account, request.identifier)
    desk.enter(house, order, house.shelf.name())
    shown = order.shown()
    desk.match(house, order)
    return shown


def test(house: House, account: str, request: NewOrder) -> Order:
    """Check a new order, and show what it would be."""
    order = draft(house, account, request)
    order.uuid = house.shelf.name()
    return order.shown()


def cancel(house: House, account: str, query: OrderQuery) -> Order:
    """Accept a cancel."""
    _need_open(house)
    order = house.shelf.find(account, query)
    shown = order.shown()
    desk.cancel(house, order)
    return shown


def cancel_named(house: House, account: str, query: NamedOrdersQuery) -> BatchResult:
    """Accept cancels by name."""
    _need_open(house)
    return _cancelled(house, queries.to_cancel_named(house, account, query))


def cancel_open(house: House, account: str, query: CancelOpenQuery) -> BatchResult:
    """Accept cancels of open orders."""
    _need_open(house)
    return _cancelled(house, queries.to_cancel(house, account, query))


def cancel_and_new(house: House, account: str, request: CancelAndNew) -> Order:
    """Accept a cancel and the order that follows it; its identifier is used up in any case."""
    _need_open(house)
    query = OrderQuery(uuid=request.prev_order_uuid, identifier=request.prev_order_identifier)
    old = house.shelf.find(account, query)
    if old.state != "wait" or old.is_leaving:
        raise order_not_found()
    takes_rest = request.new_volume == REST
    if takes_rest and old.is_by_value:
        raise Refused("validation_error", f"the order has no volume, so {REST} is none either")
    new = _following(old, request)
    try:
        draft(house, account, new, replaced=old)
    finally:
        _use(house, account, request.new_identifier)
    successor = Successor(new, takes_rest, house.shelf.name())
    shown = old.shown(new_uuid=successor.uuid, new_identifier=new.identifier)
    desk.cancel(house, old, successor)
    return shown


def _need_open(house: House) -> None:
    if house.listings.is_maintained:
        raise market_offline()


def _use(house: House, account: str, identifier: str | None) -> None:
    if identifier is not None:
        house.shelf.use(account, identifier, house.behaviour.identifiers_kept)


def _cancelled(house: House, orders: Iterable[OwnOrder]) -> BatchResult:
    """Accept cancels as far as orders are open; return for which ones."""
    accepted: list[OrderName] = []
    failed: list[OrderName] = []
    for order in orders:
        if order.state == "wait":
            desk.cancel(house, order)
            accepted.append(order.name)
        else:
            failed.append(order.name)
    return BatchResult(
        success=Batch(count=len(accepted), orders=tuple(accepted)),
        failed=Batch(count=len(failed), orders=tuple(failed)),
    )


def _following(old: OwnOrder, request: CancelAndNew) -> NewOrder:
    """Return the order that is to follow another, as if that were gone already."""
    volume: Decimal | None = None
    if request.new_volume is not None:
        volume = old.left if request.new_volume == REST else Decimal(request.new_volume)
    return NewOrder(
        market=old.code,
        side=old.side,
        ord_type=request.new_ord_type,
        price=request.new_price,
        volume=volume,
        identifier=request.new_identifier,
        time_in_force=request.new_time_in_force,
        smp_type=request.new_smp_type,
    )
