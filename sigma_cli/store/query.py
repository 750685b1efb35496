"""One SQL statement that reads, asked of the views on a store. Anything else is refused.

Three walls, each enough for most of it: the kind of the statement, as DuckDB's own parser sees it;
a transaction that is read-only; and a DuckDB that can open no file. A statement's kind alone does
not do: to DuckDB 2.0 `WITH q AS (COPY ... TO ...) SELECT ...` is a SELECT, and
`EXPLAIN ANALYZE COPY ...` an EXPLAIN that copies.
"""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Thread
from typing import Any, Final

import duckdb

from sigma_cli.errors import OutsideError, UsageError
from sigma_cli.store.views import open_views

_READING: Final = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)
"""WITH, FROM, VALUES, DESCRIBE and SHOW are SELECTs to DuckDB."""
_BROKEN_SCAN: Final = "reading the stream registered as"
"""How DuckDB begins to say that pyarrow could not read a file."""


INTERRUPT_MAX_S: Final = 1.0
"""How long Ctrl-C waits for a query to end by itself."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of a query, as DuckDB gives them. `more`: there were more than asked for."""

    names: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    more: bool
    skipped: tuple[str, ...]
    """The runs that are left out because they can't be read, and why."""


def ask(
    root: Path, statement: str, *, rows_max: int | None, memory_mb: int, threads: int
) -> Answer:
    """Answer one SELECT, WITH, EXPLAIN, DESCRIBE or SHOW statement.

    Raises:
        UsageError: it is another statement, or several, or not SQL.
        OutsideError: a file of the store is missing or damaged.
    """
    _check(statement)
    opened: list[duckdb.DuckDBPyConnection] = []

    def work() -> Answer:
        skipped: list[str] = []
        with open_views(root, skipped.append, memory_mb=memory_mb, threads=threads) as db:
            opened.append(db)
            return replace(_answer(db, statement, rows_max), skipped=tuple(skipped))

    return _in_thread(work, opened)


def _check(statement: str) -> None:
    """Refuse what is not exactly one statement that reads."""
    try:
        parsed = duckdb.extract_statements(statement)
    except duckdb.Error as error:
        raise _not_sql(error) from error
    if len(parsed) != 1:
        raise UsageError(
            f"{len(parsed)} statements; `sigma sql` answers exactly one",
            where=statement.strip() or "an empty text",
            fix='write one statement, such as sigma sql "SHOW TABLES"',
        )
    if parsed[0].type not in _READING:
        raise UsageError(
            f"{parsed[0].type.name} is refused: `sigma sql` only reads",
            where=statement.strip(),
            fix="write a SELECT, WITH, EXPLAIN, DESCRIBE or SHOW statement",
        )


def _answer(db: duckdb.DuckDBPyConnection, statement: str, rows_max: int | None) -> Answer:
    try:
        db.execute("BEGIN TRANSACTION READ ONLY")
        result = db.execute(statement)
        names = tuple(column[0] for column in result.description)
        rows = result.fetchall() if rows_max is None else result.fetchmany(rows_max + 1)
    except duckdb.Error as error:
        if _BROKEN_SCAN in str(error):
            raise OutsideError(
                str(error).splitlines()[0],
                where="the store",
                fix="a file of lake/: ingest again what it came from (`sigma data` names that);"
                " one of runs/ID: `sigma runs rm ID`, then run the backtest again",
            ) from error
        raise _not_sql(error) from error
    kept = rows if rows_max is None else rows[:rows_max]
    return Answer(names, tuple(kept), more=len(kept) < len(rows), skipped=())


def _in_thread(work: Callable[[], Answer], opened: list[duckdb.DuckDBPyConnection]) -> Answer:
    """Return what `work` returns; let Ctrl-C end the wait for it.

    Some operators of DuckDB 2.0 look for an interrupt only when they are done (a cross join ran on
    for minutes), so after a moment the thread is left behind: it holds nothing that needs saving.
    """
    future: Future[Answer] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    thread = Thread(target=run, name="sigma-sql", daemon=True)
    thread.start()
    try:
        return future.result()
    except KeyboardInterrupt:
        for db in opened:
            db.interrupt()
        thread.join(INTERRUPT_MAX_S)
        raise


def _not_sql(error: duckdb.Error) -> UsageError:
    return UsageError(
        str(error).rstrip(),
        where="the statement",
        fix="`SHOW TABLES` names the views, `DESCRIBE candles` the columns of one",
    )
