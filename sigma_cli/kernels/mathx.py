"""Logarithms that are the same bits compiled and in plain Python, and never raise.

Both forms end in the C library's `log`; the rest of the kernels computes with + - * / and sqrt
only, which IEEE 754 rounds in one way.
"""

import math

from sigma_cli.kernels.jit import njit


@njit
def log(value: float) -> float:
    """Return the natural logarithm of `value`, NaN where there is none: at and below zero."""
    return math.log(value) if value > 0.0 else math.nan


@njit
def log_ratio(above: float, below: float) -> float:
    """Return ln(above / below), NaN unless both are positive."""
    if not (above > 0.0 and below > 0.0):
        return math.nan
    ratio = above / below
    if 0.0 < ratio < math.inf:
        return math.log(ratio)
    return math.log(above) - math.log(below)  # the ratio is beyond what a float can be
