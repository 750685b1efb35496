"""The way of an order: it comes in, is matched, and what becomes of it is booked; or it leaves."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import zip_longest
from typing import Final

from msgspec import structs

from sigma_cli.domain.facts import FactKind
from sigma_cli.domain.fills import Depth
from sigma_cli.domain.requests import OrderType, Reason, TimeInForce
from sigma_cli.exchange.matching import Fact, Wish
from sigma_cli.exchange.upbit import booking
from sigma_cli.exchange.upbit.agenda import Leave, Successor
from sigma_cli.exchange.upbit.drafts import draft
from sigma_cli.exchange.upbit.house import House
from sigma_cli.exchange.upbit.meetings import meet, meets
from sigma_cli.exchange.upbit.orders import OwnOrder
from sigma_cli.exchange.upbit.refusals import Refused, order_not_found

_TYPES: Final = {
    "limit": OrderType.LIMIT,
    "price": OrderType.VALUE,
    "market": OrderType.MARKET,
    "best": OrderType.BEST,
}
_TIMES: Final = {"ioc": TimeInForce.IOC, "fok": TimeInForce.FOK}


def enter(house: House, order: OwnOrder, uuid: str) -> None:
    """Let an order come in under a name; `match` it once it was shown."""
    order.uuid, order.no = uuid, house.shelf.number()
    booking.open_order(house, order)


def match(house: House, order: OwnOrder) -> None:
    """Let what is left of an order meet the market, and book what becomes of it.

    Nobody else acts meanwhile: where it meets an order of its own account it is known which.
    """
    goes_on = True
    while goes_on:
        stopped = _book(house, _sent(house, order))
        goes_on = bool(stopped) and meet(house, order)


def cancel(house: House, order: OwnOrder, successor: Successor | None = None) -> None:
    """Accept a cancel, which is done later; one that was accepted before stands.

    Raises:
        Refused: the order is closed.
    """
    if order.state != "wait":
        raise order_not_found()
    if not order.is_leaving:
        order.is_leaving = True
        due_ns = house.now_ns + house.behaviour.cancel_delay_ns
        house.agenda.add(due_ns, Leave(order.account, order.no, successor))


def leave(house: House, task: Leave) -> None:
    """Let a cancel be done, and let another order come where one is to follow.

    An order that was filled, or is gone for another reason, has no successor.
    """
    order = house.shelf.opened(task.account, task.no)
    if order is None:
        return
    rest = order.left
    withdraw(house, order)
    if task.successor is not None:
        _follow(house, task.account, task.successor, rest)


def withdraw(house: House, order: OwnOrder) -> None:
    """Take an open order away at once."""
    market = house.listings.by_code[order.code].number
    account = house.names.index(order.account)
    on_facts(house, house.matching.cancel(account, market, order.match_no, house.now_ns))


def on_facts(house: House, facts: Sequence[Fact]) -> None:
    """Book what rows caused, in the order in which it happened.

    What stopped because it met its own account is matched again when all of it is booked: what it
    met may be gone by then. Without books an order that is matched again waits for another trade,
    so what it met is looked at first.
    """
    for order in _book(house, facts):
        depth = house.market.depths[house.listings.by_code[order.code].number]
        if depth is not Depth.NONE or not meets(house, order) or meet(house, order):
            match(house, order)


def _book(house: House, facts: Sequence[Fact]) -> list[OwnOrder]:
    """Book facts; return the orders that stopped because they met their own account."""
    stopped = []
    for fact, after in zip_longest(facts, facts[1:]):
        order = house.shelf.matched(house.names[fact.account], fact.no)
        if order is None or fact.kind is FactKind.ACCEPTED:
            continue
        if fact.kind is FactKind.FILLED:
            _fill(house, order, fact, is_last=after is not None and _is_end(after, fact))
        elif fact.reason is Reason.SELF_MATCH:
            stopped.append(order)
        else:
            booking.close(house, order)
    return stopped


def _fill(house: House, order: OwnOrder, fact: Fact, *, is_last: bool) -> None:
    """Book a fill.

    Matching counts a sum to spend in float64. What it buys is therefore reckoned anew: never more
    than the sum pays for and, where nothing was left to be bought, all that it pays for.
    """
    listing = house.listings.by_code[order.code]
    price, volume = listing.price(fact.price_u), listing.size(fact.size_u)
    if order.is_by_value:
        most = order.affordable(price, listing.digits)
        volume = most if is_last else min(volume, most)
    if volume:
        booking.fill(house, order, price, volume, is_maker=fact.is_maker)
    if not order.is_by_value and order.left == 0:
        booking.close(house, order)


def _is_end(fact: Fact, before: Fact) -> bool:
    """Return whether a fact says that nothing was left to be bought of the order just filled."""
    same = (fact.account, fact.no) == (before.account, before.no)
    return same and fact.kind is FactKind.CANCELLED and fact.reason is Reason.NONE


def _sent(house: House, order: OwnOrder) -> list[Fact]:
    """Let what is left of an order be matched; return what became of it at once."""
    house.shelf.match(order)
    listing = house.listings.by_code[order.code]
    is_limit = order.ord_type == "limit"
    wish = Wish(
        no=order.match_no,
        market=listing.number,
        side=order.way,
        order_type=_TYPES[order.ord_type],
        tif=_TIMES.get(order.time_in_force or "", TimeInForce.GTC),
        price_u=listing.price_u(order.price) if is_limit and order.price is not None else 0,
        size_u=0 if order.is_by_value else listing.size_u(order.left),
        value=float(order.left) if order.is_by_value else 0.0,
        post_only=order.time_in_force == "post_only",
    )
    return house.matching.submit(house.names.index(order.account), wish, house.now_ns)


def _follow(house: House, account: str, successor: Successor, rest: Decimal) -> None:
    """Let the order come that was to follow another; what now stands against it is logged."""
    request = successor.request
    if successor.takes_rest:
        request = structs.replace(request, volume=rest)
    try:
        order = draft(house, account, request, is_used=False)
    except Refused as refused:
        said = {"uuid": successor.uuid, **refused.said}
        house.log.add("refusal", house.now_ns, account=account, **said)
        return
    enter(house, order, successor.uuid)
    match(house, order)
