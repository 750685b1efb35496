"""Real recordings as a tape: nothing is lost, nothing arrives before it happens, both in order.

The recorder's clock was 1.27 s behind; Binance spot gives quotes and snapshots no time.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.events import EventKind
from sigma_cli.domain.units import NS_PER_MS
from sigma_cli.runtime.ingest import Request, ingest_files
from sigma_cli.runtime.periods import Period
from sigma_cli.runtime.progress import Silent
from sigma_cli.runtime.tape import Tape, open_tape
from sigma_cli.runtime.tape_clocks import FeedLatency
from sigma_cli.store.lake import Lake

pytestmark = pytest.mark.real

SPOT = "real_small/binance-spot-btcusdt-20240808"
FUTURES = "real_large/binance-l2-20240808/usdm_btcusdt_"
ALWAYS = Period(start_ns=1, end_ns=2**62, text="all")


def take(store: Path, prefix: str, snapshot: str, venue: str) -> None:
    files = {
        "trades": ["trades.parquet"],
        "quotes": ["book_ticker.parquet"],
        "books": ["depth.parquet", f"{snapshot}.json"],
    }
    for kind, names in files.items():
        paths = tuple(Path(f"{prefix}{name}") for name in names)
        request: Any = {"paths": paths, "venue": venue, "market": "BTCUSDT", "kind": kind}
        ingest_files(Request(**request), store, jump_max=0.5, progress=Silent())


def opened(store: Path, *markets: tuple[str, str], chunk_rows: int = 9_000) -> Tape:
    recorded = FeedLatency(kind="recorded")
    return open_tape(Lake(store), markets, ALWAYS, "book", recorded, chunk_rows)


def test_the_recorded_market_comes_off_the_tape_whole(tmp_path: Path, real_data: Path) -> None:
    take(tmp_path, f"{real_data / SPOT}/", "depth_snapshot", "binance")
    tape = opened(tmp_path, ("binance", "BTCUSDT"))
    last = {"venue": 0, "desk": 0}
    counts = np.zeros((2, 11), np.int64)
    book_ns: dict[str, int] = {}
    late = 0
    for chunk in tape:
        arrays = {3: chunk.trades, 4: chunk.quotes, 5: chunk.books}
        for rows in arrays.values():
            assert (rows["recv_ts_ns"] >= rows["exch_ts_ns"]).all()
        for n, (name, turns) in enumerate(
            (("venue", chunk.venue_turns), ("desk", chunk.desk_turns))
        ):
            times = turns["ts_ns"]
            assert (np.diff(times, prepend=last[name]) >= 0).all()
            last[name] = int(times[-1])
            counts[n] += np.bincount(turns["kind"], minlength=11)
        for kind, rows in arrays.items():
            of_kind = chunk.desk_turns["kind"] == kind
            desk = chunk.desk_turns[of_kind]
            assert (rows["recv_ts_ns"][desk["row"]] == desk["ts_ns"]).all()
        late += _hold_quotes_to_books(chunk.venue_turns, chunk.quotes, chunk.books, book_ns)
    assert (counts[0] == counts[1]).all()
    at_last = 1  # a minute after the last row the book counts as unknown
    assert counts[0, [3, 4, 5, 10]].tolist() == [19_904, 73_174, 6_494, at_last]
    assert late == 0
    (notes,) = tape.notes.markets
    assert (notes.untimed, notes.gaps, notes.moved, notes.unheard) == (73_175, 0, 0, 0)
    assert notes.silent == at_last
    assert notes.offset_ns == -1_276_159_997
    assert 3 * NS_PER_MS < notes.quantiles_ns[1] < 6 * NS_PER_MS


def _hold_quotes_to_books(
    turns: Records, quotes: Records, books: Records, last: dict[str, int]
) -> int:
    """Return how many books had their turn after a quote of the same or a greater number."""
    late = 0
    for kind, row in zip(turns["kind"].tolist(), turns["row"].tolist(), strict=True):
        if kind == EventKind.QUOTE:
            last["quote"] = max(last.get("quote", 0), int(quotes["update_id"][row]))
        elif kind == EventKind.BOOK:
            late += int(books["update_id"][row]) <= last.get("quote", 0)
    return late


def test_two_recorded_markets_share_a_tape(tmp_path: Path, real_data: Path) -> None:
    take(tmp_path, f"{real_data / SPOT}/", "depth_snapshot", "binance")
    take(tmp_path, f"{real_data}/{FUTURES}", "snapshot", "futures")
    names = (("futures", "BTCUSDT"), ("binance", "BTCUSDT"))
    alone = [next(iter(opened(tmp_path, name, chunk_rows=10**9))) for name in names]
    both = [*opened(tmp_path, *names)]
    for number, one in enumerate(alone):
        for order in ("venue_turns", "desk_turns"):
            times = np.concatenate(
                [
                    turns["ts_ns"][turns["market"] == number]
                    for turns in (getattr(c, order) for c in both)
                ]
            )
            assert times.tobytes() == getattr(one, order)["ts_ns"].tobytes()
