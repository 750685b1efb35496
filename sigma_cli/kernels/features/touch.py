"""The best bid and ask of one market, and what they say by themselves.

    spread_pct          (ask - bid) / mid
    bid_ask_imbalance   (qb - qa) / (qb + qa), of the sizes at the touch
    microprice_dev      (microprice - mid) / mid, in bps = imbalance x spread / 2 / mid

Quotes and whole books both show the touch; what is older than what is known (a smaller
`update_id`) says nothing new. Where the venue numbers nothing (NO_UPDATE, all of Upbit) none is
old: the last to arrive counts. A touch with an empty side, or one that is crossed or locked, is no
touch: all of this is NaN until the next one.
"""

import math
from typing import Final

from sigma_cli.domain.dtypes.layout import Record, record
from sigma_cli.kernels.jit import njit

TOUCH: Final = record(
    (
        "since",
        "i8",
    ),  # when the first touch, or that after a gap, arrived: a second; 0: none has
    ("stale", "i8"),  # touches that came after a newer one
    ("update_id", "i8"),  # NO_UPDATE: whatever number comes next is the newest
    ("exch_ts_ns", "i8"),
    ("bid_u", "i8"),  # 0: no touch is known
    ("bid_size_u", "i8"),
    ("ask_u", "i8"),
    ("ask_size_u", "i8"),
)
"""The touch as last told."""


@njit
def is_known(s: Record) -> bool:
    """Return whether there is a touch. s: TOUCH."""
    return s.bid_u > 0


@njit
def normalise(s: Record) -> None:
    """Make a touch that is none unknown. s: TOUCH, just filled."""
    if s.bid_u <= 0 or s.bid_u >= s.ask_u or s.bid_size_u <= 0 or s.ask_size_u <= 0:
        s.bid_u = s.bid_size_u = s.ask_u = s.ask_size_u = 0


@njit
def copy_touch(into: Record, s: Record) -> None:
    """Copy what the book looked like. Both: TOUCH."""
    into.bid_u = s.bid_u
    into.bid_size_u = s.bid_size_u
    into.ask_u = s.ask_u
    into.ask_size_u = s.ask_size_u


@njit
def spread(s: Record) -> float:
    """Return `spread_pct`, a fraction. s: TOUCH."""
    if not is_known(s):
        return math.nan
    return 2.0 * (s.ask_u - s.bid_u) / (s.ask_u + s.bid_u)


@njit
def imbalance(s: Record) -> float:
    """Return `bid_ask_imbalance`, in (-1, 1). s: TOUCH."""
    if not is_known(s):
        return math.nan
    return (s.bid_size_u - s.ask_size_u) / (s.bid_size_u + s.ask_size_u)


@njit
def microprice(s: Record) -> float:
    """Return the microprice in price units. s: TOUCH."""
    return 0.5 * (s.ask_u + s.bid_u) + 0.5 * (s.ask_u - s.bid_u) * imbalance(s)


@njit
def microprice_dev(s: Record) -> float:
    """Return `microprice_dev`, in bps. s: TOUCH."""
    return 1e4 * 0.5 * spread(s) * imbalance(s)
