"""Drives `simulate` over all bars in slices, and keeps what each slice leaves in its log.

A slice is short, so that Ctrl-C is heard and memory stays bounded. Must not interpret the tape.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes import LOG, Records
from sigma_cli.kernels import jit
from sigma_cli.kernels.simulate import Rows, Schedule, simulate
from sigma_cli.runtime.progress import Progress

SLICE_ROWS: Final = 250_000
"""Bars between two looks at the keyboard: some 10 ms of work."""


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
    logs: list[dict[str, NDArray[Any]]] = []
    if jit.WARM or jit.DISABLED:
        progress.begin("simulating", count, "bars")
    else:
        progress.begin("compiling the simulation, once for this version of sigma")
    while cursor.row < count:
        row = int(cursor.row)
        log = np.empty(1, LOG)  # a new one each time: what is not written to takes no memory
        simulate(rows, schedule, world, log, equity, row + SLICE_ROWS)
        logs.append(_taken(log[0], cursor))
        progress.advance(int(cursor.row) - row)
    progress.end()
    return Tape(
        world=world,
        equity=equity,
        events=int(cursor.seq),
        **{name: _joined([part[name] for part in logs]) for name in logs[0]},
    )


def _taken(log: Any, cursor: Any) -> dict[str, NDArray[Any]]:
    """Return the rows written to a log, and let the next one begin anew."""
    used = {
        "facts": cursor.facts,
        "fact_seq": cursor.facts,
        "requests": cursor.requests,
        "request_seq": cursor.requests,
        "decisions": cursor.decisions,
    }
    cursor.facts = cursor.requests = cursor.decisions = cursor.sent = 0
    return {name: log[name][:count] for name, count in used.items()}


def _joined(parts: list[NDArray[Any]]) -> NDArray[Any]:
    """Concatenate as bytes: numpy would copy records field by field, seven times slower."""
    return np.concatenate([part.view(np.uint8) for part in parts]).view(parts[0].dtype)
