"""How much each market moves: its average true range, kept bar by bar.

Writes `state.ranges`. Nothing is kept unless a sizer asks for it (`params.atr_bars`).
"""

from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.kernels.features.wilder import atr_advance
from sigma_cli.kernels.jit import njit


@njit
def on_bar(state: Record, event: Record, params: Record) -> None:
    """Take a bar into the average true range of its market."""
    bar = event.bar
    atr_advance(state.ranges[event.market], params.atr_bars, bar.high_u, bar.low_u, bar.close_u)


@njit
def volatility(state: Record, params: Record, market: int) -> float:
    """Return ATR / price of a market, 0 while it is not known yet."""
    average = state.ranges[market]
    mark_u = state.positions[market].mark_u
    if average.seen <= params.atr_bars or mark_u <= 0:
        return 0.0
    return average.value / mark_u
