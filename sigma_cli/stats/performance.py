"""A series of returns in the usual numbers. Pure; undefined is NaN.

Definitions are those of empyrical, against which the tests hold them: returns are simple, the
riskless rate is 0, and the return that is asked for is 0.
"""

from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
from numpy.typing import NDArray

from sigma_cli.stats.equity import max_drawdown


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """What returns amount to, on a year where the name says so."""

    annual_return: float
    """Compounded."""
    annual_volatility: float
    sortino: float
    """Mean / root mean square of the losses, annualised."""
    calmar: float
    """Annual return / deepest drawdown."""
    tail_ratio: float
    """The 95th percentile / the 5th, without sign."""
    best: float
    worst: float
    positive: float
    """Share of returns above 0."""


def performance(returns: NDArray[np.float64], per_year: float) -> Performance:
    """Return the numbers of `returns`, of which a year has `per_year`."""
    if len(returns) < 2:
        return Performance(**dict.fromkeys(Performance.__dataclass_fields__, nan))
    grown = np.cumprod(np.append(1.0, 1.0 + returns))
    with np.errstate(over="ignore"):
        annual = float(grown[-1] ** (per_year / len(returns)) - 1.0) if grown[-1] >= 0 else nan
    below = float(np.sqrt(np.mean(np.minimum(returns, 0.0) ** 2)))
    depth = max_drawdown(grown).depth
    low, high = (abs(float(at)) for at in np.percentile(returns, (5, 95)))
    return Performance(
        annual_return=annual,
        annual_volatility=float(returns.std(ddof=1)) * sqrt(per_year),
        sortino=float(returns.mean()) / below * sqrt(per_year) if below else nan,
        calmar=annual / depth if depth else nan,
        tail_ratio=high / low if low else nan,
        best=float(returns.max()),
        worst=float(returns.min()),
        positive=float(np.mean(returns > 0)),
    )
