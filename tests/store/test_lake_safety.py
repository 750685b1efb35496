"""The lake under kill -9, several writers at once, and a full disk."""

import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from sigma_cli.domain.books import BOOK_COLUMNS
from sigma_cli.domain.candles import CANDLE_COLUMNS
from sigma_cli.domain.units import NS_PER_MINUTE
from sigma_cli.store.lake import Lake, Source
from sigma_cli.store.rows import Rows

WRITER = Path(__file__).with_name("lake_writer.py")
RowsAt = Callable[..., Rows]


@pytest.fixture
def rows(rows_at: RowsAt) -> Rows:
    """Three months of candles, in no order."""
    start_ns = int(np.datetime64("2024-01-01", "ns").astype(np.int64))
    numbers = np.random.default_rng(5).permutation(4_000)
    return rows_at(start_ns + numbers.astype(np.int64) * 33 * NS_PER_MINUTE)


@pytest.fixture
def table(tmp_path: Path, rows: Rows) -> Path:
    """The same candles in a file, for the writer."""
    path = tmp_path / "rows.npy"
    np.save(path, np.stack([rows[name] for name in CANDLE_COLUMNS], axis=1))
    return path


@pytest.fixture
def right(tmp_path: Path, rows: Rows) -> str:
    """The fingerprint of the lake when all went well."""
    lake = Lake(tmp_path / "right")
    lake.register_instrument("upbit", "KRW-BTC", 0, 8, always_open=True)
    source = Source(name="rows.npy", sha256="aa", layout="test")
    lake.merge_candles("upbit", "KRW-BTC", "1m", rows, source)
    return lake.fingerprint()


def writer(*arguments: object) -> "subprocess.Popen[str]":
    argv = [sys.executable, str(WRITER), *map(str, arguments)]
    return subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)


def finish(process: "subprocess.Popen[str]") -> int:
    """Let a writer end well; return how many rows it added."""
    out, _ = process.communicate()
    assert process.returncode == 0, out
    return int(out.split()[-1])


def check(store: Path, rows_at: RowsAt, at_least: int = 0) -> int:
    """Read the lake as any reader would; every row must be right. Return how many there are."""
    found = Lake(store).read_candles("upbit", "KRW-BTC", "1m")
    times = found["open_ts_ns"]
    assert np.all(np.diff(times) > 0)
    expected = rows_at(times)
    assert all(np.array_equal(found[name], expected[name]) for name in CANDLE_COLUMNS)
    assert len(times) >= at_least
    return len(times)


def killed_somewhere(process: "subprocess.Popen[str]", dice: random.Random) -> bool:
    """Kill a writer after some lines and a moment; True when it had not ended by itself."""
    assert process.stdout is not None
    for _ in range(dice.randrange(24)):
        process.stdout.readline()
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=dice.uniform(0, 0.02))
    process.kill()
    process.communicate()
    return process.returncode != 0


@pytest.mark.prove
def test_killed_at_any_point_the_lake_loses_nothing(
    tmp_path: Path, table: Path, right: str, rows_at: RowsAt, depth: Callable[..., int]
) -> None:
    dice = random.Random(11)
    kills, stores = 0, 0
    while kills < depth(quick=10, full=300):
        store = tmp_path / f"store-{stores}"
        seen, stores = 0, stores + 1
        while killed_somewhere(writer(store, table, 0, 1), dice):
            seen = check(store, rows_at, at_least=seen)
            kills += 1
            if dice.random() < 0.3:
                break
        finish(writer(store, table, 0, 1))
        assert Lake(store).fingerprint() == right


@pytest.mark.prove
def test_killed_at_any_point_no_message_is_torn(tmp_path: Path, depth: Callable[..., int]) -> None:
    dice = random.Random(12)
    number = np.repeat(np.random.default_rng(6).permutation(1_000), 3).astype(np.int64)
    level = np.tile(np.arange(3), 1_000)
    start_ns = int(np.datetime64("2024-01-01", "ns").astype(np.int64))
    columns = dict.fromkeys(BOOK_COLUMNS, np.zeros(3_000, np.int64)) | {
        "exch_ts_ns": start_ns + number * NS_PER_MINUTE // 10,
        "update_id": number + 1,
        "first_id": number + 1,
        "before_id": number,
        "side": 1 - level,
        "price_u": 100 + level,
        "size_u": number % 7,
        "ends": level // 2,
    }
    table = tmp_path / "levels.npy"
    np.save(table, np.stack([columns[name] for name in BOOK_COLUMNS], axis=1))
    finish(writer(tmp_path / "right", table, 0, 1))
    kills, store, seen = 0, tmp_path / "store", 0
    while kills < depth(quick=3, full=300) and killed_somewhere(writer(store, table, 0, 1), dice):
        kills += 1
        rows = list(Lake(store).read_messages("upbit", "KRW-BTC", "books"))
        ids = np.concatenate([np.empty(0, np.int64), *(one["update_id"] for one in rows)])
        _, counts = np.unique(ids, return_counts=True)
        assert (counts == 3).all() and (np.diff(ids) >= 0).all()
        assert len(ids) >= seen
        seen = len(ids)
    finish(writer(store, table, 0, 1))
    assert Lake(store).fingerprint() == Lake(tmp_path / "right").fingerprint()


@pytest.mark.parametrize("count", [2, 4])
def test_writers_of_the_same_rows_share_the_work(
    tmp_path: Path, table: Path, right: str, rows_at: RowsAt, count: int
) -> None:
    store = tmp_path / "store"
    running = [writer(store, table, 0, 1) for _ in range(count)]
    seen = 0
    while any(process.poll() is None for process in running):
        seen = check(store, rows_at, at_least=seen)
    assert sum(finish(process) for process in running) == 4_000
    assert Lake(store).fingerprint() == right


@pytest.mark.parametrize("count", [2, 4])
def test_writers_of_different_rows_lose_none(
    tmp_path: Path, table: Path, right: str, rows_at: RowsAt, count: int
) -> None:
    store = tmp_path / "store"
    running = [writer(store, table, first, count) for first in range(count)]
    seen = 0
    while any(process.poll() is None for process in running):
        seen = check(store, rows_at, at_least=seen)
    assert sum(finish(process) for process in running) == 4_000
    assert Lake(store).fingerprint() == right


def litter(store: Path) -> list[Path]:
    return [path for path in store.rglob(".*") if path.is_file()]


@pytest.mark.parametrize("file_size_max", [4_000, 30_000, 60_000])
def test_a_write_that_the_system_refuses_leaves_a_whole_lake(
    tmp_path: Path, table: Path, right: str, rows_at: RowsAt, file_size_max: int
) -> None:
    store = tmp_path / "store"
    process = writer(store, table, 0, 1, file_size_max)
    out, _ = process.communicate()
    assert process.returncode == 3
    assert "refused" in out
    promised = [int(line.split()[1]) for line in out.splitlines() if line.startswith("merged")]
    check(store, rows_at, at_least=max(promised, default=0))
    assert litter(store) == []
    finish(writer(store, table, 0, 1))
    assert Lake(store).fingerprint() == right


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 256 KiB; skipped where this user may not mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this user may not mount a tmpfs")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_said_clearly_and_the_same_command_resumes(
    small_disk: Path, table: Path, right: str, rows_at: RowsAt
) -> None:
    store = small_disk / "store"
    process = writer(store, table, 0, 1)
    out, _ = process.communicate()
    assert process.returncode == 3
    assert "No space left" in out or "disk is full" in out
    promised = [int(line.split()[1]) for line in out.splitlines() if line.startswith("merged")]
    assert promised
    check(store, rows_at, at_least=max(promised))
    assert litter(store) == []
    grow = ["mount", "-o", "remount,size=64m", str(small_disk)]
    subprocess.run(grow, check=True)
    finish(writer(store, table, 0, 1))
    assert Lake(store).fingerprint() == right
