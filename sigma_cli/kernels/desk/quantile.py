"""A quantile of all values so far, from five markers and none of the values.

The P-square algorithm: the markers stand at the minimum, at p / 2, p, (1 + p) / 2 and at the
maximum; where one has drifted from where it should stand, it moves by one place, along a parabola
through its neighbours. (Jain and Chlamtac, "The P2 Algorithm for Dynamic Calculation of Quantiles
and Histograms Without Storing Observations", Communications of the ACM 28, 1985.)
"""

import math

from sigma_cli.domain.dtypes.bounds import QUANTILE_MARKERS
from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.kernels.jit import constant, njit

MARKERS = constant(QUANTILE_MARKERS)
LAST = constant(QUANTILE_MARKERS - 1)


@njit
def push(s: Record, share: float, value: float) -> None:
    """Take a value, which is not NaN; `share` is that of all values below it. s: QUANTILE."""
    if s.seen < MARKERS:
        at = s.seen
        while at > 0 and s.heights[at - 1] > value:
            s.heights[at] = s.heights[at - 1]
            at -= 1
        s.heights[at] = value
        s.places[s.seen] = float(s.seen)
        s.seen += 1
        return
    s.heights[0] = min(s.heights[0], value)
    s.heights[LAST] = max(s.heights[LAST], value)
    for k in range(1, LAST):
        if value < s.heights[k]:
            s.places[k] += 1.0
    s.places[LAST] += 1.0
    s.seen += 1
    for k in range(1, LAST):
        _settle(s, k, float(s.seen - 1) * _share_of(share, k))


@njit
def _share_of(share: float, k: int) -> float:
    if k == 2:
        return share
    return 0.5 * share if k == 1 else 0.5 * (1.0 + share)


@njit
def _settle(s: Record, k: int, wanted: float) -> None:
    """Move a marker by a place towards where it should stand, if its neighbours let it."""
    n, q = s.places, s.heights
    off = wanted - n[k]
    if off >= 1.0 and n[k + 1] - n[k] > 1.0:
        step, beside = 1.0, k + 1
    elif off <= -1.0 and n[k - 1] - n[k] < -1.0:
        step, beside = -1.0, k - 1
    else:
        return
    up = (n[k] - n[k - 1] + step) * (q[k + 1] - q[k]) / (n[k + 1] - n[k])
    down = (n[k + 1] - n[k] - step) * (q[k] - q[k - 1]) / (n[k] - n[k - 1])
    height = q[k] + step * (up + down) / (n[k + 1] - n[k - 1])
    if not q[k - 1] < height < q[k + 1]:
        height = q[k] + step * (q[beside] - q[k]) / (n[beside] - n[k])
    q[k] = height
    n[k] += step


@njit
def value_of(s: Record) -> float:
    """Return the quantile of what was taken, NaN of fewer than five values. s: QUANTILE."""
    return s.heights[2] if s.seen >= MARKERS else math.nan
