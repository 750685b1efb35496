"""Which column is which part of a row, by the names people give columns or by a map. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sigma_cli.errors import UsageError, did_you_mean
from sigma_cli.store.sources.tables import Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The parts of a kind of rows."""

    of: str
    """What the rows are, in the plural."""
    needed: tuple[str, ...]
    """What --map must name."""
    optional: tuple[str, ...]
    """What --map may name."""
    names: Mapping[str, tuple[str, ...]]
    """What people call each part, in lower case; the first name that a file has counts."""

    @property
    def all(self) -> tuple[str, ...]:
        """What --map knows."""
        return (*self.needed, *self.optional)


def named(parts: Parts, columns: Sequence[str]) -> dict[str, str]:
    """Return part -> column for every part that a column is named after."""
    lower = {column.strip().lower().replace(" ", "_"): column for column in reversed(columns)}
    found: dict[str, str] = {}
    for part, names in parts.names.items():
        for name in names:
            if name.replace(" ", "_") in lower:
                found[part] = lower[name.replace(" ", "_")]
                break
    return found


def check_map(parts: Parts, shape: Shape, given: Mapping[str, str]) -> None:
    """Refuse a --map that this file can't be read by.

    Raises:
        UsageError: a part is missing or unknown, or the file has no such column.
    """
    for part in given:
        if part not in parts.all:
            raise UsageError(
                f"--map knows no part {part!r} of {parts.of}{did_you_mean(part, parts.all)}",
                fix=f"its parts are {', '.join(parts.all)}",
            )
    missing = [part for part in parts.needed if part not in given]
    if missing:
        raise UsageError(f"--map lacks {', '.join(missing)}", fix=_map_to_type(parts, shape, given))
    for part, column in given.items():
        if column not in shape.columns:
            raise UsageError(
                f"no column {column!r} for {part}{did_you_mean(column, shape.columns)}",
                where=f"columns: {', '.join(shape.columns)}",
                fix=_map_to_type(parts, shape, given),
            )


def unrecognised(parts: Parts, shape: Shape) -> str:
    """Say what was seen of a file that no layout fits, and what to type."""
    columns = ", ".join(
        f"{name} ({shape.first[name]})" if name in shape.first else name for name in shape.columns
    )
    return (
        f"no known layout of {parts.of} in its columns: {columns}\n"
        f"  {_map_to_type(parts, shape, {})}"
    )


def _map_to_type(parts: Parts, shape: Shape, given: Mapping[str, str]) -> str:
    """Return the --map to type, as far as it can be told."""
    known = named(parts, shape.columns) | dict(given)
    return "type --map " + " ".join(f"{part}={known.get(part, 'COLUMN')}" for part in parts.needed)
