"""Books from files: what tears a message, hides a gap or is no book is told, and not stored."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sigma_cli.errors import CheckError, UsageError
from sigma_cli.runtime.ingest import Ingested, Request, ingest_files
from sigma_cli.runtime.progress import Silent
from sigma_cli.store.lake import Lake
from sigma_cli.store.query import ask

START_MS = 1_723_161_600_000


def take(store: Path, *paths: Path, **rest: Any) -> Ingested:
    request = {"venue": "binance", "kind": "books"} | rest
    return ingest_files(Request(paths=paths, **request), store, jump_max=0.5, progress=Silent())


def read(store: Path, market: str) -> list[tuple[int, ...]]:
    """Return update id, side and whether the message ends, of each level."""
    names = ("update_id", "side", "ends")
    batches = Lake(store).read_messages("binance", market, "books")
    return [
        row for one in batches for row in zip(*(one[name].tolist() for name in names), strict=True)
    ]


def notes(made: Ingested) -> str:
    return "; ".join(note.what for note in made.notes)


def rows(path: Path, *cells: str) -> Path:
    """Write levels: symbol, U, u, side, price, size."""
    names = ("symbol", "U", "u", "side", "price", "qty")
    split = zip(*(one.split(",") for one in cells), strict=True)
    columns = dict(zip(names, map(list, split), strict=True))
    times = {"event_ms": [START_MS] * len(cells), "recv_ns": [START_MS * 10**6] * len(cells)}
    pq.write_table(pa.table(columns | times), path)
    return path


def frames(path: Path, *told: dict[str, Any]) -> Path:
    path.write_text("\n".join(map(json.dumps, told)) + "\n")
    return path


BTC, ETH = (
    ["BTCUSDT,1,5,0,100,1", "BTCUSDT,1,5,1,101,1"],
    ["ETHUSDT,1,5,0,10,1", "ETHUSDT,1,5,1,11,1"],
)


@pytest.mark.parametrize("batch", [1, 2, 3, 100])
def test_markets_may_be_interleaved_level_by_level(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr("sigma_cli.store.sources.columnar.BATCH_ROWS", batch)
    path = rows(tmp_path / "i.parquet", BTC[0], ETH[0], BTC[1], ETH[1], "BTCUSDT,6,9,0,99,1")
    made = take(tmp_path, path)
    assert (made.added, made.quarantined) == (5, 0)
    assert read(tmp_path, "BTCUSDT") == [(5, 1, 0), (5, -1, 1), (9, 1, 1)]
    assert read(tmp_path, "ETHUSDT") == [(5, 1, 0), (5, -1, 1)]


@pytest.mark.parametrize("batch", [1, 3, 100])
def test_messages_that_were_torn_by_sorting_refuse_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr("sigma_cli.store.sources.columnar.BATCH_ROWS", batch)
    others = "BTCUSDT,6,9,0,99,1", "BTCUSDT,6,9,1,102,1"
    path = rows(tmp_path / "i.parquet", BTC[0], others[0], BTC[1], others[1])
    with pytest.raises(CheckError) as refused:
        take(tmp_path, path)
    assert "contradict each other (2)" in str(refused.value)
    told = "row 3: more levels of update 5, which began in row 1, after another message"
    assert told in str(refused.value)
    assert Lake(tmp_path).series() == ()
    assert take(tmp_path, rows(path, *BTC, *others, *BTC)).added == 4, "a repeat is none"


def whole(last: int, ms: int, **rest: Any) -> dict[str, Any]:
    sides = {"bids": [["100.0", "1.0"], ["99.0", "1.0"]], "asks": [["101.0", "1.0"]]}
    return {"lastUpdateId": last, "E": START_MS + ms, "symbol": "BTCUSDT"} | sides | rest


def changes(first: int, last: int, ms: int, price: str = "100.0", **rest: Any) -> dict[str, Any]:
    levels = {"b": [[price, "2.0"]], "a": []}
    told = {"e": "depthUpdate", "E": START_MS + ms, "s": "BTCUSDT", "U": first, "u": last}
    return told | levels | rest


@pytest.mark.parametrize(
    ("told", "gaps", "noted"),
    [
        ([whole(150, 0), changes(201, 205, 1), changes(206, 210, 2)], [(150, 205, 0, 1, None)], 1),
        (
            [whole(50, 0), changes(51, 100, 1), whole(150, 2), changes(201, 205, 3), whole(220, 4)],
            [(150, 205, 2, 3, 4)],
            1,
        ),
        ([changes(201, 205, 1), changes(206, 210, 2)], [(None, 205, 1, 1, None)], 0),
        ([changes(1, 5, 1), whole(8, 2), changes(6, 9, 3)], [(None, 5, 1, 1, 2)], 0),
        (
            [whole(50, 0), changes(51, 60, 1, "-1"), changes(61, 100, 2)],
            [(50, 100, 0, 2, None)],
            1,
        ),
        ([whole(50, 0), changes(45, 60, 1, pu=44), changes(61, 70, 2, pu=60)], [], 0),
        ([whole(50, 0), changes(55, 60, 1, pu=54)], [(50, 60, 0, 1, None)], 1),
    ],
)
def test_the_lake_says_where_no_book_is_known(
    tmp_path: Path, told: list[dict[str, Any]], gaps: list[tuple[Any, ...]], noted: int
) -> None:
    made = take(tmp_path, frames(tmp_path / "f.jsonl", *told))
    of_ms = ", ".join(
        f"epoch_ms({name}) - {START_MS}" for name in ("invalid_from", "seen", "valid_again")
    )
    statement = f"SELECT last_id, next_id, {of_ms} FROM book_gaps"
    found = ask(tmp_path, statement, rows_max=None, memory_mb=512, threads=2)
    assert list(found.rows) == gaps
    assert made.lines[0].gaps == noted
    assert (f"{noted} messages do not continue" in notes(made)) == bool(noted)


def test_a_frame_that_was_heard_of_in_the_future_is_set_aside(tmp_path: Path) -> None:
    ahead = whole(9, 0, recv_ns=4 * START_MS * 10**6)
    made = take(tmp_path, frames(tmp_path / "f.jsonl", whole(8, 0), ahead))
    assert made.reasons == {"in the future": 3}


# --- Frames -------------------------------------------------------------------------------------


def test_what_a_combined_stream_wraps_is_read_and_the_rest_counted(tmp_path: Path) -> None:
    def wrapped(name: str, data: dict[str, Any]) -> dict[str, Any]:
        return {"stream": f"btcusdt@{name}", "data": data, "recv_ns": START_MS * 10**6}

    nameless = whole(60, 0)
    del nameless["symbol"], nameless["E"]
    path = frames(
        tmp_path / "f.jsonl",
        *(
            {"result": None, "id": 1},
            {"e": "trade", "s": "BTCUSDT"},
            wrapped("trade", {"e": "trade"}),
        ),
        *(whole(50, 0), wrapped("depth@100ms", changes(51, 55, 1)), changes(56, 60, 2)),
        wrapped("depth20", nameless),
    )
    made = take(tmp_path, path)
    assert (made.added, made.markets, made.quarantined) == (8, 1, 0)
    assert "frames of the file left out: 1 of no type, 2 trade" in notes(made)


def test_types_without_end_are_counted_together(tmp_path: Path) -> None:
    odd = [{"e": f"type{n:02d}"} for n in range(30)]
    made = take(tmp_path, frames(tmp_path / "f.jsonl", whole(50, 0), *odd))
    assert "10 others, 1 type00, " in notes(made)


@pytest.mark.parametrize("level", ["lv", "level"])
def test_books_whose_prices_are_grouped_are_left_out(tmp_path: Path, level: str) -> None:
    unit = {"ap": 101.0, "bp": 100.0, "as": 1.0, "bs": 1.0}
    told = {"ty": "orderbook", "cd": "KRW-BTC", "obu": [unit]}
    books = [told | {"tms": START_MS + n, level: of} for n, of in enumerate((0, 10000, "0.1", 0.0))]
    made = take(tmp_path, frames(tmp_path / "f.jsonl", *books), venue="upbit")
    assert made.added == 4
    assert "frames of the file left out: 2 orderbook grouped by level" in notes(made)


def test_a_market_that_was_said_names_the_nameless(tmp_path: Path) -> None:
    nameless = whole(50, 0)
    del nameless["symbol"]
    path = frames(tmp_path / "f.jsonl", nameless, changes(51, 55, 1))
    assert take(tmp_path, path, market="BTCUSDT").added == 4
    assert take(tmp_path / "unsaid", path).reasons == {"no market": 3}


def test_a_book_without_any_time_is_told(tmp_path: Path) -> None:
    timeless = whole(50, 0)
    del timeless["E"]
    with pytest.raises(
        UsageError, match="row 1, the time is missing: timestamp, recv_ns are empty"
    ):
        take(tmp_path, frames(tmp_path / "f.jsonl", timeless))
