"""A user's strategy on plain numpy: buys what is far below its median, the more the further."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from sigma_cli.strategies.features import Feature
from sigma_cli.strategies.strategy import Columns


class Params(BaseModel):
    window: int = Field(default=31, ge=3, le=1_001)


class Outlier:
    params = Params

    def __init__(self, params: Params) -> None:
        self.lookback_rows = params.window

    def features(self) -> tuple[Feature, ...]:
        return ()

    def signal(self, columns: Columns) -> NDArray[np.float64]:
        close, rows = columns["close"], self.lookback_rows
        target = np.full(len(columns), np.nan)
        if len(columns) < rows:
            return target
        windows = sliding_window_view(close, rows)
        median = np.median(windows, axis=1)
        spread = np.median(np.abs(windows - median[:, None]), axis=1)
        below = (median - close[rows - 1 :]) / np.maximum(spread, 1e-9)
        target[rows - 1 :] = np.where(below > 2, np.clip(below / 10, 0, 1), np.nan)
        target[rows - 1 :][below < 0] = 0
        return target
