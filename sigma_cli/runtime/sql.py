"""One question to the store in SQL, answered in values that JSON and a terminal can show."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from sigma_cli.store.query import ask


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The answer: one mapping a row. `more`: there were more rows than asked for."""

    rows: tuple[Mapping[str, Any], ...]
    more: bool
    skipped: tuple[str, ...]
    """The runs that are left out because they can't be read, and why."""


def query(
    store: Path, statement: str, *, rows_max: int | None, memory_mb: int, threads: int
) -> Rows:
    """Answer exactly one statement that reads, with at most `rows_max` rows.

    Raises:
        UsageError: the statement writes, or is not one statement, or is wrong.
        OutsideError: a file of the store is missing or damaged.
    """
    answer = ask(store, statement, rows_max=rows_max, memory_mb=memory_mb, threads=threads)
    names = _unique(answer.names)
    return Rows(
        rows=tuple(
            {name: _plain(value) for name, value in zip(names, row, strict=True)}
            for row in answer.rows
        ),
        more=answer.more,
        skipped=answer.skipped,
    )


def _unique(names: tuple[str, ...]) -> list[str]:
    """Return names of which none is there twice: `a, a` becomes `a, a_1`."""
    taken: list[str] = []
    for name in names:
        fresh, number = name, 0
        while fresh in taken:
            number += 1
            fresh = f"{name}_{number}"
        taken.append(fresh)
    return taken


def _plain(value: Any) -> Any:
    """Return a value of DuckDB as JSON has it: times in ISO 8601, Decimal as text, NaN as null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime):
        return f"{value.isoformat()}Z" if value.tzinfo is None else value.isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Decimal | timedelta | UUID):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
