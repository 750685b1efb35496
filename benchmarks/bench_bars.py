"""Bars: one run over a million, against vectorbt and backtesting.py, and what a start costs.

    python -m benchmarks.bench_bars [--check] [--repeats N] [--peers DIR]

Run it in the folder of the project, on a machine that has little else to do. Prints a table and
writes work/bars.json. `--check` exits with 4 when a floor is missed. Peers come from
`make bench-peers`; what is not installed is left out.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow.parquet as pq

from benchmarks.install_peers import FOLDER, PINNED, python_of
from benchmarks.measuring import Argv, Engine, Samples, calibration, whole_process

HERE: Final = Path(__file__).parent
WORK: Final = HERE / "work" / "bars"
STORE: Final = WORK / "store"
ARRAYS: Final = WORK / "bars.npz"
SIGMA: Final = Path(sys.executable).with_name("sigma")

REFERENCE: Final = (38_870, 805_804.48)
"""Fills and final equity of ours; peers treat ties otherwise and come within 3 % of the fills."""
BACKTEST: Final = (
    *("--strategy", "sma_cross", "--period", "all", "--fee", "0.05%"),
    *("--set", "units=100", "--set", "limits.drawdown_max=1", "--quiet", "--json"),
)
WHOLE_REPEATS_MAX: Final = 3
"""Whole processes of peers take seconds each."""


@dataclass(frozen=True, slots=True)
class Floor:
    """What `--check` demands of a median."""

    of: str
    limit: float
    at_least: bool = False

    def missed(self, found: dict[str, Samples]) -> str | None:
        """Say how the floor was missed, or return None."""
        word = "at least" if self.at_least else "less than"
        if self.of not in found:
            return f"{self.of}: not measured, must be {word} {self.limit:g}"
        median = found[self.of].median
        met = median >= self.limit if self.at_least else median < self.limit
        return None if met else f"{self.of}: {median:.3f}, must be {word} {self.limit:g}"


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
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # peers are installed with bytecode, so are we
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
        for peer in PINNED:
            if i < WHOLE_REPEATS_MAX and python_of(peer, peers).exists():
                argv = started(python_of(peer, peers), f"bars_{peer}", ARRAYS, "--whole")
                spent = whole_process(argv)
                yield f"whole process: {peer}, CPU s", spent.cpu_s
                yield f"whole process: {peer}, MB", spent.memory_mb


def measured(repeats: int, peers: Path) -> dict[str, Samples]:
    """Measure everything."""
    found: dict[str, Samples] = {}
    for measuring in (in_turns(repeats, peers), whole(repeats, peers)):
        for name, value in measuring:
            found.setdefault(name, Samples()).add(value)
    peer = found.get("bars, warm: vectorbt, CPU s")
    if peer is not None:
        found[RATIO] = peer.per(found["bars, warm: sigma, CPU s"])
    return found


def machine() -> dict[str, object]:
    """Return what the numbers depend on."""
    return {
        "cpu": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
        **{name: version(name) for name in ("numba", "numpy", "pyarrow", "sigma-cli")},
        "peers": {name: packages[0] for name, packages in PINNED.items()},
    }


def main() -> int:
    """Measure, print, write; return the exit code."""
    parser = argparse.ArgumentParser(prog="bench_bars", description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit with 4 when a floor is missed")
    parser.add_argument("--repeats", type=int, default=9, help="of everything that is quick")
    parser.add_argument("--peers", type=Path, default=FOLDER, help="where their environments are")
    args = parser.parse_args()
    prepare()
    found = measured(args.repeats, args.peers)
    missed = [line for floor in FLOORS if (line := floor.missed(found))]
    print(f"{'':44} {'median':>9} {'min':>9} {'max':>9}  n")
    for name, samples in found.items():
        low, high = min(samples.values), max(samples.values)
        count = len(samples.values)
        print(f"{name:44} {samples.median:9.4g} {low:9.4g} {high:9.4g} {count:2}")
    result = {
        "machine": machine(),
        "samples": {name: samples.values for name, samples in found.items()},
        "missed": missed,
    }
    (HERE / "work" / "bars.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    for line in missed:
        print(f"floor missed: {line}", file=sys.stderr)
    return 4 if missed and args.check else 0


if __name__ == "__main__":
    raise SystemExit(main())
