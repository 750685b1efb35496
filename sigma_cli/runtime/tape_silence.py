"""Where a market says nothing about its book for so long that nobody can tell what it looks like.

A recorder that stopped, a stream that broke, a market that sleeps: the rows don't say which, and
the last book stands there as if it were true. Such a silence has a gap as lost messages have, when
it has lasted too long; what comes after it knows the book again. Must not look ahead: a gap is made
of what had not come by then.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.books import NO_UPDATE
from sigma_cli.domain.dtypes.tape import BOOK
from sigma_cli.domain.units import NS_PER_MINUTE
from sigma_cli.runtime.tape_rows import Block, joined, picked

SILENCE_NS: Final = NS_PER_MINUTE
"""So long after its last quote or book a book counts as unknown."""


class Silence:
    """Listens to quotes and books of one market, in the venue's order."""

    def __init__(self, end_ns: int) -> None:
        self.found = 0
        self._end_ns = end_ns
        self._last_ns = np.empty(0, np.int64)  # of the last row; empty: none, or its gap was made

    def heard(self, quotes: Block, books: Block, complete_ns: int) -> Block:
        """Return `books` with the gaps among them; there is nothing else before `complete_ns`."""
        told_ns = np.concatenate([self._last_ns, quotes.venue_ns, books.venue_ns])
        if len(told_ns) == 0:
            return books
        told_ns.sort(kind="stable")  # runs that are sorted are merged
        next_ns = np.append(told_ns[1:], min(complete_ns, self._end_ns))
        is_silent = next_ns - told_ns > SILENCE_NS
        self._last_ns = told_ns[-1:][~is_silent[-1:]]
        gaps_ns = told_ns[is_silent] + SILENCE_NS
        self.found += len(gaps_ns)
        return _with_gaps(books, gaps_ns) if len(gaps_ns) else books


def _with_gaps(books: Block, gaps_ns: NDArray[np.int64]) -> Block:
    """Return books with gaps at these times; no row has one of them."""
    made = np.zeros(len(gaps_ns), BOOK)
    made["exch_ts_ns"] = made["recv_ts_ns"] = gaps_ns
    made["update_id"] = NO_UPDATE
    venue_ns = np.concatenate([books.venue_ns, gaps_ns])
    is_gap = np.concatenate([books.is_gap, np.ones(len(gaps_ns), np.bool_)])
    order = np.argsort(venue_ns, kind="stable")
    rows = joined([books.rows, made], BOOK)
    return Block(picked(rows, order), venue_ns[order], is_gap[order])
