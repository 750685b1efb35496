"""`sigma report`: one offline HTML page about a run."""

from pathlib import Path
from typing import Annotated

import typer

from commands.options import Run
from commands.session import Session, with_session

app = typer.Typer()

Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="Where to write. Default: beside the run."),
]


@app.command()
@with_session
def report(session: Session, run: Run = "latest", out: Out = None) -> None:
    """Write one offline HTML page about a run and print its path."""
    from sigma_cli.runtime import report as runtime

    made = runtime.report(session.store, run, out)
    session.emit(made.document if session.json else [made.path])
