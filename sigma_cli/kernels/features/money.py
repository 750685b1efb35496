"""Money flow index over 14 bars: the RSI of price and volume (Quong and Soudack, S&C 7:3, 1989).

    MFI = 100 P / (P + N),   P the sum of (high + low + close) volume where high + low + close rose,
                             N where it fell; a tie is neither

High + low + close are compared as integers: in floating point the typical price of two bars may
differ by an ulp where it is the same, and one wrong sign moves the index by several points (TA-Lib
erred so before it took such differences for ties). Where nothing flowed it is 50. Warm-up: 14 rows
of NaN.
"""

import math
from typing import Final

from sigma_cli.domain.dtypes.layout import Record, record
from sigma_cli.kernels.features.rings import wrapped
from sigma_cli.kernels.jit import njit

WINDOW: Final = 14

MONEY: Final = record(
    ("seen", "i8"),
    ("at", "i8"),
    ("before_u", "i8"),
    ("ring", "f8", (WINDOW,)),
)
"""Bars seen (up to one more than the window), high + low + close of the last; signed flows."""


@njit
def mfi_advance(s: Record, bar: Record) -> float:
    """Take one bar (BAR); return the index in [0, 100], NaN for the first 14. s: MONEY."""
    ring = s.ring
    size = len(ring)
    sum_u = bar.high_u + bar.low_u + bar.close_u
    rise = sum_u - s.before_u
    s.before_u = sum_u
    s.seen = min(s.seen + 1, size + 1)
    if s.seen == 1:
        return math.nan
    flow = float(sum_u) * float(bar.volume_u)
    ring[s.at] = flow if rise > 0 else -flow if rise < 0 else 0.0
    s.at = wrapped(s.at + 1, size)
    if s.seen <= size:
        return math.nan
    positive = negative = 0.0
    for k in range(size):
        flow = ring[wrapped(s.at + k, size)]
        if flow > 0.0:
            positive += flow
        else:
            negative -= flow
    both = positive + negative
    return 100.0 * positive / both if both > 0.0 else 50.0
