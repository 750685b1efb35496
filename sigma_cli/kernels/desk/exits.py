"""Orders that reduce a confirmed position, never by more than it. No switch stands before them.

Writes `state.candidate`; `orders.py` writes the request. When to leave is said by `signals.py`
(the strategy) and `guards.py` (stop, target, trailing stop, time).
"""

from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.orders import Role
from sigma_cli.domain.requests import OrderType, Reason, Side
from sigma_cli.kernels.desk import orders
from sigma_cli.kernels.jit import constant, merged
from sigma_cli.kernels.ticks import floor_lot

SELL = constant(Side.SELL)
MARKET = constant(OrderType.MARKET)
LOT, VALUE_MIN = constant(Reason.LOT), constant(Reason.VALUE_MIN)
NO_RULES = constant(Reason.NO_RULES)
WISH = constant(Role.WISH)


@merged
def ask(state: Record, outbox: Record, market: int, size_u: int) -> bool:
    """Ask for the candidate, a sale of `size_u` at most; return whether it was asked for.

    What is worth less than the venue's minimum can't be sold: it stays, as dust, and the
    refusal says so.
    """
    position = state.positions[market]
    candidate = state.candidate
    if position.has_rules == 0:
        return orders.refuse(state, outbox, NO_RULES, 0.0, 0.0)
    candidate.size_u = floor_lot(min(size_u, position.size_u), position.rules)
    candidate.value = candidate.size_u * position.rules.size_scale * position.mark
    if candidate.size_u <= 0:
        return orders.refuse(state, outbox, LOT, float(size_u), float(position.rules.lot_u))
    if candidate.value < position.rules.value_min:
        return orders.refuse(state, outbox, VALUE_MIN, candidate.value, position.rules.value_min)
    return orders.submit(state, outbox)


@merged
def sell(state: Record, outbox: Record, market: int, size_u: int, reason: int) -> bool:
    """Ask to sell `size_u` of a position at the market; return whether it was asked for."""
    orders.aim(state, market, WISH, SELL, reason)
    state.candidate.strategy = state.wishes[market].strategy
    state.candidate.order_type = MARKET
    return ask(state, outbox, market, size_u)
