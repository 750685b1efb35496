"""Signed volume of ten minutes against a week of its like, as a z-score.

    flow_toxicity = (x - mean) / sd,   x = B - S of the last 10 min; mean and sd (ddof 0) of x at
                                       the 1,008 multiples of 10 min in the last 7 days

Mean and deviation are computed anew at each of those, so nothing drifts. NaN where sd is 0.
Warm-up: 7 days and the ten minutes before them.
"""

import math
from typing import Final

from sigma_cli.domain.dtypes.layout import Record, record
from sigma_cli.kernels.features.rings import wrapped
from sigma_cli.kernels.jit import njit

WEEK: Final = 1_008
"""Ten-minute windows in seven days."""

TOXICITY: Final = record(
    ("seen", "i8"),
    ("at", "i8"),
    ("centre", "f8"),
    ("deviation", "f8"),
    ("nets_u", "i8", (WEEK,)),
)
"""Signed volumes of a week: seen (up to the window), next place, their mean and deviation."""


@njit
def toxicity_sample(s: Record, net_u: int) -> None:
    """Take the signed volume of a whole ten minutes. s: TOXICITY."""
    s.nets_u[s.at] = net_u
    s.at = wrapped(s.at + 1, WEEK)
    s.seen = min(s.seen + 1, WEEK)
    if s.seen < WEEK:
        return
    total = 0.0
    for k in range(WEEK):
        total += float(s.nets_u[wrapped(s.at + k, WEEK)])
    s.centre = total / WEEK
    squares = 0.0
    for k in range(WEEK):
        off = s.nets_u[wrapped(s.at + k, WEEK)] - s.centre
        squares += off * off
    s.deviation = math.sqrt(squares / WEEK)


@njit
def toxicity(s: Record, net_u: int) -> float:
    """Return the z-score of the signed volume of the last ten minutes. s: TOXICITY."""
    if s.seen < WEEK or not s.deviation > 0.0:
        return math.nan
    return (net_u - s.centre) / s.deviation
