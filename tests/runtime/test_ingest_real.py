"""Ingest of real recordings: what is known of them must come out."""

import os
from pathlib import Path
from typing import Any

import pytest

from sigma_cli.runtime.ingest import Ingested, Request, ingest_files
from sigma_cli.runtime.progress import Silent
from sigma_cli.store.lake import Lake

REAL = os.environ.get("SIGMA_REAL_DATA", "")
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not REAL, reason="SIGMA_REAL_DATA is not set"),
]
LARGE = Path(REAL) / "real_large"


def ingest(store: Path, *names: str, **rest: Any) -> Ingested:
    paths = [LARGE / name for name in names]
    assert all(path.exists() for path in paths)
    return ingest_files(Request(paths=paths, **rest), store, 0.5, Silent())


def notes(made: Ingested, market: str, word: str) -> list[str]:
    return [note.what for note in made.notes if note.market == market and word in note.what]


def wicks(store: Path) -> int:
    return sum(note.kind == "wick" for _, _, note in Lake(store).catalogue.notes())


def test_upbit_minutes(tmp_path: Path) -> None:
    wanted = {
        "KRW-BTC": 30_238,
        "KRW-ETH": 30_240,
        "KRW-SOL": 30_229,
        "KRW-XRP": 30_240,
        "KRW-DOGE": 30_099,
    }
    files = [
        f"upbit-krw-1m-20250901_0921/{name.removeprefix('KRW-')}_KRW_1m.parquet" for name in wanted
    ]
    made = ingest(tmp_path, *files, venue="upbit", interval="1m")
    assert {line.market: line.added for line in made.lines} == wanted
    assert made.quarantined == 0
    found = {series.market: series for series in Lake(tmp_path).series()}
    assert {market: series.rows for market, series in found.items()} == wanted
    assert found["KRW-DOGE"].missing == 141
    assert notes(made, "KRW-DOGE", "between two ticks")
    before = Lake(tmp_path).fingerprint()
    again = ingest(tmp_path, *files, venue="upbit", interval="1m")
    assert (again.added, again.already_there) == (0, 151_046)
    assert Lake(tmp_path).fingerprint() == before


def test_us_minutes_of_415_symbols(tmp_path: Path) -> None:
    made = ingest(tmp_path, "us-1m-201912_202001", venue="us", interval="1m")
    assert (made.read, made.markets) == (1_537_017, 415)
    (spy,) = (line for line in made.lines if line.market == "SPY")
    assert spy.duplicates == 5_071
    assert notes(
        made, "SPY", "5075 rows are at the time of an earlier row: 5071 repeat it, 4 differ"
    )
    assert notes(made, "UGAZ", "split declared, 1 for 10, prices not adjusted")
    assert notes(made, "^UGAZ", "unadjusted split suspected")
    assert made.reasons == {
        "not a number": 104,
        "price not positive": 10,
        "differs from the row already at this time": 6,
    }


def test_days_of_us_stocks_have_their_splits(tmp_path: Path) -> None:
    made = ingest(tmp_path, "lean-us-bars/daily.parquet", venue="us", interval="1d")
    assert made.read == 70_025
    splits = " ".join(notes(made, "AAPL", "split suspected"))
    assert [date in splits for date in ("2000-06-21", "2005-02-28", "2014-06-09", "2020-08-31")]
    assert splits.count("suspected") == 4
    assert made.reasons == {"price jumps and comes back": 1}
    assert wicks(tmp_path) == 6
    assert not notes(made, "AIG", "comes back"), "September 2008 was real"
    first = Lake(tmp_path).read_candles("us", "AAA", "1d")["open_ts_ns"][0]
    assert first == 1_022_025_600 * 10**9, "2002-05-22, by its date"


def test_old_minutes_have_misprints_and_fractions(tmp_path: Path) -> None:
    made = ingest(tmp_path, "etf-minute-hist", venue="us", interval="1m")
    assert made.read == 871_224 + 705_626
    assert made.reasons == {"price jumps and comes back": 21}
    assert wicks(tmp_path) == 113
    assert notes(made, "QQQ", "2 for 1: 221.625 to 111")
    assert notes(made, "IWM", "2 for 1: 123.43 to 61.77")
    assert Lake(tmp_path).instrument_exponents("us", "QQQ") == (8, 0), "1/256 dollar"


@pytest.mark.parametrize(
    ("name", "rest", "read"),
    [
        ("upbit-krw-1h-2022_2024H1", {"venue": "upbit", "interval": "1h"}, 131_103),
        ("lean-us-bars/hour.parquet", {"venue": "us", "interval": "1h"}, 228_527),
        ("lean-us-bars/minute_trade.parquet", {"venue": "us", "interval": "1m"}, 21_258),
        ("lean-us-bars/second_trade.parquet", {"venue": "us", "interval": "1s"}, 245_859),
        ("stocknet-daily", {"venue": "us", "interval": "1d"}, 108_592),
        ("lean-crypto/second_trade.parquet", {"venue": "coinbase", "interval": "1s"}, 11_520),
        (
            "lean-crypto/minute_trade.parquet",
            {
                "venue": "binance",
                "interval": "1m",
                "only": ("venue", "crypto-binance"),
            },
            1_440,
        ),
        (
            "../real_small/us-1m-gme-aapl-202203",
            {"venue": "us", "interval": "1m"},
            24_269,
        ),
    ],
)
def test_every_other_table_of_candles(
    tmp_path: Path, name: str, rest: dict[str, Any], read: int
) -> None:
    made = ingest(tmp_path, name, **rest)
    assert made.read == read
    assert made.quarantined <= 5
    assert made.added == made.read - made.quarantined - made.duplicates


@pytest.mark.parametrize(
    ("name", "rest", "read", "missing"),
    [
        ("../real_small/binance-ltcusdt-trades-20250621", {"market": "LTCUSDT"}, 53_325, 168),
        (
            "../real_small/binance-spot-btcusdt-20240808/trades.parquet",
            {"market": "BTCUSDT"},
            19_904,
            0,
        ),
        ("binance-l2-20240808/usdm_btcusdt_trades.parquet", {"venue": "usdm"}, 21_313, 0),
        ("binance-l2-20240808/cm_btcusd_perp_trades.parquet", {"venue": "coinm"}, 5_235, 0),
        ("lean-us-tick-201310/aig_trade.parquet", {"venue": "us"}, 206_337, 0),
    ],
)
def test_every_recording_of_trades(
    tmp_path: Path, name: str, rest: dict[str, Any], read: int, missing: int
) -> None:
    asked = {"venue": "binance", "kind": "trades"} | rest
    made = ingest(tmp_path, name, **asked)
    assert (made.read, made.added, made.quarantined) == (read, read, 0)
    (series,) = Lake(tmp_path).series()
    assert (series.rows, series.missing) == (read, missing)
    before = Lake(tmp_path).fingerprint()
    assert ingest(tmp_path, name, **asked).already_there == read
    assert Lake(tmp_path).fingerprint() == before
