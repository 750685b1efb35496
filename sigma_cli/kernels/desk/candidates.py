"""Which markets a policy enters first, where it decides by the clock: those that promise most.

At each decision all markets are scored together. What is held may be left for its score; those that
are flat and good enough are entered in order of what is expected of them, until no slot is left.
Writes of `state.trips` what a decision leaves there.
"""

from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.orders import Phase
from sigma_cli.domain.units import NS_PER_S
from sigma_cli.kernels.desk import entering, leaving, policies, switchboard
from sigma_cli.kernels.features import market as features
from sigma_cli.kernels.jit import constant, inline, njit

FLAT, HOLDING = constant(Phase.FLAT), constant(Phase.HOLDING)
NOBODY = constant(-1)
SECOND_NS = constant(NS_PER_S)


@njit
def serve(state: Record, params: Record, outbox: Record, minds: Record) -> None:
    """Decide wherever a decision is due. `minds` is FEATURES [markets]."""
    waiting = 0
    for market in range(state.market_count):
        trip, plan = state.trips[market], params.plans[market]
        if plan.every_ns > 0 and state.now_ns >= trip.think_ns:
            trip.think_ns = state.now_ns - state.now_ns % plan.every_ns + plan.every_ns
            _judge(state, params, outbox, minds[market], market)
            waiting += int(trip.waits)
    for _ in range(waiting):
        best = _best(state)
        trip = state.trips[best]
        trip.waits = 0
        entering.enter(state, params, outbox, minds[best], best, trip.score)


@njit
def _judge(state: Record, params: Record, outbox: Record, mind: Record, market: int) -> None:
    """Score a market; leave what is held there if the score says so."""
    trip, plan = state.trips[market], params.plans[market]
    second = state.now_ns // SECOND_NS
    if 0 < mind.head < second:
        features.go_on(mind, second)  # the second that has just ended counts, as in its row
    score = policies.score(plan, mind)
    trip.expected = policies.expected(plan, score)
    if score >= 0.0:
        switchboard.on_score(state, params, market, score)
    if trip.phase == HOLDING:
        leaving.look_ahead(state, params, outbox, market)
    elif trip.phase == FLAT and score > plan.threshold:
        trip.score = score
        trip.waits = 1


@njit
def _best(state: Record) -> int:
    """Return the market that waits and promises most; of equals the first."""
    best = NOBODY
    for market in range(state.market_count):
        trip = state.trips[market]
        if trip.waits and (best == NOBODY or _promises_more(trip, state.trips[best])):
            best = market
    return best


@inline
def _promises_more(one: Record, other: Record) -> bool:
    """Return whether more is expected of a market; where a plan expects nothing, its score says."""
    if one.expected != other.expected:
        return bool(one.expected > other.expected)
    return bool(one.score > other.score)
