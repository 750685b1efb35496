"""What `sigma ingest files` is asked for, checked as far as no file is needed for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, Self

from sigma_cli.domain.units import INTERVALS_NS
from sigma_cli.errors import UsageError, did_you_mean
from sigma_cli.store.sources.book_layouts import BOOK_PARTS, QUOTE_PARTS
from sigma_cli.store.sources.layouts import PARTS
from sigma_cli.store.sources.naming import Parts
from sigma_cli.store.sources.times import Unit, check_zone
from sigma_cli.store.sources.trade_layouts import TRADE_PARTS

Kind = Literal["candles", "trades", "quotes", "books"]
_PARTS: Final[dict[Kind, Parts]] = {
    "candles": PARTS,
    "trades": TRADE_PARTS,
    "quotes": QUOTE_PARTS,
    "books": BOOK_PARTS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was asked for."""

    paths: Sequence[Path]
    venue: str
    kind: Kind = "candles"
    interval: str | None = None
    """Of candles; nothing else has one."""
    market: str | None = None
    """The market of files that don't name theirs; of those that do, the only one to take."""
    columns: Mapping[str, str] | None = None
    """Part of a row -> column, for a layout that is not known."""
    zone: str | None = None
    unit: Unit | None = None
    only: tuple[str, str] | None = None
    """A column and the value that rows must have to be taken."""
    synthetic: bool = False

    @classmethod
    def typed(
        cls, words: Sequence[str], columns: Sequence[str], only: str | None, **rest: Any
    ) -> Self:
        """Return the request that a command line means.

        What follows --map there are `part=column` words among the paths.

        Raises:
            UsageError: a word is not of the form it must have.
        """
        known = _PARTS[rest.get("kind", "candles")].all
        pairs = [word for word in words if columns and word.partition("=")[0] in known]
        paths = [Path(word).expanduser() for word in words if word not in pairs]
        if not paths:
            raise UsageError("no file is named", fix="name files, or folders of them")
        mapped_columns = dict(_pair(word, "--map") for word in (*columns, *pairs))
        row = None if only is None else _pair(only, "--only")
        return cls(paths=paths, columns=mapped_columns or None, only=row, **rest)

    def check(self) -> None:
        """Refuse what no file could make right.

        Raises:
            UsageError: the interval or the zone is not one.
        """
        if self.kind != "candles" and self.interval is not None:
            raise UsageError(
                f"{self.kind} have no interval", where="--interval", fix="leave it out"
            )
        if self.kind == "candles" and self.interval not in INTERVALS_NS:
            asked = self.interval
            raise UsageError(
                f"no interval {asked!r}{did_you_mean(asked, INTERVALS_NS)}"
                if asked
                else "candles of which interval?",
                where="--interval",
                fix=f"choose from {', '.join(INTERVALS_NS)}",
            )
        if self.zone is not None:
            check_zone(self.zone)


def _pair(word: str, option: str) -> tuple[str, str]:
    left, equals, right = word.partition("=")
    if not (left and equals and right):
        raise UsageError(f"{option} takes NAME=VALUE, not {word!r}", where=option)
    return left, right
