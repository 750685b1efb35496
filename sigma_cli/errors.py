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
    found = nearest(word, known)
    return f"; did you mean {found!r}?" if found else ""


def nearest(word: str, known: Iterable[str], likeness_min: float = 0.6) -> str | None:
    """Return the known word most like a mistyped one; case and missing parts do not matter.

    >>> nearest("btc", ["KRW-BTC", "KRW-ETH"]), nearest("upbti", ["upbit"]), nearest("x", ["upbit"])
    ('KRW-BTC', 'upbit', None)
    """
    import re
    from difflib import get_close_matches  # only an error needs these

    likes: dict[str, str] = {}
    for name in known:
        for part in (name, *re.split(r"[^A-Za-z0-9]+", name)):
            likes.setdefault(part.casefold(), name)
    matches = get_close_matches(word.casefold(), likes, n=1, cutoff=likeness_min)
    return likes[matches[0]] if matches else None
