"""The channel breakout: buy a new high, leave at a new low.

Long when the close is above the highest high of the `entry` rows before it, flat when it is below
the lowest low of the `exit` rows before it (Donchian's channel, with the windows of the first
system in Faith's Way of the Turtle, 2007: 20 and 10). The Turtles bought inside the bar; a bar
that has closed is known, so here its close has to lie outside the channel, not only its high.
"""

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from sigma_cli.strategies.features import Feature, highest, lowest
from sigma_cli.strategies.strategy import Columns


class Params(BaseModel, frozen=True, extra="forbid"):
    """Windows of the channel, in rows of the run's interval."""

    entry: int = Field(
        default=20, ge=1, le=100_000, description="Rows whose high is to be exceeded."
    )
    exit: int = Field(default=10, ge=1, le=100_000, description="Rows whose low is to be undercut.")


class Breakout:
    """Long above the channel, flat below it."""

    params = Params

    def __init__(self, params: Params) -> None:
        self._upper = highest("high", params.entry)
        self._lower = lowest("low", params.exit)

    @property
    def lookback_rows(self) -> int:
        """The current row, and the one before: its channel is the one to break."""
        return 2

    def features(self) -> tuple[Feature, ...]:
        """Return both sides of the channel."""
        return self._upper, self._lower

    def signal(self, columns: Columns) -> NDArray[np.float64]:
        """Return 1 where the close is above the channel, 0 where below it, else NaN."""
        close = columns["close"][1:]
        target = np.full(len(columns), np.nan)
        target[1:][close > columns[self._upper][:-1]] = 1.0
        target[1:][close < columns[self._lower][:-1]] = 0.0
        return target
