"""A hot list that a user gives: which markets a policy may enter, and from when on.

A file of `time,market`: all rows of one time are the whole list from then on, until the next time;
a row without a market says that the list is empty. Times are ISO 8601, UTC where they name no zone.
Before the first of them nobody is on the list.
"""

import csv
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np

from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.dtypes.tape import TOLD
from sigma_cli.domain.events import ControlKind
from sigma_cli.domain.units import NS_PER_S
from sigma_cli.errors import UsageError

COLUMNS: Final = ["time", "market"]
ROWS_MAX: Final = 20_000_000
"""Twenty markets a minute for two years."""


def told(path: Path, names: Sequence[str], start_ns: int) -> Records:
    """Return what a hot list tells the desk (TOLD): only where a market joins it, or leaves.

    `names` are the markets of the run, by their numbers; others on the list are none of it.

    Raises:
        UsageError: the file can't be read, is no such list, or names none of the markets.
    """
    number = {name: market for market, name in enumerate(names)}
    hot = np.zeros(len(names), np.bool_)
    changes = [(start_ns, market, False) for market in range(len(names))]
    was_named = False
    for ts_ns, listed in _lists(path):
        now = np.zeros(len(names), np.bool_)
        now[[number[name] for name in listed if name in number]] = True
        was_named |= bool(now.any())
        changes += [
            (ts_ns, market, bool(now[market])) for market in np.flatnonzero(now != hot).tolist()
        ]
        hot = now
    if not was_named:
        raise UsageError(
            f"the hot list names none of {', '.join(names)}",
            where=f"--hot-list {path}",
            fix="write the markets as `sigma data list` shows them",
        )
    return _rows(changes, start_ns)


def _rows(changes: Sequence[tuple[int, int, bool]], start_ns: int) -> Records:
    """Return changes as TOLD; of those before the start, the last of each market, at the start."""
    last = {market: is_hot for ts_ns, market, is_hot in changes if ts_ns <= start_ns}
    later = [change for change in changes if change[0] > start_ns]
    kept = [*((start_ns, market, is_hot) for market, is_hot in last.items()), *later]
    rows = np.zeros(len(kept), TOLD)
    rows["kind"] = ControlKind.HOT
    rows["ts_ns"], rows["market"], rows["hot"] = np.array(kept, np.int64).T
    return rows


def _lists(path: Path) -> Iterator[tuple[int, set[str]]]:
    """Yield each time of a file, and what is listed from then on."""
    at_ns, listed = 0, set[str]()
    for line, ts_ns, market in _read(path):
        if ts_ns < at_ns:
            raise _bad(path, line, "its time lies before the one above it", "sort the file by time")
        if ts_ns > at_ns and at_ns:
            yield at_ns, listed
            listed = set()
        at_ns = ts_ns
        listed |= {market} if market else set()
    if at_ns:
        yield at_ns, listed


def _read(path: Path) -> Iterator[tuple[int, int, str]]:
    """Yield line, time and market of each row."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = csv.reader(file)
            if next(rows, None) != COLUMNS:
                raise _bad(path, 1, "the columns are not time,market", "begin with: time,market")
            for line, row in enumerate(rows, 2):
                if line > ROWS_MAX:
                    raise _bad(path, line, f"more than {ROWS_MAX:,} rows", "take a shorter period")
                if row:
                    yield line, *_row(path, line, row)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(
            f"the hot list can't be read: {error}",
            where=f"--hot-list {path}",
            fix="name a file of text with the columns time,market",
        ) from error


def _row(path: Path, line: int, row: Sequence[str]) -> tuple[int, str]:
    example = "write rows like 2025-09-01T00:01:00Z,KRW-BTC"
    if len(row) != len(COLUMNS):
        raise _bad(path, line, f"{len(row)} columns where two belong", example)
    try:
        moment = datetime.fromisoformat(row[0].strip())
    except ValueError as error:
        raise _bad(path, line, f"{row[0]!r} is no time", example) from error
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    whole = int(moment.replace(microsecond=0).timestamp())
    return whole * NS_PER_S + moment.microsecond * 1_000, row[1].strip()


def _bad(path: Path, line: int, what: str, fix: str) -> UsageError:
    return UsageError(f"line {line}: {what}", where=f"--hot-list {path}", fix=fix)
