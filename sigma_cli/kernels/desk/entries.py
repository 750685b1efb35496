"""Orders that add risk: what it takes for one to be asked for.

Writes `state.candidate`. Asks the switches; `orders.py` writes the request.
"""

from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.orders import Role
from sigma_cli.domain.requests import OrderType, Reason, Side
from sigma_cli.domain.switches import Sizer
from sigma_cli.kernels.desk import orders, pace, sizing, standing, switches
from sigma_cli.kernels.jit import constant, merged, njit, signed
from sigma_cli.kernels.ticks import floor_lot, size_for

BUY = constant(Side.BUY)
MARKET, VALUE = constant(OrderType.MARKET), constant(OrderType.VALUE)
UNITS = constant(Sizer.UNITS)
NONE, SIGNAL_ENTRY = constant(Reason.NONE), constant(Reason.SIGNAL_ENTRY)
LOT, VALUE_MIN, VALUE_MAX = (
    constant(Reason.LOT),
    constant(Reason.VALUE_MIN),
    constant(Reason.VALUE_MAX),
)
NO_PRICE, NO_RULES, CASH = (
    constant(Reason.NO_PRICE),
    constant(Reason.NO_RULES),
    constant(Reason.CASH),
)
NO_VOLATILITY = constant(Reason.NO_VOLATILITY)
UNKNOWN_ORDER = constant(Reason.UNKNOWN_ORDER)

WISH = constant(Role.WISH)

A_HAIR_LESS = 1.0 - 1e-12


@merged
def buy_up_to(state: Record, params: Record, outbox: Record, market: int, target: float) -> bool:
    """Ask for the buy that lifts a position to `target`; return whether it was asked for."""
    position = state.positions[market]
    if position.has_rules == 0:
        return orders.refuse(state, outbox, NO_RULES, 0.0, 0.0)
    if position.mark_u <= 0:
        return orders.refuse(state, outbox, NO_PRICE, 0.0, 0.0)
    if not sizing.is_known(state, params, market):
        return orders.refuse(state, outbox, NO_VOLATILITY, 0.0, float(params.atr_bars))
    if position.unknown > 0:
        return orders.refuse(state, outbox, UNKNOWN_ORDER, float(position.unknown), 0.0)
    _shape(state, params, market, target)
    return ask(state, params, outbox, market)


@merged
def ask(state: Record, params: Record, outbox: Record, market: int) -> bool:
    """Ask for the candidate, a buy, unless a rule, want of cash or a switch stands against it."""
    reason, measured, limit = rules_broken(state, market)
    if reason != NONE:
        return orders.refuse(state, outbox, reason, measured, limit)
    if params.on_ticks:
        return _ask_on_ticks(state, params, outbox, signed(market))
    row = switches.refusing_row(state, params)
    if row != switches.NO_ROW:
        return _refuse_by(state, outbox, params, row)
    return orders.submit(state, outbox)


@njit
def _ask_on_ticks(state: Record, params: Record, outbox: Record, market: int) -> bool:
    """Ask for the candidate where the whole table of switches stands before it."""
    row = standing.refusing_row(state, params, market)
    if row != switches.NO_ROW:
        reason, measured, limit = standing.why(state, params, row, market)
        return orders.refuse(state, outbox, reason, measured, limit)
    if not orders.submit(state, outbox):
        return False
    pace.on_submit(state, params)
    return True


@merged
def _shape(state: Record, params: Record, market: int, target: float) -> None:
    """Fill in the candidate: by size for fixed units, by value for a share of equity.

    By value, as Upbit's `price` order, because a size computed at the close would not be
    affordable at a higher open: only the orders whose price fell would be filled. The share pays
    its own fee, and a hair less is spent, so that a share of 1 is affordable whatever is rounded.
    Switches that scale shrink what is missing: they sell nothing.
    """
    scale = standing.scale(state, params, signed(market)) if params.on_ticks else 1.0
    position = state.positions[market]
    candidate = state.candidate
    candidate.role = WISH
    candidate.price_u = 0
    orders.for_good(candidate)
    candidate.side = BUY
    candidate.reason = SIGNAL_ENTRY
    if params.sizer == UNITS:
        candidate.order_type = MARKET
        wanted_u = floor_lot(sizing.wanted_units(params, position.rules, target), position.rules)
        candidate.size_u = max(wanted_u - position.size_u, 0)
        if scale < 1.0:
            candidate.size_u = floor_lot(int(candidate.size_u * scale), position.rules)
        candidate.value = candidate.size_u * position.rules.size_scale * position.mark
    else:
        candidate.order_type = VALUE
        value = sizing.wanted_value(state, params, market, target) - position.value
        value = max(value, 0.0) * scale
        candidate.value = value / (1.0 + position.rules.fee_taker) * A_HAIR_LESS
        candidate.size_u = size_for(candidate.value, position.mark, position.rules)


@merged
def rules_broken(state: Record, market: int) -> tuple[int, float, float]:
    """Return the venue rule, or want of cash, that stands against the candidate, measure, limit."""
    candidate = state.candidate
    rules = state.positions[market].rules
    cost = candidate.value * (1.0 + rules.fee_taker)
    free = state.account.cash - state.account.promised
    if candidate.size_u <= 0:
        return LOT, float(candidate.size_u), float(rules.lot_u)
    if candidate.value < rules.value_min:
        return VALUE_MIN, candidate.value, rules.value_min
    if candidate.value > rules.value_max:
        return VALUE_MAX, candidate.value, rules.value_max
    if cost > free:
        return CASH, cost, free
    return NONE, 0.0, 0.0


@njit
def _refuse_by(state: Record, outbox: Record, params: Record, row: int) -> bool:
    if row == switches.HALT_ROW:
        return orders.refuse(state, outbox, switches.reason_of(params, row), 1.0, 0.0)
    switch = params.switches[row]
    measured = state.metrics[switch.metric]
    return orders.refuse(state, outbox, switch.reason, measured, switch.limit)
