"""The golden cross: long while a fast average is above a slow one.

Buy when fast > slow now and the last unequal comparison was fast < slow; sell when mirrored.
Equality changes nothing. The averages come from integer sums, so equality is exact.
"""

from pydantic import Field

from sigma_cli.strategies.crossing import Crossing, Windows
from sigma_cli.strategies.features import sma


class Params(Windows, frozen=True, extra="forbid"):
    """Windows in rows of the run's interval."""

    fast: int = Field(
        default=10, ge=1, le=10_000, description="Window of the fast average, in rows."
    )
    slow: int = Field(
        default=30, ge=2, le=10_000, description="Window of the slow average, in rows."
    )


class SmaCross(Crossing):
    """Long above, flat below."""

    params = Params

    def __init__(self, params: Params) -> None:
        super().__init__(sma("close", params.fast), sma("close", params.slow), params.ties_max)
