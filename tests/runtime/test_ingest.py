import gzip
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigma_cli.errors import CheckError, OutsideError, UsageError
from sigma_cli.runtime.ingest import Ingested, Request, ingest_files
from sigma_cli.runtime.progress import Silent
from sigma_cli.store.lake import Lake

START_S = 1_756_684_800
"""2025-09-01 00:00 UTC"""
MINUTE_NS = 60 * 10**9
HEADER = "timestamp,open,high,low,close,volume"

Row = tuple[int, float, float, float, float, float]


class Watcher(Silent):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


def candles(count: int, start: int = 0, step_s: int = 60) -> list[Row]:
    """Return good candles around 4,000, on a tick of 1."""
    level = 4000 + np.cumsum(np.random.default_rng(start).integers(-2, 3, count))
    return [
        (START_S + (start + n) * step_s, c, c + 2.0, c - 2.0, c + 1.0, n / 8)
        for n, c in enumerate(level.astype(float).tolist())
    ]


def moved(row: Row, move: Callable[[float], float]) -> Row:
    """Return a row with other prices."""
    start, open_, high, low, close, size = row
    return (start, move(open_), move(high), move(low), move(close), size)


def scaled(rows: Iterable[Row], digits: int) -> list[Row]:
    """Return rows with so many digits in their prices."""
    return [moved(row, lambda price: round(price + 10.0**-digits, digits)) for row in rows]


def write(path: Path, rows: Iterable[Row | str], header: str = HEADER) -> Path:
    lines = [row if isinstance(row, str) else ",".join(map(str, row)) for row in rows]
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path


def ingest(store: Path, *paths: Path, progress: Silent | None = None, **rest: Any) -> Ingested:
    request = {"venue": "upbit", "interval": "1m"} | rest
    made = ingest_files(
        Request(paths=paths, **request), store, jump_max=0.5, progress=progress or Silent()
    )
    for line in made.lines:
        known = line.added + line.already_there + line.duplicates + line.quarantined
        assert line.read == known, "every row is accounted for"
    return made


def quarantined(store: Path) -> list[dict[str, Any]]:
    files = sorted((store / "quarantine").glob("*.parquet"))
    return [row for file in files for row in pq.read_table(file).to_pylist()]


def test_rows_arrive_as_they_were_and_only_once(tmp_path: Path) -> None:
    rows = candles(500)
    path = write(tmp_path / "XRP_KRW_1m.csv", rows)
    first = ingest(tmp_path, path)
    assert (first.read, first.added, first.markets, first.quarantined) == (500, 500, 1, 0)
    found = Lake(tmp_path).read_candles("upbit", "KRW-XRP", "1m")
    assert found["open_ts_ns"].tolist() == [row[0] * 10**9 for row in rows]
    exponents = Lake(tmp_path).instrument_exponents("upbit", "KRW-XRP")
    assert exponents == (1, 8), "at a tenth of the price the old tick was 0.1"
    assert found["high_u"].tolist() == [row[2] * 10 for row in rows]
    assert found["volume_u"].tolist() == [row[5] * 10**8 for row in rows]
    before = Lake(tmp_path).fingerprint()
    again = ingest(tmp_path, path)
    assert (again.added, again.already_there) == (0, 500)
    assert Lake(tmp_path).fingerprint() == before


def test_every_format_gives_the_same_lake(tmp_path: Path) -> None:
    rows = candles(300)
    names = HEADER.split(",")
    columns = dict(zip(names, zip(*rows, strict=True), strict=True))
    table = pa.table({name: list(cells) for name, cells in columns.items()})
    table = table.set_column(0, "timestamp", table["timestamp"].cast(pa.timestamp("s")))
    folder = tmp_path / "files"
    folder.mkdir()
    write(folder / "XRP_KRW.csv", rows)
    (folder / "XRP_KRW.csv.gz").write_bytes(gzip.compress((folder / "XRP_KRW.csv").read_bytes()))
    pq.write_table(table, folder / "XRP_KRW.parquet")
    pyarrow.feather.write_feather(table, str(folder / "XRP_KRW.feather"))
    records = [dict(zip(names, row, strict=True)) for row in rows]
    (folder / "XRP_KRW.jsonl").write_text("\n".join(map(json.dumps, records)))
    (folder / "XRP_KRW.json").write_text(json.dumps(records[::-1]))
    prints = set()
    for path in folder.iterdir():
        store = tmp_path / path.name
        assert ingest(store, path).added == 300, path.name
        prints.add(Lake(store).fingerprint())
    assert len(prints) == 1
    together = ingest(tmp_path / "together", folder)
    assert (together.files, together.added, together.already_there) == (6, 300, 1500)


def test_a_broken_line_costs_itself_only(tmp_path: Path) -> None:
    rows: list[Row | str] = [*candles(50), "1756688000,half a li", *candles(50, 50)]
    path = write(tmp_path / "XRP_KRW.csv", rows)
    watcher = Watcher()
    made = ingest(tmp_path, path, progress=watcher)
    assert (made.read, made.added, made.quarantined) == (101, 100, 1)
    assert made.reasons == {"unreadable": 1}
    assert watcher.notes == ["rows set aside in quarantine: 1 (1 unreadable)"]
    (row,) = quarantined(tmp_path)
    assert (row["row"], row["market"], row["raw"]) == (51, "KRW-XRP", "1756688000,half a li")


@pytest.mark.parametrize("cell", ["1,100", "100,5", "1_000", "about 5"])
def test_cells_that_are_no_numbers_are_shown(tmp_path: Path, cell: str) -> None:
    rows = [f'2025-09-01 00:0{n},"{cell}",1200,1000,1100,1' for n in range(5)]
    path = write(tmp_path / "XRP_KRW.csv", rows)
    with pytest.raises(UsageError, match=f"in row 1, open is no number: '{cell}'") as caught:
        ingest(tmp_path, path)
    assert "decimal point" in caught.value.fix


def test_a_korean_spreadsheet_is_read_and_said_to_be_one(tmp_path: Path) -> None:
    path = write(tmp_path / "XRP_KRW.csv", candles(10), header="시각,시가,고가,저가,종가,거래량")
    path.write_bytes(path.read_text(encoding="utf-8").encode("cp949"))
    parts = ("timestamp", "open", "high", "low", "close", "volume")
    columns = dict(zip(parts, ("시각", "시가", "고가", "저가", "종가", "거래량"), strict=True))
    made = ingest(tmp_path, path, columns=columns)
    assert made.added == 10
    assert [note.what for note in made.notes] == ["the file was read as cp949 text"]


def test_bad_rows_are_set_aside_with_reasons_and_stay_the_same(tmp_path: Path) -> None:
    rows = candles(100)
    start, open_, high, low, close, size = rows[50]
    bad: list[Row] = [
        (start + 7, open_, high, low, close, size),
        (START_S + 10**9 // 60 * 60, open_, high, low, close, size),
        (start + 6000, open_, open_ - 1, low, close, size),
        (start + 6060, open_, high, -1, close, size),
        (start + 6120, open_, high, low, close, -1),
        (start + 6180, float("nan"), high, low, close, size),
        (start + 6240, open_, 1e15, low, close, size),
        (start, open_, high + 1, low, close, size),
        (start, open_, high, low, close, size),
    ]
    path = write(tmp_path / "XRP_KRW.csv", [*rows, *bad])
    made = ingest(tmp_path, path)
    assert (made.added, made.duplicates, made.quarantined) == (100, 1, 8)
    assert made.reasons == {
        "time off the interval's grid": 1,
        "not closed yet": 1,
        "high or low inside open and close": 1,
        "price not positive": 1,
        "negative volume": 1,
        "not a number": 1,
        "too large": 1,
        "differs from the row already at this time": 1,
    }
    before = quarantined(tmp_path)
    assert [row["row"] for row in before] == list(range(101, 109))
    assert before[-1]["detail"] == "row 51 of the file came first and differs"
    again = ingest(tmp_path, path)
    assert (again.added, again.already_there, again.quarantined) == (0, 100, 8)
    assert quarantined(tmp_path) == before


def test_another_file_never_overwrites(tmp_path: Path) -> None:
    rows = candles(10)
    ingest(tmp_path, write(tmp_path / "XRP_KRW.csv", rows))
    before = Lake(tmp_path).fingerprint()
    rows[3] = (*rows[3][:5], 99.0)
    made = ingest(tmp_path, write(tmp_path / "XRP_KRW_b.csv", rows), market="KRW-XRP")
    assert (made.added, made.already_there, made.quarantined) == (0, 9, 1)
    assert Lake(tmp_path).fingerprint() == before
    assert quarantined(tmp_path)[0]["detail"].startswith("the lake has another row")


def test_a_spike_is_set_aside_and_a_jump_is_kept(tmp_path: Path) -> None:
    rows = candles(20)
    rows[10] = (rows[10][0], 9000.0, 9000.0, 8000.0, 8000.0, 1.0)
    lower: list[Row] = [
        (row[0], row[1] / 4, row[2] / 4, row[3] / 4, row[4] / 4, 1.0) for row in candles(20, 40)
    ]
    made = ingest(tmp_path, write(tmp_path / "XRP_KRW.csv", [*rows, *lower]))
    assert made.reasons == {"price jumps and comes back": 1}
    assert made.added == 39
    (note,) = [note.what for note in made.notes if "split" in note.what]
    assert note.startswith("unadjusted split suspected, 4 for 1")


def test_a_real_wick_is_kept_and_noted(tmp_path: Path) -> None:
    rows = [(START_S + 60 * n, 1e4, 1e4, 1e4, 1e4, 1.0) for n in range(20)]
    rows[10] = (rows[10][0], 1e4, 1e4, 4000.0, 1e4, 1.0)
    made = ingest(tmp_path, write(tmp_path / "XRP_KRW.csv", rows))
    assert (made.added, made.quarantined) == (20, 0)
    (note,) = Lake(tmp_path).notes("upbit", "KRW-XRP")
    assert (note.kind, note.ts_ns) == ("wick", rows[10][0] * 10**9)
    assert "10000 to 4000" in note.text


def test_notes_stay_with_the_market(tmp_path: Path) -> None:
    lower = [moved(row, lambda price: price / 4) for row in candles(20, 40)]
    path = write(tmp_path / "XRP_KRW.csv", [*candles(20)[::-1], *lower])
    first = ingest(tmp_path, path)
    ingest(tmp_path, path)
    ingest(tmp_path, write(tmp_path / "BTC_KRW.csv", candles(10)[::-1]))
    found = Lake(tmp_path).notes("upbit", "KRW-XRP", "1m")
    assert [note.kind for note in found] == ["disorder", "off tick", "unadjusted split"]
    assert found[2].ts_ns == lower[0][0] * 10**9
    assert [note.text for note in found] == [note.what for note in first.notes]
    assert Lake(tmp_path).notes("upbit", "KRW-XRP", "1h") == []
    assert len(Lake(tmp_path).notes("upbit", "KRW-BTC")) == 1


def test_gaps_are_counted_and_not_filled(tmp_path: Path) -> None:
    made = ingest(tmp_path, write(tmp_path / "XRP_KRW.csv", [*candles(10), *candles(10, 13)]))
    (line,) = made.lines
    assert (line.added, line.gaps, line.missing) == (20, 1, 3)


def test_disorder_is_noted_and_stored_in_order(tmp_path: Path) -> None:
    made = ingest(tmp_path, write(tmp_path / "XRP_KRW.csv", candles(10)[::-1]))
    assert made.added == 10
    assert "9 rows were earlier" in made.notes[0].what
    times = Lake(tmp_path).read_candles("upbit", "KRW-XRP", "1m")["open_ts_ns"]
    assert (np.diff(times) == MINUTE_NS).all()


def test_more_digits_than_the_market_has(tmp_path: Path) -> None:
    ingest(tmp_path, write(tmp_path / "XRP_KRW.csv", candles(10)))
    rows = candles(10, 10)
    start, open_, high, low, close, size = rows[4]
    rows[4] = (start, open_ + 0.01, high, low, close, size + 1e-9)
    rows[5] = (*rows[5][:5], 1.123456789)
    made = ingest(tmp_path, write(tmp_path / "XRP_KRW_b.csv", rows), market="KRW-XRP")
    assert made.reasons == {"more digits than the market has": 1}
    assert made.added == 9, "a volume is a statistic: it is rounded"
    assert "1 volumes had more than 8 digits" in made.notes[0].what


def btc(count: int, low: float) -> list[Row]:
    """Return candles of which one has a misprinted low."""
    rows = [(START_S + 60 * n, 150e6, 150e6 + 1000, 150e6 - 1000, 150e6, 0.5) for n in range(count)]
    rows[count // 2] = (*rows[count // 2][:3], low, *rows[count // 2][4:])
    return rows


@pytest.mark.parametrize(("venue", "low"), [("upbit", 1e-7), ("acme", 0.123456789)])
def test_one_misprint_decides_nothing(tmp_path: Path, venue: str, low: float) -> None:
    made = ingest(tmp_path, write(tmp_path / "KRW-BTC.csv", btc(300, low)), venue=venue)
    assert (made.added, made.quarantined) == (299, 1)


def test_a_file_of_which_nothing_is_kept_is_an_error(tmp_path: Path) -> None:
    rows = [(start, 1e17, 1e17, 1e17, 1e17, 1.0) for start, *_ in candles(20)]
    bad, good = write(tmp_path / "BTC_KRW.csv", rows), write(tmp_path / "XRP_KRW.csv", candles(20))
    ingest(tmp_path, write(tmp_path / "b.csv", btc(20, 150e6)), market="BTC_KRW")
    with pytest.raises(CheckError, match=r"BTC_KRW.csv \(20 too large\)") as caught:
        ingest(tmp_path, bad, good)
    assert "the other files are stored" in caught.value.fix
    assert Lake(tmp_path).instrument_exponents("upbit", "KRW-XRP") is not None


def test_a_market_without_a_good_row_is_not_registered(tmp_path: Path) -> None:
    rows = [(*row[:2], row[1] - 1, *row[3:]) for row in candles(20)]
    with pytest.raises(CheckError, match="high or low inside"):
        ingest(tmp_path, write(tmp_path / "XRP_KRW.csv", rows))
    assert Lake(tmp_path).instrument_exponents("upbit", "KRW-XRP") is None


@pytest.mark.parametrize("venue", ["binance", "acme"])
def test_it_does_not_matter_which_file_comes_first(tmp_path: Path, venue: str) -> None:
    first, second = scaled(candles(50), 1), scaled(candles(50, 50), 2)
    ingest(tmp_path, write(tmp_path / "BTCUSDT-1.csv", first), venue=venue, market="BTCUSDT")
    file = write(tmp_path / "BTCUSDT-2.csv", second)
    assert ingest(tmp_path, file, venue=venue, market="BTCUSDT").added == 50


def test_a_file_much_finer_than_the_market_is_refused(tmp_path: Path) -> None:
    ingest(tmp_path, write(tmp_path / "X-1.csv", scaled(candles(50), 1)), venue="acme", market="X")
    before = Lake(tmp_path).fingerprint()
    finer = write(tmp_path / "X-2.csv", scaled(candles(50, 50), 5))
    with pytest.raises(UsageError, match="50 of 50 rows of X have prices with more than 3 digits"):
        ingest(tmp_path, finer, venue="acme", market="X")
    assert Lake(tmp_path).fingerprint() == before and quarantined(tmp_path) == []


def test_a_column_names_the_market_of_each_row(tmp_path: Path) -> None:
    rows = [
        f"{name},{','.join(map(str, row))}"
        for row in candles(50)
        for name in ("KRW-XRP", "btc_krw", "nonsense", "")
    ]
    path = write(tmp_path / "all.csv", rows, header="symbol," + HEADER)
    made = ingest(tmp_path, path)
    assert (made.read, made.added, made.markets) == (200, 100, 2)
    assert made.reasons == {"no market": 100}
    only = ingest(tmp_path / "one", path, market="BTC_KRW")
    assert [line.market for line in only.lines if line.market] == ["KRW-BTC"]
    with pytest.raises(UsageError, match="nothing of KRW-SOL"):
        ingest(tmp_path, path, market="SOL_KRW")


def test_several_venues_in_a_file_are_taken_one_at_a_time(tmp_path: Path) -> None:
    rows = [
        f"{venue},{','.join(map(str, row))}" for venue in ("upbit", "other") for row in candles(20)
    ]
    path = write(tmp_path / "XRP_KRW.csv", rows, header="venue," + HEADER)
    with pytest.raises(UsageError, match="--only venue=other"):
        ingest(tmp_path, path)
    assert ingest(tmp_path, path, only=("venue", "upbit")).read == 20
    with pytest.raises(UsageError, match="not there"):
        ingest(tmp_path, path, only=("exchange", "upbit"))
    with pytest.raises(UsageError, match="no row"):
        ingest(tmp_path, path, only=("venue", "nowhere"))


def test_any_layout_by_map_zone_and_unit(tmp_path: Path) -> None:
    seoul = [
        (f"2025-09-01 09:{n:02d}", close, high, low, open_, size)
        for n, (_, open_, high, low, close, size) in enumerate(candles(30))
    ]
    lines = [",".join(map(str, row)) for row in seoul]
    path = write(tmp_path / "x.csv", lines, header="wann,zu,hoch,tief,auf,menge")
    with pytest.raises(UsageError, match="wann, zu, hoch, tief, auf, menge"):
        ingest(tmp_path, path, market="KRW-XRP")
    words = ["timestamp=wann", "open=auf", "high=hoch", "low=tief", "close=zu"]
    request = Request.typed(
        [str(path), *words],
        ["volume=menge"],
        None,
        venue="upbit",
        interval="1m",
        market="KRW-XRP",
        zone="Asia/Seoul",
    )
    made = ingest_files(request, tmp_path, 0.5, Silent())
    assert made.added == 30
    expected = tmp_path / "expected"
    ingest(expected, write(tmp_path / "XRP_KRW.csv", candles(30)))
    assert Lake(tmp_path).fingerprint() == Lake(expected).fingerprint()


@pytest.mark.parametrize(
    ("rest", "why"),
    [
        ({"interval": "1h"}, "type --interval 1m"),
        ({"interval": "7m"}, "no interval '7m'"),
        ({"zone": "Mars"}, "no time zone"),
        ({"market": "banana"}, "no market of upbit"),
        ({"venue": "No Such!"}, "can't name a venue"),
        ({"unit": "ns"}, "on no grid|no row"),
        ({"columns": {"timestamp": "timestamp"}}, "--map lacks"),
    ],
)
def test_what_was_typed_wrong_is_said_before_anything_is_written(
    tmp_path: Path, rest: dict[str, Any], why: str
) -> None:
    path = write(tmp_path / "XRP_KRW.csv", candles(100))
    store = tmp_path / "store"
    with pytest.raises(UsageError, match=why):
        ingest(store, path, **rest)
    assert not store.exists()


def test_words_that_are_no_request() -> None:
    with pytest.raises(UsageError, match="no file"):
        Request.typed(["open=o"], ["high=h"], None, venue="upbit", interval="1m")
    with pytest.raises(UsageError, match="NAME=VALUE"):
        Request.typed(["a.csv"], [], "venue", venue="upbit", interval="1m")


def test_no_market_is_no_guess(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="give --market"):
        ingest(tmp_path, write(tmp_path / "candles.csv", candles(10)))


def test_one_bad_file_stops_all_before_anything_is_written(tmp_path: Path) -> None:
    good = write(tmp_path / "XRP_KRW.csv", candles(100))
    table = pa.table({"timestamp": list(range(10_000))})
    whole, half = tmp_path / "whole.parquet", tmp_path / "BTC_KRW.parquet"
    pq.write_table(table, whole)
    half.write_bytes(whole.read_bytes()[:-100])
    (tmp_path / "empty.csv").touch()
    store = tmp_path / "store"
    with pytest.raises(OutsideError, match="can't read"):
        ingest(store, good, half)
    with pytest.raises(OutsideError, match="2 of 3 files") as caught:
        ingest(store, good, half, tmp_path / "empty.csv")
    assert "BTC_KRW.parquet" in str(caught.value) and "empty.csv" in str(caught.value)
    with pytest.raises(OutsideError, match="no such file"):
        ingest(store, good, tmp_path / "nowhere.csv")
    assert not store.exists()


def test_an_unknown_venue_is_told_and_taken(tmp_path: Path) -> None:
    watcher = Watcher()
    path = write(tmp_path / "eth-eur.csv", candles(10))
    made = ingest(tmp_path, path, venue="binanceus", progress=watcher)
    assert made.added == 10
    assert made.lines[0].market == "ETH-EUR"
    assert "did you mean 'binance'" in watcher.notes[0] and "upbit" in watcher.notes[0]


def test_a_slip_in_the_venue_makes_no_venue(tmp_path: Path) -> None:
    path = write(tmp_path / "eth-eur.csv", candles(10))
    with pytest.raises(UsageError, match="no venue 'upbti'; did you mean 'upbit'"):
        ingest(tmp_path / "store", path, venue="upbti")
    assert not (tmp_path / "store").exists()
    Lake(tmp_path).register_instrument("upbti", "OLD", 0, 0, always_open=True)
    assert ingest(tmp_path, path, venue="upbti").added == 10


def test_generated_and_recorded_rows_never_mix(tmp_path: Path) -> None:
    path = write(tmp_path / "XRP_KRW.csv", candles(10))
    ingest(tmp_path, path, synthetic=True)
    with pytest.raises(UsageError, match="never mix"):
        ingest(tmp_path, path)


def test_a_large_file_is_stored_in_pieces(tmp_path: Path) -> None:
    count = 600_000
    times = (START_S - 40_000_000 // 60 * 60 + 60 * np.arange(count)) * 1000
    price = 4000.0 + np.arange(count) % 7
    arrays: list[Any] = [pa.array(["XRP_KRW", "BTC_KRW"] * (count // 2)), pa.array(times)]
    arrays += [pa.array(price)] * 5
    table = pa.Table.from_arrays(arrays, ["symbol", *HEADER.split(",")])
    table = pa.concat_tables([table, table.slice(count - 5000, 100)])
    path = tmp_path / "large.parquet"
    pq.write_table(table, path)
    made = ingest(tmp_path, path, interval="1m")
    assert (made.read, made.added) == (count + 100, count)
    assert made.duplicates + made.already_there == 100
    assert made.quarantined == 0


rows_of_anything = st.lists(
    st.tuples(
        st.integers(0, 40),
        *[st.sampled_from([3990.0, 4000.0, 4000.5, 4010.0, 0.0, -1.0, 1e4, float("nan")])] * 4,
        st.sampled_from([0.0, 1.0, -1.0, 0.123456789]),
    ),
    min_size=1,
    max_size=60,
)


@settings(max_examples=30, deadline=None)
@given(rows_of_anything)
def test_whatever_a_file_holds_is_accounted_for_and_idempotent(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, *tuple[float, ...]]]
) -> None:
    store = tmp_path_factory.mktemp("store")
    lines = [f"{START_S + row[0] * 60},{','.join(map(str, row[1:]))}" for row in rows]
    path = write(store / "XRP_KRW.csv", [*candles(12, 100), *lines])
    first = ingest(store, path)
    set_aside, fingerprint = quarantined(store), Lake(store).fingerprint()
    assert first.read == len(rows) + 12
    assert len(set_aside) == first.quarantined == sum(first.reasons.values())
    found = Lake(store).read_candles("upbit", "KRW-XRP", "1m")
    assert len(found["open_ts_ns"]) == first.added
    assert (np.diff(found["open_ts_ns"]) > 0).all()
    assert (found["low_u"] > 0).all() and (found["high_u"] >= found["low_u"]).all()
    again = ingest(store, path)
    assert (again.added, again.already_there) == (0, first.added)
    assert again.duplicates == first.duplicates
    assert quarantined(store) == set_aside
    assert Lake(store).fingerprint() == fingerprint
