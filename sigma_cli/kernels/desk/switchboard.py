"""Who wakes which rows of the switch table, for a desk that trades on ticks.

An event of a market costs a few comparisons (`on_tick`, `on_mark`). Rows that watch markets are
looked at by the first event of each second and before every order; those that watch the clock, once
a second of arrival time; a fast move and falling equity, at once. Writes `state.alarm`.
"""

import math

from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.switches import Latch, Metric, Sizer
from sigma_cli.domain.units import NS_PER_DAY, NS_PER_S
from sigma_cli.kernels.desk import kelly, memory, pace, standing, strays, tripping, watch
from sigma_cli.kernels.jit import constant, inline, njit

DRAWDOWN, DAY_LOSS = constant(Metric.DRAWDOWN), constant(Metric.DAY_LOSS)
WEEK_LOSS, DAY_LOSS_VALUE = constant(Metric.WEEK_LOSS), constant(Metric.DAY_LOSS_VALUE)
EXPOSURE, SAME_SCORES = constant(Metric.EXPOSURE), constant(Metric.SAME_SCORES)
_MOVE = constant(Metric.MOVE)
LATCH_DAY, LATCH_PERSON = constant(Latch.DAY), constant(Latch.PERSON)
KELLY = constant(Sizer.KELLY)
NOTHING_SAID = 0.5
SECOND_NS = constant(NS_PER_S)
WEEK_NS = constant(7 * NS_PER_DAY)
MONDAY_NS = constant(4 * NS_PER_DAY)
"""1970-01-01 was a Thursday."""
SLACK = 1e-3
"""Share by which equity may be above what trips a row before it is looked at on every event."""

# --- Events of the market and of the clock ---


@inline
def on_tick(state: Record, params: Record, mind: Record, market: int, price_u: int) -> None:
    """Take a trade's price, or a mid, of a market; 0: it is unknown.

    mind: the market's FEATURES, which know the event.
    """
    w = state.watch[market]
    w.seen_ns = state.now_ns
    if state.now_ns >= w.look_ns:
        _on_second(state, params, mind, market)
    if price_u > 0:
        if price_u > w.top_u or price_u < w.bottom_u:
            _on_extreme(state, params, market, price_u)
        w.price_u = price_u


@inline
def on_mark(state: Record, params: Record) -> None:
    """Look at equity after it moved."""
    alarm = state.alarm
    if state.account.equity <= alarm.below or state.account.equity_peak > alarm.peak_max:
        look_at_equity(state, params)


@njit
def on_timer(state: Record, params: Record) -> None:
    """Look at what changes though nothing arrives, once a second."""
    if state.now_ns < state.alarm.next_ns:
        return
    state.alarm.next_ns = state.now_ns - state.now_ns % SECOND_NS + SECOND_NS
    for market in range(state.market_count):
        standing.look_by_clock(state, params, market)
    look_at_account(state, params)


@njit
def _on_second(state: Record, params: Record, mind: Record, market: int) -> None:
    w = state.watch[market]
    w.look_ns = state.now_ns - state.now_ns % SECOND_NS + SECOND_NS
    if state.now_ns >= w.roll_ns:
        watch.roll(w, state.now_ns, params.move_bucket_ns)
    watch.note_minutes(w, state.now_ns)
    standing.look_at_market(state, params, mind, market)


@njit
def _on_extreme(state: Record, params: Record, market: int, price_u: int) -> None:
    w = state.watch[market]
    watch.stretch(w, price_u)
    if w.metrics[watch.MOVE] > params.move_max:
        for row in range(params.order_rows, params.market_rows):
            if params.switches[row].metric == _MOVE:
                tripping.look_at(state, params, row, market)


# --- Days, segments and people ---


@njit
def on_start(state: Record, params: Record) -> None:
    """Begin a segment, once the account has."""
    if state.alarm.week_end_ns == 0:
        _open_week(state, params)
    look_at_equity(state, params)


@njit
def on_new_day(state: Record, params: Record) -> None:
    """Release what was latched for the day, once the account has opened the new one."""
    if state.now_ns > state.alarm.week_end_ns:
        _open_week(state, params)
    for row in range(params.switch_rows):
        if params.switches[row].latch == LATCH_DAY:
            state.fired[row].on = tripping.OFF
    look_at_equity(state, params)


@njit
def on_rearm(state: Record, params: Record) -> None:
    """Let go of every latch that waits for a person, once the account counts from here.

    What still holds stays quiet until it has not: it would only fire again.
    """
    state.halted = 0
    strays.on_rearm(state)
    for row in range(params.switch_rows):
        if params.switches[row].latch == LATCH_PERSON and state.fired[row].on == tripping.ON:
            state.fired[row].on = tripping.SPENT
    look_at_equity(state, params)


@njit
def _open_week(state: Record, params: Record) -> None:
    """Begin the week, on Monday at the beginning of the trading day: its loss counts from here."""
    since_ns = state.now_ns - params.day_offset_ns - MONDAY_NS
    state.alarm.week_end_ns = state.now_ns + -since_ns % WEEK_NS
    state.alarm.equity_week_start = state.account.equity


# --- Orders and what became of them ---


@njit
def on_submit(state: Record, params: Record) -> None:
    """Remember the candidate, an order that adds risk: it was asked for."""
    pace.on_submit(state, params)


@njit
def on_answer(state: Record, params: Record, took_ns: int) -> None:
    """Take the time from a decision to the first fact about its order."""
    pace.on_answer(state, took_ns)
    look_at_account(state, params)


@njit
def on_entry(state: Record, params: Record, slippage: float) -> None:
    """Take how much worse than decided an entry was filled, as a share of the price."""
    memory.on_entry(state, slippage)
    _look_at_trips(state, params)


@njit
def on_closed(state: Record, params: Record, gross: float, fees: float, value: float) -> None:
    """Take a closed round trip: profit before fees, its fees, and what its entry was worth."""
    memory.on_closed(state, gross, fees, value)
    if params.sizer == KELLY:
        kelly.on_closed(state, params)
    _look_at_trips(state, params)


@njit
def on_score(state: Record, params: Record, market: int, score: float) -> None:
    """Take the score of a market: several that agree to the last bit have mixed their data.

    One that stands at a bound, 0 or 1, or in the middle, where nothing happened, says nothing.
    """
    w = state.watch[market]
    w.score = score
    w.score_second = state.now_ns // SECOND_NS
    same = 0
    if 0.0 < score < 1.0 and score != NOTHING_SAID:
        for m in range(state.market_count):
            other = state.watch[m]
            same += int(other.score_second == w.score_second and other.score == score)
    state.metrics[SAME_SCORES] = float(same)
    look_at_account(state, params)


# --- What no order explains ---


@njit
def on_external(state: Record, params: Record, fact: Record) -> None:
    """Take a change of balance that no order explains, before the account books it.

    A transfer is neither gain nor loss: what the week is counted from moves along.
    """
    position = state.positions[fact.market]
    strays.on_external(state, fact)
    moved = fact.size_u * position.rules.size_scale * position.mark - fact.fee
    state.alarm.equity_week_start += moved
    look_at_account(state, params)


@njit
def on_balance(state: Record, params: Record, fact: Record) -> None:
    """Take a balance as the venue reports it."""
    strays.on_balance(state, fact)
    look_at_account(state, params)


@njit
def on_stranger(state: Record, params: Record) -> None:
    """Take note of a fact about an order that is not ours."""
    strays.on_stranger(state)
    look_at_account(state, params)


# --- Rows of one wake ---


@njit
def look_at_equity(state: Record, params: Record) -> None:
    """Look at every row that watches equity, and set the alarm for the next time."""
    account, alarm = state.account, state.alarm
    start = alarm.equity_week_start
    state.metrics[WEEK_LOSS] = 1.0 - account.equity / start if start > 0.0 else 1.0
    state.metrics[DAY_LOSS_VALUE] = account.equity_day_start - account.equity
    alarm.peak_max = account.equity_peak + SLACK * abs(account.equity_peak)
    alarm.below = -math.inf
    for row in range(params.equity_rows):
        if tripping.look(state, params, row):
            continue  # latched: equity can't change that
        if state.fired[row].on == tripping.SPENT:
            alarm.below = math.inf  # it waits for its condition to be false
        else:
            level = _trips_at(state, params, row)
            alarm.below = max(alarm.below, level + SLACK * abs(level))


@njit
def _trips_at(state: Record, params: Record, row: int) -> float:
    """Return at which equity a row trips; with the highest peak that the alarm lets pass."""
    account, switch = state.account, params.switches[row]
    if switch.metric == DRAWDOWN:
        return state.alarm.peak_max * (1.0 - switch.limit)
    if switch.metric == DAY_LOSS:
        return account.equity_day_start * (1.0 - switch.limit)
    if switch.metric == WEEK_LOSS:
        return state.alarm.equity_week_start * (1.0 - switch.limit)
    return account.equity_day_start - switch.limit


@njit
def look_at_account(state: Record, params: Record) -> None:
    """Look at every row that watches the account by the clock."""
    strays.measure(state, params)
    equity = state.account.equity
    held = 0.0
    for market in range(state.market_count):
        held += state.positions[market].value
    state.metrics[EXPOSURE] = 0.0
    if held > 0.0:
        state.metrics[EXPOSURE] = held / equity if equity > 0.0 else math.inf
    for row in range(params.closed_rows, params.switch_rows):
        if not tripping.watches_markets(params.switches[row]):
            tripping.look(state, params, row)


@njit
def _look_at_trips(state: Record, params: Record) -> None:
    for row in range(params.market_rows, params.closed_rows):
        tripping.look(state, params, row)
