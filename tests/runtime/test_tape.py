"""The tape is what a slow definition says, whatever the sizes of its chunks and batches."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sigma_cli.domain.events import EventKind
from sigma_cli.domain.units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MS, NS_PER_S
from sigma_cli.errors import OutsideError, UsageError
from sigma_cli.runtime.periods import Period
from sigma_cli.runtime.tape import MarketNotes, Tape, open_tape
from sigma_cli.runtime.tape_chunks import while_recorded
from sigma_cli.runtime.tape_clocks import FeedLatency
from sigma_cli.store.lake import Lake
from tests.market import START_NS
from tests.runtime import tape_reference as reference
from tests.runtime.tape_reference import Made, expected, made, stored, told
from tests.tick_market import fill

RECORDED = FeedLatency(kind="recorded")
ONE, TWO = ("binance", "BTCUSDT"), ("binance", "ETHUSDT")
WHOLE = Period(start_ns=START_NS - 2 * NS_PER_S, end_ns=START_NS + 50 * NS_PER_S, text="the whole")


def opened(lake: Lake, *markets: tuple[str, str], **rest: Any) -> Tape:
    given: dict[str, Any] = {"period": WHOLE, "fidelity": "book", "latency": RECORDED} | rest
    return open_tape(lake, markets or (ONE,), **given)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


@pytest.mark.parametrize("batch_rows", [5, 4_096])
@pytest.mark.parametrize("chunk_rows", [7, 64, 10**6])
def test_both_orders_are_those_of_the_definition(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, chunk_rows: int, batch_rows: int
) -> None:
    monkeypatch.setattr("sigma_cli.runtime.tape.BATCH_ROWS_MIN", batch_rows)
    monkeypatch.setattr("sigma_cli.runtime.tape.BATCH_ROWS_MAX", batch_rows)
    for seed in (1, 2):
        one, two = made(seed), made(seed + 10, timed=True)
        stored(lake, ("binance", f"A{seed}"), one)
        stored(lake, ("binance", f"B{seed}"), two)
        tape = opened(lake, ("binance", f"A{seed}"), ("binance", f"B{seed}"), chunk_rows=chunk_rows)
        chunks = list(tape)
        venue, desk = told(chunks)
        assert (venue, desk) == expected([one, two])
        assert all(one.end_ns == after.start_ns for one, after in pairwise(chunks))
        assert all(recv_ns >= exch_ns for _, _, _, (exch_ns, recv_ns), _ in desk)
        assert {row[1] for row in venue} == {*map(EventKind, (3, 4, 5, 10))}
        if chunk_rows < 100:
            assert len(chunks) > 10
            assert any(len(c.trades) > (c.venue_turns["kind"] == 3).sum() for c in chunks), (
                "carried"
            )


def test_books_without_numbers_are_in_order_of_time(lake: Lake) -> None:
    given = made(3, numbered=False, timed=True)
    stored(lake, ONE, given)
    assert told([*opened(lake, chunk_rows=50)]) == expected([given])


def test_what_a_tape_did_is_noted(lake: Lake) -> None:
    given = made(1)
    stored(lake, ONE, given)
    tape = opened(lake)
    venue, _ = told([*tape])
    again, _ = told([*tape])
    assert venue == again, "a tape can be read twice"
    (notes,) = tape.notes.markets
    count = {kind: sum(row[1] == kind for row in venue) for kind in EventKind}
    assert isinstance(notes, MarketNotes)
    assert notes.offset_ns == reference.offset_ns(given)
    assert notes.quantiles_ns[0] == 0 < notes.quantiles_ns[1] < notes.quantiles_ns[-1]
    assert (notes.trades, notes.quotes) == (len(given.trades), len(given.quotes))
    assert (notes.books, notes.gaps) == (count[EventKind.BOOK], count[EventKind.GAP])
    assert notes.left_out == len(given.books) - notes.books - notes.gaps > 0
    assert notes.untimed == len(given.quotes) + sum(not m[0]["exch_ts_ns"] for m in given.books)
    assert (notes.unheard, notes.moved) == (0, 0)


def test_the_shortest_way_is_added_to_every_arrival(lake: Lake) -> None:
    stored(lake, ONE, made(1))
    _, desk = told([*opened(lake, fidelity="trades")])
    floor = FeedLatency(kind="recorded", floor_ns=5 * NS_PER_MS)
    _, later = told([*opened(lake, fidelity="trades", latency=floor)])
    assert [row[0] + 5 * NS_PER_MS for row in desk] == [row[0] for row in later]


def test_without_our_stamps_rows_arrive_after_a_fixed_latency(lake: Lake) -> None:
    given = made(4, heard=False)
    stored(lake, ONE, given)
    fixed = FeedLatency(kind="fixed", fixed_ns=7 * NS_PER_MS)
    tape = opened(lake, latency=fixed, chunk_rows=20)
    assert told([*tape]) == expected([given], fixed_ns=7 * NS_PER_MS)
    (notes,) = tape.notes.markets
    assert (notes.offset_ns, notes.quantiles_ns) == (None, ())
    assert notes.unheard == len(given.trades) + len(given.quotes) + len(given.books)


def test_sampled_latencies_are_those_that_were_recorded(lake: Lake) -> None:
    given, silent = made(5), made(6, heard=False, count=600)
    stored(lake, ONE, given, kinds="quotes books")
    stored(lake, ONE, silent, kinds="trades")
    arrivals = {}
    for seed in (1, 2):
        sampled = FeedLatency(kind="sampled", seed=seed)
        _, desk = told([*opened(lake, latency=sampled, chunk_rows=50)])
        assert (_, desk) == told([*opened(lake, latency=sampled)])
        trades = [row for row in desk if row[1] is EventKind.TRADE]
        assert [row[4][0] for row in trades] == sorted(row[4][0] for row in trades), "in order"
        arrivals[seed] = [recv_ns - exch_ns for _, _, _, (exch_ns, recv_ns), _ in trades]
    assert arrivals[1] != arrivals[2]
    heard = [message[0] for message in given.books if message[0]["exch_ts_ns"]]
    recorded = [row["recv_ts_ns"] - row["exch_ts_ns"] for row in heard]
    ways = {way - min(recorded) for way in recorded}
    assert max(arrivals[1]) <= max(ways)
    assert len(ways & set(arrivals[1])) > 20
    assert float(np.median(arrivals[1])) > float(np.median([*ways])) / 2


def test_a_book_from_before_the_period_is_known_in_it(lake: Lake) -> None:
    given = made(7)
    first = next(i for i, message in enumerate(given.books) if message[0]["form"] == 1)
    kept = [m for m in given.books[first + 1 :] if m[0]["form"] == 0]
    before = given.books[first]
    for message in kept:
        for level in message:
            level["first_id"] = before[0]["update_id"] + 1  # nothing is missing
        before = message
    given.books[:] = [given.books[first], *kept]
    stored(lake, ONE, given)
    late = Period(start_ns=START_NS + 20 * NS_PER_S, end_ns=WHOLE.end_ns, text="late")
    venue, whole = (told([*opened(lake, period=span)])[0] for span in (late, WHOLE))
    books, all_books = (
        [row for row in rows if row[1] is EventKind.BOOK] for rows in (venue, whole)
    )
    assert 10 < len(books) < len(all_books)
    assert [row[4] for row in books] == [row[4] for row in all_books[-len(books) :]]


def test_one_wrong_time_does_not_draw_the_others_with_it(lake: Lake) -> None:
    given = made(8, timed=True)
    stored(lake, ONE, given)
    right, _ = told([*opened(lake)])
    given.quotes[-1]["exch_ts_ns"] = given.quotes[2]["exch_ts_ns"]
    stored(lake, TWO, given)
    tape = opened(lake, TWO, chunk_rows=20)
    wrong, _ = told([*tape])
    assert tape.notes.markets[0].moved == 1
    assert len(wrong) == len(right)
    early_ns = START_NS + 25 * NS_PER_S
    assert [row for row in wrong if row[0] < early_ns] == [
        row for row in right if row[0] < early_ns
    ]


@pytest.mark.parametrize("chunk_rows", [5, 10**6])
def test_a_book_that_nothing_is_told_of_is_unknown_after_a_minute(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, chunk_rows: int
) -> None:
    monkeypatch.setattr("sigma_cli.runtime.tape.BATCH_ROWS_MIN", 7)
    monkeypatch.setattr("sigma_cli.runtime.tape.BATCH_ROWS_MAX", 7)
    name = ("upbit", "KRW-BTC")
    fill(lake, minutes=1)
    fill(lake, minutes=1, after_ns=2 * NS_PER_HOUR)
    fill(lake, minutes=6, after_ns=4 * NS_PER_HOUR, books=False)
    all_day = Period(start_ns=START_NS, end_ns=START_NS + NS_PER_DAY, text="the day")
    tape = opened(lake, name, period=all_day, chunk_rows=chunk_rows)
    for order in told([*while_recorded(tape)]):
        times = [row[0] for row in order if row[1] is EventKind.GAP]
        last_ns = START_NS + 59 * NS_PER_S
        assert times == [last_ns + 60 * NS_PER_S, last_ns + 2 * NS_PER_HOUR + 60 * NS_PER_S]
        assert [row[0] for row in order] == sorted(row[0] for row in order)
    assert (tape.notes.markets[0].silent, tape.notes.markets[0].gaps) == (2, 0)
    on_trades = opened(lake, name, period=all_day, fidelity="trades")
    assert {row[1] for row in told([*on_trades])[0]} == {EventKind.TRADE}


def test_a_tape_ends_with_its_last_row(lake: Lake) -> None:
    fill(lake, minutes=1)
    all_day = Period(start_ns=START_NS - NS_PER_DAY, end_ns=START_NS + NS_PER_DAY, text="days")
    for chunk_rows in (4, 60, 10**6):
        tape = opened(lake, ("upbit", "KRW-BTC"), period=all_day, chunk_rows=chunk_rows)
        chunks = [*while_recorded(tape)]
        assert tape.notes.markets[0].silent == 1, "nobody knows yet that it is the end"
        assert chunks[0].start_ns == START_NS
        orders = (chunks[-1].desk_turns, chunks[-1].venue_turns)
        last_ns = max(int(turns["ts_ns"][-1]) for turns in orders)
        assert chunks[-1].end_ns == last_ns + 1 < START_NS + 61 * NS_PER_S
        assert EventKind.GAP not in {row[1] for row in told(chunks)[1]}


@pytest.mark.parametrize("count", [5, 6, 7, 8])
def test_rows_that_fill_a_chunk_exactly_end_when_they_have_arrived(lake: Lake, count: int) -> None:
    given = made(4, count=count + 20)
    stored(lake, ONE, Made(trades=given.trades[:count], quotes=[], books=[]), kinds="trades")
    chunks = [*opened(lake, fidelity="trades", chunk_rows=6)]
    assert sum(len(chunk.desk_turns) for chunk in chunks) == min(count, len(given.trades))
    assert all(chunk.end_ns <= WHOLE.end_ns for chunk in chunks)


@pytest.mark.parametrize(
    ("kinds", "fidelity", "says"),
    [
        ("", "trades", "no trades of binance BTCUSDT lie in the whole"),
        ("quotes", "trades", "no trades"),
        ("trades", "book", "no quotes or books"),
        ("quotes books", "book", "no trades"),
        ("", "book", "no trades, quotes or books"),
    ],
)
def test_a_market_without_what_it_needs_is_refused(
    lake: Lake, kinds: str, fidelity: str, says: str
) -> None:
    stored(lake, ONE, made(1, count=30), kinds=kinds)
    with pytest.raises(UsageError, match=says) as refused:
        opened(lake, fidelity=fidelity)
    for kind in kinds.split():
        assert f"{kind} 2025-09-01T00:00" in str(refused.value)


def test_quotes_alone_and_books_alone_are_enough(lake: Lake) -> None:
    given = made(9, timed=True)
    stored(lake, ONE, given, kinds="trades quotes")
    stored(lake, TWO, given, kinds="trades books")
    kinds = [{row[1] for row in told([*opened(lake, name)])[0]} for name in (ONE, TWO)]
    assert kinds == [{EventKind.TRADE, EventKind.QUOTE}, {3, 5, 10}]


def test_latency_that_nobody_recorded_is_asked_for(lake: Lake) -> None:
    stored(lake, ONE, made(1, heard=False))
    with pytest.raises(UsageError, match=r"nobody noted when \d+ trades of binance BTCUSDT"):
        opened(lake)
    with pytest.raises(UsageError, match="no arrival of binance BTCUSDT is recorded"):
        opened(lake, latency=FeedLatency(kind="sampled"))


def test_a_row_without_any_time_is_refused(lake: Lake) -> None:
    given = made(1, count=50)
    stored(lake, ONE, given, kinds="trades quotes")
    lost = Made(trades=[], quotes=[given.quotes[0] | {"recv_ts_ns": 0, "update_id": 1}], books=[])
    stored(lake, ONE, lost, kinds="quotes")
    always = Period(start_ns=0, end_ns=WHOLE.end_ns, text="all")
    with pytest.raises(OutsideError, match="1 quotes of binance BTCUSDT have no time at all"):
        opened(lake, period=always)
