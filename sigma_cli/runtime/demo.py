"""`sigma demo`: a synthetic market goes through ingest, backtest and report, as real data would.

It keeps to a store of its own below the user's, so that made-up candles never lie beside recorded
ones. Nothing is left to chance: a second demo finds everything done.
"""

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sigma_cli.kernels import jit
from sigma_cli.runtime import backtest
from sigma_cli.runtime.ingest import Request, ingest_files
from sigma_cli.runtime.progress import Progress
from sigma_cli.runtime.report import report
from sigma_cli.runtime.synthetic import MARKETS, VENUE, write_candles
from sigma_cli.settings import Loaded

FOLDER: Final = "demo"
"""The demo's store, inside the user's."""
SEED: Final = 7
START_NS: Final = 1_756_684_800_000_000_000
"""2025-09-01 00:00 UTC."""
DAYS: Final = 30
INTERVAL: Final = "1m"
STRATEGY: Final = "sma_cross"
PARAMS: Final = ("fast=60", "slow=240")

_QUERY: Final = "SELECT market, count(*) AS bars FROM candles GROUP BY market"


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """What the demo made, and what to try next."""

    run_id: str
    verdict: str
    try_next: tuple[str, ...]
    report: Path


def demo(store: Path, load: Callable[[Sequence[str]], Loaded], progress: Progress) -> Demo:
    """Make a market, ingest it, trade it and report on it; `load` reads the settings.

    Raises:
        SigmaError: the settings are wrong, or the disk is full.
    """
    home = store / FOLDER
    paths = _market(home, progress)
    request = Request(paths=paths, venue=VENUE, interval=INTERVAL, synthetic=True)
    jump_max = load(()).settings.ingest.jump_max
    ingest_files(request, home, jump_max=jump_max, progress=progress)
    wanted = backtest.Request(
        strategy=STRATEGY, period="all", venue=VENUE, interval=INTERVAL, sets=PARAMS
    )
    run = backtest.run(wanted, home, load, progress)
    made = report(home, [run.run_id])
    return Demo(
        run_id=run.run_id,
        verdict=made.document()["verdict"],
        try_next=_next(home),
        report=made.path,
    )


def _market(home: Path, progress: Progress) -> list[Path]:
    """Write the synthetic market as files, as a venue would hand them out."""
    if not jit.WARM:
        progress.note("First run: the kernels are compiled once, which takes about a minute.")
    progress.begin("making a synthetic market", len(MARKETS), "markets")
    paths = []
    for market in MARKETS:
        paths.append(write_candles(home / "synthetic", market, SEED, START_NS, DAYS))
        progress.advance()
    progress.end()
    return paths


def _next(home: Path) -> tuple[str, ...]:
    """Return three commands worth typing next."""
    here = shlex.join(["--store", str(home)])
    return (
        f"sigma backtest --strategy buy_and_hold --period all {here}",
        f"sigma sql {shlex.quote(_QUERY)} {here}",
        "sigma ingest files YOUR_CANDLES.csv --venue upbit --kind candles --interval 1m",
    )
