"""The exchange's own log: complete, exact, in order, bounded, and read again."""

from decimal import Decimal
from pathlib import Path

import pytest

from sigma_cli.errors import OutsideError
from sigma_cli.exchange import log as logs
from sigma_cli.exchange.log import Log
from sigma_cli.exchange.market import Market
from sigma_cli.exchange.upbit.exact import cut
from sigma_cli.exchange.upbit.refusals import Refused
from sigma_cli.exchange.upbit.venue import Venue
from tests.exchange.crowd import MARKETS, chunks, gather
from tests.exchange.fair import START_NS, Fair, instruments


def kinds(lines: list[logs.Line]) -> list[str]:
    return [line["kind"] for line in lines]


def test_what_is_asked_answered_told_and_moved_is_written_down(tmp_path: Path) -> None:
    log = Log(tmp_path / "log")
    fair = Fair(log=log)
    begun = log.count
    fair.place("bid", price="100001000", volume="0.01")
    with pytest.raises(Refused):
        fair.place("bid", price="1", volume="1")
    fair.venue.adjust("ann", "KRW", Decimal(5), "found")
    fair.venue.maintenance(True)
    log.close()
    lines = list(logs.read(tmp_path / "log"))
    assert [line["n"] for line in lines] == list(range(1, log.count + 1))
    told = lines[begun:]
    assert kinds(told) == [
        *("request", "move", "order"),
        *("move", "move", "move", "order", "order", "answer"),
        *("request", "refusal", "move", "change"),
    ]
    assert told[0]["ts_ns"] == START_NS
    assert told[0]["request"] == {
        "market": "KRW-BTC",
        "side": "bid",
        "ord_type": "limit",
        "price": "100001000",
        "volume": "0.01",
    }
    assert told[1]["changes"] == {"ann:free": "-1000510.005", "ann:locked": "1000510.005"}
    assert told[3]["changes"] == {
        "ann:locked": "-1000510.005",
        "market": "1000010",
        "fees": "500.005",
    }
    assert told[10]["name"] == "under_min_total_bid"
    assert told[11]["why"] == "found"


def test_balances_are_what_the_log_adds_up_to(tmp_path: Path) -> None:
    log = Log(tmp_path)
    crowd = gather(5, log)
    for _ in range(150):
        crowd.step()
    shown = crowd.venue.balances("ann")
    log.close()
    held = logs.balances(logs.read(tmp_path))
    currencies = {currency for _, currency in held}
    for currency in currencies:
        assert sum(amount for (_, unit), amount in held.items() if unit == currency) == 0
    for balance in shown:
        exact = held["ann:free", balance.currency]
        assert 0 <= exact - balance.balance < Decimal("1E-8")


def test_a_full_file_is_closed_and_the_oldest_is_removed(tmp_path: Path) -> None:
    log = Log(tmp_path, file_bytes_max=1_000, files_max=3)
    for n in range(200):
        log.add("change", n, what="x" * 50)
    log.close()
    files = sorted(tmp_path.iterdir())
    assert len(files) == 3 and all(path.stat().st_size < 1_200 for path in files)
    lines = list(logs.read(tmp_path))
    assert lines[-1]["n"] == 200 and lines[0]["n"] == int(files[0].stem)


def test_a_log_in_memory_keeps_the_last_lines() -> None:
    log = Log()
    for n in range(logs.LINES_MAX + 5):
        log.add("change", n)
    assert len(log.lines) == logs.LINES_MAX and log.count == logs.LINES_MAX + 5
    log.flush()
    log.close()


def test_a_log_goes_on_where_the_folder_ends(tmp_path: Path) -> None:
    for _ in range(3):
        log = Log(tmp_path)
        log.add("change", 1)
        log.add("change", 2)
        log.flush()
        log.close()
    assert [line["n"] for line in logs.read(tmp_path)] == [1, 2, 3, 4, 5, 6]


def test_lines_that_are_missing_or_broken_are_noticed(tmp_path: Path) -> None:
    log = Log(tmp_path)
    for n in range(3):
        log.add("change", n)
    log.close()
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(whole[0] + whole[2])
    with pytest.raises(OutsideError, match="line 2 of the log is missing"):
        list(logs.read(tmp_path))
    path.write_bytes(whole[0] + whole[1][:10])
    with pytest.raises(OutsideError, match="no log line"):
        list(logs.read(tmp_path))


def test_a_line_that_was_not_whole_is_cut_off(tmp_path: Path) -> None:
    log = Log(tmp_path, file_bytes_max=1)
    for n in range(3):
        log.add("change", n)
    log.close()
    *_, second, third = sorted(tmp_path.iterdir())
    third.write_bytes(third.read_bytes()[:-3])
    second.write_bytes(second.read_bytes() + b'{"n":')
    again = Log(tmp_path)
    again.add("change", 7)
    again.close()
    assert [(line["n"], line["ts_ns"]) for line in logs.read(tmp_path)] == [(1, 0), (2, 1), (3, 7)]


@pytest.mark.parametrize("text", [b"no line\n", b"{}\n"])
def test_a_folder_that_holds_something_else_is_refused(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "000000000000001.jsonl").write_bytes(text)
    with pytest.raises(OutsideError, match="no log line"):
        Log(tmp_path)


def test_large_lines_do_not_fill_the_memory() -> None:
    log = Log()
    for n in range(40):
        log.add("answer", n, answer="x" * (1 << 20))
    assert sum(map(len, log.lines)) <= logs.LINES_BYTES_MAX and len(log.lines) == 15


def test_a_log_goes_on_over_a_restart(tmp_path: Path) -> None:
    log = Log(tmp_path)
    crowd = gather(5, log)
    for _ in range(60):
        crowd.step()
    data = crowd.venue.save()
    log.close()
    log = Log(tmp_path)
    market = Market(instruments(*MARKETS), chunks(5))
    crowd.venue = Venue.restore(data, market, crowd.venue.behaviour, log)
    for _ in range(60):
        crowd.step()
    shown = crowd.venue.balances("ben")
    log.close()
    held = logs.balances(logs.read(tmp_path))
    assert shown and all(cut(held["ben:free", one.currency]) == one.balance for one in shown)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"ann:free": "5", "outside": "-4"}, "came from nowhere"),
        ({"ann:free": "-5", "outside": "5"}, "ann:free holds -5 KRW"),
    ],
)
def test_changes_that_do_not_add_up_are_noticed(changes: dict[str, str], what: str) -> None:
    line = {"n": 1, "ts_ns": 0, "kind": "move", "currency": "KRW", "changes": changes}
    with pytest.raises(OutsideError, match=what):
        logs.balances([line])
