"""`sigma ingest synthetic`: made-up market data into the store."""

from typing import Annotated, Final, Literal

import typer

from commands.options import Markets
from commands.session import Session, with_session

EPILOG: Final = "The rows are marked synthetic, and never mix with recorded ones."

Seed = Annotated[int, typer.Option("--seed", help="The same seed makes the same market.")]
Days = Annotated[int, typer.Option("--days", help="How long; a crash and an outage are in it.")]
Start = Annotated[str, typer.Option("--start", metavar="DAY", help="The first day, UTC.")]
Interval = Annotated[str, typer.Option("--interval", metavar="1m", help="Between two candles.")]
Kind = Annotated[
    Literal["candles", "trades", "quotes", "books"], typer.Option("--kind", help="What to store.")
]


@with_session
def synthetic(
    session: Session, seed: Seed, days: Days, markets: Markets = [], kind: Kind = "candles",
    interval: Interval = "1m", start: Start = "2025-09-01",
) -> None:  # fmt: skip
    """Make up markets that look alive."""
    from sigma_cli.runtime import ingest_synthetic as runtime

    request = runtime.Request(
        seed=seed, days=days, markets=markets, kind=kind, interval=interval, start=start
    )
    session.emit(runtime.ingest_synthetic(request, session.store, session.progress))
