"""The orders of several accounts at the simulated venue, in whole units: what became of them.

`kernels.matching` fills them; money is not its matter: each account seems to have plenty of it.
A fact comes back for each fill and each end, in the order in which they happened. Must not know
what an order costs, nor who may see it.
"""

import math
import zlib
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.bounds import MARKETS_MAX, ORDERS_MAX
from sigma_cli.domain.dtypes.packing import pack_rules
from sigma_cli.domain.dtypes.tape import FACT, REQUEST
from sigma_cli.domain.dtypes.venue import INBOX, VENUE
from sigma_cli.domain.facts import FactKind, Liquidity
from sigma_cli.domain.fills import Depth
from sigma_cli.domain.instruments import Instrument, Rules
from sigma_cli.domain.requests import OrderType, Reason, RequestKind, Side, TimeInForce
from sigma_cli.kernels import exchange
from sigma_cli.kernels.chunk import Chunk

OPEN_MAX: Final = ORDERS_MAX
"""Orders that an account may have open at once."""
UNITS_MAX: Final = 2**53
"""Prices and sizes of orders are less, in units: here and there they are float64."""
_PLENTY: Final = 1e300
_REQUEST_FIELDS: Final = REQUEST.names or ()
_FACT_FIELDS: Final = FACT.names or ()
_SAVED: Final = 1
"""How hard a saved venue is packed: it is nearly all zeros."""


class Wish(NamedTuple):
    """An order as it goes to the matching; `value` is what a buy by value may still spend."""

    no: int
    """Never used before by this account."""
    market: int
    side: Side
    order_type: OrderType
    tif: TimeInForce
    price_u: int = 0
    size_u: int = 0
    value: float = 0.0
    post_only: bool = False


class Fact(NamedTuple):
    """What became of an order."""

    account: int
    no: int
    kind: FactKind
    reason: Reason
    price_u: int
    size_u: int
    is_maker: bool
    ts_ns: int


class Matching:
    """A venue for each account, all fed with the same rows."""

    def __init__(
        self, instruments: Sequence[Instrument], accounts: int, depths: Sequence[Depth]
    ) -> None:
        assert len(instruments) <= MARKETS_MAX, f"at most {MARKETS_MAX} markets"
        self._instruments = tuple(instruments)
        self._venues = np.zeros(accounts, VENUE)
        self._inboxes = np.zeros(accounts, INBOX)
        self._told: NDArray[np.int64] = self._inboxes["count"]
        self._closed = np.zeros(MARKETS_MAX, np.uint8)
        self._request = np.zeros(1, REQUEST)
        self._venues["cash"] = _PLENTY
        self._venues["ticks"]["depth"][:, : len(depths)] = depths
        self._venues["positions_u"] = exchange.PLENTY

    def set_rules(self, market: int, rules: Rules) -> None:
        """Let a market have another grid; how much an order may be worth is not asked here."""
        packed = pack_rules(self._instruments[market], rules)
        packed["value_min"], packed["value_max"] = 0.0, math.inf
        packed["fee_maker"] = packed["fee_taker"] = 0.0
        self._venues["rules"][:, market] = packed[0]

    def close(self, market: int, closed: bool) -> None:
        """Let nothing happen to orders of a market, or let it happen again, its book unknown."""
        self._closed[market] = closed
        if not closed:
            exchange.forget(self._venues, market)

    def is_closed(self, market: int) -> bool:
        """Return whether nothing happens in a market."""
        return bool(self._closed[market])

    def feed(self, chunk: Chunk, first: int, last: int) -> int:
        """Let venue turns happen, the first that causes facts being the last; return the next.

        Take the `facts` before the next call.
        """
        span = (first, last)
        return int(exchange.feed(chunk, span, self._closed, self._venues, self._inboxes))

    def submit(self, account: int, wish: Wish, now_ns: int) -> list[Fact]:
        """Let an order come; return what that caused."""
        fields = {
            "kind": RequestKind.SUBMIT,
            "local_no": wish.no,
            "market": wish.market,
            "side": wish.side,
            "order_type": wish.order_type,
            "tif": wish.tif,
            "post_only": wish.post_only,
            "price_u": wish.price_u,
            "size_u": wish.size_u,
            "value": wish.value,
        }
        return self._asked(account, fields, now_ns)

    def cancel(self, account: int, market: int, no: int, now_ns: int) -> list[Fact]:
        """Take an order away; return its end, or nothing where it had ended."""
        fields = {"kind": RequestKind.CANCEL, "local_no": no, "market": market}
        return self._asked(account, fields, now_ns)

    def shrink(self, account: int, no: int, left_u: int) -> None:
        """Leave less of an order that rests; it keeps its place in the queue."""
        venue = self._venues[account]
        at = np.flatnonzero(venue.resting["local_no"][: venue.open_count] == no)
        venue.resting["left_u"][at] = left_u

    def facts(self) -> list[Fact]:
        """Return what the last rows caused, by account, and forget it."""
        if not self._told.any():
            return []
        return [fact for account in self._told.nonzero()[0] for fact in self._taken(int(account))]

    def save(self) -> bytes:
        """Return all that is known, packed."""
        return zlib.compress(self._venues.tobytes() + self._closed.tobytes(), _SAVED)

    def load(self, data: bytes) -> None:
        """Know what was saved, of as many accounts."""
        whole = zlib.decompress(data)
        size = self._venues.nbytes
        assert len(whole) == size + self._closed.nbytes, "as many accounts as were saved"
        self._venues[:] = np.frombuffer(whole[:size], VENUE)
        self._closed[:] = np.frombuffer(whole[size:], np.uint8)

    def _asked(self, account: int, fields: Mapping[str, float], now_ns: int) -> list[Fact]:
        self._request[0] = tuple(fields.get(name, 0) for name in _REQUEST_FIELDS)
        exchange.ask(self._venues, account, self._request, now_ns, self._inboxes)
        return self._taken(account)

    def _taken(self, account: int) -> list[Fact]:
        inbox = self._inboxes[account]
        rows: NDArray[np.void] = inbox["facts"][: inbox["count"]]
        inbox["count"] = 0
        facts = (dict(zip(_FACT_FIELDS, row, strict=True)) for row in rows.tolist())
        return [
            Fact(
                account=account,
                no=row["local_no"],
                kind=FactKind(row["kind"]),
                reason=Reason(row["reason"]),
                price_u=row["price_u"],
                size_u=row["size_u"],
                is_maker=row["liquidity"] == Liquidity.MAKER,
                ts_ns=row["exch_ts_ns"],
            )
            for row in facts
        ]
