"""The orders of all accounts, open and closed, and the identifiers that are used up.

Closed orders are forgotten when there are too many, the first that were closed first; identifiers
never are: what was used once is used for ever, also by a request that was refused.
"""

import uuid
from collections import OrderedDict
from collections.abc import Iterator
from hashlib import blake2b, sha256

import msgspec

from sigma_cli.exchange.upbit.orders import OwnOrder
from sigma_cli.exchange.upbit.refusals import Refused, order_not_found
from sigma_cli.venues.upbit.wire.queries import OrderQuery


class Kept(msgspec.Struct):
    """The shelf as it is saved: orders as they were opened and closed, digests by account."""

    open: list[OwnOrder]
    closed: list[OwnOrder]
    used: dict[str, list[bytes]]
    named: int = 0
    """Names given so far."""
    numbered: int = 0
    """Numbers given to orders so far."""


class Shelf:
    """Finds orders by their names."""

    def __init__(self, accounts: tuple[str, ...], seed: int) -> None:
        self._seed = seed
        self._named = self._numbered = 0
        self._open: dict[str, dict[int, OwnOrder]] = {name: {} for name in accounts}
        self._closed: dict[str, OrderedDict[int, OwnOrder]] = {
            name: OrderedDict() for name in accounts
        }
        self._by_uuid: dict[tuple[str, str], OwnOrder] = {}
        self._by_identifier: dict[tuple[str, str], OwnOrder] = {}
        self._by_match: dict[tuple[str, int], OwnOrder] = {}
        self._used: dict[str, set[bytes]] = {name: set() for name in accounts}

    def name(self) -> str:
        """Return a new name, as a UUID: the next of those that the seed gives."""
        self._named += 1
        digest = sha256(f"{self._seed} {self._named}".encode()).digest()
        return str(uuid.UUID(bytes=digest[:16], version=4))

    def number(self) -> int:
        """Return a new number, for an order or for one more time that it is matched."""
        self._numbered += 1
        return self._numbered

    # --- Identifiers ---

    def is_used(self, account: str, identifier: str) -> bool:
        """Return whether an identifier was ever used by an account."""
        return _digest(identifier) in self._used[account]

    def use(self, account: str, identifier: str, most: int) -> None:
        """Use an identifier up.

        Raises:
            Refused: the account has used so many that no more can be remembered.
        """
        used = self._used[account]
        if len(used) >= most and _digest(identifier) not in used:
            message = f"this exchange remembers {most:,} identifiers of an account; start it anew"
            raise Refused("internal_server_error", message)
        used.add(_digest(identifier))

    # --- Orders ---

    def add(self, order: OwnOrder) -> None:
        """Take an order in."""
        self._index(order)
        self._open[order.account][order.no] = order

    def close(self, order: OwnOrder, most: int) -> None:
        """Put an order to the closed ones; of more than `most` the first is forgotten."""
        del self._open[order.account][order.no]
        self._by_match.pop((order.account, order.match_no), None)
        closed = self._closed[order.account]
        closed[order.no] = order
        while len(closed) > most:
            _, old = closed.popitem(last=False)
            del self._by_uuid[old.account, old.uuid]
            if old.identifier is not None:
                del self._by_identifier[old.account, old.identifier]

    def match(self, order: OwnOrder) -> None:
        """Give an order a new number where it is matched."""
        self._by_match.pop((order.account, order.match_no), None)
        order.match_no = self.number()
        self._by_match[order.account, order.match_no] = order

    def matched(self, account: str, match_no: int) -> OwnOrder | None:
        """Return the open order of that number; None: it is not matched any more."""
        return self._by_match.get((account, match_no))

    def find(self, account: str, query: OrderQuery) -> OwnOrder:
        """Return an order by its uuid, or else its identifier.

        Raises:
            Refused: there is none, or neither is given.
        """
        found = None
        if query.uuid is not None:
            found = self._by_uuid.get((account, query.uuid))
        elif query.identifier is not None:
            found = self._by_identifier.get((account, query.identifier))
        else:
            raise Refused("validation_error", "uuid or identifier is missing")
        if found is None:
            raise order_not_found()
        return found

    def open(self, account: str) -> Iterator[OwnOrder]:
        """Yield open orders, the first to come first."""
        return iter(self._open[account].values())

    def open_count(self, account: str) -> int:
        """Return how many orders are open."""
        return len(self._open[account])

    def opened(self, account: str, no: int) -> OwnOrder | None:
        """Return an open order by its number."""
        return self._open[account].get(no)

    def closed(self, account: str) -> Iterator[OwnOrder]:
        """Yield closed orders, the first to be closed first."""
        return iter(self._closed[account].values())

    # --- Restart ---

    def save(self) -> Kept:
        """Return everything."""
        return Kept(
            open=[order for orders in self._open.values() for order in orders.values()],
            closed=[order for orders in self._closed.values() for order in orders.values()],
            used={account: sorted(used) for account, used in self._used.items()},
            named=self._named,
            numbered=self._numbered,
        )

    def load(self, kept: Kept) -> None:
        """Know what was saved."""
        self._named, self._numbered = kept.named, kept.numbered
        self._used = {account: set(used) for account, used in kept.used.items()}
        for order in kept.open:
            self.add(order)
            self._by_match[order.account, order.match_no] = order
        for order in kept.closed:
            self._index(order)
            self._closed[order.account][order.no] = order

    def _index(self, order: OwnOrder) -> None:
        self._by_uuid[order.account, order.uuid] = order
        if order.identifier is not None:
            self._by_identifier[order.account, order.identifier] = order


def _digest(identifier: str) -> bytes:
    return blake2b(identifier.encode(), digest_size=16).digest()
