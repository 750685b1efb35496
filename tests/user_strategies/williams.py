"""A user's strategy on TA-Lib: buys when Williams' %R leaves its lowest fifth."""

import numpy as np
import talib
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from sigma_cli.strategies.features import Feature
from sigma_cli.strategies.strategy import Columns


class Params(BaseModel):
    window: int = Field(default=14, ge=2, le=1_000)


class Williams:
    params = Params

    def __init__(self, params: Params) -> None:
        self.window = params.window
        self.lookback_rows = params.window + 1  # a window, and the row before it

    def features(self) -> tuple[Feature, ...]:
        return ()

    def signal(self, columns: Columns) -> NDArray[np.float64]:
        now = talib.WILLR(columns["high"], columns["low"], columns["close"], self.window)
        before = np.append(np.nan, now[:-1])
        target = np.full(len(columns), np.nan)
        target[(before <= -80) & (now > -80)] = 1
        target[(before >= -20) & (now < -20)] = 0
        return target
