"""Round trips of policies on ticks: one a market, from the first order to the last fill.

Writes `state.trips`, together with the rooms that decide: `entering.py`, `leaving.py`, `selling.py`
and `chores.py`. A round trip is booked here: what was paid, what was got, and when its market may
be entered again.
"""

from sigma_cli.domain.dtypes.layout import Record
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
    """Take the touch as it is known now; 0: unknown, then the last bid or trade stands."""
    trip.ask_u = ask_u
    trip.seen_ns = now_ns
    if bid_u > 0:
        trip.bid_u = bid_u
        if trip.phase != FLAT and bid_u > trip.highest_u:
            trip.highest_u = bid_u


@njit
def begin(state: Record, market: int, score: float) -> None:
    """Begin a round trip with the order that was just asked for."""
    trip = state.trips[market]
    trip.phase = ENTERING
    trip.step = 0
    trip.called_off = 0
    trip.requoted = 0
    trip.reason = NONE
    trip.order_no = state.next_local_no - 1
    trip.asked_ns = state.now_ns
    trip.wanted_u = state.candidate.size_u
    trip.decided_u = trip.ask_u
    trip.decided_ns = state.now_ns
    trip.score = score
    _open(state, trip)


@njit
def reopen(state: Record, market: int) -> None:
    """Begin a round trip with coins that came after all: an order was filled that was given up."""
    trip = state.trips[market]
    trip.phase = HOLDING
    trip.step = 0
    trip.reason = NONE
    trip.order_no = NO_ORDER
    _open(state, trip)


@njit
def _open(state: Record, trip: Record) -> None:
    trip.target_no = NO_ORDER
    trip.entered_ns = 0
    trip.highest_u = 0
    trip.stop_u = 0
    trip.target_u = 0
    trip.even_u = 0
    trip.half_u = 0
    trip.leave_ns = 0
    trip.bought_u = 0
    trip.cost_u = 0.0
    trip.paid = trip.dust
    trip.dust = 0.0
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
def tell_slippage(state: Record, params: Record, market: int) -> None:
    """Tell the switches how much worse than decided an entry was filled, if it was at all."""
    trip = state.trips[market]
    if trip.bought_u > 0:
        mean_u = trip.cost_u / trip.bought_u
        switchboard.on_entry(state, params, (mean_u - trip.decided_u) / trip.decided_u)


@njit
def end(state: Record, params: Record, market: int) -> None:
    """End a round trip; after a loss its market rests for longer.

    What is still held is too little to be sold: what it had cost is carried to the next trip.
    """
    trip, plan = state.trips[market], params.plans[market]
    had_u = trip.dust_u + trip.bought_u
    trip.dust_u = min(max(state.positions[market].size_u, 0), had_u)
    trip.dust = trip.paid * trip.dust_u / had_u if had_u > 0 else 0.0
    paid = trip.paid - trip.dust
    has_lost = trip.got > 0.0 and trip.got - paid - trip.fees < 0.0
    trip.free_ns = state.now_ns + (plan.cooldown_loss_ns if has_lost else plan.cooldown_ns)
    if trip.got > 0.0 and paid > 0.0:
        switchboard.on_closed(state, params, trip.got - paid, trip.fees, paid)
    if trip.asked_ns == state.now_ns:  # it ended when it began: not again at this very moment
        trip.think_ns = max(trip.think_ns, state.now_ns + 1)
    trip.phase = FLAT
    trip.order_no = trip.target_no = NO_ORDER
    state.open_trips -= 1
