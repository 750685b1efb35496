"""Windows of the venue's time, half-open (t - W, t], made of one-second buckets.

Bucket k holds what happened in (k - 1 s, k s]: a row at the whole second t sums buckets
t - W + 1 .. t. Buckets stand in rings whose length is a power of two; each second one bucket
enters the sums, another leaves them, and the one `AHEAD` seconds on is emptied for the future.

An event is counted in the bucket of its own time, whenever it arrives: late ones also into the
sums that hold their bucket already. One too old for every sum of a ring changes nothing; one that
claims to be more than `AHEAD` seconds in the future has no bucket, and its caller counts it.

An event has two clocks, and either may be missing (0): where the venue says no time, that of the
arrival stands for it; where nobody noted the arrival, the venue's. Without both it is refused.
"""

from typing import Final

from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.units import NS_PER_S
from sigma_cli.kernels.jit import constant, njit

AHEAD: Final = constant(8)
"""Seconds by which the venue's clock may be ahead of the row clock: far more than clocks differ."""
_SECOND_NS: Final = constant(NS_PER_S)


@njit
def arrived_ns(row: Record) -> int:
    """Return when a TRADE, QUOTE or BOOK reached us; its own time where nobody noted it."""
    now_ns = row.recv_ts_ns if row.recv_ts_ns > 0 else row.exch_ts_ns
    assert now_ns > 0, "an event without a time: neither the venue's nor that of its arrival"
    return now_ns


@njit
def happened_ns(row: Record) -> int:
    """Return the venue's time of a TRADE, QUOTE or BOOK; its arrival's where it says none."""
    return row.exch_ts_ns if row.exch_ts_ns > 0 else row.recv_ts_ns


@njit
def second_of(exch_ts_ns: int) -> int:
    """Return the bucket of a time: whole seconds since 1970, rounded up."""
    return (exch_ts_ns + _SECOND_NS - 1) // _SECOND_NS


@njit
def slot(second: int, size: int) -> int:
    """Return the place of a bucket in a ring of `size`, a power of two."""
    return second & (size - 1)


@njit
def within(second: int, head: int, window: int) -> bool:
    """Return whether the sum over `window` seconds that ends at `head` holds that bucket."""
    return head - window < second <= head
