"""Reading that lags behind writing: what an account just did is not seen yet. Pure.

An order that was placed is not found, and not in lists; balances are as before. An order that was
cancelled waits anyway: a cancel is done `cancel_delay_ns` after it was accepted.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

from msgspec import Struct

from sigma_cli.exchange.upbit.refusals import Refused
from sigma_cli.exchange.upbit.routes import Said
from sigma_cli.venues.upbit.wire.account import Balance
from sigma_cli.venues.upbit.wire.orders import Order

WRITES_MAX: Final = 1_000
"""Writes of an account that are hidden at once; the oldest is seen first."""


@dataclass(frozen=True, slots=True)
class _Write:
    until_ns: int
    before: tuple[Balance, ...]
    uuid: str


class Lag:
    """What is not seen yet, by account."""

    def __init__(self) -> None:
        self._writes: dict[str, deque[_Write]] = {}

    def wrote(self, account: str, before: tuple[Balance, ...], said: Said, until_ns: int) -> None:
        """Hide what a request did; `before` is what the account had."""
        uuid = said.uuid if isinstance(said, Order) else ""
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
        if isinstance(said, Struct):
            return said
        if any(isinstance(each, Balance) for each in said):
            return hidden[0].before
        return [each for each in said if not (isinstance(each, Order) and each.uuid in names)]
