"""Time axes are labelled where people would."""

import pytest

from sigma_cli.domain.units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE
from sigma_cli.report.calendar import time_ticks
from sigma_cli.report.inputs import KST, UTC

START_NS = 1_756_684_800 * 1_000_000_000  # 2025-09-01 00:00 UTC, 09:00 KST


def test_days_in_korea_begin_at_15_utc() -> None:
    found = time_ticks(START_NS, START_NS + 4 * NS_PER_DAY, KST, 5)
    assert [label for _, label in found] == ["2 Sep", "3 Sep", "4 Sep", "5 Sep"]
    assert found[0][0] == START_NS + 15 * NS_PER_HOUR


def test_hours_name_midnight_by_its_day() -> None:
    found = time_ticks(START_NS + 20 * NS_PER_HOUR, START_NS + 30 * NS_PER_HOUR, UTC, 5)
    assert [label for _, label in found] == ["21:00", "2 Sep", "03:00", "06:00"]


def test_years_are_named_by_months() -> None:
    found = time_ticks(START_NS, START_NS + 700 * NS_PER_DAY, UTC, 5)
    assert [label for _, label in found] == ["Jan 2026", "Jul 2026", "Jan 2027", "Jul 2027"]


@pytest.mark.parametrize(
    "span_ns",
    [10 * NS_PER_MINUTE, NS_PER_HOUR, 7 * NS_PER_HOUR, NS_PER_DAY]
    + [n * NS_PER_DAY for n in (3, 21, 60, 100, 400, 1500, 9000)],
)
def test_few_labels_in_order_and_inside(span_ns: int) -> None:
    found = time_ticks(START_NS, START_NS + span_ns, KST, 5)
    times = [ts_ns for ts_ns, _ in found]
    assert 1 <= len(found) <= 6
    assert times == sorted(times)
    assert all(START_NS <= ts_ns <= START_NS + span_ns for ts_ns in times)
