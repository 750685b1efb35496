"""Results on stdout, talk on stderr; the same content as table and as JSON."""

import json
import math
import os
import pty
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import IntEnum
from pathlib import Path
from typing import Any

import pytest

from commands import console


class Side(IntEnum):
    BUY = 1


@dataclass(frozen=True)
class Row:
    market: str
    first_ts_ns: int
    rows: int
    share: float | None


@dataclass(frozen=True)
class Result:
    run_id: str
    good: bool
    wall_ns: int
    rows: tuple[Row, ...]


ROWS = (
    Row("KRW-BTC", 1_756_684_800_000_000_000, 30_238, 0.25),
    Row("[red]KRW-ETH :smile:", 1_756_684_800_500_000_000, 7, None),
)
RESULT = Result("abc", True, 5_000, ROWS)


def test_json_is_the_whole_result(capsys: pytest.CaptureFixture[str]) -> None:
    console.emit(RESULT, json=True)
    value = json.loads(capsys.readouterr().out)
    assert value["run_id"] == "abc"
    assert value["rows"][0] == {
        "market": "KRW-BTC",
        "first_ts_ns": 1_756_684_800_000_000_000,
        "rows": 30_238,
        "share": 0.25,
    }


def test_json_rows_have_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    console.emit(ROWS, json=True)
    out = capsys.readouterr().out
    assert len(json.loads(out)) == 2
    assert len(out.splitlines()) == 4


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (math.nan, None),
        (math.inf, None),
        (Decimal("0.10"), "0.10"),
        (Path("a/b"), "a/b"),
        (Side.BUY, "buy"),
        (datetime(2025, 9, 1, tzinfo=UTC), "2025-09-01T00:00:00+00:00"),
        ({1: (True, None)}, {"1": [True, None]}),
        (frozenset({"a"}), ["a"]),
    ],
)
def test_plain(value: Any, expected: Any) -> None:
    assert console.plain(value) == expected


def test_what_is_not_plain_is_a_bug() -> None:
    with pytest.raises(TypeError, match="not a plain value: object"):
        console.plain(object())


def test_a_table_without_a_terminal_is_neither_cut_nor_marked_up(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    console.emit((*ROWS, Row("x" * 300, 0, 1, 1e9)), json=False)
    out = capsys.readouterr().out
    assert "x" * 300 in out
    assert "[red]KRW-ETH :smile:" in out
    assert "\x1b" not in out
    assert "2025-09-01 00:00:00" in out and "30,238" in out
    assert "2025-09-01 00:00:00.5" in out


def test_a_single_result_lists_its_fields_then_its_tables(
    capsys: pytest.CaptureFixture[str],
) -> None:
    console.emit(RESULT, json=False)
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert [line.split() for line in lines[:3]] == [
        ["run_id", "abc"],
        ["good", "yes"],
        ["wall_ns", "5,000"],
    ]
    assert "rows" in lines


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("x", None, "-"),
        ("x", False, "no"),
        ("x", 1.23456789, "1.23457"),
        ("x", 805_804.478, "805,804.48"),
        ("x", [1, 2], "1, 2"),
        ("x", {"a": 1}, "a=1"),
        ("x", "text", "text"),
        ("x", "비트코인\n\x1b[2J", r"비트코인\n\x1b[2J"),
    ],
)
def test_shown(name: str, value: Any, expected: str) -> None:
    assert console.shown(name, value) == expected


def test_text_and_lists_of_text_go_out_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    console.emit("one", json=False)
    console.emit(["a", "b"], json=False)
    console.emit((), json=False)
    assert capsys.readouterr().out == "one\na\nb\n"


def test_columns_line_up(capsys: pytest.CaptureFixture[str]) -> None:
    console.emit([{"market": "SPY", "rows": 1000}, {"market": "KRW-BTC", "rows": 7}], json=False)
    assert capsys.readouterr().out == (
        "market    rows\n-------  -----\nSPY      1,000\nKRW-BTC      7\n"
    )


def python(code: str, **kwargs: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], text=True, timeout=60, check=False, **kwargs
    )


PRINT_MUCH = """
import sys
from commands import console
console.emit([{"a": "x" * 100}] * 10_000, json=True)
sys.stderr.write("went on")
"""


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    shell = f"{sys.executable} -c '{PRINT_MUCH}' | head -1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", shell], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "went on")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_behind_stdout_is_an_error_from_outside() -> None:
    with Path("/dev/full").open("w") as full:
        done = python(
            "from commands import app; from commands.failures import run\n"
            "raise SystemExit(run(app, ['config', 'show']))",
            stdout=full,
            stderr=subprocess.PIPE,
        )
    assert done.returncode == 3
    assert "No space left" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("rows", "columns", "head"),
    [
        (2, 60, "ts_ns b"),
        (2, 12, "ts_ns [b]x y [b]x y"),
        (1000, 60, "ts_ns b"),
    ],
)
def test_on_a_terminal_a_table_is_drawn_if_it_fits(rows: int, columns: int, head: str) -> None:
    """Where it does not, each row is a block: nothing is ever cut."""
    code = (
        "from commands import console\n"
        f"console.emit([{{'ts_ns': '[b]x y ' * 2, 'b': 1}}] * {rows}, json=False)"
    )
    leader, follower = pty.openpty()
    env = os.environ | {"COLUMNS": str(columns), "TERM": "xterm-256color"}
    with subprocess.Popen([sys.executable, "-c", code], stdout=follower, env=env) as process:
        os.close(follower)
        seen = b""
        while chunk := _read(leader):
            seen += chunk
    os.close(leader)
    assert process.returncode == 0
    text = re.sub(r"\x1b\[[0-9;]*m", "", seen.decode())
    assert text.count("[b]x y [b]x y") == rows
    assert " ".join(text.split()).startswith(head)


def _read(leader: int) -> bytes:
    try:
        return os.read(leader, 1 << 16)
    except OSError:  # Linux says so when the other end is closed
        return b""


WORK = """
from commands import console
watcher = console.watcher()
watcher.begin("reading", total=10, unit="rows")
watcher.advance(10)
watcher.note("a [bold]note[/]")
watcher.begin("writing")
watcher.advance()
watcher.end()
watcher.end()
watcher.note("late")
"""


def test_without_a_terminal_there_is_no_bar() -> None:
    done = python(WORK, capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "a [bold]note[/]\nlate\n")


@pytest.mark.parametrize("no_color", [False, True])
def test_on_a_terminal_there_is_one(no_color: bool) -> None:
    env = {k: v for k, v in os.environ.items() if k != "NO_COLOR"} | {"TERM": "xterm-256color"}
    if no_color:
        env["NO_COLOR"] = "1"
    leader, follower = pty.openpty()
    done = python(WORK, stdout=subprocess.PIPE, stderr=follower, env=env)
    os.close(follower)
    seen = os.read(leader, 1 << 20).decode()
    os.close(leader)
    assert (done.returncode, done.stdout) == (0, "")
    assert "reading" in seen and "10 rows" in seen and "a [bold]note[/]" in seen
    assert ("\x1b[3" in seen) != no_color
