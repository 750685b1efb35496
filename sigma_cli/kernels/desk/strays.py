"""What no order of ours explains: changes of balance, and facts about orders that are not ours.

Writes `state.strays`, the gaps of `state.watch` and the metrics that come of them. Must not book
anything: `account.py` does, and a difference that the venue reports is not booked at all.
"""

from sigma_cli.domain.dtypes.bounds import MINUTES_REMEMBERED
from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.switches import Metric
from sigma_cli.domain.units import NS_PER_MINUTE
from sigma_cli.kernels.jit import constant, njit

UNEXPLAINED, UNTRACKED = constant(Metric.UNEXPLAINED), constant(Metric.UNTRACKED)
_MINUTES = constant(MINUTES_REMEMBERED)
_MINUTE_NS = constant(NS_PER_MINUTE)


@njit
def on_external(state: Record, fact: Record) -> None:
    """Take a change of balance, as far as it is not what a reported balance has told already."""
    w = state.watch[fact.market]
    told_u = 0
    if fact.size_u > 0:
        told_u = min(max(w.gap_u, 0), fact.size_u)
    elif fact.size_u < 0:
        told_u = max(min(w.gap_u, 0), fact.size_u)
    w.gap_u -= told_u
    _add(state, abs(fact.fee) + _value(state, fact.market, fact.size_u - told_u))


@njit
def on_balance(state: Record, fact: Record) -> None:
    """Take a balance as the venue reports it: how the difference to what we know has changed."""
    w = state.watch[fact.market]
    gap_u = fact.size_u - state.positions[fact.market].size_u
    _add(state, _value(state, fact.market, gap_u - w.gap_u))
    w.gap_u = gap_u


@njit
def on_stranger(state: Record) -> None:
    """Count a fact about an order that is not ours."""
    state.strays.facts += 1
    state.metrics[UNTRACKED] = float(state.strays.facts)


@njit
def on_rearm(state: Record) -> None:
    """Count facts anew: a person has looked at those before."""
    state.strays.facts = 0
    state.metrics[UNTRACKED] = 0.0


@njit
def measure(state: Record, params: Record) -> None:
    """Add up the changes of the window, this minute included, as a share of equity."""
    _go_on(state)
    total = 0.0
    for back in range(params.unexplained_minutes):
        total += state.strays.values[(state.strays.minute - back) % _MINUTES]
    equity = state.account.equity
    state.metrics[UNEXPLAINED] = total / equity if equity > 0.0 else 0.0


@njit
def _value(state: Record, market: int, size_u: int) -> float:
    position = state.positions[market]
    return abs(size_u) * position.rules.size_scale * position.mark


@njit
def _add(state: Record, value: float) -> None:
    _go_on(state)
    state.strays.values[state.strays.minute % _MINUTES] += value


@njit
def _go_on(state: Record) -> None:
    """Empty the minutes that have passed since the last look."""
    minute = state.now_ns // _MINUTE_NS
    for back in range(min(minute - state.strays.minute, _MINUTES)):
        state.strays.values[(minute - back) % _MINUTES] = 0.0
    state.strays.minute = minute
