"""What the policies on ticks think of a market: a score in [0, 1], NaN where they can't tell.

    imbalance   (1 + i) / 2, i of the last 50 trades by volume
    scalper     (1 + sum of w x / sum of w) / 2 with four x, each in [-1, 1]: bid_ask_imbalance,
                microprice_dev, ofi_10s and trade_imbalance_10s by volume, over `scales`; one
                without weight need not be known

One function a policy, chosen by number (`domain/policies.py`): a function passed along could not
be kept compiled. All that they read is known within a minute. Writes nothing.
"""

import math

from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.policies import SCORE_PARTS, Policy
from sigma_cli.kernels.features.flow import SHORT, is_full, volume_imbalance
from sigma_cli.kernels.features.ofi import WINDOW as OFI_WINDOW
from sigma_cli.kernels.features.ofi import ofi
from sigma_cli.kernels.features.recent import recent_imbalance
from sigma_cli.kernels.features.touch import imbalance, is_known, microprice_dev
from sigma_cli.kernels.jit import constant, inline, njit

IMBALANCE, SCALPER = constant(Policy.IMBALANCE), constant(Policy.SCALPER)


@inline
def score(plan: Record, mind: Record) -> float:
    """Return the score of a market, whose FEATURES are `mind`."""
    if plan.policy == IMBALANCE:
        return 0.5 + 0.5 * recent_imbalance(mind.recent)
    if plan.policy == SCALPER:
        return _scalper(plan, mind)
    return math.nan


@inline
def expected(plan: Record, score: float) -> float:
    """Return what a score promises: taken for the chance of the target against as wide a stop."""
    return (2.0 * score - 1.0) * plan.target


@njit
def _scalper(plan: Record, mind: Record) -> float:
    touch, flow, weights = mind.touch, mind.flow, plan.weights
    sees_book = weights[0] + weights[1] + weights[2] > 0.0
    if sees_book and not (is_known(touch) and touch.since <= mind.head - OFI_WINDOW):
        return math.nan
    if weights[3] > 0.0 and not is_full(flow, mind.head, SHORT):
        return math.nan
    parts = (
        imbalance(touch),
        microprice_dev(touch),
        ofi(mind.ofi),
        volume_imbalance(flow.short),
    )
    total, weight = 0.0, 0.0
    for i in range(SCORE_PARTS):
        if weights[i] > 0.0:
            total += weights[i] * min(max(parts[i] / plan.scales[i], -1.0), 1.0)
            weight += weights[i]
    return 0.5 + 0.5 * total / weight
