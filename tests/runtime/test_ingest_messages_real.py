"""Real recordings of books: rebuilt from snapshot and changes they are what the venue quoted."""

from pathlib import Path
from typing import Any

import pytest

from sigma_cli.errors import CheckError
from sigma_cli.runtime.ingest import Ingested, Request, ingest_files
from sigma_cli.runtime.progress import Silent
from sigma_cli.store.lake import Lake
from sigma_cli.store.message_rows import BOOKS
from sigma_cli.store.rebuilding import compare

pytestmark = pytest.mark.real

SPOT = "real_small/binance-spot-btcusdt-20240808"
L2 = "real_large/binance-l2-20240808"
TRX = "real_small/binance-trx-midnight-20250414"


def take(store: Path, *paths: Path, **rest: Any) -> Ingested:
    made = ingest_files(Request(paths=paths, **rest), store, jump_max=0.5, progress=Silent())
    assert made.quarantined == made.already_there == made.duplicates == 0
    return made


@pytest.mark.parametrize(
    ("prefix", "snapshot", "market", "counts"),
    [
        (f"{SPOT}/", "depth_snapshot", "BTCUSDT", (300_111, 73_174, 19_904, 1_072)),
        (f"{L2}/usdm_btcusdt_", "snapshot", "BTCUSDT", (445_521, 66_089, 21_313, 629)),
        (f"{L2}/cm_btcusd_perp_", "snapshot", "BTCUSD_PERP", (661_671, 48_355, 5_235, 1_885)),
    ],
)
def test_the_rebuilt_book_is_what_the_venue_quoted(
    tmp_path: Path,
    real_data: Path,
    prefix: str,
    snapshot: str,
    market: str,
    counts: tuple[int, int, int, int],
) -> None:
    venue = "binance" if prefix.startswith(SPOT) else "futures"
    request = {"venue": venue, "market": market}
    files = [real_data / f"{prefix}{name}" for name in ("depth.parquet", f"{snapshot}.json")]
    books = take(tmp_path, *files, kind="books", **request)
    quotes = take(tmp_path, real_data / f"{prefix}book_ticker.parquet", kind="quotes", **request)
    trades = take(tmp_path, real_data / f"{prefix}trades.parquet", kind="trades", **request)
    *rows, shared = counts
    assert [books.added, quotes.added, trades.added] == rows
    assert "our clock was behind the venue's, by 1.2" in trades.notes[0].what
    (name,) = {series.market for series in Lake(tmp_path).series()}
    found = compare(Lake(tmp_path), venue, name)
    assert (found.crossed, found.locked, found.gaps) == (0, 0, 0)
    assert (found.shared, found.equal, found.first_unequal) == (shared, shared, None)


def test_the_damaged_twin_is_refused_with_every_defect_and_the_clean_one_passes(
    tmp_path: Path, real_data: Path
) -> None:
    clean, damaged = (
        real_data / f"{TRX}/merged_{name}.csv.gz" for name in ("positive", "negative")
    )
    with pytest.raises(CheckError) as refused:
        take(tmp_path, damaged, venue="futures", kind="books")
    text = str(refused.value)
    for defect in (
        "contradict each other (3)",
        "row 1: received at 1744580000000000000 ns",
        "row 2: said to end its message, which goes on",
        "update 7267633953296 said to follow 7267631291190, but 7267631291191 came before it",
    ):
        assert defect in text
    assert Lake(tmp_path).series() == ()
    assert take(tmp_path, clean, venue="futures", kind="books").added == 9_657
    assert take(tmp_path, clean, venue="futures", kind="trades").added == 199
    found = compare(Lake(tmp_path), "futures", "TRXUSDT")
    assert (found.messages, found.gaps, found.crossed) == (156, 0, 0)


def test_a_raw_log_is_ingested_whole(tmp_path: Path, real_data: Path) -> None:
    path = real_data / "real_small/upbit-ws-raw-20210417.log.gz"
    assert take(tmp_path, path, venue="upbit", kind="trades").added == 304
    assert take(tmp_path, path, venue="upbit", kind="books").added == 145 * 30
    lake = Lake(tmp_path)
    messages = sum(
        int(batch["ends"].sum())
        for series in lake.series()
        if series.kind == BOOKS
        for batch in lake.read_messages("upbit", series.market, BOOKS)
    )
    assert messages == 145


def test_trades_with_holes_in_their_numbers(tmp_path: Path, real_data: Path) -> None:
    path = real_data / "real_small/binance-ltcusdt-trades-20250621/trades.parquet"
    made = take(tmp_path, path, venue="binance", market="LTCUSDT", kind="trades")
    assert (made.added, made.lines[0].gaps, made.lines[0].missing) == (53_325, 16, 168)
