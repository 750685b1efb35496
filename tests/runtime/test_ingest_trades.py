"""Trades from files: every row is stored once, or set aside with its reason, whatever the file."""

import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sigma_cli.domain.trades import TRADE_COLUMNS
from sigma_cli.errors import UsageError
from sigma_cli.runtime import ingest, recordings
from sigma_cli.runtime.ingest import Ingested, Request, ingest_files
from sigma_cli.runtime.progress import Silent
from sigma_cli.store.lake import Lake
from sigma_cli.store.rows import Rows

START_MS = 1_723_161_600_000
"""2024-08-09 00:00 UTC"""
HEADER = "id,price,qty,quote_qty,time,is_buyer_maker"

Trade = tuple[int, float, float, float, int, str]


def trades(count: int, first: int = 0, step_ms: int = 250) -> list[Trade]:
    """Return good trades around 100.00, four a second."""
    level = 10_000 + np.cumsum(np.random.default_rng(first).integers(-2, 3, count))
    return [
        (n, price / 100, 0.5, 0.0, START_MS + n * step_ms, "true" if n % 3 else "false")
        for n, price in enumerate(level.tolist(), start=first)
    ]


def save(path: Path, columns: Mapping[str, NDArray[Any]]) -> Path:
    arrays: list[Any] = [pa.array(column) for column in columns.values()]
    pq.write_table(pa.Table.from_arrays(arrays, list(columns)), path)
    return path


def write(path: Path, rows: Iterable[Trade | str], header: str = HEADER) -> Path:
    lines = [row if isinstance(row, str) else ",".join(map(str, row)) for row in rows]
    path.write_text("\n".join([header, *lines] if header else lines) + "\n")
    return path


def take(store: Path, *paths: Path, **rest: Any) -> Ingested:
    request = {"venue": "binance", "kind": "trades"} | rest
    made = ingest_files(Request(paths=paths, **request), store, jump_max=0.5, progress=Silent())
    for line in made.lines:
        known = line.added + line.already_there + line.duplicates + line.quarantined
        assert line.read == known, "every row is accounted for"
    return made


def count_in(store: Path, price_exp: int, size_exp: int) -> None:
    """Fix how BTCUSDT is counted, which else leaves room for more digits than a file shows."""
    Lake(store).register_instrument("binance", "BTCUSDT", price_exp, size_exp, always_open=True)


def stored(store: Path, market: str = "BTCUSDT") -> Rows:
    batches = list(Lake(store).read_trades("binance", market))
    return {
        name: np.concatenate([np.empty(0, kind), *(batch[name] for batch in batches)])
        for name, kind in TRADE_COLUMNS.items()
    }


def quarantined(store: Path) -> list[dict[str, Any]]:
    files = sorted((store / "quarantine").glob("*.parquet"))
    return [row for file in files for row in pq.read_table(file).to_pylist()]


def test_trades_arrive_as_they_were_and_only_once(tmp_path: Path) -> None:
    rows = trades(500)
    path = write(tmp_path / "BTCUSDT-trades-2024-08-09.csv", rows)
    count_in(tmp_path, 2, 1)
    made = take(tmp_path, path)
    assert (made.kind, made.read, made.added, made.quarantined) == ("trades", 500, 500, 0)
    found = stored(tmp_path)
    assert found["exch_ts_ns"].tolist() == [row[4] * 10**6 for row in rows]
    assert found["price_u"].tolist() == [round(row[1] * 100) for row in rows]
    assert found["side"].tolist() == [-1 if row[5] == "true" else 1 for row in rows]
    assert found["trade_id"].tolist() == list(range(500))
    before = Lake(tmp_path).fingerprint()
    again = take(tmp_path, path)
    assert (again.added, again.already_there) == (0, 500)
    assert Lake(tmp_path).fingerprint() == before


def test_every_form_of_a_file_gives_the_same_lake(tmp_path: Path) -> None:
    rows = trades(300)
    plain = write(tmp_path / "BTCUSDT-trades-a.csv", rows, header="")
    headed = write(tmp_path / "BTCUSDT-trades-b.csv", rows)
    micro = [(*row[:4], row[4] * 1000, row[5]) for row in rows]
    us = write(tmp_path / "BTCUSDT-trades-c.csv", micro, header="")
    packed = tmp_path / "BTCUSDT-trades-d.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(plain, "BTCUSDT-trades-d.csv")
    backwards = write(tmp_path / "BTCUSDT-trades-e.csv", rows[::-1])
    prints = set()
    for path in (plain, headed, us, packed, backwards):
        store = tmp_path / path.name[-5:]
        assert take(store, path).added == 300, path.name
        prints.add(Lake(store).fingerprint())
    assert len(prints) == 1
    assert take(tmp_path / "a.csv", headed, us, packed, backwards).already_there == 1200


def test_bad_trades_are_set_aside_with_reasons_and_stay_the_same(tmp_path: Path) -> None:
    rows: list[Trade | str] = [*trades(200)]
    _, price, size, value, time, maker = trades(200)[100]
    rows += [
        (900, 0.0, size, value, time, maker),
        (901, price, 0.0, value, time, maker),
        (902, float("nan"), size, value, time, maker),
        (903, price, size, value, 4_000_000_000_000, maker),
        (904, 1e15, size, value, time, maker),
        (100, price, size + 1, value, time, maker),
        (100, price, size, value, time, maker),
        f",{price},{size},{value},{time},{maker}",
        "oops",
        (150, price * 3, size, value, time + 9 * 3_600_000, maker),
    ]
    path = write(tmp_path / "BTCUSDT.csv", rows)
    made = take(tmp_path, path)
    assert (made.added, made.duplicates) == (200, 1)
    assert made.reasons == {
        "price not positive": 1,
        "size not positive": 1,
        "not a number": 1,
        "in the future": 1,
        "too large": 1,
        "differs from the trade already of this number": 2,
        "no trade id": 1,
        "unreadable": 1,
    }
    before = quarantined(tmp_path)
    assert sorted(row["row"] for row in before) == [*range(201, 207), 208, 209, 210]
    (told,) = [row["detail"] for row in before if row["row"] == 206]
    assert told == "row 101 of the file came first and differs"
    again = take(tmp_path, path)
    assert (again.added, again.quarantined) == (0, 9)
    assert quarantined(tmp_path) == before


def test_another_file_never_overwrites(tmp_path: Path) -> None:
    rows = trades(10)
    take(tmp_path, write(tmp_path / "BTCUSDT-a.csv", rows))
    before = Lake(tmp_path).fingerprint()
    rows[3] = (3, 99.0, *rows[3][2:])
    made = take(tmp_path, write(tmp_path / "BTCUSDT-b.csv", rows))
    assert (made.added, made.already_there, made.quarantined) == (0, 9, 1)
    assert Lake(tmp_path).fingerprint() == before
    assert quarantined(tmp_path)[0]["detail"].startswith("the lake has another trade")


def test_a_misprint_is_set_aside_wherever_it_stands_and_a_move_is_kept(tmp_path: Path) -> None:
    rows = trades(40_000)  # three hours: the misprint is the first trade of the second
    rows[14_400] = (14_400, 1.0, *rows[14_400][2:])
    lower = [(row[0], row[1] / 4, *row[2:]) for row in trades(1000, 100_000)]
    path = write(tmp_path / "BTCUSDT.csv", [*rows, *lower])
    made = take(tmp_path, path)
    assert made.reasons == {"price jumps and comes back": 1}
    assert [row["row"] for row in quarantined(tmp_path)] == [14_401]
    notes = [note.what for note in made.notes]
    assert any(note.startswith("unadjusted split suspected, 4 for 1") for note in notes)
    (line,) = made.lines
    assert (line.gaps, line.missing) == (2, 1 + 60_000)


def test_disorder_is_noted_and_stored_in_order(tmp_path: Path) -> None:
    made = take(tmp_path, write(tmp_path / "BTCUSDT.csv", trades(100)[::-1]))
    assert "99 rows were earlier than the row before; stored in order" in made.notes[0].what
    assert (np.diff(stored(tmp_path)["exch_ts_ns"]) > 0).all()


def without_numbers(rows: list[Trade]) -> list[str]:
    return [f"{time},{price},{size},{maker}" for _, price, size, _, time, maker in rows]


NO_NUMBERS = "time,price,size,is_buyer_maker"


def test_without_numbers_every_trade_counts_and_no_file_twice(tmp_path: Path) -> None:
    lines = without_numbers([row for row in trades(200) for _ in range(row[0] % 3 + 1)])
    path = write(tmp_path / "BTCUSDT.csv", lines, header=NO_NUMBERS)
    assert take(tmp_path, path).added == len(lines)
    before = Lake(tmp_path).fingerprint()
    later = write(tmp_path / "BTCUSDT-b.csv", lines[50:], header=NO_NUMBERS)
    again = take(tmp_path, path, later)
    assert (again.added, again.already_there) == (0, 2 * len(lines) - 50)
    assert Lake(tmp_path).fingerprint() == before


def test_more_digits_than_the_market_has(tmp_path: Path) -> None:
    count_in(tmp_path, 2, 1)
    take(tmp_path, write(tmp_path / "BTCUSDT-a.csv", trades(10)))
    rows = trades(10, 10)
    rows[2] = (12, rows[2][1] + 0.001, *rows[2][2:])
    rows[3] = (13, rows[3][1], 0.54, *rows[3][3:])
    rows[4] = (14, rows[4][1], 0.04, *rows[4][3:])
    made = take(tmp_path, write(tmp_path / "BTCUSDT-b.csv", rows))
    assert made.reasons == {"more digits than the market has": 2}
    assert made.added == 8, "a size that others traded is a statistic: it is rounded"
    assert [note.what for note in made.notes] == ["1 sizes had more than 1 digits; rounded"]


def test_numbered_and_other_trades_never_mix(tmp_path: Path) -> None:
    take(tmp_path, write(tmp_path / "BTCUSDT.csv", trades(10)))
    for path in (
        write(tmp_path / "BTCUSDT-b.csv", without_numbers(trades(10)), header=NO_NUMBERS),
        write(tmp_path / "BTCUSDT-c.csv", [f"1,100.0,0.5,1,1,{START_MS},true"], header=""),
    ):
        with pytest.raises(UsageError, match="the two never mix"):
            take(tmp_path, path)


@pytest.mark.parametrize("numbered", [True, False])
@pytest.mark.parametrize("how", ["in order", "backwards", "a little off"])
def test_a_large_file_is_stored_in_pieces_as_if_it_were_small(
    tmp_path: Path, how: str, numbered: bool
) -> None:
    count = ingest.WAITING_MAX + 200_000
    rng = np.random.default_rng(5)
    columns: dict[str, NDArray[Any]] = {
        "timestamp": START_MS + np.sort(rng.integers(0, 3 * 3_600_000, count)),
        "price": 100.0 + rng.integers(0, 3, count),
        "size": 1.0 + rng.integers(0, 2, count),
        "side": np.where(rng.integers(0, 2, count), 1, -1),
    }
    if numbered:
        columns["trade_id"] = np.arange(count)
    order = {
        "in order": np.arange(count),
        "backwards": np.arange(count)[::-1],
        "a little off": np.argsort(np.arange(count) + rng.normal(0, 1000, count)),
    }[how]
    ordered = {name: column[order] for name, column in columns.items()}
    path = save(tmp_path / "BTCUSDT.parquet", ordered)
    count_in(tmp_path, 0, 0)
    made = take(tmp_path, path)
    assert (made.added, made.quarantined) == (count, 0)
    found = stored(tmp_path)
    assert found["exch_ts_ns"].tolist() == (columns["timestamp"] * 10**6).tolist()
    keys = ("exch_ts_ns", "price_u", "size_u", "side")
    wanted = zip(*(columns[name].tolist() for name in list(columns)[:4]), strict=True)
    assert sorted(zip(*(found[name].tolist() for name in keys), strict=True)) == sorted(
        (time * 10**6, round(price), round(size), side) for time, price, size, side in wanted
    )
    before = Lake(tmp_path).fingerprint()
    assert take(tmp_path, path).already_there == count
    assert Lake(tmp_path).fingerprint() == before


def test_far_out_of_order_only_numbers_can_tell_trades_apart(tmp_path: Path) -> None:
    count = recordings.DISORDER_MAX + 100_000
    shuffled = np.random.default_rng(2).permutation(count)
    columns = {"timestamp": START_MS + shuffled, "price": np.full(count, 5), "size": np.ones(count)}
    path = save(tmp_path / "BTCUSDT.parquet", columns)
    with pytest.raises(UsageError, match="sort the file by time"):
        take(tmp_path / "store", path)
    assert not (tmp_path / "store").exists()
    save(path, columns | {"trade_id": shuffled})
    assert take(tmp_path / "store", path).added == count
    assert (np.diff(stored(tmp_path / "store")["trade_id"]) == 1).all()


def test_a_column_names_the_market_of_each_trade(tmp_path: Path) -> None:
    lines = [
        f"{name},{n},{START_MS + n},{100 + n % 5},2,buy"
        for n in range(300)
        for name in ("BTCUSDT", "ETHUSDT", "ethusdt", "")
    ]
    path = write(tmp_path / "all.csv", lines, header="symbol,trade_id,time,price,size,side")
    made = take(tmp_path, path)
    assert made.reasons == {"no market": 300}
    assert {line.market: line.added for line in made.lines} == {
        "BTCUSDT": 300,
        "ETHUSDT": 300,
        "": 0,
    }
    assert made.duplicates == 300, "two names of one market"


@pytest.mark.parametrize("name", ["trades.csv", "aggTrades.csv", "trades-2024-08-08.csv"])
def test_what_is_in_a_file_is_no_market(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, trades(10))
    with pytest.raises(UsageError, match="give --market"):
        take(tmp_path, path)
    assert take(tmp_path, path, market="BTCUSDT").lines[0].market == "BTCUSDT"


@pytest.mark.parametrize(
    ("rest", "why"),
    [
        ({"interval": "1m"}, "trades have no interval"),
        ({"kind": "candles"}, "candles of which interval"),
        ({"columns": {"timestamp": "time"}}, "--map lacks price, size"),
        ({"columns": {"timestamp": "time", "price": "p", "size": "qty"}}, "no column 'p'"),
        ({"zone": "Mars"}, "no time zone"),
        ({"only": ("no", "x")}, "not there"),
    ],
)
def test_what_was_typed_wrong_is_said_before_anything_is_written(
    tmp_path: Path, rest: dict[str, Any], why: str
) -> None:
    path = write(tmp_path / "BTCUSDT.csv", trades(10))
    with pytest.raises(UsageError, match=why):
        take(tmp_path / "store", path, **rest)
    assert not (tmp_path / "store").exists()


def test_candles_are_no_trades(tmp_path: Path) -> None:
    path = write(
        tmp_path / "BTCUSDT.csv", ["1,2,3,1,2,9"], header="time,open,high,low,close,volume"
    )
    with pytest.raises(UsageError, match="no known layout of trades"):
        take(tmp_path, path)


rows_of_anything = st.lists(
    st.tuples(
        st.integers(0, 12),
        st.sampled_from([100.0, 100.0, 100.01, 99.99, 0.0, -1.0, 1e4, float("nan")]),
        st.sampled_from([1.0, 1.0, 0.0, -1.0, 0.123456789]),
        st.just(0.0),
        st.sampled_from([START_MS, START_MS + 1, START_MS + 3_600_000, 10**13]),
        st.sampled_from(["true", "false", "", "maybe"]),
    ),
    min_size=1,
    max_size=60,
)


@pytest.mark.parametrize("numbered", [True, False])
@settings(max_examples=20)
@given(rows=rows_of_anything)
def test_whatever_a_file_holds_is_accounted_for_and_idempotent(
    tmp_path_factory: pytest.TempPathFactory, numbered: bool, rows: list[Trade]
) -> None:
    store = tmp_path_factory.mktemp("store")
    given_rows = [*trades(12, 100), *rows]
    path = store / "BTCUSDT.csv"
    if numbered:
        write(path, given_rows)
    else:
        write(path, without_numbers(given_rows), header=NO_NUMBERS)
    first = take(store, path)
    set_aside, fingerprint = quarantined(store), Lake(store).fingerprint()
    assert first.read == len(given_rows)
    assert len(set_aside) == first.quarantined == sum(first.reasons.values())
    found = stored(store)
    assert len(found["side"]) == first.added
    assert (np.diff(found["exch_ts_ns"]) >= 0).all()
    assert (found["price_u"] > 0).all() and (found["size_u"] > 0).all()
    assert not numbered or len(np.unique(found["trade_id"])) == first.added
    again = take(store, path)
    assert (again.added, again.already_there) == (0, first.added)
    assert again.duplicates == first.duplicates
    assert quarantined(store) == set_aside
    assert Lake(store).fingerprint() == fingerprint
