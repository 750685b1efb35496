"""Ingest: files of candles and of trades into a store, beside pandas that converts the same files.

    python -m benchmarks.bench_ingest [--check] [--repeats N]

pandas only reads the CSV and writes Parquet: it checks nothing, sorts nothing and tells no
duplicate. It is here as a measure of the machine. Trades are a random walk in bursts, in the layout
of Binance's aggTrades; what counts is the memory that they add, so there are many.
"""

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from benchmarks.bench_bars import SIGMA, started
from benchmarks.measuring import Argv, whole_process
from benchmarks.reporting import WORK, Floor, Found, gathered, run

HERE: Final = WORK / "ingest"
TRADES: Final = 10_000_000
CHUNK: Final = 1_000_000
CANDLES: Final = HERE / "BARS-1m.csv"
TRADE_FILE: Final = HERE / "BTCUSDT-aggTrades.csv"
NAMES: Final = ("id", "price", "quantity", "first", "last", "time", "maker", "best")
ADDED: Final = "trades, 10 M: memory added, MB"
BYTES: Final = "trades, 10 M: bytes each in the store"
FLOORS: Final = (Floor(ADDED, 500.0), Floor(BYTES, 6.0))


def prepare() -> None:
    """Make the files, once."""
    HERE.mkdir(parents=True, exist_ok=True)
    if not CANDLES.exists():
        market = HERE / "BARS-1m.parquet"
        whole_process([sys.executable, WORK.parent / "bars.py", market])
        csv.write_csv(pq.read_table(market), CANDLES)
    if not TRADE_FILE.exists():
        part = TRADE_FILE.with_suffix(".part")
        with part.open("wb") as file:
            for table in trades():
                csv.write_csv(table, file, csv.WriteOptions(include_header=False))
        part.rename(TRADE_FILE)


def trades() -> Iterator[pa.Table]:
    """Yield a random walk of trades with bursts, as Binance's aggTrades have them."""
    random = np.random.default_rng(7)
    price, at_us, number = 6_000_000, 1_756_684_800_000_000, 1
    for _ in range(TRADES // CHUNK):
        price_u = price + np.cumsum(random.choice([-1, 0, 0, 0, 1], CHUNK))
        size_u = random.geometric(1e-3, CHUNK)
        ts_us = at_us + np.cumsum(random.choice([0, 0, 1_000, 40_000, 300_000], CHUNK))
        first = number + np.arange(CHUNK)
        columns = (
            *(first, price_u / 100, size_u / 100_000, first, first, ts_us),
            *(random.random(CHUNK) < 0.5, np.ones(CHUNK, bool)),
        )
        yield pa.Table.from_arrays([pa.array(column) for column in columns], names=list(NAMES))
        price, at_us, number = int(price_u[-1]), int(ts_us[-1]), number + CHUNK


def ingest(path: Path, *words: str) -> Argv:
    """Return how to ingest a file into the scratch store."""
    return [SIGMA, "ingest", "files", path, *words, "--quiet", "--json", "--store", HERE / "store"]


def candles(repeats: int) -> Iterator[tuple[str, float]]:
    """Yield what a million candles take, the first time and again."""
    argv = ingest(CANDLES, "--venue", "bench", "--interval", "1m")
    for _ in range(repeats):
        shutil.rmtree(HERE / "store", ignore_errors=True)
        for what, added in (("first", 1_000_000), ("again", 0)):
            spent = whole_process(argv)
            assert json.loads(spent.output)["lines"][0]["added"] == added, spent.output
            yield f"candles, 1 M, {what}: sigma, CPU s", spent.cpu_s
        yield "candles, 1 M, again: sigma, MB", spent.memory_mb
        peer = whole_process(started(Path(sys.executable), "convert_pandas", CANDLES, HERE))
        yield "candles, 1 M: pandas, CPU s", peer.cpu_s


def many_trades() -> Iterator[tuple[str, float]]:
    """Yield what ten million trades take."""
    shutil.rmtree(HERE / "store", ignore_errors=True)
    words = ("--venue", "binance", "--kind", "trades", "--market", "BTCUSDT")
    start = whole_process([SIGMA, "data", "--json", "--quiet", "--store", HERE / "store"])
    spent = whole_process(ingest(TRADE_FILE, *words))
    yield "trades, 10 M: sigma, CPU s", spent.cpu_s
    yield "trades, 10 M: sigma, wall s", spent.wall_s
    yield "trades, 10 M: M rows/s", TRADES / spent.wall_s / 1e6
    yield ADDED, spent.memory_mb - start.memory_mb
    stored = sum(file.stat().st_size for file in (HERE / "store").rglob("*.parquet"))
    yield BYTES, stored / TRADES
    peer = whole_process(started(Path(sys.executable), "convert_pandas", TRADE_FILE, HERE))
    yield "trades, 10 M: pandas, CPU s", peer.cpu_s
    yield "trades, 10 M: pandas, MB", peer.memory_mb


def measured(repeats: int, _peers: Path) -> Found:
    """Measure everything."""
    prepare()
    return gathered((*candles(repeats), *many_trades()))


if __name__ == "__main__":
    raise SystemExit(run("ingest", __doc__, FLOORS, measured, repeats=5))
