"""`sigma data`: what the store holds."""

import typer

from commands.session import Session, with_session

app = typer.Typer()


@app.command()
@with_session
def data(session: Session) -> None:
    """List what the store holds: rows, gaps and where they are from."""
    from sigma_cli.runtime import data as runtime

    found = runtime.listing(session.store)
    session.emit(found)
    if not found:
        session.say(f"{session.store} holds no data yet: `sigma ingest files --help`, `sigma demo`")
