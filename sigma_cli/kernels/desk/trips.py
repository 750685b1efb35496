"""Round trips of policies on ticks: one a market, from the first order to the last fill.

Writes `state.trips`, together with `entering.py` and `leaving.py`, which decide. A round trip is
booked here: what was paid, what was got, and when its market may be entered again.
"""

from sigma_cli.domain.dtypes import Record
from sigma_cli.domain.orders import Phase
from sigma_cli.domain.requests import Reason, Side
from sigma_cli.kernels.desk import switchboard
from sigma_cli.kernels.jit import constant, inline, njit

BUY = constant(Side.BUY)
FLAT, ENTERING = constant(Phase.FLAT), constant(Phase.ENTERING)
HOLDING = constant(Phase.HOLDING)
NONE = constant(Reason.NONE)
NO_ORDER = constant(0)


@inline
def see(trip: Record, bid_u: int, ask_u: int, now_ns: int) -> None:
    """Take the touch as it is known now; 0: unknown."""
    trip.bid_u = bid_u
    trip.ask_u = ask_u
    trip.seen_ns = now_ns
    if trip.phase != FLAT and bid_u > trip.highest_u:
        trip.highest_u = bid_u


@njit
def begin(state: Record, market: int, score: float) -> None:
    """Begin a round trip with the order that was just asked for."""
    trip = state.trips[market]
    trip.phase = ENTERING
    trip.step = 0
    trip.requoted = 0
    trip.reason = NONE
    trip.order_no = state.next_local_no - 1
    trip.target_no = NO_ORDER
    trip.asked_ns = state.now_ns
    trip.wanted_u = state.candidate.size_u
    trip.decided_u = trip.ask_u
    trip.decided_ns = state.now_ns
    trip.score = score
    trip.entered_ns = 0
    trip.highest_u = 0
    trip.stop_u = 0
    trip.target_u = 0
    trip.half_u = 0
    trip.leave_ns = 0
    trip.bought_u = 0
    trip.cost_u = 0.0
    trip.paid = 0.0
    trip.got = 0.0
    trip.fees = 0.0
    state.open_trips += 1


@njit
def book(state: Record, market: int, side: int, fact: Record) -> None:
    """Book an execution of this round trip."""
    trip = state.trips[market]
    rules = state.positions[market].rules
    value = fact.price_u * rules.price_scale * (fact.size_u * rules.size_scale)
    trip.fees += fact.fee
    if side == BUY:
        trip.paid += value
        trip.cost_u += float(fact.price_u) * float(fact.size_u)
        trip.bought_u += fact.size_u
        if trip.entered_ns == 0:
            trip.entered_ns = state.now_ns
            trip.highest_u = trip.bid_u
    else:
        trip.got += value


@njit
def end(state: Record, params: Record, market: int) -> None:
    """End a round trip, whose position is gone; after a loss its market rests for longer."""
    trip = state.trips[market]
    if trip.bought_u > 0:
        switchboard.on_closed(state, params, trip.got - trip.paid, trip.fees, trip.paid)
        has_lost = trip.got - trip.paid - trip.fees < 0.0
        rest_ns = (
            params.plans[market].cooldown_loss_ns if has_lost else params.plans[market].cooldown_ns
        )
        trip.free_ns = state.now_ns + rest_ns
    trip.phase = FLAT
    trip.order_no = NO_ORDER
    state.open_trips -= 1
