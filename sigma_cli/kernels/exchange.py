"""What a local exchange asks of the simulated venue: several accounts, one market data for all.

Each account has a VENUE of its own, so that what one takes is still there for the others. Must not
know who an account is, nor what an order costs.
"""

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.events import EventKind
from sigma_cli.kernels.chunk import Chunk
from sigma_cli.kernels.jit import constant, njit, signed
from sigma_cli.kernels.matching import ticks

TRADE, QUOTE = constant(EventKind.TRADE), constant(EventKind.QUOTE)
BOOK = constant(EventKind.BOOK)
PLENTY = constant(2**61)
"""Coins that an account seems to have: what it owns is checked elsewhere, exactly."""


@njit
def feed(
    chunk: Chunk,
    span: tuple[int, int],
    closed: NDArray[np.uint8],
    venues: Records,
    inboxes: Records,
) -> int:
    """Let the venue's turns of `span` happen to every account; return the turn that comes next.

    It stops after the turn that caused facts: read them, set the counts to 0, and call again.
    `closed` [markets] says of which markets nothing happens, `venues` is VENUE and `inboxes` INBOX
    [accounts].
    """
    first, last = span
    for n in range(first, last):
        turn = chunk.venue_turns[np.uint64(n)]
        market, row, kind = signed(turn.market), np.uint64(turn.row), turn.kind
        if closed[market] != 0:
            continue
        told = 0
        for account in range(len(venues)):
            venue, inbox = venues[account], inboxes[account]
            if kind == TRADE:
                ticks.on_trade(venue, market, chunk.trades[row], turn.ts_ns, inbox)
            elif kind == QUOTE:
                ticks.on_quote(venue, market, chunk.quotes[row], turn.ts_ns, inbox)
            elif kind == BOOK:
                ticks.on_book(venue, market, chunk.books[row], turn.ts_ns, inbox)
            else:
                ticks.on_gap(venue, market)
            told += inbox.count
        if told > 0:
            return n + 1
    return last


@njit
def ask(venues: Records, account: int, requests: Records, now_ns: int, inboxes: Records) -> None:
    """Let an account's request (REQUEST [1]) reach its venue; the facts are in its inbox."""
    venue, request = venues[account], requests[0]
    venue.positions_u[request.market] = PLENTY
    ticks.take(venue, request, now_ns, inboxes[account])


@njit
def forget(venues: Records, market: int) -> None:
    """Let no account know the book of a market until it comes whole again."""
    for account in range(len(venues)):
        ticks.on_gap(venues[account], signed(market))
