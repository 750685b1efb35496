"""The tape: what the lake holds of some markets, in the order in which it happened, and arrived.

Chunk by chunk, in bounded memory. `trades` has trades alone; `book` has trades and what is known of
the book: quotes, whole books, or both. Must not decide anything, and makes nothing up but arrivals
that nobody recorded.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.bounds import MARKETS_MAX
from sigma_cli.domain.dtypes.tape import QUOTE
from sigma_cli.domain.events import EventKind
from sigma_cli.errors import UsageError
from sigma_cli.kernels.chunk import Chunk
from sigma_cli.runtime import periods, tape_clocks
from sigma_cli.runtime.periods import Period
from sigma_cli.runtime.tape_chunks import Carried, all_arrived_ns, build, taken
from sigma_cli.runtime.tape_clocks import Clock, FeedLatency
from sigma_cli.runtime.tape_feeds import END_NS, Counts, Feed, Source, touches, trades
from sigma_cli.store.lake import Lake
from sigma_cli.store.message_rows import BOOKS, QUOTES
from sigma_cli.store.trade_rows import KIND as TRADES

Fidelity = Literal["trades", "book"]
CHUNK_ROWS: Final = 100_000
"""Trades or quotes of a chunk, more or less; a whole book counts for nine of them.

Fewer or more are slower: these stay in the processor's cache.
"""
BATCH_ROWS_ALL: Final = 174_080
BATCH_ROWS_MAX: Final = 131_072
BATCH_ROWS_MIN: Final = 4_096
"""Rows of each kind that are read at once: of all markets, and of one at most and at least."""
_ROW_BYTES: Final = QUOTE.itemsize


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketNotes:
    """What a tape did with one market."""

    venue: str
    market: str
    kinds: tuple[str, ...]
    """What it holds of it."""
    offset_ns: int | None
    """By how much stamps of ours were corrected; None: nothing said."""
    quantiles_ns: tuple[int, ...]
    """The recorded latency of the feed at tape_clocks.QUANTILES; empty: none is recorded."""
    unheard: int
    """Rows whose arrival is modelled."""
    untimed: int
    """Rows without the venue's time."""
    trades: int
    quotes: int
    books: int
    gaps: int
    left_out: int
    """Messages about books that left no known book."""
    moved: int
    """Rows whose times went back too far, and that were put later."""
    silent: int
    """How often the market said nothing about its book for so long that it counts as unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TapeNotes:
    """What a tape did, for whoever reads the results."""

    latency: FeedLatency
    markets: tuple[MarketNotes, ...]


class Tape:
    """Chunks of several markets over a period. Each time it is iterated it begins anew."""

    def __init__(
        self,
        lake: Lake,
        markets: Sequence[tuple[str, str]],
        period: Period,
        latency: FeedLatency,
        clocks: Sequence[Clock],
        chunk_rows: int,
    ) -> None:
        self.markets = tuple(markets)
        """(venue, market), in the order of their numbers."""
        self.period = period
        self.latency = latency
        self._lake = lake
        self._clocks = tuple(clocks)
        self._chunk_bytes = chunk_rows * _ROW_BYTES
        self._counts = [Counts() for _ in markets]

    @property
    def notes(self) -> TapeNotes:
        """What was done; rows are counted as far as they were read last time."""
        return TapeNotes(
            latency=self.latency,
            markets=tuple(
                _notes(name, clock, counts)
                for name, clock, counts in zip(
                    self.markets, self._clocks, self._counts, strict=True
                )
            ),
        )

    @property
    def recorded_ns(self) -> NDArray[np.int64]:
        """Recorded latencies of the feeds, of long recordings a sample."""
        return np.concatenate([clock.recorded_ns for clock in self._clocks])

    @property
    def rows(self) -> tuple[int, ...]:
        """Rows of each market that will be read; messages, where they are levels of books."""
        return tuple(sum(kind.rows for kind in clock.kinds) for clock in self._clocks)

    def __iter__(self) -> Iterator[Chunk]:
        """Yield the chunks in order.

        Raises:
            OutsideError: a file of the lake is missing or damaged.
        """
        self._counts = [Counts() for _ in self.markets]
        feeds = self._feeds()
        carried: Carried = {}
        start_ns = self.period.start_ns
        while True:
            before_ns = self._cut(feeds)
            start_ns = min(start_ns, min(feed.first_ns for feed in feeds))
            is_last = before_ns == END_NS
            streams = taken(feeds, carried, before_ns)
            end_ns = all_arrived_ns(streams, self.period.end_ns) if is_last else before_ns
            chunk, carried = build(streams, start_ns, end_ns)
            yield chunk
            if is_last:
                return
            start_ns = end_ns

    def _feeds(self) -> list[Feed]:
        share = BATCH_ROWS_ALL // len(self.markets)
        batch_rows = min(max(share, BATCH_ROWS_MIN), BATCH_ROWS_MAX)
        feeds = []
        for number, ((venue, market), clock) in enumerate(
            zip(self.markets, self._clocks, strict=True)
        ):
            seed = (self.latency.seed, number)
            source = Source(self._lake, venue, market, self.period, clock, seed, batch_rows)
            counts = self._counts[number]
            feeds.append(Feed(number, (EventKind.TRADE,), trades(source, counts)))
            if len(clock.kinds) > 1:
                kinds = (EventKind.QUOTE, EventKind.BOOK)
                feeds.append(Feed(number, kinds, touches(source, counts)))
        return feeds

    def _cut(self, feeds: Sequence[Feed]) -> int:
        """Read until there is enough for a chunk; return when it ends."""
        while True:
            ready_ns = min(feed.ready_ns for feed in feeds)
            weight = sum(feed.weigh(ready_ns) for feed in feeds)
            if ready_ns == END_NS and weight <= self._chunk_bytes:
                return END_NS
            if weight >= self._chunk_bytes:
                break
            min(feeds, key=lambda feed: feed.ready_ns).fill()
        low_ns, high_ns = min(feed.first_ns for feed in feeds) + 1, ready_ns
        while low_ns < high_ns:  # an end before which there is not too much, nor far too little
            middle_ns = high_ns - (high_ns - low_ns) // 2
            weight = sum(feed.weigh(middle_ns) for feed in feeds)
            if weight > self._chunk_bytes:
                high_ns = middle_ns - 1
                continue
            low_ns = middle_ns
            if weight > self._chunk_bytes * 3 // 4:
                break
        return low_ns


def open_tape(
    lake: Lake,
    markets: Sequence[tuple[str, str]],
    period: Period,
    fidelity: Fidelity,
    latency: FeedLatency,
    chunk_rows: int = CHUNK_ROWS,
) -> Tape:
    """Return the tape of some markets (venue and name) over a period; their order numbers them.

    Raises:
        UsageError: what a market needs is not stored, or its latency can't be modelled.
        OutsideError: a row has no time; or a file of the lake is missing or damaged.
    """
    assert 0 < len(markets) <= MARKETS_MAX and len(set(markets)) == len(markets)
    clocks = []
    for name in markets:
        kinds = (TRADES,) if fidelity == "trades" else (TRADES, QUOTES, BOOKS)
        clock = tape_clocks.read(lake, name, kinds, period, latency)
        _check(lake, name, clock, period)
        clocks.append(clock)
    return Tape(lake, markets, period, latency, clocks, chunk_rows)


def _check(lake: Lake, name: tuple[str, str], clock: Clock, period: Period) -> None:
    found = {one.kind for one in clock.kinds if one.rows}
    missing = "" if TRADES in found else "trades"
    if len(clock.kinds) > 1 and not found & {QUOTES, BOOKS}:
        missing = "quotes or books" if TRADES in found else "trades, quotes or books"
    if missing:
        stored = [
            f"{one.kind} {periods.parse('all', one.first_ts_ns, one.last_ts_ns + 1).text}"
            for one in lake.series()
            if (one.venue, one.market) == name and one.kind in (TRADES, QUOTES, BOOKS)
        ]
        fix = f"ingest them (`sigma ingest files --kind {missing.split()[-1]}`)"
        raise UsageError(
            f"no {missing} of {' '.join(name)} lie in {period.text}",
            where=f"stored: {', '.join(stored) or 'nothing of it'}",
            fix=f"{fix}, or choose another period"
            + ("" if missing != "quotes or books" else ", or use `--fidelity trades`"),
        )


def _notes(name: tuple[str, str], clock: Clock, counts: Counts) -> MarketNotes:
    return MarketNotes(
        venue=name[0],
        market=name[1],
        kinds=tuple(one.kind for one in clock.kinds if one.rows),
        offset_ns=clock.offset_ns,
        quantiles_ns=clock.quantiles_ns,
        unheard=sum(one.unheard for one in clock.kinds),
        untimed=sum(one.untimed for one in clock.kinds),
        trades=counts.trades,
        quotes=counts.quotes,
        books=counts.books,
        gaps=counts.gaps,
        left_out=counts.left_out,
        moved=counts.moved,
        silent=counts.silent,
    )
