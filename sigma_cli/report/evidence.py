"""Can a result be told from luck? The Sharpe ratio with its error, deflated by the tries. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite, nan, sqrt
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.report.inputs import Run, Table
from sigma_cli.stats import sharpe as ratios
from sigma_cli.stats.equity import Sampled, sampled

SURE: Final = 0.95
"""The deflated Sharpe ratio from which luck is called unlikely, by convention."""
ERRORS: Final = 1.96
"""Standard errors on either side of a 95 % interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Ratios and errors are annualised; what is undefined is NaN."""

    sharpe: float
    error: float
    probabilistic: float
    """Chance that the true ratio exceeds 0, had this been the only try."""
    trials: int
    luck: float
    """The ratio that the best of so many worthless tries would show."""
    deflated: float
    """Chance that the true ratio exceeds `luck`."""
    years: float
    """Length of the history."""
    years_needed: float
    """Length from which `deflated` would be `SURE`, returns being as they are."""
    skew: float
    kurtosis: float
    basis: str

    @property
    def known(self) -> bool:
        """Whether there is a ratio to judge."""
        return isfinite(self.deflated)


def returns_of(run: Run) -> Sampled:
    """Return the returns by which a run is judged, from the money at its start."""
    ts_ns, equity = run.equity["ts_ns"], run.equity["equity"]
    ts_ns = np.append(ts_ns[:1], ts_ns)
    equity = np.append(run.summary["start_cash"], equity)
    return sampled(ts_ns, equity, always_open=always_open(run.summary))


def always_open(summary: Mapping[str, Any]) -> bool:
    """Return whether the markets of a run trade on every day of the year."""
    return bool(summary.get("always_open", True))


def evidence(run: Run) -> Evidence:
    """Return what the returns of a run, and the number of tries, say about luck."""
    return weigh(returns_of(run), run.trials, run.tried)


def weigh(found: Sampled, trials: int, tried: NDArray[np.float64]) -> Evidence:
    """Return the evidence in returns; `tried`: the annual ratios of the tries that are stored."""
    moments = ratios.moments(found.returns)
    return weigh_moments(
        moments,
        found.per_year,
        trials,
        tried,
        error=ratios.standard_error(found.returns),
        basis=found.basis,
    )


def weigh_cell(cells: Table, cell: int, trials: int, tried: NDArray[np.float64]) -> Evidence:
    """Return the evidence of one cell of a sweep, as one of all the tries."""
    found = ratios.Moments(
        count=int(cells["returns_count"][cell]),
        sharpe=float(cells["returns_sharpe"][cell]),
        skew=float(cells["returns_skew"][cell]),
        kurtosis=float(cells["returns_kurtosis"][cell]),
    )
    ratio = float(cells["sharpe"][cell])
    per_year = (ratio / found.sharpe) ** 2 if found.sharpe else nan
    return weigh_moments(found, per_year, trials, tried, error=ratios.plain_error(found))


def weigh_moments(
    moments: ratios.Moments,
    per_year: float,
    trials: int,
    tried: NDArray[np.float64],
    *,
    error: float,
    basis: str = "",
) -> Evidence:
    """Return the evidence in the moments of returns, of which a year has `per_year`."""
    year = sqrt(per_year)
    spread = ratios.spread_of(tried / year, moments.count)
    needed = ratios.returns_needed(moments, ratios.luck(trials, spread), SURE)
    return Evidence(
        sharpe=moments.sharpe * year,
        error=error * year,
        probabilistic=ratios.probabilistic(moments, 0.0),
        trials=trials,
        luck=ratios.luck(trials, spread) * year,
        deflated=ratios.deflated(moments, trials, spread),
        years=moments.count / per_year,
        years_needed=needed / per_year,
        skew=moments.skew,
        kurtosis=moments.kurtosis,
        basis=basis,
    )
