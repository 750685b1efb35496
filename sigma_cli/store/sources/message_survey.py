"""One look through a whole file of quotes or books: what any survey finds, and how they differ.

Quotes and books are numbered or not, and a market can't be both. Must not write.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from sigma_cli.domain.books import NO_UPDATE
from sigma_cli.store.records import Identity
from sigma_cli.store.sources.books import BookPiece
from sigma_cli.store.sources.continuity import Continuity
from sigma_cli.store.sources.messages import MessageBatch
from sigma_cli.store.sources.survey import Survey, by_market


@dataclass
class MessageSurvey(Survey):
    """What one file of quotes or books holds."""

    is_framed: bool = False
    """Each message is a frame, on a line of its own."""
    numbered: dict[str, set[bool]] = field(default_factory=dict)
    """By the cell that names the market: whether rows have numbers."""
    continuity: dict[str, Continuity] = field(default_factory=dict)
    """Of books, by the cell that names the market."""

    def add_messages(self, batch: MessageBatch) -> None:
        """Take a batch into account."""
        self.add(batch)
        for name, rows in by_market(batch):
            piece = batch.piece(rows)
            given = np.unique(piece.update_id != NO_UPDATE).tolist()
            self.numbered.setdefault(name, set()).update(given)
            if isinstance(piece, BookPiece):
                self.continuity.setdefault(name, Continuity(self.is_framed)).add(piece)

    def finish(self) -> None:
        """Look at the end of the file."""
        for one in self.continuity.values():
            one.finish()

    def mixed(self) -> list[str]:
        """Return the markets of which some rows have numbers and some none."""
        return [name for name, kinds in self.numbered.items() if len(kinds) == 2]

    def contradictions(self) -> tuple[int, list[str]]:
        """Return how many things can't be true together, and the first of them."""
        found = self.continuity.values()
        return sum(one.count for one in found), [text for one in found for text in one.told]

    def identity(self, cells: Iterable[str]) -> Identity:
        """Return what tells the rows of a market apart."""
        return Identity.UPDATE_ID if self.numbered[next(iter(cells))] == {True} else Identity.ORDER
