"""What a local exchange asks of the simulated venue: one market, several accounts, facts by row."""

import numpy as np
import pytest

from sigma_cli.domain.books import NO_UPDATE
from sigma_cli.domain.dtypes.packing import pack_rules
from sigma_cli.domain.dtypes.tape import BOOK, QUOTE, REQUEST, TRADE, TURN
from sigma_cli.domain.dtypes.venue import INBOX, VENUE
from sigma_cli.domain.events import EventKind
from sigma_cli.domain.facts import FactKind
from sigma_cli.domain.fills import Depth
from sigma_cli.domain.requests import OrderType, RequestKind, Side, TimeInForce
from sigma_cli.kernels import exchange
from sigma_cli.kernels.chunk import Chunk
from tests.kernels.harness import instrument

KINDS = {"trade": EventKind.TRADE, "quote": EventKind.QUOTE, "book": EventKind.BOOK}


def chunk(*kinds: str) -> Chunk:
    """Return rows a nanosecond apart: trades at 9,990, books and quotes of 10,000 to 10,010."""
    trades, quotes, books = np.zeros(9, TRADE), np.zeros(9, QUOTE), np.zeros(9, BOOK)
    trades["price_u"], trades["size_u"], trades["side"] = 9_990, 100, Side.SELL
    quotes["update_id"] = books["update_id"] = NO_UPDATE
    quotes["bid_u"], quotes["ask_u"] = 10_000, 10_010
    quotes["bid_size_u"] = quotes["ask_size_u"] = 500
    books["bid_u"][:, 0], books["ask_u"][:, 0] = 10_000, 10_010
    books["bid_size_u"][:, 0] = books["ask_size_u"][:, 0] = 500
    turns = np.zeros(len(kinds), TURN)
    for n, kind in enumerate(kinds):
        turns[n] = (n, n, 0, KINDS.get(kind, EventKind.GAP))
    return Chunk(trades, quotes, books, turns, turns[:0], 0, len(kinds))


class Accounts:
    def __init__(self, count: int) -> None:
        self.venues, self.inboxes = np.zeros(count, VENUE), np.zeros(count, INBOX)
        self.closed = np.zeros(4, np.uint8)
        self.venues["cash"] = 1e300
        self.venues["ticks"]["depth"] = Depth.LEVELS
        one = instrument()
        self.venues["rules"][:, 0] = pack_rules(one, one.rules[0])[0]

    def feed(self, rows: Chunk, first: int = 0) -> int:
        span = (first, len(rows.venue_turns))
        return exchange.feed(rows, span, self.closed, self.venues, self.inboxes)

    def bid(self, account: int, price_u: int) -> None:
        request = np.zeros(1, REQUEST)
        request["kind"], request["local_no"], request["side"] = RequestKind.SUBMIT, 1, Side.BUY
        request["order_type"], request["tif"] = OrderType.LIMIT, TimeInForce.GTC
        request["price_u"], request["size_u"] = price_u, 100
        exchange.ask(self.venues, account, request, 5, self.inboxes)

    def taken(self, account: int) -> list[FactKind]:
        inbox = self.inboxes[account]
        kinds = [FactKind(kind) for kind in inbox["facts"]["kind"][: inbox["count"]]]
        inbox["count"] = 0
        return kinds


def test_it_stops_after_the_row_that_causes_facts() -> None:
    accounts, rows = Accounts(3), chunk("book", "trade", "book", "trade")
    assert exchange.feed(rows, (0, 1), accounts.closed, accounts.venues, accounts.inboxes) == 1
    for account in (0, 2):
        accounts.bid(account, 10_000)
        assert accounts.taken(account) == [FactKind.ACCEPTED]
    assert accounts.feed(rows, 1) == 2
    assert [accounts.taken(account) for account in range(3)] == [
        [FactKind.FILLED],
        [],
        [FactKind.FILLED],
    ]
    assert accounts.feed(rows, 2) == 4


@pytest.mark.parametrize("kind", ["book", "quote"])
def test_every_account_finds_the_whole_book(kind: str) -> None:
    accounts = Accounts(2)
    accounts.feed(chunk(kind))
    for account in range(2):
        accounts.bid(account, 10_010)
        assert accounts.taken(account) == [FactKind.ACCEPTED, FactKind.FILLED]


@pytest.mark.parametrize("way", ["gap", "forget"])
def test_a_book_may_be_unknown(way: str) -> None:
    accounts = Accounts(2)
    accounts.feed(chunk("book", *(["gap"] if way == "gap" else [])))
    if way == "forget":
        exchange.forget(accounts.venues, 0)
    accounts.bid(1, 10_010)
    assert accounts.taken(1) == [FactKind.ACCEPTED]


def test_nothing_happens_in_a_closed_market() -> None:
    accounts = Accounts(1)
    accounts.closed[0] = 1
    assert accounts.feed(chunk("book", "trade")) == 2
    assert accounts.venues[0].ticks.last_u[0] == 0
