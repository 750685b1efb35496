"""What an entry must be expected to earn, by a table counted by hand."""

import math
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from sigma_cli.domain.dtypes.bounds import WINDOWS_MAX
from sigma_cli.domain.switches import Metric
from sigma_cli.errors import UsageError
from sigma_cli.kernels.desk import switchboard
from sigma_cli.kernels.desk.threshold import threshold
from sigma_cli.runtime import stakes as packing
from sigma_cli.settings import Settings, load
from sigma_cli.settings.events import Events, Window, load_events
from tests.kernels.desk.tower import MONDAY_NS, A, B, Tower, settings


def window(since: str, until: str) -> Window:
    moments = {"from": datetime.fromisoformat(since), "until": datetime.fromisoformat(until)}
    return Window.model_validate({"name": "something is announced", **moments})


CALENDAR = Events(
    holidays=(date(2025, 10, 3), date(2025, 10, 6)),
    windows=(
        window("2025-10-03T01:00Z", "2025-10-03T02:00Z"),
        window("2025-09-01T01:00Z", "2025-09-01T02:00Z"),
    ),
)


def desk(**on: Any) -> Tower:
    chosen = settings(**on)
    t = Tower(chosen)
    packing.pack(t.params, chosen, ["BTC", "DOGE", "SOL"], CALENDAR)
    for market in (A, B):
        t.state.watch[market].metrics[Metric.VOLUME_RATIO - Metric.POSITION_SHARE] = math.nan
    return t


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * 10**9


@pytest.mark.parametrize(
    ("market", "said", "expected"),
    [
        (A, {}, 0.0015),
        (B, {}, 0.0025),
        (A, {"volatility": 1.6, "spread_u": 20}, 0.0015 + 0.0005),
        (A, {"volatility": 1.6, "spread_u": 10}, 0.0015),
        (A, {"volatility": 1.5, "spread_u": 20}, 0.0015),
        (A, {"volume": 0.7}, 0.0015),
        (A, {"volume": 0.69}, 0.0015 * 1.2),
        (A, {"volume": 0.3}, 0.0015 * 1.2),
        (A, {"volume": 0.29}, 0.0015 * 1.5),
        (A, {"now": "2025-10-03T00:00+09:00"}, 0.0015 * 2),
        (A, {"now": "2025-10-02T23:59+09:00"}, 0.0015),
        (A, {"now": "2025-10-04T00:00+09:00"}, 0.0015),
        (A, {"now": "2025-10-03T10:00+09:00"}, 0.0015 * 2 * 1.3),
        (A, {"now": "2025-10-03T11:00+09:00"}, 0.0015 * 2),
        (A, {"now": "2025-09-01T01:30+00:00"}, 0.0015 * 1.3),
        (A, {"nets": (1, 1, 1)}, 0.0015 + 0.0004 * (0.5 - 4 / 5)),
        (A, {"nets": (-1,) * 8}, 0.0015 + 0.0004 * (0.5 - 1 / 10)),
        (B, {"nets": (-1,) * 300 + (1,) * 100}, 0.0025 + 0.0004 * (0.5 - 101 / 102)),
        (B, {"volatility": 9.0, "spread_u": 99, "volume": 0.1, "now": "2025-10-03T10:30+09:00",
             "nets": (-1, -1)}, 0.003 * 1.5 * 2 * 1.3 + 0.0004 * 0.25),
    ],
)  # fmt: skip
def test_the_table(market: int, said: dict[str, Any], expected: float) -> None:
    t = desk()
    f = t.minds[market][0]
    f.bars.vol_regime = said.get("volatility", math.nan)
    if "spread_u" in said:
        f.touch.bid_u, f.touch.ask_u = 10_000, 10_000 + said["spread_u"]
    if "volume" in said:
        t.state.watch[market].metrics[Metric.VOLUME_RATIO - Metric.POSITION_SHARE] = said["volume"]
    t.now(at(said["now"]) if "now" in said else MONDAY_NS)
    t.closed(*said.get("nets", ()))
    assert threshold(t.state, t.params, f, market) == pytest.approx(expected, rel=1e-9)


def test_slow_answers_and_slippage_demand_more() -> None:
    t = desk(round_trip_raise_ms=100, round_trip_more_ms=500, slippage_max=0.002)
    f = t.minds[A][0]
    for _ in range(20):
        switchboard.on_answer(t.state, t.params, 150_000_000)
    assert threshold(t.state, t.params, f, A) == pytest.approx(0.0015 * 1.1)
    for _ in range(20):
        switchboard.on_answer(t.state, t.params, 600_000_000)
        switchboard.on_entry(t.state, t.params, 0.003)
    assert threshold(t.state, t.params, f, A) == pytest.approx(0.0015 * 1.5 + 0.001)


# --- The calendar -----------------------------------------------------------------------------

TEXT = """
holidays = [2025-10-03, 2025-10-06]

[[windows]]
name = "US consumer prices"
from = 2025-10-24T12:20:00Z
until = 2025-10-24T22:00:00+09:00
"""


def test_a_calendar_is_read(tmp_path: Path) -> None:
    assert load_events(None) == load_events(tmp_path) == Events()
    (tmp_path / "events.toml").write_text(TEXT, encoding="utf-8")
    found = load_events(tmp_path)
    assert found.holidays_ns[0] == at("2025-10-03T00:00+09:00")
    (window,) = found.windows
    assert (window.from_ns, window.until_ns) == (
        at("2025-10-24T12:20+00:00"),
        at("2025-10-24T13:00+00:00"),
    )
    assert load(None, tmp_path, {}, {}).settings == Settings(), "it holds no settings"
    with pytest.raises(UsageError, match="no profile 'events'"):
        load("events", tmp_path, {}, {})


def test_the_checkouts_own_calendar_is_right() -> None:
    found = load_events(Path(__file__).parents[3] / "config")
    assert date(2025, 10, 6) in found.holidays
    assert sorted(set(found.holidays)) == list(found.holidays)
    assert len(found.holidays) <= WINDOWS_MAX


@pytest.mark.parametrize(
    ("day", "is_holiday"),
    [
        ("2026-03-02", True),  # for a Sunday
        ("2026-08-17", True),  # for a Saturday
        ("2026-06-08", False),  # Memorial Day has no substitute
        ("2026-09-28", False),  # nor has a Saturday of Chuseok
        ("2025-05-01", False),
        ("2026-05-01", True),  # Labour Day, since 2026
        ("2025-07-17", False),
        ("2026-07-17", True),  # Constitution Day, since 2026
        ("2026-06-03", True),  # local elections
    ],
)
def test_the_checkouts_own_calendar_knows_2026(day: str, is_holiday: bool) -> None:
    found = load_events(Path(__file__).parents[3] / "config")
    assert (date.fromisoformat(day) in found.holidays) == is_holiday


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("holidays = ['soon']", "holidays.0"),
        ("days = []", "days: Extra"),
        (TEXT.replace("Z", ""), "windows.0.from"),
        (TEXT.replace("24T12", "25T12"), "ends before it begins"),
        (TEXT.replace('"US consumer prices"', '""'), "windows.0.name"),
        ("holidays = ", "not TOML"),
    ],
)
def test_a_wrong_calendar_is_refused(tmp_path: Path, text: str, part: str) -> None:
    (tmp_path / "events.toml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"calendar is wrong|not TOML") as caught:
        load_events(tmp_path)
    assert part in str(caught.value)


def test_a_calendar_that_is_too_long_is_refused() -> None:
    t = desk()
    long = Events(windows=CALENDAR.windows * WINDOWS_MAX)
    with pytest.raises(UsageError, match="more than the 64"):
        packing.pack(t.params, Settings(), ["BTC"], long)
