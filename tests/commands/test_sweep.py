"""`sigma backtest --sweep`, as it is typed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from commands import app
from commands.failures import run
from sigma_cli.domain.candles import CANDLE_COLUMNS
from sigma_cli.store.lake import Lake, Source
from tests.market import candles


@pytest.fixture
def store(tmp_path: Path) -> str:
    """A store with twelve days of one market."""
    one = candles(12 * 1440, step=20)
    instrument = one.instrument
    lake = Lake(tmp_path)
    lake.register_instrument(
        "upbit", "KRW-BTC", instrument.price_exp, instrument.size_exp, always_open=True
    )
    rows = {column: getattr(one, column) for column in CANDLE_COLUMNS}
    source = Source(name="made.csv", sha256="0" * 64, layout="test")
    lake.merge_candles("upbit", "KRW-BTC", "1m", rows, source)
    return str(tmp_path)


def backtest(store: str, *words: str) -> int:
    given = ["backtest", "--strategy", "sma_cross", "--period", "all", "--store", store]
    return run(app, [*given, *words])


def test_a_grid_of_several_words(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    grid = ("--sweep", "fast=5:15:5", "slow=10,60")
    assert backtest(store, "--json", *grid) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["cells"], told["skipped"], told["trials"]) == (4, 2, 4)
    assert set(told["best"][0]) >= {"fast", "slow", "sharpe", "deflated_sharpe", "run_id"}
    assert backtest(store, "--sweep", "fast=5:15:5", "--sweep", "slow=10,60", "--json") == 0
    again = json.loads(capsys.readouterr().out)
    assert again["recognised"]
    assert again["run_id"] == told["run_id"]

    assert backtest(store, *grid) == 0
    shown = capsys.readouterr().out
    assert told["run_id"] in shown
    assert "deflated_sharpe" in shown

    best = told["best"][0]
    sets = ("--set", f"fast={best['fast']}", "--set", f"slow={best['slow']}", "--json")
    assert backtest(store, *sets) == 0
    one = json.loads(capsys.readouterr().out)
    assert one["run_id"] == best["run_id"]
    assert one["final_equity"] == best["final_equity"]

    assert run(app, ["runs", "list", "--json", "--store", store]) == 0
    lines = json.loads(capsys.readouterr().out)
    assert [line["kind"] for line in lines] == ["backtest", "sweep"]
    assert lines[1]["sharpe"] == best["sharpe"]


def test_the_command_of_a_sweep_asks_for_it_again(
    store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert backtest(store, "--sweep", "fast=5,8", "--set", "slow=40", "--json") == 0
    run_id = json.loads(capsys.readouterr().out)["run_id"]
    assert run(app, ["runs", "show", run_id, "--json", "--store", store]) == 0
    command = json.loads(capsys.readouterr().out)["command"]
    assert run(app, [*command.split()[1:], "--json", "--store", store]) == 0
    assert json.loads(capsys.readouterr().out)["run_id"] == run_id


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["fast=5:15:5"], "write --sweep fast=5:15:5, or --set fast=5:15:5"),
        (["--sweep", "fast=5-15"], "valid integer"),
        (["--sweep", "fast=5:15:5:1"], "can't sweep 'fast=5:15:5:1'"),
    ],
)
def test_what_can_be_typed_wrong(
    store: str, capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    assert backtest(store, *words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert says in err


MEMORY = """
import resource, sys
from pathlib import Path
from commands import sigma

assert sigma() == 0
# Not ru_maxrss: a process inherits that of the one that started it.
lines = Path("/proc/self/status").read_text().splitlines()
(ours_kb,) = [line.split()[1] for line in lines if line.startswith("VmHWM")]
print(ours_kb, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.slow
def test_a_thousand_combinations_of_100_000_bars_in_bounded_memory(tmp_path: Path) -> None:
    one = candles(100_000, step=20)
    lake, instrument = Lake(tmp_path), one.instrument
    lake.register_instrument(
        "upbit", "KRW-BTC", instrument.price_exp, instrument.size_exp, always_open=True
    )
    source = Source(name="made.csv", sha256="0" * 64, layout="test")
    rows = {column: getattr(one, column) for column in CANDLE_COLUMNS}
    lake.merge_candles("upbit", "KRW-BTC", "1m", rows, source)
    words = ["backtest", "--strategy", "sma_cross", "--period", "all", "--store", str(tmp_path)]
    assert run(app, [*words, "--sweep", "fast=2,3"]) == 0  # compiling takes memory once, not here
    grid = ["--sweep", "fast=2:50:2", "slow=60:255:5", "--set", "sweep.workers=2", "--json"]
    code = [sys.executable, "-c", MEMORY, *words, *grid]
    done = subprocess.run(code, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["cells"] == 1_000
    ours_kb, worker_kb = map(int, done.stderr.split())
    assert ours_kb < 300 * 1024
    assert worker_kb < 300 * 1024
