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

from sigma_cli.domain.dtypes import DECISIONS_MAX, MARKETS_MAX, ORDERS_MAX, Record
from sigma_cli.domain.events import ControlKind, EventKind
from sigma_cli.kernels.desk.step import step
from sigma_cli.kernels.jit import njit
from sigma_cli.kernels.matching import close_bar, open_bar, set_rules, take

START, BAR, FACT = int(EventKind.START), int(EventKind.BAR), int(EventKind.FACT)
SIGNAL, CONTROL = int(EventKind.SIGNAL), int(EventKind.CONTROL)
RULES = int(ControlKind.RULES)


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


class Schedule(NamedTuple):
    """Changes of rules in order of time; `rules` RULES [k]."""

    valid_from_ns: NDArray[np.int64]
    market: NDArray[np.uint32]
    rules: Record


class World(NamedTuple):
    """Everything that a run changes: one-element records and the two outboxes."""

    state: Record
    params: Record
    venue: Record
    event: Record
    requests: Record
    facts: Record


class Log(NamedTuple):
    """What a run leaves behind. `*_seq` is the event that caused a row."""

    facts: Record
    fact_seq: NDArray[np.int64]
    requests: Record
    request_seq: NDArray[np.int64]
    decisions: Record
    equity: NDArray[np.float64]  # [n, 2]: equity and cash after the bar
    cursor: Record  # CURSOR [1]


CURSOR: Final = np.dtype(
    (
        np.record,
        [
            ("row", "i8"),  # next bar
            ("change", "i8"),  # next rule change
            ("seq", "i8"),  # next event
            ("facts", "i8"),  # rows of the log in use
            ("requests", "i8"),
            ("decisions", "i8"),
            ("sent", "i8"),  # requests that the venue has seen
        ],
    )
)
"""How far a run has come."""

ROOM: Final = 4 * ORDERS_MAX + MARKETS_MAX + DECISIONS_MAX
"""Log rows of one kind that one instant may need: accepted, filled, ended and asked anew, each
order once, and one signal a market."""


@njit
def simulate(rows: Rows, schedule: Schedule, world: World, log: Log, stop_row: int) -> None:
    """Run from the log's cursor up to `stop_row`, or until the log is nearly full.

    The caller empties the log, sets its counts to 0 and calls again: a run of any length needs
    bounded memory, and can be interrupted between two calls.
    """
    at = log.cursor[0]
    count = len(rows.open_ts_ns)
    if at.seq == 0:
        load_start(rows, world.event)
        _enter(world, log)
    while at.row < min(stop_row, count) and _has_room(log):
        first = at.row
        end = end_of_instant(rows, first)
        _change_rules(schedule, rows.open_ts_ns[first], world, log)
        if world.venue[0].open_count > 0:
            _open(rows, first, end, world, log)
        for row in range(first, end):
            _close(rows, row, world, log)
        for row in range(first, end):
            if not math.isnan(rows.signal[row]):
                load_signal(rows, row, world.event)
                _enter(world, log)
                _settle(world, log)
        account = world.state[0].account
        for row in range(first, end):
            log.equity[row, 0] = account.equity
            log.equity[row, 1] = account.cash
        at.row = end


@njit
def end_of_instant(rows: Rows, first: int) -> int:
    """Return the row after the last bar that opened together with bar `first`."""
    end = first + 1
    while end < len(rows.open_ts_ns) and rows.open_ts_ns[end] == rows.open_ts_ns[first]:
        end += 1
    return end


@njit
def load_start(rows: Rows, event: Record) -> None:
    """Make `event` the beginning of the tape, at the open of its first bar."""
    event[0].kind = START
    event[0].market = 0
    event[0].exch_ts_ns = rows.open_ts_ns[0]
    event[0].recv_ts_ns = rows.open_ts_ns[0]


@njit
def load_rules(schedule: Schedule, change: int, now_ns: int, event: Record) -> None:
    """Make `event` a change of rules, learned at `now_ns`."""
    event[0].kind = CONTROL
    event[0].market = schedule.market[change]
    event[0].exch_ts_ns = schedule.valid_from_ns[change]
    event[0].recv_ts_ns = now_ns
    event[0].control.kind = RULES
    event[0].control.rules = schedule.rules[change]


@njit
def load_bar(rows: Rows, row: int, event: Record) -> None:
    """Make `event` a bar; it reaches the desk at its close."""
    e = event[0]
    e.kind = BAR
    e.market = rows.market[row]
    e.exch_ts_ns = rows.open_ts_ns[row] + rows.interval_ns
    e.recv_ts_ns = e.exch_ts_ns
    e.bar.open_ts_ns = rows.open_ts_ns[row]
    e.bar.open_u = rows.open_u[row]
    e.bar.high_u = rows.high_u[row]
    e.bar.low_u = rows.low_u[row]
    e.bar.close_u = rows.close_u[row]
    e.bar.volume_u = rows.volume_u[row]


@njit
def load_signal(rows: Rows, row: int, event: Record) -> None:
    """Make `event` the signal of a bar: it is known when the bar is."""
    e = event[0]
    e.kind = SIGNAL
    e.market = rows.market[row]
    e.exch_ts_ns = rows.open_ts_ns[row] + rows.interval_ns
    e.recv_ts_ns = e.exch_ts_ns
    e.signal.strategy = rows.strategy
    e.signal.value = rows.signal[row]


@njit
def load_fact(fact: Record, event: Record) -> None:
    """Make `event` a fact as it arrives."""
    e = event[0]
    e.kind = FACT
    e.market = fact.market
    e.exch_ts_ns = fact.exch_ts_ns
    e.recv_ts_ns = fact.recv_ts_ns
    e.fact = fact


@njit
def _has_room(log: Log) -> bool:
    at = log.cursor[0]
    return (
        at.facts + ROOM <= len(log.facts)
        and at.requests + ROOM <= len(log.requests)
        and at.decisions + ROOM <= len(log.decisions)
    )


@njit
def _change_rules(schedule: Schedule, now_ns: int, world: World, log: Log) -> None:
    at = log.cursor[0]
    while at.change < len(schedule.valid_from_ns) and schedule.valid_from_ns[at.change] <= now_ns:
        load_rules(schedule, at.change, now_ns, world.event)
        set_rules(world.venue, schedule.market[at.change], schedule.rules[at.change])
        _enter(world, log)
        at.change += 1


@njit
def _open(rows: Rows, first: int, end: int, world: World, log: Log) -> None:
    """Let the opens of one instant fill what they fill, in every market, before any bar ends."""
    for row in range(first, end):
        load_bar(rows, row, world.event)
        open_bar(world.venue, rows.market[row], world.event[0].bar, world.facts)
        _settle(world, log)


@njit
def _close(rows: Rows, row: int, world: World, log: Log) -> None:
    """End one bar: first what its inside filled, then the bar itself."""
    load_bar(rows, row, world.event)
    if world.venue[0].open_count > 0:
        now_ns = world.event[0].recv_ts_ns
        close_bar(world.venue, rows.market[row], world.event[0].bar, now_ns, world.facts)
        if world.venue[0].fact_count > 0:
            _settle(world, log)
            load_bar(rows, row, world.event)
    _enter(world, log)


@njit
def _enter(world: World, log: Log) -> None:
    """Let `world.event` enter `step`, and log what came of it."""
    at = log.cursor[0]
    world.event[0].seq = at.seq
    step(world.state, world.event, world.params, world.requests)
    s = world.state[0]
    for i in range(s.request_count):
        log.requests[at.requests] = world.requests[i]
        log.request_seq[at.requests] = at.seq
        at.requests += 1
    for i in range(s.decision_count):
        log.decisions[at.decisions] = s.decisions[i]
        at.decisions += 1
    at.seq += 1


@njit
def _settle(world: World, log: Log) -> None:
    """Carry facts to the desk and requests to the venue until neither has anything to say."""
    at = log.cursor[0]
    _hear(world, log)
    while at.sent < at.requests:
        request = log.requests[at.sent]
        at.sent += 1
        mark_u = world.state[0].positions[request.market].mark_u
        take(world.venue, request, mark_u, world.state[0].now_ns, world.facts)
        _hear(world, log)


@njit
def _hear(world: World, log: Log) -> None:
    """Let the venue's last facts enter `step`, one by one, and the log."""
    at = log.cursor[0]
    for i in range(world.venue[0].fact_count):
        log.facts[at.facts] = world.facts[i]
        log.fact_seq[at.facts] = at.seq
        at.facts += 1
        load_fact(world.facts[i], world.event)
        _enter(world, log)
    world.venue[0].fact_count = 0
