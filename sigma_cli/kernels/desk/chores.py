"""What kill switches that fired ask for, done: entries called back, positions sold or made smaller.

`tripping.py` says what is due in a market; what can't be done yet stays due. Writes, through the
rooms that sell, what they write.
"""

from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.orders import Phase
from sigma_cli.domain.requests import Reason
from sigma_cli.kernels.desk import (
    dust,
    exits,
    leaving,
    orders,
    selling,
    signals,
    standing,
    trims,
)
from sigma_cli.kernels.jit import constant, njit

EMERGENCY, TRIMMED = constant(Reason.EMERGENCY), constant(Reason.TRIMMED)
SWITCHED_OFF = constant(Reason.SWITCHED_OFF)
FLAT, ENTERING = constant(Phase.FLAT), constant(Phase.ENTERING)
HOLDING, LEAVING = constant(Phase.HOLDING), constant(Phase.LEAVING)
NO_ORDER = constant(0)


@njit
def do(state: Record, params: Record, outbox: Record) -> None:
    """Do in every market what is due there."""
    for market in range(state.market_count):
        due = standing.take_chores(state, market)
        left = 0
        if due & standing.CANCEL:
            _call_off(state, outbox, market)
        if due & standing.LIQUIDATE:
            left = standing.LIQUIDATE if not _liquidate(state, params, outbox, market) else 0
        elif due & standing.TRIM:
            left = standing.TRIM if not _trim(state, params, outbox, market) else 0
        if left:
            standing.put_back(state, market, left)


@njit
def _call_off(state: Record, outbox: Record, market: int) -> None:
    """Cancel what may add risk in a market."""
    trip = state.trips[market]
    if trip.phase == ENTERING:
        trip.called_off = 1
        orders.cancel(state, outbox, trip.order_no, SWITCHED_OFF)


@njit
def _liquidate(state: Record, params: Record, outbox: Record, market: int) -> bool:
    """Sell all of a market; return whether nothing is left to be sold, or may yet be bought."""
    trip, position = state.trips[market], state.positions[market]
    _call_off(state, outbox, market)
    if dust.is_stuck(position):
        is_quiet = trip.phase == FLAT and state.wishes[market].working_no == NO_ORDER
        return is_quiet and position.unknown == 0 and not orders.is_buying(state, market)
    if trip.phase == FLAT:
        signals.leave(state, outbox, market, EMERGENCY)
    else:
        leaving.leave(state, params, outbox, market, EMERGENCY)
    return False


@njit
def _trim(state: Record, params: Record, outbox: Record, market: int) -> bool:
    """Sell what is too much of a market; return whether that was asked for, or nothing can be."""
    trip, wish = state.trips[market], state.wishes[market]
    surplus_u = trims.surplus_u(state, params, market)
    if trip.phase == LEAVING:
        return True
    if surplus_u <= 0:
        return trip.phase != HOLDING or selling.keep(state, params, outbox, market)
    if trip.phase != FLAT:
        return selling.trim(state, outbox, market, surplus_u)
    if wish.working_no != NO_ORDER:
        return False  # it may sell the same coins
    if not exits.sell(state, outbox, market, surplus_u, TRIMMED):
        return False
    wish.working_no = state.next_local_no - 1
    return True
