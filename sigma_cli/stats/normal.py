"""The normal law: how likely a value is to stay below, and which value has a given likelihood."""

from math import erfc, sqrt
from statistics import NormalDist
from typing import Final

_STANDARD: Final = NormalDist()


def cdf(value: float) -> float:
    """Return the chance that a standard normal number is at most `value`.

    By the complementary error function, which loses no digits in the lower tail.
    """
    return 0.5 * erfc(-value / sqrt(2.0))


def quantile(chance: float) -> float:
    """Return the value that a standard normal number stays below with `chance`, inside (0, 1).

    Source: Wichura, "Algorithm AS 241: The Percentage Points of the Normal Distribution", Applied
    Statistics 37 (1988), as Python's `statistics` has it; relative error about 1e-16.
    """
    return _STANDARD.inv_cdf(chance)
