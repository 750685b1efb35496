from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigma_cli.domain.trades import NO_ID, TRADE_COLUMNS
from sigma_cli.domain.units import NS_PER_HOUR, NS_PER_MS
from sigma_cli.store.records import Identity, Part
from sigma_cli.store.rows import Merged, Rows
from sigma_cli.store.trade_rows import FORM, TradeRows

Trade = tuple[int, ...]
BY_ID = TradeRows(Identity.TRADE_ID)
BY_ORDER = TradeRows(Identity.ORDER)

NUMBERED = st.lists(
    st.tuples(
        st.integers(0, 3).map(lambda ms: ms * NS_PER_MS),
        st.integers(0, 1),
        st.integers(0, 9),
        st.integers(1, 2),
        st.just(1),
        st.sampled_from([-1, 1]),
    ),
    max_size=30,
)
NAMELESS = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.just(0),
        st.just(NO_ID),
        st.integers(1, 2),
        st.integers(1, 2),
        st.sampled_from([-1, 1]),
    ),
    max_size=30,
)


def columns(trades: Sequence[Trade]) -> Rows:
    table = np.array(trades, np.int64).reshape(-1, len(TRADE_COLUMNS))
    return {name: table[:, i].astype(kind) for i, (name, kind) in enumerate(TRADE_COLUMNS.items())}


def listed(rows: Rows) -> list[Trade]:
    return list(zip(*(rows[name].tolist() for name in TRADE_COLUMNS), strict=True))


def merged(kind: TradeRows, stored: Sequence[Trade], incoming: Sequence[Trade]) -> Merged:
    found = kind.merged(columns(stored), columns(incoming))
    assert {name: column.dtype for name, column in found.rows.items()} == dict(FORM.types)
    return found


@given(NUMBERED, NUMBERED)
def test_by_number_a_merge_equals_a_dictionary_that_keeps_what_came_first(
    before: list[Trade], incoming: list[Trade]
) -> None:
    kept: dict[int, Trade] = {}
    for trade in before:
        kept.setdefault(trade[2], trade)
    stored = sorted(kept.values(), key=lambda trade: (trade[0], trade[2]))
    count = len(kept)
    conflicts = []
    for place, trade in enumerate(incoming):
        first = kept.setdefault(trade[2], trade)
        if (first[0], *first[3:]) != (trade[0], *trade[3:]):  # our own clock is no contradiction
            conflicts.append(place)
    found = merged(BY_ID, stored, incoming)
    assert found.added == len(kept) - count
    assert found.conflicts.tolist() == conflicts
    assert listed(found.rows) == sorted(kept.values(), key=lambda trade: (trade[0], trade[2]))


@given(NAMELESS, NAMELESS)
def test_by_order_a_merge_keeps_as_many_equal_trades_as_the_richer_side_has(
    before: list[Trade], incoming: list[Trade]
) -> None:
    stored = sorted(before, key=lambda trade: trade[0])
    found = merged(BY_ORDER, stored, incoming)
    richer = Counter(before) | Counter(incoming)
    assert Counter(listed(found.rows)) == richer
    assert found.added == richer.total() - len(before)
    assert len(found.conflicts) == 0
    times = found.rows["exch_ts_ns"]
    assert (np.diff(times) >= 0).all()
    again = merged(BY_ORDER, listed(found.rows), incoming)
    assert again.added == 0
    assert listed(again.rows) == listed(found.rows)


def test_trades_of_one_time_stay_in_the_order_of_the_file() -> None:
    trades = [(5, 0, NO_ID, price, 1, 1) for price in (3, 1, 2, 1)]
    assert listed(merged(BY_ORDER, [], [*trades, (4, 0, NO_ID, 9, 1, 1)]).rows)[1:] == trades
    more = [*trades[:2], (5, 0, NO_ID, 7, 1, 1)]
    assert listed(merged(BY_ORDER, trades, more).rows) == [*trades, more[2]]


def test_the_same_trade_told_to_the_microsecond_is_the_same() -> None:
    stored = [(7 * NS_PER_MS, 0, 1, 10, 1, 1)]
    found = merged(BY_ID, stored, [(7 * NS_PER_MS + 999_000, 5, 1, 10, 1, 1)])
    assert (found.added, len(found.conflicts)) == (0, 0)
    assert listed(found.rows) == stored
    found = merged(BY_ID, stored, [(8 * NS_PER_MS, 0, 1, 10, 1, 1)])
    assert found.conflicts.tolist() == [0]


def test_a_part_holds_an_hour() -> None:
    start = int(np.datetime64("2024-08-08T23:59:59.999999999", "ns").astype(np.int64))
    times = np.array([start + 1, start, start + NS_PER_HOUR + 1, start + 2])
    found = {period: index.tolist() for period, index in BY_ID.by_period(times)}
    assert found == {"2024-08-08T23": [1], "2024-08-09T00": [0, 3], "2024-08-09T01": [2]}
    assert list(BY_ID.by_period(times[:0])) == []


def part(ids: list[int]) -> Part:
    rows = columns([(n, 0, number, 1, 1, 1) for n, number in enumerate(ids)])
    gaps = BY_ID.gaps_in(rows, always_open=True)
    low, high = BY_ID.id_range(rows) or (0, 0)
    return Part("p", "f", "s", len(ids), 0, 0, gaps.gaps, gaps.missing, low, high)


@pytest.mark.parametrize(
    ("parts", "gaps", "missing"),
    [
        ([], 0, 0),
        ([[1, 2, 3]], 0, 0),
        ([[1, 2, 5]], 1, 2),
        ([[1, 2], [3, 4]], 0, 0),
        ([[1, 2], [7, 9]], 2, 5),
        ([[1, 2, 4], [3, 5]], 2, 0),  # out of order around the hour: nothing is missing
    ],
)
def test_numbers_that_are_missing(parts: list[list[int]], gaps: int, missing: int) -> None:
    found = [part(ids) for ids in parts]
    seams = BY_ID.gaps_between(found, always_open=True)
    assert sum(one.gaps for one in found) + seams.gaps == gaps
    assert sum(one.missing for one in found) + seams.missing == missing


def test_where_numbers_do_not_count_none_is_missing() -> None:
    rows = columns([(0, 0, 5, 1, 1, 1), (1, 0, 9, 1, 1, 1)])
    unique = TradeRows(Identity.UNIQUE_ID)
    assert unique.gaps_in(rows, always_open=True).missing == 0
    assert unique.id_range(rows) == (5, 9)
    assert BY_ORDER.gaps_in(rows, always_open=True).missing == 0
    assert BY_ORDER.id_range(rows) is None
