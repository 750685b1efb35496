"""Rows of features off a tape: what the desk saw of one market, by the marks of a clock.

The order is the desk's, that of arrival, so that a row knows what a decision at its time may know.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.layout import Record, Records, record
from sigma_cli.domain.dtypes.tape import RULES
from sigma_cli.domain.events import EventKind
from sigma_cli.domain.units import NS_PER_DAY
from sigma_cli.kernels.chunk import Chunk
from sigma_cli.kernels.features.market import (
    on_book,
    on_gap,
    on_quote,
    on_trade,
    set_day_volume,
    set_rules,
)
from sigma_cli.kernels.features.rows import row
from sigma_cli.kernels.jit import constant, njit

CHANGE: Final = record(("ts_ns", "i8"), ("day_volume_u", "i8"), ("rules", RULES))
"""What holds from a time on: the mean volume of a day (0: unknown), and the venue's rules."""

READER: Final = record(
    ("turn", "i8"),  # the next one of the chunk in hand
    ("change", "i8"),  # the next change
    ("every_ns", "i8"),  # from mark to mark: whole seconds
    ("next_ns", "i8"),  # when the next row is due; 0: nothing has come yet
    ("last_ns", "i8"),  # when something came last
    ("is_silent", "u1"),  # 1: nothing has come for too long, the market has to begin anew
)
"""How far a tape was read."""

SILENCE_NS: Final = constant(7 * NS_PER_DAY)
"""After so long without an event a market begins anew: there are no rows of the time between."""
_TRADE: Final = constant(EventKind.TRADE)
_QUOTE: Final = constant(EventKind.QUOTE)
_BOOK: Final = constant(EventKind.BOOK)


@njit
def read(
    state: Records, chunk: Chunk, changes: Records, reader: Records, out: NDArray[np.float64]
) -> int:
    """Take the turns of a chunk of one market; write a row at each mark and return how many.

    `state` is FEATURES [1] and `reader` READER [1], both kept from call to call; `changes` are
    CHANGE in order of time; `out` is float64 [n, columns]. It ends when `out` is full, when the
    chunk is read (`turn` is then the count of its turns) or when the market has fallen silent. A
    row is written only once something later has arrived.
    """
    f, r = state[0], reader[0]
    written = 0
    while r.turn < len(chunk.desk_turns):
        turn = chunk.desk_turns[r.turn]
        now_ns = turn.ts_ns
        if r.next_ns == 0:
            r.next_ns = (now_ns + r.every_ns - 1) // r.every_ns * r.every_ns
        elif now_ns - r.last_ns > SILENCE_NS:
            r.is_silent = 1
            return written
        while r.next_ns < now_ns:
            if written == len(out):
                return written
            _change(f, changes, r, r.next_ns)
            row(f, r.next_ns, out[written])
            written += 1
            r.next_ns += r.every_ns
        _change(f, changes, r, now_ns)
        if turn.kind == _TRADE:
            on_trade(f, chunk.trades[turn.row])
        elif turn.kind == _QUOTE:
            on_quote(f, chunk.quotes[turn.row])
        elif turn.kind == _BOOK:
            on_book(f, chunk.books[turn.row])
        else:
            on_gap(f, now_ns)
        r.last_ns = now_ns
        r.turn += 1
    return written


@njit
def _change(f: Record, changes: Records, r: Record, now_ns: int) -> None:
    """Let hold what holds at a time."""
    while r.change < len(changes) and changes[r.change].ts_ns <= now_ns:
        set_rules(f, changes[r.change].rules)
        set_day_volume(f, changes[r.change].day_volume_u)
        r.change += 1
