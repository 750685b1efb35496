"""How much flow the book swallows for each tick that the price gives way, against what is usual.

    a                 = |B - S| / (1 + |d mid| / tick),     over the last 60 s
    flow_absorption   = a / median of a at the 60 whole minutes of the last hour

(Not the absorption ratio of Kritzman, which is a share of principal components.) NaN where the
median is 0, or a mid of that hour is unknown. Warm-up: 60 minutes and the 60 s before them.
"""

import math
from typing import Final

import numpy as np

from sigma_cli.domain.dtypes.layout import Record, record
from sigma_cli.kernels.features.rings import wrapped
from sigma_cli.kernels.jit import njit

HOUR: Final = 60
"""Minutes whose median is what is usual."""

ABSORPTION: Final = record(
    ("seen", "i8"),
    ("at", "i8"),
    ("usual", "f8"),  # the median
    ("minutes", "f8", (HOUR,)),
)
"""a at the last whole minutes: seen (up to the window), next place, and their median."""


@njit
def absorbed(net_u: int, sum_u: int, before_u: int, tick_u: int) -> float:
    """Return a of a net flow, from bid + ask now and 60 s before; 0: unknown, NaN."""
    if sum_u == 0 or before_u == 0:
        return math.nan
    return abs(net_u) / (1.0 + abs(sum_u - before_u) / (2.0 * tick_u))


@njit
def absorption_minute(s: Record, value: float) -> None:
    """Take a of a whole minute into the median. s: ABSORPTION."""
    s.minutes[s.at] = value
    s.at = wrapped(s.at + 1, HOUR)
    s.seen = min(s.seen + 1, HOUR)
    s.usual = _median(s) if s.seen == HOUR else math.nan


@njit
def _median(s: Record) -> float:
    """Return the median by insertion; NaN if one of them is."""
    ranked = np.empty(HOUR, np.float64)
    for i in range(HOUR):
        value = s.minutes[i]
        if math.isnan(value):
            return math.nan
        k = i
        while k > 0 and ranked[k - 1] > value:
            ranked[k] = ranked[k - 1]
            k -= 1
        ranked[k] = value
    return 0.5 * (ranked[HOUR // 2 - 1] + ranked[HOUR // 2])


@njit
def absorption(s: Record, value: float) -> float:
    """Return a against its median. s: ABSORPTION."""
    if s.seen < HOUR or not s.usual > 0.0:
        return math.nan
    return value / s.usual
