"""The look-ahead gate on ticks: what a policy asks for must not depend on what happens later.

The beginning of the tape is run again with every price and size after some moment replaced; what
was decided up to that moment has to come out byte for byte as before. Some of the moments are those
of decisions: what one of them knew beforehand, however little ahead, then shows. Policies decide
inside `step` on what has arrived, so this watches the engine as much as the policy.
"""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.events import EventKind
from sigma_cli.errors import CheckError
from sigma_cli.kernels.chunk import Chunk
from sigma_cli.runtime.tick_simulation import TickTape

SHARES: Final = (0.25, 0.5, 0.75)
"""Of the first chunk: after which everything is replaced."""
DECISIONS: Final = 5
"""Moments at which something was decided, after which everything is replaced too."""
_FACTOR: Final = 3
"""What prices and sizes are multiplied by: whole, so that they stay on every grid."""
_SIDES: Final = ("bid_u", "bid_size_u", "ask_u", "ask_size_u")


def check(chunk: Chunk, run: Callable[[Chunk], TickTape], text: str) -> int:
    """Run a chunk several times by `run`; return how many futures were replaced.

    Raises:
        CheckError: a decision changed with what happened after it.
    """
    before = run(chunk)
    moments = _moments(chunk, before)
    for at_ns in moments:
        after = run(_with_other_future(chunk, at_ns))
        for name, stamp in (("requests", "decision_ts_ns"), ("decisions", "ts_ns")):
            if _until(before, name, stamp, at_ns) != _until(after, name, stamp, at_ns):
                raise CheckError(
                    f"{text} decided otherwise when what happened later was changed",
                    where=f"{name} up to {np.datetime64(at_ns, 'ns')}",
                    fix="please report it: a policy sees only what has arrived",
                )
    return len(moments)


def _moments(chunk: Chunk, lived: TickTape) -> list[int]:
    length_ns = chunk.end_ns - chunk.start_ns
    decided_ns = np.unique(
        np.concatenate((lived.requests["decision_ts_ns"], lived.decisions["ts_ns"]))
    )
    picked = np.linspace(0, len(decided_ns) - 1, min(DECISIONS, len(decided_ns)))
    return [
        *(chunk.start_ns + int(length_ns * share) for share in SHARES),
        *decided_ns[np.round(picked).astype(np.int64)].tolist(),
    ]


def _until(tape: TickTape, name: str, stamp: str, at_ns: int) -> list[bytes]:
    """Return the columns of what was decided by then: records have padding, which says nothing."""
    rows: NDArray[Any] = getattr(tape, name)
    rows = rows[rows[stamp] <= at_ns]
    return [rows[column].tobytes() for column in rows.dtype.names or ()]


def _with_other_future(chunk: Chunk, at_ns: int) -> Chunk:
    """Return the chunk with other prices and sizes in all rows that happen after `at_ns`."""
    turns = chunk.venue_turns[chunk.venue_turns["ts_ns"] > at_ns]

    def changed(rows: Records, kind: EventKind, names: tuple[str, ...]) -> Records:
        later = turns["row"][turns["kind"] == kind]
        copy = rows.copy()
        for name in names:
            copy[name][later] *= _FACTOR
        return copy

    return chunk._replace(
        trades=changed(chunk.trades, EventKind.TRADE, ("price_u", "size_u")),
        quotes=changed(chunk.quotes, EventKind.QUOTE, _SIDES),
        books=changed(chunk.books, EventKind.BOOK, _SIDES),
    )
