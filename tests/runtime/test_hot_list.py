"""The hot list that a user gives: what it tells, and what is wrong with it."""

from pathlib import Path

import pytest

from sigma_cli.domain.events import ControlKind
from sigma_cli.domain.units import NS_PER_S
from sigma_cli.errors import UsageError
from sigma_cli.runtime import hot_list
from tests.market import START_NS

NAMES = ("KRW-BTC", "KRW-ETH")
HEAD = "time,market\n"


def told(tmp_path: Path, text: str) -> list[tuple[int, str, bool]]:
    """Seconds after the start, market, and whether it is hot from then on."""
    path = tmp_path / "hot.csv"
    path.write_text(text)
    rows = hot_list.told(path, NAMES, START_NS)
    assert set(rows["kind"].tolist()) == {ControlKind.HOT}
    after = (rows["ts_ns"] - START_NS) // NS_PER_S
    hot = rows["hot"].astype(bool).tolist()
    return [
        (after_s, NAMES[market], is_hot)
        for after_s, market, is_hot in zip(
            after.tolist(), rows["market"].tolist(), hot, strict=True
        )
    ]


def test_only_changes_are_told(tmp_path: Path) -> None:
    text = (
        "2025-09-01T00:01:00Z,KRW-BTC\n2025-09-01T00:01:00Z,KRW-XRP\n"
        "2025-09-01T00:02:00,KRW-BTC\n2025-09-01T00:02:00,KRW-ETH\n"
        "2025-09-01T09:03:00+09:00,KRW-ETH\n\n2025-09-01T00:04:00.5Z,\n"
    )
    assert told(tmp_path, HEAD + text) == [
        (0, "KRW-BTC", False),
        (0, "KRW-ETH", False),
        (60, "KRW-BTC", True),
        (120, "KRW-ETH", True),
        (180, "KRW-BTC", False),
        (240, "KRW-ETH", False),
    ]


def test_what_came_before_the_start_holds_at_the_start(tmp_path: Path) -> None:
    text = "2025-08-30T00:00:00Z,KRW-ETH\n2025-08-31T00:00:00Z,KRW-BTC\n"
    assert told(tmp_path, HEAD + text) == [(0, "KRW-BTC", True), (0, "KRW-ETH", False)]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("market,time\n", "line 1: the columns are not time,market"),
        ("", "line 1: the columns are not time,market"),
        (HEAD + "yesterday,KRW-BTC\n", "line 2: 'yesterday' is no time"),
        (HEAD + "2025-09-01,KRW-BTC,8\n", "line 2: 3 columns where two belong"),
        (HEAD + "2025-09-02,KRW-BTC\n2025-09-01,KRW-BTC\n", "line 3: its time lies before"),
        (HEAD + "2025-09-01,KRW-XRP\n", "the hot list names none of KRW-BTC, KRW-ETH"),
        (HEAD, "the hot list names none of KRW-BTC, KRW-ETH"),
    ],
)
def test_what_is_no_hot_list_is_refused(tmp_path: Path, text: str, what: str) -> None:
    with pytest.raises(UsageError) as found:
        told(tmp_path, text)
    assert str(found.value).startswith(what)
    assert found.value.where and "hot.csv" in found.value.where and found.value.fix


def test_a_list_that_is_too_long_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hot_list, "ROWS_MAX", 2)
    with pytest.raises(UsageError, match="line 3: more than 2 rows"):
        told(tmp_path, HEAD + 2 * "2025-09-01,KRW-BTC\n")


def test_a_file_that_can_not_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can't be read"):
        hot_list.told(tmp_path / "none.csv", NAMES, START_NS)
    binary = tmp_path / "binary.csv"
    binary.write_bytes(HEAD.encode() + b"\xff\xfe")
    with pytest.raises(UsageError, match="can't be read"):
        hot_list.told(binary, NAMES, START_NS)
