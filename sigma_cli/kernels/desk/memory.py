"""What closed round trips taught: returns, fees, losses in a row, and how entries were filled.

Writes `state.memory` and the metrics that come of it. Must not decide anything. A round trip that
earned nothing after its fees lost.
"""

import math

from sigma_cli.domain.dtypes.bounds import ENTRIES_REMEMBERED, TRIPS_REMEMBERED
from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.switches import Metric
from sigma_cli.kernels.desk import ranked
from sigma_cli.kernels.jit import constant, njit

LOSSES, FEE_SHARE = constant(Metric.LOSSES), constant(Metric.FEE_SHARE)
SLIPPAGE, SLIPPAGE_P95 = constant(Metric.SLIPPAGE), constant(Metric.SLIPPAGE_P95)
_TRIPS, _ENTRIES = constant(TRIPS_REMEMBERED), constant(ENTRIES_REMEMBERED)


@njit
def on_closed(state: Record, gross: float, fees: float, value: float) -> None:
    """Remember a round trip: profit before fees, all its fees, and what its entry was worth."""
    assert value > 0.0
    memory = state.memory
    at = memory.trips % _TRIPS
    net = gross - fees
    memory.returns[at] = net / value
    memory.gross[at] = gross
    memory.fees[at] = fees
    memory.trips += 1
    memory.losses = 0 if net > 0.0 else memory.losses + 1
    state.metrics[LOSSES] = float(memory.losses)
    gross_sum = fees_sum = 0.0
    for k in range(min(memory.trips, _TRIPS)):
        gross_sum += memory.gross[k]
        fees_sum += memory.fees[k]
    state.metrics[FEE_SHARE] = fees_sum / gross_sum if gross_sum > 0.0 else math.inf
    state.samples[FEE_SHARE] = min(memory.trips, _TRIPS)


@njit
def on_entry(state: Record, slippage: float) -> None:
    """Remember how much worse than decided an entry was filled, as a share of the price."""
    memory = state.memory
    ranked.push(memory.slippage, memory.slippage_ranked, memory.entries, slippage)
    memory.entries += 1
    held = min(memory.entries, _ENTRIES)
    total = 0.0
    for k in range(held):
        total += memory.slippage[k]
    state.metrics[SLIPPAGE] = total / held
    state.metrics[SLIPPAGE_P95] = ranked.percentile(memory.slippage_ranked, memory.entries, 95)
    state.samples[SLIPPAGE] = held
    state.samples[SLIPPAGE_P95] = held


@njit
def wins(state: Record, last: int) -> tuple[int, int]:
    """Return how many of the `last` round trips won, and how many there were."""
    memory = state.memory
    count = min(memory.trips, last, _TRIPS)
    won = 0
    for back in range(1, count + 1):
        if memory.returns[(memory.trips - back) % _TRIPS] > 0.0:
            won += 1
    return won, count
