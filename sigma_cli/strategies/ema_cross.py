"""The crossing of two exponential averages: long while the fast one is above the slow one.

Buy when fast > slow now and the last unequal comparison was fast < slow; sell when mirrored.
Equality changes nothing. Fast above slow is Appel's MACD line above zero, and 12 and 26 are his
windows (Technical Analysis: Power Tools for Active Investors, 2005).
"""

from pydantic import Field

from sigma_cli.strategies.crossing import Crossing, Windows
from sigma_cli.strategies.features import ema


class Params(Windows, frozen=True, extra="forbid"):
    """Windows in rows of the run's interval."""

    fast: int = Field(
        default=12, ge=1, le=10_000, description="Window of the fast average, in rows."
    )
    slow: int = Field(
        default=26, ge=2, le=10_000, description="Window of the slow average, in rows."
    )


class EmaCross(Crossing):
    """Long above, flat below."""

    params = Params

    def __init__(self, params: Params) -> None:
        super().__init__(ema("close", params.fast), ema("close", params.slow), params.ties_max)
