"""What each market's strategy wishes, and the way from a wish to an entry or an exit.

Writes `state.wishes`. A wish is acted on once: the same target again asks for nothing, unless the
last attempt was refused or ended unfilled, so that a strategy may say `1` on every bar.
"""

import math

from sigma_cli.domain.dtypes import Record
from sigma_cli.domain.facts import FactKind
from sigma_cli.domain.requests import Reason, Side
from sigma_cli.domain.switches import Sizer
from sigma_cli.kernels.desk import entries, exits, orders, sizing
from sigma_cli.kernels.jit import constant, njit
from sigma_cli.kernels.ticks import floor_lot, size_for

BUY = constant(Side.BUY)
UNITS = constant(Sizer.UNITS)
BAD_SIGNAL = constant(Reason.BAD_SIGNAL)
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
    state.candidate.market = market
    state.candidate.strategy = event.signal.strategy
    if value > 1.0 or value < -1.0:
        _nothing_wanted(state)
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


@njit
def on_fact(state: Record, params: Record, outbox: Record, market: int, slot: int) -> None:
    """Look again after a fact about an order of this market."""
    wish = state.wishes[market]
    order = state.orders[slot]
    if wish.working_no != order.local_no or orders.is_working(state, slot):
        return
    wish.working_no = NO_ORDER
    if order.cancelling:  # it made way for another wish: pursue that now
        state.candidate.market = market
        state.candidate.strategy = wish.strategy
        _pursue(state, params, outbox, market)
    elif order.filled_u == 0:
        wish.done = 0  # refused or lost: the next signal may try again


@njit
def on_unknown(state: Record, market: int, slot: int) -> None:
    """Let go of an order whose fate is unknown, so that an exit need not wait for it."""
    state.positions[market].unknown += 1
    if state.wishes[market].working_no == state.orders[slot].local_no:
        state.wishes[market].working_no = NO_ORDER


@njit
def on_known(state: Record, outbox: Record, market: int, slot: int) -> None:
    """Take back an order that was unknown: as the working one, or cancel it."""
    state.positions[market].unknown -= 1
    if not orders.is_working(state, slot):
        return
    if state.wishes[market].working_no == NO_ORDER:
        state.wishes[market].working_no = state.orders[slot].local_no
    else:
        orders.cancel(state, outbox, state.orders[slot].local_no)


@njit
def _nothing_wanted(state: Record) -> None:
    candidate = state.candidate
    candidate.side = 0
    candidate.order_type = 0
    candidate.size_u = 0
    candidate.value = 0.0


@njit
def _pursue(state: Record, params: Record, outbox: Record, market: int) -> None:
    """Ask for what separates a market's position from its target, one order at a time."""
    wish = state.wishes[market]
    if wish.working_no != NO_ORDER:
        wish.done = 0
        orders.cancel(state, outbox, wish.working_no)
        return
    position = state.positions[market]
    surplus_u = position.size_u if wish.target == 0.0 else _surplus(state, params, market)
    asked_from = state.next_local_no
    if surplus_u > 0:
        wish.done = exits.sell(state, outbox, market, surplus_u)
    elif wish.target > 0.0 and _short_of(state, params, market):
        wish.done = entries.buy_up_to(state, params, outbox, market, wish.target)
    else:
        wish.done = 1
    if state.next_local_no != asked_from and wish.done:
        wish.working_no = state.next_local_no - 1


@njit
def _surplus(state: Record, params: Record, market: int) -> int:
    """Return by how many units a position exceeds its target, in whole lots; 0 if it does not."""
    position = state.positions[market]
    target = state.wishes[market].target
    if position.size_u <= 0:
        return 0
    if params.sizer == UNITS:
        wanted_u = sizing.wanted_units(params, position.rules, target)
        return max(floor_lot(position.size_u - wanted_u, position.rules), 0)
    excess = position.value - sizing.wanted_value(state, params, market, target)
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
