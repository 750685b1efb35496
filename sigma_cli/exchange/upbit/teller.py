"""Tells what happened, to those who listen and to the log."""

from decimal import Decimal
from typing import Literal, NamedTuple

from msgspec import structs

from sigma_cli.domain.units import NS_PER_MS
from sigma_cli.exchange.log import Log
from sigma_cli.exchange.upbit.accounts import Accounts
from sigma_cli.exchange.upbit.events import AssetEvent, Event, OrderEvent
from sigma_cli.exchange.upbit.exact import plain
from sigma_cli.exchange.upbit.orders import OwnOrder
from sigma_cli.exchange.upbit.shelf import Shelf
from sigma_cli.venues.upbit.wire.stream import MyAsset, MyOrder


class Trade(NamedTuple):
    """A fill as it is told."""

    uuid: str
    price: Decimal
    volume: Decimal
    fee: Decimal
    is_maker: bool


class Teller:
    """Collects events until somebody takes them."""

    def __init__(self, accounts: Accounts, shelf: Shelf, log: Log) -> None:
        self.events: list[Event] = []
        self._accounts, self._shelf, self._log = accounts, shelf, log

    def order(
        self, order: OwnOrder, state: Literal["wait", "done", "cancel", "prevented"], now_ns: int
    ) -> None:
        """Tell what became of an order."""
        self._say(order, order.told(state, now_ns), now_ns)

    def trade(self, order: OwnOrder, trade: Trade, now_ns: int) -> None:
        """Tell that an order was filled, once that is booked."""
        message = structs.replace(
            order.told("wait", now_ns),
            state="trade",
            trade_uuid=trade.uuid,
            price=plain(trade.price),
            volume=plain(trade.volume),
            trade_fee=plain(trade.fee),
            is_maker=trade.is_maker,
            trade_timestamp=now_ns // NS_PER_MS,
        )
        self._say(order, message, now_ns)

    def assets(self, account: str, currencies: tuple[str, ...], now_ns: int) -> None:
        """Tell what an account has of some currencies now."""
        message = MyAsset(
            asset_uuid=self._shelf.name(),
            assets=tuple(self._accounts.asset(account, currency) for currency in currencies),
            asset_timestamp=now_ns // NS_PER_MS,
            timestamp=now_ns // NS_PER_MS,
            stream_type="REALTIME",
        )
        self.events.append(AssetEvent(now_ns, account, message))

    def _say(self, order: OwnOrder, message: MyOrder, now_ns: int) -> None:
        self.events.append(OrderEvent(now_ns, order.account, message))
        self._log.add("order", now_ns, account=order.account, order=message)
