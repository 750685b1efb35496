"""The two times of a row: when it happened at the venue, and when it reached us.

A recording has both, one, or neither. Our clock was wrong by an amount that nobody noted, but
nothing arrives before it happens: the smallest difference of the two stamps is the offset and the
shortest way together. What has no stamp of ours arrives after a latency that a model gives; what
has none of the venue's happened, as far as anybody can tell on arrival, when it arrived.

A book that is built from several messages can't be known before all of them have arrived.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.books import BookForm, BookStatus, Outcome
from sigma_cli.domain.dtypes.layout import Record, Records, record
from sigma_cli.kernels import rng
from sigma_cli.kernels.book import show, update
from sigma_cli.kernels.jit import constant, njit

SAMPLES_MAX: Final = 65_536
"""Differences of stamps that a scan keeps: every one of a short recording, else every n-th."""

AHEAD: Final = 4
"""Messages that are looked at to tell whether a book came late."""

SCAN: Final = record(
    ("rows", "i8"),  # messages, where rows are levels of books
    ("both", "i8"),  # of which the two stamps are known
    ("neither", "i8"),
    ("no_venue", "i8"),  # without the venue's
    ("no_ours", "i8"),
    ("least_ns", "i8"),  # recv - exch
    ("most_ns", "i8"),
    ("stride", "i8"),  # of rows with both stamps, one in so many is a sample
    ("samples", "i8"),
    ("sample_ns", "i8", (SAMPLES_MAX,)),
)

ARRIVALS: Final = record(  # how the rows of one stream reach us
    ("offset_ns", "i8"),  # our clock less the venue's, and less the shortest way
    ("latency_ns", "i8"),  # drawn for the message in hand
    ("inside", "u1"),  # 1: the message in hand goes on
    ("last_ns", "i8"),  # the latest arrival so far
)

_SAMPLES: Final = constant(SAMPLES_MAX)
_AHEAD: Final = constant(AHEAD)
_FAR_NS: Final = constant(2**62)
_WHOLE: Final = constant(BookForm.WHOLE)
_VALID: Final = constant(BookStatus.VALID)
_APPLIED: Final = constant(Outcome.APPLIED)
_GAP: Final = constant(Outcome.GAP)


def no_scan() -> Records:
    """Return SCAN [1] of no row."""
    made = np.zeros(1, SCAN)
    made["least_ns"], made["most_ns"], made["stride"] = _FAR_NS, -_FAR_NS, 1
    return made


@njit
def scan(
    found: Records,
    exch_ts_ns: NDArray[np.int64],
    recv_ts_ns: NDArray[np.int64],
    ends: NDArray[np.int8],
) -> None:
    """Take in the stamps of more rows; a row counts where `ends` is 1. found: SCAN [1]."""
    s = found[0]
    for i in range(len(exch_ts_ns)):
        if ends[i] == 0:
            continue
        exch_ns, recv_ns = exch_ts_ns[i], recv_ts_ns[i]
        s.rows += 1
        if exch_ns > 0 and recv_ns > 0:
            _take_sample(s, recv_ns - exch_ns)
        elif exch_ns > 0:
            s.no_ours += 1
        elif recv_ns > 0:
            s.no_venue += 1
        else:
            s.neither += 1


@njit
def _take_sample(s: Record, way_ns: int) -> None:
    s.least_ns = min(s.least_ns, way_ns)
    s.most_ns = max(s.most_ns, way_ns)
    if s.both % s.stride == 0:
        if s.samples == _SAMPLES:
            for i in range(_SAMPLES // 2):
                s.sample_ns[i] = s.sample_ns[2 * i]
            s.samples = _SAMPLES // 2
            s.stride *= 2
        s.sample_ns[s.samples] = way_ns
        s.samples += 1
    s.both += 1


@njit
def stamp(
    arrivals: Records,
    latencies_ns: NDArray[np.int64],
    dice: rng.State,
    given: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int8]],
    clocks_ns: NDArray[np.int64],
) -> None:
    """Fill `clocks_ns` [2, n] with both times of the rows of one stream.

    `given` is what is stored of them: exch_ts_ns, recv_ts_ns, and whether a message ends there.
    A row without a stamp of ours has one of `latencies_ns`, drawn with `dice`, and is not there
    before the row ahead of it. `arrivals` is ARRIVALS [1], kept from call to call. Every row has a
    stamp, and there are latencies if one has none of ours: the scan knows.
    """
    a = arrivals[0]
    exch, recv, ends = given
    for i in range(len(exch)):
        if recv[i] > 0:
            arrived_ns = max(recv[i] - a.offset_ns, exch[i])
        else:
            if a.inside == 0:
                a.latency_ns = latencies_ns[0]
                if len(latencies_ns) > 1:
                    a.latency_ns = latencies_ns[int(rng.uniform(dice) * len(latencies_ns))]
            arrived_ns = max(exch[i] + a.latency_ns, a.last_ns)
        a.inside = 1 - ends[i]
        a.last_ns = max(a.last_ns, arrived_ns)
        clocks_ns[0, i] = exch[i] if exch[i] > 0 else arrived_ns
        clocks_ns[1, i] = arrived_ns


@njit
def fill_trades(
    rows: Records,
    clocks_ns: NDArray[np.int64],
    trade_id: NDArray[np.int64],
    told: tuple[NDArray[np.int64], NDArray[np.int64]],
    side: NDArray[np.int8],
) -> None:
    """Put the columns of trades together as TRADE; `told` are prices and sizes."""
    price_u, size_u = told
    for i in range(len(rows)):
        row = rows[i]
        row.exch_ts_ns = clocks_ns[0, i]
        row.recv_ts_ns = clocks_ns[1, i]
        row.trade_id = trade_id[i]
        row.price_u = price_u[i]
        row.size_u = size_u[i]
        row.side = side[i]


@njit
def fill_quotes(
    rows: Records,
    clocks_ns: NDArray[np.int64],
    update_id: NDArray[np.int64],
    bids: tuple[NDArray[np.int64], NDArray[np.int64]],
    asks: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> None:
    """Put the columns of quotes together as QUOTE; prices and sizes of each side."""
    for i in range(len(rows)):
        row = rows[i]
        row.exch_ts_ns = clocks_ns[0, i]
        row.recv_ts_ns = clocks_ns[1, i]
        row.update_id = update_id[i]
        row.bid_u = bids[0][i]
        row.bid_size_u = bids[1][i]
        row.ask_u = asks[0][i]
        row.ask_size_u = asks[1][i]


@njit
def put_late(rows: Records, latest_ns: NDArray[np.int64], slack_ns: int) -> int:
    """Bring forward rows whose times go back by more than `slack_ns`; return how many there were.

    A wrong time must not draw all that is before it into the past (`settle`). `latest_ns` [1] is
    kept from call to call.
    """
    count = 0
    for i in range(len(rows)):
        row = rows[i]
        if row.exch_ts_ns < latest_ns[0] - slack_ns:
            row.exch_ts_ns = latest_ns[0] - slack_ns
            row.recv_ts_ns = max(row.recv_ts_ns, row.exch_ts_ns)
            count += 1
        latest_ns[0] = max(latest_ns[0], row.exch_ts_ns)
    return count


@njit
def settle(
    quotes: Records,
    books: Records,
    by_id: bool,
    quotes_ns: NDArray[np.int64],
    books_ns: NDArray[np.int64],
) -> None:
    """Give quotes and books, in the venue's order, times of the venue that never fall.

    A row's time is its `exch_ts_ns`, or that of a later row where that is earlier: what comes after
    it in the venue's order did not happen before it. With `by_id`, quotes and books have one order:
    of update ids, and a book is there before the quote of its number.
    """
    i, j = len(quotes) - 1, len(books) - 1
    quote_ns = book_ns = _FAR_NS
    while i >= 0 or j >= 0:
        if j < 0 or (i >= 0 and quotes[i].update_id >= books[j].update_id):
            quote_ns = min(quote_ns, quotes[i].exch_ts_ns)
            quotes_ns[i] = quote_ns
            if by_id:
                book_ns = min(book_ns, quote_ns - 1)  # at one time the quote would come first
            i -= 1
        else:
            book_ns = min(book_ns, books[j].exch_ts_ns)
            books_ns[j] = book_ns
            if by_id:
                quote_ns = min(quote_ns, book_ns)
            j -= 1


@njit
def fold_books(
    book: Records,
    heard: NDArray[np.int64],
    levels: Records,
    stop: int,
    views: Records,
    is_gap: NDArray[np.bool_],
) -> int:
    """Take in the messages of `levels[:stop]` (LEVEL); fill `views` (BOOK): the book after each.

    Return how many views there are: a message that is of no use for a known book has none. Where
    messages are missing the view is a book without levels, and `is_gap` is True. `book` is
    FULL_BOOK [1]; `heard` [1] is when all had arrived of which it is made. Both are kept from call
    to call; `views` and `is_gap` have a place for each message. Beyond `stop` are the next AHEAD
    messages, as far as there are any, to be looked at.
    """
    b = book[0]
    count = 0
    i = 0
    while i < stop:
        end = _end(levels, i)
        if _is_late(b, heard[0], levels, i, end):
            i = end
            continue
        outcome = 0
        for k in range(i, end):
            outcome = update(b, levels[k])
        if outcome in (_APPLIED, _GAP):
            if outcome == _APPLIED and levels[i].form == _WHOLE:
                heard[0] = 0
            heard[0] = max(heard[0], levels[i].recv_ts_ns)
            view = views[count]
            is_gap[count] = not show(b, view)
            if is_gap[count]:
                _show_nothing(view, levels[i])
            view.recv_ts_ns = heard[0]
            count += 1
        i = end
    return count


@njit
def _end(levels: Records, first: int) -> int:
    """Return where the message that begins at `first` ends."""
    end = first
    while levels[end].ends == 0:
        end += 1
    return end + 1


@njit
def _is_late(book: Record, heard_ns: int, levels: Records, first: int, end: int) -> bool:
    """Tell whether a whole book comes after what follows it, while the book is known anyway.

    Who asks for the book of a stream that goes on gets it late (REST). To wait for it would blind
    a desk that can do without.
    """
    whole = levels[first]
    if whole.form != _WHOLE or whole.update_id < 0 or book.status != _VALID:
        return False
    if heard_ns > whole.recv_ts_ns:
        return False
    for _ in range(_AHEAD):
        if end == len(levels):
            return False
        if levels[end].recv_ts_ns < whole.recv_ts_ns:
            return True
        end = _end(levels, end)
    return False


@njit
def _show_nothing(view: Record, level: Record) -> None:
    view.exch_ts_ns = level.exch_ts_ns
    view.update_id = level.update_id
    for n in range(len(view.bid_u)):
        view.bid_u[n] = view.bid_size_u[n] = view.ask_u[n] = view.ask_size_u[n] = 0
