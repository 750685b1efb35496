"""Adaptive Kelly: which fraction of equity the closed round trips allow. A heuristic.

    full = max(0, W - (1 - W) |mean loss| / mean win),   W the share of round trips that won

of the last 200 returns (Kelly, "A New Interpretation of Information Rate", 1956, for a bet with two
outcomes; here the raw fraction is used as a share of a position). Down at once, up slowly: where
the lower bound of a circular block bootstrap (Politis and Romano, 1992) is not above 0, the
fraction is 0 and positions are probes; else it goes a step of the way up. Writes `state.kelly`.
The bootstrap draws from our own generator, seeded by the number of round trips: no clock, no luck.
"""

import numpy as np

from sigma_cli.domain.dtypes.bounds import TRIPS_REMEMBERED
from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.kernels.desk import ranked
from sigma_cli.kernels.jit import constant, njit
from sigma_cli.kernels.rng import draw, stream

_TRIPS = constant(TRIPS_REMEMBERED)


@njit
def on_closed(state: Record, params: Record) -> None:
    """Learn anew when enough round trips were closed since the last lesson."""
    trips = state.memory.trips
    if trips % params.stakes.trips_min != 0:
        return
    kelly, stakes = state.kelly, params.stakes
    kelly.full = full(state)
    kelly.bound = bound(state, params)
    if kelly.bound <= 0.0:
        kelly.fraction = 0.0
    else:
        aim = min(kelly.full, stakes.ceiling)
        raised = (1.0 - stakes.step) * kelly.fraction + stakes.step * aim
        kelly.fraction = min(kelly.full, raised)


@njit
def may_probe(state: Record, params: Record) -> bool:
    """Return whether the day has a probe left."""
    kelly = state.kelly
    is_new = kelly.day_end_ns != state.account.day_end_ns
    return is_new or kelly.probes < params.stakes.probes_max


@njit
def on_probe(state: Record) -> None:
    """Count a round trip that began while the fraction was 0."""
    kelly = state.kelly
    if kelly.day_end_ns != state.account.day_end_ns:
        kelly.day_end_ns = state.account.day_end_ns
        kelly.probes = 0
    kelly.probes += 1


@njit
def full(state: Record) -> float:
    """Return the fraction that the remembered round trips would have borne."""
    memory = state.memory
    count = min(memory.trips, _TRIPS)
    wins, won, lost = 0, 0.0, 0.0
    for k in range(count):
        value = memory.returns[k]
        if value > 0.0:
            wins += 1
            won += value
        else:
            lost -= value
    return _fraction(count, wins, won, lost)


@njit
def bound(state: Record, params: Record) -> float:
    """Return the lower bound of the fraction: of resamples, so many percent are not above it."""
    memory, stakes = state.memory, params.stakes
    count = min(memory.trips, _TRIPS)
    oldest = memory.trips - count
    random = stream(memory.trips, 0)
    ring, order = np.empty(stakes.resamples), np.empty(stakes.resamples)
    for sample in range(stakes.resamples):
        start, wins, won, lost = 0, 0, 0.0, 0.0
        for taken in range(count):
            if taken % stakes.block == 0:
                start = draw(random) % count
            value = memory.returns[(oldest + (start + taken % stakes.block) % count) % _TRIPS]
            if value > 0.0:
                wins += 1
                won += value
            else:
                lost -= value
        ranked.push(ring, order, sample, _fraction(count, wins, won, lost))
    return ranked.percentile(order, stakes.resamples, stakes.bound_percent)


@njit
def _fraction(count: int, wins: int, won: float, lost: float) -> float:
    if wins == 0:
        return 0.0
    share = wins / count
    if wins == count:
        return share
    return max(0.0, share - (1.0 - share) * (lost / (count - wins)) / (won / wins))
