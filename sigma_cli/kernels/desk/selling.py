"""By which orders a policy on ticks sells: the target that rests, the ladder, a part, all of it.

What is urgent takes the ladder: a limit well below the bid that takes what is there, after a while
a deeper one, and then the market. What is not rests at the ask before that. A target that is a
share of the price is never sold below, nor what is left for a turned expectation below its costs.
What is sold is the whole position, dust of earlier trips included, and never more: what locks coins
has to make way first, unless nobody knows its fate.

Asked by `leaving.py`, which decides. Writes `state.candidate` and, with `trips.py`, the round trip.
"""

import math
from typing import Final

from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.orders import OrderState, Phase, Role
from sigma_cli.domain.policies import LADDER_STEPS
from sigma_cli.domain.requests import OrderType, Reason, Side, TimeInForce
from sigma_cli.kernels.desk import dust, exits, orders, trips
from sigma_cli.kernels.jit import constant, njit, signed
from sigma_cli.kernels.ticks import ceil_tick, floor_lot, floor_tick

BUY, SELL = constant(Side.BUY), constant(Side.SELL)
MARKET = constant(OrderType.MARKET)
GTC, IOC = constant(TimeInForce.GTC), constant(TimeInForce.IOC)
EXIT, UNKNOWN = constant(Role.EXIT), constant(OrderState.UNKNOWN)
HOLDING = constant(Phase.HOLDING)
EXIT_TARGET, TRIMMED = constant(Reason.EXIT_TARGET), constant(Reason.TRIMMED)
EXIT_EXPECTED, EXIT_LADDER = constant(Reason.EXIT_EXPECTED), constant(Reason.EXIT_LADDER)
PROTECTION_MOVED = constant(Reason.PROTECTION_MOVED)
NO_ORDER = constant(0)
STEPS: Final = constant(LADDER_STEPS)
RESTING: Final = constant(255)
"""The step before the ladder: the exit rests at the ask."""


@njit
def sell(state: Record, params: Record, outbox: Record, market: int) -> None:
    """Ask for the order of the exit's present step."""
    trip, plan, position = state.trips[market], params.plans[market], state.positions[market]
    candidate = state.candidate
    if trip.sold_ns == state.now_ns:
        return  # not twice at one moment: `wait` asks again
    least_u = _least_u(trip, plan)
    if trip.bid_u < least_u and not dust.is_stuck(position):
        trip.phase = HOLDING  # lost again: it would be closed inside its costs
        rest_target(state, params, outbox, market)
        return
    if trip.step == RESTING and trip.ask_u == 0:
        begin_ladder(state, trip)
    orders.aim(state, market, EXIT, SELL, signed(trip.reason))
    if trip.step == RESTING:
        candidate.price_u = trip.ask_u
    elif least_u > 0:
        candidate.tif = IOC
        candidate.price_u = ceil_tick(least_u, position.rules)
    else:
        _aim_down(state, trip, plan, position)
    if exits.ask(state, outbox, market, position.size_u):
        trip.order_no = state.next_local_no - 1
        trip.sold_ns = state.now_ns
        _note_step(state, outbox, trip, plan)
    elif _is_at_work(state, trip.order_no):
        return  # the entry that was called back may yet have been filled
    elif dust.is_stuck(position):
        trips.end(state, params, market)  # dust: it is sold with the next position


@njit
def _least_u(trip: Record, plan: Record) -> int:
    """Return the price below which an exit that is no stop does not sell; 0: at any."""
    if trip.reason == EXIT_EXPECTED:
        return int(trip.even_u)
    return int(trip.target_u) if trip.reason == EXIT_TARGET and plan.target > 0.0 else 0


@njit
def _note_step(state: Record, outbox: Record, trip: Record, plan: Record) -> None:
    """Write down that an exit has come to a later step of the ladder."""
    if 0 < trip.step <= STEPS:
        slip = plan.ladder_slip[trip.step] if trip.step < STEPS else math.inf
        orders.note(state, outbox, trip.order_no, EXIT_LADDER, float(trip.step), slip)


@njit
def _aim_down(state: Record, trip: Record, plan: Record, position: Record) -> None:
    """Make the candidate the order of the ladder's present step."""
    candidate = state.candidate
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


@njit
def rest_target(state: Record, params: Record, outbox: Record, market: int) -> None:
    """Let the target rest at the venue, as soon as all is bought, for as long as it may."""
    trip, plan, position = state.trips[market], params.plans[market], state.positions[market]
    if plan.target_rests == 0 or trip.target_u == 0 or trip.target_no != NO_ORDER:
        return
    orders.aim(state, market, EXIT, SELL, EXIT_TARGET)
    state.candidate.price_u = ceil_tick(trip.target_u, position.rules)
    state.candidate.expires_ns = state.now_ns + plan.ttl_ns if plan.ttl_ns > 0 else 0
    if exits.ask(state, outbox, market, position.size_u):
        trip.target_no = state.next_local_no - 1


@njit
def trim(state: Record, outbox: Record, market: int, size_u: int) -> bool:
    """Sell a part of what a round trip holds; False: something is in the way, ask again."""
    trip = state.trips[market]
    if trip.phase != HOLDING or is_trim(state, trip.target_no):
        return False
    if trip.target_no != NO_ORDER:
        call_back(state, outbox, trip.target_no)
        return False
    orders.aim(state, market, EXIT, SELL, TRIMMED)
    state.candidate.order_type = MARKET
    if not exits.ask(state, outbox, market, size_u):
        return False
    trip.target_no = state.next_local_no - 1
    return True


@njit
def keep(state: Record, params: Record, outbox: Record, market: int) -> bool:
    """Hold on to all of a position, its target at rest; False: that is called back, ask again."""
    slot = orders.slot_of(state, state.trips[market].target_no)
    if slot != orders.NO_SLOT and state.orders[slot].cancelling:
        return False
    rest_target(state, params, outbox, market)
    return True


@njit
def begin_ladder(state: Record, trip: Record) -> None:
    """Go from resting to the first step of the ladder: its time counts from now."""
    trip.step = 0
    trip.asked_ns = state.now_ns


@njit
def has_made_way(state: Record, outbox: Record, trip: Record) -> bool:
    """Call back what locks coins; return whether it is gone, or nobody knows its fate."""
    if trip.target_no == NO_ORDER:
        return True
    call_back(state, outbox, trip.target_no)
    if not is_unknown(state, trip.target_no):
        return False
    trip.target_no = NO_ORDER
    return True


@njit
def call_back(state: Record, outbox: Record, local_no: int) -> bool:
    """Cancel an order if it is at work; return False if there was no room to ask for that."""
    if not _is_at_work(state, local_no):
        return True
    orders.cancel(state, outbox, local_no, PROTECTION_MOVED)
    return bool(state.orders[orders.slot_of(state, local_no)].cancelling)


@njit
def call_back_forgotten(state: Record, outbox: Record, market: int, local_no: int) -> None:
    """Cancel an order that was given up and turns out to be open after all."""
    trip = state.trips[market]
    if local_no != trip.order_no and local_no != trip.target_no:
        call_back(state, outbox, local_no)


@njit
def _is_too_little(position: Record, price_u: int) -> bool:
    """Return whether the venue would refuse a limit over the whole position."""
    rules = position.rules
    size_u = floor_lot(position.size_u, rules)
    value = size_u * rules.size_scale * (price_u * rules.price_scale)
    return bool(value < rules.value_min)


@njit
def is_buy(state: Record, local_no: int) -> bool:
    """Return whether an order is one of an entry."""
    slot = orders.slot_of(state, local_no)
    return slot != orders.NO_SLOT and state.orders[slot].side == BUY


@njit
def is_trim(state: Record, local_no: int) -> bool:
    """Return whether an order sells a part at the market, as nothing else does while held."""
    slot = orders.slot_of(state, local_no)
    return slot != orders.NO_SLOT and state.orders[slot].order_type == MARKET


@njit
def is_unknown(state: Record, local_no: int) -> bool:
    """Return whether nobody knows the fate of an order."""
    slot = orders.slot_of(state, local_no)
    return slot != orders.NO_SLOT and state.orders[slot].state == UNKNOWN


@njit
def _is_at_work(state: Record, local_no: int) -> bool:
    slot = orders.slot_of(state, local_no)
    return slot != orders.NO_SLOT and orders.is_working(state, slot)
