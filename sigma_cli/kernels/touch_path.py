"""What was told of the touch of each market, when, by the venue's clock."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.layout import Records, record
from sigma_cli.domain.events import EventKind
from sigma_cli.kernels.chunk import Chunk
from sigma_cli.kernels.jit import constant, njit

TRADE, QUOTE = constant(EventKind.TRADE), constant(EventKind.QUOTE)
BOOK: Final = constant(EventKind.BOOK)

UNKNOWN: Final = constant(-1)
"""Instead of a sum: the book is unknown from here on."""
TOLD: Final = record(
    ("ts_ns", "i8"),
    ("sum_u", "i8"),  # bid + ask; of a book that has no sides to speak of 0
    ("market", "i8"),
)


@njit
def touches(chunk: Chunk, by_trades: NDArray[np.bool_], told: Records) -> int:
    """Fill `told` (TOLD) with all that a chunk tells of touches; return how many rows there are.

    `by_trades` says in which markets trades are all there is: there the last one counts, twice.
    `told` has a place for each turn of the venue.
    """
    count = 0
    for i in range(len(chunk.venue_turns)):
        turn = chunk.venue_turns[i]
        row = np.uint64(turn.row)
        if turn.kind == TRADE:
            if not by_trades[turn.market]:
                continue
            sum_u = 2 * chunk.trades[row].price_u
        elif turn.kind == QUOTE:
            sum_u = _sum_u(chunk.quotes[row].bid_u, chunk.quotes[row].ask_u)
        elif turn.kind == BOOK:
            sum_u = _sum_u(chunk.books[row].bid_u[0], chunk.books[row].ask_u[0])
        else:
            sum_u = UNKNOWN
        told[count].ts_ns = turn.ts_ns
        told[count].sum_u = sum_u
        told[count].market = turn.market
        count += 1
    return count


@njit
def _sum_u(bid_u: int, ask_u: int) -> int:
    return bid_u + ask_u if 0 < bid_u < ask_u else 0
