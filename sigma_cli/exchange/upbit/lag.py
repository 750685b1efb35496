"""Reading that lags behind writing: what an account just did is not seen yet. Pure.

An order that was placed is not found, and not in lists; balances are as before. An order that was
cancelled waits anyway: a cancel is done `cancel_delay_ns` after it was accepted.
"""

from collections import deque
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from sigma_cli.exchange.upbit.refusals import Refused
from sigma_cli.exchange.upbit.routes import Said
from sigma_cli.venues.upbit.wire.account import Balance, Chance
from sigma_cli.venues.upbit.wire.orders import Order

WRITES_MAX: Final = 1_000
"""Writes of an account that are hidden at once; the oldest is seen first."""


@dataclass(frozen=True, slots=True)
class _Write:
    until_ns: int
    before: tuple[Balance, ...]
    uuid: str
    """Of the order that it made; empty: it made none."""


class Lag:
    """What is not seen yet, by account."""

    def __init__(self) -> None:
        self._writes: dict[str, deque[_Write]] = {}

    def wrote(self, account: str, before: tuple[Balance, ...], uuid: str, until_ns: int) -> None:
        """Hide what a request did: what the account had `before`, and the order that it made."""
        self._writes.setdefault(account, deque(maxlen=WRITES_MAX)).append(
            _Write(until_ns, before, uuid)
        )

    def seen(self, account: str, said: Said, now_ns: int) -> Said:
        """Return an answer as it looks while writes are hidden.

        Raises:
            Refused: it is an order that is not found yet.
        """
        hidden = [each for each in self._writes.get(account, ()) if each.until_ns > now_ns]
        if not hidden:
            self._writes.pop(account, None)
            return said
        names = {each.uuid for each in hidden}
        if isinstance(said, Order):
            if said.uuid in names:
                raise Refused("order_not_found", "주문을 찾지 못했습니다.")
            return said
        if isinstance(said, Chance):
            bids, asks = said.bid_account, said.ask_account
            before = {each.currency: each for each in hidden[0].before}
            return replace(
                said,
                bid_account=before.get(bids.currency, _nothing(bids)),
                ask_account=before.get(asks.currency, _nothing(asks)),
            )
        if isinstance(said, Struct):
            return said
        if any(isinstance(each, Balance) for each in said):
            return hidden[0].before
        return [each for each in said if not (isinstance(each, Order) and each.uuid in names)]


def made(said: Said) -> str:
    """Return the uuid of the order that a POST made, and that its answer tells; or nothing."""
    return (said.new_order_uuid or said.uuid) if isinstance(said, Order) else ""


def _nothing(balance: Balance) -> Balance:
    return replace(balance, balance=Decimal(0), locked=Decimal(0), avg_buy_price=Decimal(0))
