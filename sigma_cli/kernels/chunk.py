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

from sigma_cli.domain.dtypes import Records
from sigma_cli.domain.events import EventKind
from sigma_cli.kernels.jit import constant, njit

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
    heads, ends = starts[:-1].copy(), starts[1:]
    made = 0
    while made < len(turns):
        first, limit_ns = _next_stream(ts_ns, heads, ends)
        kind, market = kinds[first], markets[first]
        at, end = heads[first], ends[first]
        while at < end and ts_ns[at] < limit_ns:
            turn = turns[made]
            turn.ts_ns = ts_ns[at]
            turn.row = row[at]
            turn.market = market
            turn.kind = kind
            if kind == _BOOK and is_gap[row[at]]:
                turn.kind = _GAP
            made += 1
            at += 1
        heads[first] = at


@njit
def _next_stream(
    ts_ns: NDArray[np.int64], heads: NDArray[np.int64], ends: NDArray[np.int64]
) -> tuple[int, int]:
    """Return the stream whose turn it is, and the time at which it is another's."""
    first = -1
    first_ns = limit_ns = _NEVER
    for k in range(len(heads)):
        if heads[k] == ends[k]:
            continue
        head_ns = ts_ns[heads[k]]
        if head_ns < first_ns:
            first, limit_ns, first_ns = k, first_ns, head_ns
        else:
            limit_ns = min(limit_ns, head_ns + 1)
    return first, limit_ns
