"""A small made-up tape: trades, quotes and whole books of one market, with latency and disorder.

One book of fifteen levels a side, a tick of 1 apart, whose sizes and touch move at random. The
three streams have latencies of their own, so that quotes overtake trades and books.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.bounds import BOOK_LEVELS
from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.dtypes.packing import pack_rules
from sigma_cli.domain.dtypes.tape import BOOK, QUOTE, TRADE, TURN
from sigma_cli.domain.events import EventKind
from sigma_cli.domain.units import NS_PER_MS, NS_PER_S
from sigma_cli.kernels.chunk import Chunk
from sigma_cli.kernels.features import chunks, market, rows
from tests.market import START_NS, instrument

CHANGED = (
    "exch_ts_ns", "price_u", "size_u", "side", "bid_u", "bid_size_u", "ask_u", "ask_size_u",
)  # fmt: skip
RULES = pack_rules(instrument(), instrument().rules[0])
NO_CHANGES = np.zeros(0, chunks.CHANGE)


@dataclass(frozen=True, slots=True)
class Tape:
    """What one market gave out, each part in order of arrival."""

    trades: Records
    quotes: Records
    books: Records

    def upto(self, now_ns: int) -> "Tape":
        """What has arrived by then."""
        return Tape(
            *(part[part["recv_ts_ns"] <= now_ns] for part in (self.trades, self.quotes, self.books))
        )


def tape(seconds: int, *, seed: int = 5, per_second: float = 2.0) -> Tape:
    """Return that many seconds of a market, with so many events a second on average."""
    random = np.random.default_rng(seed)
    count = int(seconds * per_second)
    times = np.sort(random.integers(0, seconds * NS_PER_S, count)) + START_NS
    trades, quotes, books = (np.zeros(count, dtype) for dtype in (TRADE, QUOTE, BOOK))
    rows_of = [0, 0, 0]
    bid_u, spread_u = 10_000, 1
    sizes_u = random.integers(1, 10**9, (2, BOOK_LEVELS))
    for update_id, now_ns in enumerate(times, 1):
        kind = random.integers(0, 3)
        if kind == 0:
            side = int(random.choice([-1, 1]))
            price_u = bid_u + spread_u if side > 0 else bid_u
            trades[rows_of[0]] = (now_ns, 0, update_id, price_u, random.integers(1, 10**9), side)
        else:
            sizes_u[random.integers(0, 2), random.integers(0, BOOK_LEVELS)] = random.integers(10**9)
            sizes_u[:, 0] += 1
            bid_u += int(random.integers(-2, 3)) * (random.random() < 0.3)
            spread_u = int(random.integers(1, 3))
        ask_u = bid_u + spread_u
        if kind == 1:
            quotes[rows_of[1]] = (now_ns, 0, update_id, bid_u, sizes_u[0, 0], ask_u, sizes_u[1, 0])
        elif kind == 2:
            steps = np.arange(BOOK_LEVELS)
            books[rows_of[2]] = (
                now_ns, 0, update_id, bid_u - steps, sizes_u[0], ask_u + steps, sizes_u[1],
            )  # fmt: skip
        rows_of[kind] += 1
    parts = [part[:rows] for part, rows in zip((trades, quotes, books), rows_of, strict=True)]
    for part, mean_ms in zip(parts, (60, 15, 40), strict=True):
        late = part["exch_ts_ns"] + (random.exponential(mean_ms, len(part)) * NS_PER_MS).astype(int)
        part["recv_ts_ns"] = np.maximum.accumulate(late)
    return Tape(*parts)


def chunk(given: Tape, start_ns: int, end_ns: int, gaps_ns: Sequence[int] = ()) -> Chunk:
    """Return what arrives in [start_ns, end_ns), gaps of the book included."""
    parts = (given.trades, given.quotes, given.books)
    clocks = [np.where(p["recv_ts_ns"] > 0, p["recv_ts_ns"], p["exch_ts_ns"]) for p in parts]
    clocks.append(np.array(gaps_ns, np.int64))
    kinds = (EventKind.TRADE, EventKind.QUOTE, EventKind.BOOK, EventKind.GAP)
    turns = np.zeros(sum(map(len, clocks)), np.dtype((np.record, TURN)))
    turns["ts_ns"] = np.concatenate(clocks)
    turns["kind"] = np.repeat(kinds, [len(part) for part in clocks])
    turns["row"] = np.concatenate([np.arange(len(part)) for part in clocks])
    turns = turns[np.lexsort((turns["row"], turns["kind"], turns["ts_ns"]))]
    desk = turns[(turns["ts_ns"] >= start_ns) & (turns["ts_ns"] < end_ns)]
    return Chunk(given.trades, given.quotes, given.books, desk[:0], desk, start_ns, end_ns)


def whole(given: Tape) -> Chunk:
    """Return a whole tape as one chunk."""
    return chunk(given, 0, 2**62)


def reader(every_s: int = 1, start_ns: int = START_NS) -> Records:
    """Return a READER at the beginning of a tape, whose first mark is at `start_ns`."""
    made = np.zeros(1, chunks.READER)
    made["every_ns"] = every_s * NS_PER_S
    made["next_ns"] = made["last_ns"] = start_ns
    return made


def fresh(day_volume_u: int = 10**11) -> Records:
    """Return FEATURES [1] of a market in which nothing has happened."""
    return market.begin(RULES, day_volume_u, makes_bars=True)


def replayed(
    given: Tape, *, every_s: int = 1, rows_max: int = 100_000, state: Records | None = None
) -> NDArray[np.float64]:
    """Return all rows of a tape; what a row leaves unwritten shows as -7."""
    state = fresh() if state is None else state
    out = np.full((rows_max, rows.COLUMNS), -7.0)
    return out[: chunks.read(state, whole(given), NO_CHANGES, reader(every_s), out)]


def streamed(given: Tape, until_ns: int, *, every_s: int = 1) -> NDArray[np.float64]:
    """Return the same, event by event, as a live feed would bring them."""
    s = fresh()[0]
    takes = (market.on_trade, market.on_quote, market.on_book)
    parts = (given.trades, given.quotes, given.books)
    events = sorted(
        (int(event["recv_ts_ns"]), kind, i)
        for kind, part in enumerate(parts)
        for i, event in enumerate(part)
    )
    found = []
    next_ns = START_NS
    for arrival_ns, kind, i in [*events, (until_ns, 0, -1)]:
        while next_ns < arrival_ns:
            out = np.full(rows.COLUMNS, -7.0)
            rows.row(s, next_ns, out)
            found.append(out)
            next_ns += every_s * NS_PER_S
        if i >= 0:
            takes[kind](s, parts[kind][i])
    return np.array(found)


def shaken(given: Tape, after_ns: int) -> Tape:
    """The same tape, in which everything that arrives after a moment is different."""
    random = np.random.default_rng(11)
    parts = []
    for part in (given.trades, given.quotes, given.books):
        changed = part.copy()
        later = changed["recv_ts_ns"] > after_ns
        for name in CHANGED:
            if name in (part.dtype.names or ()):
                old = changed[name][later]
                new = -old if name == "side" else old + random.integers(1, 1_000_000, old.shape)
                changed[name][later] = new
        kept = ~later | (random.random(len(part)) < 0.7)
        parts.append(changed[kept])
    return Tape(*parts)
