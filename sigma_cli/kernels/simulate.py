"""Simulate: the desk and the simulated venue, bar by bar, producing the facts of a tape.

The order of one instant, which `replay.py` repeats:

1. rule changes that have come into force,
2. per market: what the open of the bar fills,
3. per market: what the inside of the bar fills, then the bar itself, at its close,
4. per market: the strategy's signal, and the venue's answer to what the desk asked for.

So a signal of bar t acts at the open of bar t+1 at the earliest, and no market's signal is sized
with another market's stale price. Timers are absent: nothing in a bar happens every 100 ms.
"""

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.bounds import DECISIONS_MAX, LOG_MAX, MARKETS_MAX, ORDERS_MAX
from sigma_cli.domain.dtypes.layout import Record, Records
from sigma_cli.domain.dtypes.tape import BOUND, TOLD
from sigma_cli.domain.events import ControlKind, EventKind
from sigma_cli.kernels.desk.step import advance, asks_on_bars
from sigma_cli.kernels.jit import constant, inline, merged, njit, prefetch
from sigma_cli.kernels.matching.bars import close_bar, open_bar, take
from sigma_cli.kernels.matching.orders import set_rules
from sigma_cli.kernels.quiet import ALWAYS, pass_quietly, quiet_end

START, BAR, FACT = constant(EventKind.START), constant(EventKind.BAR), constant(EventKind.FACT)
SIGNAL, CONTROL = constant(EventKind.SIGNAL), constant(EventKind.CONTROL)
RULES = constant(ControlKind.RULES)


class Rows(NamedTuple):
    """Bars of all markets and their signals, sorted by (open_ts_ns, market); every column [n]."""

    interval_ns: int
    strategy: int
    open_ts_ns: NDArray[np.int64]
    market: NDArray[np.uint32]
    open_u: NDArray[np.int64]
    high_u: NDArray[np.int64]
    low_u: NDArray[np.int64]
    close_u: NDArray[np.int64]
    volume_u: NDArray[np.int64]
    signal: NDArray[np.float64]  # NaN: no event


NOTHING_TOLD: Final = np.zeros(0, TOLD)
NO_BOUNDS: Final = np.zeros(0, BOUND)


class Schedule(NamedTuple):
    """Changes of rules in order of time, `rules` RULES [k], and what else the desk is told."""

    valid_from_ns: NDArray[np.int64]
    market: NDArray[np.uint32]
    rules: Records
    day_volume_u: NDArray[np.int64]
    """The mean volume of a day as known then, 0: unknown. Nothing on bars asks for it."""
    told: Records = NOTHING_TOLD
    """TOLD, in order of time. Nothing on bars asks for it."""
    bounds: Records = NO_BOUNDS
    """BOUND, of which TOLD names the rows."""


ROOM: Final = 4 * ORDERS_MAX + MARKETS_MAX + DECISIONS_MAX
"""Log rows of one kind that one instant may need: accepted, filled, ended and asked anew, each
order once, and one signal a market."""


@njit
def simulate(
    rows: Rows,
    schedule: Schedule,
    world: Records,
    log: Records,
    equity: NDArray[np.float64],
    stop_row: int,
) -> None:
    """Run from the world's cursor up to `stop_row`, or until the log is nearly full.

    `world` is WORLD [1], `log` LOG [1]; `equity` [n, 2] takes equity and cash after each bar. The
    caller empties the log, sets its counts in the cursor to 0 and calls again: a run of any
    length needs bounded memory, and can be interrupted between two calls.
    """
    w = world[0]
    out = log[0]
    at = w.cursor
    if at.seq == 0:
        begin(rows, w, out)
    stop = end_of_instant(rows.open_ts_ns, min(stop_row, len(rows.open_ts_ns)) - 1)
    open_ts_ns, market, close_u, signal = rows.open_ts_ns, rows.market, rows.close_u, rows.signal
    first = at.row
    while first < stop and _has_room(at):
        quiet = w.venue.open_count == 0 and not asks_on_bars(w.params)
        if quiet:
            end = quiet_end(open_ts_ns, signal, first, stop, due(schedule, at.change))
            fetch_bar(rows, end + 1)  # a signal there would be filled by the bar after it
            pass_quietly(open_ts_ns, market, close_u, rows.interval_ns, first, end, w, equity)
            first = end
            if first == stop:
                break
        end = end_of_instant(open_ts_ns, first)
        if at.change < len(schedule.valid_from_ns):
            change_rules(schedule, open_ts_ns[first], w, out)
        if quiet:
            pass_quietly(open_ts_ns, market, close_u, rows.interval_ns, first, end, w, equity)
        else:
            enter_bars(rows, first, end, w, out)
            for row in range(first, end):
                equity[row, 0] = w.state.account.equity
                equity[row, 1] = w.state.account.cash
        for row in range(first, end):
            if not math.isnan(signal[row]):
                send_signal(rows, row, w, out)
        first = end
    at.row = first


@inline
def due(schedule: Schedule, change: int) -> int:
    """Return when the rules change next."""
    at = ALWAYS
    if change < len(schedule.valid_from_ns):
        at = schedule.valid_from_ns[change]
    return at


@inline
def fetch_bar(rows: Rows, row: int) -> None:
    """Ask for what a quiet bar is not asked for."""
    prefetch(rows.open_u, row)
    prefetch(rows.high_u, row)
    prefetch(rows.low_u, row)
    prefetch(rows.volume_u, row)


@inline
def end_of_instant(open_ts_ns: NDArray[np.int64], first: int) -> int:
    """Return the row after the last bar that opened together with bar `first`."""
    end = first + 1
    while end < len(open_ts_ns) and open_ts_ns[end] == open_ts_ns[first]:
        end += 1
    return end


@njit
def load_start(rows: Rows, event: Record) -> None:
    """Make `event` the beginning of the tape, at the open of its first bar."""
    event.kind = START
    event.market = 0
    event.exch_ts_ns = rows.open_ts_ns[0]
    event.recv_ts_ns = rows.open_ts_ns[0]


@njit
def load_rules(schedule: Schedule, change: int, now_ns: int, event: Record) -> None:
    """Make `event` a change of rules, learned at `now_ns`."""
    event.kind = CONTROL
    event.market = schedule.market[change]
    event.exch_ts_ns = schedule.valid_from_ns[change]
    event.recv_ts_ns = now_ns
    event.control.kind = RULES
    event.control.rules = schedule.rules[change]
    event.control.day_volume_u = schedule.day_volume_u[change]


@inline
def load_bar(rows: Rows, row: int, event: Record) -> None:
    """Make `event` a bar; it reaches the desk at its close."""
    at = np.uint64(row)  # unsigned: numba need not ask whether it counts from the end
    close_ts_ns = rows.open_ts_ns[at] + rows.interval_ns
    event.kind = BAR
    event.market = rows.market[at]
    event.exch_ts_ns = close_ts_ns
    event.recv_ts_ns = close_ts_ns
    event.bar.open_ts_ns = rows.open_ts_ns[at]
    event.bar.open_u = rows.open_u[at]
    event.bar.high_u = rows.high_u[at]
    event.bar.low_u = rows.low_u[at]
    event.bar.close_u = rows.close_u[at]
    event.bar.volume_u = rows.volume_u[at]


@inline
def load_signal(rows: Rows, row: int, event: Record) -> None:
    """Make `event` the signal of a bar: it is known when the bar is."""
    event.kind = SIGNAL
    event.market = rows.market[row]
    event.exch_ts_ns = rows.open_ts_ns[row] + rows.interval_ns
    event.recv_ts_ns = event.exch_ts_ns
    event.signal.strategy = rows.strategy
    event.signal.value = rows.signal[row]


@merged
def load_fact(fact: Record, event: Record) -> None:
    """Make `event` a fact as it arrives."""
    event.kind = FACT
    event.market = fact.market
    event.exch_ts_ns = fact.exch_ts_ns
    event.recv_ts_ns = fact.recv_ts_ns
    event.fact = fact


@njit
def _has_room(at: Record) -> bool:
    return max(at.facts, at.requests, at.decisions) + ROOM <= LOG_MAX


@njit
def begin(rows: Rows, w: Record, log: Record) -> None:
    """Let the beginning of the tape enter a fresh world."""
    load_start(rows, w.event)
    enter(w, log)


@njit
def change_rules(schedule: Schedule, now_ns: int, w: Record, log: Record) -> None:
    """Let the changes of rules enter that have come into force by `now_ns`."""
    at = w.cursor
    while at.change < len(schedule.valid_from_ns) and schedule.valid_from_ns[at.change] <= now_ns:
        load_rules(schedule, at.change, now_ns, w.event)
        set_rules(w.venue, schedule.market[at.change], schedule.rules[at.change])
        enter(w, log)
        at.change += 1


@inline
def enter_bars(rows: Rows, first: int, end: int, w: Record, log: Record) -> None:
    """Let the bars of one instant fill what they fill, then enter.

    Opens come first, in every market: they are over before any bar is.
    """
    if w.venue.open_count > 0:
        for row in range(first, end):
            load_bar(rows, row, w.event)
            open_bar(w.venue, w.event.market, w.event.bar, w.inbox)
            _settle(w, log)
    for row in range(first, end):
        load_bar(rows, row, w.event)
        if w.venue.open_count > 0 and fill_inside(w, log):
            load_bar(rows, row, w.event)
        enter(w, log)
        if w.outbox.request_count > 0:
            _settle(w, log)


@inline
def send_signal(rows: Rows, row: int, w: Record, log: Record) -> None:
    """Let one signal enter, and the venue answer what it made the desk ask for."""
    load_signal(rows, row, w.event)
    _send(w, log)


@njit
def fill_inside(w: Record, log: Record) -> bool:
    """Let the inside of the bar in `w.event` fill what it fills; True: `w.event` is another now."""
    close_bar(w.venue, w.event.market, w.event.bar, w.event.recv_ts_ns, w.inbox)
    if w.inbox.count == 0:
        return False
    _settle(w, log)
    return True


@njit
def _send(w: Record, log: Record) -> None:
    enter(w, log)
    _settle(w, log)


@inline
def enter(w: Record, log: Record) -> None:
    """Let `w.event` enter the desk, and log what came of it."""
    at = w.cursor
    w.event.seq = at.seq
    advance(w.state, w.event, w.params, w.outbox)
    if w.outbox.request_count > 0 or w.outbox.decision_count > 0:
        _write(w, log)
    at.seq += 1


@njit
def _write(w: Record, log: Record) -> None:
    at = w.cursor
    for i in range(w.outbox.request_count):
        log.requests[at.requests] = w.outbox.requests[i]
        log.request_seq[at.requests] = at.seq
        at.requests += 1
    for i in range(w.outbox.decision_count):
        log.decisions[at.decisions] = w.outbox.decisions[i]
        at.decisions += 1


@njit
def _settle(w: Record, log: Record) -> None:
    """Carry facts to the desk and requests to the venue until neither has anything to say."""
    at = w.cursor
    _hear(w, log)
    while at.sent < at.requests:
        request = log.requests[at.sent]
        at.sent += 1
        mark_u = w.state.positions[request.market].mark_u
        take(w.venue, request, mark_u, w.state.now_ns, w.inbox)
        _hear(w, log)


@njit
def _hear(w: Record, log: Record) -> None:
    """Let the venue's last facts enter the desk, one by one, and the log."""
    at = w.cursor
    for i in range(w.inbox.count):
        log.facts[at.facts] = w.inbox.facts[i]
        log.fact_seq[at.facts] = at.seq
        at.facts += 1
        load_fact(w.inbox.facts[i], w.event)
        enter(w, log)
    w.inbox.count = 0
