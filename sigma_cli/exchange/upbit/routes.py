"""Every address of the REST API: how it is counted, what it needs, what answers it.

upbit.md 1.2, 1.4, 1.6, 1.7. Pockets, deposits and withdrawals are not there: their addresses do
not exist here. Tables, and the small functions that stand in them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from msgspec import Struct

from sigma_cli.domain.units import NS_PER_S
from sigma_cli.exchange.upbit import limits, quotation
from sigma_cli.exchange.upbit.keys import Key, Keyring, Scope
from sigma_cli.exchange.upbit.limits import Group
from sigma_cli.exchange.upbit.times import KST
from sigma_cli.exchange.upbit.venue import Venue
from sigma_cli.venues.upbit.wire import json, queries
from sigma_cli.venues.upbit.wire.account import ApiKey
from sigma_cli.venues.upbit.wire.orders import CancelAndNew, NewOrder
from sigma_cli.venues.upbit.wire.queries import Pairs

Said: TypeAlias = Struct | Sequence[Struct]


@dataclass(frozen=True, slots=True)
class Public:
    """An address of the quotation API."""

    group: Group
    run: Callable[[Venue, Pairs], Sequence[Struct]]


@dataclass(frozen=True, slots=True)
class Asking:
    """A genuine private request: whose, and what it says."""

    venue: Venue
    keyring: Keyring
    key: Key
    pairs: Pairs
    body: bytes

    @property
    def account(self) -> str:
        """The account's name."""
        return self.key.account


@dataclass(frozen=True, slots=True)
class Private:
    """An address of the Exchange API; None: any valid key may ask."""

    group: Group
    scope: Scope | None
    run: Callable[[Asking], Said]
    status: int = 200


def _read(
    kind: type[queries.Q], run: Callable[[Venue, str, queries.Q], Said]
) -> Callable[[Asking], Said]:
    """Return what answers a request whose names and values make a `kind`."""
    return lambda asking: run(asking.venue, asking.account, queries.decode(asking.pairs, kind))


def _posted(
    kind: type[queries.Q], run: Callable[[Venue, str, queries.Q], Said]
) -> Callable[[Asking], Said]:
    """Return what answers a request whose JSON body is a `kind`."""
    return lambda asking: run(
        asking.venue,
        asking.account,
        json.decode(asking.body, kind, bytes_max=json.REQUEST_BYTES_MAX),
    )


def _keys(asking: Asking) -> Said:
    return tuple(
        ApiKey(
            access_key=key.access_key,
            expire_at=datetime.fromtimestamp(key.expires_ns // NS_PER_S, KST).isoformat(),
        )
        for key in asking.keyring.of_account(asking.account)
    )


PUBLIC: Final[dict[str, Public]] = {
    "/v1/market/all": Public(limits.MARKET, quotation.markets),
    "/v1/candles/seconds": Public(limits.CANDLE, quotation.SECONDS),
    "/v1/candles/days": Public(limits.CANDLE, quotation.DAYS),
    **{
        f"/v1/candles/minutes/{unit}": Public(limits.CANDLE, run)
        for unit, run in quotation.MINUTES.items()
    },
    **{
        f"/v1/candles/{name}": Public(limits.CANDLE, run) for name, run in quotation.PERIODS.items()
    },
    "/v1/trades/ticks": Public(limits.TRADE, quotation.trades),
    "/v1/ticker": Public(limits.TICKER, quotation.tickers),
    "/v1/ticker/all": Public(limits.TICKER, quotation.all_tickers),
    "/v1/orderbook": Public(limits.ORDERBOOK, quotation.books),
    "/v1/orderbook/instruments": Public(limits.ORDERBOOK, quotation.instruments),
}
"""The quotation API, all of it GET."""
MINUTES_PREFIX: Final = "/v1/candles/minutes/"

PRIVATE: Final[dict[tuple[str, str], Private]] = {
    ("GET", "/v1/accounts"): Private(
        limits.DEFAULT, "assets", lambda asking: asking.venue.balances(asking.account)
    ),
    ("GET", "/v1/api_keys"): Private(limits.DEFAULT, None, _keys),
    ("GET", "/v1/status/wallet"): Private(
        limits.DEFAULT, None, lambda asking: asking.venue.wallets(asking.account)
    ),
    ("GET", "/v1/orders/chance"): Private(
        limits.DEFAULT, "order_view", _read(queries.MarketQuery, Venue.chance)
    ),
    ("GET", "/v1/order"): Private(
        limits.DEFAULT, "order_view", _read(queries.OrderQuery, Venue.order)
    ),
    ("GET", "/v1/orders"): Private(
        limits.DEFAULT, "order_view", _read(queries.OldOrdersQuery, Venue.old_orders)
    ),
    ("GET", "/v1/orders/open"): Private(
        limits.DEFAULT, "order_view", _read(queries.OpenOrdersQuery, Venue.open_orders)
    ),
    ("GET", "/v1/orders/closed"): Private(
        limits.DEFAULT, "order_view", _read(queries.ClosedOrdersQuery, Venue.closed_orders)
    ),
    ("GET", "/v1/orders/uuids"): Private(
        limits.DEFAULT, "order_view", _read(queries.NamedOrdersQuery, Venue.named_orders)
    ),
    ("POST", "/v1/orders"): Private(limits.ORDER, "orders", _posted(NewOrder, Venue.place), 201),
    ("POST", "/v1/orders/test"): Private(
        limits.ORDER_TEST, "orders", _posted(NewOrder, Venue.test), 201
    ),
    ("POST", "/v1/orders/cancel_and_new"): Private(
        limits.ORDER, "orders", _posted(CancelAndNew, Venue.cancel_and_new), 201
    ),
    ("DELETE", "/v1/order"): Private(
        limits.DEFAULT, "orders", _read(queries.OrderQuery, Venue.cancel)
    ),
    ("DELETE", "/v1/orders/uuids"): Private(
        limits.DEFAULT, "orders", _read(queries.NamedOrdersQuery, Venue.cancel_named)
    ),
    ("DELETE", "/v1/orders/open"): Private(
        limits.ORDER_CANCEL_ALL, "orders", _read(queries.CancelOpenQuery, Venue.cancel_open)
    ),
}
"""The Exchange API by method and address."""
