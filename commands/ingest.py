"""`sigma ingest`: market data into the store, from files or from a made-up market."""

from typing import Annotated, Literal

import typer

from commands import ingest_synthetic
from commands.group import Group
from commands.options import Market, Set, Venue
from commands.session import Session, with_session

app = typer.Typer(name="ingest", cls=Group, help="Bring market data into the store.")

Paths = Annotated[list[str], typer.Argument(metavar="PATH...", help="Files, or folders of them.")]
Kind = Annotated[
    Literal["candles", "trades", "quotes", "books"],
    typer.Option("--kind", help="What the files hold."),
]
Interval = Annotated[
    str | None,
    typer.Option("--interval", metavar="1m", help="Between two candles."),
]
Map = Annotated[
    list[str],
    typer.Option(
        "--map",
        metavar="PART=COLUMN",
        help="timestamp=t open=o ...; of trades price=p size=s side=b ...",
    ),
]
Zone = Annotated[str | None, typer.Option("--tz", help="Zone of times without one; UTC if unsaid.")]
Unit = Annotated[Literal["s", "ms", "us", "ns"] | None, typer.Option("--unit", help="Of times.")]
Only = Annotated[
    str | None, typer.Option("--only", metavar="COLUMN=VALUE", help="Take only these rows.")
]


@app.command(epilog="Rows set aside are no failure: the exit code stays 0.")
@with_session
def files(
    session: Session, paths: Paths, venue: Venue, kind: Kind = "candles", interval: Interval = None,
    market: Market = None, columns: Map = [], zone: Zone = None, unit: Unit = None,
    only: Only = None, overrides: Set = [],
) -> None:  # fmt: skip
    """Take market data from files; repeats add nothing."""
    from sigma_cli.runtime import ingest as runtime

    options = {"venue": venue, "kind": kind, "interval": interval, "market": market}
    request = runtime.Request.typed(paths, columns, only, zone=zone, unit=unit, **options)
    jump_max = session.settings(overrides).ingest.jump_max
    session.emit(runtime.ingest_files(request, session.store, jump_max, session.progress))


app.command(epilog=ingest_synthetic.EPILOG)(ingest_synthetic.synthetic)
