"""What the policies on ticks think of a market: a score in [0, 1], NaN where they can't tell.

    imbalance   (1 + i) / 2, i of the last 50 trades by volume
    scalper     (1 + sum of w x / sum of w) / 2 with four x, each in [-1, 1]: bid_ask_imbalance,
                microprice_dev, ofi_10s and trade_imbalance_10s by volume, over `scales`

One function a policy, chosen by number (`domain/policies.py`): a function passed along could not
be kept compiled. All that they read is known within a minute. Writes nothing.
"""

import math

from sigma_cli.domain.dtypes import Record
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


@njit
def _scalper(plan: Record, mind: Record) -> float:
    touch, flow, head = mind.touch, mind.flow, mind.head
    seen = is_known(touch) and touch.since <= head - OFI_WINDOW
    if not seen or not is_full(flow, head, SHORT):
        return math.nan
    parts = (
        imbalance(touch),
        microprice_dev(touch),
        ofi(mind.ofi),
        volume_imbalance(flow.short),
    )
    total, weight = 0.0, 0.0
    for i in range(SCORE_PARTS):
        total += plan.weights[i] * min(max(parts[i] / plan.scales[i], -1.0), 1.0)
        weight += plan.weights[i]
    return 0.5 + 0.5 * total / weight
