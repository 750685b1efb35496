"""A user's strategy on pandas-ta-classic: holds while Aroon finds the high newer than the low."""

import numpy as np
import pandas as pd
import pandas_ta_classic as ta
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from sigma_cli.strategies.features import Feature
from sigma_cli.strategies.strategy import Columns


class Params(BaseModel):
    window: int = Field(default=14, ge=2, le=1_000)


class Aroon:
    params = Params

    def __init__(self, params: Params) -> None:
        self.window = params.window
        self.lookback_rows = params.window + 1

    def features(self) -> tuple[Feature, ...]:
        return ()

    def signal(self, columns: Columns) -> NDArray[np.float64]:
        target = np.full(len(columns), np.nan)
        high, low = pd.Series(columns["high"]), pd.Series(columns["low"])
        aroon = ta.aroon(high, low, length=self.window)
        if aroon is not None:  # what it returns for fewer rows than a window
            oscillator = aroon[f"AROONOSC_{self.window}"].to_numpy()
            target[oscillator > 50] = 1
            target[oscillator < -50] = 0
        return target
