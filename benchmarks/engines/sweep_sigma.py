"""The sweep in sigma: 1,000 pairs of averages over 100,000 bars, from the lake to the metrics.

Run by bench_sweep.py as `python -m benchmarks.engines.sweep_sigma STORE WORKERS`.
"""

import sys
from pathlib import Path

import numpy as np

from benchmarks.engines.serving import serve
from benchmarks.engines.sweep_pairs import PAIRS, PERIOD
from sigma_cli.runtime import choice, executor, identity, world
from sigma_cli.runtime.selection import select
from sigma_cli.runtime.sweep_cells import Cells, CellsJob
from sigma_cli.runtime.sweep_work import TASKS_A_WORKER
from sigma_cli.settings import load, parse_overrides
from sigma_cli.store.lake import Lake

FEE = 0.0005

store, workers = Path(sys.argv[1]), int(sys.argv[2])
words = ["units=100", "limits.drawdown_max=1", f"fills.fee={FEE}"]
settings = load(None, None, {}, parse_overrides(words)).settings
selection = select(Lake(store), [], venue=None, interval=None, period=PERIOD, fee=FEE)
chosen, _ = choice.choose("sma_cross", [])
job = CellsJob(
    store=store,
    markets=tuple(one.market for one in selection.series),
    venue=selection.venue,
    interval=selection.interval,
    period=selection.period.text,
    settings=settings,
    strategy=chosen.text,
    sets=(),
    names=("fast", "slow"),
    code_hash=chosen.code_hash,
    gate=True,
    read=identity.read_hashes(selection, world.schedule(selection.candles)),
)
combinations = [(str(fast), str(slow)) for fast, slow in PAIRS]
each = len(combinations) // (workers * TASKS_A_WORKER)
tasks = [combinations[i : i + each] for i in range(0, len(combinations), each)]
at = executor.Here() if workers == 1 else executor.Processes(workers)
list(executor.Here().run(job, [combinations[:1]]))  # what the first cell of a sweep does


def run() -> list[Cells]:
    """Run once."""
    return [cells for _, cells in at.run(job, tasks)]


def tell(found: list[Cells]) -> tuple[int, float]:
    """Return all fills and the best final equity."""
    fills = sum(int(cells["fills"].sum()) for cells in found)
    return fills, float(np.concatenate([cells["final_equity"] for cells in found]).max())


serve(run, tell)
