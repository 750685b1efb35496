"""How a policy on ticks gets into a market: a limit, patience, and what becomes of the rest.

The limit is counted from one side of the touch. What it has not got after `entry_wait_ns` is
cancelled; where the score still holds, it is then taken at once, within `entry_slip_max` of the
price at the decision. With `entry_enough` of it filled, the rest is asked for anew at the current
price, `requotes` times, and otherwise goes on resting. After `ttl_ns` nothing rests any more. What
could not be sold again is topped up once, while the score holds; else it is dust, and no trip.

Writes `state.candidate` and, with `trips.py`, the round trip.
"""

from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.orders import Phase, Role
from sigma_cli.domain.requests import Reason, Side, TimeInForce
from sigma_cli.domain.switches import Sizer
from sigma_cli.domain.units import NS_PER_HOUR
from sigma_cli.kernels.desk import (
    dust,
    entries,
    kelly,
    orders,
    policies,
    sizing,
    stakes,
    standing,
    switchboard,
    trips,
)
from sigma_cli.kernels.desk.switches import NO_ROW
from sigma_cli.kernels.desk.threshold import threshold
from sigma_cli.kernels.jit import constant, njit
from sigma_cli.kernels.ticks import floor_lot, floor_tick, next_tick_up, size_for

BUY = constant(Side.BUY)
UNITS, KELLY = constant(Sizer.UNITS), constant(Sizer.KELLY)
IOC = constant(TimeInForce.IOC)
ENTRY, HOLDING = constant(Role.ENTRY), constant(Phase.HOLDING)
NONE, SCORE = constant(Reason.NONE), constant(Reason.SCORE)
WAITED, FALLBACK = constant(Reason.ENTRY_WAITED), constant(Reason.ENTRY_FALLBACK)
TOPPED = constant(Reason.ENTRY_TOPPED_UP)
COOLDOWN, SLOTS = constant(Reason.COOLDOWN), constant(Reason.SLOTS)
STALE, NO_PRICE = constant(Reason.STALE), constant(Reason.NO_PRICE)
EXPECTED, STAKE = constant(Reason.EXPECTED), constant(Reason.STAKE)
APART, SWITCHED_OFF = constant(Reason.APART), constant(Reason.SWITCHED_OFF)
NOT_HOT, HOURS = constant(Reason.NOT_HOT), constant(Reason.HOURS)
HOUR_NS = constant(NS_PER_HOUR)
NO_RULES, UNKNOWN_ORDER = constant(Reason.NO_RULES), constant(Reason.UNKNOWN_ORDER)
NO_ORDER = constant(0)
FELL_BACK, TOPPED_UP = constant(1), constant(2)
"""Steps of an entry."""


@njit
def enter(
    state: Record, params: Record, outbox: Record, mind: Record, market: int, score: float
) -> None:
    """Ask for the first order of a round trip, unless something stands against it."""
    orders.aim(state, market, ENTRY, BUY, SCORE)
    reason, measured, limit = _obstacle(state, params, mind, market, score)
    if reason != NONE:
        orders.refuse(state, outbox, reason, measured, limit)
        return
    candidate, rules = state.candidate, state.positions[market].rules
    _set_limit(state, params, market)
    price = candidate.price_u * rules.price_scale
    candidate.size_u = _size_u(state, params, market, price, score)
    candidate.value = candidate.size_u * rules.size_scale * price
    if candidate.size_u <= 0:
        orders.refuse(state, outbox, STAKE, 0.0, rules.value_min)
    elif _ask(state, params, outbox, mind, market):
        if params.sizer == KELLY and state.kelly.fraction == 0.0:
            kelly.on_probe(state)
        trips.begin(state, market, score)


@njit
def wait(state: Record, params: Record, outbox: Record, market: int) -> None:
    """Look at the clock while an entry is at work."""
    trip, plan = state.trips[market], params.plans[market]
    is_over = state.now_ns - trip.asked_ns > plan.entry_wait_ns
    if trip.called_off:
        orders.cancel(state, outbox, trip.order_no, SWITCHED_OFF)
    elif is_over and _has_enough(trip, plan) and trip.requoted >= plan.requotes:
        is_over = False
    if is_over or (plan.ttl_ns > 0 and state.now_ns - trip.decided_ns > plan.ttl_ns):
        if orders.slot_of(state, trip.order_no) != orders.NO_SLOT:
            orders.cancel(state, outbox, trip.order_no, WAITED)


@njit
def on_end(
    state: Record, params: Record, outbox: Record, mind: Record, market: int, score: float
) -> None:
    """Go on when the entry's order has ended: for the rest, with what there is, or not at all."""
    trip, plan = state.trips[market], params.plans[market]
    slot = orders.slot_of(state, trip.order_no)
    gave_up = slot != orders.NO_SLOT and state.orders[slot].cancelling != 0
    trip.order_no = NO_ORDER
    in_time = plan.ttl_ns == 0 or state.now_ns - trip.decided_ns <= plan.ttl_ns
    is_open = _closed(state, params, market)[0] == NONE
    if is_open and trip.called_off == 0 and score > plan.threshold and trip.ask_u > 0:
        if gave_up and in_time and _go_on(state, params, outbox, mind, market, score):
            return
        if _top_up(state, params, outbox, mind, market, score):
            return
    trips.tell_slippage(state, params, market)
    if trip.bought_u > 0 and can_leave(state, params, market):
        trip.phase = HOLDING
    else:
        trips.end(state, params, market)


@njit
def can_leave(state: Record, params: Record, market: int) -> bool:
    """Return whether a position can be sold at its stop, with a margin."""
    position, stop = state.positions[market], params.plans[market].stop
    return dust.can_leave(position.value, position.rules, params.stakes.exit_min, stop)


@njit
def _go_on(
    state: Record, params: Record, outbox: Record, mind: Record, market: int, score: float
) -> bool:
    """Ask for the rest of an entry; return whether it was asked for."""
    trip, plan = state.trips[market], params.plans[market]
    candidate, rules = state.candidate, state.positions[market].rules
    if trip.step == TOPPED_UP or not _earns_enough(state, params, mind, market, score):
        return False
    orders.aim(state, market, ENTRY, BUY, FALLBACK)
    if _has_enough(trip, plan):
        trip.requoted += 1
        _set_limit(state, params, market)
    elif (
        plan.entry_slip_max > 0.0
        and trip.step != FELL_BACK
        and standing.may_take(state, params, market)
    ):
        trip.step = FELL_BACK
        candidate.tif = IOC
        worst_u = int(trip.decided_u * (1.0 + plan.entry_slip_max))
        candidate.price_u = floor_tick(worst_u, rules)
    else:
        return False
    candidate.size_u = floor_lot(trip.wanted_u - trip.bought_u, rules)
    return _ask_more(state, params, outbox, mind, market)


@njit
def _top_up(
    state: Record, params: Record, outbox: Record, mind: Record, market: int, score: float
) -> bool:
    """Ask once for more of what could not be sold again; return whether it was asked for."""
    trip, candidate, rules = state.trips[market], state.candidate, state.positions[market].rules
    if trip.bought_u == 0 or trip.step == TOPPED_UP or can_leave(state, params, market):
        return False
    if not _earns_enough(state, params, mind, market, score):
        return False
    orders.aim(state, market, ENTRY, BUY, TOPPED)
    _set_limit(state, params, market)
    least = dust.least_entry(rules, params.stakes.order_min, 0.0)
    least_u = size_for(least, candidate.price_u * rules.price_scale, rules)
    candidate.size_u = max(floor_lot(trip.wanted_u - trip.bought_u, rules), least_u)
    trip.step = TOPPED_UP
    trip.decided_ns = state.now_ns  # it may rest as long as the first
    return _ask_more(state, params, outbox, mind, market)


@njit
def _ask_more(state: Record, params: Record, outbox: Record, mind: Record, market: int) -> bool:
    """Ask for the candidate, which has a price and a size, as the next order of a round trip."""
    trip, candidate, rules = state.trips[market], state.candidate, state.positions[market].rules
    candidate.value = candidate.size_u * rules.size_scale * candidate.price_u * rules.price_scale
    if not _ask(state, params, outbox, mind, market):
        return False
    trip.order_no = state.next_local_no - 1
    trip.asked_ns = state.now_ns
    return True


@njit
def _ask(state: Record, params: Record, outbox: Record, mind: Record, market: int) -> bool:
    """Ask for the candidate unless a rule, want of cash or a switch stands against it."""
    reason, measured, limit = entries.rules_broken(state, market)
    if reason != NONE:
        return orders.refuse(state, outbox, reason, measured, limit)
    standing.look_at_market(state, params, mind, market)
    row = standing.refusing_row(state, params, market)
    if row != NO_ROW:
        reason, measured, limit = standing.why(state, params, row, market)
        return orders.refuse(state, outbox, reason, measured, limit)
    if not orders.submit(state, outbox):
        return False
    switchboard.on_submit(state, params)
    return True


@njit
def _has_enough(trip: Record, plan: Record) -> bool:
    """Return whether so much of an entry was filled that the rest may wait."""
    return bool(trip.bought_u > 0 and trip.bought_u >= plan.entry_enough * trip.wanted_u)


@njit
def _obstacle(
    state: Record, params: Record, mind: Record, market: int, score: float
) -> tuple[int, float, float]:
    """Return what stands against an entry before its size is known: reason, measured, limit."""
    position, trip, plan = state.positions[market], state.trips[market], params.plans[market]
    reason, measured, limit = _closed(state, params, market)
    if reason != NONE:
        return reason, measured, limit
    if position.has_rules == 0:
        return NO_RULES, 0.0, 0.0
    if trip.bid_u <= 0 or trip.ask_u <= 0:
        return NO_PRICE, 0.0, 0.0
    if position.unknown > 0:
        return UNKNOWN_ORDER, float(position.unknown), 0.0
    if 0 < plan.stale_ns < state.now_ns - trip.seen_ns:
        return STALE, float(state.now_ns - trip.seen_ns), float(plan.stale_ns)
    if 0.0 < plan.apart_max < _apart(trip):
        return APART, _apart(trip), plan.apart_max
    if state.open_trips >= plan.slots:
        return SLOTS, float(state.open_trips), float(plan.slots)
    if not _earns_enough(state, params, mind, market, score):
        return EXPECTED, policies.expected(plan, score), threshold(state, params, mind, market)
    return NONE, 0.0, 0.0


@njit
def _closed(state: Record, params: Record, market: int) -> tuple[int, float, float]:
    """Return why a market is closed to entries for a while, whatever it promises."""
    trip, hours = state.trips[market], params.plans[market].hours
    if state.watch[market].cold:
        return NOT_HOT, 0.0, 0.0
    hour = (state.now_ns - params.day_offset_ns) // HOUR_NS % 24
    if hours != 0 and (hours >> hour) & 1 == 0:
        return HOURS, float(hour), 0.0
    if state.now_ns < trip.free_ns:
        return COOLDOWN, float(trip.free_ns - state.now_ns), 0.0
    return NONE, 0.0, 0.0


@njit
def _apart(trip: Record) -> float:
    """Return how far the last trade is from the middle of the touch, as a share of that."""
    mid_u = 0.5 * (trip.bid_u + trip.ask_u)
    return abs(trip.traded_u - mid_u) / mid_u if trip.traded_u > 0 else 0.0


@njit
def _earns_enough(state: Record, params: Record, mind: Record, market: int, score: float) -> bool:
    """Return whether an entry is expected to earn what it must; a plan in ticks says nothing."""
    plan = params.plans[market]
    if plan.target == 0.0:
        return True
    return bool(policies.expected(plan, score) > threshold(state, params, mind, market))


@njit
def _set_limit(state: Record, params: Record, market: int) -> None:
    """Give the candidate its price; it only waits there if nothing may be taken at once."""
    trip, plan, candidate = state.trips[market], params.plans[market], state.candidate
    candidate.price_u = _limit_u(trip, plan, state.positions[market].rules)
    candidate.post_only = plan.post_only
    if not standing.may_take(state, params, market):
        candidate.post_only = 1
        if candidate.price_u >= trip.ask_u:
            candidate.price_u = trip.bid_u


@njit
def _limit_u(trip: Record, plan: Record, rules: Record) -> int:
    """Return the price of an entry's limit, counted from a side of the touch."""
    from_u: int = trip.bid_u if plan.entry_from == BUY else trip.ask_u
    price_u = from_u
    for _ in range(plan.entry_ticks):
        price_u = next_tick_up(price_u, rules)
    if plan.entry_rests and price_u >= trip.ask_u:
        return from_u
    return price_u


@njit
def _size_u(state: Record, params: Record, market: int, price: float, score: float) -> int:
    """Return the size of an entry at a price, fee included; 0: none."""
    rules, plan = state.positions[market].rules, params.plans[market]
    if params.sizer == UNITS:
        wanted_u = sizing.wanted_units(params, rules, 1.0)
        return floor_lot(int(wanted_u * standing.scale(state, params, market)), rules)
    value = stakes.entry_value(state, params, market, score, state.open_trips, plan.stop)
    return dust.entry_u(value, price, rules) if value > 0.0 else 0
