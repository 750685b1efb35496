"""Template: long while the close is above its average, flat while it is below.

    sigma backtest --strategy template.py:Template --period all
    sigma backtest --strategy template.py:Template --period all --set window=50
    python -m pytest test_template.py

A strategy says what it wants: one number for each row. Money, orders, fees and limits are the
desk's. What is said on a row is acted on when the next one opens.
"""

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from sigma_cli.strategies.features import Feature, sma
from sigma_cli.strategies.strategy import Columns


class Params(BaseModel, frozen=True, extra="forbid"):
    """What may be changed with --set: a type, a default and bounds each."""

    window: int = Field(default=20, ge=1, le=10_000, description="Window of the average, in rows.")


class Template:
    """Long above the average, flat below."""

    params = Params

    def __init__(self, params: Params) -> None:
        """Keep the parameters, and nothing else: a strategy remembers nothing between calls."""
        # Anything that remembers (sma, ema, rsi, atr, highest, lowest, roc) is best a feature:
        # compiled, shared, and the same in a backtest as live. A third argument names a longer
        # interval, like sma("close", 20, "1h"); only bars that have closed are seen.
        self.average = sma("close", params.window)

    @property
    def lookback_rows(self) -> int:
        """How many rows, the current one included, `signal` looks at to decide one."""
        return 1  # a feature knows its own past; close[t - 1] would need 2

    def features(self) -> tuple[Feature, ...]:
        """Return every feature that `signal` reads."""
        return (self.average,)

    def signal(self, columns: Columns) -> NDArray[np.float64]:
        """Return what to hold on each row: 1 fully long, 0.5 half, 0 flat, NaN no change.

        `columns` has open, high, low, close and volume, and the features. A row must not depend
        on later ones: no shift(-1), no mean of the whole column, no centred window.
        """
        close = columns["close"]
        average = columns[self.average]  # NaN while it warms up: compares with nothing
        target = np.full(len(columns), np.nan)
        target[close > average] = 1.0
        target[close < average] = 0.0
        return target
