"""Buy at once and keep: what every other strategy has to beat."""

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from sigma_cli.strategies.features import Feature
from sigma_cli.strategies.strategy import Columns


class Params(BaseModel, frozen=True, extra="forbid"):
    """None: there is nothing to choose."""


class BuyAndHold:
    """Fully long on every row, so that a refused entry is tried again."""

    params = Params

    def __init__(self, params: Params) -> None:
        """Take the parameters that every strategy is made with."""

    @property
    def lookback_rows(self) -> int:
        """The current row is enough."""
        return 1

    def features(self) -> tuple[Feature, ...]:
        """Return nothing: it looks at nothing."""
        return ()

    def signal(self, columns: Columns) -> NDArray[np.float64]:
        """Return 1 on every row."""
        return np.ones(len(columns))
