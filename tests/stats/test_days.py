"""Midnight belongs to the day, and to the month, that it ends."""

import numpy as np

from sigma_cli.domain.units import NS_PER_DAY, NS_PER_HOUR
from sigma_cli.stats.days import last_of_days, last_of_months

SEPTEMBER_NS = 1_756_684_800 * 1_000_000_000  # 2025-09-01 UTC


def test_a_month_of_hours_is_one_month_of_thirty_days() -> None:
    ts_ns = SEPTEMBER_NS + (1 + np.arange(30 * 24)) * NS_PER_HOUR
    months, last = last_of_months(ts_ns)
    assert months.tolist() == [2025 * 12 + 8]
    assert last.tolist() == [719]
    assert last_of_days(ts_ns, always_open=True).tolist() == list(range(23, 720, 24))


def test_days_without_points_carry_on_or_do_not_exist() -> None:
    ts_ns = SEPTEMBER_NS + np.array([1, 5, 6]) * NS_PER_DAY  # Monday, Friday, Saturday
    assert last_of_days(ts_ns, always_open=True).tolist() == [0, 0, 0, 0, 1, 2]
    assert last_of_days(ts_ns, always_open=False).tolist() == [0, 2]


def test_months_without_points_are_left_out() -> None:
    months, last = last_of_months(SEPTEMBER_NS + np.array([1, 2, 70]) * NS_PER_DAY)
    assert months.tolist() == [2025 * 12 + 8, 2025 * 12 + 10]
    assert last.tolist() == [1, 2]
