"""Time-series momentum: what has risen is held, what has fallen is not.

Long while the close is more than `threshold` above the one `window` rows before; flat while it is
more than `threshold` below; in between nothing changes. With a threshold of 0 this is the rule of
Moskowitz, Ooi and Pedersen ("Time series momentum", Journal of Financial Economics 104, 2012),
long side only; their scaling by volatility is the sizer's matter.
"""

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from sigma_cli.strategies.features import Feature, roc
from sigma_cli.strategies.strategy import Columns


class Params(BaseModel, frozen=True, extra="forbid"):
    """How far back to compare, and what counts as a change."""

    window: int = Field(
        default=60, ge=1, le=100_000, description="How far back to compare, in rows."
    )
    threshold: float = Field(
        default=0.0, ge=0.0, le=1.0, description="Change that counts, 0.01 is 1 %."
    )


class Momentum:
    """Long after a rise, flat after a fall."""

    params = Params

    def __init__(self, params: Params) -> None:
        self._change = roc("close", params.window)
        self._threshold = params.threshold

    @property
    def lookback_rows(self) -> int:
        """The current row: its rate of change knows the past."""
        return 1

    def features(self) -> tuple[Feature, ...]:
        """Return the rate of change."""
        return (self._change,)

    def signal(self, columns: Columns) -> NDArray[np.float64]:
        """Return 1 above the threshold, 0 below its negative, else NaN."""
        change = columns[self._change]
        target = np.full(len(columns), np.nan)
        target[change > self._threshold] = 1.0
        target[change < -self._threshold] = 0.0
        return target
