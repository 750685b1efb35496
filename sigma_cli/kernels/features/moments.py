"""What the book's touch was worth at each of the last seconds: mid and microprice, as-of.

    mid          (bid + ask) / 2, kept as the integer bid + ask
    microprice   (bid qa + ask qb) / (qa + qb), the mid weighted by the other side's size
                 = mid + spread / 2 x (qb - qa) / (qb + qa)

"As-of t" is the last touch whose venue time is at or before t, among those that have arrived. A
touch that comes late is put where it belongs. (Stoikov's martingale micro-price, 2018, is another
object.) Warm-up: the time looked back.
"""

import math
from typing import Final

from sigma_cli.domain.dtypes.layout import Record, record
from sigma_cli.kernels.features.seconds import AHEAD, slot
from sigma_cli.kernels.jit import constant, njit
from sigma_cli.kernels.mathx import log_ratio

SLOTS: Final = constant(1_024)
BACK: Final = constant(900)
"""Seconds that can be looked back; the ring has room for them."""

MOMENT: Final = record(
    ("exch_ts_ns", "i8"),
    ("sum_u", "i8"),  # bid + ask; 0: unknown
    ("micro", "f8"),  # the microprice in price units
)
"""The touch at the end of a second."""

MOMENTS: Final = record(("seconds", MOMENT, (int(SLOTS),)))
"""The touch at the end of each of the last seconds."""


@njit
def moments_touch(s: Record, head: int, second: int, moment: Record) -> None:
    """Take a new touch (MOMENT) of that second. s: MOMENTS."""
    if second > head + AHEAD or second <= head - BACK:
        return
    for k in range(second, max(head, second) + 1):
        standing = s.seconds[slot(k, SLOTS)]
        if standing.exch_ts_ns > moment.exch_ts_ns:
            return
        _put(standing, moment)


@njit
def moments_tick(s: Record, second: int) -> None:
    """Carry the touch on into `second`, unless a newer one stands there. s: MOMENTS."""
    before = s.seconds[slot(second - 1, SLOTS)]
    now = s.seconds[slot(second, SLOTS)]
    if now.exch_ts_ns < before.exch_ts_ns:
        _put(now, before)
    future = s.seconds[slot(second + AHEAD, SLOTS)]
    future.exch_ts_ns = 0
    future.sum_u = 0


@njit
def _put(into: Record, moment: Record) -> None:
    into.exch_ts_ns = moment.exch_ts_ns
    into.sum_u = moment.sum_u
    into.micro = moment.micro


@njit
def at(s: Record, second: int) -> Record:
    """Return the touch as-of the end of `second`, a MOMENT. s: MOMENTS."""
    return s.seconds[slot(second, SLOTS)]


@njit
def mid_change(s: Record, head: int, window: int) -> float:
    """Return mid(t) / mid(t - window) - 1, NaN where one is unknown. s: MOMENTS."""
    now_u = at(s, head).sum_u
    before_u = at(s, head - window).sum_u
    if now_u == 0 or before_u == 0:
        return math.nan
    return (now_u - before_u) / before_u


@njit
def micro_return(s: Record, head: int, window: int) -> float:
    """Return ln(micro(t) / micro(t - window)), NaN where one is unknown. s: MOMENTS."""
    now = at(s, head)
    before = at(s, head - window)
    if now.sum_u == 0 or before.sum_u == 0:
        return math.nan
    return log_ratio(now.micro, before.micro)
