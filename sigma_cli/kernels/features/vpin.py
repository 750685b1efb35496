"""Volume-synchronised probability of informed trading, with the venue's own aggressor flags.

Trades fill buckets of equal volume V, a fiftieth of a mean day's; one that does not fit is split.

    VPIN = mean of |B - S| / V over the last 50 buckets

(Easley, Lopez de Prado and O'Hara, "Flow Toxicity and Liquidity in a High-frequency World", Review
of Financial Studies 25, 2012; exact sides in place of their bulk classification. Andersen and
Bondarenko, 2014, find that it then tells little beyond volume and volatility.) Trades of unknown
side fill buckets too. Warm-up: 50 buckets. A mean day of fewer units than buckets has no V: it is
unknown, and when it becomes so the bucket at hand is the last; later ones are 50 anew.
"""

import math
from typing import Final

from sigma_cli.domain.dtypes.layout import Record, record
from sigma_cli.kernels.features.rings import wrapped
from sigma_cli.kernels.jit import constant, njit

BUCKETS: Final = 50

VPIN: Final = record(
    ("next_u", "i8"),  # V of buckets to come; 0: unknown, nothing is counted
    ("bucket_u", "i8"),  # V of the bucket that is being filled
    ("filled_u", "i8"),
    ("net_u", "i8"),
    ("seen", "i8"),
    ("at", "i8"),
    ("value", "f8"),
    ("shares", "f8", (BUCKETS,)),
)
"""The bucket that is being filled, |B - S| / V of the last full ones, and their mean."""
_BUCKETS: Final = constant(BUCKETS)


@njit
def vpin_trade(s: Record, window: int, side: int, size_u: int) -> None:
    """Pour one trade of the aggressor `side` into buckets; the mean is over `window`. s: VPIN."""
    if s.bucket_u == 0:
        s.bucket_u = s.next_u
    if s.bucket_u == 0:
        return
    left_u = size_u
    while left_u >= s.bucket_u - s.filled_u:
        rest_u = s.bucket_u - s.filled_u
        _close(s, window, abs(s.net_u + side * rest_u) / s.bucket_u)
        left_u -= rest_u
        s.bucket_u = s.next_u
        s.filled_u = 0
        s.net_u = 0
        if s.bucket_u == 0:
            s.seen = 0
            return
        if left_u > window * s.bucket_u:  # a trade that fills them all, and more
            left_u -= (left_u // s.bucket_u - window) * s.bucket_u
    s.filled_u += left_u
    s.net_u += side * left_u


@njit
def _close(s: Record, window: int, share: float) -> None:
    """Take the imbalance of a full bucket; add the mean anew, so that it never drifts."""
    s.shares[s.at] = share
    s.at = wrapped(s.at + 1, window)
    s.seen = min(s.seen + 1, window)
    total = 0.0
    for k in range(window):
        total += s.shares[wrapped(s.at + k, window)]
    s.value = total / window


@njit
def vpin(s: Record, window: int) -> float:
    """Return the mean imbalance of the last `window` buckets, in [0, 1]. s: VPIN."""
    return float(s.value) if s.seen == window else math.nan
