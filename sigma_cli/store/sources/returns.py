"""Messages whose numbers come back in the same file, and say something else there. Pure numpy.

Levels sorted by side or by price within a millisecond tear messages in two: what is left of one is
no message, and a book built from it is wrong and looks right. A message that comes back as it was
is a repeat, and no contradiction: recordings overlap.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from sigma_cli.domain.books import NO_UPDATE
from sigma_cli.store.message_rows import mixed
from sigma_cli.store.sources.book_layouts import LAST_KNOWN
from sigma_cli.store.sources.books import BookPiece
from sigma_cli.store.sources.messages import Column

_IDS: Final = ("update_id", "first_id", "before_id", "form")


@dataclass(slots=True)
class Returns:
    """The numbered messages of one market of one file: 56 bytes of each until the file ends."""

    _heads: list[dict[str, Column]] = field(default_factory=list)

    def add(self, piece: BookPiece) -> None:
        """Take some more rows into account; a message may be cut between two pieces."""
        piece = piece.taken((piece.update_id != NO_UPDATE) & (piece.form != LAST_KNOWN))
        if len(piece) == 0:
            return
        first = np.flatnonzero(np.diff(piece.message, prepend=-1))
        levels = mixed([piece.side, piece.price.view(np.int64), piece.size.view(np.int64)])
        heads = {name: getattr(piece, name)[first] for name in (*_IDS, "message", "rows")}
        self._heads.append(heads | {"content": np.add.reduceat(levels, first)})

    def found(self) -> list[tuple[int, int, int]]:
        """Return row and number of what came back as something else, and the row it was in before.

        Once, at the end of the file: forgets what was added.
        """
        if not self._heads:
            return []
        heads = {
            name: np.concatenate([one[name] for one in self._heads]) for name in self._heads[0]
        }
        self._heads = []
        first = np.flatnonzero(np.diff(heads["message"], prepend=-1))
        content = np.add.reduceat(heads["content"], first)
        heads = {name: column[first] for name, column in heads.items()}
        order = np.lexsort([heads[name] for name in reversed(_IDS)])
        same = np.ones(len(order) - 1, np.bool_)
        for name in _IDS:
            same &= np.diff(heads[name][order]) == 0
        torn = np.flatnonzero(same & (np.diff(content[order]) != 0))
        rows, ids = heads["rows"][order], heads["update_id"][order]
        return sorted(
            zip(rows[torn + 1].tolist(), ids[torn + 1].tolist(), rows[torn].tolist(), strict=True)
        )
