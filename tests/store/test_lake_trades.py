import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from sigma_cli.domain.trades import NO_ID, TRADE_COLUMNS
from sigma_cli.domain.units import NS_PER_HOUR, NS_PER_MS, NS_PER_S
from sigma_cli.errors import OutsideError, UsageError
from sigma_cli.store.lake import Identity, Lake, MergeResult, Source
from sigma_cli.store.rows import TS_MAX_NS, Rows

START_NS = int(np.datetime64("2024-02-28T22:00", "ns").astype(np.int64))


def trades(
    ids: NDArray[np.int64] | range, shift: int = 0, *, numbered: bool = True
) -> dict[str, Any]:
    """Return one trade each ten seconds, whose every value follows from its number."""
    number = np.asarray(ids, np.int64)
    return {
        "exch_ts_ns": START_NS + number * 10 * NS_PER_S,
        "recv_ts_ns": START_NS + number * 10 * NS_PER_S + 7,
        "trade_id": number if numbered else np.full(len(number), NO_ID),
        "price_u": 1000 + number % 7 + shift,
        "size_u": 1 + number % 5,
        "side": (1 - number % 3).astype(np.int8),
    }


def merge(
    lake: Lake,
    rows: Rows,
    source: Source,
    market: str = "BTCUSDT",
    identity: Identity = Identity.TRADE_ID,
) -> MergeResult:
    lake.register_instrument("binance", market, 2, 5, always_open=True)
    return lake.merge_trades("binance", market, rows, source, identity)


def read(lake: Lake, *span: int) -> Rows:
    batches = list(lake.read_trades("binance", "BTCUSDT", *span))
    return {
        name: np.concatenate([np.empty(0, kind), *(batch[name] for batch in batches)])
        for name, kind in TRADE_COLUMNS.items()
    }


def same(one: Rows, other: Rows) -> bool:
    return all(np.array_equal(one[name], other[name]) for name in TRADE_COLUMNS)


def files(root: Path) -> list[Path]:
    return sorted(path for path in (root / "lake").rglob("*") if path.is_file())


def test_what_is_merged_is_read_back_in_order(tmp_path: Path, source: Source) -> None:
    rows = trades(range(1000))
    shuffled = np.random.default_rng(1).permutation(1000)
    result = merge(Lake(tmp_path), {name: rows[name][shuffled] for name in rows}, source)
    assert (result.added, result.already_there, len(result.conflicts)) == (1000, 0, 0)
    found = read(Lake(tmp_path))
    assert same(found, rows)
    assert {name: column.dtype for name, column in found.items()} == TRADE_COLUMNS
    assert [path.name[:13] for path in files(tmp_path)] == [
        "2024-02-28T22",
        "2024-02-28T23",
        "2024-02-29T00",
    ]
    assert list(Lake(tmp_path / "none").read_trades("binance", "BTCUSDT")) == []


def test_batches_are_never_larger_than_asked(tmp_path: Path, source: Source) -> None:
    lake = Lake(tmp_path)
    merge(lake, trades(range(1000)), source)
    batches = [len(one["side"]) for one in lake.read_trades("binance", "BTCUSDT", batch_rows=100)]
    assert max(batches) == 100
    assert sum(batches) == 1000


def test_what_is_the_same_in_every_row_reads_like_anything_else(
    tmp_path: Path, source: Source
) -> None:
    lake = Lake(tmp_path)
    alike = {"recv_ts_ns": np.zeros(1000, np.int64), "side": np.ones(1000, np.int8)}
    rows = trades(range(1000)) | alike
    rows["size_u"] = np.where(np.arange(1000) < 500, 3, rows["size_u"])  # in the first part
    merge(lake, rows, source)
    found = read(lake)
    assert same(found, rows)
    assert {name: column.dtype for name, column in found.items()} == TRADE_COLUMNS
    assert same(read(lake, START_NS + 1), {name: column[1:] for name, column in rows.items()})
    for named in (("exch_ts_ns", "size_u"), ("side",), ("recv_ts_ns", "side")):
        batches = list(lake.read_trades("binance", "BTCUSDT", batch_rows=77, columns=named))
        assert all(tuple(batch) == named for batch in batches)
        for name in named:
            assert np.array_equal(np.concatenate([one[name] for one in batches]), rows[name])


def test_files_tell_whether_anybody_noted_arrivals(tmp_path: Path, source: Source) -> None:
    lake, name = Lake(tmp_path), ("binance", "BTCUSDT", "trades")
    assert lake.unheard(*name, START_NS, TS_MAX_NS) == 0
    merge(lake, trades(range(500)) | {"recv_ts_ns": np.zeros(500, np.int64)}, source)
    assert lake.unheard(*name, START_NS, TS_MAX_NS) == 500
    assert lake.unheard(*name, START_NS + 1, TS_MAX_NS) is None, "a part is cut: who knows"
    assert lake.unheard(*name, START_NS, START_NS + 4990 * NS_PER_S) is None
    merge(lake, trades(range(500, 501)), source)
    assert lake.unheard(*name, START_NS, TS_MAX_NS) is None
    assert lake.unheard(*name, START_NS, START_NS + NS_PER_HOUR) == 360, "a part before"


@pytest.mark.parametrize(("first", "last"), [(0, 1000), (359, 361), (5, 5), (700, 720), (999, 999)])
def test_a_span_is_closed_on_the_left_only(
    tmp_path: Path, source: Source, first: int, last: int
) -> None:
    lake, rows = Lake(tmp_path), trades(range(1000))
    merge(lake, rows, source)
    end_ns = START_NS + last * 10 * NS_PER_S
    found = read(lake, int(rows["exch_ts_ns"][first]), end_ns)
    assert found["trade_id"].tolist() == list(range(first, last))


def test_the_same_trades_twice_add_nothing_and_write_nothing(
    tmp_path: Path, source: Source
) -> None:
    lake = Lake(tmp_path)
    merge(lake, trades(range(100)), source)
    before = files(tmp_path)
    later = trades(range(50, 100)) | {"recv_ts_ns": np.zeros(50, np.int64)}
    second = merge(lake, later, Source(name="b", sha256="b", layout="test"))
    assert (second.added, second.already_there, len(second.conflicts)) == (0, 50, 0)
    assert files(tmp_path) == before
    assert (read(lake)["recv_ts_ns"] > 0).all(), "what came first stays"


def test_a_number_that_comes_again_with_other_values_is_no_second_trade(
    tmp_path: Path, source: Source
) -> None:
    lake = Lake(tmp_path)
    merge(lake, trades(range(400)), source)
    result = merge(lake, trades(range(398, 402), shift=1), source)
    assert (result.added, result.conflicts.tolist()) == (2, [0, 1])


def test_a_number_is_known_in_whatever_hour_it_comes_again(tmp_path: Path, source: Source) -> None:
    lake = Lake(tmp_path)
    rows = trades(range(1000))
    merge(lake, rows, source)
    moved = rows | {"exch_ts_ns": rows["exch_ts_ns"] + 9 * NS_PER_HOUR}  # read in a wrong zone
    result = merge(lake, moved, source)
    assert (result.added, len(result.conflicts)) == (0, 1000)
    assert same(read(lake), rows)


def test_one_merge_sees_its_own_hours(tmp_path: Path, source: Source) -> None:
    rows = trades(np.array([5, 6, 5]))
    rows = rows | {"exch_ts_ns": np.array([0, 1, NS_PER_HOUR]) + START_NS}
    result = merge(Lake(tmp_path), rows, source)
    assert (result.added, result.conflicts.tolist()) == (2, [2])


def test_the_order_of_merging_leaves_no_trace_in_any_byte(tmp_path: Path, source: Source) -> None:
    whole, pieces = Lake(tmp_path / "whole"), Lake(tmp_path / "pieces")
    merge(whole, trades(range(1000)), source)
    for piece in np.array_split(np.random.default_rng(7).permutation(1000), 9):
        merge(pieces, trades(piece), source)
    assert pieces.fingerprint() == whole.fingerprint()


def test_without_numbers_equal_trades_are_kept_and_repeated_ones_not(
    tmp_path: Path, source: Source
) -> None:
    lake = Lake(tmp_path)
    rows = trades(np.array([3, 3, 3, 4]), numbered=False)
    assert merge(lake, rows, source, identity=Identity.ORDER).added == 4
    assert merge(lake, rows, source, identity=Identity.ORDER).added == 0
    more = trades(np.array([3, 3, 3, 3]), numbered=False)
    assert merge(lake, more, source, identity=Identity.ORDER).added == 1
    assert len(read(lake)["side"]) == 5


@pytest.mark.parametrize("other", [Identity.ORDER, Identity.AGGREGATE_ID])
def test_what_is_told_apart_otherwise_never_mixes(
    tmp_path: Path, source: Source, other: Identity
) -> None:
    lake = Lake(tmp_path)
    merge(lake, trades(range(10)), source)
    with pytest.raises(UsageError, match=f"told apart by {other}, .* by trade id: the two never"):
        merge(lake, trades(range(10, 20)), source, identity=other)
    made = Source(name="demo", sha256="dd", layout="test", synthetic=True)
    with pytest.raises(UsageError, match="demo holds generated rows"):
        merge(lake, trades(range(10, 20)), made)
    assert len(read(lake)["side"]) == 10


def test_a_listing_counts_the_numbers_that_are_missing(tmp_path: Path, source: Source) -> None:
    lake = Lake(tmp_path)
    merge(lake, trades(np.array([0, 1, 5, 6, 400, 401])), source)
    (series,) = lake.series()
    assert (series.kind, series.rows, series.parts) == ("trades", 6, 2)
    assert (series.gaps, series.missing) == (2, 3 + 393)
    assert not series.is_candles
    assert (series.first_ts_ns, series.last_ts_ns) == (START_NS, START_NS + 4010 * NS_PER_S)


def test_a_missing_part_is_named_and_mended_by_its_source_only(
    tmp_path: Path, source: Source
) -> None:
    lake, rows = Lake(tmp_path), trades(range(1000))
    merge(lake, rows, source)
    sound = lake.fingerprint()
    path = files(tmp_path)[1]
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(OutsideError, match="damaged") as caught:
        read(lake)
    assert "ingest again: a.csv" in caught.value.fix
    path.unlink()
    with pytest.raises(OutsideError, match="missing"):
        merge(lake, trades(range(400, 401)), Source(name="b", sha256="b", layout="test"))
    assert merge(lake, rows, source).added == 360
    assert same(read(lake), rows)
    assert lake.fingerprint() == sound


def test_a_flipped_bit_is_found(tmp_path: Path, source: Source) -> None:
    lake = Lake(tmp_path)
    merge(lake, trades(range(300)), source)
    (path,) = files(tmp_path)
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1
    path.write_bytes(content)
    with pytest.raises(OutsideError, match="damaged"):
        read(lake)


def test_times_numbers_and_clocks_are_differences_and_the_rest_has_few_values(
    tmp_path: Path, source: Source
) -> None:
    count = 50_000
    rng = np.random.default_rng(3)
    rows = trades(range(count)) | {
        "exch_ts_ns": START_NS + np.sort(rng.integers(0, 3000_000, count)) * NS_PER_MS,
        "recv_ts_ns": np.zeros(count, np.int64),
        "price_u": 1000 + np.cumsum(rng.integers(-1, 2, count)),
        "size_u": rng.integers(1, 200, count),
    }
    merge(Lake(tmp_path), rows, source)
    (path,) = files(tmp_path)
    assert path.stat().st_size / count < 5.1
    group = pq.ParquetFile(path).metadata.row_group(0)
    encodings = {group.column(i).path_in_schema: group.column(i).encodings for i in range(6)}
    for name in ("exch_ts_ns", "recv_ts_ns", "trade_id"):
        assert "DELTA_BINARY_PACKED" in encodings[name]
    for name in ("price_u", "size_u", "side"):
        assert "RLE_DICTIONARY" in encodings[name]


def test_a_store_from_before_there_were_trades_keeps_its_candles(
    tmp_path: Path, source: Source
) -> None:
    lake = Lake(tmp_path)
    lake.register_instrument("binance", "BTCUSDT", 2, 5, always_open=True)
    minutes = {
        name: np.array([START_NS if name == "open_ts_ns" else 1])
        for name in ("open_ts_ns", "open_u", "high_u", "low_u", "close_u", "volume_u")
    }
    lake.merge_candles("binance", "BTCUSDT", "1m", minutes, source)
    before = lake.fingerprint()
    old = sqlite3.connect(tmp_path / "catalogue.sqlite")
    for table, column in (("series", "identity"), ("parts", "id_min"), ("parts", "id_max")):
        old.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    old.execute("PRAGMA user_version = 2")
    old.commit()
    old.close()
    assert Lake(tmp_path).fingerprint() == before
    assert merge(Lake(tmp_path), trades(range(5)), source).added == 5
    assert [one.kind for one in Lake(tmp_path).series()] == ["candles-1m", "trades"]
