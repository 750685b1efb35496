"""How far the price moves for money that presses on it: Kyle's lambda, over 15 minutes.

For each of the last ninety 10-s buckets, y is the change of the mid in bps and x the signed value
traded, in quote currency. Least squares with intercept:

    lambda = Sxy / Sxx      t = lambda / sqrt((Syy - lambda Sxy) / (n - 2) / Sxx)

(Kyle, "Continuous Auctions and Insider Trading", Econometrica 53, 1985.) Computed anew at every
tenth second, so nothing drifts; a trade that comes late joins its own bucket. NaN where x never
varies or a mid is unknown; t is NaN where the fit is exact. Warm-up: 15 minutes.
"""

import math
from typing import Final

from sigma_cli.domain.dtypes.layout import Record, record
from sigma_cli.kernels.jit import constant, njit

STEP: Final = constant(10)
"""Seconds in a bucket."""
BUCKETS: Final = constant(90)
WINDOW: Final = constant(900)
EXACT: Final = 1e-12
"""Share of the variance below which nothing is unexplained but roundings."""
_SLOTS: Final = constant(128)

IMPACT: Final = record(
    ("slope", "f8"),  # bps per unit of quote currency
    ("t_statistic", "f8"),
    ("moves", "f8", (int(_SLOTS),)),  # bps, by bucket
    ("values", "f8", (int(_SLOTS),)),  # quote currency, by bucket
)
"""Moves of the mid and signed values of fifteen minutes, and the last fit."""


@njit
def impact_trade(s: Record, head: int, second: int, value: float) -> None:
    """Count the signed value of a trade in its bucket. s: IMPACT."""
    if head - WINDOW < second <= head + STEP:
        s.values[_bucket(second)] += value


@njit
def impact_tick(s: Record, second: int, move: float) -> None:
    """Close the bucket that ends at `second`, a multiple of ten; fit again. s: IMPACT.

    `move` is the change of the mid over it, a fraction.
    """
    s.moves[_bucket(second)] = 1e4 * move
    s.values[_bucket(second + 2 * STEP)] = 0.0
    varies = False
    x_mean = y_mean = 0.0
    for k in range(BUCKETS):
        at = _bucket(second - k * STEP)
        varies = varies or s.values[at] != s.values[_bucket(second)]
        x_mean += s.values[at]
        y_mean += s.moves[at]
    x_mean /= BUCKETS
    y_mean /= BUCKETS
    sxx = sxy = syy = 0.0
    for k in range(BUCKETS):
        at = _bucket(second - k * STEP)
        x = s.values[at] - x_mean
        y = s.moves[at] - y_mean
        sxx += x * x
        sxy += x * y
        syy += y * y
    s.slope = s.t_statistic = math.nan
    if varies:
        s.slope = sxy / sxx
        unexplained = syy - s.slope * sxy
        if unexplained > EXACT * syy:
            s.t_statistic = s.slope / math.sqrt(unexplained / (BUCKETS - 2) / sxx)


@njit
def _bucket(second: int) -> int:
    """Return the place of the bucket, (t - 10 s, t] for a multiple t of ten, of that second."""
    return ((second + STEP - 1) // STEP) & (_SLOTS - 1)
