"""How much of what leaves the book is taken back rather than traded: C / (C + E) over 60 s.

From one whole book to the next, a level's size may fall by d. As much of d as trades explain, at
that price, against that side, within 250 ms of the book's time before or after, and not yet spent
on another fall, was executed; the rest was cancelled: C. E is all that was executed in those 60 s.

- A fall waits 250 ms of arrival time for trades that come late before its rest counts.
- Only prices that both books show are compared: a level beyond the last one shown was not
  cancelled, it went out of sight.
- C is a lower bound while books come at least every 250 ms: what is placed and cancelled between
  two books nets out. Where memory runs out, falls are forgotten, not counted.

C stands in the second of its book. Warm-up: 60 s. Sizes are exact integers.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.bounds import BOOK_LEVELS
from sigma_cli.domain.dtypes.layout import Record, record
from sigma_cli.domain.units import NS_PER_MS
from sigma_cli.kernels.features.seconds import AHEAD, happened_ns, second_of, slot, within
from sigma_cli.kernels.jit import constant, njit

HOLD_NS: Final = constant(250 * NS_PER_MS)
WINDOW: Final = constant(60)
SLOTS: Final = constant(128)
WAITING: Final = constant(512)
"""Falls, and trades, that may wait for each other: 2,000 a second of each."""

_NEXT: Final = np.uint64(1)

FALL: Final = record(
    ("exch_ts_ns", "i8"),
    ("until_ns", "i8"),  # arrival time up to which a trade may explain it
    ("side", "i8"),  # whose orders: 1 bids, -1 asks
    ("price_u", "i8"),
    ("left_u", "i8"),  # not explained yet
)
"""A level's size that fell."""

PRINT: Final = record(
    ("exch_ts_ns", "i8"),
    ("side", "i8"),  # whose orders it took
    ("price_u", "i8"),
    ("left_u", "i8"),  # explains nothing yet
)
"""A trade, or several of one time, price and side."""

CANCELS: Final = record(
    ("since", "i8"),  # when the first book, or that after a gap, arrived: a second; 0: none has
    ("forgotten", "i8"),  # falls that memory had no room for
    ("blind_until_ns", "i8"),  # books up to here may miss a trade that memory had no room for
    ("cancelled_u", "i8"),  # in the last 60 seconds
    ("buckets_u", "i8", (int(SLOTS),)),
    ("first_fall", "i8"),
    ("falls_waiting", "i8"),
    ("falls", FALL, (int(WAITING),)),
    ("fall", FALL, (1,)),  # the one at hand
    ("first_print", "i8"),
    ("prints_waiting", "i8"),
    ("prints", PRINT, (int(WAITING),)),
)
"""Falls and trades that wait for each other, oldest first, and what was cancelled by second."""


@njit
def cancels_trade(s: Record, exch_ts_ns: int, taken: int, price_u: int, size_u: int) -> None:
    """Let a trade that took orders of the side `taken` explain falls. s: CANCELS."""
    if s.since == 0 or taken == 0:
        return
    left_u = size_u
    for k in range(s.falls_waiting):
        fall = s.falls[(s.first_fall + k) & (WAITING - 1)]
        if fall.price_u == price_u and fall.side == taken:
            if abs(fall.exch_ts_ns - exch_ts_ns) <= HOLD_NS:
                explained_u = min(left_u, fall.left_u)
                fall.left_u -= explained_u
                left_u -= explained_u
                if left_u == 0:
                    return
    _wait(s, exch_ts_ns, taken, price_u, left_u)


@njit
def _wait(s: Record, exch_ts_ns: int, taken: int, price_u: int, left_u: int) -> None:
    """Keep a trade for falls to come."""
    if s.prints_waiting > 0:
        last = s.prints[(s.first_print + s.prints_waiting - 1) & (WAITING - 1)]
        if last.exch_ts_ns == exch_ts_ns and last.price_u == price_u and last.side == taken:
            last.left_u += left_u
            return
    if s.prints_waiting == WAITING:
        oldest = s.prints[s.first_print]
        s.blind_until_ns = max(s.blind_until_ns, oldest.exch_ts_ns + HOLD_NS)
        s.first_print = (s.first_print + 1) & (WAITING - 1)
        s.prints_waiting -= 1
    waiting = s.prints[(s.first_print + s.prints_waiting) & (WAITING - 1)]
    waiting.exch_ts_ns = exch_ts_ns
    waiting.side = taken
    waiting.price_u = price_u
    waiting.left_u = left_u
    s.prints_waiting += 1


@njit
def cancels_book(s: Record, before: Record, now: Record, now_ns: int) -> None:
    """Compare two books (BOOK) of a market; the newer one arrives at `now_ns`. s: CANCELS."""
    then_ns = happened_ns(now)
    while s.prints_waiting > 0:
        if s.prints[s.first_print].exch_ts_ns + HOLD_NS >= then_ns:
            break
        s.first_print = (s.first_print + 1) & (WAITING - 1)
        s.prints_waiting -= 1
    if then_ns <= s.blind_until_ns:
        s.forgotten += 1
        return
    fall = s.fall[0]
    fall.exch_ts_ns = then_ns
    fall.until_ns = now_ns + HOLD_NS
    fall.side = 1
    _compare(s, fall, before.bid_u, before.bid_size_u, now.bid_u, now.bid_size_u)
    fall.side = -1
    _compare(s, fall, before.ask_u, before.ask_size_u, now.ask_u, now.ask_size_u)


@njit
def _compare(
    s: Record,
    fall: Record,
    old_u: NDArray[np.int64],
    old_size_u: NDArray[np.int64],
    new_u: NDArray[np.int64],
    new_size_u: NDArray[np.int64],
) -> None:
    """Find what fell on one side, from the touch on, as far as both books show it."""
    side = fall.side
    i = j = np.uint64(0)
    old_end, new_end = _depth(old_size_u), _depth(new_size_u)
    while i < old_end and j < new_end:
        ahead_u = (new_u[j] - old_u[i]) * side
        if ahead_u > 0:  # a price that was not there before
            j += _NEXT
            continue
        left_u = old_size_u[i]
        fall.price_u = old_u[i]
        i += _NEXT
        if ahead_u == 0:
            left_u -= new_size_u[j]
            j += _NEXT
        if left_u > 0:
            fall.left_u = left_u
            _explain(s, fall)


@njit
def _depth(size_u: NDArray[np.int64]) -> np.uint64:
    """Return how many levels a side shows."""
    levels = np.uint64(BOOK_LEVELS)
    while levels > 0 and size_u[levels - _NEXT] == 0:
        levels -= _NEXT
    return levels


@njit
def _explain(s: Record, fall: Record) -> None:
    """Let trades that came before explain a fall; what is left waits for those to come."""
    for k in range(s.prints_waiting):
        seen = s.prints[(s.first_print + k) & (WAITING - 1)]
        if seen.price_u == fall.price_u and seen.side == fall.side:
            if abs(seen.exch_ts_ns - fall.exch_ts_ns) <= HOLD_NS:
                explained_u = min(seen.left_u, fall.left_u)
                seen.left_u -= explained_u
                fall.left_u -= explained_u
    if fall.left_u == 0:
        return
    if s.falls_waiting == WAITING:
        s.first_fall = (s.first_fall + 1) & (WAITING - 1)
        s.falls_waiting -= 1
        s.forgotten += 1
    s.falls[(s.first_fall + s.falls_waiting) & (WAITING - 1)] = fall
    s.falls_waiting += 1


@njit
def cancels_release(s: Record, head: int, now_ns: int) -> None:
    """Count as cancelled what no trade has explained in time, before `now_ns`. s: CANCELS."""
    while s.falls_waiting > 0:
        fall = s.falls[s.first_fall]
        if fall.until_ns >= now_ns:
            return
        second = second_of(fall.exch_ts_ns)
        if head - WINDOW < second <= head + AHEAD:
            s.buckets_u[slot(second, SLOTS)] += fall.left_u
            if within(second, head, WINDOW):
                s.cancelled_u += fall.left_u
        s.first_fall = (s.first_fall + 1) & (WAITING - 1)
        s.falls_waiting -= 1


@njit
def cancels_tick(s: Record, second: int) -> None:
    """Let `second` into the sum, and what is older than the window out. s: CANCELS."""
    s.cancelled_u += s.buckets_u[slot(second, SLOTS)] - s.buckets_u[slot(second - WINDOW, SLOTS)]
    s.buckets_u[slot(second + AHEAD, SLOTS)] = 0


@njit
def cancel_rate(s: Record, executed_u: int) -> float:
    """Return C / (C + E), NaN where nothing left the book. s: CANCELS."""
    left_u = s.cancelled_u + executed_u
    return s.cancelled_u / left_u if left_u > 0 else math.nan
