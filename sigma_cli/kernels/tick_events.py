"""How what is no market data enters the desk on ticks: rules, what is told, bars, timers, facts.

Each function makes the event and lets the desk take it. Simulation and replay both go through here,
so that they can't differ. Must not know the venue.
"""

import math
from typing import Final

from sigma_cli.domain.dtypes.layout import Record, Records
from sigma_cli.domain.events import ControlKind, EventKind
from sigma_cli.domain.units import NS_PER_S
from sigma_cli.kernels.desk import step, switchboard, ticks
from sigma_cli.kernels.features import market as features
from sigma_cli.kernels.jit import constant, njit
from sigma_cli.kernels.matching.flight import NEVER
from sigma_cli.kernels.simulate import Rows, Schedule, load_bar, load_fact, load_signal

CONTROL, BOUND = constant(EventKind.CONTROL), constant(ControlKind.BOUND)
GRACE_NS: Final = constant(NS_PER_S)
"""How long the desk waits for the last trade of a bar: see also kernels/features/bars.py."""
TIMER_NS: Final = constant(100_000_000)
"""From one timer to the next."""


@njit
def enter_rules(w: Record, minds: Records) -> None:
    """Let the change of rules in `w.event` enter the desk."""
    _enter(w, w.event.recv_ts_ns)
    features.set_rules(minds[w.event.market], w.event.control.rules)
    features.set_day_volume(minds[w.event.market], w.event.control.day_volume_u)


@njit
def told_due_ns(schedule: Schedule, told: int) -> int:
    """Return when the desk is told something next, or NEVER."""
    return int(schedule.told[told].ts_ns) if told < len(schedule.told) else NEVER


@njit
def enter_told(schedule: Schedule, w: Record, minds: Records) -> None:
    """Let what the desk is told next enter it."""
    told, control = schedule.told[w.cursor.told], w.event.control
    w.cursor.told += 1
    w.event.kind = CONTROL
    w.event.market = told.market
    w.event.exch_ts_ns = told.ts_ns
    control.kind = told.kind
    control.usual = told.usual
    control.hot = told.hot
    if told.kind == BOUND:
        control.bound = schedule.bounds[told.bound]
        features.set_bound(minds[told.market], control.bound)
    _enter(w, max(told.ts_ns, w.state.now_ns))


@njit
def bar_due_ns(rows: Rows, row: int) -> int:
    """Return when a bar reaches the desk, or NEVER: its last trade is on its way for a while."""
    if row >= len(rows.open_ts_ns):
        return NEVER
    return int(rows.open_ts_ns[row]) + rows.interval_ns + GRACE_NS


@njit
def enter_bar(rows: Rows, w: Record) -> None:
    """Let the next bar enter the desk; its signal follows."""
    load_bar(rows, w.cursor.row, w.event)
    _enter(w, bar_due_ns(rows, w.cursor.row))
    switchboard.look_at_equity(w.state, w.params)


@njit
def enter_signal(rows: Rows, w: Record) -> None:
    """Let the signal of the bar that has just entered follow it, if it has one."""
    row = w.cursor.row
    w.cursor.row += 1
    if not math.isnan(rows.signal[row]):
        load_signal(rows, row, w.event)
        _enter(w, bar_due_ns(rows, row))


@njit
def _enter(w: Record, now_ns: int) -> None:
    """Let `w.event` enter the desk, at `now_ns`."""
    w.event.recv_ts_ns = now_ns
    w.event.seq = w.cursor.seq
    w.cursor.seq += 1
    step.advance(w.state, w.event, w.params, w.outbox)


@njit
def enter_timer(w: Record, minds: Records) -> None:
    """Let the next timer enter the desk."""
    at = w.cursor
    ticks.begin(w.state, w.outbox, at.seq, at.timer_ns)
    at.seq += 1
    at.timer_ns += TIMER_NS
    ticks.on_timer(w.state, w.params, w.outbox, minds)


@njit
def enter_fact(fact: Record, w: Record, minds: Records) -> None:
    """Let a fact enter the desk."""
    load_fact(fact, w.event)
    w.event.seq = w.cursor.seq
    ticks.begin(w.state, w.outbox, w.cursor.seq, fact.recv_ts_ns)
    w.cursor.seq += 1
    ticks.on_fact(w.state, w.params, w.outbox, minds[fact.market], w.event)
