"""How a policy on ticks gets out of a market: why, and by which orders.

Why, the first that applies: the stop, the target, the trailing stop once half the target was seen,
the end of its time. How: a target may rest at the venue from the start. What is urgent takes the
ladder: a limit well below the bid that takes what is there, after a while a deeper one, and then
the market. What is not rests at the ask for `exit_wait_ns` before that. Sells the whole position,
dust of earlier trips included, and never more; no switch stands before it.

Writes `state.candidate` and, with `trips.py`, the round trip.
"""

import math
from typing import Final

from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.orders import Phase, Role
from sigma_cli.domain.policies import LADDER_STEPS
from sigma_cli.domain.requests import OrderType, Reason, Side, TimeInForce
from sigma_cli.kernels.desk import exits, orders, trips
from sigma_cli.kernels.jit import constant, inline, njit
from sigma_cli.kernels.ticks import ceil_tick, floor_tick, tick_at

BUY, SELL = constant(Side.BUY), constant(Side.SELL)
LIMIT, MARKET = constant(OrderType.LIMIT), constant(OrderType.MARKET)
GTC, IOC = constant(TimeInForce.GTC), constant(TimeInForce.IOC)
EXIT = constant(Role.EXIT)
ENTERING, LEAVING = constant(Phase.ENTERING), constant(Phase.LEAVING)
HOLDING = constant(Phase.HOLDING)
NONE, EXIT_STOP = constant(Reason.NONE), constant(Reason.EXIT_STOP)
EXIT_TARGET, EXIT_TRAILING = constant(Reason.EXIT_TARGET), constant(Reason.EXIT_TRAILING)
EMERGENCY, TRIMMED = constant(Reason.EMERGENCY), constant(Reason.TRIMMED)
EXIT_TIME, EXIT_WAITED = constant(Reason.EXIT_TIME), constant(Reason.EXIT_WAITED)
PROTECTION_MOVED = constant(Reason.PROTECTION_MOVED)
NO_ORDER = constant(0)
STEPS: Final = constant(LADDER_STEPS)
RESTING: Final = constant(255)
"""The step before the ladder: the exit rests at the ask."""


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
    target_u = 0.0
    if plan.target > 0.0:
        target_u = mean_u * (1.0 + plan.target)
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
    if trip.bid_u > 0 and trip.bought_u > 0:
        reason = _reason(trip, params.plans[market], state.now_ns, atr)
        if reason != NONE:
            leave(state, params, outbox, market, reason)


@njit
def leave(state: Record, params: Record, outbox: Record, market: int, reason: int) -> None:
    """Begin to sell a position; what is at work in its market is called back."""
    trip, plan = state.trips[market], params.plans[market]
    is_urgent = reason in (EXIT_STOP, EXIT_TRAILING, EMERGENCY)
    if trip.phase == LEAVING:
        if is_urgent and trip.step == RESTING:  # no time to rest any more
            trip.reason = reason
            _begin_ladder(state, trip)
            _call_back(state, outbox, trip.order_no)
        return
    was_entering = trip.phase == ENTERING
    trip.phase = LEAVING
    trip.reason = reason
    trip.step = RESTING if plan.exit_wait_ns > 0 and not is_urgent else 0
    trip.asked_ns = state.now_ns
    if was_entering:
        _call_back(state, outbox, trip.order_no)
    if trip.target_no != NO_ORDER:  # its coins are locked until it is gone
        _call_back(state, outbox, trip.target_no)
        return
    _sell(state, params, outbox, market)


@njit
def wait(state: Record, params: Record, outbox: Record, market: int) -> None:
    """Look at the clock while an exit is at work, and again at what was called back."""
    trip, plan = state.trips[market], params.plans[market]
    if trip.target_no != NO_ORDER:
        _call_back(state, outbox, trip.target_no)
        return
    if trip.step == RESTING and 0 < trip.bid_u <= trip.stop_u:
        leave(state, params, outbox, market, EXIT_STOP)
    if trip.order_no != NO_ORDER and trip.step != RESTING and _is_buy(state, trip.order_no):
        _call_back(state, outbox, trip.order_no)  # of the entry: it may have been lost
    elif trip.step == RESTING and trip.order_no != NO_ORDER:
        if state.now_ns - trip.asked_ns > plan.exit_wait_ns:
            orders.cancel(state, outbox, trip.order_no, EXIT_WAITED)
    elif trip.order_no == NO_ORDER:
        _sell(state, params, outbox, market)


@njit
def on_end(state: Record, params: Record, outbox: Record, market: int) -> None:
    """Go on when the order of an exit has ended: the trip is over, or there is something left."""
    trip = state.trips[market]
    trip.order_no = NO_ORDER
    if state.positions[market].size_u <= 0:
        trips.end(state, params, market)
        return
    if trip.step == RESTING:
        _begin_ladder(state, trip)
    _sell(state, params, outbox, market)


@njit
def on_target_end(state: Record, params: Record, outbox: Record, market: int) -> None:
    """Go on when the target has ended: it was reached, or made way for another exit."""
    trip = state.trips[market]
    trip.target_no = NO_ORDER
    if state.positions[market].size_u <= 0:
        trips.end(state, params, market)
    elif trip.phase == LEAVING:
        trip.asked_ns = state.now_ns
        _sell(state, params, outbox, market)
    # else the venue did not take it, or took it away: `look` watches its price


@njit
def let_go(state: Record, outbox: Record, market: int, local_no: int) -> None:
    """Let go of an exit whose fate is unknown: nobody waits for it with a position to sell."""
    trip = state.trips[market]
    if trip.phase != LEAVING:
        return
    _call_back(state, outbox, local_no)
    if trip.order_no == local_no:
        trip.order_no = NO_ORDER
    elif trip.target_no == local_no:
        trip.target_no = NO_ORDER


@njit
def trim(state: Record, outbox: Record, market: int, size_u: int) -> bool:
    """Sell a part of what a round trip holds; False: something is in the way, ask again."""
    trip = state.trips[market]
    if trip.phase != HOLDING or trip.order_no != NO_ORDER:
        return False
    if trip.target_no != NO_ORDER:
        _call_back(state, outbox, trip.target_no)
        return False
    _aim(state, market, TRIMMED)
    state.candidate.order_type = MARKET
    if exits.ask(state, outbox, market, size_u):
        trip.order_no = state.next_local_no - 1
    return True


@njit
def on_trimmed(state: Record, params: Record, outbox: Record, market: int) -> None:
    """Go on when a part was sold: with the rest, whose target rests anew, or not at all."""
    trip = state.trips[market]
    trip.order_no = NO_ORDER
    if state.positions[market].size_u <= 0:
        trips.end(state, params, market)
    else:
        rest_target(state, params, outbox, market)


@njit
def _begin_ladder(state: Record, trip: Record) -> None:
    trip.step = 0
    trip.asked_ns = state.now_ns


@njit
def rest_target(state: Record, params: Record, outbox: Record, market: int) -> None:
    """Let the target rest at the venue, as soon as all is bought."""
    trip, plan, position = state.trips[market], params.plans[market], state.positions[market]
    if plan.target_rests == 0 or trip.target_no != NO_ORDER:
        return
    if trip.target_u > 0:
        _aim(state, market, EXIT_TARGET)
        state.candidate.price_u = ceil_tick(trip.target_u, position.rules)
        if exits.ask(state, outbox, market, position.size_u):
            trip.target_no = state.next_local_no - 1


@njit
def _reason(trip: Record, plan: Record, now_ns: int, atr: float) -> int:
    """Return the first reason to leave, or NONE."""
    bid_u = trip.bid_u
    if bid_u <= trip.stop_u:
        return EXIT_STOP
    if trip.phase == ENTERING:
        return NONE
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


@njit
def _sell(state: Record, params: Record, outbox: Record, market: int) -> None:
    """Ask for the order of the exit's present step."""
    trip, plan, position = state.trips[market], params.plans[market], state.positions[market]
    candidate = state.candidate
    if trip.sold_ns == state.now_ns:
        return  # not twice at one moment: `wait` asks again
    _aim(state, market, trip.reason)
    if trip.step == RESTING:
        candidate.price_u = trip.ask_u
    else:
        waited_ns = state.now_ns - trip.asked_ns
        while trip.step < STEPS and waited_ns >= plan.ladder_ns[trip.step]:
            trip.step += 1
        if trip.step < STEPS and trip.bid_u > 0:
            deep_u = int(trip.bid_u * (1.0 - plan.ladder_slip[trip.step]))
            candidate.tif = IOC
            candidate.price_u = max(floor_tick(deep_u, position.rules), 1)
        if candidate.price_u == 0 or _is_too_little(position, candidate.price_u):
            candidate.order_type = MARKET  # the venue counts a limit's value at its price
            candidate.price_u = 0
            candidate.tif = GTC
    if exits.ask(state, outbox, market, position.size_u):
        trip.order_no = state.next_local_no - 1
        trip.sold_ns = state.now_ns
    elif _is_at_work(state, trip.order_no):
        return  # the entry that was called back may yet have been filled
    elif position.size_u < position.rules.lot_u or _value(position) < position.rules.value_min:
        trips.end(state, params, market)  # dust: it is sold with the next position


@njit
def _call_back(state: Record, outbox: Record, local_no: int) -> None:
    if _is_at_work(state, local_no):
        orders.cancel(state, outbox, local_no, PROTECTION_MOVED)


@njit
def _is_too_little(position: Record, price_u: int) -> bool:
    """Return whether the venue would refuse a limit over the whole position."""
    rules = position.rules
    value = position.size_u * rules.size_scale * (price_u * rules.price_scale)
    return bool(value < rules.value_min)


@njit
def _is_buy(state: Record, local_no: int) -> bool:
    slot = orders.slot_of(state, local_no)
    return slot != orders.NO_SLOT and state.orders[slot].side == BUY


@njit
def _value(position: Record) -> float:
    return position.size_u * position.rules.size_scale * position.mark


@njit
def _is_at_work(state: Record, local_no: int) -> bool:
    slot = orders.slot_of(state, local_no)
    return slot != orders.NO_SLOT and orders.is_working(state, slot)


@njit
def _aim(state: Record, market: int, reason: int) -> None:
    candidate = state.candidate
    candidate.market = market
    candidate.strategy = 0
    candidate.role = EXIT
    candidate.side = SELL
    candidate.order_type = LIMIT
    candidate.reason = reason
    candidate.tif = GTC
    candidate.post_only = 0
    candidate.expires_ns = 0
    candidate.price_u = 0
