"""What ends a position besides its signal: stop, target, trailing stop, time.

Writes `state.guards`. Stop and target rest at the venue, as long as there is a position of the size
they were asked for; both only reduce. The trailing stop and the clock are looked at on every bar
and leave at the market. A position that was ended here is entered again only when its strategy
changes its mind.
"""

from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.orders import Role
from sigma_cli.domain.requests import OrderType, Reason, Side
from sigma_cli.kernels.desk import orders, signals
from sigma_cli.kernels.jit import constant, njit
from sigma_cli.kernels.ticks import ceil_tick, floor_lot, floor_tick

BUY, SELL = constant(Side.BUY), constant(Side.SELL)
LIMIT, STOP = constant(OrderType.LIMIT), constant(OrderType.STOP)
AS_STOP, AS_TARGET = constant(Role.STOP), constant(Role.TARGET)
EXIT_STOP, EXIT_TARGET = constant(Reason.EXIT_STOP), constant(Reason.EXIT_TARGET)
EXIT_TRAILING, EXIT_TIME = constant(Reason.EXIT_TRAILING), constant(Reason.EXIT_TIME)
PROTECTION_MOVED = constant(Reason.PROTECTION_MOVED)
NO_ORDER = constant(0)


@njit
def on_bar(state: Record, params: Record, outbox: Record, market: int) -> None:
    """Count a bar held, and leave when it has fallen too far from its high or lasted too long."""
    position = state.positions[market]
    if position.size_u <= 0:
        return
    guard = state.guards[market]
    guard.bars += 1
    guard.highest = max(guard.highest, position.mark)
    if params.exit_trailing > 0.0:
        if position.mark <= guard.highest * (1.0 - params.exit_trailing):
            signals.leave(state, outbox, market, EXIT_TRAILING)
            return
    if 0 < params.exit_bars <= guard.bars:
        signals.leave(state, outbox, market, EXIT_TIME)


@njit
def on_fill(state: Record, order: Record, fact: Record) -> None:
    """Keep what a position cost: stop and target are counted from its mean entry price."""
    position = state.positions[order.market]
    guard = state.guards[order.market]
    if order.side == BUY:
        price = fact.price_u * position.rules.price_scale
        guard.entry_value += price * fact.size_u
        guard.entry_u += fact.size_u
        guard.highest = max(guard.highest, price)  # not the mark: that is a close before the entry
    if position.size_u <= 0:
        guard.entry_value = 0.0
        guard.entry_u = 0
        guard.highest = 0.0
        guard.bars = 0
    elif order.local_no == guard.stop_no or order.local_no == guard.target_no:
        guard.guarded_u -= fact.size_u  # it goes on guarding the rest: both only reduce


@njit
def on_fact(state: Record, slot: int) -> None:
    """Forget a stop or target that has ended."""
    order = state.orders[slot]
    if orders.is_working(state, slot):
        return
    guard = state.guards[order.market]
    if guard.stop_no == order.local_no:
        guard.stop_no = NO_ORDER
    elif guard.target_no == order.local_no:
        guard.target_no = NO_ORDER


@njit
def review(state: Record, params: Record, outbox: Record, market: int) -> None:
    """Ask for stop and target where a position changed; be rid of those that guard nothing.

    Called when no order of the market's wish is working, so that they are asked for once.
    """
    position = state.positions[market]
    guard = state.guards[market]
    size_u = floor_lot(max(position.size_u, 0), position.rules)
    if size_u == guard.guarded_u:
        return
    _drop(state, outbox, guard.stop_no)
    _drop(state, outbox, guard.target_no)
    guard.stop_no = NO_ORDER
    guard.target_no = NO_ORDER
    guard.guarded_u = size_u
    if size_u == 0 or guard.entry_u == 0:
        return
    entry_u = guard.entry_value / guard.entry_u / position.rules.price_scale
    if params.exit_stop > 0.0:
        price_u = floor_tick(int(entry_u * (1.0 - params.exit_stop)), position.rules)
        guard.stop_no = _rest(state, outbox, market, STOP, price_u)
    if params.exit_target > 0.0:
        price_u = ceil_tick(int(entry_u * (1.0 + params.exit_target)) + 1, position.rules)
        guard.target_no = _rest(state, outbox, market, LIMIT, price_u)


@njit
def _drop(state: Record, outbox: Record, local_no: int) -> None:
    slot = orders.slot_of(state, local_no)
    if slot != orders.NO_SLOT and orders.is_working(state, slot):
        orders.cancel(state, outbox, local_no, PROTECTION_MOVED)


@njit
def _rest(state: Record, outbox: Record, market: int, order_type: int, price_u: int) -> int:
    """Ask for a resting order over the whole position; return its number, or NO_ORDER."""
    position = state.positions[market]
    candidate = state.candidate
    candidate.market = market
    candidate.strategy = state.wishes[market].strategy
    candidate.role = AS_STOP if order_type == STOP else AS_TARGET
    candidate.side = SELL
    candidate.order_type = order_type
    candidate.reason = EXIT_STOP if order_type == STOP else EXIT_TARGET
    candidate.price_u = max(price_u, 1)
    orders.for_good(candidate)
    candidate.size_u = floor_lot(position.size_u, position.rules)
    candidate.value = candidate.size_u * position.rules.size_scale * position.mark
    if candidate.value < position.rules.value_min:  # dust: the venue would refuse it
        return NO_ORDER
    return state.next_local_no - 1 if orders.submit(state, outbox) else NO_ORDER
