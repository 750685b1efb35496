"""`sigma demo`: the whole way from a market to a report, without keys and without a network."""

import typer

from commands.session import Session, with_session

app = typer.Typer()


@app.command()
@with_session
def demo(session: Session) -> None:
    """Take a synthetic market to a report; its path is the last line."""
    from sigma_cli.runtime import demo as runtime

    made = runtime.demo(session.store, session.load, session.progress)
    if session.json:
        session.emit(made)
        return
    session.say(made.verdict)
    session.say("The market is synthetic: this says nothing about a real one. Try next:")
    for command in made.try_next:
        session.say(f"  {command}")
    session.emit([made.report])
