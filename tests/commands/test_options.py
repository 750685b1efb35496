"""Shell completion of names, asked the way a shell asks."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

# A command with every option that completes, so that this test needs no particular subcommand.
APP = """
import sys
import typer
from commands import options
from commands.failures import run
from commands.group import Group
from commands.session import Session, with_session

app = typer.Typer(cls=Group, rich_markup_mode=None)

@app.command()
@with_session
def work(
    session: Session,
    name: options.Run = "latest",
    markets: options.Markets = [],
    venue: options.Venue = None,
    strategy: options.Strategy = "",
) -> None:
    "Work."

@app.command()
@with_session
def rest(session: Session) -> None:
    "Rest."

code = run(app)
heavy = {"numba", "numpy", "duckdb", "pyarrow"} & set(sys.modules)
assert not heavy, heavy
sys.exit(code)
"""


@pytest.fixture
def store(tmp_path: Path) -> Path:
    for market in ("upbit/candles-1m/KRW-BTC", "upbit/candles-1m/KRW-XRP", "us/candles-1d/BRK%2FB"):
        (tmp_path / "store" / "lake" / market).mkdir(parents=True)
    for age, run_id in enumerate(("5f3a", "9c41")):
        folder = tmp_path / "store" / "runs" / run_id
        folder.mkdir(parents=True)
        os.utime(folder, (1_000_000 - age, 1_000_000 - age))
    (tmp_path / "config").mkdir()
    for profile in ("default", "paper", "live"):
        (tmp_path / "config" / f"{profile}.toml").touch()
    return tmp_path / "store"


def complete(*words: str) -> list[str]:
    env = {
        **os.environ,
        "_SIGMA_COMPLETE": "complete_bash",
        "COMP_WORDS": " ".join(("sigma", *words)),
        "COMP_CWORD": str(len(words)),
    }
    done = subprocess.run(
        [sys.executable, "-c", APP], env=env, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_subcommands() -> None:
    assert complete("wo") == ["work"]


def test_markets(store: Path) -> None:
    given = ("--store", str(store), "work")
    assert complete(*given, "--market", "") == ["BRK/B", "KRW-BTC", "KRW-XRP"]
    assert complete(*given, "--market", "KRW-X") == ["KRW-XRP"]


def test_markets_of_no_store(tmp_path: Path) -> None:
    assert complete("work", "--store", str(tmp_path / "none"), "--market", "") == []


def test_runs_the_newest_first(store: Path) -> None:
    assert complete("work", "--store", str(store), "") == ["latest", "5f3a", "9c41"]


def test_strategies_and_venues_without_importing_one() -> None:
    assert complete("work", "--strategy", "sma") == ["sma_cross"]
    assert complete("work", "--venue", "up") == ["upbit"]


def test_profiles(store: Path) -> None:
    folder = store.parent / "config"
    assert complete("work", "--config-dir", str(folder), "--profile", "") == ["live", "paper"]


def test_options_shared_by_all() -> None:
    assert complete("work", "--js") == ["--json"]
