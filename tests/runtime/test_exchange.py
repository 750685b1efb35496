"""`sigma exchange` over a small market in a lake: it serves, says where, and ends cleanly."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from sigma_cli.errors import OutsideError, UsageError
from sigma_cli.runtime import exchange
from sigma_cli.runtime.exchange import Request
from sigma_cli.store.lake import Lake
from tests import tick_market

ROOT = Path(__file__).parent.parent.parent
SIGMA = [sys.executable, "-c", "import sys; from commands import sigma; sys.exit(sigma())"]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("store")
    tick_market.fill(Lake(root))
    return root


@contextmanager
def served(store: Path, *options: str) -> Iterator[tuple[dict[str, Any], subprocess.Popen[str]]]:
    """Run the command; yield what it says of itself, and the process."""
    command = [*SIGMA, "exchange", "--store", str(store), "--port", "0", "--json", *options]
    env = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env
    ) as process:
        assert process.stdout is not None
        try:
            said = ""
            while not said.rstrip().endswith("}") or said.count("{") > said.count("}"):
                line = process.stdout.readline()
                if not line:
                    raise AssertionError(process.communicate()[1])
                said += line
            yield json.loads(said), process
        finally:
            process.kill()


def ask(said: dict[str, Any], method: str, path: str, body: str = "") -> Any:
    connection = HTTPConnection(said["rest"].removeprefix("http://"), timeout=20)
    try:
        connection.request(method, path, body)
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_a_signal(store: Path, tmp_path: Path, number: signal.Signals) -> None:
    options = ("--stepped", "--account", "ann:KRW=5000,BTC=0.5", "--log", str(tmp_path / "log"))
    with served(store, *options) as (said, process):
        assert said["markets"] == ["KRW-BTC"]
        assert said["websocket"] == said["rest"].replace("http", "ws") + "/websocket/v1"
        (account,) = said["accounts"]
        assert account["account"] == "ann"
        assert len(account["access_key"]) == len(account["secret_key"]) == 40
        assert [each["market"] for each in ask(said, "GET", "/v1/market/all")] == ["KRW-BTC"]
        before = ask(said, "GET", "/v1/trades/ticks?market=KRW-BTC&count=500")
        ask(said, "POST", "/_control/step", '{"by_s": 60}')
        assert len(ask(said, "GET", "/v1/trades/ticks?market=KRW-BTC&count=500")) > len(before)
        process.send_signal(number)
        assert process.wait(20) == 0
        assert process.stderr is not None
        assert "closed" in process.stderr.read()
    assert any((tmp_path / "log").iterdir())


def test_the_clock_begins_where_it_is_told_and_runs(store: Path) -> None:
    with served(store, "--begin", "2025-09-01T00:10:00", "--speed", "100") as (said, _):
        assert said["time"] == "2025-09-01T00:10:00"
        candles = ask(said, "GET", "/v1/candles/minutes/1?market=KRW-BTC&count=200")
        assert len(candles) >= 10
        assert ask(said, "GET", "/_control")["error"]["name"] == 404, "nobody asked for it"


def serve(store: Path, **how: Any) -> None:
    exchange.serve(Request(**how), store, lambda _: None)


def test_keys_are_the_same_after_a_restart() -> None:
    text = "main:KRW=1,BTC=0.5"
    assert exchange.opened(text, 1) == exchange.opened(text, 1)
    assert exchange.opened(text, 1).access_key != exchange.opened(text, 2).access_key
    assert exchange.opened(text, 1).access_key != exchange.opened("other", 1).access_key


NO_ACCOUNTS = (
    *("", ":KRW=1", "a:KRW", "a:KRW=x", "a:KRW=-1", "a:KRW=NaN", "a:KRW=1e400"),
    *("a:KRW=1.123456789", "a:krw=1", "a:=5", "a:KRW=1,KRW=2"),
)


def test_two_accounts_need_two_names(store: Path) -> None:
    with pytest.raises(UsageError, match="two accounts have one name"):
        serve(store, accounts=["a:KRW=1", "a:BTC=1"])


@pytest.mark.parametrize("text", NO_ACCOUNTS)
def test_what_is_no_account_is_said(store: Path, text: str) -> None:
    with pytest.raises(UsageError, match="is no account"):
        serve(store, accounts=[text])


@pytest.mark.parametrize("begin", ["noon", "2025-08-31T00:00:00", "2026-01-01"])
def test_the_clock_begins_within_the_period(store: Path, begin: str) -> None:
    with pytest.raises(UsageError, match="is no time within"):
        serve(store, begin=begin)


def test_a_script_is_read_strictly(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "script.json"
    with pytest.raises(OutsideError, match="can't be read"):
        serve(store, script=path)
    for text in (b'{"faults": [{"kind": "unheard of"}]}', b'{"faults": [{"kind": "\xff"}]}', b"no"):
        path.write_bytes(text)
        with pytest.raises(UsageError, match="this is no script") as found:
            serve(store, script=path)
        assert found.value.where == f"--faults {path}" and found.value.fix
    path.write_text('{"faults": [{"kind": "delay", "wait_s": 1}], "changes": []}')
    with pytest.raises(UsageError, match="is no time within"):
        serve(store, script=path, begin="noon")


def test_a_script_spoils_answers(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "script.json"
    path.write_text('{"faults": [{"kind": "refuse"}], "changes": [{"kind":"offset","by_s":1}]}')
    with served(store, "--faults", str(path)) as (said, _):
        assert ask(said, "GET", "/v1/market/all")["error"]["name"] == 500
        assert ask(said, "GET", "/v1/market/all")[0]["market"] == "KRW-BTC"
