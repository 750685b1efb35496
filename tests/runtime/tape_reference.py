"""A small recorded market with all that makes a tape hard, and the tape as a slow definition.

The venue's clock and ours are apart; latencies differ from row to row, so that arrivals overtake
one another; snapshots come late and without a time; quotes have numbers instead of times; messages
are missing. The reference sorts whole lists and builds books in dicts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sigma_cli.domain.books import (
    BOOK_COLUMNS,
    NO_UPDATE,
    QUOTE_COLUMNS,
    BookForm,
    BookSide,
    Outcome,
)
from sigma_cli.domain.dtypes.bounds import BOOK_LEVELS
from sigma_cli.domain.dtypes.tape import LEVEL
from sigma_cli.domain.events import EventKind
from sigma_cli.domain.trades import TRADE_COLUMNS
from sigma_cli.domain.units import NS_PER_MS
from sigma_cli.kernels.chunk import Chunk
from sigma_cli.store.lake import Identity, Lake, Source
from sigma_cli.store.message_rows import BookRows, QuoteRows
from tests.kernels.test_book import Reference as Book
from tests.market import START_NS

SOURCE = Source(name="made", sha256="0" * 64, layout="test")
SECONDS = 40
OURS_NS = -1_270 * NS_PER_MS
"""What our clock shows when the venue's shows 0."""
Row = tuple[Any, ...]
"""Time, kind, market, both clocks, and what the row says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What a recorder might have written of a market; each row a dict of the lake's columns."""

    trades: list[dict[str, int]]
    quotes: list[dict[str, int]]
    books: list[list[dict[str, int]]]
    """Messages, each as its levels."""


def made(
    seed: int, *, count: int = 300, heard: bool = True, timed: bool = False, numbered: bool = True
) -> Made:
    """Return a market. `timed`: quotes have the venue's time; `heard`: all rows have ours."""
    random = np.random.default_rng(seed)
    times = random.choice(SECONDS * 1_000, count, replace=False)
    times = START_NS + np.sort(times) * NS_PER_MS
    found = Made(trades=[], quotes=[], books=[])
    last_id, in_book = 100, 100
    for ns in times.tolist():
        way_ns = int(random.exponential(60)) * NS_PER_MS + 3 * NS_PER_MS
        clocks = {"exch_ts_ns": ns, "recv_ts_ns": ns + way_ns + OURS_NS if heard else 0}
        what = random.integers(0, 10)
        if what < 4:
            trade = {"trade_id": len(found.trades) + 1, "price_u": 50, "side": 1}
            found.trades.append(clocks | trade | {"size_u": int(random.integers(1, 99))})
        elif what < 7:
            last_id += int(random.integers(1, 3))
            quote = dict.fromkeys(QUOTE_COLUMNS, 0) | {"bid_u": int(random.integers(1, 99))}
            quote |= clocks | {"update_id": last_id if numbered else NO_UPDATE}
            found.quotes.append(quote | ({} if timed or not heard else {"exch_ts_ns": 0}))
        elif what < 9:
            last_id += 2
            first_id = in_book + 1 + (random.random() < 0.1)  # else a message is missing
            ids = (last_id, first_id) if numbered else (NO_UPDATE, NO_UPDATE)
            found.books.append(_message(random, clocks, ids, whole=not numbered))
            in_book = last_id
        elif numbered:
            last_id += 1
            late = {"exch_ts_ns": 0, "recv_ts_ns": clocks["recv_ts_ns"] + 400 * NS_PER_MS}
            ids = (last_id, NO_UPDATE)
            found.books.append(_message(random, late if heard else clocks, ids, whole=True))
            in_book = last_id
    return found


def in_order(given: Made) -> Made:
    """Return the market with changes of the book that arrive in their order, as a stream does."""
    last_ns = 0
    for message in given.books:
        if message[0]["form"] == BookForm.CHANGES:
            last_ns = max(last_ns, message[0]["recv_ts_ns"])
            for level in message:
                level["recv_ts_ns"] = last_ns
    return given


def _message(
    random: np.random.Generator, clocks: dict[str, int], ids: tuple[int, int], *, whole: bool
) -> list[dict[str, int]]:
    given = {"update_id": ids[0], "first_id": ids[1], "before_id": NO_UPDATE}
    form = BookForm.WHOLE if whole else BookForm.CHANGES
    levels = [
        clocks | given | {"form": form, "side": side, "price_u": price, "size_u": size, "ends": 0}
        for side, price, size in zip(
            (BookSide.BID, BookSide.ASK) * 3,
            random.integers(1, 30, 6).tolist(),
            random.integers(whole, 4, 6).tolist(),
            strict=True,
        )
    ]
    levels[-1]["ends"] = 1
    return levels


def stored(
    lake: Lake, market: tuple[str, str], given: Made, kinds: str = "trades quotes books"
) -> None:
    """Store a market, the rows of each kind in no order."""
    random = np.random.default_rng(1)
    lake.register_instrument(*market, 2, 3, always_open=True)
    numbered = all(quote["update_id"] != NO_UPDATE for quote in given.quotes)
    identity = Identity.UPDATE_ID if numbered else Identity.ORDER
    if "trades" in kinds:
        rows = _columns(random.permutation(np.array(given.trades)), TRADE_COLUMNS)
        lake.merge_trades(*market, rows, SOURCE, Identity.TRADE_ID)
    if "quotes" in kinds:
        rows = _columns(random.permutation(np.array(given.quotes)), QUOTE_COLUMNS)
        lake.merge_messages(*market, rows, SOURCE, QuoteRows(identity))
    if "books" in kinds:
        order = random.permutation(len(given.books)).tolist()
        rows = _columns([level for i in order for level in given.books[i]], BOOK_COLUMNS)
        lake.merge_messages(*market, rows, SOURCE, BookRows(identity))


def _columns(rows: Iterable[dict[str, int]], types: dict[str, np.dtype[Any]]) -> dict[str, Any]:
    return {name: np.array([row[name] for row in rows], kind) for name, kind in types.items()}


# --- What comes off the tape, and what should ---------------------------------------------------


def told(chunks: Sequence[Chunk]) -> tuple[list[Row], list[Row]]:
    """Return all rows in the venue's order and in the desk's."""
    orders: tuple[list[Row], list[Row]] = ([], [])
    for chunk in chunks:
        arrays = {EventKind.TRADE: chunk.trades, EventKind.QUOTE: chunk.quotes}
        for order, turns in zip(orders, (chunk.venue_turns, chunk.desk_turns), strict=True):
            for ts_ns, row, market, kind in turns.tolist():
                assert chunk.start_ns <= ts_ns < chunk.end_ns
                record = arrays.get(EventKind(kind), chunk.books)[row]
                clocks = (int(record.exch_ts_ns), int(record.recv_ts_ns))
                order.append((ts_ns, EventKind(kind), market, clocks, _said(record, kind)))
    return orders


def _said(record: Any, kind: int) -> Row:
    if kind == EventKind.TRADE:
        return (int(record.trade_id), int(record.size_u))
    if kind == EventKind.QUOTE:
        return (int(record.update_id), int(record.bid_u))
    sides = [
        tuple(zip(record[f"{side}_u"].tolist(), record[f"{side}_size_u"].tolist(), strict=True))
        for side in ("bid", "ask")
    ]
    return (int(record.update_id), *(tuple(one for one in levels if one[1]) for levels in sides))


def offset_ns(given: Made) -> int:
    """Return the least difference of the two stamps."""
    heads = [message[0] for message in given.books]
    return min(
        row["recv_ts_ns"] - row["exch_ts_ns"]
        for row in (*given.trades, *given.quotes, *heads)
        if row["exch_ts_ns"] and row["recv_ts_ns"]
    )


@dataclass(slots=True)
class _Row:
    kind: EventKind
    update_id: int
    exch_ns: int
    recv_ns: int
    said: Row
    venue_ns: int = 0


class _Clock:
    """Sets both times of rows of one kind, in their order."""

    def __init__(self, our_ns: int, fixed_ns: int) -> None:
        self.our_ns, self.fixed_ns, self.last_ns = our_ns, fixed_ns, 0

    def __call__(self, row: dict[str, int]) -> tuple[int, int]:
        recv_ns = row["recv_ts_ns"] - self.our_ns
        if row["recv_ts_ns"] == 0:
            recv_ns = max(row["exch_ts_ns"] + self.fixed_ns, self.last_ns)
        self.last_ns = max(self.last_ns, recv_ns)
        return row["exch_ts_ns"] or recv_ns, recv_ns


def expected(markets: Sequence[Made], *, fixed_ns: int = 0) -> tuple[list[Row], list[Row]]:
    """Return all rows in the venue's order and in the desk's, by sorting."""
    orders: tuple[list[Row], list[Row]] = ([], [])
    for market, given in enumerate(markets):
        our_ns = offset_ns(given) if given.trades[0]["recv_ts_ns"] else 0
        trades, quotes, books = (_Clock(our_ns, fixed_ns) for _ in range(3))
        streams = [_trades(given, trades), _quotes(given, quotes), _books(given, books)]
        _settle([streams[0]])
        if any(quote["exch_ts_ns"] == 0 for quote in given.quotes) and streams[1][0].update_id > 0:
            _settle(streams[1:])
        else:
            _settle(streams[1:2])
            _settle(streams[2:])
        for rank, stream in enumerate(streams):
            for n, row in enumerate(stream):
                rest = (row.kind, market, (row.exch_ns, row.recv_ns), row.said)
                for order, ns in zip(orders, (row.venue_ns, row.recv_ns), strict=True):
                    order.append(((ns, rank, market, n), (ns, *rest)))
    venue, desk = ([row for _, row in sorted(order)] for order in orders)
    return venue, desk


def _when(row: dict[str, int]) -> tuple[int, int]:
    return row["update_id"], row["exch_ts_ns"] or row["recv_ts_ns"]


def _trades(given: Made, clock: _Clock) -> list[_Row]:
    rows = sorted(given.trades, key=lambda row: row["trade_id"])
    return [_Row(EventKind.TRADE, 0, *clock(row), (row["trade_id"], row["size_u"])) for row in rows]


def _quotes(given: Made, clock: _Clock) -> list[_Row]:
    return [
        _Row(EventKind.QUOTE, row["update_id"], *clock(row), (row["update_id"], row["bid_u"]))
        for row in sorted(given.quotes, key=_when)
    ]


def _books(given: Made, clock: _Clock) -> list[_Row]:
    book, heard_ns, found = Book(), 0, []
    messages = sorted(given.books, key=lambda levels: (*_when(levels[0]), levels[0]["form"]))
    for n, levels in enumerate(messages):
        head = levels[0]
        rows = np.zeros(len(levels), LEVEL)
        for row, level in zip(rows, levels, strict=True):
            for name, value in level.items():
                row[name] = value
        if head["update_id"] == NO_UPDATE:
            rows["update_id"] = n  # the reference knows numbered books
        exch_ns, recv_ns = clock(head)
        if head["form"] == BookForm.WHOLE and head["update_id"] != NO_UPDATE:
            after = [levels[0]["recv_ts_ns"] for levels in messages[n + 1 : n + 5]]
            is_late = any(after_ns < head["recv_ts_ns"] for after_ns in after)
            if is_late and book.id is not None and heard_ns <= recv_ns:
                continue  # it was asked for, and is not needed
        outcome = book.take(rows)
        if outcome not in (Outcome.APPLIED, Outcome.GAP):
            continue
        is_new = outcome is Outcome.APPLIED and head["form"] == BookForm.WHOLE
        heard_ns = recv_ns if is_new else max(heard_ns, recv_ns)
        if outcome is Outcome.GAP:
            said: Row = (head["update_id"], (), ())
            found.append(_Row(EventKind.GAP, head["update_id"], exch_ns, heard_ns, said))
            continue
        bids = sorted(book.sides[BookSide.BID].items(), reverse=True)[:BOOK_LEVELS]
        asks = sorted(book.sides[BookSide.ASK].items())[:BOOK_LEVELS]
        said = (head["update_id"], tuple(bids), tuple(asks))
        found.append(_Row(EventKind.BOOK, head["update_id"], exch_ns, heard_ns, said))
    return found


def _settle(streams: Sequence[list[_Row]]) -> None:
    """Give every row the latest time that no number contradicts."""
    rows = [row for stream in streams for row in stream]
    if len(streams) > 1:
        rows.sort(key=lambda row: (row.update_id, row.kind is EventKind.QUOTE))
    latest_ns, was_quote = 2**62, False
    for row in reversed(rows):
        is_quote = row.kind is EventKind.QUOTE
        row.venue_ns = latest_ns = min(latest_ns - (was_quote and not is_quote), row.exch_ns)
        was_quote = is_quote
