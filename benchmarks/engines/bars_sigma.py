"""The reference in sigma: features, signal, desk and matching, from candles in memory to a tape.

Run by bench_bars.py as `python -m benchmarks.engines.bars_sigma STORE [--whole]`.
"""

import sys
from pathlib import Path

from benchmarks.engines.serving import serve
from sigma_cli.domain.facts import FactKind
from sigma_cli.runtime import choice, simulation, world
from sigma_cli.runtime.progress import Silent
from sigma_cli.runtime.selection import select
from sigma_cli.runtime.simulation import Tape
from sigma_cli.settings import load, parse_overrides
from sigma_cli.store.lake import Lake

FEE = 0.0005

settings = load(
    None, None, {}, parse_overrides(["units=100", "limits.drawdown_max=1", f"fills.fee={FEE}"])
).settings
selection = select(Lake(Path(sys.argv[1])), [], venue=None, interval=None, period="all", fee=FEE)
chosen, _ = choice.choose("sma_cross", [])
schedule = world.schedule(selection.candles)


def run() -> Tape:
    """Run once."""
    signals = [choice.signal(chosen, one, selection.interval) for one in selection.candles]
    rows = world.rows(selection.candles, signals)
    return simulation.run(rows, schedule, world.build(settings, len(selection.candles)), Silent())


def tell(tape: Tape) -> tuple[int, float]:
    """Return the fills and the final equity."""
    return int((tape.facts["kind"] == FactKind.FILLED).sum()), float(tape.equity[-1, 0])


serve(run, tell)
