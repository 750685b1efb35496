"""What is wrong with an order before anyone looks at balances: the venue's own word for it.

In the order market, combination, time in force, price, volume, total (upbit.md 2; in which order
the venue looks is not documented). Which of `invalid_price_*` and `create_*_error` answers what,
beyond a price off its tick, is not known either. Pure: rules come in, a name comes out.
"""

from decimal import Decimal
from typing import Final

from sigma_cli.domain.instruments import Rules
from sigma_cli.venues.upbit.rules import tick_at
from sigma_cli.venues.upbit.wire.orders import NewOrder

_GIVEN: Final = {
    ("limit", "bid"): (True, True),
    ("limit", "ask"): (True, True),
    ("price", "bid"): (True, False),
    ("market", "ask"): (False, True),
    ("best", "bid"): (True, False),
    ("best", "ask"): (False, True),
}
"""Whether an order has a price and a volume, by its type and side (upbit.md 1.7)."""
_TIMES: Final = {
    "limit": (None, "ioc", "fok", "post_only"),
    "price": (None,),
    "market": (None,),
    "best": ("ioc", "fok"),
}


def refusal(order: NewOrder, rules: Rules, last_price: Decimal | None = None) -> str | None:
    """Return the name of the error that answers `order`, or None.

    `last_price` is what a sale at the market is worth a unit; without it its total is not checked.
    """
    return (
        wrong_combination(order)
        or wrong_time_in_force(order)
        or off_grid(order, rules)
        or below_min(order, rules, last_price)
        or above_max(order, rules, last_price)
    )


def wrong_combination(order: NewOrder) -> str | None:
    """Return the name for a price or a volume that is missing, or that its type may not have."""
    given = (order.price is not None, order.volume is not None)
    return (
        None if _GIVEN.get((order.ord_type, order.side)) == given else f"create_{order.side}_error"
    )


def wrong_time_in_force(order: NewOrder) -> str | None:
    """Return the name for a time in force that does not go with the type, or with smp_type."""
    if order.time_in_force not in _TIMES[order.ord_type]:
        return "invalid_time_in_force"
    if order.time_in_force == "post_only" and order.smp_type not in (None, "none"):
        return "invalid_post_only"
    return None


def off_grid(order: NewOrder, rules: Rules) -> str | None:
    """Return the name for a price off its tick or a volume that is no lots."""
    price, volume = order.price, order.volume
    if price is not None:
        is_off = order.ord_type == "limit" and price > 0 and price % tick_at(price, rules) != 0
        if price <= 0 or is_off:
            return f"invalid_price_{order.side}"
    if volume is not None and (volume <= 0 or volume % rules.lot):
        return f"invalid_volume_{order.side}"
    return None


def below_min(order: NewOrder, rules: Rules, last_price: Decimal | None = None) -> str | None:
    """Return the name for an order that is worth too little."""
    total = total_of(order, last_price)
    is_below = total is not None and total < rules.value_min
    return f"under_min_total_{order.side}" if is_below else None


def above_max(order: NewOrder, rules: Rules, last_price: Decimal | None = None) -> str | None:
    """Return the name for an order that is worth too much."""
    total = total_of(order, last_price)
    is_above = total is not None and total > rules.value_max
    return f"over_krw_funds_{order.side}" if is_above else None


def total_of(order: NewOrder, last_price: Decimal | None = None) -> Decimal | None:
    """Return what an order is worth; a buy by value says it, a sale at the market does not."""
    if order.volume is None:
        return order.price
    price = order.price if order.price is not None else last_price
    return None if price is None else price * order.volume
