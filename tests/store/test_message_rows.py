"""Quotes and books in the lake: merged in any order, told apart by number or by content."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigma_cli.domain.books import BOOK_COLUMNS, NO_UPDATE, QUOTE_COLUMNS, BookForm
from sigma_cli.domain.units import NS_PER_HOUR, NS_PER_MINUTE, NS_PER_S
from sigma_cli.store.lake import Identity, Lake, MergeResult, Source
from sigma_cli.store.message_rows import BOOKS, QUOTES, BookRows, QuoteRows, breaks
from sigma_cli.store.rows import Rows, no_rows, taken

START_NS = int(np.datetime64("2024-08-08T23:58", "ns").astype(np.int64))
BY_ID, BY_TIME = Identity.UPDATE_ID, Identity.ORDER


def quotes(ids: Any, shift: int = 0) -> dict[str, Any]:
    """One quote a second, whose every value follows from its number; the venue says no time."""
    number = np.asarray(ids, np.int64)
    return {
        "exch_ts_ns": np.zeros(len(number), np.int64),
        "recv_ts_ns": START_NS + number * NS_PER_S,
        "update_id": number,
        "bid_u": 100 + number % 7 + shift,
        "bid_size_u": 1 + number % 5,
        "ask_u": 110 + number % 3,
        "ask_size_u": 1 + number % 4,
    }


def books(
    ids: Any, shift: int = 0, *, levels: int = 3, whole: bool = False, lost: Any = ()
) -> dict[str, Any]:
    """One message of several levels a second; ids go by tens, and continue but after `lost`."""
    number = np.repeat(np.asarray(ids, np.int64), levels)
    level = np.tile(np.arange(levels), len(number) // levels)
    form = BookForm.WHOLE if whole else BookForm.CHANGES
    before = number * 10 - 10 + np.isin(number, lost)
    return {
        "exch_ts_ns": START_NS + number * NS_PER_S,
        "recv_ts_ns": START_NS + number * NS_PER_S + 5,
        "update_id": number * 10,
        "first_id": np.full(len(number), NO_UPDATE) if whole else before + 1,
        "before_id": np.full(len(number), NO_UPDATE),
        "form": np.full(len(number), form, np.int8),
        "side": (1 - level % 2 * 2).astype(np.int8),
        "price_u": 100 + level + shift,
        "size_u": number % 9,
        "ends": (level == levels - 1).astype(np.int8),
    }


def joined(*rows: dict[str, Any]) -> dict[str, Any]:
    return {name: np.concatenate([one[name] for one in rows]) for name in rows[0]}


def merge(
    lake: Lake, rows: Rows, source: Source, kind: QuoteRows | BookRows | None = None
) -> MergeResult:
    lake.register_instrument("binance", "BTCUSDT", 2, 5, always_open=True)
    kind = kind or (BookRows(BY_ID) if "ends" in rows else QuoteRows(BY_ID))
    return lake.merge_messages("binance", "BTCUSDT", rows, source, kind)


def read(lake: Lake, kind: str, *span: int) -> dict[str, Any]:
    types = BOOK_COLUMNS if kind == BOOKS else QUOTE_COLUMNS
    batches = list(lake.read_messages("binance", "BTCUSDT", kind, *span))
    found = {
        name: np.concatenate([np.empty(0, kind), *(batch[name] for batch in batches)])
        for name, kind in types.items()
    }
    assert {name: column.dtype for name, column in found.items()} == types
    return found


def same(one: Rows, other: Rows) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[n], other[n]) for n in one)


def test_quotes_come_back_in_order_of_their_numbers(tmp_path: Path, source: Source) -> None:
    lake, rows = Lake(tmp_path), quotes(range(400))
    shuffled = np.random.default_rng(1).permutation(400)
    result = merge(lake, taken(rows, shuffled), source)
    assert (result.added, result.already_there, len(result.conflicts)) == (400, 0, 0)
    assert same(read(lake, QUOTES), rows)
    parts = [path.name[:13] for path in sorted((tmp_path / "lake").rglob("*.parquet"))]
    assert parts == ["2024-08-08T23", "2024-08-09T00"]
    before = lake.fingerprint()
    again = merge(lake, rows, Source(name="b", sha256="b", layout="test"))
    assert (again.added, again.already_there) == (0, 400)
    assert lake.fingerprint() == before
    assert list(lake.read_messages("binance", "none", QUOTES)) == []
    span = (START_NS + 10 * NS_PER_S, START_NS + 12 * NS_PER_S)
    assert read(lake, QUOTES, *span)["update_id"].tolist() == [10, 11]


def test_a_quote_of_a_known_number_must_be_the_same(tmp_path: Path, source: Source) -> None:
    lake = Lake(tmp_path)
    merge(lake, quotes(range(10)), source)
    result = merge(lake, quotes(range(8, 12), shift=1), source)
    assert (result.added, result.conflicts.tolist()) == (2, [0, 1])
    moved = quotes(range(10))
    moved["recv_ts_ns"] = moved["recv_ts_ns"] + NS_PER_HOUR
    assert len(merge(lake, moved, source).conflicts) == 10, "in whatever hour it comes again"


def test_messages_stay_whole_and_come_back_in_order(tmp_path: Path, source: Source) -> None:
    lake, rows = Lake(tmp_path), books(range(400))
    order = np.random.default_rng(2).permutation(400)
    shuffled = taken(rows, (order[:, None] * 3 + np.arange(3)).ravel())
    assert merge(lake, shuffled, source).added == 1_200
    assert same(read(lake, BOOKS), rows)
    names = [path.name[:15] for path in sorted((tmp_path / "lake").rglob("*.parquet"))]
    assert names == ["2024-08-08T2350", "2024-08-09T0000"]
    (series,) = lake.series()
    assert (series.kind, series.rows, series.gaps) == (BOOKS, 1_200, 0)
    assert merge(lake, rows, source).already_there == 1_200


def test_a_message_that_differs_in_one_level_is_set_aside_whole(
    tmp_path: Path, source: Source
) -> None:
    lake = Lake(tmp_path)
    merge(lake, books(range(4)), source)
    other = books(range(2, 6))
    other["size_u"] = other["size_u"] + np.array([0, 1, 0] + [0] * 9)
    result = merge(lake, other, source)
    assert (result.added, result.already_there, result.conflicts.tolist()) == (6, 3, [0, 1, 2])


def test_a_whole_book_comes_after_the_changes_that_it_ends_with(
    tmp_path: Path, source: Source
) -> None:
    lake = Lake(tmp_path)
    merge(lake, books([3], whole=True, levels=5), source)
    merge(lake, books(range(6)), source)
    found = read(lake, BOOKS)
    heads = found["ends"] == 1
    assert found["update_id"][heads].tolist() == [0, 10, 20, 30, 30, 40, 50]
    assert found["form"][heads].tolist() == [0, 0, 0, 0, 1, 0, 0]


def test_missing_messages_are_gaps_within_a_part_and_between_two(
    tmp_path: Path, source: Source
) -> None:
    rows = books(range(400), lost=[7, 300])
    kind = BookRows(BY_ID)
    assert kind.gaps_in(rows, always_open=True).gaps == 2
    assert np.flatnonzero(breaks(rows)).tolist() == [21, 900]
    lake = Lake(tmp_path)
    merge(lake, rows, source)
    assert lake.series()[0].gaps == 2
    seam = Lake(tmp_path / "seam")
    merge(seam, joined(books(range(100)), books(range(200, 400), lost=[200])), source)
    assert (seam.series()[0].gaps, seam.series()[0].missing) == (1, 1)
    whole = Lake(tmp_path / "whole")
    merge(whole, books(range(0, 400, 50), whole=True), source)
    assert whole.series()[0].gaps == 0
    futures = books(range(5))
    futures["before_id"] = futures["first_id"] - 1
    futures["first_id"] = futures["first_id"] + 4  # ids of other markets lie between
    assert kind.gaps_in(futures, always_open=True).gaps == 0


def test_without_numbers_a_message_is_its_time_and_what_it_says(
    tmp_path: Path, source: Source
) -> None:
    first, second = (books([1], shift, whole=True) for shift in (0, 1))
    kind = BookRows(BY_TIME)
    for rows in (first, second):
        rows["update_id"] = np.full(3, NO_UPDATE)
    lake = Lake(tmp_path)
    assert merge(lake, joined(first, second, first), source, kind).added == 6
    result = merge(lake, joined(second, first), source, kind)
    assert (result.added, result.already_there) == (0, 6)
    assert same(read(lake, BOOKS), joined(first, second)), "of one time, as they came"
    assert lake.series()[0].gaps == 0
    touch = quotes([1, 1, 2])
    touch["update_id"] = np.full(3, NO_UPDATE)
    assert merge(lake, touch, source, QuoteRows(BY_TIME)).added == 2


def test_a_clock_that_steps_back_does_not_change_the_order(tmp_path: Path, source: Source) -> None:
    rows = books(range(20))
    times = rows["exch_ts_ns"]
    rows["exch_ts_ns"] = np.where(rows["update_id"] == 50, times - 3 * NS_PER_S, times)
    lake = Lake(tmp_path)
    merge(lake, rows, source)
    assert same(read(lake, BOOKS), rows)
    inside = read(lake, BOOKS, START_NS + 2 * NS_PER_S, START_NS + 3 * NS_PER_S)
    assert inside["update_id"].tolist() == [20, 20, 20, 50, 50, 50]


@given(
    cuts=st.lists(st.lists(st.integers(0, 30), max_size=20), max_size=6),
    by_id=st.booleans(),
)
def test_the_order_of_merging_leaves_no_trace(cuts: list[list[int]], by_id: bool) -> None:
    kind = BookRows(BY_ID if by_id else BY_TIME)
    rows = no_rows(kind.form)
    for ids in cuts:
        if ids:
            rows = kind.merged(rows, books(ids)).rows
    wanted = sorted({one for ids in cuts for one in ids})
    assert same(rows, books(wanted) if wanted else no_rows(kind.form))


@pytest.mark.parametrize("period", ["T2350", "T0000"])
def test_a_period_is_named_by_its_first_minute(period: str) -> None:
    times = START_NS + np.array([0, 3 * NS_PER_MINUTE])
    assert period in " ".join(name for name, _ in BookRows(BY_ID).by_period(times))
