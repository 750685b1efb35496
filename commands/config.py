"""`sigma config`: the settings in force, where they come from, and what they may be."""

from typing import Annotated

import typer

from commands.group import Group
from commands.options import Set
from commands.session import Session, with_session

app = typer.Typer(name="config", cls=Group, help="Show and check the settings.")

Origin = Annotated[bool, typer.Option("--origin", help="Name the file, variable or flag of each.")]


@app.command()
@with_session
def show(session: Session, origin: Origin = False, overrides: Set = []) -> None:
    """Show every setting as it is in force."""
    from sigma_cli.runtime import config as runtime

    session.emit(runtime.show(session.load(overrides), origins=origin))


@app.command()
@with_session
def check(session: Session, overrides: Set = []) -> None:
    """Read all settings and name everything that is wrong."""
    from sigma_cli.runtime import config as runtime

    session.emit(runtime.check(session.load(overrides)))


@app.command()
@with_session
def schema(session: Session) -> None:
    """Print the JSON schema of the settings."""
    from sigma_cli.runtime import config as runtime

    session.emit_json(runtime.schema())
