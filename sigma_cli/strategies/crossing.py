"""What strategies of two crossing averages share: bounds of their windows, and the signal.

Buy when fast > slow now and the last unequal comparison was fast < slow; sell when mirrored.
Equality changes nothing. Must not know which averages they are.
"""

from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field, model_validator

from sigma_cli.kernels.features.crossings import crossings
from sigma_cli.strategies.features import Feature
from sigma_cli.strategies.strategy import Columns


class Windows(BaseModel, frozen=True, extra="forbid"):
    """Windows in rows of the run's interval; each strategy has its own defaults."""

    fast: int = Field(ge=1, le=10_000, description="Window of the fast average, in rows.")
    slow: int = Field(ge=2, le=10_000, description="Window of the slow average, in rows.")
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


class Crossing:
    """Long above, flat below."""

    def __init__(self, fast: Feature, slow: Feature, ties_max: int) -> None:
        self._fast = fast
        self._slow = slow
        self._ties_max = ties_max

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
