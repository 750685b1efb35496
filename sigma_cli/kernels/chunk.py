"""A chunk of a tape: some rows of all markets, and the two orders in which they take their turns.

The venue's order is that of its own clock: matching, queues, the truth of the book. The desk's is
that of arrival: what a decision may know (docs/architecture.md). A chunk holds both for the same
span of time. A row that happens in it and arrives later is carried: it has its turn of the venue
here and stands once more among the rows of the chunk in which it arrives.

At one time a trade comes before a quote and a quote before a book; of one kind, the lower market
comes first; of one market and kind, rows keep their order. Merging never looks at what a row says.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.events import EventKind
from sigma_cli.kernels.jit import constant, inline, njit

KINDS: Final = (EventKind.TRADE, EventKind.QUOTE, EventKind.BOOK)
"""Which rows there are, in the order in which they come at one time."""
_BOOK: Final = constant(EventKind.BOOK)
_GAP: Final = constant(EventKind.GAP)
_NEVER: Final = constant(2**63 - 1)


class Chunk(NamedTuple):
    """The rows of all markets of one span of time [start_ns, end_ns), and their turns.

    Both clocks of every row are set, and `recv_ts_ns` is never before `exch_ts_ns`. A GAP has a row
    in `books` too: a book without levels, with the clocks of the message that showed it. The time
    of a venue's turn is a row's `exch_ts_ns`, or less where update ids say that it was earlier.
    """

    trades: Records
    quotes: Records
    books: Records
    venue_turns: Records
    """TURN, by the venue's time."""
    desk_turns: Records
    """TURN, by arrival."""
    start_ns: int
    end_ns: int


@njit
def merge(
    ts_ns: NDArray[np.int64],
    row: NDArray[np.int64],
    starts: NDArray[np.int64],
    streams: tuple[NDArray[np.int64], NDArray[np.int64]],
    is_gap: NDArray[np.bool_],
    turns: Records,
) -> None:
    """Fill `turns` (TURN) with rows of several streams in order of time.

    A stream is some rows of one market and kind in order of time, of which `ts_ns` and `row` hold
    one after the other; `starts` says where each begins, and at last where they end. `streams` is
    the EventKind and the market of each: at one time the first of them comes first. `is_gap` says
    which rows of books are gaps.
    """
    kinds, markets = streams
    at, head_ns = _heads(ts_ns, starts)
    best = _tournament(head_ns)
    leaves = len(head_ns)
    for n in range(len(turns)):
        first = np.uint64(best[1])
        i = at[first]
        turn = turns[n]
        turn.ts_ns = head_ns[first]
        turn.row = row[np.uint64(i)]
        turn.market = markets[first]
        turn.kind = kinds[first]
        if turn.kind == _BOOK and is_gap[turn.row]:
            turn.kind = _GAP
        i += 1
        at[first] = i
        head_ns[first] = _NEVER
        if i < starts[first + np.uint64(1)]:
            head_ns[first] = ts_ns[np.uint64(i)]
        node = (best[1] + leaves) >> 1
        while node > 0:
            best[np.uint64(node)] = _earlier(best, head_ns, node)
            node >>= 1


@njit
def _heads(
    ts_ns: NDArray[np.int64], starts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return place and time of the first row of each stream; as many as a tournament has leaves."""
    leaves = 1
    while leaves < len(starts) - 1:
        leaves *= 2
    at = np.zeros(leaves, np.int64)
    head_ns = np.full(leaves, _NEVER)
    for k in range(len(starts) - 1):
        at[k] = starts[k]
        if starts[k] < starts[k + 1]:
            head_ns[k] = ts_ns[starts[k]]
    return at, head_ns


@njit
def _tournament(head_ns: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return a tree of streams: the children of node n are 2n and 2n + 1, the winner is node 1."""
    leaves = len(head_ns)
    best = np.zeros(2 * leaves, np.int64)
    for k in range(leaves):
        best[leaves + k] = k
    for node in range(leaves - 1, 0, -1):
        best[node] = _earlier(best, head_ns, node)
    return best


@inline
def _earlier(best: NDArray[np.int64], head_ns: NDArray[np.int64], node: int) -> int:
    """Return the winner of a node: at one time the stream that comes first."""
    left = best[np.uint64(2 * node)]
    right = best[np.uint64(2 * node + 1)]
    return left if head_ns[np.uint64(left)] <= head_ns[np.uint64(right)] else right
