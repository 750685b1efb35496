"""`sigma data`, `sigma sql` and `sigma runs` as a person or a pipe sees them."""

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from commands import app
from commands.failures import run
from sigma_cli.domain.candles import CANDLE_COLUMNS
from sigma_cli.store.lake import Lake, Source
from sigma_cli.store.quarantine import BadRow, Quarantine
from sigma_cli.store.records import NoteKind, StoredNote
from sigma_cli.store.runs import save_run

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    lake = Lake(tmp_path)
    lake.register_instrument("upbit", "KRW-BTC", 0, 8, always_open=True)
    rows = dict.fromkeys(CANDLE_COLUMNS, np.arange(5) * 60_000_000_000)
    lake.merge_candles(
        "upbit", "KRW-BTC", "1m", rows, Source(name="a.csv", sha256="aa", layout="test")
    )
    return tmp_path


@pytest.fixture
def two_runs(store: Path) -> Path:
    for run_id in ("abc", "def"):
        summary: dict[str, Any] = {
            "run_id": run_id,
            "created_ts_ns": 1,
            "strategy": "sma_cross",
            "markets": [{"venue": "upbit", "market": "KRW-BTC"}],
            "interval": "1m",
            "period": {"start_ns": 0, "end_ns": 1, "text": "2025-09"},
            "fills": 7,
            "total_return": 0.1,
            "sharpe": float("nan"),
            "max_drawdown": 0.2,
        }
        save_run(store, summary, {})
    return store


def sigma(store: Path, *argv: str) -> int:
    return run(app, [*argv, "--store", str(store)])


def test_data_lists_what_is_there(store: Path, capsys: Capture) -> None:
    assert sigma(store, "data", "--json") == 0
    (line,) = json.loads(capsys.readouterr().out)
    assert (line["market"], line["kind"], line["rows"]) == ("KRW-BTC", "candles-1m", 5)
    assert (line["source"], line["origin"]) == ("a.csv", "real")
    assert sigma(store, "data") == 0
    assert "KRW-BTC" in capsys.readouterr().out


def test_sql_gives_rows_as_objects(store: Path, capsys: Capture) -> None:
    statement = "SELECT open_ts, close FROM candles ORDER BY open_ts LIMIT 1"
    assert sigma(store, "sql", statement, "--json") == 0
    assert json.loads(capsys.readouterr().out) == [
        {"open_ts": "1970-01-01T00:00:00Z", "close": 0.0}
    ]


CODE = "import sys; from commands import sigma; sys.exit(sigma())"


@pytest.mark.parametrize(
    ("statement", "status", "out", "err"),
    [("SELECT 1 AS one", 0, '[{"one":1}]', ""), ("DELETE FROM candles", 2, "", "error: DELETE")],
)
def test_sql_leaves_nothing_on_stderr_as_it_ends(
    store: Path, statement: str, status: int, out: str, err: str
) -> None:
    words = ["sql", statement, "--json", "--store", str(store)]
    done = subprocess.run(
        [sys.executable, "-c", CODE, *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == status
    assert "".join(done.stdout.split()) == out
    assert done.stderr.startswith(err)
    assert "leaked" not in done.stderr
    assert bool(done.stderr) == bool(err)


def test_sql_that_can_not_be_written_says_so(store: Path) -> None:
    words = ["sql", "SELECT 1", "--json", "--store", str(store)]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-c", CODE, *words], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode != 0
    assert b"No space left" in done.stderr
    assert b"leaked" not in done.stderr


def test_sql_says_when_rows_are_left_out(
    store: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGMA_STORE__SQL_ROWS_MAX", "2")
    assert sigma(store, "sql", "SELECT market FROM candles") == 0
    captured = capsys.readouterr()
    assert captured.out.count("KRW-BTC") == 2
    assert "only the first 2 rows" in captured.err
    assert sigma(store, "sql", "SELECT market FROM candles", "--json") == 0
    assert len(json.loads(capsys.readouterr().out)) == 5


@pytest.mark.parametrize(
    "statement",
    ["COPY candles TO 'x'", "ATTACH 'x'", "INSTALL httpfs", "PRAGMA version", "SELECT 1; SELECT 2"],
)
def test_sql_that_does_more_than_read_exits_2(store: Path, capsys: Capture, statement: str) -> None:
    assert sigma(store, "sql", statement) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "fix:" in captured.err


def test_runs_are_listed_and_shown(two_runs: Path, capsys: Capture) -> None:
    assert sigma(two_runs, "runs", "list", "--json") == 0
    assert [line["run_id"] for line in json.loads(capsys.readouterr().out)] == ["abc", "def"]
    assert sigma(two_runs, "runs", "show", "de", "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["run_id"], shown["sharpe"]) == ("def", None)
    assert sigma(two_runs, "runs", "show", "nope") == 2


@pytest.mark.parametrize("words", [["runs", "list"], ["sql", "SELECT run_id FROM runs"]])
def test_a_damaged_run_is_left_out_and_named(
    two_runs: Path, capsys: Capture, words: list[str]
) -> None:
    (two_runs / "runs" / "def" / "run.json").write_text("{")
    assert sigma(two_runs, *words, "--json") == 0
    captured = capsys.readouterr()
    assert [line["run_id"] for line in json.loads(captured.out)] == ["abc"]
    assert "left out: run def can't be read" in captured.err


@pytest.mark.parametrize(("given", "left"), [("n\n", ["abc", "def"]), ("y\n", ["abc"])])
def test_rm_asks_first(
    two_runs: Path,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
    given: str,
    left: list[str],
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(given))
    assert sigma(two_runs, "runs", "rm", "def") == 0
    assert "Remove def?" in capsys.readouterr().err
    assert sorted(path.name for path in (two_runs / "runs").iterdir()) == left


def test_rm_without_anyone_to_ask_removes_nothing(
    two_runs: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert sigma(two_runs, "runs", "rm", "def") == 2
    assert "--yes" in capsys.readouterr().err
    assert len(list((two_runs / "runs").iterdir())) == 2


def test_rm_with_yes_does_not_ask(two_runs: Path, capsys: Capture) -> None:
    assert sigma(two_runs, "runs", "rm", "abc", "def", "--yes", "--json") == 0
    assert [line["run_id"] for line in json.loads(capsys.readouterr().out)] == ["abc", "def"]
    assert list((two_runs / "runs").iterdir()) == []


def test_data_rm_removes_a_market_and_nothing_else(store: Path, capsys: Capture) -> None:
    lake = Lake(store)
    lake.register_instrument("upbit", "KRW-ETH", 0, 8, always_open=True)
    rows = dict.fromkeys(CANDLE_COLUMNS, np.arange(5) * 3_600_000_000_000)
    source = Source(name="b.csv", sha256="bb", layout="test")
    for market, interval in (("KRW-BTC", "1h"), ("KRW-ETH", "1h")):
        lake.merge_candles("upbit", market, interval, rows, source)
        kind, note = f"candles-{interval}", StoredNote(NoteKind.JUMP, 1, "jumped")
        lake.keep_notes("upbit", market, kind, source, [note])
    with Quarantine(store, "b.csv", "upbit", ("bb",)) as aside:
        for market in ("KRW-BTC", "KRW-ETH"):
            aside.add([BadRow(row=1, market=market, exch_ts_ns=0, reason="r", detail="", raw="")])
    assert sigma(store, "data", "rm", "upbit", "btc", "--yes") == 2
    assert "did you mean 'KRW-BTC'" in capsys.readouterr().err
    assert sigma(store, "data", "rm", "upbit", "KRW-BTC", "--interval", "1d", "--yes") == 2
    assert "it is stored at 1h, 1m" in capsys.readouterr().err
    assert sigma(store, "data", "rm", "upbit", "KRW-BTC", "--interval", "1h", "--yes") == 0
    assert [(one.market, one.interval) for one in Lake(store).series()] == [
        ("KRW-BTC", "1m"),
        ("KRW-ETH", "1h"),
    ]
    assert len(list(store.glob("lake/*/*/*/*.parquet"))) == 2
    assert Lake(store).notes("upbit", "KRW-BTC") == []
    assert len(Lake(store).notes("upbit", "KRW-ETH")) == 1
    capsys.readouterr()
    assert sigma(store, "sql", "SELECT market FROM quarantine", "--json") == 0
    assert json.loads(capsys.readouterr().out) == [{"market": "KRW-ETH"}]
    assert sigma(store, "data", "rm", "upbit", "KRW-BTC", "--yes", "--json") == 0
    assert [line["kind"] for line in json.loads(capsys.readouterr().out)] == ["candles-1m"]
    assert Lake(store).instrument_exponents("upbit", "KRW-BTC") is None


@pytest.mark.parametrize("words", [["data", "list"], ["--json", "data"], ["data", "-q"]])
def test_data_lists_however_it_is_asked(store: Path, capsys: Capture, words: list[str]) -> None:
    assert sigma(store, *words) == 0
    assert "KRW-BTC" in capsys.readouterr().out
