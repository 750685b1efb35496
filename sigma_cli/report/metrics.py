"""The numbers of a run's summary, from its full equity series. Pure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sigma_cli.stats.equity import max_drawdown, sharpe, total_return


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """What one equity series amounts to. Undefined is NaN."""

    final_equity: float
    total_return: float
    sharpe: float
    sharpe_basis: str
    max_drawdown: float
    """A share of the high before it: 0.15 is -15 %."""
    drawdown_peak_ts_ns: int
    drawdown_trough_ts_ns: int


def summarise(
    ts_ns: NDArray[np.int64], equity: NDArray[np.float64], start_cash: float, *, always_open: bool
) -> Metrics:
    """Return the metrics of `equity` [n >= 1] at `ts_ns`, which began as `start_cash`.

    `always_open`: the markets trade on every day of the year.
    """
    if equity[0] != start_cash:
        ts_ns = np.append(ts_ns[:1], ts_ns)
        equity = np.append(start_cash, equity)
    ratio = sharpe(ts_ns, equity, always_open=always_open)
    worst = max_drawdown(equity)
    return Metrics(
        final_equity=float(equity[-1]),
        total_return=total_return(equity),
        sharpe=ratio.value,
        sharpe_basis=ratio.basis,
        max_drawdown=worst.depth,
        drawdown_peak_ts_ns=int(ts_ns[worst.peak]),
        drawdown_trough_ts_ns=int(ts_ns[worst.trough]),
    )


def held_return(first: NDArray[np.float64], last: NDArray[np.float64], fee: float) -> float:
    """Return what buying every market once at `first`, in equal parts, is worth at `last`.

    The fee (a fraction) is paid on the way in; nothing is sold at the end, as in a run whose last
    positions are still open.
    """
    return float(((last / first).mean() * (1.0 - fee)) - 1.0)
