"""`sigma sql`: one question to the store."""

from typing import Annotated

import typer

from commands.session import Session, with_session

app = typer.Typer()

Statement = Annotated[
    str,
    typer.Argument(
        metavar="STATEMENT",
        help="One SELECT, WITH, EXPLAIN, DESCRIBE or SHOW; `SHOW TABLES` names the views.",
    ),
]


@app.command()
@with_session
def sql(session: Session, statement: Statement) -> None:
    """Ask the store in SQL; nothing can be changed. With --json every row is printed."""
    from sigma_cli.runtime import sql as runtime

    limits = session.settings().store
    rows_max = None if session.json else limits.sql_rows_max
    answer = runtime.query(
        session.store,
        statement,
        rows_max=rows_max,
        memory_mb=limits.duckdb_memory_mb,
        threads=limits.duckdb_threads,
    )
    session.emit(answer.rows)
    for what in answer.skipped:
        session.say(f"left out: {what}")
    if answer.more:
        session.say(
            f"only the first {rows_max:,} rows: --json prints all, so does a LIMIT of yours"
        )
