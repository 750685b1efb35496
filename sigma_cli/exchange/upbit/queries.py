"""Orders that are asked for again: open and closed ones, by name, page by page."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Final

from sigma_cli.domain.units import NS_PER_DAY, NS_PER_MS
from sigma_cli.exchange.upbit.house import House
from sigma_cli.exchange.upbit.orders import OwnOrder
from sigma_cli.exchange.upbit.refusals import Refused
from sigma_cli.venues.upbit.wire.orders import Order
from sigma_cli.venues.upbit.wire.queries import (
    CancelOpenQuery,
    ClosedOrdersQuery,
    NamedOrdersQuery,
    OldOrdersQuery,
    OpenOrdersQuery,
    OrderBy,
    OrderQuery,
)

PAGE_MAX: Final = 100
CLOSED_MAX: Final = 1_000
NAMED_MAX: Final = 100
CANCELLED_NAMED_MAX: Final = 20
CANCELLED_OPEN_MAX: Final = 300
PAIRS_MAX: Final = 20
WINDOW_NS: Final = 7 * NS_PER_DAY
"""Closed orders are found within so much time (upbit.md 1.7)."""
_WHOLE: Final = re.compile(r"[0-9]{1,16}")


def order(house: House, account: str, query: OrderQuery) -> Order:
    """Return one order with its trades.

    Raises:
        Refused: there is none of that name.
    """
    return house.shelf.find(account, query).shown(with_trades=True)


def open_orders(house: House, account: str, query: OpenOrdersQuery) -> tuple[Order, ...]:
    """Return a page of open orders; nobody reserves orders here, so none is in state `watch`."""
    states = _states(query.state, query.states, ("wait",))
    orders = [each for each in house.shelf.open(account) if _is_of(each, query.market, states)]
    return _page(orders, query.order_by, query.page, query.limit)


def closed_orders(house: House, account: str, query: ClosedOrdersQuery) -> tuple[Order, ...]:
    """Return the closed orders that were created in a window."""
    states = _states(query.state, query.states, ("done", "cancel"))
    start_ns, end_ns = _window(query, house.now_ns)
    orders = [
        each
        for each in house.shelf.closed(account)
        if _is_of(each, query.market, states) and start_ns <= each.created_ns <= end_ns
    ]
    limit = min(query.limit, CLOSED_MAX)
    return tuple(each.shown() for each in islice(_sorted(orders, query.order_by), limit))


def named_orders(house: House, account: str, query: NamedOrdersQuery) -> tuple[Order, ...]:
    """Return orders by their names."""
    orders = [
        each
        for each in _found(house, account, query, NAMED_MAX)
        if query.market is None or each.code == query.market
    ]
    return tuple(each.shown() for each in _sorted(orders, query.order_by))


def old_orders(house: House, account: str, query: OldOrdersQuery) -> tuple[Order, ...]:
    """Return a page of orders as the list does that is deprecated: open ones unless asked."""
    if query.uuids is not None or query.identifiers is not None:
        named = NamedOrdersQuery(uuids=query.uuids, identifiers=query.identifiers)
        orders = list(_found(house, account, named, NAMED_MAX))
        states = _states(query.state, query.states, ("wait", "done", "cancel"))
    else:
        orders = [*house.shelf.open(account), *house.shelf.closed(account)]
        states = _states(query.state, query.states, ("wait",))
    orders = [each for each in orders if _is_of(each, query.market, states)]
    return _page(orders, query.order_by, query.page, query.limit)


def to_cancel(house: House, account: str, query: CancelOpenQuery) -> list[OwnOrder]:
    """Return the open orders that a batch cancel is about; those that leave already are not."""
    if query.pairs is not None and query.quote_currencies is not None:
        raise _invalid("pairs and quote_currencies do not go together")
    for name in ("pairs", "excluded_pairs"):
        if len(getattr(query, name) or ()) > PAIRS_MAX:
            raise _invalid(f"{name}: at most {PAIRS_MAX}")
    orders = [
        each
        for each in house.shelf.open(account)
        if query.cancel_side in ("all", each.side)
        and (query.pairs is None or each.code in query.pairs)
        and (query.quote_currencies is None or each.quote in query.quote_currencies)
        and each.code not in (query.excluded_pairs or ())
        and not each.is_leaving
    ]
    return list(islice(_sorted(orders, query.order_by), min(query.count, CANCELLED_OPEN_MAX)))


def to_cancel_named(house: House, account: str, query: NamedOrdersQuery) -> list[OwnOrder]:
    """Return the orders that are to be cancelled by name, open or not."""
    return list(_found(house, account, query, CANCELLED_NAMED_MAX))


def _found(house: House, account: str, query: NamedOrdersQuery, most: int) -> Iterator[OwnOrder]:
    """Yield the orders of that name, in the order in which they are asked for."""
    if (query.uuids is None) == (query.identifiers is None):
        raise _invalid("uuids[] or identifiers[], one of them")
    names = query.uuids or query.identifiers or ()
    if len(names) > most:
        raise _invalid(f"{len(names)} orders; at most {most}")
    for name in dict.fromkeys(names):
        named = OrderQuery(uuid=name) if query.uuids is not None else OrderQuery(identifier=name)
        try:
            yield house.shelf.find(account, named)
        except Refused:
            continue


def _is_of(order: OwnOrder, market: str | None, states: tuple[str, ...]) -> bool:
    return order.state in states and (market is None or order.code == market)


def _states(
    one: str | None, several: tuple[str, ...] | None, usual: tuple[str, ...]
) -> tuple[str, ...]:
    if one is not None and several is not None:
        raise _invalid("state and states[] do not go together")
    if one is not None:
        return (one,)
    return usual if several is None else several


def _sorted(orders: list[OwnOrder], order_by: OrderBy) -> list[OwnOrder]:
    """Return orders by the time when they were created."""
    return sorted(orders, key=lambda each: each.no, reverse=order_by == "desc")


def _page(orders: list[OwnOrder], order_by: OrderBy, page: int, limit: int) -> tuple[Order, ...]:
    size = min(limit, PAGE_MAX)
    first = (max(page, 1) - 1) * size
    return tuple(each.shown() for each in _sorted(orders, order_by)[first : first + size])


def _window(query: ClosedOrdersQuery, now_ns: int) -> tuple[int, int]:
    """Return from when to when: the last 7 days, 7 days from one end, or what is asked for."""
    start_ns = None if query.start_time is None else _time_ns(query.start_time, "start_time")
    end_ns = None if query.end_time is None else _time_ns(query.end_time, "end_time")
    if end_ns is None:
        end_ns = now_ns if start_ns is None else start_ns + WINDOW_NS
    if start_ns is None:
        start_ns = end_ns - WINDOW_NS
    if not 0 <= end_ns - start_ns <= WINDOW_NS:
        raise Refused("invalid_parameter", "start_time to end_time are 7 days at most")
    return start_ns, end_ns


def _time_ns(text: str, name: str) -> int:
    """Return a time that is written in milliseconds or as ISO 8601, of UTC where it says no zone.

    Raises:
        Refused: it is neither.
    """
    if _WHOLE.fullmatch(text):
        return int(text) * NS_PER_MS
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Refused("invalid_parameter", f"{name} is no time") from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return ((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) * 1_000


def _invalid(message: str) -> Refused:
    return Refused("validation_error", message)
