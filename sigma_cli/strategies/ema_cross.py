"""The crossing of two exponential averages: long while the fast one is above the slow one.

Buy when fast > slow now and the last unequal comparison was fast < slow; sell when mirrored.
Equality changes nothing. Fast above slow is Appel's MACD line above zero, and 12 and 26 are his
windows (Technical Analysis: Power Tools for Active Investors, 2005).
"""

from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field, model_validator

from sigma_cli.kernels.features.crossings import crossings
from sigma_cli.strategies.features import Feature, ema
from sigma_cli.strategies.strategy import Columns


class Params(BaseModel, frozen=True, extra="forbid"):
    """Windows in rows of the run's interval."""

    fast: int = Field(
        default=12, ge=1, le=10_000, description="Window of the fast average, in rows."
    )
    slow: int = Field(
        default=26, ge=2, le=10_000, description="Window of the slow average, in rows."
    )
    ties_max: int = Field(
        default=1_000,
        ge=0,
        le=100_000,
        description="Rows of equality after which the past is forgotten.",
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.fast >= self.slow:
            raise ValueError(f"fast ({self.fast}) must be less than slow ({self.slow})")
        return self


class EmaCross:
    """Long above, flat below."""

    params = Params

    def __init__(self, params: Params) -> None:
        self._fast = ema("close", params.fast)
        self._slow = ema("close", params.slow)
        self._ties_max = params.ties_max

    @property
    def lookback_rows(self) -> int:
        """The longest run of ties, the comparison before it and the one that ends it."""
        return self._ties_max + 2

    def features(self) -> tuple[Feature, ...]:
        """Return the two averages."""
        return self._fast, self._slow

    def signal(self, columns: Columns) -> NDArray[np.float64]:
        """Return 1 where fast crosses above slow, 0 where below, else NaN."""
        return crossings(columns[self._fast], columns[self._slow], self._ties_max)
