"""Trades by their aggressor, over windows of the venue's time: who is buying, how much, how fast.

    cumdelta             (B - S) / (B + S), B and S what aggressors bought and sold; raw: B - S
    trade_imbalance      the same of counts, or of sizes
    vwmomentum_1m        ln(VWAP(t - 60, t] / VWAP(t - 120, t - 60])
    tape_accel           ln((n10 / 10 + 1 / 60) / (n60 / 60 + 1 / 60)), n the trades of 10 and 60 s
    sign_entropy         Shannon entropy of the aggressors' sides in bits: 1 when they are balanced

Where nobody traded, an imbalance is 0, an entropy or VWAP is NaN. Sums are exact integers. Price
times size fits no integer: the two VWAPs are added anew for each row, 120 buckets, and never
drift. Warm-up: the length of the window.
"""

import math
from typing import Final

from sigma_cli.domain.dtypes.layout import Record, record
from sigma_cli.kernels.features.seconds import AHEAD, slot, within
from sigma_cli.kernels.jit import constant, njit
from sigma_cli.kernels.mathx import log, log_ratio

SLOTS: Final = constant(1_024)
SHORT: Final = constant(10)
MINUTE: Final = constant(60)
FIVE: Final = constant(300)
TEN: Final = constant(600)
"""Windows, in seconds; the ring has room for the longest."""

TRADED: Final = record(
    ("trades", "i8"),
    ("buys", "i8"),
    ("sells", "i8"),
    ("bought_u", "i8"),
    ("sold_u", "i8"),
    ("size_u", "i8"),  # of all, those of unknown side included
)
"""What was traded in some seconds."""

FLOW: Final = record(
    ("since", "i8"),  # the second in which the first trade arrived; 0: none has
    ("late", "i8"),  # trades older than every window, in none of them
    ("short", TRADED),
    ("minute", TRADED),
    ("five", TRADED),
    ("ten", TRADED),
    ("buckets", TRADED, (int(SLOTS),)),
    ("values", "f8", (int(SLOTS),)),  # price_u x size_u of each bucket
)
"""The trades of ten minutes by second, and sums over the last 10, 60, 300 and 600 seconds."""


@njit
def flow_trade(s: Record, head: int, second: int, side: int, price_u: int, size_u: int) -> None:
    """Count one trade of the aggressor `side`, 0 if unknown, in its second. s: FLOW."""
    if second <= head - TEN:
        s.late += 1
        return
    if second > head + AHEAD:
        return
    at = slot(second, SLOTS)
    _count(s.buckets[at], side, size_u)
    s.values[at] += float(price_u) * float(size_u)
    if second > head:
        return
    _count(s.ten, side, size_u)
    if within(second, head, FIVE):
        _count(s.five, side, size_u)
    if within(second, head, MINUTE):
        _count(s.minute, side, size_u)
    if within(second, head, SHORT):
        _count(s.short, side, size_u)


@njit
def flow_tick(s: Record, second: int) -> None:
    """Let `second` into the sums, and what is older than their windows out. s: FLOW."""
    entering = s.buckets[slot(second, SLOTS)]
    _slide(s.short, entering, s.buckets[slot(second - SHORT, SLOTS)])
    _slide(s.minute, entering, s.buckets[slot(second - MINUTE, SLOTS)])
    _slide(s.five, entering, s.buckets[slot(second - FIVE, SLOTS)])
    _slide(s.ten, entering, s.buckets[slot(second - TEN, SLOTS)])
    future = slot(second + AHEAD, SLOTS)
    bucket = s.buckets[future]
    bucket.trades = bucket.buys = bucket.sells = 0
    bucket.bought_u = bucket.sold_u = bucket.size_u = 0
    s.values[future] = 0.0


@njit
def _count(sums: Record, side: int, size_u: int) -> None:
    sums.trades += 1
    sums.size_u += size_u
    if side > 0:
        sums.buys += 1
        sums.bought_u += size_u
    elif side < 0:
        sums.sells += 1
        sums.sold_u += size_u


@njit
def _slide(sums: Record, entering: Record, leaving: Record) -> None:
    sums.trades += entering.trades - leaving.trades
    sums.buys += entering.buys - leaving.buys
    sums.sells += entering.sells - leaving.sells
    sums.bought_u += entering.bought_u - leaving.bought_u
    sums.sold_u += entering.sold_u - leaving.sold_u
    sums.size_u += entering.size_u - leaving.size_u


@njit
def is_full(s: Record, head: int, window: int) -> bool:
    """Return whether trades were seen throughout the window that ends at `head`. s: FLOW."""
    return s.since > 0 and head - window >= s.since


@njit
def volume_imbalance(sums: Record) -> float:
    """Return (B - S) / (B + S) of sizes, 0 where nothing was traded. sums: TRADED."""
    return _imbalance(sums.bought_u, sums.sold_u)


@njit
def count_imbalance(sums: Record) -> float:
    """Return (B - S) / (B + S) of counts, 0 where nothing was traded. sums: TRADED."""
    return _imbalance(sums.buys, sums.sells)


@njit
def _imbalance(buys: int, sells: int) -> float:
    return (buys - sells) / (buys + sells) if buys + sells > 0 else 0.0


@njit
def acceleration(s: Record) -> float:
    """Return `tape_accel`. s: FLOW."""
    lately = s.short.trades / SHORT + 1.0 / MINUTE
    before = s.minute.trades / MINUTE + 1.0 / MINUTE
    return log_ratio(lately, before)


@njit
def sign_entropy(s: Record) -> float:
    """Return the entropy of the last five minutes' sides in bits. s: FLOW."""
    buys, sells = s.five.buys, s.five.sells
    if buys + sells == 0:
        return math.nan
    if buys == 0 or sells == 0:
        return 0.0
    p = buys / (buys + sells)
    q = sells / (buys + sells)
    return -(p * log(p) + q * log(q)) / log(2.0)


@njit
def momentum(s: Record, head: int) -> float:
    """Return `vwmomentum_1m` at the second `head`. s: FLOW."""
    now = _vwap(s, head)
    before = _vwap(s, head - MINUTE)
    return log_ratio(now, before)


@njit
def _vwap(s: Record, until: int) -> float:
    """Return the mean price_u, by size, of the minute that ends at `until`."""
    value, size_u = 0.0, 0
    for second in range(until - MINUTE + 1, until + 1):
        at = slot(second, SLOTS)
        value += s.values[at]
        size_u += s.buckets[at].size_u
    return value / size_u if size_u > 0 else math.nan
