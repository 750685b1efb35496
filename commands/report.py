"""`sigma report`: one offline HTML page about a run, a sweep or several runs."""

from pathlib import Path
from typing import Annotated

import typer

from commands import console
from commands.options import Runs
from commands.session import Session, with_session

app = typer.Typer()

Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="Where to write. Default: beside the run."),
]
Open = Annotated[bool, typer.Option("--open", help="Show the page in a browser; not in a pipe.")]
Export = Annotated[
    Path | None,
    typer.Option("--export", metavar="DIR", help="Write page, JSON and CSV tables there as well."),
]
Csv = Annotated[
    str | None,
    typer.Option(
        "--csv",
        metavar="TABLE",
        help="Print trades, equity, days, months; on ticks orders, of a sweep cells.",
    ),
]
Note = Annotated[str | None, typer.Option("--note", help="Keep a note with the run and show it.")]


@app.command()
@with_session
def report(
    session: Session, runs: Runs = ["latest"], out: Out = None, open_: Open = False,
    export: Export = None, csv: Csv = None, note: Note = None,
) -> None:  # fmt: skip
    """Write one offline HTML page about runs and print its path."""
    from sigma_cli.runtime import report as runtime

    if csv is not None:
        session.emit(runtime.table(session.store, runs, csv))
        return
    made = runtime.report(session.store, runs, out, export=export, note=note)
    session.emit(made.document() if session.json else [made.path])
    if open_:
        console.show_page(made.path)
