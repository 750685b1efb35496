"""Bars: one run over a million, against vectorbt and backtesting.py, and what a start costs.

    python -m benchmarks.bench_bars [--check] [--repeats N] [--peers DIR]

Run it in the folder of the project, on a machine that has little else to do. Prints a table and
writes work/bars.json. `--check` exits with 4 when a floor is missed. Peers come from
`make bench-peers`; what is not installed is left out.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow.parquet as pq

from benchmarks.install_peers import python_of
from benchmarks.measuring import Argv, Engine, calibration, whole_process
from benchmarks.reporting import WORK as FOLDER
from benchmarks.reporting import Floor, Found, gathered, run

HERE: Final = Path(__file__).parent
WORK: Final = FOLDER / "bars"
STORE: Final = WORK / "store"
ARRAYS: Final = WORK / "bars.npz"
SIGMA: Final = Path(sys.executable).with_name("sigma")

REFERENCE: Final = (38_870, 805_804.48)
"""Fills and final equity of ours; peers treat ties otherwise and come within 3 % of the fills."""
BACKTEST: Final = (
    *("--strategy", "sma_cross", "--period", "all", "--fee", "0.05%"),
    *("--set", "units=100", "--set", "limits.drawdown_max=1", "--quiet", "--json"),
)
WARM_UPS: Final = 2
"""Runs after the first that are not counted: a process needs them to get its memory together."""
WHOLE_REPEATS_MAX: Final = 3
"""Whole processes of peers take seconds each."""


RATIO: Final = "bars, warm: vectorbt / sigma"
FLOORS: Final = (
    Floor(RATIO, 5.0, at_least=True),
    Floor("whole process: sigma backtest, CPU s", 1.0),
    Floor("sigma --help, CPU s", 0.2),
    Floor("sigma --help, wall s", 0.2),
    Floor("kernels from the cache, CPU s", 0.5),
)


def started(python: Path, name: str, *words: str | Path) -> Argv:
    """Return how to start an engine; the working directory must be that of the project."""
    return [python, "-m", f"benchmarks.engines.{name}", *words]


def prepare() -> None:
    """Make the market, the same for the peers, and a store that holds it; once."""
    market = WORK / "BARS-1m.parquet"
    WORK.mkdir(parents=True, exist_ok=True)
    if not ARRAYS.exists():
        subprocess.run([sys.executable, HERE / "bars.py", market], check=True)
        table = pq.read_table(market)
        ts, opens, highs, lows, closes, volumes = (column.to_numpy() for column in table.columns)
        np.savez(ARRAYS, ts=ts, open=opens, high=highs, low=lows, close=closes, volume=volumes)
    words = ("--venue", "bench", "--interval", "1m", "--quiet", "--store", STORE)
    whole_process([SIGMA, "ingest", "files", market, *words])
    whole_process(started(Path(sys.executable), "bars_sigma", STORE, "--whole"))


def in_turns(repeats: int, peers: Path) -> Iterator[tuple[str, float]]:
    """Yield the CPU seconds of warm runs: of ours, of vectorbt's, of ours, ..."""
    engines = {"sigma": started(Path(sys.executable), "bars_sigma", STORE)}
    peer = python_of("vectorbt", peers)
    if peer.exists():
        engines["vectorbt"] = started(peer, "bars_vectorbt", ARRAYS)
    with ExitStack() as stack:
        running = {}
        for name, argv in engines.items():
            running[name] = Engine(argv)
            stack.callback(running[name].close)
        first = running["sigma"].warm_up
        assert (first["fills"], round(first["equity"], 2)) == REFERENCE, f"another answer: {first}"
        for process in WARM_UPS * list(running.values()):
            process.run()
        for _ in range(repeats):
            yield "calibration loop, CPU s", calibration()
            for name, process in running.items():
                yield f"bars, warm: {name}, CPU s", process.run()["cpu_s"]


def whole(repeats: int, peers: Path) -> Iterator[tuple[str, float]]:
    """Yield what whole processes took, one of each kind in turn."""
    for i in range(repeats):
        shutil.rmtree(STORE / "runs", ignore_errors=True)  # or the run would be recognised
        spent = whole_process([SIGMA, "backtest", *BACKTEST, "--store", STORE])
        answer = json.loads(spent.output)
        assert (answer["fills"], round(answer["final_equity"], 2)) == REFERENCE
        yield "whole process: sigma backtest, CPU s", spent.cpu_s
        yield "whole process: sigma backtest, MB", spent.memory_mb
        spent = whole_process([SIGMA, "--help"])
        yield "sigma --help, CPU s", spent.cpu_s
        yield "sigma --help, wall s", spent.wall_s
        spent = whole_process(started(Path(sys.executable), "load_kernels"))
        yield "kernels from the cache, CPU s", spent.cpu_s
        for peer in ("vectorbt", "backtesting"):
            if i < WHOLE_REPEATS_MAX and python_of(peer, peers).exists():
                argv = started(python_of(peer, peers), f"bars_{peer}", ARRAYS, "--whole")
                spent = whole_process(argv)
                yield f"whole process: {peer}, CPU s", spent.cpu_s
                yield f"whole process: {peer}, MB", spent.memory_mb


def measured(repeats: int, peers: Path) -> Found:
    """Measure everything."""
    prepare()
    found = gathered(chain(in_turns(repeats, peers), whole(repeats, peers)))
    peer = found.get("bars, warm: vectorbt, CPU s")
    if peer is not None:
        found[RATIO] = peer.per(found["bars, warm: sigma, CPU s"])
    return found


if __name__ == "__main__":
    raise SystemExit(run("bars", __doc__, FLOORS, measured, repeats=9))
