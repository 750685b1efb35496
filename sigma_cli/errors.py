"""Every error sigma raises on purpose, and the exit code each one means.

    SigmaError
    +-- UsageError     2   what you typed, or a config file, is wrong
    +-- OutsideError   3   a file, disk, network or venue is not as it should be
    +-- CheckError     4   the work was done and the answer is no
    +-- HeldError      5   another process holds what this one needs

A bug is not in this tree: it stays an ordinary exception, prints a traceback and exits 1.
Ctrl-C exits 130. Every message says *what* is wrong, *where*, and *how* to fix it.
"""

from collections.abc import Iterable
from typing import ClassVar


class SigmaError(Exception):
    """Something a person can act on: what happened, where, and how to fix it."""

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, where: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.fix = fix

    def __str__(self) -> str:
        lines = [self.what]
        if self.where:
            lines.append(f"  where: {self.where}")
        if self.fix:
            lines.append(f"  fix:   {self.fix}")
        return "\n".join(lines)


class UsageError(SigmaError):
    """The command line or the configuration is wrong."""

    exit_code = 2


class OutsideError(SigmaError):
    """The world outside (file, disk, network, venue) is not as it should be."""

    exit_code = 3


class CheckError(SigmaError):
    """The work was done and the answer is no."""

    exit_code = 4


class HeldError(SigmaError):
    """Another process holds what this one needs."""

    exit_code = 5


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean 'x'?` for the known word nearest to a mistyped one, or nothing."""
    from difflib import get_close_matches  # only an error needs it

    matches = get_close_matches(word, list(known), n=1)
    return f"; did you mean {matches[0]!r}?" if matches else ""
