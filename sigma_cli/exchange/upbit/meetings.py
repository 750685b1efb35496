"""An order that would trade with another one of its own account: what the newcomer's mode says.

    cancel_maker  the one that rests is cancelled, the newcomer goes on
    cancel_taker  the newcomer is cancelled
    reduce        both lose what they would have traded; who has nothing left is cancelled
    none          the two trade with each other, at the price of the one that rests

Matching ends the newcomer where the two meet; here it is decided how it goes on. A post-only order
would take, so it is cancelled. A fill-or-kill order is not matched at all unless the market alone,
nearer than its own account's orders, would fill it whole.
"""

from decimal import Decimal

from sigma_cli.exchange.upbit import booking
from sigma_cli.exchange.upbit.house import House
from sigma_cli.exchange.upbit.orders import OwnOrder


def meet(house: House, taker: OwnOrder) -> bool:
    """Settle that a newcomer has met another order; return whether what is left of it goes on."""
    maker = _met(house, taker)
    if taker.time_in_force == "post_only":
        booking.close(house, taker)
        return False
    assert maker.price is not None, "what rests has a limit"
    listing = house.listings.by_code[taker.code]
    most = taker.affordable(maker.price, listing.digits)
    volume = min(most, maker.left)
    if taker.smp == "cancel_taker":
        _prevented(house, taker, most, maker.price)
    elif taker.smp == "cancel_maker":
        _remove(house, maker)
        _prevented(house, maker, maker.left, maker.price)
    elif volume == 0:
        booking.close(house, taker)  # what is left of its sum buys nothing
    elif taker.smp == "reduce":
        _shrink(house, maker, volume)
        for order in (maker, taker):
            booking.prevent(house, order, volume, maker.price)
            if order.left == 0:
                booking.close(house, order, is_prevented=True)
    else:
        _shrink(house, maker, volume)
        price = maker.price
        for order in (maker, taker):
            booking.fill(house, order, price, volume, is_maker=order is maker)
            if order.left == 0:
                booking.close(house, order)
    return taker.state == "wait"


def meets(house: House, taker: OwnOrder) -> bool:
    """Return whether an order at the price of the last trade, or its own, meets one of its own."""
    listing = house.listings.by_code[taker.code]
    reach = listing.price(house.market.boards[taker.code].trades[-1].price_u)
    if taker.ord_type == "limit" and taker.price is not None:
        reach = taker.price
    return any((reach - (order.price or 0)) * taker.way >= 0 for order in _others(house, taker))


def _met(house: House, taker: OwnOrder) -> OwnOrder:
    """Return the order that was met: of the other side the best, and of those the first."""
    others = _others(house, taker)
    assert others, "it met somebody"
    return min(others, key=lambda order: (order.price or 0) * taker.way)


def _others(house: House, taker: OwnOrder) -> list[OwnOrder]:
    """Return what rests on the other side, the first to come first."""
    return [
        order
        for order in house.shelf.open(taker.account)
        if order.code == taker.code and order.side != taker.side and order.ord_type == "limit"
    ]


def _prevented(house: House, order: OwnOrder, volume: Decimal, price: Decimal) -> None:
    booking.prevent(house, order, volume, price)
    booking.close(house, order, is_prevented=True)


def _shrink(house: House, order: OwnOrder, volume: Decimal) -> None:
    """Take a volume out of an order where it rests; of nothing there is nothing to match."""
    if volume == order.left:
        _remove(house, order)
        return
    left_u = house.listings.by_code[order.code].size_u(order.left - volume)
    house.matching.shrink(house.names.index(order.account), order.match_no, left_u)


def _remove(house: House, order: OwnOrder) -> None:
    market = house.listings.by_code[order.code].number
    account = house.names.index(order.account)
    house.matching.cancel(account, market, order.match_no, house.now_ns)
