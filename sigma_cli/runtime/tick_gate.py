"""The look-ahead gate on ticks: what a policy asks for must not depend on what happens later.

A few chunks of the tape, spread over it, are run again with every price and size after some moment
replaced: at the venue what happens later, at the desk what arrives later. What was decided up to
that moment has to come out byte for byte as before. Some of the moments are those of decisions:
what one of them knew beforehand, however little ahead, then shows. Policies decide inside `step` on
what has arrived, so this watches the engine as much as the policy.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.events import EventKind
from sigma_cli.errors import CheckError
from sigma_cli.kernels.chunk import Chunk
from sigma_cli.runtime.tape_rows import joined
from sigma_cli.runtime.tick_simulation import TickTape

CHUNKS_MAX: Final = 3
"""Chunks of a tape that are asked about, however long it is."""
SHARES: Final = (0.25, 0.5, 0.75)
"""Of what arrives in a chunk: after which everything is replaced."""
DECISIONS: Final = 5
"""Moments at which something was decided, after which everything is replaced too."""
_FACTOR: Final = 3
"""What prices and sizes are multiplied by: whole, so that they stay on every grid."""
_SIDES: Final = ("bid_u", "bid_size_u", "ask_u", "ask_size_u")


class Spread:
    """Keeps the first chunk of a tape in passing, and later ones as far apart as they can be."""

    def __init__(self) -> None:
        self.chunks: list[Chunk] = []
        """At most CHUNKS_MAX, each with something that arrives."""
        self._every = 1
        self._seen = 0

    def over(self, tape: Iterable[Chunk]) -> Iterator[Chunk]:
        """Yield the chunks of a tape."""
        for chunk in tape:
            if len(chunk.desk_turns):
                self._take(chunk)
            yield chunk

    def _take(self, chunk: Chunk) -> None:
        if self._seen % self._every == 0:
            self.chunks.append(chunk)
        if len(self.chunks) > CHUNKS_MAX:
            self.chunks = self.chunks[::2]
            self._every *= 2
        self._seen += 1


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
    """Return the moments to ask at: those after which something still arrives."""
    arrived_ns = chunk.desk_turns["ts_ns"]
    decided_ns = np.unique(
        np.concatenate((lived.requests["decision_ts_ns"], lived.decisions["ts_ns"]))
    )
    picked = np.linspace(0, len(decided_ns) - 1, min(DECISIONS, len(decided_ns)))
    moments = [
        *(int(arrived_ns[int(len(arrived_ns) * share)]) for share in SHARES if len(arrived_ns)),
        *decided_ns[np.round(picked).astype(np.int64)].tolist(),
    ]
    return [at_ns for at_ns in moments if at_ns < arrived_ns[-1]]


def _until(tape: TickTape, name: str, stamp: str, at_ns: int) -> list[bytes]:
    """Return the columns of what was decided by then: records have padding, which says nothing."""
    rows: NDArray[Any] = getattr(tape, name)
    rows = rows[rows[stamp] <= at_ns]
    return [rows[column].tobytes() for column in rows.dtype.names or ()]


def _with_other_future(chunk: Chunk, at_ns: int) -> Chunk:
    """Return the chunk with other prices and sizes in all that happens, or arrives, after `at_ns`.

    A row that has happened by then and arrives later stays at the venue and is another at the desk.
    """
    kinds = {
        EventKind.TRADE: (chunk.trades, ("price_u", "size_u")),
        EventKind.QUOTE: (chunk.quotes, _SIDES),
        EventKind.BOOK: (chunk.books, _SIDES),
    }
    trades, quotes, books = (_with_others(rows, names) for rows, names in kinds.values())

    def turned(turns: Records) -> Records:
        made = turns.copy()
        for kind, (rows, _) in kinds.items():  # a gap has no prices
            made["row"][(made["kind"] == kind) & (made["ts_ns"] > at_ns)] += len(rows)
        return made

    return chunk._replace(
        trades=trades,
        quotes=quotes,
        books=books,
        venue_turns=turned(chunk.venue_turns),
        desk_turns=turned(chunk.desk_turns),
    )


def _with_others(rows: Records, names: tuple[str, ...]) -> Records:
    """Return rows, and behind them the same with other prices and sizes."""
    others = rows.copy()
    for name in names:
        others[name] *= _FACTOR
    return joined([rows, others], rows.dtype)
