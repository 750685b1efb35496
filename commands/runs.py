"""`sigma runs`: the stored runs."""

import typer

from commands.group import Group
from commands.options import Run, Runs, Yes
from commands.session import Session, with_session

app = typer.Typer(name="runs", cls=Group, help="List, show and remove stored runs.")


@app.command("list")
@with_session
def list_(session: Session) -> None:
    """List the stored runs, the newest first."""
    from sigma_cli.runtime import runs as runtime

    found = runtime.listing(session.store, lambda what: session.say(f"left out: {what}"))
    session.emit(found)
    if not found:
        session.say(f"{session.store} holds no runs yet: `sigma backtest --help`")


@app.command()
@with_session
def show(session: Session, run: Run = "latest") -> None:
    """Show everything that is known of a run."""
    from sigma_cli.runtime import runs as runtime

    session.emit(runtime.show(session.store, run))


@app.command()
@with_session
def rm(session: Session, runs: Runs, yes: Yes = False) -> None:
    """Remove runs with everything that is stored of them."""
    from sigma_cli.runtime import runs as runtime

    names = runtime.find(session.store, runs)
    if yes or typer.confirm(f"Remove {', '.join(names)}?", err=True):
        session.emit(runtime.remove(session.store, names))
