import os
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sigma_cli.domain.candles import CANDLE_COLUMNS
from sigma_cli.domain.units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE
from sigma_cli.errors import OutsideError, UsageError
from sigma_cli.store import candle_rows, parts
from sigma_cli.store import rows as columns
from sigma_cli.store.lake import Lake, MergeResult, Source
from sigma_cli.store.rows import Rows

RowsAt = Callable[..., Rows]
START_NS = int(np.datetime64("2024-02-28T00:00", "ns").astype(np.int64))


def minutes(*numbers: int) -> NDArray[np.int64]:
    return START_NS + np.array(numbers, np.int64) * NS_PER_MINUTE


def merge(lake: Lake, rows: Rows, source: Source, market: str = "KRW-BTC") -> MergeResult:
    lake.register_instrument("upbit", market, 0, 8, always_open=True)
    return lake.merge_candles("upbit", market, "1m", rows, source)


def read(lake: Lake, market: str = "KRW-BTC") -> Rows:
    return lake.read_candles("upbit", market, "1m")


def same(one: Rows, other: Rows) -> bool:
    return all(np.array_equal(one[name], other[name]) for name in CANDLE_COLUMNS)


def files(root: Path) -> list[Path]:
    return sorted(path for path in (root / "lake").rglob("*") if path.is_file())


def test_a_store_that_does_not_exist_is_empty_and_stays_so(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "none")
    assert lake.series() == ()
    assert len(read(lake)["open_ts_ns"]) == 0
    assert lake.instrument_exponents("upbit", "KRW-BTC") is None
    assert lake.collect() == 0
    assert not (tmp_path / "none").exists()


def test_what_is_merged_is_read_back(tmp_path: Path, rows_at: RowsAt, source: Source) -> None:
    rows = rows_at(minutes(*range(0, 5000, 3)))
    result = merge(Lake(tmp_path), rows, source)
    assert (result.added, result.already_there, len(result.conflicts)) == (1667, 0, 0)
    found = read(Lake(tmp_path))
    assert same(found, rows)
    assert {column.dtype for column in found.values()} == {np.dtype(np.int64)}


def test_the_same_rows_twice_add_nothing_and_write_nothing(
    tmp_path: Path, rows_at: RowsAt, source: Source
) -> None:
    lake = Lake(tmp_path)
    rows = rows_at(minutes(3, 1, 2, 1))
    first, before = merge(lake, rows, source), files(tmp_path)
    second = merge(lake, rows, source)
    assert (first.added, first.already_there) == (3, 1)
    assert (second.added, second.already_there, len(second.conflicts)) == (0, 4, 0)
    assert files(tmp_path) == before


def test_a_conflicting_row_is_reported_and_never_stored(
    tmp_path: Path, rows_at: RowsAt, source: Source
) -> None:
    lake = Lake(tmp_path)
    rows = rows_at(minutes(0, 1, 2))
    merge(lake, rows, source)
    result = merge(lake, rows_at(minutes(9, 2, 1), shift=5), source)
    assert (result.added, result.already_there, result.conflicts.tolist()) == (1, 0, [1, 2])
    assert same(lake.read_candles("upbit", "KRW-BTC", "1m", end_ns=minutes(9)[0]), rows)


def test_a_range_is_closed_on_the_left_only(
    tmp_path: Path, rows_at: RowsAt, source: Source
) -> None:
    lake = Lake(tmp_path)
    times = minutes(*range(0, 5 * 1440, 60))  # crosses into March: two parts
    merge(lake, rows_at(times), source)
    assert len(files(tmp_path)) == 2
    for start, end in ((0, 5), (40, 80), (48, 48), (0, 120), (71, 73), (72, 120)):
        end_ns = int(times[end]) if end < len(times) else int(times[-1]) + 1
        found = lake.read_candles("upbit", "KRW-BTC", "1m", int(times[start]), end_ns)
        assert found["open_ts_ns"].tolist() == times[start:end].tolist()


CHUNKS = st.lists(
    st.lists(st.tuples(st.integers(-2, 6), st.integers(0, 1)), min_size=1, max_size=12),
    max_size=6,
)


@given(CHUNKS)
@settings(max_examples=60)
def test_any_merges_equal_a_dictionary_that_keeps_what_came_first(
    chunks: list[list[tuple[int, int]]],
) -> None:
    model: dict[int, int] = {}
    with TemporaryDirectory() as folder:
        lake = Lake(Path(folder))
        for chunk in chunks:
            times = START_NS + np.array([day for day, _ in chunk]) * NS_PER_DAY
            values = np.array([value for _, value in chunk])
            rows = dict.fromkeys(CANDLE_COLUMNS, values) | {"open_ts_ns": times}
            result = merge(lake, rows, Source(name="x", sha256="x", layout="test"))
            fresh = len(set(times.tolist()) - set(model))
            for time_ns, value in zip(times.tolist(), values.tolist(), strict=True):
                model.setdefault(time_ns, value)
            wrong = [i for i, at in enumerate(times.tolist()) if model[at] != values[i]]
            assert (result.added, result.conflicts.tolist()) == (fresh, wrong)
            assert result.already_there == len(chunk) - fresh - len(wrong)
        found = read(lake)
    assert dict(zip(found["open_ts_ns"].tolist(), found["close_u"].tolist(), strict=True)) == model
    assert found["open_ts_ns"].tolist() == sorted(model)


def test_the_order_of_merging_leaves_no_trace_in_any_byte(
    tmp_path: Path, rows_at: RowsAt, source: Source
) -> None:
    times = minutes(*range(0, 5 * 1440, 7))
    whole = Lake(tmp_path / "whole")
    merge(whole, rows_at(times), source)
    shuffled = np.random.default_rng(7).permutation(times)
    pieces = Lake(tmp_path / "pieces")
    for piece in np.array_split(shuffled, 9):
        merge(pieces, rows_at(piece), source)
    assert pieces.fingerprint() == whole.fingerprint()
    merge(pieces, rows_at(minutes(1)), source)
    assert pieces.fingerprint() != whole.fingerprint()


def test_a_content_hash_ignores_what_lies_outside_its_range(
    tmp_path: Path, rows_at: RowsAt, source: Source
) -> None:
    lake = Lake(tmp_path)
    merge(lake, rows_at(minutes(0, 1)), source)
    ask = ("upbit", "KRW-BTC", "candles-1m", START_NS, START_NS + NS_PER_HOUR)
    before = lake.content_hash(*ask)
    merge(lake, rows_at(minutes(2 * 1440)), source)  # in March
    merge(lake, rows_at(minutes(0)), source, market="KRW-ETH")
    assert lake.content_hash(*ask) == before
    merge(lake, rows_at(minutes(5)), source)
    assert lake.content_hash(*ask) != before


def test_a_listing_counts_rows_gaps_and_sources(
    tmp_path: Path, rows_at: RowsAt, source: Source
) -> None:
    lake = Lake(tmp_path)
    merge(lake, rows_at(minutes(0, 1, 4)), source)
    merge(lake, rows_at(minutes(2880, 2882)), Source(name="b.csv", sha256="bb", layout="test"))
    (series,) = lake.series()
    assert (series.venue, series.market, series.interval) == ("upbit", "KRW-BTC", "1m")
    assert (series.rows, series.parts) == (5, 2)
    assert (series.first_ts_ns, series.last_ts_ns) == (minutes(0)[0], minutes(2882)[0])
    assert (series.gaps, series.missing) == (3, 2 + 2875 + 1)  # the second is between two parts
    assert series.sources == ("a.csv", "b.csv")
    assert not series.synthetic


def test_recorded_and_generated_candles_never_mix(
    tmp_path: Path, rows_at: RowsAt, source: Source
) -> None:
    lake = Lake(tmp_path)
    merge(lake, rows_at(minutes(0)), source)
    made = Source(name="demo", sha256="dd", layout="test", synthetic=True)
    with pytest.raises(UsageError, match="demo holds generated rows"):
        merge(lake, rows_at(minutes(1)), made)
    merge(lake, rows_at(minutes(1)), made, market="DEMO")
    assert [series.synthetic for series in lake.series()] == [True, False]
    with pytest.raises(UsageError, match=r"a\.csv holds recorded rows"):
        merge(lake, rows_at(minutes(1)), source, market="DEMO")


@pytest.mark.parametrize("market", ["BTC/USDT", "..", ".", "../../x", "^GSPC", "원", "a b"])
def test_any_name_of_a_market_stays_inside_the_lake(
    tmp_path: Path, rows_at: RowsAt, source: Source, market: str
) -> None:
    lake = Lake(tmp_path / "store")
    merge(lake, rows_at(minutes(0)), source, market=market)
    assert len(read(lake, market)["open_ts_ns"]) == 1
    (file,) = files(tmp_path / "store")
    assert len(file.relative_to(tmp_path / "store").parts) == 5
    assert [path.name for path in tmp_path.iterdir()] == ["store"]


def damaged(root: Path, how: str) -> Path:
    """Damage the first part of the lake and return it."""
    path = files(root)[0]
    content = path.read_bytes()
    if how == "cut in half":
        path.write_bytes(content[: len(content) // 2])
    elif how == "a flipped bit":
        middle = len(content) // 3
        path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "another part":
        path.write_bytes(parts.encoded(candle_rows.FORM, columns.no_rows(candle_rows.FORM))[0])
    else:
        path.unlink()
    return path


DAMAGES = ["cut in half", "a flipped bit", "empty", "another part", "missing"]


@pytest.mark.parametrize("how", DAMAGES)
def test_a_damaged_part_is_named_with_what_to_ingest_again(
    tmp_path: Path, rows_at: RowsAt, source: Source, how: str
) -> None:
    lake = Lake(tmp_path)
    merge(lake, rows_at(minutes(*range(1000))), source)
    path = damaged(tmp_path, how)
    with pytest.raises(OutsideError, match=r"damaged|missing") as caught:
        read(lake)
    assert caught.value.where == str(path)
    assert "ingest again: a.csv" in caught.value.fix


@pytest.mark.parametrize("how", DAMAGES)
def test_a_damaged_part_is_mended_by_deleting_it_and_ingesting_again(
    tmp_path: Path, rows_at: RowsAt, source: Source, how: str
) -> None:
    lake = Lake(tmp_path)
    rows = rows_at(minutes(*range(1000)))
    merge(lake, rows, source)
    sound = lake.fingerprint()
    path = damaged(tmp_path, how)
    other = Source(name="b.csv", sha256="bb", layout="test")
    with pytest.raises(OutsideError):  # it would hide that rows of a.csv are lost
        merge(lake, rows_at(minutes(1001)), other)
    path.unlink(missing_ok=True)
    with pytest.raises(OutsideError):
        merge(lake, rows_at(minutes(1001)), other)
    assert merge(lake, rows, source).added == 1000
    assert same(read(lake), rows)
    assert lake.fingerprint() == sound


def test_what_nothing_needed_for_a_day_is_collected(
    tmp_path: Path, rows_at: RowsAt, source: Source
) -> None:
    lake = Lake(tmp_path)
    merge(lake, rows_at(minutes(0)), source)
    merge(lake, rows_at(minutes(1)), source)
    folder = files(tmp_path)[0].parent
    for name in (".left.parquet.1.tmp", "orphan.parquet"):
        (folder / name).write_bytes(b"x")
    assert lake.collect() == 0
    assert len(files(tmp_path)) == 4
    day_ago = time.time_ns() - NS_PER_DAY - NS_PER_HOUR
    for path in files(tmp_path):
        os.utime(path, ns=(day_ago, day_ago))
    assert lake.collect() == 2  # the superseded part has rested for a moment only
    assert len(files(tmp_path)) == 2
    assert len(read(lake)["open_ts_ns"]) == 2
