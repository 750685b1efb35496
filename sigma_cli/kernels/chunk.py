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
from sigma_cli.kernels.jit import constant, njit

KINDS: Final = (EventKind.TRADE, EventKind.QUOTE, EventKind.BOOK)
"""Which rows there are, in the order in which they come at one time."""
_BOOK: Final = constant(EventKind.BOOK)
_GAP: Final = constant(EventKind.GAP)


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
def fill_turns(
    turns: Records,
    ts_ns: NDArray[np.int64],
    row: NDArray[np.int64],
    stream: tuple[int, int],
    is_gap: NDArray[np.bool_],
) -> None:
    """Fill `turns` (TURN) with rows of one stream, in their order.

    A stream is some rows of one kind and market (EventKind and number) in order of time. `is_gap`
    says which rows of books are gaps.
    """
    kind, market = stream
    for i in range(len(turns)):
        turn = turns[i]
        turn.ts_ns = ts_ns[i]
        turn.row = row[i]
        turn.market = market
        turn.kind = kind
        if kind == _BOOK and is_gap[row[i]]:
            turn.kind = _GAP


@njit
def merge(turns: Records, spare: Records, starts: NDArray[np.int64]) -> Records:
    """Return the turns (TURN) of several streams, one after the other in `turns`, in order of time.

    `starts` says where each stream begins, and at last where they end. At one time the turns of the
    first of them come first. `spare` has as much room as `turns`: one of them is returned, and all
    three arrays are used up.
    """
    count = len(starts) - 1
    while count > 1:
        for k in range(0, count, 2):
            first = starts[k]
            _merge_two(turns, spare, first, starts[k + 1], starts[min(k + 2, count)])
            starts[k // 2] = first
        count = (count + 1) // 2
        starts[count] = len(turns)
        turns, spare = spare, turns
    return turns


@njit
def _merge_two(turns: Records, merged: Records, first: int, middle: int, end: int) -> None:
    """Merge [first, middle) and [middle, end).

    Which of two comes first can't be guessed: it is a number to count with, and no branch.
    """
    i, j = np.uint64(first), np.uint64(middle)
    stop, one = j, np.uint64(1)
    for n in range(first, end):
        is_second = np.uint64(j < end and (i == stop or turns[j].ts_ns < turns[i].ts_ns))
        merged[n] = turns[i + (j - i) * is_second]
        j += is_second
        i += one - is_second
