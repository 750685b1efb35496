"""What is wrong with an order before anyone looks at balances: the venue's own word for it.

In the order market, combination, time in force, price, volume, total (EXCHANGES 7.4; in which order
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
"""Whether an order has a price and a volume, by its type and side (EXCHANGES 1.7)."""
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
        _wrong_shape(order)
        or _wrong_price(order, rules)
        or _wrong_volume(order, rules)
        or _wrong_total(order, rules, last_price)
    )


def _wrong_shape(order: NewOrder) -> str | None:
    given = (order.price is not None, order.volume is not None)
    if _GIVEN.get((order.ord_type, order.side)) != given:
        return f"create_{order.side}_error"
    if order.time_in_force not in _TIMES[order.ord_type]:
        return "invalid_time_in_force"
    if order.time_in_force == "post_only" and order.smp_type not in (None, "none"):
        return "invalid_post_only"
    return None


def _wrong_price(order: NewOrder, rules: Rules) -> str | None:
    if order.price is None:
        return None
    if order.price <= 0:
        return f"invalid_price_{order.side}"
    if order.ord_type == "limit" and order.price % tick_at(order.price, rules):
        return f"invalid_price_{order.side}"
    return None


def _wrong_volume(order: NewOrder, rules: Rules) -> str | None:
    if order.volume is not None and (order.volume <= 0 or order.volume % rules.lot):
        return f"invalid_volume_{order.side}"
    return None


def _wrong_total(order: NewOrder, rules: Rules, last_price: Decimal | None) -> str | None:
    total = _total(order, last_price)
    if total is None:
        return None
    if total < rules.value_min:
        return f"under_min_total_{order.side}"
    if total > rules.value_max:
        return f"over_krw_funds_{order.side}"
    return None


def _total(order: NewOrder, last_price: Decimal | None) -> Decimal | None:
    """Return what an order is worth; a buy by value says it, a sale at the market does not."""
    if order.volume is None:
        return order.price
    price = order.price if order.price is not None else last_price
    return None if price is None else price * order.volume
