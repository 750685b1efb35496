"""What the messages of one file say of each other and that can't be true together. Pure numpy.

A message that is missing is no contradiction: the changes after it name one that nobody has seen.
But a message that was received at two times, that ends in its middle, that comes back as another
one, or after which the next one names another as the one before it, was not recorded so: somebody,
or something, has changed it.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from sigma_cli.domain.books import NO_UPDATE, BookForm
from sigma_cli.store.sources.books import BookPiece
from sigma_cli.store.sources.numbers import Flags
from sigma_cli.store.sources.returns import Returns

LEVELS_MAX: Final = 100_000
"""Levels of one message, which are held in memory together; the deepest books have some 10,000."""
TOLD_MAX: Final = 10
"""Contradictions that are told; further ones are only counted."""


@dataclass(slots=True)
class Continuity:
    """The levels of one market of one file, piece after piece."""

    is_framed: bool = False
    """Each message is a frame, which can't be torn: two of one number are only two answers."""
    told: list[str] = field(default_factory=list)
    count: int = 0
    _last: BookPiece | None = None
    _last_changes: tuple[int, int] = (NO_UPDATE, 0)
    """Update id and row of the last changes."""
    _levels: tuple[int, int] = (-1, 0)
    """The last message, and how many levels it has so far."""
    _returns: Returns = field(default_factory=Returns)

    def add(self, piece: BookPiece) -> None:
        """Look at some more rows."""
        if len(piece) == 0:
            return
        self._look_inside(piece)
        self._look_between(piece)
        self._look_at_length(piece)
        if not self.is_framed:
            self._returns.add(piece)

    def finish(self) -> None:
        """Look at the end of the file."""
        if self._last is not None and self._last.ends[0] == 0:
            row = int(self._last.rows[0])
            self._tell(row, "the file ends here, in the middle of a message")
        for row, update_id, before in self._returns.found():
            what = "more levels of update {}, which began in row {}, after another message"
            self._tell(row, what.format(update_id, before))

    def _look_inside(self, piece: BookPiece) -> None:
        """Hold each row against the one before it."""
        before, after = piece.taken(slice(None, -1)), piece.taken(slice(1, None))
        self._compare(before, after)
        if self._last is not None:
            self._compare(self._last, piece.taken(slice(1)))
        self._last = piece.taken(slice(len(piece) - 1, None))

    def _compare(self, before: BookPiece, after: BookPiece) -> None:
        same = before.message == after.message
        two_times: Flags = same & (before.recv_ts_ns != after.recv_ts_ns)
        for at in np.flatnonzero(two_times).tolist():
            times = (int(before.recv_ts_ns[at]), int(after.recv_ts_ns[at]))
            what = "received at {} ns, and the next row of the same message at {} ns"
            self._tell(int(before.rows[at]), what.format(*times))
        for at in np.flatnonzero(same & (before.ends == 1)).tolist():
            self._tell(int(before.rows[at]), "said to end its message, which goes on")
        for at in np.flatnonzero(~same & (before.ends == 0)).tolist():
            self._tell(int(before.rows[at]), "said not to end its message, which ends")

    def _look_at_length(self, piece: BookPiece) -> None:
        messages, counts = np.unique(piece.message, return_counts=True)
        counts[messages == self._levels[0]] += self._levels[1]
        if (counts > LEVELS_MAX).any():
            self._tell(int(piece.rows[0]), f"in a message of more than {LEVELS_MAX} levels")
        at = int(np.flatnonzero(messages == piece.message[-1])[0])
        self._levels = (int(messages[at]), int(counts[at]))

    def _look_between(self, piece: BookPiece) -> None:
        """Hold changes against those before them, where the venue says which they continue."""
        starts = np.ones(len(piece), np.bool_)
        starts[1:] = piece.message[1:] != piece.message[:-1]
        heads = piece.taken(starts & (piece.form == BookForm.CHANGES))
        ids = np.concatenate([[self._last_changes[0]], heads.update_id])
        rows = np.concatenate([[self._last_changes[1]], heads.rows])
        named = heads.before_id
        wrong = (named != NO_UPDATE) & (named < ids[:-1]) & (ids[:-1] < ids[1:])
        for at in np.flatnonzero(wrong).tolist():
            what = "update {} said to follow {}, but {} came before it (row {})"
            said = (int(ids[at + 1]), int(named[at]), int(ids[at]), int(rows[at]))
            self._tell(int(rows[at + 1]), what.format(*said))
        self._last_changes = (int(ids[-1]), int(rows[-1]))

    def _tell(self, row: int, what: str) -> None:
        self.count += 1
        if len(self.told) < TOLD_MAX:
            self.told.append(f"row {row}: {what}")
