"""Return, drawdown and Sharpe ratio of one equity series. Pure; 1,000,000 points take some 10 ms.

A series is two arrays of equal length: times (int64 nanoseconds UTC, not falling) and equity
(float64). Its first point is the money at the start. What is undefined is NaN, never 0: a
strategy that did nothing has no Sharpe ratio.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.units import NS_PER_DAY
from sigma_cli.stats.days import last_of_days

DAYS_MIN: Final = 10
"""Daily returns needed before a Sharpe ratio is built on days rather than on the bars."""
DAYS_ALWAYS_OPEN: Final = 365
"""Trading days in a year of a market that never closes."""
DAYS_WITH_WEEKENDS: Final = 252
"""Trading days in a year of a market that rests at weekends, by convention."""

_NOISE: Final = 1e-14  # what rounding alone makes of equal returns

Times = NDArray[np.int64]
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharpe:
    """An annualised Sharpe ratio, and what it was computed from."""

    value: float
    basis: str
    returns: int
    """How many returns it rests on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """Returns that follow each other, and how many of them a year has."""

    returns: Values
    per_year: float
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawdown:
    """The deepest fall from an earlier high, with the indices where it began and ended."""

    depth: float
    """A share of the high: 0.15 is -15 %."""
    peak: int
    trough: int


def total_return(equity: Values) -> float:
    """Return last / first - 1, or NaN when there is no positive start."""
    if len(equity) == 0 or not equity[0] > 0:
        return float("nan")
    return float(equity[-1] / equity[0] - 1.0)


def drawdowns(equity: Values) -> Values:
    """Return how far each point lies below the highest point so far, as a share of that high."""
    high = np.maximum.accumulate(equity, axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        below = np.subtract(high, equity)
        return np.divide(below, high, out=below)


def max_drawdown(equity: Values) -> Drawdown:
    """Return the deepest drawdown; depth 0 at index 0 when equity never fell."""
    if len(equity) == 0:
        return Drawdown(depth=float("nan"), peak=0, trough=0)
    depths = drawdowns(equity)
    trough = int(np.argmax(depths))
    peak = int(np.argmax(equity[: trough + 1]))
    return Drawdown(depth=float(depths[trough]), peak=peak, trough=trough)


def sampled(ts_ns: Times, equity: Values, *, always_open: bool) -> Sampled:
    """Return the returns that judge a series [n >= 2]: of UTC days, or of single bars.

    Simple returns from one day's last equity to the next one's, the first from the start of the
    series. With fewer than `DAYS_MIN` days the returns of single bars take their place, and
    `basis` says so: such numbers are noisy and flattered by any autocorrelation.
    """
    days_a_year = DAYS_ALWAYS_OPEN if always_open else DAYS_WITH_WEEKENDS
    last = last_of_days(ts_ns, always_open=always_open)
    if len(last) >= DAYS_MIN:
        closes = equity[last if last[0] == 0 else np.append(0, last)]
        basis = f"daily returns (UTC), {days_a_year} days a year"
        return Sampled(returns=_changes(closes), per_year=float(days_a_year), basis=basis)
    days = (int(ts_ns[-1]) - int(ts_ns[0])) / NS_PER_DAY
    if not always_open:
        days = float(len(last))
    per_year = (len(equity) - 1) / days * days_a_year if days > 0 else float("nan")
    basis = f"returns of single bars: {len(last)} days are fewer than {DAYS_MIN}"
    return Sampled(returns=_changes(equity), per_year=per_year, basis=basis)


def sharpe(ts_ns: Times, equity: Values, *, always_open: bool) -> Sharpe:
    """Return the Sharpe ratio: mean / standard deviation of returns, times sqrt(returns a year).

    Returns are those of `sampled`; the riskless rate is 0; the deviation has n - 1 degrees of
    freedom.

    Sources: Sharpe, "The Sharpe Ratio", Journal of Portfolio Management 21 (1994); Lo, "The
    Statistics of Sharpe Ratios", Financial Analysts Journal 58 (2002), for the square root, which
    assumes returns that do not depend on each other.
    """
    if len(equity) < 2:
        return Sharpe(value=float("nan"), basis="too few points", returns=0)
    found = sampled(ts_ns, equity, always_open=always_open)
    value = float("nan")
    if len(found.returns) >= 2 and equity.min() > 0:
        deviation = float(found.returns.std(ddof=1))
        if deviation > _NOISE:
            value = float(found.returns.mean()) / deviation * found.per_year**0.5
    return Sharpe(value=value, basis=found.basis, returns=len(found.returns))


def _changes(equity: Values) -> Values:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(equity[1:] / equity[:-1] - 1.0)
