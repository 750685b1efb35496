"""A market's book as its messages build it: whole books replace it, changes continue it.

Messages come in the venue's order (by update id), one level a row (LEVEL), and the book stands
between two messages only. Whether changes continue the book is decided as Binance says, where L is
the update id of the book, [U, u] the ids of the message and pu the u of the message before it:

    u <= L                        nothing new, left out
    spot:     U <= L + 1          the next message, or the one that the snapshot lies in
    futures:  pu == L             the next message
              U <= L, fresh       the one that the snapshot lies in
    else                          messages are missing: no book until the next whole one

https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams (How to manage a local
order book correctly) and .../derivatives/usds-margined-futures/websocket-market-streams/How-to-
manage-a-local-order-book-correctly. A venue that sends whole books without ids (Upbit) needs none
of this: each one replaces the last.

A side remembers LADDER_LEVELS levels. When it is full the farthest is forgotten, and so is
everything beyond it from then on (`horizon`): what the book shows is never made up of a few levels
that came later. A side of which nothing nearer is left breaks the book.

The touch is the last level of a side: what happens near it moves little. Unsigned places, and one
column after the other, let the compiler move many levels at once (a third of the time).
"""

from typing import Final

import numpy as np

from sigma_cli.domain.books import BookForm, BookSide, BookStatus, Outcome
from sigma_cli.domain.dtypes.bounds import BOOK_LEVELS, LADDER_LEVELS
from sigma_cli.domain.dtypes.layout import Record, Records
from sigma_cli.domain.dtypes.tape import FULL_BOOK
from sigma_cli.kernels.jit import constant, njit

_LEVELS: Final = constant(LADDER_LEVELS)
_SHOWN: Final = constant(BOOK_LEVELS)
_NO_HORIZON: Final = constant(-(2**62))
_WHOLE: Final = constant(BookForm.WHOLE)
_BID: Final = constant(BookSide.BID)
_ASK: Final = constant(BookSide.ASK)
_NONE: Final = constant(BookSide.NONE)
_WAITING: Final = constant(BookStatus.WAITING)
_VALID: Final = constant(BookStatus.VALID)
_BROKEN: Final = constant(BookStatus.BROKEN)
_APPLIED: Final = constant(Outcome.APPLIED)
_STALE: Final = constant(Outcome.STALE)
_WAITED: Final = constant(Outcome.WAITED)
_GAP: Final = constant(Outcome.GAP)


def no_book() -> Records:
    """Return FULL_BOOK [1] of which nothing is known yet."""
    return np.zeros(1, FULL_BOOK)


@njit
def update(book: Record, level: Record) -> int:
    """Take one level in; return the outcome of its message when it is the last one, else 0."""
    if book.outcome == 0:
        book.outcome = _judged(book, level)
        if book.outcome == _APPLIED:
            _begin(book, level)
    if book.outcome == _APPLIED:
        if level.side == _BID:
            _put(book.bids, _BID, level.price_u, level.size_u)
        elif level.side == _ASK:
            _put(book.asks, _ASK, level.price_u, level.size_u)
    if level.ends == 0:
        return 0
    outcome = book.outcome
    book.outcome = 0
    if outcome == _APPLIED and (_is_lost(book.bids) or _is_lost(book.asks)):
        book.status = _BROKEN
    return int(outcome)


@njit
def fold(book: Records, levels: Records, quotes: Records) -> int:
    """Take `levels` in; fill `quotes` with the touch after each message and return how many.

    `book` is FULL_BOOK [1], kept from call to call: a message may be cut between two of them. A
    message has a quote when it was applied and left two sides. `quotes` has a row for each level.
    """
    current = book[0]
    count = 0
    for i in range(len(levels)):
        if update(current, levels[i]) == _APPLIED and show_touch(current, quotes[count]):
            count += 1
    return count


@njit
def show_touch(book: Record, quote: Record) -> bool:
    """Fill QUOTE with the touch; False: the book is not valid, or has not two sides."""
    bids, asks = book.bids, book.asks
    if book.status != _VALID or bids.count == 0 or asks.count == 0:
        return False
    quote.exch_ts_ns = book.exch_ts_ns
    quote.recv_ts_ns = book.recv_ts_ns
    quote.update_id = book.update_id
    quote.bid_u = bids.price_u[bids.count - 1]
    quote.bid_size_u = bids.size_u[bids.count - 1]
    quote.ask_u = asks.price_u[asks.count - 1]
    quote.ask_size_u = asks.size_u[asks.count - 1]
    return True


@njit
def show(book: Record, view: Record) -> bool:
    """Fill BOOK with the nearest levels of both sides; False: the book is not valid."""
    if book.status != _VALID:
        return False
    view.exch_ts_ns = book.exch_ts_ns
    view.recv_ts_ns = book.recv_ts_ns
    view.update_id = book.update_id
    for n in range(_SHOWN):
        at = book.bids.count - 1 - n
        view.bid_u[n] = book.bids.price_u[at] if at >= 0 else 0
        view.bid_size_u[n] = book.bids.size_u[at] if at >= 0 else 0
        at = book.asks.count - 1 - n
        view.ask_u[n] = book.asks.price_u[at] if at >= 0 else 0
        view.ask_size_u[n] = book.asks.size_u[at] if at >= 0 else 0
    return True


@njit
def _judged(book: Record, level: Record) -> int:
    """Say what is to become of the message that begins with this level."""
    if book.status == _VALID and 0 <= level.update_id <= book.update_id:
        return _STALE
    if level.form == _WHOLE:
        return _APPLIED
    if book.status != _VALID:
        return _WAITED
    if level.before_id < 0:
        follows = level.first_id <= book.update_id + 1
    else:
        follows = level.before_id == book.update_id
        follows = follows or (book.fresh == 1 and level.first_id <= book.update_id)
    if follows:
        return _APPLIED
    book.status = _BROKEN
    book.gaps += 1
    return _GAP


@njit
def _begin(book: Record, level: Record) -> None:
    """Begin to apply the message of this level."""
    book.fresh = 0
    if level.form == _WHOLE:
        book.fresh = 1
        book.status = _VALID
        book.bids.count = book.asks.count = 0
        book.bids.horizon = book.asks.horizon = _NO_HORIZON
    book.update_id = level.update_id
    book.exch_ts_ns = level.exch_ts_ns
    book.recv_ts_ns = level.recv_ts_ns


@njit
def _is_lost(ladder: Record) -> bool:
    """Tell whether nothing is left of a side that is known to go on."""
    return bool(ladder.count == 0 and ladder.horizon != _NO_HORIZON)


@njit
def _put(ladder: Record, side: int, price_u: int, size_u: int) -> None:
    """Set the size at a price; 0 takes the level away."""
    key = price_u * side  # the nearer to the other side, the greater
    if key <= ladder.horizon:
        return
    at = _place(ladder, side, key)
    is_there = at < ladder.count and ladder.price_u[at] == price_u
    if is_there and size_u > 0:
        ladder.size_u[at] = size_u
    elif is_there:
        _take_out(ladder, at)
    elif size_u > 0:
        if ladder.count == _LEVELS:
            farthest = ladder.price_u[0] * side
            ladder.horizon = min(key, farthest)
            if key < farthest:
                return
            _take_out(ladder, 0)
            at -= 1
        _put_in(ladder, at, price_u, size_u)


@njit
def _place(ladder: Record, side: int, key: int) -> int:
    """Return the first place whose level is as near as `key` or nearer."""
    prices = ladder.price_u
    low, high = 0, ladder.count
    while low < high:
        middle = (low + high) >> 1
        if prices[np.uint64(middle)] * side < key:
            low = middle + 1
        else:
            high = middle
    return int(low)


@njit
def _put_in(ladder: Record, at: int, price_u: int, size_u: int) -> None:
    prices, sizes = ladder.price_u, ladder.size_u
    for i in range(ladder.count, at, -1):
        prices[np.uint64(i)] = prices[np.uint64(i - 1)]
    for i in range(ladder.count, at, -1):
        sizes[np.uint64(i)] = sizes[np.uint64(i - 1)]
    prices[at] = price_u
    sizes[at] = size_u
    ladder.count += 1


@njit
def _take_out(ladder: Record, at: int) -> None:
    ladder.count -= 1
    prices, sizes = ladder.price_u, ladder.size_u
    for i in range(at, ladder.count):
        prices[np.uint64(i)] = prices[np.uint64(i + 1)]
    for i in range(at, ladder.count):
        sizes[np.uint64(i)] = sizes[np.uint64(i + 1)]
