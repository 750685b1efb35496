"""Feature rows as shares of 1: fixed maps where a feature is bounded, the bounds of the day else.

    bounded by nature   x / 100, (x + 1) / 2, x / 2, x, or log1p(bps) / log1p(10,000) of the spread
    all else            (x - low) / (high - low), low and high being the fences Q1 - 1.5 IQR and
                        Q3 + 1.5 IQR, or the least and the greatest value where those are nearer

What lies beyond is clipped to [0, 1]; a feature without bounds, or that never moved, is NaN.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.layout import Record, record
from sigma_cli.domain.features import BOUND_PARTS, SCALES, Column, Scale
from sigma_cli.kernels.jit import constant, njit
from sigma_cli.kernels.mathx import log

BOUNDS: Final = record(*((part, "f8", (len(Column),)) for part in BOUND_PARTS))
"""What the rows of seven days were like, for the day that follows; NaN: too few were known."""

_SCALE_OF: Final = np.array([SCALES.get(column, Scale.DAY) for column in Column], np.int64)
_DAY: Final = constant(Scale.DAY)
_HUNDRED: Final = constant(Scale.HUNDRED)
_SIGNED: Final = constant(Scale.SIGNED)
_CODE: Final = constant(Scale.CODE)
_SPREAD: Final = constant(Scale.SPREAD)
_BPS: Final = 10_000.0


@njit
def bounded(row: NDArray[np.float64], bounds: Record, out: NDArray[np.float64]) -> None:
    """Fill `out` with the columns of `row` as shares of 1. bounds: BOUNDS."""
    for column in range(len(row)):
        share = _share(row[column], _SCALE_OF[column], bounds, column)
        if share < 0.0:
            share = 0.0
        elif share > 1.0:
            share = 1.0
        out[column] = share


@njit
def _share(value: float, scale: int, bounds: Record, column: int) -> float:
    if scale == _DAY:
        # By name in brackets: in plain Python a record's own `min` and `max` are methods.
        low = max(bounds.low[column], bounds["min"][column])
        high = min(bounds.high[column], bounds["max"][column])
        return (value - low) / (high - low) if high > low else math.nan
    if scale == _HUNDRED:
        return value / 100.0
    if scale == _SIGNED:
        return (value + 1.0) / 2.0
    if scale == _CODE:
        return value / 2.0
    if scale == _SPREAD:
        return log(1.0 + value * _BPS) / log(1.0 + _BPS)
    return value
