"""Sweeps: 1,000 combinations over 100,000 bars, against vectorbt; CPU, wall and memory.

    python -m benchmarks.bench_sweep [--check] [--repeats N] [--peers DIR]

Run it in the folder of the project, on a machine that has little else to do. Prints a table and
writes work/sweep.json. `--check` exits with 4 when a floor is missed. vectorbt comes from
`make bench-peers`; without it only sigma is measured.
"""

import json
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import Final

from benchmarks.bench_bars import ARRAYS, SIGMA, STORE, prepare, started
from benchmarks.engines.sweep_pairs import PERIOD
from benchmarks.install_peers import python_of
from benchmarks.measuring import Engine, calibration, whole_process
from benchmarks.reporting import Floor, Found, gathered, run

REFERENCE: Final = (1_136_088, 997_043.62)
"""All fills of ours, and the best final equity; vectorbt treats ties otherwise."""
COMMAND: Final = (
    *("backtest", "--strategy", "sma_cross", "--period", PERIOD, "--fee", "0.05%"),
    *("--set", "units=100", "--set", "limits.drawdown_max=1", "--quiet", "--json"),
    *("--sweep", "fast=2:50:2", "slow=60:255:5"),
)
"""The whole command on a grid of 25 x 40, as a person would type it."""
WORKERS: Final = 2

CPU: Final = "sweep, warm, one core: vectorbt / sigma, CPU"
WALL: Final = f"sweep, warm, {WORKERS} cores: vectorbt / sigma, wall"
FLOORS: Final = (
    Floor(CPU, 5.0, at_least=True),
    Floor("whole command: sigma backtest --sweep, MB", 300.0),
)


def in_turns(repeats: int, peers: Path) -> Iterator[tuple[str, float]]:
    """Yield the CPU and wall seconds of warm sweeps: of ours, of vectorbt's, of ours, ..."""
    here = Path(sys.executable)
    engines = {
        "sigma, one core": started(here, "sweep_sigma", STORE, "1"),
        f"sigma, {WORKERS} cores": started(here, "sweep_sigma", STORE, str(WORKERS)),
    }
    if python_of("vectorbt", peers).exists():
        engines["vectorbt"] = started(python_of("vectorbt", peers), "sweep_vectorbt", ARRAYS)
    with ExitStack() as stack:
        running = {}
        for name, argv in engines.items():
            running[name] = Engine(argv)
            stack.callback(running[name].close)
            first = running[name].warm_up
            if name.startswith("sigma"):
                assert (first["fills"], round(first["equity"], 2)) == REFERENCE, str(first)
        for _ in range(repeats):
            yield "calibration loop, CPU s", calibration()
            for name, engine in running.items():
                began = time.perf_counter()
                cpu_s = engine.run()["cpu_s"]
                yield f"sweep, warm: {name}, wall s", time.perf_counter() - began
                if name != f"sigma, {WORKERS} cores":  # its workers are not counted in
                    yield f"sweep, warm: {name}, CPU s", cpu_s


def whole(repeats: int, peers: Path) -> Iterator[tuple[str, float]]:
    """Yield what the whole command took, and vectorbt's whole process once."""
    for _ in range(repeats):
        shutil.rmtree(STORE / "runs", ignore_errors=True)  # or the sweep would be recognised
        spent = whole_process([SIGMA, *COMMAND, "--store", STORE])
        assert json.loads(spent.output)["cells"] == 1_000
        yield "whole command: sigma backtest --sweep, CPU s", spent.cpu_s
        yield "whole command: sigma backtest --sweep, wall s", spent.wall_s
        yield "whole command: sigma backtest --sweep, MB", spent.memory_mb
    if python_of("vectorbt", peers).exists():
        argv = started(python_of("vectorbt", peers), "sweep_vectorbt", ARRAYS, "--whole")
        spent = whole_process(argv)
        yield "whole process: vectorbt, CPU s", spent.cpu_s
        yield "whole process: vectorbt, wall s", spent.wall_s
        yield "whole process: vectorbt, MB", spent.memory_mb


def measured(repeats: int, peers: Path) -> Found:
    """Measure everything."""
    prepare()
    found = gathered(chain(in_turns(repeats, peers), whole(repeats, peers)))
    if "sweep, warm: vectorbt, CPU s" in found:
        peer = {unit: found[f"sweep, warm: vectorbt, {unit} s"] for unit in ("CPU", "wall")}
        found[CPU] = peer["CPU"].per(found["sweep, warm: sigma, one core, CPU s"])
        found[WALL] = peer["wall"].per(found[f"sweep, warm: sigma, {WORKERS} cores, wall s"])
    return found


if __name__ == "__main__":
    raise SystemExit(run("sweep", __doc__, FLOORS, measured, repeats=3))
