"""Round-trip trades: how fills become them, and what they say about a strategy. Pure.

A round trip begins when a position leaves zero and ends when it is back at zero, whatever was
added or taken away in between. What is undefined is NaN: no loss, no profit factor.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeStats:
    """Closed round trips in numbers. Returns and PnL are after fees."""

    closed: int
    wins: int
    losses: int
    win_rate: float
    """Share of closed trades that made money; those that made exactly nothing did not."""
    payoff: float
    """Mean win / mean loss."""
    profit_factor: float
    """Sum of wins / sum of losses."""
    pnl_mean: float
    pnl_best: float
    pnl_worst: float
    bars_mean: float
    """Bars held, on average."""


def trade_stats(pnl: NDArray[np.float64], bars: NDArray[np.int64]) -> TradeStats:
    """Return the statistics of closed trades from the PnL and the bars held of each."""
    won, lost = pnl[pnl > 0], -pnl[pnl < 0]
    closed = len(pnl)
    nan = float("nan")
    return TradeStats(
        closed=closed,
        wins=len(won),
        losses=len(lost),
        win_rate=len(won) / closed if closed else nan,
        payoff=float(won.mean() / lost.mean()) if len(won) and len(lost) else nan,
        profit_factor=float(won.sum() / lost.sum()) if len(lost) else nan,
        pnl_mean=float(pnl.mean()) if closed else nan,
        pnl_best=float(pnl.max()) if closed else nan,
        pnl_worst=float(pnl.min()) if closed else nan,
        bars_mean=float(bars.mean()) if closed else nan,
    )
