"""Ticks: one policy on 10 million trades and touches, against hftbacktest and NautilusTrader.

    python -m benchmarks.bench_ticks [--check] [--repeats N] [--peers DIR]

Run it in the folder of the project, on a machine that has little else to do. Prints a table and
writes work/ticks.json. `--check` exits with 4 when a floor is missed, or when the two engines do
not agree. Peers come from `make bench-peers`; what is not installed is left out.
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
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import ticks
from benchmarks.install_peers import python_of
from benchmarks.measuring import Argv, Engine, Samples, calibration, whole_process
from benchmarks.reporting import WORK as FOLDER
from benchmarks.reporting import Floor, Found, gathered, run

WORK: Final = FOLDER / "ticks"
STORE: Final = WORK / "store"
ARRAYS: Final = WORK / "ticks.npz"
SIGMA: Final = Path(sys.executable).with_name("sigma")
PER_UNIT: Final = 100
"""Ticks, and lots, in one: divided by it a price has two digits, and none that is but noise."""
EVENTS_M: Final = ticks.EVENTS / 1e6

LEAN, FULL = "ticks, warm: sigma lean, CPU s", "ticks, warm: sigma full, CPU s"
PEERS: Final = {
    "hash": "ticks, warm: hftbacktest, CPU s",
    "roi": "ticks, warm: hftbacktest, ROI vector, CPU s",
}
WIDE: Final = "ticks, warm: sigma, 20 markets of 15 levels, CPU s"
NAUTILUS: Final = "ticks, warm: NautilusTrader, the first 1 M events, CPU s"
SLICE: Final = 1_000_000
SLICE_M: Final = SLICE / 1e6
WIDE_EVENTS: Final = "events of the 20 markets, M"
SPEED_LEAN: Final = "lean, M events/s"
SPEED_FULL: Final = "full, M events/s"
SPEED_WIDE: Final = "20 markets of 15 levels, M events/s"
SPEED_NAUTILUS: Final = "NautilusTrader, M events/s"
SPEEDS: Final = {
    LEAN: SPEED_LEAN,
    FULL: SPEED_FULL,
    WIDE: SPEED_WIDE,
    NAUTILUS: SPEED_NAUTILUS,
}
STEP: Final = "step from Python, us"
STEP_RARE: Final = "step from Python, us, one in a thousand"
TURNS: Final = "whole turns from Python, M events/s"
RATIO_LEAN: Final = "hftbacktest, ROI vector / lean"
RATIO_FULL: Final = "hftbacktest, ROI vector / full"
APART_FILLS: Final = "fills apart from hftbacktest, share"
APART_EQUITY: Final = "final equity apart from hftbacktest, share"
WHOLE: Final = "whole process: sigma backtest of 10 M events, CPU s"
FLOORS: Final = (
    Floor(SPEED_LEAN, 25.0, at_least=True),
    Floor(SPEED_FULL, 8.0, at_least=True),
    Floor(RATIO_LEAN, 2.5, at_least=True),
    Floor(RATIO_FULL, 1.0, at_least=True),
    Floor(STEP, 1.0),
    Floor(STEP_RARE, 5.0),
    Floor(TURNS, 0.4, at_least=True),
    Floor(APART_FILLS, 0.005),
    Floor(APART_EQUITY, 0.0005),
    Floor(WHOLE, 2.0),
)
BACKTEST: Final = (
    *("--strategy", "imbalance", "--fidelity", "book", "--period", "all", "--fee", "0.05%"),
    *("--set", "units=1", "--set", "ticks=800", "--no-gate", "--no-compare", "--quiet", "--json"),
)
WARM_UPS: Final = 1
WHOLE_REPEATS: Final = 3


def started(python: Path, name: str, *words: str | Path) -> Argv:
    """Return how to start an engine; the working directory must be that of the project."""
    return [python, "-m", f"benchmarks.engines.{name}", *words]


def prepare() -> None:
    """Make the market, the same for the peer, and a store that holds it; once."""
    WORK.mkdir(parents=True, exist_ok=True)
    if not ARRAYS.exists():
        ticks.write(ARRAYS)
    if STORE.exists():
        return
    rows = np.load(ARRAYS)
    traded = rows["kind"] == ticks.TRADE
    sides = np.where(rows["side"][traded] > 0, "buy", "sell")
    trades = {
        "timestamp": rows["ts"][traded],
        "price": rows["price"][traded] / PER_UNIT,
        "size": rows["size"][traded] / PER_UNIT,
        "side": sides,
        "id": np.arange(int(traded.sum())),
    }
    quotes = {"timestamp": rows["ts"][~traded]}
    for side in ("bid", "ask"):
        quotes[side] = rows[side][~traded] / PER_UNIT
        quotes[f"{side}_size"] = rows[f"{side}_size"][~traded] / PER_UNIT
    for kind, columns in (("trades", trades), ("quotes", quotes)):
        path = WORK / f"{kind}.parquet"
        pq.write_table(pa.table(columns), path)
        words = ["--venue", "binance", "--kind", kind, "--market", "BTCUSDT", "--unit", "ns"]
        subprocess.run([SIGMA, "ingest", "files", path, *words, "--store", STORE], check=True)
        path.unlink()


def in_turns(repeats: int, peers: Path) -> Iterator[tuple[str, float]]:
    """Yield the CPU seconds of warm runs in turns, and what they came to."""
    ours = Path(sys.executable)
    engines = {
        LEAN: started(ours, "ticks_sigma", STORE, "lean"),
        FULL: started(ours, "ticks_sigma", STORE, "full"),
        WIDE: started(ours, "ticks_wide"),
    }
    peer = python_of("hftbacktest", peers)
    if peer.exists():
        for depth, name in PEERS.items():
            engines[name] = started(peer, "ticks_hftbacktest", ARRAYS, depth)
    slow = python_of("nautilus_trader", peers)
    if slow.exists():
        engines[NAUTILUS] = started(slow, "ticks_nautilus", ARRAYS, str(SLICE))
    with ExitStack() as stack:
        running = {}
        for name, argv in engines.items():
            running[name] = Engine(argv)
            stack.callback(running[name].close)
        answers = {name: engine.warm_up for name, engine in running.items()}
        assert answers[LEAN]["fills"] == answers[FULL]["fills"], "lean and full trade alike"
        if PEERS["roi"] in answers:
            mine, theirs = answers[LEAN], answers[PEERS["roi"]]
            yield APART_FILLS, abs(mine["fills"] / theirs["fills"] - 1)
            yield APART_EQUITY, abs(mine["equity"] / theirs["equity"] - 1)
        yield WIDE_EVENTS, answers[WIDE]["fills"] / 1e6
        for engine in WARM_UPS * [one for name, one in running.items() if name != NAUTILUS]:
            engine.run()
        for _ in range(repeats):
            yield "calibration loop, CPU s", calibration()
            for name, engine in running.items():
                yield name, engine.run()["cpu_s"]


def steps(repeats: int) -> Iterator[tuple[str, float]]:
    """Yield what one step takes when Python calls it, and what a whole turn does."""
    for _ in range(min(repeats, WHOLE_REPEATS)):
        argv = started(Path(sys.executable), "ticks_step", STORE)
        told = json.loads(whole_process(argv).output)
        yield STEP, told["median_us"]
        yield STEP_RARE, told["rare_us"]
        yield TURNS, told["turns_m"]


def whole(repeats: int) -> Iterator[tuple[str, float]]:
    """Yield what whole processes took, from Parquet to the stored run and its report."""
    for _ in range(min(repeats, WHOLE_REPEATS) + 1):  # the first compiles
        shutil.rmtree(STORE / "runs", ignore_errors=True)  # or the run would be recognised
        spent = whole_process([SIGMA, "backtest", *BACKTEST, "--store", STORE])
        told = whole_process([SIGMA, "report", "latest", "--quiet", "--store", STORE])
        assert json.loads(spent.output)["events"] > ticks.EVENTS
        if _ > 0:
            yield WHOLE, spent.cpu_s
            yield "whole process: sigma report of it, CPU s", told.cpu_s
            yield "whole process: sigma backtest of 10 M events, MB", spent.memory_mb


def measured(repeats: int, peers: Path) -> Found:
    """Measure everything."""
    prepare()
    found = gathered(chain(in_turns(repeats, peers), steps(repeats), whole(repeats)))
    sizes_m = {LEAN: EVENTS_M, FULL: EVENTS_M, WIDE: found[WIDE_EVENTS].median, NAUTILUS: SLICE_M}
    for name, speed in SPEEDS.items():
        if name in found:
            found[speed] = Samples([sizes_m[name] / cpu_s for cpu_s in found[name].values])
    if PEERS["roi"] in found:
        found[RATIO_LEAN] = found[PEERS["roi"]].per(found[LEAN])
        found[RATIO_FULL] = found[PEERS["roi"]].per(found[FULL])
    return found


if __name__ == "__main__":
    sys.exit(run("ticks", __doc__, FLOORS, measured, repeats=5))
