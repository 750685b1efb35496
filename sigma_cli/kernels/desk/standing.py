"""What the switches that are on mean for a desk that trades on ticks: may it, and how much.

Asked before an order that adds risk; an order that reduces a position never comes here. Writes
nothing but what looking at the rows writes (`tripping.py`), and takes note of chores that are done.
"""

from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.requests import Reason
from sigma_cli.domain.switches import MARKET_METRICS, Action
from sigma_cli.kernels.desk import pace, switches, tripping, watch
from sigma_cli.kernels.desk.switches import HALT_ROW, HALTED, NO_ROW
from sigma_cli.kernels.jit import constant, njit

EXPEL = constant(Action.EXPEL)
VETO, SCALE, NO_TAKING = (
    constant(Action.VETO),
    constant(Action.SCALE),
    constant(Action.NO_TAKING),
)
RAISE, ADD = constant(Action.RAISE), constant(Action.ADD)
CANCEL, TRIM, LIQUIDATE = (
    constant(Action.CANCEL),
    constant(Action.TRIM),
    constant(Action.LIQUIDATE),
)
"""Bits of what `take_chores` returns."""
PAUSED = constant(Reason.PAUSED)
PAUSE_ROW = constant(-3)
_FIRST_OF_MARKETS = constant(MARKET_METRICS)


@njit
def refusing_row(state: Record, params: Record, market: int) -> int:
    """Return the row that forbids the candidate, HALT_ROW, PAUSE_ROW, or NO_ROW when it may go.

    All that it depends on is measured anew but `market`, the candidate's, whose events see to that.
    """
    if state.halted:
        return HALT_ROW
    look_by_clock(state, params, market)
    if max(state.alarm.paused_until_ns, state.watch[market].paused_until_ns) > state.now_ns:
        return PAUSE_ROW
    for row in range(params.switch_rows):
        if not params.equity_rows <= row < params.order_rows:
            if params.switches[row].action & VETO and tripping.is_on(state, params, row, market):
                return row
    switches.measure_order(state, params)
    pace.measure(state)
    refusing = NO_ROW
    for row in range(params.equity_rows, params.order_rows):
        if tripping.look(state, params, row) and refusing == NO_ROW:
            refusing = row
    return refusing


@njit
def look_at_market(state: Record, params: Record, mind: Record, market: int) -> None:
    """Measure a market, and look at the rows that watch its events. mind: FEATURES."""
    watch.measure(state, params, mind, market)
    for row in range(params.order_rows, params.market_rows):
        tripping.look_at(state, params, row, market)


@njit
def look_by_clock(state: Record, params: Record, market: int) -> None:
    """Look at the rows that watch a market though nothing arrives."""
    watch.measure_by_clock(state, params, market)
    for row in range(params.closed_rows, params.switch_rows):
        if tripping.watches_markets(params.switches[row]):
            tripping.look_at(state, params, row, market)


@njit
def why(state: Record, params: Record, row: int, market: int) -> tuple[int, float, float]:
    """Return the Reason that a refusing row gives, what was measured and the limit."""
    if row == HALT_ROW:
        return HALTED, 1.0, 0.0
    if row == PAUSE_ROW:
        until_ns = max(state.alarm.paused_until_ns, state.watch[market].paused_until_ns)
        return PAUSED, float(until_ns - state.now_ns), 0.0
    switch = params.switches[row]
    if tripping.watches_markets(switch):
        measured = state.watch[market].metrics[switch.metric - _FIRST_OF_MARKETS]
    else:
        measured = state.metrics[switch.metric]
    return switch.reason, measured, switch.limit


@njit
def scale(state: Record, params: Record, market: int) -> float:
    """Return by what sizes in a market are multiplied: the least of all factors."""
    least = 1.0
    for row in range(params.switch_rows):
        switch = params.switches[row]
        if switch.action & SCALE and tripping.is_on(state, params, row, market):
            least = min(least, switch.amount)
    return least


@njit
def threshold_factor(state: Record, params: Record, market: int) -> float:
    """Return by what the entry threshold is multiplied: the greatest of all factors."""
    most = 1.0
    for row in range(params.switch_rows):
        switch = params.switches[row]
        if switch.action & RAISE and tripping.is_on(state, params, row, market):
            most = max(most, switch.amount)
    return most


@njit
def threshold_addition(state: Record, params: Record, market: int) -> float:
    """Return what is added to the entry threshold: the greatest of all additions."""
    most = 0.0
    for row in range(params.switch_rows):
        switch = params.switches[row]
        if switch.action & ADD and tripping.is_on(state, params, row, market):
            most = max(most, switch.amount)
    return most


@njit
def may_take(state: Record, params: Record, market: int) -> bool:
    """Return whether an entry may take what rests in the book, at once."""
    return not _is_asked_for(state, params, NO_TAKING, market)


@njit
def expels(state: Record, params: Record) -> bool:
    """Return whether orders that are not ours are to be cancelled."""
    return _is_asked_for(state, params, EXPEL, 0)


@njit
def _is_asked_for(state: Record, params: Record, action: int, market: int) -> bool:
    for row in range(params.switch_rows):
        if params.switches[row].action & action and tripping.is_on(state, params, row, market):
            return True
    return False


@njit
def put_back(state: Record, market: int, chores: int) -> None:
    """Keep chores that could not be done yet."""
    w = state.watch[market]
    if w.due == 0:
        state.alarm.due += 1
    w.due |= chores


@njit
def take_chores(state: Record, market: int) -> int:
    """Return what has to be done in a market, bits of CANCEL, TRIM and LIQUIDATE, and forget it.

    `state.alarm.due` says in how many markets there is something to do.
    """
    w = state.watch[market]
    chores = w.due
    if chores:
        w.due = 0
        state.alarm.due -= 1
    return chores
