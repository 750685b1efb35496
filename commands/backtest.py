"""`sigma backtest`: run a strategy over stored candles, once or with many parameters."""

from pathlib import Path
from typing import Annotated

import typer

from commands.options import Markets, Set, Strategy, Sweep, Swept, Venue, swept
from commands.session import Session, with_session
from sigma_cli.domain import fidelities

app = typer.Typer()

Period = Annotated[
    str,
    typer.Option("--period", metavar="PERIOD", help="2025-09-01..2025-09-21, 2025-W36, 30d, all"),
]
Interval = Annotated[str | None, typer.Option("--interval", metavar="1m", help="Of the candles.")]
Cash = Annotated[float | None, typer.Option("--cash", help="Cash at the start.")]
Fee = Annotated[str | None, typer.Option("--fee", help="On either side: 0.05%, 5bps or 0.0005.")]
NoGate = Annotated[
    bool, typer.Option("--no-gate", help="Skip the look-ahead gate; a banner says so.")
]
Again = Annotated[bool, typer.Option("--again", help="Compute a stored run again and compare.")]
Compare = Annotated[
    bool | None,
    typer.Option(
        "--compare/--no-compare",
        help="On ticks: show other latencies and fidelities beside it. Default: on short tapes.",
    ),
]
Fidelity = Annotated[
    fidelities.Fidelity,
    typer.Option("--fidelity", help="What is simulated: candles, trades, or trades and books."),
]

HotList = Annotated[
    Path | None,
    typer.Option(
        "--hot-list", metavar="FILE", help="Columns time,market: what a policy may enter, and when."
    ),
]


@app.command()
@with_session
def backtest(
    session: Session, strategy: Strategy, period: Period, market: Markets = [],
    venue: Venue = None, interval: Interval = None, overrides: Set = [],
    cash: Cash = None, fee: Fee = None, no_gate: NoGate = False, again: Again = False,
    fidelity: Fidelity = fidelities.BARS, compare: Compare = None, hot_list: HotList = None,
    sweep: Sweep = [], more: Swept = None,
) -> None:  # fmt: skip
    """Run a strategy over stored candles; --sweep tries many."""
    from sigma_cli.runtime.backtest import Request, run

    request = Request(
        strategy=strategy, period=period, markets=market, venue=venue, interval=interval,
        sets=overrides, cash=cash, fee=fee, gate=not no_gate, again=again,
        fidelity=fidelity, compare=compare, hot_list=hot_list,
    )  # fmt: skip
    words = swept(sweep, more)
    if words:
        from sigma_cli.runtime import sweep as sweeping

        session.emit(sweeping.run(request, words, session.store, session.load, session.progress))
    elif fidelity != fidelities.BARS:
        from sigma_cli.runtime import backtest_ticks

        session.emit(backtest_ticks.run(request, session.store, session.load, session.progress))
    else:
        session.emit(run(request, session.store, session.load, session.progress))
