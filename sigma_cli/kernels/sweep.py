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

from sigma_cli.domain.dtypes.layout import Record, Records, record
from sigma_cli.kernels.desk.step import asks_on_bars, sleeps
from sigma_cli.kernels.jit import inline, njit
from sigma_cli.kernels.quiet import quiet_end, take_close
from sigma_cli.kernels.simulate import (
    Rows,
    Schedule,
    begin,
    change_rules,
    due,
    end_of_instant,
    enter_bars,
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
def simulate_cell(
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
    open_ts_ns, signal = rows.open_ts_ns, rows.signal
    first = 0
    while first < len(rows.open_ts_ns):
        asleep = sleeps(w.state, w.params)
        if w.venue.open_count == 0 and (asleep or not asks_on_bars(w.params)):
            due_ns = due(schedule, w.cursor.change)
            end = quiet_end(open_ts_ns, signal, first, len(open_ts_ns), due_ns)
            if not asleep:
                for row in range(first, end):
                    at = np.uint64(row)
                    close_ts_ns = open_ts_ns[at] + rows.interval_ns
                    take_close(w, rows.market[at], rows.close_u[at], close_ts_ns)
                    if row + 1 == end or open_ts_ns[np.uint64(row + 1)] != open_ts_ns[at]:
                        _measure(w.state.account.equity, trace)
                        _keep(row + 1, w.state.account.equity, curve, trace)
            _keep(end, w.state.account.equity, curve, trace)
            first = end
            if first == len(open_ts_ns):
                break
        end = end_of_instant(open_ts_ns, first)
        if w.cursor.change < len(schedule.valid_from_ns):
            change_rules(schedule, open_ts_ns[first], w, out)
        enter_bars(rows, first, end, w, out)
        for row in range(first, end):
            if not math.isnan(signal[row]):
                send_signal(rows, row, w, out)
        _empty(w.cursor)
        _measure(w.state.account.equity, trace)
        _keep(end, w.state.account.equity, curve, trace)
        first = end
    return trace.deepest


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
