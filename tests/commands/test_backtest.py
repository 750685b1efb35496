import json
from pathlib import Path

import pytest

from commands import app
from commands.failures import run

HEADER = "timestamp,open,high,low,close,volume"


@pytest.fixture
def store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """A store with two hours that rise and fall, ingested from a file."""
    rows = []
    for n in range(120):
        price = 4_000 + (n % 40 if n % 80 < 40 else 40 - n % 40) * 5
        rows.append(f"{1_756_684_800 + 60 * n},{price},{price + 2},{price - 2},{price + 1},{n + 1}")
    path = tmp_path / "XRP_KRW.csv"
    path.write_text("\n".join([HEADER, *rows]) + "\n")
    root = str(tmp_path / "store")
    words = ["ingest", "files", str(path), "--venue", "upbit", "--interval", "1m"]
    assert run(app, [*words, "--store", root]) == 0
    capsys.readouterr()
    return root


def backtest(store: str, *words: str) -> int:
    given = ["backtest", "--strategy", "sma_cross", "--period", "all", "--store", store]
    return run(app, [*given, *words])


def test_json_has_what_a_script_needs(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert backtest(store, "--set", "fast=2", "--set", "slow=5", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    wanted = (
        "run_id strategy markets period bars orders fills final_equity total_return sharpe"
        " max_drawdown fees trials gate wall_s cpu_s"
    )
    assert set(wanted.split()) <= set(told)
    assert told["markets"] == ["KRW-XRP"]
    assert told["bars"] == 120
    assert told["fills"] > 0
    assert told["gate"] == "passed"


def test_a_report_follows(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert backtest(store, "--quiet") == 0
    capsys.readouterr()
    assert run(app, ["report", "--store", store]) == 0
    out, err = capsys.readouterr()
    assert Path(out.strip()).read_text(encoding="utf-8").startswith("<!doctype html>")
    assert err == ""
    assert run(app, ["report", "latest", "--json", "--store", store]) == 0
    assert json.loads(capsys.readouterr().out)["path"] == out.strip()


def test_a_table_is_printed_as_csv(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert backtest(store, "--set", "fast=2", "--set", "slow=5", "--quiet") == 0
    capsys.readouterr()
    assert run(app, ["report", "--csv", "trades", "--store", store]) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[0].startswith("no,venue,market,entry_time,exit_time,size")
    assert lines[1].startswith("1,upbit,KRW-XRP,2025-09-01T")
    assert err == ""
    assert run(app, ["report", "--csv", "trade", "--store", store]) == 2
    assert "has no table 'trade'" in capsys.readouterr().err


def test_no_browser_opens_in_a_pipe(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert backtest(store, "--quiet") == 0
    capsys.readouterr()
    assert run(app, ["report", "--open", "--note", "seen", "--store", store]) == 0
    out, err = capsys.readouterr()
    assert "seen" in Path(out.strip()).read_text(encoding="utf-8")
    assert err == "not opened: this is no terminal\n"


def test_runs_are_listed_shown_and_removed(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(app, ["runs", "list", "--store", store]) == 0
    assert "holds no runs yet" in capsys.readouterr().err
    assert backtest(store, "--json") == 0
    run_id = json.loads(capsys.readouterr().out)["run_id"]
    assert run(app, ["runs", "show", run_id[:6], "--json", "--store", store]) == 0
    assert json.loads(capsys.readouterr().out)["hashes"].keys() == {
        "code",
        "config",
        "rules",
        "data",
    }
    assert run(app, ["runs", "rm", run_id, "--yes", "--store", store]) == 0
    assert run(app, ["runs", "show", "--store", store]) == 2


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--strategy", "sma_corss"], 2, "did you mean 'sma_cross'"),
        (["--period", "2024-01"], 2, "no candle of KRW-XRP lies in 2024-01"),
        (["--period", "soon"], 2, "not a period"),
        (["--market", "KRW-XPR"], 2, "did you mean 'KRW-XRP'"),
        (["--set", "limits.drawdown=1"], 2, "did you mean 'limits.drawdown_max'"),
        (["--set", "limits.drawdown_max=2"], 2, "limits.drawdown_max"),
        (["--fee", "a lot"], 2, "write 0.05%, 5bps or 0.0005"),
        (["--profile", "lvie"], 2, "no profile 'lvie'"),
    ],
)
def test_exit_codes(
    store: str, capsys: pytest.CaptureFixture[str], words: list[str], code: int, says: str
) -> None:
    assert backtest(store, *words) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert says in err
    assert "Traceback" not in err


def test_an_empty_store_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(app, ["data", "--store", str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "holds no data yet" in err
    assert run(app, ["data", "--json", "--store", str(tmp_path)]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert backtest(str(tmp_path)) == 2


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--strategy", "scalper"], "add --fidelity book"),
        (["--compare"], "bars know no latency"),
        (["--fidelity", "trades"], "holds no trades yet"),
        (["--fidelity", "book", "--interval", "1h"], "leave --interval out"),
        (["--fidelity", "book", "--sweep", "fast=2,3"], "swept on bars only"),
        (["--fidelity", "ticks"], "bars"),
    ],
)
def test_what_ticks_and_bars_can_not_do_is_usage(
    store: str, words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert backtest(store, *words) == 2
    assert says in capsys.readouterr().err
