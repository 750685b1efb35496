"""Who was the aggressor, and what the trade cost him against the mid.

    effective_spread = 2 D (p - mid) / mid of the last trade,    D = 1 for a buy, -1 for a sell

D is the venue's own flag; where it gives none, Lee and Ready's rule ("Inferring Trade Direction
from Intraday Data", Journal of Finance 46, 1991): above the mid is a buy, below a sell, at the mid
the sign of the last change of price. The mid is that of the touch just before the trade in the
venue's time, with no delay of 5 s: at one time, a trade comes before the quote that it leaves
behind. Quotes may arrive before their trade, so the last few are kept.
"""

import math
from typing import Final

from sigma_cli.domain.dtypes.layout import Record, record
from sigma_cli.kernels.jit import constant, njit

QUOTES: Final = constant(64)
"""Touches that are kept; a trade older than all of them has no mid."""

SEEN: Final = record(("exch_ts_ns", "i8"), ("sum_u", "i8"))
"""One touch: its time, and bid + ask; 0: unknown."""

SIGNS: Final = record(
    ("price_u", "i8"),  # of the last trade
    ("direction", "i8"),  # of its last change
    ("effective_spread", "f8"),  # of the last trade
    ("at", "i8"),
    ("quotes", SEEN, (int(QUOTES),)),
)
"""The last trade, and the last touches in order of arrival."""


@njit
def signs_touch(s: Record, exch_ts_ns: int, sum_u: int) -> None:
    """Remember a touch. s: SIGNS."""
    s.at = (s.at + 1) & (QUOTES - 1)
    seen = s.quotes[s.at]
    seen.exch_ts_ns = exch_ts_ns
    seen.sum_u = sum_u


@njit
def signs_trade(s: Record, exch_ts_ns: int, price_u: int, side: int) -> int:
    """Take a trade with the side its venue gave; return its side, 0: nobody knows. s: SIGNS."""
    if price_u != s.price_u:
        if s.price_u > 0:
            s.direction = 1 if price_u > s.price_u else -1
        s.price_u = price_u
    sum_u = _before(s, exch_ts_ns)
    off_u = 2 * price_u - sum_u
    sign = side
    if sign == 0:
        sign = s.direction
        if sum_u > 0 and off_u != 0:
            sign = 1 if off_u > 0 else -1
    s.effective_spread = 2.0 * sign * off_u / sum_u if sum_u > 0 and sign != 0 else math.nan
    return sign


@njit
def _before(s: Record, exch_ts_ns: int) -> int:
    """Return bid + ask just before that time, 0: unknown."""
    for k in range(QUOTES):
        seen = s.quotes[(s.at - k) & (QUOTES - 1)]
        if seen.exch_ts_ns < exch_ts_ns:
            return seen.sum_u
    return 0
