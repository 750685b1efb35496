"""What a day is told at 04:00 in Korea: a mean over the seven days before, and nothing later."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sigma_cli.domain.trades import TRADE_COLUMNS
from sigma_cli.domain.units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, NS_PER_S, TsNs
from sigma_cli.runtime import feature_days
from sigma_cli.runtime.periods import Period, parse
from sigma_cli.store.lake import Identity, Lake, Source
from tests.market import START_NS, instrument

SOURCE = Source(name="made", sha256="0" * 64, layout="test")
DAY_NS = START_NS + 19 * NS_PER_HOUR
"""2025-09-02 04:00 KST."""


def stored(lake: Lake, trades: list[tuple[int, int]]) -> None:
    """Time and size."""
    times, sizes = (np.array(column) for column in zip(*trades, strict=True))
    rows = {name: np.ones(len(times), kind) for name, kind in TRADE_COLUMNS.items()}
    rows |= {"exch_ts_ns": times, "size_u": sizes, "trade_id": np.arange(len(times))}
    lake.register_instrument("upbit", "KRW-BTC", 0, 8, always_open=True)
    lake.merge_trades("upbit", "KRW-BTC", rows, SOURCE, Identity.TRADE_ID)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def test_days_begin_at_four_in_korea() -> None:
    days = feature_days.begins(parse("2025-09-01..2025-09-03", 0, 1))
    assert days.tolist() == [DAY_NS + n * NS_PER_DAY for n in (-1, 0, 1, 2)]
    moment = Period(start_ns=DAY_NS, end_ns=DAY_NS + 1, text="")
    assert feature_days.begins(moment).tolist() == [DAY_NS]
    before = Period(start_ns=DAY_NS - 1, end_ns=DAY_NS, text="")
    assert feature_days.begins(before).tolist() == [DAY_NS - NS_PER_DAY]


def test_the_mean_volume_is_that_of_seven_days_or_of_as_many_as_there_are(lake: Lake) -> None:
    first_ns = DAY_NS - 12 * NS_PER_HOUR
    hours = [(first_ns + n * NS_PER_HOUR, 24 + n // 24) for n in range(24 * 12)]
    stored(lake, hours)
    days_ns = DAY_NS + np.arange(12) * NS_PER_DAY
    found = feature_days.day_volumes(lake, instrument(), days_ns)
    assert found[0] == 0, "less than a day is known"
    for day_ns, mean_u in zip(days_ns[1:].tolist(), found[1:].tolist(), strict=True):
        until_ns = day_ns - NS_PER_MINUTE
        sizes = [size for ns, size in hours if until_ns - 7 * NS_PER_DAY <= ns < until_ns]
        known_ns = min(until_ns - first_ns, 7 * NS_PER_DAY)
        assert mean_u == int(sum(sizes) / known_ns * NS_PER_DAY)


def test_a_period_of_years_has_a_volume_for_each_day(lake: Lake) -> None:
    stored(lake, [(DAY_NS + n * NS_PER_DAY, 7) for n in range(900)])
    days_ns = DAY_NS + np.arange(900) * NS_PER_DAY
    found = feature_days.day_volumes(lake, instrument(), days_ns)
    assert len(found) == 900
    assert found[8:].tolist() == [7] * 892


@pytest.mark.parametrize(("before", "mean_u"), [(10, 10), (20, 35)])
def test_days_without_trades_count_after_a_week_with_some(
    lake: Lake, before: int, mean_u: int
) -> None:
    """Whichever day is asked for first; what was recorded long ago says nothing."""
    stored(lake, [(DAY_NS - n * NS_PER_DAY, 70) for n in (before, 2)])
    for days in (1, 10):
        days_ns = DAY_NS + np.arange(1 - days, 1) * NS_PER_DAY
        assert feature_days.day_volumes(lake, instrument(), days_ns)[-1] == mean_u


def test_nothing_of_the_day_itself_or_of_the_last_minute_before_counts(lake: Lake) -> None:
    stored(lake, [(DAY_NS - 2 * NS_PER_DAY, 70), (DAY_NS - 60 * NS_PER_S, 999), (DAY_NS, 999)])
    (mean_u,) = feature_days.day_volumes(lake, instrument(), np.array([DAY_NS]))
    assert mean_u == int(70 / (2 * NS_PER_DAY - NS_PER_MINUTE) * NS_PER_DAY)


def test_rules_and_volumes_hold_from_their_times_on(lake: Lake) -> None:
    one = instrument()
    later = replace(one.rules[0], valid_from_ns=TsNs(DAY_NS + NS_PER_HOUR))
    changed = replace(later, ticks=((later.ticks[0][0], later.ticks[0][1] * 5),))
    stored(lake, [(DAY_NS - 2 * NS_PER_DAY, 70)])
    period = Period(start_ns=DAY_NS + 1, end_ns=DAY_NS + NS_PER_DAY + 1, text="")
    found = feature_days.changes(lake, replace(one, rules=(one.rules[0], changed)), period)
    times = [DAY_NS, DAY_NS + NS_PER_HOUR, DAY_NS + NS_PER_DAY]
    assert found["ts_ns"].tolist() == times
    assert found["rules"]["band_tick_u"][:, 0].tolist() == [1, 5, 5]
    assert found["day_volume_u"][0] == found["day_volume_u"][1] > found["day_volume_u"][2] > 0


def test_without_trades_nothing_is_known(lake: Lake) -> None:
    lake.register_instrument("upbit", "KRW-BTC", 0, 8, always_open=True)
    assert feature_days.day_volumes(lake, instrument(), np.array([DAY_NS])).tolist() == [0]
