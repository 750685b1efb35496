"""One run of a sweep: the loop of `simulate.py`, leaving a few numbers instead of a tape.

Every decision is taken by the same `advance` on the same events. Three things differ, and none
of them can change a decision: the log is emptied after each instant, equity is kept only where it
is asked for, and while nothing is ordered the bars up to the next signal pass without looking for
more. Where nothing is held either, they are not even looked at: the desk sleeps.
"""

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes import Record, Records, record
from sigma_cli.kernels.desk.step import advance, sleeps
from sigma_cli.kernels.jit import inline, njit
from sigma_cli.kernels.simulate import (
    Rows,
    Schedule,
    begin,
    change_rules,
    close,
    end_of_instant,
    fill_inside,
    fill_opens,
    load_bar,
    load_signal,
    send_signal,
)


class Curve(NamedTuple):
    """Where equity is kept: `equity` [k] after each of the rows `after` [k], ascending.

    Each of these is the last row of its instant: only then all markets are marked.
    """

    after: NDArray[np.int64]
    equity: NDArray[np.float64]


TRACE: Final = record(
    ("high", "f8"),
    ("low", "f8"),  # since that high
    ("deepest", "f8"),  # drawdown, a share of the high before it
    ("kept", "i8"),  # points of the curve
)
"""What is measured on the way."""


@njit
def simulate_cell(  # noqa: C901 - half of it in another function costs 150 ns a call
    rows: Rows, schedule: Schedule, world: Records, log: Records, curve: Curve
) -> float:
    """Run a fresh world over all rows; return the deepest drawdown, a share of the high before it.

    `world` is WORLD [1], `log` LOG [1], of which one instant's worth is used.
    """
    w = world[0]
    out = log[0]
    trace = np.zeros(1, TRACE)[0]
    begin(rows, w, out)
    trace.high = trace.low = w.state.account.equity
    first = 0
    while first < len(rows.open_ts_ns):
        asleep = sleeps(w.state, w.params)
        if w.venue.open_count == 0 and (asleep or not w.params.has_exits):
            # No bar fills anything, and none makes the desk ask.
            quiet = _next_signal(rows.signal, rows.open_ts_ns, first)
            if w.cursor.change < len(schedule.valid_from_ns):
                due_ns = schedule.valid_from_ns[w.cursor.change]
                quiet = min(quiet, max(first, np.searchsorted(rows.open_ts_ns, due_ns)))
            if not asleep:
                for row in range(first, quiet):
                    load_bar(rows, row, w.event)
                    _enter_bar(w)
                    if row + 1 == quiet or rows.open_ts_ns[row + 1] != rows.open_ts_ns[row]:
                        _measure(w.state.account.equity, trace)
                        _keep(row + 1, w.state.account.equity, curve, trace)
            _keep(quiet, w.state.account.equity, curve, trace)
            first = quiet
            if first == len(rows.open_ts_ns):
                break
        end = end_of_instant(rows.open_ts_ns, first)
        if w.cursor.change < len(schedule.valid_from_ns):
            change_rules(schedule, rows.open_ts_ns[first], w, out)
        if w.venue.open_count > 0:
            fill_opens(rows, first, end, w, out)
        for row in range(first, end):
            load_bar(rows, row, w.event)
            if w.venue.open_count > 0 and fill_inside(w, out):
                load_bar(rows, row, w.event)
            close(w, out)
        for row in range(first, end):
            if not math.isnan(rows.signal[row]):
                load_signal(rows, row, w.event)
                send_signal(w, out)
        _empty(w.cursor)
        _measure(w.state.account.equity, trace)
        _keep(end, w.state.account.equity, curve, trace)
        first = end
    return trace.deepest


@njit
def _next_signal(signal: NDArray[np.float64], open_ts_ns: NDArray[np.int64], first: int) -> int:
    """Return the first row of the next instant with a signal, or the number of rows."""
    row = first
    while row < len(signal) and math.isnan(signal[row]):
        row += 1
    if row < len(signal):
        while row > first and open_ts_ns[row - 1] == open_ts_ns[row]:
            row -= 1
    return row


@inline
def _enter_bar(w: Record) -> None:
    """Let the bar in `w.event` enter the desk, which asks for nothing."""
    w.event.seq = w.cursor.seq
    advance(w.state, w.event, w.params, w.outbox)
    w.cursor.seq += 1


@inline
def _measure(equity: float, trace: Record) -> None:
    """Look at the equity after an instant."""
    if equity > trace.high:
        trace.high = equity
        trace.low = equity
    elif equity < trace.low:
        trace.low = equity
        trace.deepest = max(trace.deepest, (trace.high - equity) / trace.high)


@inline
def _keep(end: int, equity: float, curve: Curve, trace: Record) -> None:
    """Keep the equity for the points of the curve before row `end`."""
    while trace.kept < len(curve.after) and curve.after[trace.kept] < end:
        curve.equity[trace.kept] = equity
        trace.kept += 1


@inline
def _empty(at: Record) -> None:
    """Let the log begin anew: the venue has seen every request of the instant."""
    at.facts = 0
    at.requests = 0
    at.decisions = 0
    at.sent = 0
