"""Strategies that know what they cannot know, each in the way it happens to honest people.

Whatever believes a backtest has to refuse all of them: `CHEATERS` by name, each made with its
default parameters.
"""

from typing import Any, Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from sigma_cli.strategies.features import Feature, sma
from sigma_cli.strategies.strategy import Columns


class NoParams(BaseModel, frozen=True, extra="forbid"):
    pass


class PeeksOneBarAhead:
    """`shift(-1)`: buys when the next close will be higher."""

    params = NoParams
    lookback_rows = 2

    def __init__(self, params: NoParams) -> None:
        self.given = params

    def features(self) -> tuple[Feature, ...]:
        return ()

    def signal(self, columns: Columns) -> NDArray[np.float64]:
        close = columns["close"]
        coming = np.append(close[1:], close[-1:])
        return (coming > close).astype(np.float64)


class NormalisesByTheWholeColumn:
    """A z-score over all rows: mean and deviation know how high prices will go."""

    params = NoParams
    lookback_rows = 100

    def __init__(self, params: NoParams) -> None:
        self.given = params
        self._average = sma("close", 5)

    def features(self) -> tuple[Feature, ...]:
        return (self._average,)

    def signal(self, columns: Columns) -> NDArray[np.float64]:
        average = columns[self._average]
        if np.all(np.isnan(average)):
            return np.full(len(columns), np.nan)
        score = (average - np.nanmean(average)) / (np.nanstd(average) + 1e-9)
        clipped: NDArray[np.float64] = np.clip(-score, 0.0, 1.0)
        return clipped


class CentredWindowParams(BaseModel, frozen=True, extra="forbid"):
    half: int = Field(default=3, ge=1, le=100, description="Rows on either side.")


class CentredWindow:
    """A smoothed price whose window reaches as far forward as back: buys where it turns."""

    params = CentredWindowParams
    lookback_rows = 20

    def __init__(self, params: CentredWindowParams) -> None:
        self._half = params.half

    def features(self) -> tuple[Feature, ...]:
        return ()

    def signal(self, columns: Columns) -> NDArray[np.float64]:
        padded = np.pad(columns["close"], self._half, mode="edge")
        smooth = np.median(sliding_window_view(padded, 2 * self._half + 1), axis=1)
        target = np.full(len(columns), np.nan)
        target[1:][np.diff(smooth) > 0] = 1.0
        target[1:][np.diff(smooth) < 0] = 0.0
        return target


class ReadsAnUnclosedHigherBar:
    """Makes bars of five rows by itself and gives each row the close of the bar it lies in."""

    params = NoParams
    lookback_rows = 10

    def __init__(self, params: NoParams) -> None:
        self.given = params

    def features(self) -> tuple[Feature, ...]:
        return ()

    def signal(self, columns: Columns) -> NDArray[np.float64]:
        close = columns["close"]
        rows = np.arange(len(close))
        last_of_bar = np.minimum(rows // 5 * 5 + 4, len(close) - 1)
        return (close[last_of_bar] > close).astype(np.float64)


CHEATERS: Final[dict[str, Any]] = {
    "peeks one bar ahead": PeeksOneBarAhead,
    "normalises by the whole column": NormalisesByTheWholeColumn,
    "centred window": CentredWindow,
    "reads an unclosed higher bar": ReadsAnUnclosedHigherBar,
}
