"""Candles of one market as columns of integers: what the lake returns and the kernels read."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.instruments import Instrument

CANDLE_COLUMNS: Final = ("open_ts_ns", "open_u", "high_u", "low_u", "close_u", "volume_u")
"""The columns of a stored candle, all int64, in file order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candles:
    """Candles of one market in order of `open_ts_ns`, without duplicates. Every column int64 [n].

    Prices count in 10^-price_exp, volumes in 10^-size_exp of `instrument`. A minute without a
    trade has no row: nothing is filled in.
    """

    instrument: Instrument
    interval_ns: int
    open_ts_ns: NDArray[np.int64]
    open_u: NDArray[np.int64]
    high_u: NDArray[np.int64]
    low_u: NDArray[np.int64]
    close_u: NDArray[np.int64]
    volume_u: NDArray[np.int64]
    synthetic: bool = False
    """True when any row was generated rather than recorded."""

    def __len__(self) -> int:
        return len(self.open_ts_ns)
