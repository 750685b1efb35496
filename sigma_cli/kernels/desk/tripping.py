"""Looks at rows of the switch table and lets those act that fire.

Writes `state.fired`, `firings`, `halted`, `alarm`, and of `state.watch` what is switched, paused
and due. A row fires on the edge, acts once, and may fire again only after its condition was false
for its quiet time. What is not known (NaN, too few samples) changes nothing.
"""

import math

from sigma_cli.domain.dtypes.bounds import FIRINGS_MAX
from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.switches import MARKET_METRICS, Action, Comparison, Latch
from sigma_cli.domain.units import NS_PER_MINUTE
from sigma_cli.kernels.jit import constant, njit

ABOVE, BELOW = constant(Comparison.ABOVE), constant(Comparison.BELOW)
AT_LEAST = constant(Comparison.AT_LEAST)
NO_LATCH = constant(Latch.NONE)
PAUSE, HALT = constant(Action.PAUSE), constant(Action.HALT)
CHORES = constant(Action.CANCEL | Action.TRIM | Action.LIQUIDATE)
"""What somebody else has to do."""
OFF, ON = constant(0), constant(1)
SPENT = constant(2)
"""A person let go of it, and its condition has not been false since: it does nothing."""
EVERY_MARKET = constant(-1)
_FIRST_OF_MARKETS = constant(MARKET_METRICS)
_FIRINGS = constant(FIRINGS_MAX)


@njit
def watches_markets(switch: Record) -> bool:
    """Return whether a row is looked at in each market."""
    return switch.metric >= _FIRST_OF_MARKETS


@njit
def look(state: Record, params: Record, row: int) -> bool:
    """Look at a row that watches the account or an order; return whether it is on."""
    switch, fired = params.switches[row], state.fired[row]
    value = state.metrics[switch.metric]
    if state.samples[switch.metric] < switch.samples_min:
        value = math.nan
    if _turn(fired, switch, value, state.now_ns):
        _act(state, params, row, EVERY_MARKET, value)
    fired.known |= not math.isnan(value)
    return fired.on == ON


@njit
def look_at(state: Record, params: Record, row: int, market: int) -> bool:
    """Look at a row that watches markets, in one of them; return whether it is on."""
    switch, w = params.switches[row], state.watch[market]
    value = w.metrics[switch.metric - _FIRST_OF_MARKETS]
    if _turn(w.switched[switch.slot], switch, value, state.now_ns):
        _act(state, params, row, market, value)
    state.fired[row].known |= not math.isnan(value)
    return w.switched[switch.slot].on == ON


@njit
def is_on(state: Record, params: Record, row: int, market: int) -> bool:
    """Return whether a row is on, for that market if it watches markets."""
    switch = params.switches[row]
    if watches_markets(switch):
        return state.watch[market].switched[switch.slot].on == ON
    return state.fired[row].on == ON


@njit
def _turn(one: Record, switch: Record, value: float, now_ns: int) -> bool:
    """Turn a switch by what it measures; return whether it fires. one: FIRED or SWITCHED."""
    if math.isnan(value):
        return False
    if _holds(switch, value):
        one.held_ns = now_ns
        if one.on == OFF:
            one.on = ON
            return True
    elif switch.latch == NO_LATCH or one.on == SPENT:
        if now_ns - one.held_ns >= switch.quiet_ns:
            one.on = OFF
    return False


@njit
def _holds(switch: Record, value: float) -> bool:
    if switch.comparison == ABOVE:
        return value > switch.limit
    if switch.comparison == AT_LEAST:
        return value >= switch.limit
    if switch.comparison == BELOW:
        return value < switch.limit
    return value <= switch.limit


@njit
def _act(state: Record, params: Record, row: int, market: int, value: float) -> None:
    switch = params.switches[row]
    _note(state, row, max(market, 0), value)
    if switch.action & HALT:
        state.halted = 1
    if switch.action & PAUSE:
        until_ns = state.now_ns + int(switch.amount * NS_PER_MINUTE)
        if market == EVERY_MARKET:
            state.alarm.paused_until_ns = max(state.alarm.paused_until_ns, until_ns)
        else:
            w = state.watch[market]
            w.paused_until_ns = max(w.paused_until_ns, until_ns)
    if switch.action & CHORES:
        for m in range(state.market_count):
            if market in (EVERY_MARKET, m):
                _charge(state, m, switch.action & CHORES)


@njit
def _charge(state: Record, market: int, chores: int) -> None:
    w = state.watch[market]
    if w.due == 0:
        state.alarm.due += 1
    w.due |= chores


@njit
def _note(state: Record, row: int, market: int, value: float) -> None:
    fired = state.fired[row]
    if fired.count == 0:
        fired.first_ts_ns = state.now_ns
        fired.first_seq = state.seq
        fired.first_value = value
    fired.count += 1
    firing = state.firings.last[state.firings.count % _FIRINGS]
    state.firings.count += 1
    firing.ts_ns = state.now_ns
    firing.seq = state.seq
    firing.row = row
    firing.market = market
    firing.value = value
