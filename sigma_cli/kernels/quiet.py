"""Bars that change nothing but prices.

Most are of this kind: nothing is ordered that they could fill, and the desk does not ask on bars.
For them the event need not be built nor the venue be asked: the desk takes the close straight in,
by the same `mark` that a bar event comes down to. Must not decide anything.

The columns come one by one and not as `Rows`: passing a tuple of arrays counts references, which
takes longer than a dozen bars.
"""

import math

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.kernels.desk.step import mark
from sigma_cli.kernels.jit import constant, inline, njit

ONE = np.uint64(1)  # rows are unsigned: numba need not ask whether they count from the end
ALWAYS = constant(2**63 - 1)
"""No rule changes after this."""


@njit
def quiet_end(
    open_ts_ns: NDArray[np.int64], signal: NDArray[np.float64], first: int, stop: int, due_ns: int
) -> int:
    """Return the first row of the next instant with a signal or with new rules, or `stop`.

    `first` and `stop` are first rows of instants; rules change at `due_ns`.
    """
    begin = np.uint64(first)
    at = begin
    while at < np.uint64(stop) and math.isnan(signal[at]):
        at += ONE
    if at < np.uint64(stop):
        while at > begin and open_ts_ns[at - ONE] == open_ts_ns[at]:
            at -= ONE
    while at > begin and open_ts_ns[at - ONE] >= due_ns:
        at -= ONE
    end: int = np.int64(at)  # type: ignore[assignment]  # or numba would count in floats
    return end


@njit
def pass_quietly(  # noqa: PLR0913 - a tuple of them costs more than it tidies
    open_ts_ns: NDArray[np.int64],
    market: NDArray[np.uint32],
    close_u: NDArray[np.int64],
    interval_ns: int,
    first: int,
    end: int,
    w: Record,
    equity: NDArray[np.float64],
) -> None:
    """Let bars `first` to `end`, whole instants, enter; `equity` [n, 2] takes equity and cash."""
    begun = np.uint64(first)
    for row in range(np.uint64(first), np.uint64(end)):
        take_close(w, market[row], close_u[row], open_ts_ns[row] + interval_ns)
        if row + ONE == np.uint64(end) or open_ts_ns[row + ONE] != open_ts_ns[row]:
            while begun <= row:
                equity[begun, 0] = w.state.account.equity
                equity[begun, 1] = w.state.account.cash
                begun += ONE


@inline
def take_close(w: Record, market: int, close_u: int, close_ts_ns: int) -> None:
    """Let one bar enter."""
    w.state.seq = w.cursor.seq
    w.state.now_ns = close_ts_ns
    mark(w.state, market, close_u, close_ts_ns, w.params)
    w.cursor.seq += 1
