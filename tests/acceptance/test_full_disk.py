"""A disk with no room: a clear error, the right exit code, nothing half-written, then a way on."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sigma_cli.store.lake import Lake
from sigma_cli.store.runs import list_runs
from tests.market import candles

SIGMA = [sys.executable, "-c", "import sys; from commands import sigma; sys.exit(sigma())"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 700 kB; needs the right to mount."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=700k", "tmpfs", str(disk)]
    try:
        mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("this user may not mount a tmpfs")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def sigma(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*SIGMA, *words], capture_output=True, text=True, check=False)


def recording(folder: Path, minutes: int) -> Path:
    """Write candles as CSV."""
    one = candles(minutes, seed=3, step=30)
    path = folder / "BTC_KRW.csv"
    rows = zip(
        one.open_ts_ns // 10**9, one.open_u, one.high_u, one.low_u, one.close_u, one.volume_u / 1e8,
        strict=True,
    )  # fmt: skip
    lines = (",".join(map(str, row)) for row in rows)
    path.write_text("timestamp,open,high,low,close,volume\n" + "\n".join(lines) + "\n")
    return path


def test_ingest_says_so_and_can_be_repeated(small_disk: Path, tmp_path: Path) -> None:
    path = recording(tmp_path, 100_000)
    words = ["ingest", "files", str(path), "--venue", "upbit", "--interval", "1m", "--store"]
    done = sigma(*words, str(small_disk / "store"))
    assert done.returncode == 3
    assert "free some space" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(small_disk.rglob("*.tmp"))
    (roomy := tmp_path / "store").mkdir()
    subprocess.run(["cp", "-r", f"{small_disk}/store/.", str(roomy)], check=True)
    assert sigma(*words, str(roomy)).returncode == 0
    assert len(Lake(roomy).read_candles("upbit", "KRW-BTC", "1m")["open_ts_ns"]) == 100_000


def test_a_backtest_says_so_and_leaves_nothing(small_disk: Path, tmp_path: Path) -> None:
    path = recording(tmp_path, 3_000)
    store = str(small_disk / "store")
    words = ["ingest", "files", str(path), "--venue", "upbit", "--interval", "1m", "--store", store]
    assert sigma(*words).returncode == 0
    filler = small_disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(b"\0" * 4096):
                pass
        except OSError:
            pass
    run = ["backtest", "--strategy", "sma_cross", "--period", "all", "--store", store]
    done = sigma(*run)
    assert done.returncode == 3, done.stderr
    assert "the disk is full" in done.stderr
    assert "free some space" in done.stderr
    assert "Traceback" not in done.stderr
    assert list_runs(small_disk / "store") == []
    filler.unlink()
    assert sigma(*run).returncode == 0
