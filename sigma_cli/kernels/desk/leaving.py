"""When a policy on ticks leaves a market, and what becomes of it.

Why, the first that applies: the stop, the target, the trailing stop once half the target was seen,
the end of its time; and, when a decision is due, that more is to be lost than was gained. The stop
may be hit by the last trade where no book is known; time needs no price. A target that is a share
of the price lies beyond the cost of a round trip; one in ticks is as asked. No switch stands before
an exit; `selling.py` asks for the orders.

Writes, with `trips.py`, the round trip.
"""

import math

from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.orders import Phase
from sigma_cli.domain.requests import Reason
from sigma_cli.kernels.desk import dust, orders, selling, trips
from sigma_cli.kernels.desk.selling import NO_ORDER, RESTING
from sigma_cli.kernels.jit import constant, inline, njit
from sigma_cli.kernels.ticks import tick_at

ENTERING, LEAVING = constant(Phase.ENTERING), constant(Phase.LEAVING)
NONE, EXIT_STOP = constant(Reason.NONE), constant(Reason.EXIT_STOP)
EXIT_TARGET, EXIT_TRAILING = constant(Reason.EXIT_TARGET), constant(Reason.EXIT_TRAILING)
EXIT_EXPECTED = constant(Reason.EXIT_EXPECTED)
EXIT_TIME, EXIT_WAITED = constant(Reason.EXIT_TIME), constant(Reason.EXIT_WAITED)
EMERGENCY = constant(Reason.EMERGENCY)


@njit
def aim(state: Record, plan: Record, market: int) -> None:
    """Work out where a position is left, after a fill: looking is then a few comparisons."""
    trip, rules = state.trips[market], state.positions[market].rules
    mean_u = trip.cost_u / trip.bought_u
    tick_u = tick_at(int(mean_u), rules)
    stop_u = max(
        mean_u * (1.0 - plan.stop) if plan.stop > 0.0 else 0.0,
        mean_u - plan.stop_ticks * tick_u if plan.stop_ticks > 0 else 0.0,
    )
    trip.stop_u = math.floor(stop_u)
    fee = rules.fee_taker
    trip.even_u = math.floor(mean_u * (1.0 + fee) / (1.0 - fee)) + 1
    target_u = 0.0
    if plan.target > 0.0:
        target_u = max(mean_u * (1.0 + plan.target), float(trip.even_u))
    elif plan.target_ticks > 0:
        target_u = mean_u + plan.target_ticks * tick_u
    trip.target_u = math.ceil(target_u)
    trip.half_u = 0
    if plan.trail_atr > 0.0 and target_u > 0.0:
        trip.half_u = math.ceil(0.5 * (mean_u + target_u))
    trip.leave_ns = trip.entered_ns + plan.hold_ns if plan.hold_ns > 0 else 0


@inline
def is_worth_a_look(trip: Record, now_ns: int) -> bool:
    """Return whether there may be a reason to leave: said on every event, so it is quick."""
    bid_u = trip.bid_u
    return bool(
        bid_u <= trip.stop_u
        or 0 < trip.target_u <= bid_u
        or 0 < trip.half_u <= trip.highest_u
        or 0 < trip.leave_ns < now_ns
    )


@njit
def look(state: Record, params: Record, outbox: Record, market: int, atr: float) -> None:
    """Leave a position if there is a reason to; `atr` is the average true range / price."""
    trip = state.trips[market]
    if trip.bought_u > 0:
        reason = _reason(trip, params.plans[market], state.now_ns, atr)
        if reason != NONE:
            leave(state, params, outbox, market, reason)


@njit
def look_ahead(state: Record, params: Record, outbox: Record, market: int) -> None:
    """Leave what has gained more than its costs where `fade` of the gain is expected to be lost."""
    trip, plan = state.trips[market], params.plans[market]
    if plan.fade > 0.0 and trip.bid_u >= trip.even_u:
        mean_u = trip.cost_u / trip.bought_u
        if trip.expected < -plan.fade * (trip.bid_u - mean_u) / mean_u:
            leave(state, params, outbox, market, EXIT_EXPECTED)


@njit
def leave(state: Record, params: Record, outbox: Record, market: int, reason: int) -> None:
    """Begin to sell a position; what is at work in its market is called back."""
    trip, plan = state.trips[market], params.plans[market]
    is_urgent = reason in (EXIT_STOP, EXIT_TRAILING, EMERGENCY)
    if trip.phase == LEAVING:
        if is_urgent and trip.step == RESTING:  # no time to rest any more
            if selling.call_back(state, outbox, trip.order_no):
                trip.reason = reason
                selling.begin_ladder(state, trip)
        return
    if trip.phase == ENTERING:
        selling.call_back(state, outbox, trip.order_no)
        trips.tell_slippage(state, params, market)
    trip.phase = LEAVING
    trip.reason = reason
    trip.step = RESTING if plan.exit_wait_ns > 0 and not is_urgent else 0
    trip.asked_ns = state.now_ns
    if selling.has_made_way(state, outbox, trip):
        selling.sell(state, params, outbox, market)


@njit
def wait(state: Record, params: Record, outbox: Record, market: int) -> None:
    """Look at the clock while an exit is at work, and again at what was called back."""
    trip, plan = state.trips[market], params.plans[market]
    if trip.step == RESTING and 0 < trip.bid_u <= trip.stop_u:
        leave(state, params, outbox, market, EXIT_STOP)
    if not selling.has_made_way(state, outbox, trip):
        return
    if selling.is_unknown(state, trip.order_no):
        selling.call_back(state, outbox, trip.order_no)
        trip.order_no = NO_ORDER
    if trip.order_no == NO_ORDER:
        selling.sell(state, params, outbox, market)
    elif trip.step == RESTING:
        if state.now_ns - trip.asked_ns > plan.exit_wait_ns:
            orders.cancel(state, outbox, trip.order_no, EXIT_WAITED)
    elif selling.is_buy(state, trip.order_no):
        selling.call_back(state, outbox, trip.order_no)  # of the entry: it may have been lost


@njit
def on_end(state: Record, params: Record, outbox: Record, market: int) -> None:
    """Go on when the order of an exit has ended: the trip is over, or there is something left."""
    trip = state.trips[market]
    trip.order_no = NO_ORDER
    if state.positions[market].size_u <= 0:
        trips.end(state, params, market)
        return
    if trip.step == RESTING:
        selling.begin_ladder(state, trip)
    selling.sell(state, params, outbox, market)


@njit
def on_target_end(state: Record, params: Record, outbox: Record, market: int) -> None:
    """Go on when the target or a trim has ended: it was filled, or made way, or its time is over.

    A target that the venue did not take, or took away, does not rest again: `look` watches its
    price.
    """
    trip, plan = state.trips[market], params.plans[market]
    age_ns = state.now_ns - state.orders[orders.slot_of(state, trip.target_no)].asked_ns
    was_trim = selling.is_trim(state, trip.target_no)
    trip.target_no = NO_ORDER
    if state.positions[market].size_u > 0 and trip.phase == LEAVING:
        trip.asked_ns = state.now_ns
        selling.sell(state, params, outbox, market)
    elif dust.is_stuck(state.positions[market]):
        trips.end(state, params, market)
    elif was_trim or 0 < plan.ttl_ns <= age_ns:
        selling.rest_target(state, params, outbox, market)


@njit
def _reason(trip: Record, plan: Record, now_ns: int, atr: float) -> int:
    """Return the first reason to leave, or NONE."""
    bid_u = trip.bid_u
    if 0 < bid_u <= trip.stop_u:
        return EXIT_STOP
    if trip.phase != ENTERING:
        if 0 < trip.target_u <= bid_u and trip.target_no == NO_ORDER:
            return EXIT_TARGET
        if 0 < trip.half_u <= trip.highest_u and atr > 0.0:
            if bid_u <= trip.highest_u * (1.0 - plan.trail_atr * atr):
                return EXIT_TRAILING
    if 0 < trip.leave_ns < now_ns:
        mean_u = trip.cost_u / trip.bought_u
        if bid_u - mean_u <= plan.hold_gain * mean_u:
            return EXIT_TIME
    return NONE
