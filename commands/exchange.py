"""`sigma exchange`: a local exchange that speaks Upbit's protocol."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from commands.options import Markets
from commands.session import Session, with_session

if TYPE_CHECKING:
    from sigma_cli.runtime.exchange import Served

EPILOG: Final = (
    "No order leaves this machine. A made-up market does as well as a recorded one: "
    "`sigma ingest synthetic --seed 7 --days 1 --market KRW-BTC --kind trades`, then `--kind "
    "books`. Ctrl-C ends it."
)

app = typer.Typer()

Period = Annotated[
    str,
    typer.Option("--period", metavar="PERIOD", help="2025-09-01..2025-09-21, 2025-W36, 30d, all"),
]
Fidelity = Annotated[
    Literal["trades", "book"], typer.Option("--fidelity", help="Without books, or with them.")
]
Begin = Annotated[
    str | None,
    typer.Option(
        "--begin",
        metavar="TIME",
        help="When its clock begins, UTC; what lies before is history. Default: at the start.",
    ),
]
Speed = Annotated[float, typer.Option("--speed", help="How much faster than real time.")]
Stepped = Annotated[
    bool, typer.Option("--stepped", help="The clock waits for POST /_control/step.")
]
Port = Annotated[int, typer.Option("--port", min=0, max=65_535, help="0: a free one.")]
Accounts = Annotated[
    list[str],
    typer.Option(
        "--account", metavar="NAME:CURRENCY=AMOUNT,...", help="Repeatable; each gets a key."
    ),
]
Seed = Annotated[int, typer.Option("--seed", help="Of keys, names of orders, and faults.")]
Faults = Annotated[
    Path | None, typer.Option("--faults", metavar="FILE", help="What goes wrong, and when (JSON).")
]
Chance = Annotated[
    float, typer.Option("--chance", min=0, max=1, help="Of each kind of fault, by the seed.")
]
Control = Annotated[bool, typer.Option("--control", help="Answer at /_control.")]
LogFolder = Annotated[
    Path | None, typer.Option("--log", metavar="DIR", help="Write down everything, exactly.")
]


@app.command(epilog=EPILOG)
@with_session
def exchange(
    session: Session, markets: Markets = [], period: Period = "all", fidelity: Fidelity = "book",
    begin: Begin = None, speed: Speed = 1.0, stepped: Stepped = False, port: Port = 8788,
    accounts: Accounts = ["main:KRW=10000000"], seed: Seed = 1, faults: Faults = None,
    chance: Chance = 0.0, control: Control = False, log: LogFolder = None,
) -> None:  # fmt: skip
    """Serve stored markets as Upbit would, on this machine alone."""
    from sigma_cli.runtime import exchange as runtime

    def ready(served: "Served") -> None:
        session.emit(served)
        session.say("Point a client at it, for example:")
        session.say(f"  upbit.Upbit(access_key=..., secret_key=..., base_url={served.rest!r},")
        session.say(f"              websocket_base_url={served.rest.replace('http', 'ws')!r})")
        session.say("Ctrl-C ends it.")

    request = runtime.Request(
        markets=markets,
        period=period,
        fidelity=fidelity,
        begin=begin,
        speed=None if stepped else speed,
        port=port,
        accounts=accounts,
        seed=seed,
        script=faults,
        chance=chance,
        control=control,
        log=log,
    )
    runtime.serve(request, session.store, ready)
    session.say("closed")
