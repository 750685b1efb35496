"""Sweeps: 1,000 combinations over 100,000 bars, against vectorbt; CPU, wall and memory.

    python -m benchmarks.bench_sweep [--check] [--repeats N] [--peers DIR]

Run it in the folder of the project, on a machine that has little else to do. Prints a table and
writes work/sweep.json. `--check` exits with 4 when a floor is missed. vectorbt comes from
`make bench-peers`; without it only sigma is measured.
"""

import argparse
import json
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from benchmarks.bench_bars import ARRAYS, HERE, SIGMA, STORE, Floor, machine, prepare, started
from benchmarks.engines.sweep_pairs import PERIOD
from benchmarks.install_peers import FOLDER, python_of
from benchmarks.measuring import Engine, Samples, calibration, whole_process

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


def measured(repeats: int, peers: Path) -> dict[str, Samples]:
    """Measure everything."""
    found: dict[str, Samples] = {}
    for measuring in (in_turns(repeats, peers), whole(repeats, peers)):
        for name, value in measuring:
            found.setdefault(name, Samples()).add(value)
    if "sweep, warm: vectorbt, CPU s" in found:
        peer = {unit: found[f"sweep, warm: vectorbt, {unit} s"] for unit in ("CPU", "wall")}
        found[CPU] = peer["CPU"].per(found["sweep, warm: sigma, one core, CPU s"])
        found[WALL] = peer["wall"].per(found[f"sweep, warm: sigma, {WORKERS} cores, wall s"])
    return found


def main() -> int:
    """Measure, print, write; return the exit code."""
    parser = argparse.ArgumentParser(prog="bench_sweep", description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit with 4 when a floor is missed")
    parser.add_argument("--repeats", type=int, default=3, help="of everything")
    parser.add_argument("--peers", type=Path, default=FOLDER, help="where their environments are")
    args = parser.parse_args()
    prepare()
    found = measured(args.repeats, args.peers)
    missed = [line for floor in FLOORS if (line := floor.missed(found))]
    print(f"{'':52} {'median':>9} {'min':>9} {'max':>9}  n")
    for name, samples in found.items():
        low, high = min(samples.values), max(samples.values)
        print(f"{name:52} {samples.median:9.4g} {low:9.4g} {high:9.4g} {len(samples.values):2}")
    result = {
        "machine": machine(),
        "samples": {name: samples.values for name, samples in found.items()},
        "missed": missed,
    }
    (HERE / "work" / "sweep.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    for line in missed:
        print(f"floor missed: {line}", file=sys.stderr)
    return 4 if missed and args.check else 0


if __name__ == "__main__":
    raise SystemExit(main())
