"""`sigma strategy`: the strategies there are, and the beginning of a new one."""

from pathlib import Path
from typing import Annotated

import typer

from commands.group import Group
from commands.session import Session, with_session

app = typer.Typer(name="strategy", cls=Group, help="List strategies, begin a new one.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="Like my_idea; the class is MyIdea.")]
Folder = Annotated[Path, typer.Option("--dir", metavar="DIR", help="Where to write it.")]


@app.command("list")
@with_session
def list_(session: Session) -> None:
    """List the installed strategies with their parameters."""
    from sigma_cli.runtime import strategy as runtime

    found = runtime.listing()
    session.emit(found if session.json else runtime.lines(found))


@app.command()
@with_session
def new(session: Session, name: Name, folder: Folder = Path()) -> None:
    """Write a strategy to start from, NAME.py, and its test."""
    from sigma_cli.runtime import strategy as runtime

    session.emit(runtime.new(name, folder))
