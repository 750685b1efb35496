"""Divergence of price and RSI: a low that the momentum does not confirm is bought.

A pivot low of the RSI is lower than its `strength` neighbours on either side, so it is known
`strength` rows later. Long when a pivot low is confirmed at which the RSI is higher and the low
of the price lower than at the pivot low before it (bullish divergence); flat when a pivot high is
confirmed at which the RSI is lower and the high of the price higher (bearish). The two pivots must
lie `near` to `far` rows apart. Divergence is Wilder's (New Concepts in Technical Trading Systems,
1978); that it is told at pivots of the RSI, and the defaults, follow TradingView's built-in RSI
divergence indicator.
"""

from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field, model_validator

from sigma_cli.kernels.features.divergences import divergences
from sigma_cli.strategies.features import Feature, rsi
from sigma_cli.strategies.strategy import Columns


class Params(BaseModel, frozen=True, extra="forbid"):
    """The oscillator, and which pivots count."""

    window: int = Field(default=14, ge=2, le=10_000, description="Window of the RSI, in rows.")
    strength: int = Field(
        default=5, ge=1, le=1_000, description="Rows on either side that a pivot stands out from."
    )
    near: int = Field(
        default=5, ge=1, le=10_000, description="Fewest rows between two pivots compared."
    )
    far: int = Field(
        default=60, ge=1, le=10_000, description="Most rows between two pivots compared."
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.near > self.far:
            raise ValueError(f"near ({self.near}) must not be more than far ({self.far})")
        return self


class RsiDivergence:
    """Long after a bullish divergence, flat after a bearish one."""

    params = Params

    def __init__(self, params: Params) -> None:
        self._rsi = rsi(params.window)
        self._strength = params.strength
        self._near = params.near
        self._far = params.far

    @property
    def lookback_rows(self) -> int:
        """The earliest pivot that counts, and the neighbours of both on their outer sides."""
        return 2 * self._strength + self._far + 1

    def features(self) -> tuple[Feature, ...]:
        """Return the RSI."""
        return (self._rsi,)

    def signal(self, columns: Columns) -> NDArray[np.float64]:
        """Return 1 where a bullish divergence is confirmed, 0 where a bearish one, else NaN."""
        return divergences(
            columns["low"],
            columns["high"],
            columns[self._rsi],
            self._strength,
            self._near,
            self._far,
        )
