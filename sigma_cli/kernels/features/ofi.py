"""Order flow imbalance at the touch.

Cont, Kukanov and Stoikov, "The Price Impact of Order Book Events", Journal of Financial
Econometrics 12, 2014.

From one touch to the next, with ' for the one before and q for the sizes:

    e = qb [b >= b'] - qb' [b <= b'] - qa [a <= a'] + qa' [a >= a']

OFI is the sum of e over 10 s divided by the mean depth of the touch, (qb + qa) / 2, at those
changes: in units of a typical queue. 0 where nothing changed. Exact integer sums. Warm-up: 10 s.
"""

from typing import Final

from sigma_cli.domain.dtypes.layout import Record, record
from sigma_cli.kernels.features.seconds import AHEAD, slot, within
from sigma_cli.kernels.features.touch import is_known
from sigma_cli.kernels.jit import constant, njit

SLOTS: Final = constant(32)
WINDOW: Final = constant(10)
"""Seconds; the ring has room for them."""

CHANGED: Final = record(("flow_u", "i8"), ("depth_u", "i8"), ("count", "i8"))
"""Sum of e, of qb + qa, and the number of touches, in some seconds."""

OFI: Final = record(("sums", CHANGED), ("buckets", CHANGED, (int(SLOTS),)))
"""The changes of ten seconds by second, and their sum."""


@njit
def event(before: Record, now: Record) -> int:
    """Return e, the order flow between two touches (TOUCH), in size units."""
    flow_u = 0
    if now.bid_u >= before.bid_u:
        flow_u += now.bid_size_u
    if now.bid_u <= before.bid_u:
        flow_u -= before.bid_size_u
    if now.ask_u <= before.ask_u:
        flow_u -= now.ask_size_u
    if now.ask_u >= before.ask_u:
        flow_u += before.ask_size_u
    return flow_u


@njit
def ofi_touch(s: Record, head: int, second: int, before: Record, now: Record) -> None:
    """Take a change of the touch (TOUCH) in that second; none where one is unknown. s: OFI."""
    if not (is_known(before) and is_known(now)):
        return
    if second > head + AHEAD or second <= head - WINDOW:
        return
    flow_u = event(before, now)
    depth_u = now.bid_size_u + now.ask_size_u
    _count(s.buckets[slot(second, SLOTS)], flow_u, depth_u)
    if within(second, head, WINDOW):
        _count(s.sums, flow_u, depth_u)


@njit
def ofi_tick(s: Record, second: int) -> None:
    """Let `second` into the sums, and what is older than the window out. s: OFI."""
    entering = s.buckets[slot(second, SLOTS)]
    leaving = s.buckets[slot(second - WINDOW, SLOTS)]
    s.sums.flow_u += entering.flow_u - leaving.flow_u
    s.sums.depth_u += entering.depth_u - leaving.depth_u
    s.sums.count += entering.count - leaving.count
    future = s.buckets[slot(second + AHEAD, SLOTS)]
    future.flow_u = future.depth_u = future.count = 0


@njit
def _count(sums: Record, flow_u: int, depth_u: int) -> None:
    sums.flow_u += flow_u
    sums.depth_u += depth_u
    sums.count += 1


@njit
def ofi(s: Record) -> float:
    """Return the sum of e over the mean depth. s: OFI."""
    sums = s.sums
    if sums.count == 0:
        return 0.0
    return sums.flow_u / (0.5 * sums.depth_u / sums.count)
