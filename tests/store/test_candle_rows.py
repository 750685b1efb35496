import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigma_cli.domain.candles import CANDLE_COLUMNS
from sigma_cli.domain.units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, NS_PER_S
from sigma_cli.store import candle_rows
from sigma_cli.store.candle_rows import Rows

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

    merged = candle_rows.merged(stored, columns(incoming))

    assert listed(merged.rows) == [kept[time] for time in sorted(kept)]
    assert merged.added == added
    assert merged.conflicts.tolist() == conflicts


def moment(text: str) -> int:
    return int(np.datetime64(text, "ns").astype(np.int64))


@pytest.mark.parametrize(
    ("interval_ns", "periods"),
    [
        (NS_PER_S, ["2024-02-29", "2024-03-01", "2025-01-01"]),
        (NS_PER_MINUTE, ["2024-02", "2024-03", "2025-01"]),
        (NS_PER_HOUR, ["2024", "2025"]),
        (NS_PER_DAY, ["2024", "2025"]),
    ],
)
def test_periods_begin_in_utc(interval_ns: int, periods: list[str]) -> None:
    times = np.array(
        [
            moment("2025-01-01T00:00"),
            moment("2024-02-29T23:59"),
            moment("2024-03-01T00:00"),
            moment("2024-03-01T00:01"),
        ]
    )
    found = dict(candle_rows.by_period(times, interval_ns))
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
