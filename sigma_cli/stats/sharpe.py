"""How far a Sharpe ratio can be trusted: its error, and what luck alone would have shown. Pure.

Everything here is per period of the returns given; multiply a ratio or an error by the square
root of periods a year to annualise it. What is undefined is NaN.
"""

from dataclasses import dataclass
from math import e, isfinite, nan, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.stats.normal import cdf, quantile

EULER: Final = 0.57721566490153286
"""The Euler-Mascheroni constant."""
RETURNS_MIN: Final = 4
"""Returns below which a kurtosis means nothing."""
TRIES_MIN: Final = 10
"""Tries whose spread says something."""

_NOISE: Final = 1e-14  # what rounding alone makes of equal returns

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """What the error of a Sharpe ratio depends on."""

    count: int
    sharpe: float
    """Mean / standard deviation, the latter with n - 1 degrees of freedom."""
    skew: float
    kurtosis: float
    """Fourth moment / variance squared: 3 for normal returns."""


def moments(returns: Values) -> Moments:
    """Return the moments of `returns`; all NaN where they never differ or are too few."""
    count = len(returns)
    deviation = float(returns.std(ddof=1)) if count >= RETURNS_MIN else 0.0
    if not deviation > _NOISE:
        return Moments(count=count, sharpe=nan, skew=nan, kurtosis=nan)
    z = (returns - returns.mean()) / returns.std()
    return Moments(
        count=count,
        sharpe=float(returns.mean()) / deviation,
        skew=float((z**3).mean()),
        kurtosis=float((z**4).mean()),
    )


def lags_of(count: int) -> int:
    """Return how many lags of autocorrelation `count` returns can tell: 4 (n / 100)^(2/9).

    Source: Newey and West, "Automatic Lag Selection in Covariance Matrix Estimation", Review of
    Economic Studies 61 (1994).
    """
    return int(4.0 * (count / 100.0) ** (2.0 / 9.0))


def standard_error(returns: Values, lags: int | None = None) -> float:
    """Return the standard error of the Sharpe ratio of `returns`.

    Skew, fat tails and up to `lags` autocorrelations count (None: `lags_of`; 0: none). It is the
    generalised method of moments of Lo, "The Statistics of Sharpe Ratios", Financial Analysts
    Journal 58 (2002), weighted after Newey and West (Econometrica 55, 1987). With 0 lags it is the
    formula of Mertens, "Comments on Variance of the IID Estimator in Lo (2002)" (2002):
    (1 - skew SR + (kurtosis - 1) / 4 SR^2) / n, which Opdyke, "Comparing Sharpe Ratios: So Where
    Are the p-Values?", Journal of Asset Management 8 (2007), derives for any stationary returns.
    """
    found = moments(returns)
    if not isfinite(found.sharpe):
        return nan
    z = (returns - returns.mean()) / returns.std()
    influence = z - found.sharpe / 2.0 * (z**2 - 1.0)
    count = found.count
    lags = min(lags_of(count) if lags is None else lags, count - 1)
    variance = float(influence @ influence) / count
    for lag in range(1, lags + 1):
        weight = 1.0 - lag / (lags + 1.0)
        variance += 2.0 * weight * float(influence[lag:] @ influence[:-lag]) / count
    return sqrt(variance / count)


def plain_error(found: Moments) -> float:
    """Return the standard error from moments alone: as `standard_error` with 0 lags, but / (n - 1).

    Source: as `probabilistic`.
    """
    spread = 1.0 - found.skew * found.sharpe + (found.kurtosis - 1.0) / 4.0 * found.sharpe**2
    return sqrt(spread / (found.count - 1)) if spread > 0.0 else nan


def probabilistic(found: Moments, benchmark: float) -> float:
    """Return the chance that the true Sharpe ratio exceeds `benchmark`, per period.

    Source: Bailey and Lopez de Prado, "The Sharpe Ratio Efficient Frontier", Journal of Risk 15
    (2012). Returns may be skewed and have fat tails; they must not depend on each other.
    """
    error = plain_error(found)
    return cdf((found.sharpe - benchmark) / error) if error > 0.0 else nan


def expected_max(trials: int) -> float:
    """Return the greatest of `trials` standard normal numbers, as expected; 0 for a single one.

    Source: Bailey and Lopez de Prado, "The Deflated Sharpe Ratio", Journal of Portfolio Management
    40 (2014), equation 1. Within 2.5 % from 5 trials on.
    """
    if trials < 2:
        return 0.0
    first, second = quantile(1.0 - 1.0 / trials), quantile(1.0 - 1.0 / (trials * e))
    return (1.0 - EULER) * first + EULER * second


def spread_of(ratios: Values, count: int) -> float:
    """Return the standard deviation of the Sharpe ratios of tries of `count` returns each.

    At least that of pure noise, 1 / sqrt(n - 1): tries that resemble each other lie close
    together, and with their spread but their full number the best of them would be compared with
    too little. `ratios` are those that are known, per period; fewer than `TRIES_MIN` say nothing.
    """
    noise = 1.0 / sqrt(max(count - 1, 1))
    known = ratios[np.isfinite(ratios)]
    return max(noise, float(known.std(ddof=1))) if len(known) >= TRIES_MIN else noise


def luck(trials: int, spread: float) -> float:
    """Return the Sharpe ratio that the best of `trials` worthless tries would show.

    `spread`: the standard deviation of the tries' Sharpe ratios, per period.
    """
    return spread * expected_max(trials)


def deflated(found: Moments, trials: int, spread: float) -> float:
    """Return the deflated Sharpe ratio: the chance that skill, not the choice among tries, shows.

    It is the probabilistic Sharpe ratio against `luck`. Source: Bailey and Lopez de Prado (2014),
    as above. Tries that resemble each other are fewer than counted, so it errs on the strict side.
    """
    return probabilistic(found, luck(trials, spread))


def returns_needed(found: Moments, benchmark: float, chance: float = 0.95) -> float:
    """Return how many returns like these show a Sharpe ratio above `benchmark` with `chance`.

    Infinite where the ratio does not exceed it. Source: the minimum track record length of Bailey
    and Lopez de Prado (2012), as above.
    """
    if not isfinite(found.sharpe):
        return nan
    if found.sharpe <= benchmark:
        return float("inf")
    spread = plain_error(found) ** 2 * (found.count - 1)
    return 1.0 + spread * (quantile(chance) / (found.sharpe - benchmark)) ** 2
