"""`sigma data`: what the store holds."""

from typing import Annotated, Literal

import typer

from commands.group import ListingGroup
from commands.options import OneMarket, Set, StoredMarket, StoredVenue, Venue, Yes
from commands.session import Session, with_session

app = typer.Typer(name="data", cls=ListingGroup, help="List what the store holds; remove from it.")

Interval = Annotated[
    str | None, typer.Option("--interval", metavar="1m", help="Only this one. Default: all.")
]


Period = Annotated[
    str,
    typer.Option("--period", metavar="PERIOD", help="2025-09-01..2025-09-21, 2025-W36, 30d, all"),
]
Every = Annotated[Literal["1s", "1m"], typer.Option("--every", help="From row to row.")]


@app.command("list")
@with_session
def list_(session: Session) -> None:
    """List what the store holds: rows, gaps and where they are from (also `sigma data` alone)."""
    from sigma_cli.runtime import data as runtime

    found = runtime.listing(session.store)
    session.emit(found)
    if not found:
        session.say(f"{session.store} holds no data yet: `sigma ingest files --help`, `sigma demo`")


@app.command()
@with_session
def rm(
    session: Session, venue: StoredVenue, market: StoredMarket, interval: Interval = None,
    yes: Yes = False,
) -> None:  # fmt: skip
    """Remove a market with its rows, notes and what was set aside of it."""
    from sigma_cli.runtime import data as runtime

    found = runtime.find(session.store, venue, market, interval)
    rows = ", ".join(f"{one.rows} rows of {one.kind}" for one in found)
    if yes or typer.confirm(f"Remove {venue} {market} ({rows})?", err=True):
        session.emit(runtime.remove(session.store, venue, market, interval))


@app.command()
@with_session
def features(
    session: Session, market: OneMarket, period: Period, every: Every = "1s",
    venue: Venue = None, overrides: Set = [],
) -> None:  # fmt: skip
    """Compute features from trades, quotes and books, and store them."""
    from sigma_cli.runtime import features as runtime

    request = runtime.Request(market=market, period=period, every=every, venue=venue)
    settings = session.settings(overrides)
    session.emit(runtime.compute(request, session.store, settings, session.progress))
