"""Drives `simulate` over all bars in slices, and keeps what each slice leaves in its log.

A slice is short, so that Ctrl-C is heard and memory stays bounded. Must not interpret the tape.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.dtypes.run import LOG
from sigma_cli.kernels import jit
from sigma_cli.kernels.simulate import Rows, Schedule, simulate
from sigma_cli.runtime.columns import Column
from sigma_cli.runtime.progress import Progress

SLICE_ROWS: Final = 250_000
"""Bars between two looks at the keyboard: some 10 ms of work."""

ROOM: Final = 1_024
"""Least first room for a column of the tape, in rows."""

LOGGED: Final = {
    "facts": ("facts", 2),
    "fact_seq": ("facts", 2),
    "requests": ("requests", 1),
    "request_seq": ("requests", 1),
    "decisions": ("decisions", 1),
}
"""Every column of a log: the count of the cursor that says how much of it is used, and how many
rows a signal usually leaves: it asks for an order, which is accepted and filled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tape:
    """What a run left behind. `*_seq` is the event number that caused a row."""

    world: Records
    """WORLD [1] after the last event."""
    facts: Records
    fact_seq: NDArray[np.int64]
    requests: Records
    request_seq: NDArray[np.int64]
    decisions: Records
    equity: NDArray[np.float64]
    """[bars, 2]: equity and cash after each bar."""
    events: int


def run(rows: Rows, schedule: Schedule, world: Records, progress: Progress) -> Tape:
    """Simulate all of `rows` on `world`, which is changed."""
    count = len(rows.open_ts_ns)
    equity = np.empty((count, 2))
    cursor = world[0].cursor
    log = np.empty(1, LOG)
    signals = int(np.count_nonzero(~np.isnan(rows.signal)))
    columns = {
        name: Column(log.dtype[name].base, ROOM + signals * each)
        for name, (_, each) in LOGGED.items()
    }
    if jit.WARM or jit.DISABLED:
        progress.begin("simulating", count, "bars")
    else:
        progress.begin("compiling the simulation, once for this version of sigma")
    while cursor.row < count:
        row = int(cursor.row)
        simulate(rows, schedule, world, log, equity, row + SLICE_ROWS)
        for name, (used, _) in LOGGED.items():
            columns[name].extend(log[0][name][: cursor[used]])
        cursor.facts = cursor.requests = cursor.decisions = cursor.sent = 0
        progress.advance(int(cursor.row) - row)
    progress.end()
    return Tape(
        world=world,
        equity=equity,
        events=int(cursor.seq),
        **{name: column.rows for name, column in columns.items()},
    )
