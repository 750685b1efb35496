"""How long work tells whoever watches it where it stands. Says nothing by itself."""

from typing import Protocol


class Progress(Protocol):
    """Something that watches one piece of long work at a time."""

    def begin(self, what: str, total: int | None = None, unit: str = "") -> None:
        """Say that `what` begins; `total` in `unit`s when it is known."""

    def advance(self, amount: int = 1) -> None:
        """Say that `amount` more is done."""

    def note(self, text: str) -> None:
        """Say one line that is worth reading even without a terminal."""

    def end(self) -> None:
        """Say that the work begun last is over."""


class Silent:
    """Nobody watches."""

    def begin(self, what: str, total: int | None = None, unit: str = "") -> None:
        """Ignore it."""

    def advance(self, amount: int = 1) -> None:
        """Ignore it."""

    def note(self, text: str) -> None:
        """Ignore it."""

    def end(self) -> None:
        """Ignore it."""
