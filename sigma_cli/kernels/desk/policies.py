"""What the policies on ticks think of a market: a score in [0, 1], NaN where they can't tell.

One function a policy, chosen by number (`domain/policies.py`): a function passed along could not
be kept compiled. Writes nothing.
"""

import math

from sigma_cli.domain.dtypes import Record
from sigma_cli.domain.policies import Policy
from sigma_cli.kernels.features.recent import recent_imbalance
from sigma_cli.kernels.jit import constant, inline

IMBALANCE = constant(Policy.IMBALANCE)


@inline
def score(plan: Record, mind: Record) -> float:
    """Return the score of a market, whose FEATURES are `mind`."""
    if plan.policy == IMBALANCE:
        return 0.5 + 0.5 * recent_imbalance(mind.recent)
    return math.nan
