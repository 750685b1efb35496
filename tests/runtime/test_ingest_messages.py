"""Quotes and books from files: stored whole, or set aside with a reason, or the file is refused."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sigma_cli.domain.books import BOOK_COLUMNS, NO_UPDATE, QUOTE_COLUMNS, BookForm, BookSide
from sigma_cli.errors import CheckError, SigmaError, UsageError
from sigma_cli.runtime import ingest
from sigma_cli.runtime.ingest import Ingested, Request, ingest_files
from sigma_cli.runtime.progress import Silent
from sigma_cli.store.lake import Lake
from sigma_cli.store.rebuilding import compare
from sigma_cli.store.sources import continuity

START_MS = 1_723_161_600_000
NS_PER_MS = 1_000_000
Level = tuple[int, float, float]
"""Side as recorders write it (0 bid, 1 ask), price, size."""
Message = tuple[int, int, int, Sequence[Level]]
"""U, u, pu, levels."""


def take(store: Path, *paths: Path, **rest: Any) -> Ingested:
    request = {"venue": "binance", "market": "BTCUSDT", "kind": "books"} | rest
    made = ingest_files(Request(paths=paths, **request), store, jump_max=0.5, progress=Silent())
    for line in made.lines:
        known = line.added + line.already_there + line.duplicates + line.quarantined
        assert line.read == known, "every row is accounted for"
    return made


def save(path: Path, columns: Mapping[str, Any]) -> Path:
    table = {name: pa.array(column) for name, column in columns.items()}
    pq.write_table(pa.table(table), path)
    return path


def depth(path: Path, messages: Sequence[Message], **changed: Any) -> Path:
    """Write messages as recorders do: a level a row, a message each 100 ms."""
    rows = [
        (START_MS + 100 * n, first, last, before, *level)
        for n, (first, last, before, levels) in enumerate(messages)
        for level in levels
    ]
    names = ("event_ms", "U", "u", "pu", "side", "price", "qty")
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    columns["recv_ns"] = [ms * NS_PER_MS + 5_000_000 for ms in columns["event_ms"]]
    return save(path, columns | changed)


def snapshot(path: Path, last: int, **sides: Any) -> Path:
    told = {"bids": [["99.5", "2.0"], ["99.0", "1"]], "asks": [["100.5", "3"]]} | sides
    recv_ns = START_MS * NS_PER_MS
    path.write_text(json.dumps({"recv_ns": recv_ns, "lastUpdateId": last} | told))
    return path


def ticker(path: Path, rows: Sequence[tuple[Any, ...]], **changed: Any) -> Path:
    """Write quotes: update id, bid, its size, ask, its size."""
    names = ("update_id", "bid", "bid_qty", "ask", "ask_qty")
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    columns["recv_ns"] = [START_MS * NS_PER_MS + n for n in range(len(rows))]
    columns["event_ms"] = [0] * len(rows)
    return save(path, columns | changed)


def read(store: Path, kind: str, market: str = "BTCUSDT", venue: str = "binance") -> dict[str, Any]:
    types = BOOK_COLUMNS if kind == "books" else QUOTE_COLUMNS
    batches = list(Lake(store).read_messages(venue, market, kind))
    return {
        name: np.concatenate([np.empty(0, of), *(batch[name] for batch in batches)]).tolist()
        for name, of in types.items()
    }


def notes(made: Ingested) -> str:
    return "; ".join(note.what for note in made.notes)


GOOD: list[Message] = [
    (1, 5, 0, [(0, 99.0, 1.0), (1, 101.0, 1.0)]),
    (6, 9, 0, [(0, 99.5, 0.5)]),
    (10, 12, 0, [(0, 99.5, 0.0), (1, 100.0, 2.0)]),
    (13, 13, 0, [(1, 100.0, 0.0)]),
]


# --- Books --------------------------------------------------------------------------------------


def test_changes_and_a_snapshot_build_the_book_of_the_quotes(tmp_path: Path) -> None:
    files = depth(tmp_path / "depth.parquet", GOOD), snapshot(tmp_path / "snap.json", 8)
    made = take(tmp_path, *files)
    assert (made.added, made.quarantined, made.notes) == (9, 0, ())
    found = read(tmp_path, "books")
    assert found["update_id"] == [5, 5, 8, 8, 8, 9, 12, 12, 13]
    assert found["form"] == [0, 0, 1, 1, 1, 0, 0, 0, 0]
    assert found["side"] == [1, -1, 1, 1, -1, 1, 1, -1, -1]
    assert found["ends"] == [0, 1, 0, 0, 1, 1, 0, 1, 1]
    assert found["exch_ts_ns"][2:5] == [0, 0, 0], "the venue does not say when"
    assert set(found["before_id"]) == {NO_UPDATE}
    quotes = [(9, 99.5, 0.5, 100.5, 3.0), (11, 99.5, 0.5, 100.5, 3.0), (12, 99.0, 1.0, 100.0, 2.0)]
    take(tmp_path, ticker(tmp_path / "t.parquet", quotes), kind="quotes")
    agreement = compare(Lake(tmp_path), "binance", "BTCUSDT")
    assert (agreement.messages, agreement.shared, agreement.equal) == (4, 2, 2)
    assert (agreement.quotes, agreement.gaps, agreement.crossed) == (3, 0, 0)
    before = Lake(tmp_path).fingerprint()
    again = take(tmp_path, *reversed(files))
    assert (again.added, again.already_there) == (0, 9)
    assert Lake(tmp_path).fingerprint() == before


def test_the_name_of_a_file_tells_the_market(tmp_path: Path) -> None:
    take(tmp_path, depth(tmp_path / "ETHUSDT_depth.parquet", GOOD), market=None)
    take(tmp_path, snapshot(tmp_path / "depth_snapshot-ETHUSDT.json", 8), market=None)
    (series,) = Lake(tmp_path).series()
    assert (series.market, series.rows) == ("ETHUSDT", 9)


@pytest.mark.parametrize("name", ["book_ticker", "bookTicker", "quotes"])
def test_the_name_of_a_kind_is_no_market(tmp_path: Path, name: str) -> None:
    path = ticker(tmp_path / f"{name}.parquet", [(1, 99.0, 1.0, 100.0, 1.0)])
    with pytest.raises(UsageError, match="tells the market"):
        take(tmp_path / "store", path, market=None, kind="quotes")


def test_a_quote_that_the_book_does_not_have_is_found(tmp_path: Path) -> None:
    take(tmp_path, depth(tmp_path / "d.parquet", GOOD), snapshot(tmp_path / "s.json", 8))
    quotes = [(9, 99.5, 0.5, 100.5, 3.0), (12, 99.0, 1.5, 100.0, 2.0), (13, 99.0, 1.0, 101.0, 3.0)]
    take(tmp_path, ticker(tmp_path / "t.parquet", quotes), kind="quotes")
    agreement = compare(Lake(tmp_path), "binance", "BTCUSDT")
    assert (agreement.shared, agreement.equal, agreement.first_unequal) == (3, 1, 12)


@pytest.mark.parametrize(
    ("level", "reason"),
    [
        ((0, float("nan"), 1.0), "not a number"),
        ((0, 0.0, 1.0), "price not positive"),
        ((0, 99.0, -1.0), "size not positive"),
        ((0, 99.0, 1e-12), "more digits than the market has"),
        ((0, 1e20, 1.0), "too large"),
    ],
)
def test_a_message_with_a_bad_level_is_set_aside_whole(
    tmp_path: Path, level: Level, reason: str
) -> None:
    messages = [*GOOD[:2], (10, 12, 0, [(0, 99.5, 0.0), level, (1, 100.0, 2.0)]), GOOD[3]]
    made = take(tmp_path, depth(tmp_path / "d.parquet", messages))
    assert made.reasons == {reason: 1, "another level of its message is bad": 2}
    assert set(read(tmp_path, "books")["update_id"]) == {5, 9, 13}
    assert made.lines[0].gaps == 1, "and the lake says that something is missing"
    assert "1 messages do not continue the one before" in notes(made)


def test_a_price_twice_in_one_message_and_a_number_used_twice(tmp_path: Path) -> None:
    twice: Message = (14, 15, 0, [(0, 99.0, 1.0), (1, 101.0, 1.0), (0, 99.0, 2.0)])
    other: Message = (14, 13, 0, [(1, 100.0, 7.0)])
    path = depth(tmp_path / "d.parquet", [*GOOD, twice, GOOD[1], other])
    made = take(tmp_path, path)
    assert made.reasons == {
        "a price twice in one message": 3,
        "differs from the update already of this number": 1,
    }
    assert (made.duplicates, made.added) == (1, 6)
    ahead = depth(tmp_path / "a.parquet", [(20, 21, 0, [(0, 99.0, 1.0)])], event_ms=[4 * START_MS])
    with pytest.raises(CheckError, match="in the future"):
        take(tmp_path, ahead)


def test_missing_messages_and_clocks_are_told_and_nothing_is_mended(tmp_path: Path) -> None:
    messages = [(10, 20, 9, GOOD[0][3]), (33, 40, 32, GOOD[1][3]), (52, 60, 40, GOOD[2][3])]
    rows = 5
    made = take(
        tmp_path,
        depth(
            tmp_path / "d.parquet",
            messages,
            recv_ns=[(START_MS - 1_270) * NS_PER_MS] * 2
            + [(START_MS - 1_160) * NS_PER_MS] * 1
            + [(START_MS - 1_060) * NS_PER_MS] * 2,
        ),
    )
    assert (made.added, made.lines[0].gaps, made.lines[0].missing) == (rows, 1, 1)
    assert "behind the venue's, by 1.27 s or more" in notes(made)
    slow = depth(tmp_path / "s.parquet", messages, recv_ns=[(START_MS + 2_500) * NS_PER_MS] * rows)
    # Of one number: what came first stays, with its clock.
    made = take(tmp_path, slow)
    assert (made.already_there, made.added) == (rows, 0)
    assert "no row was heard of within 2.3 s" in notes(made)


def test_a_long_file_is_stored_in_pieces_that_end_with_a_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages: list[Message] = [
        (10 * n + 1, 10 * n + 10, 0, [(0, 90 + k / 100, 1.0 + n) for k in range(50)])
        for n in range(4_000)
    ]
    path = depth(tmp_path / "d.parquet", messages)
    take(tmp_path / "whole", path)
    monkeypatch.setattr(ingest, "WAITING_MAX", 70_000)
    assert take(tmp_path / "pieces", path).added == 200_000
    assert Lake(tmp_path / "pieces").fingerprint() == Lake(tmp_path / "whole").fingerprint()


def test_a_row_that_no_message_owns_refuses_the_file(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text(
        "event_ms,U,u,side,price,qty\n"
        f"{START_MS},1,2,0,99.0,1\n{START_MS},1,what,0,99.5,1\n{START_MS},3,4,0,99.0,2\n"
    )
    with pytest.raises(CheckError, match=r"row 2 can't be read .*'what'"):
        take(tmp_path, path)
    path.write_text(f"event_ms,U,u,side,price,qty\n{START_MS},1,2,0,much,1\n{START_MS},3,4,1,9,1\n")
    assert take(tmp_path, path).reasons == {"not a number": 1}, "of this one the message is known"
    assert Lake(tmp_path).series()[0].rows == 1


def test_a_file_that_contradicts_itself_is_refused_with_every_contradiction(tmp_path: Path) -> None:
    messages: list[Message] = [
        (10, 20, 9, [(0, 99.0, 1.0), (1, 101.0, 1.0)]),
        (25, 31, 20, [(0, 99.5, 0.5)]),
        (33, 40, 30, [(0, 99.6, 0.5)]),
    ]
    recv_ns = [(START_MS + ms) * NS_PER_MS for ms in (1, 2, 101, 201)]
    path = depth(tmp_path / "d.parquet", messages, recv_ns=recv_ns)
    with pytest.raises(CheckError) as refused:
        take(tmp_path, path)
    text = str(refused.value)
    assert "contradict each other (2)" in text
    assert f"row 1: received at {recv_ns[0]} ns, and the next row" in text
    assert "row 4: update 40 said to follow 30, but 31 came before it (row 3)" in text
    assert Lake(tmp_path).series() == ()


def test_too_many_contradictions_are_counted_and_a_message_has_an_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(continuity, "LEVELS_MAX", 30)
    levels: list[Level] = [(0, 90 + n / 100, 1.0) for n in range(40)]
    path = depth(tmp_path / "d.parquet", [(1, 2, 0, levels)], recv_ns=list(range(1, 41)))
    with pytest.raises(CheckError, match=r"in a message of more than 30 levels|and 30 more"):
        take(tmp_path, path)


MERGED = (
    "TimestampOfReceiveUS,EventTime,TransactionTime,Symbol,FirstUpdateId,FinalUpdateId,"
    "FinalUpdateIdInLastStream,IsAsk,Price,Quantity,TradeId,IsBuyerMarketMaker,LastUpdateId,"
    "StreamType,IsLast"
)


def merged(path: Path, *lasts: int) -> Path:
    """Write a book as yesterday left it, changes, a trade and a snapshot, in one file."""
    us = START_MS * 1_000
    rows = [
        f"{us},1723161599000,,BTCUSDT,1,4,0,0,99.0,1.0,,,,FINAL_DEPTH_SNAPSHOT,{{}}",
        f"{us},1723161599500,,BTCUSDT,5,9,4,1,100.0,1.0,,,,FINAL_DEPTH_SNAPSHOT,{{}}",
        f"{us + 5},{START_MS},{START_MS},BTCUSDT,12,15,9,0,99.0,0,,,,DIFFERENCE_DEPTH_STREAM,{{}}",
        f"{us + 5},{START_MS},{START_MS},BTCUSDT,12,15,9,0,98.0,7,,,,DIFFERENCE_DEPTH_STREAM,{{}}",
        f"{us + 7},{START_MS},{START_MS},BTCUSDT,,,,,99.0,2,77,1,,TRADE_STREAM,{{}}",
        f"{us + 9},,{START_MS},BTCUSDT,,,,1,100.0,1,,,15,DEPTH_SNAPSHOT,{{}}",
    ]
    lines = [row.format(last) for row, last in zip(rows, lasts, strict=True)]
    path.write_text("\n".join(["# a report", MERGED, *lines]) + "\n")
    return path


def test_a_file_of_everything_gives_each_kind_its_rows(tmp_path: Path) -> None:
    path = merged(tmp_path / "m.csv", 0, 1, 0, 1, 1, 1)
    assert take(tmp_path, path).added == 5
    found = read(tmp_path, "books")
    assert found["update_id"] == [9, 9, 15, 15, 15], "of each level its last change: the last one"
    assert found["form"] == [1, 1, 0, 0, 1]
    assert found["exch_ts_ns"][:2] == [1723161599500 * NS_PER_MS] * 2
    assert take(tmp_path, path, kind="trades").added == 1
    assert compare(Lake(tmp_path), "binance", "BTCUSDT").messages == 2


@pytest.mark.parametrize(
    ("lasts", "told"),
    [
        ((1, 1, 0, 1, 1, 1), "row 1: said to end its message, which goes on"),
        ((0, 0, 0, 1, 1, 1), "row 2: said not to end its message, which ends"),
        ((0, 1, 0, 1, 1, 0), "row 6: the file ends here, in the middle of a message"),
    ],
)
def test_a_message_ends_where_the_file_says(
    tmp_path: Path, lasts: tuple[int, ...], told: str
) -> None:
    with pytest.raises(CheckError, match=told):
        take(tmp_path, merged(tmp_path / "m.csv", *lasts))


def test_a_message_may_be_cut_between_two_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sigma_cli.store.sources.columnar.BATCH_ROWS", 3)
    take(tmp_path, depth(tmp_path / "d.parquet", GOOD))
    assert read(tmp_path, "books")["ends"] == [0, 1, 1, 0, 1, 1]
    messages: list[Message] = [(1, 2, 0, [(0, 90 + n / 10, 1.0) for n in range(7)])]
    monkeypatch.setattr(continuity, "LEVELS_MAX", 6)
    with pytest.raises(CheckError, match="in a message of more than 6 levels"):
        take(tmp_path, depth(tmp_path / "e.parquet", messages))
    monkeypatch.setattr("sigma_cli.store.sources.frames.BATCH_LEVELS", 2)
    made = upbit(tmp_path, log(tmp_path / "raw.log", BOOK, BOOK | {"timestamp": START_MS + 1}))
    assert made.added == 6


# --- Whole books --------------------------------------------------------------------------------

BOOK = {
    "type": "orderbook",
    "code": "KRW-BTC",
    "timestamp": START_MS,
    "orderbook_units": [
        {"ask_price": 101.0, "bid_price": 100.0, "ask_size": 1.5, "bid_size": 2.5},
        {"ask_price": 102.0, "bid_price": 0, "ask_size": 3.0, "bid_size": 0},
    ],
}
SHORT = {
    "ty": "orderbook",
    "cd": "KRW-BTC",
    "tms": START_MS + 5,
    "obu": [{"ap": 101.0, "bp": 99.0, "as": 1.5, "bs": 2.5}],
}
TRADE = {
    "ty": "trade",
    "cd": "KRW-BTC",
    "tms": START_MS,
    "ttms": START_MS,
    "tp": 100.0,
    "tv": 0.5,
    "ab": "BID",
    "sid": 17231616000000000,
}


def log(path: Path, *frames: Any) -> Path:
    """Write frames as a recorder notes them: some with a time and as bytes, some bare."""
    lines = ["wss://api.upbit.com/websocket/v1 <-> 1723161599.5", ""]
    for n, frame in enumerate(frames):
        text = frame if isinstance(frame, str) else json.dumps(frame)
        lines.append(f"17231616{n:02d}.250000: {text.encode()!r}" if n % 2 == 0 else text)
    path.write_text("\n".join(lines) + "\n")
    return path


def upbit(store: Path, path: Path, kind: str = "books") -> Ingested:
    return take(store, path, venue="upbit", market=None, kind=kind)


def test_a_raw_log_of_every_format_is_read_whole(tmp_path: Path) -> None:
    later = SHORT | {"tms": START_MS + 6}
    other = TRADE | {"sid": 17231616000000007}
    path = log(
        tmp_path / "raw.log",
        BOOK,
        [SHORT, later],
        [TRADE, other],
        {"status": "UP"},
        {"ty": "ticker"},
    )
    made = upbit(tmp_path, path)
    assert (made.read, made.added) == (7, 7)
    assert "1 levels were padding" in notes(made)
    found = read(tmp_path, "books", "KRW-BTC", "upbit")
    assert found["side"] == [1, -1, -1, 1, -1, 1, -1]
    assert found["ends"] == [0, 0, 1, 0, 1, 0, 1]
    assert set(found["form"]) == {BookForm.WHOLE}
    assert set(found["update_id"]) == {NO_UPDATE}
    assert found["recv_ts_ns"] == [(START_MS + 250) * NS_PER_MS] * 3 + [0] * 4
    assert upbit(tmp_path, path).already_there == 7
    made = upbit(tmp_path, path, kind="trades")
    assert (made.read, made.added, made.lines[0].missing) == (2, 2, 0), "numbers that do not count"
    (trades,) = Lake(tmp_path).read_trades("upbit", "KRW-BTC")
    assert trades["trade_id"].tolist() == [TRADE["sid"], other["sid"]]


def test_a_broken_frame_costs_itself_alone(tmp_path: Path) -> None:
    frames = [BOOK, '{"ty":"orderbook","cd":', {"ty": "orderbook", "cd": "KRW-BTC"}, "12"]
    made = upbit(tmp_path, log(tmp_path / "raw.log", *frames))
    assert (made.reasons, made.added) == ({"unreadable": 3}, 3)
    odd = BOOK | {"timestamp": [1]}
    made = upbit(tmp_path / "odd", log(tmp_path / "odd.log", SHORT, odd))
    assert (made.reasons, made.added) == ({"unreadable": 1}, 2)


def test_books_that_cross_lock_or_gape_are_told(tmp_path: Path) -> None:
    def units(bid: float, ask: float, ms: int) -> dict[str, Any]:
        unit = {"ap": ask, "bp": bid, "as": 1.0, "bs": 1.0}
        return SHORT | {"tms": START_MS + ms, "obu": [unit]}

    empty = SHORT | {"tms": START_MS + 9, "obu": []}
    padded = units(0.0, 0.0, 10)
    padded["obu"][0] |= {"as": 0.0, "bs": 0.0}
    path = log(
        tmp_path / "raw.log",
        *(units(100.0, 101.0, 1), units(103.0, 102.0, 2), units(101.0, 101.0, 3)),
        *(units(100.0, 106.0, 4), empty, padded),
    )
    made = upbit(tmp_path, path)
    assert made.reasons == {"bid above ask": 2}
    assert "1 books have a bid that is the ask" in notes(made)
    assert "1 books have a spread of more than 5%" in notes(made)
    assert "1 levels were padding" in notes(made)
    found = read(tmp_path, "books", "KRW-BTC", "upbit")
    assert found["side"][-2:] == [BookSide.NONE, BookSide.NONE], "an empty book is a book"


def test_messages_of_the_stream_of_changes(tmp_path: Path) -> None:
    frame = {"e": "depthUpdate", "E": START_MS, "s": "BTCUSDT", "U": 9, "u": 10}
    lines = [
        frame | {"b": [["99.5", "1"]], "a": [["100.5", "0"]]},
        frame | {"U": 11, "u": 12, "T": START_MS + 1, "b": [], "a": []},
    ]
    path = tmp_path / "depth.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)))
    made = take(tmp_path, path, market=None)
    assert made.added == 3
    found = read(tmp_path, "books")
    assert (found["first_id"], found["side"]) == ([9, 9, 11], [1, -1, 0])
    assert found["exch_ts_ns"][-1] == (START_MS + 1) * NS_PER_MS


def first_levels(n: int, count: int) -> dict[str, Any]:
    """Return what futures send of the first levels, in the form of changes; prices move."""
    told = {"e": "depthUpdate", "E": START_MS + n, "s": "BTCUSDT", "U": 3 * n, "u": 3 * n + 2}
    bids, asks = (
        [[str(p + s * k), "1"] for k in range(count)] for p, s in ((99 - n, -1), (100, 1))
    )
    return told | {"pu": 3 * n - 1, "b": bids, "a": asks}


@pytest.mark.parametrize("count", [5, 10, 20])
def test_first_levels_without_the_name_of_their_stream_are_refused(
    tmp_path: Path, count: int
) -> None:
    """Taken for changes, they would keep every level that has left them."""
    lines = [first_levels(n, count) for n in range(1, 9)]
    path = tmp_path / "depth.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)))
    with pytest.raises(CheckError, match=r"8 of 8 messages without .* like first levels"):
        take(tmp_path, path, market=None)
    assert Lake(tmp_path).series() == ()
    for stream, form in ((f"btcusdt@depth{count}@100ms", "whole"), ("btcusdt@depth", "changes")):
        path.write_text("\n".join(json.dumps({"stream": stream, "data": one}) for one in lines))
        assert take(tmp_path / form, path, market=None).added == 8 * 2 * count
        assert set(read(tmp_path / form, "books")["form"]) == {BookForm[form.upper()]}


def test_changes_without_the_name_of_their_stream_are_changes(tmp_path: Path) -> None:
    """One of many may look like first levels; by ascending price, or taking one back, none does."""
    lines = [first_levels(n, 5) for n in range(1, 20)]
    for line in lines[1:10]:
        line["b"].reverse()
    for line in lines[10:]:
        line["a"][2][1] = "0"
    path = tmp_path / "depth.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)))
    assert take(tmp_path, path, market=None).added == 19 * 10
    assert set(read(tmp_path, "books")["form"]) == {BookForm.CHANGES}


def test_numbered_and_unnumbered_books_do_not_mix(tmp_path: Path) -> None:
    binance = {"lastUpdateId": 7, "symbol": "KRW-BTC", "E": START_MS, "bids": [], "asks": []}
    with pytest.raises(UsageError, match="some books of KRW-BTC have an update id"):
        upbit(tmp_path, log(tmp_path / "raw.log", BOOK, binance))
    with pytest.raises(SigmaError, match="no known layout of books"):
        take(tmp_path, ticker(tmp_path / "t.parquet", [(1, 2.0, 1.0, 3.0, 1.0)]))
    with pytest.raises(UsageError, match="books have no interval"):
        take(tmp_path, tmp_path, interval="1m")


# --- Quotes -------------------------------------------------------------------------------------


def test_quotes_keep_both_clocks_and_the_order_of_their_numbers(tmp_path: Path) -> None:
    rows = [(n, 100.25, 1.5 + n % 3, 100.5, 2.0) for n in (1, 3, 2, 7)]
    made = take(tmp_path, ticker(tmp_path / "t.parquet", rows), kind="quotes")
    assert (made.added, made.notes) == (4, ())
    found = read(tmp_path, "quotes")
    assert (found["update_id"], set(found["exch_ts_ns"])) == ([1, 2, 3, 7], {0})
    assert found["recv_ts_ns"] == [START_MS * NS_PER_MS + n for n in (0, 2, 1, 3)]
    assert take(tmp_path, tmp_path / "t.parquet", kind="quotes").already_there == 4


def test_bad_quotes_are_set_aside_and_odd_ones_noted(tmp_path: Path) -> None:
    good = [(n, 100.25, 1.5, 100.5, 2.0) for n in range(1, 50)]
    bad: list[tuple[Any, ...]] = [
        (50, float("nan"), 1.0, 101.0, 1.0),
        (51, 0.0, 1.0, 101.0, 1.0),
        (52, 100.0, 0.0, 101.0, 1.0),
        (53, 102.0, 1.0, 101.0, 1.0),
        (54, 1e20, 1.0, 1e20, 1.0),
        (1, 100.25, 1.5, 100.75, 2.0),
    ]
    odd: list[tuple[Any, ...]] = [
        (60, 101.0, 1.0, 101.0, 1.0),
        (61, 90.0, 1.0, 101.0, 1.0),
        (62, 100.25, 1.000000000123, 100.5, 1.0),
        (2, 100.25, 1.5, 100.5, 2.0),
    ]
    rows = [*good, *bad, *odd]
    times = [START_MS + n for n in range(len(rows))]
    times[10] -= 5
    made = take(
        tmp_path,
        ticker(tmp_path / "t.parquet", rows, event_ms=times),
        kind="quotes",
        venue="mine",
    )
    assert made.reasons == {
        "not a number": 1,
        "price not positive": 1,
        "size not positive": 1,
        "bid above ask": 1,
        "too large": 1,
        "differs from the update already of this number": 1,
    }
    assert (made.duplicates, made.added) == (1, 52)
    for word in (
        "1 rows were earlier",
        "1 quotes have a bid that is the ask",
        "1 quotes have a spread",
        "1 sizes had more than",
    ):
        assert word in notes(made)


def test_quotes_without_numbers_and_other_names(tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    path.write_text(
        "when,symbol,b,bs,a,as\n"
        "2024-08-09T00:00:00Z,BTCUSDT,99,1,100,1\n2024-08-09T00:00:00Z,BTCUSDT,99,1,100,1\n"
        "soon,BTCUSDT,99,1,100,1\n2024-08-09T00:00:01Z,BTCUSDT,,1,x,1\n"
    )
    columns = {"bid": "b", "bid_size": "bs", "ask": "a", "ask_size": "as"}
    with pytest.raises(UsageError, match="no known layout of quotes"):
        take(tmp_path, path, kind="quotes")
    with pytest.raises(UsageError, match="no row of the file can be read as a quote"):
        take(tmp_path, path, kind="quotes", columns=columns)
    columns |= {"timestamp": "when", "market": "symbol"}
    made = take(tmp_path, path, kind="quotes", columns=columns)
    assert (made.added, made.duplicates, made.reasons) == (1, 1, {"unreadable": 2})


def test_levels_by_map_and_the_stream_of_futures(tmp_path: Path) -> None:
    path = tmp_path / "l.csv"
    path.write_text(f"t,dir,p,q,seq\n{START_MS},bid,99,1,5\n{START_MS},ask,100,1,5\n")
    columns = {"timestamp": "t", "side": "dir", "price": "p", "size": "q", "update_id": "seq"}
    assert take(tmp_path, path, columns=columns).added == 2
    assert read(tmp_path, "books")["first_id"] == [NO_UPDATE, NO_UPDATE]
    ticks = tmp_path / "t.jsonl"
    frame = {"u": 7, "E": START_MS, "T": START_MS, "s": "BTCUSDT"}
    ticks.write_text(json.dumps(frame | {"b": "99", "B": "1", "a": "100", "A": "2"}))
    made = take(tmp_path, ticks, kind="quotes", market=None)
    assert made.added == 1
    assert read(tmp_path, "quotes")["exch_ts_ns"] == [START_MS * NS_PER_MS]
