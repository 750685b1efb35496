"""What each market's strategy wishes, and the way from a wish to an entry or an exit.

Writes `state.wishes`. A wish is acted on once: the same target again asks for nothing, unless the
last attempt was refused or did not get all it was for, so that a strategy may say `1` on every
bar. Where the venue surprises (a late fill, an order that was unknown), what is too much is sold
at once; what is missing waits for the next signal, as its price may be gone.
"""

import math

from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.facts import FactKind
from sigma_cli.domain.requests import Reason, Side
from sigma_cli.domain.switches import Sizer
from sigma_cli.kernels.desk import entries, exits, orders, sizing
from sigma_cli.kernels.jit import constant, merged, njit
from sigma_cli.kernels.ticks import floor_lot, size_for

BUY = constant(Side.BUY)
UNITS = constant(Sizer.UNITS)
BAD_SIGNAL = constant(Reason.BAD_SIGNAL)
SIGNAL_REVERSED = constant(Reason.SIGNAL_REVERSED)
SIGNAL_EXIT = constant(Reason.SIGNAL_EXIT)
ACCEPTED, FILLED = constant(FactKind.ACCEPTED), constant(FactKind.FILLED)
REFUSED, UNKNOWN = constant(FactKind.REFUSED), constant(FactKind.UNKNOWN)
NO_ORDER = constant(0)


@njit
def on_signal(state: Record, event: Record, params: Record, outbox: Record) -> None:
    """Take a strategy's value: NaN changes nothing, 0 is flat, above 0 is a target exposure."""
    value = event.signal.value
    if math.isnan(value):
        return
    market = event.market
    if value > 1.0 or value < -1.0:
        _aim_at_nothing(state, market, event.signal.strategy)
        orders.refuse(state, outbox, BAD_SIGNAL, value, 1.0)
        return
    if value < 0.0:
        state.below_zero += 1
        value = 0.0
    wish = state.wishes[market]
    if value == wish.target and wish.done:
        return
    wish.target = value
    wish.strategy = event.signal.strategy
    _pursue(state, params, outbox, market)


@merged
def on_fact(state: Record, params: Record, outbox: Record, market: int, slot: int) -> None:
    """Look again after a fact about an order of this market."""
    if orders.is_working(state, slot):
        return
    wish = state.wishes[market]
    order = state.orders[slot]
    if wish.working_no != order.local_no:  # a late fill, or the end of an order let go of
        if order.filled_u > 0:
            _look_again(state, params, outbox, market)
        return
    wish.working_no = NO_ORDER
    if order.cancelling:  # it made way for another wish: pursue that now
        _pursue(state, params, outbox, market)
    elif order.filled_u == 0:
        wish.done = 0  # not at once: it might be refused without end
    elif not orders.is_complete(state, slot):
        _look_again(state, params, outbox, market)


@njit
def leave(state: Record, outbox: Record, market: int, reason: int) -> None:
    """End a position though its strategy did not ask: it is entered again when the wish changes."""
    wish = state.wishes[market]
    if wish.working_no != NO_ORDER:
        return  # something is under way: look again on the next bar
    _aim_at_nothing(state, market, wish.strategy)
    if exits.sell(state, outbox, market, state.positions[market].size_u, reason):
        wish.working_no = state.next_local_no - 1


@njit
def on_unknown(state: Record, params: Record, outbox: Record, market: int, slot: int) -> None:
    """Let go of an order whose fate is unknown, so that an exit need not wait for it."""
    state.positions[market].unknown += 1
    wish = state.wishes[market]
    if wish.working_no == state.orders[slot].local_no:
        wish.working_no = NO_ORDER
        if not wish.done:  # it was to make way for another wish
            _look_again(state, params, outbox, market)


@njit
def on_known(state: Record, params: Record, outbox: Record, market: int, slot: int) -> None:
    """Take back an order that was unknown, if it still serves the wish; else be rid of it."""
    state.positions[market].unknown -= 1
    wish = state.wishes[market]
    order = state.orders[slot]
    serves = wish.working_no == NO_ORDER and order.target == wish.target
    if orders.is_working(state, slot):
        if serves:
            wish.working_no = order.local_no
            wish.done = 1
        else:
            orders.cancel(state, outbox, order.local_no, SIGNAL_REVERSED)
    elif serves and orders.is_complete(state, slot):
        wish.done = 1
    else:
        _look_again(state, params, outbox, market)


@njit
def _aim_at_nothing(state: Record, market: int, strategy: int) -> None:
    candidate = state.candidate
    candidate.market = market
    candidate.strategy = strategy
    candidate.side = 0
    candidate.order_type = 0
    candidate.size_u = 0
    candidate.value = 0.0


@njit
def _look_again(state: Record, params: Record, outbox: Record, market: int) -> None:
    """Pursue a wish after a surprise, as far as that means to sell."""
    wish = state.wishes[market]
    wish.done = 0
    if wish.working_no != NO_ORDER or _surplus(state, params, market) > 0:
        _pursue(state, params, outbox, market)


@njit
def _pursue(state: Record, params: Record, outbox: Record, market: int) -> None:
    """Ask for what separates a market's position from its target, one order at a time."""
    wish = state.wishes[market]
    if wish.working_no != NO_ORDER:
        wish.done = 0
        orders.cancel(state, outbox, wish.working_no, SIGNAL_REVERSED)
        return
    _aim_at_nothing(state, market, wish.strategy)
    surplus_u = _surplus(state, params, market)
    asked_from = state.next_local_no
    if surplus_u > 0:
        wish.done = exits.sell(state, outbox, market, surplus_u, SIGNAL_EXIT)
    elif wish.target > 0.0 and _short_of(state, params, market):
        wish.done = entries.buy_up_to(state, params, outbox, market, wish.target)
    else:
        wish.done = 1
    if state.next_local_no != asked_from and wish.done:
        wish.working_no = state.next_local_no - 1


@njit
def _surplus(state: Record, params: Record, market: int) -> int:
    """Return by how many units a position exceeds its target; 0 if it does not."""
    position = state.positions[market]
    target = state.wishes[market].target
    if target == 0.0:
        return position.size_u
    if position.size_u <= 0 or position.has_rules == 0:
        return 0
    if params.sizer == UNITS:
        wanted_u = sizing.wanted_units(params, position.rules, target)
        return max(floor_lot(position.size_u - wanted_u, position.rules), 0)
    wanted = sizing.wanted_value(state, params, market, target)
    excess = (position.value - wanted) * sizing.A_HAIR_MORE
    return size_for(excess, position.mark, position.rules) if excess > 0.0 else 0


@njit
def _short_of(state: Record, params: Record, market: int) -> bool:
    """Return whether a position is below its target by a lot or more, as far as can be told."""
    position = state.positions[market]
    if position.has_rules == 0 or position.mark_u <= 0:
        return True  # entries says what is missing
    if params.sizer == UNITS:
        wanted_u = sizing.wanted_units(params, position.rules, state.wishes[market].target)
        return wanted_u - position.size_u >= position.rules.lot_u or position.size_u == 0
    wanted = sizing.wanted_value(state, params, market, state.wishes[market].target)
    missing = size_for(max(wanted - position.value, 0.0), position.mark, position.rules)
    return missing > 0 or position.size_u == 0
