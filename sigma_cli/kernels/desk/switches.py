"""The limits of a desk that trades on bars: walks their rows, remembers what tripped.

Writes `state.fired`, `state.halted` and the metrics of orders. The table itself is in
`domain/switches.py`; the whole of it, for ticks, is walked by `switchboard.py`. Must not block
anything that reduces a position: only entries ask here.
"""

import math

from sigma_cli.domain.dtypes.bounds import ORDER_TIMES_MAX
from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.requests import Reason
from sigma_cli.domain.switches import Comparison, Latch, Metric
from sigma_cli.kernels.desk import sizing
from sigma_cli.kernels.jit import constant, inline, merged, njit

ABOVE = constant(Comparison.ABOVE)
LATCH_DAY, LATCH_PERSON = constant(Latch.DAY), constant(Latch.PERSON)
MARKET_SHARE, ORDER_RATIO = constant(Metric.MARKET_SHARE), constant(Metric.ORDER_RATIO)
ORDER_RATE = constant(Metric.ORDER_RATE)
HALTED = constant(Reason.HALTED)

NO_ROW = constant(-1)
HALT_ROW = constant(-2)


@inline
def on_equity(state: Record, params: Record) -> None:
    """Look at every row that watches equity."""
    for row in range(params.equity_rows):
        _look(state, params, row)


@njit
def on_new_day(state: Record, params: Record) -> None:
    """Release what was latched for the day."""
    for row in range(params.equity_rows):
        if params.switches[row].latch == LATCH_DAY:
            state.fired[row].on = 0


@njit
def halt(state: Record) -> None:
    """Stop everything that adds risk until a person re-arms."""
    state.halted = 1


@njit
def rearm(state: Record, params: Record) -> None:
    """Release every latch that waits for a person; a day's loss waits for the next day."""
    state.halted = 0
    for row in range(params.switch_rows):
        if params.switches[row].latch == LATCH_PERSON:
            state.fired[row].on = 0


@merged
def refusing_row(state: Record, params: Record) -> int:
    """Return the row that forbids the candidate, HALT_ROW, or NO_ROW when it may go."""
    if state.halted:
        return HALT_ROW
    for row in range(params.equity_rows):
        if state.fired[row].on:
            return row
    measure_order(state, params)
    for row in range(params.equity_rows, params.order_rows):
        if _look(state, params, row):
            return row
    return NO_ROW


@njit
def reason_of(params: Record, row: int) -> int:
    """Return the Reason that a refusing row gives."""
    return HALTED if row == HALT_ROW else params.switches[row].reason


@njit
def _look(state: Record, params: Record, row: int) -> bool:
    """Compare one metric with its limit; a switch fires on the edge. Return whether it is on."""
    switch = params.switches[row]
    fired = state.fired[row]
    value = state.metrics[switch.metric]
    tripped = value > switch.limit if switch.comparison == ABOVE else value >= switch.limit
    if tripped and not fired.on:
        if fired.count == 0:
            fired.first_ts_ns = state.now_ns
            fired.first_seq = state.seq
            fired.first_value = value
        fired.count += 1
        fired.on = 1
    elif not tripped and switch.latch != LATCH_DAY and switch.latch != LATCH_PERSON:
        fired.on = 0
    return fired.on != 0


@merged
def measure_order(state: Record, params: Record) -> None:
    """Measure the candidate against the account and the orders before it."""
    candidate = state.candidate
    state.metrics[MARKET_SHARE] = math.inf  # with no equity, anything is too much
    if not sizing.has_caps(state, params):
        state.metrics[MARKET_SHARE] = 0.0
    elif state.account.equity > 0.0:
        in_market = state.positions[candidate.market].value + candidate.value
        state.metrics[MARKET_SHARE] = in_market / state.account.equity
    state.metrics[ORDER_RATIO] = 0.0
    if state.flow.submits >= params.order_samples_min and state.flow.value_sum > 0.0:
        state.metrics[ORDER_RATIO] = candidate.value * state.flow.submits / state.flow.value_sum
    within = 1
    for back in range(1, min(state.flow.submits, ORDER_TIMES_MAX) + 1):
        at = (state.flow.submits - back) % ORDER_TIMES_MAX
        if state.now_ns - state.flow.times_ns[at] >= params.rate_window_ns:
            break
        within += 1
    state.metrics[ORDER_RATE] = within
