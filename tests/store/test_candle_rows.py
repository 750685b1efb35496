import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigma_cli.domain.candles import CANDLE_COLUMNS
from sigma_cli.domain.units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, NS_PER_S
from sigma_cli.store import candle_rows
from sigma_cli.store.candle_rows import CandleRows
from sigma_cli.store.rows import Rows

Candle = tuple[int, ...]
CANDLES = st.lists(st.tuples(st.integers(0, 12), *[st.integers(0, 1)] * 5), max_size=30)


def columns(candles: list[Candle]) -> Rows:
    table = np.array(candles, np.int64).reshape(-1, len(CANDLE_COLUMNS))
    return {name: table[:, i].copy() for i, name in enumerate(CANDLE_COLUMNS)}


def listed(rows: Rows) -> list[Candle]:
    return list(zip(*(rows[name].tolist() for name in CANDLE_COLUMNS), strict=True))


@given(CANDLES, CANDLES)
def test_a_merge_equals_a_dictionary_that_keeps_what_came_first(
    before: list[Candle], incoming: list[Candle]
) -> None:
    kept: dict[int, Candle] = {}
    for candle in before:
        kept.setdefault(candle[0], candle)
    stored = columns([kept[time] for time in sorted(kept)])
    added, conflicts = 0, []
    for i, candle in enumerate(incoming):
        added += candle[0] not in kept
        if kept.setdefault(candle[0], candle) != candle:
            conflicts.append(i)

    merged = CandleRows("1m").merged(stored, columns(incoming))

    assert listed(merged.rows) == [kept[time] for time in sorted(kept)]
    assert merged.added == added
    assert merged.conflicts.tolist() == conflicts


def moment(text: str) -> int:
    return int(np.datetime64(text, "ns").astype(np.int64))


@pytest.mark.parametrize(
    ("interval", "periods"),
    [
        ("1s", ["2024-02-29", "2024-03-01", "2025-01-01"]),
        ("1m", ["2024-02", "2024-03", "2025-01"]),
        ("1h", ["2024", "2025"]),
        ("1d", ["2024", "2025"]),
    ],
)
def test_periods_begin_in_utc(interval: str, periods: list[str]) -> None:
    times = np.array(
        [
            moment("2025-01-01T00:00"),
            moment("2024-02-29T23:59"),
            moment("2024-03-01T00:00"),
            moment("2024-03-01T00:01"),
        ]
    )
    found = dict(CandleRows(interval).by_period(times))
    assert list(found) == periods
    assert sorted(np.concatenate(list(found.values())).tolist()) == [0, 1, 2, 3]
    assert found[periods[-1]].tolist() == [0]


def test_a_night_is_a_gap_only_where_the_market_never_closes() -> None:
    minutes = np.array([0, 1, 2, 5, 6, 6 + 360, 6 + 361]) * NS_PER_MINUTE
    always = candle_rows.count_gaps(minutes, NS_PER_MINUTE, always_open=True)
    sessions = candle_rows.count_gaps(minutes, NS_PER_MINUTE, always_open=False)
    assert (always.gaps, always.missing) == (2, 2 + 359)
    assert (sessions.gaps, sessions.missing) == (1, 2)


def test_candles_off_the_grid_count_whole_missing_intervals() -> None:
    times = np.array([0, 90, 240]) * NS_PER_S
    count = candle_rows.count_gaps(times, NS_PER_MINUTE, always_open=True)
    assert (count.gaps, count.missing) == (2, 1 + 2)


def test_no_candles_have_no_gaps() -> None:
    count = candle_rows.count_gaps(np.empty(0, np.int64), NS_PER_MINUTE, always_open=True)
    assert (count.gaps, count.missing) == (0, 0)


@pytest.mark.parametrize(
    ("before", "after", "interval_ns", "gaps", "missing"),
    [
        ("2024-03-28", "2024-04-01", NS_PER_DAY, 0, 0),  # Good Friday
        ("2024-07-03", "2024-07-05", NS_PER_DAY, 0, 0),
        ("2001-09-10", "2001-09-17", NS_PER_DAY, 1, 4),
        ("2022-12-30", "2024-01-02", NS_PER_DAY, 1, 261),
        ("1969-12-26", "1970-01-05", NS_PER_DAY, 1, 5),
        ("2024-01-05T18:00", "2024-01-09T12:00", 6 * NS_PER_HOUR, 0, 0),
        ("2024-01-05T18:00", "2024-01-19T12:00", 6 * NS_PER_HOUR, 1, 9),
        ("2024-01-05T20:59", "2024-01-16T14:30", NS_PER_MINUTE, 1, 6 * 390),
    ],
)
def test_a_hole_longer_than_a_long_weekend_is_one_in_sessions_too(
    before: str, after: str, interval_ns: int, gaps: int, missing: int
) -> None:
    times = np.array([moment(before), moment(after)])
    count = candle_rows.count_gaps(times, interval_ns, always_open=False)
    assert (count.gaps, count.missing) == (gaps, missing)
