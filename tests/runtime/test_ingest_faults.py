"""`sigma ingest` killed with -9 again and again, and several at once: always the same lake."""

import random
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sigma_cli.store.lake import Lake

SIGMA = [sys.executable, "-c", "import sys; from commands import sigma; sys.exit(sigma())"]
SEED = 20
MARKETS = ("KRW-BTC", "KRW-ETH", "KRW-XRP", "KRW-SOL", "KRW-DOGE")
START_MS = 1_735_689_600_000
"""2025-01-01 00:00 UTC"""


def candles(rng: np.random.Generator) -> dict[str, Any]:
    """Return minutes of months, with gaps, repeats and a bad row."""
    minutes = np.sort(rng.choice(9 * 30 * 1440, 4_000, replace=False))
    minutes[100:110] = minutes[90:100]
    close = 4000.0 + np.cumsum(rng.integers(-1, 2, len(minutes)))
    close[50] = np.nan
    return {
        "timestamp": START_MS + 60_000 * minutes,
        "open": close,
        "high": close + 2,
        "low": close - 2,
        "close": close,
        "volume": rng.random(len(minutes)),
    }


def trades(rng: np.random.Generator) -> dict[str, Any]:
    """Return numbered trades of a day, out of order, with gaps, repeats and bad rows."""
    number = np.sort(rng.choice(5_000, 4_000, replace=False))
    price = 4000.0 + np.cumsum(rng.integers(-1, 2, len(number)))
    price[50] = np.nan
    order = np.argsort(np.arange(len(number)) + rng.normal(0, 50, len(number)))
    order[100:110] = order[90:100]
    order[3000:3010] = order[90:100]
    columns = {"timestamp": START_MS + 17_280 * number, "price": price, "trade_id": number}
    shuffled = {name: column[order] for name, column in columns.items()}
    size = np.where(np.arange(len(number)) < 3000, 1.0, 2.0)  # the later repeats contradict
    return shuffled | {"size": size, "side": rng.choice([-1, 1], len(number))}


@pytest.fixture(scope="module", params=["candles", "trades"])
def recording(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file of several markets, named by what is in it."""
    rng = np.random.default_rng(7)
    tables = []
    for market in MARKETS:
        columns = {"candles": candles, "trades": trades}[request.param](rng)
        count = len(columns["timestamp"])
        arrays: list[Any] = [pa.array([market] * count), *map(pa.array, columns.values())]
        tables.append(pa.Table.from_arrays(arrays, ["symbol", *columns]))
    path = tmp_path_factory.mktemp("recording") / f"{request.param}.parquet"
    pq.write_table(pa.concat_tables(tables), path)
    return path


def start(store: Path, recording: Path) -> subprocess.Popen[bytes]:
    kind = ["--kind", "trades"] if recording.stem == "trades" else ["--interval", "1m"]
    words = ["ingest", "files", str(recording), "--venue", "upbit", *kind, "--quiet"]
    command = [*SIGMA, *words, "--store", str(store)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)


def state(store: Path) -> tuple[str, dict[str, bytes]]:
    """Return what must be equal: the lake, and what was set aside."""
    files = (store / "quarantine").glob("*.parquet")
    return Lake(store).fingerprint(), {path.name: path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def undisturbed(
    recording: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, dict[str, bytes]]:
    """Return the state after a run that nobody disturbed."""
    store = tmp_path_factory.mktemp("undisturbed")
    assert start(store, recording).wait() == 0
    found = state(store)
    assert sum(series.rows for series in Lake(store).series()) > 15_000
    assert len(found[1]) == 1
    return found


def killed_on_the_way(process: subprocess.Popen[bytes], store: Path, dice: random.Random) -> None:
    """Kill -9 a little after a few more files have appeared than there were."""
    files = _files(store) + dice.randrange(4)
    while process.poll() is None and _files(store) < files:
        _wait(process, 0.001)
    _wait(process, dice.random() * 0.02)
    process.kill()
    process.wait()


def _files(store: Path) -> int:
    return sum(1 for _ in (store / "lake").rglob("*.parquet"))


def _wait(process: subprocess.Popen[bytes], longest_s: float) -> None:
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=longest_s)


@pytest.mark.slow
@pytest.mark.prove
def test_killed_at_any_moment_it_goes_on_to_the_same_lake(
    tmp_path: Path,
    recording: Path,
    undisturbed: tuple[str, dict[str, bytes]],
    depth: Callable[..., int],
) -> None:
    dice = random.Random(SEED)
    seen = set()
    for kill in range(depth(quick=10, full=50)):
        store = tmp_path / str(kill // 10)  # ten kills fill a store: then they hit nothing new
        killed_on_the_way(start(store, recording), store, dice)
        seen.add(sum(series.rows for series in Lake(store).series()))
    assert len(seen) > 4, "hardly a kill hit a half-stored file: the test did not test"
    for store in tmp_path.iterdir():
        assert start(store, recording).wait() == 0
        assert state(store) == undisturbed


@pytest.mark.slow
def test_several_at_once_make_the_same_lake(
    tmp_path: Path, recording: Path, undisturbed: tuple[str, dict[str, bytes]]
) -> None:
    processes = [start(tmp_path, recording) for _ in range(3)]
    assert [process.wait() for process in processes] == [0, 0, 0]
    assert state(tmp_path) == undisturbed
