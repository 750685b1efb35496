"""The combinations of a sweep: from words such as `fast=5:50:5` to one mapping a combination."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Final

from sigma_cli.errors import UsageError

COMBINATIONS_MAX: Final = 100_000
"""Combinations of one sweep; beyond that the best of them means nothing."""

Grid = Mapping[str, tuple[str, ...]]
"""The values of each parameter, as they were typed or counted."""


def parse(words: Sequence[str]) -> Grid:
    """Return the grid that `words` say: `NAME=FIRST:LAST:STEP` or `NAME=VALUE,VALUE`.

    The last value of a range belongs to it, if the steps reach it.

    Raises:
        UsageError: a word is neither, says a parameter twice, or there are too many combinations.
    """
    grid: dict[str, tuple[str, ...]] = {}
    for word in words:
        name, separator, text = word.partition("=")
        name = name.strip()
        if not name or not separator or not text.strip():
            raise _unreadable(word, "it names no parameter and values")
        if name in grid:
            raise _unreadable(word, f"{name} has its values already")
        grid[name] = _range(word, text) if ":" in text else _list(word, text)
    count = size(grid)
    if count > COMBINATIONS_MAX:
        raise UsageError(
            f"{count:,} combinations are more than {COMBINATIONS_MAX:,}",
            where="--sweep",
            fix="take longer steps, or sweep fewer parameters",
        )
    return grid


def size(grid: Grid) -> int:
    """Return how many combinations a grid has."""
    count = 1
    for values in grid.values():
        count *= len(values)
    return count


def combinations(grid: Grid) -> Iterator[dict[str, str]]:
    """Return every combination; the values of the last parameter change fastest."""
    for values in itertools.product(*grid.values()):
        yield dict(zip(grid, values, strict=True))


def _range(word: str, text: str) -> tuple[str, ...]:
    parts = text.split(":")
    if len(parts) not in (2, 3):
        raise _unreadable(word, "a range has a first value, a last one and a step")
    try:
        first, last, step = (Decimal(part.strip()) for part in [*parts, "1"][:3])
    except InvalidOperation:
        raise _unreadable(word, "a range is made of numbers") from None
    if not (first.is_finite() and last.is_finite() and step.is_finite()):
        raise _unreadable(word, "a range is made of numbers")
    if step <= 0 or last < first:
        raise _unreadable(word, "the step must be positive and lead from the first to the last")
    count = int((last - first) / step) + 1
    if count > COMBINATIONS_MAX:
        raise _unreadable(word, f"that is {count:,} values")
    return tuple(f"{first + step * i:f}" for i in range(count))


def _list(word: str, text: str) -> tuple[str, ...]:
    values = tuple(value.strip() for value in text.split(","))
    if "" in values:
        raise _unreadable(word, "a value between two commas is missing")
    if len(set(values)) < len(values):
        raise _unreadable(word, "a value is there twice")
    return values


def _unreadable(word: str, why: str) -> UsageError:
    return UsageError(
        f"can't sweep {word!r}: {why}",
        where="--sweep",
        fix="write NAME=FIRST:LAST:STEP, such as fast=5:50:5, or NAME=VALUE,VALUE,VALUE",
    )
