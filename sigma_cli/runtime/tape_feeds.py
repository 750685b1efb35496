"""The rows of one market on their way from the lake to a tape, in the venue's order, by blocks.

Trades come by themselves; quotes and books come together, because update ids put them in one order.
What update ids say goes beyond what clocks say: of rows that the venue gave no time, and of those
whose times go back, the venue's time is the latest that contradicts no number. The rows themselves
keep the time that was known when they arrived, so that nothing a desk sees depends on later ones.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.books import BookForm
from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.dtypes.tape import BOOK, LEVEL, QUOTE, TRADE
from sigma_cli.domain.events import EventKind
from sigma_cli.domain.units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, NS_PER_S
from sigma_cli.kernels import rng, stamps
from sigma_cli.kernels.book import no_book
from sigma_cli.runtime.periods import Period
from sigma_cli.runtime.tape_clocks import Clock
from sigma_cli.runtime.tape_rows import Block, joined
from sigma_cli.runtime.tape_silence import Silence
from sigma_cli.store.lake import Identity, Lake
from sigma_cli.store.message_rows import BOOKS, QUOTES, placed
from sigma_cli.store.rebuilding import as_levels
from sigma_cli.store.rows import TS_MIN_NS, Rows
from sigma_cli.store.trade_rows import KIND as TRADES

DISORDER_MAX_NS: Final = 10 * NS_PER_S
"""How far times may go back against update ids. Rows wait so long for those before them."""
END_NS: Final = 2**63 - 1
"""After all rows."""
_LEADS_NS: Final = (10 * NS_PER_MINUTE, NS_PER_HOUR, NS_PER_DAY, 2**62)
_STREAMS: Final = {TRADES: 0, QUOTES: 1, BOOKS: 2}


@dataclass(slots=True)
class Counts:
    """What became of the rows of a market so far."""

    trades: int = 0
    quotes: int = 0
    books: int = 0
    gaps: int = 0
    """How often a book was lost."""
    left_out: int = 0
    """Messages that left no known book: older than it, or waiting for a whole one."""
    moved: int = 0
    """Rows whose time went back by more than DISORDER_MAX_NS: they were put later."""
    silent: int = 0
    """How often quotes and books said nothing for so long that the book counts as unknown."""


class Source(NamedTuple):
    """One market of a lake over a period; `batch_rows` are read at once."""

    lake: Lake
    venue: str
    market: str
    period: Period
    clock: Clock
    seed: tuple[int, int]
    """Of what is drawn, and the number of the market."""
    batch_rows: int


class Feed:
    """Some kinds of rows of one market, buffered as far as they were read."""

    def __init__(
        self, market: int, kinds: tuple[EventKind, ...], source: Iterator[tuple[list[Block], int]]
    ) -> None:
        self.market = market
        self.kinds = kinds
        self.ready_ns = TS_MIN_NS
        """All rows before this are in the buffer."""
        self._source = source
        self._buffers: list[list[Block]] = [[] for _ in kinds]

    def fill(self) -> None:
        """Read on by one batch."""
        made = next(self._source, None)
        if made is None:
            self.ready_ns = END_NS
            return
        blocks, self.ready_ns = made
        for buffer, block in zip(self._buffers, blocks, strict=True):
            if len(block.rows):
                buffer.append(block)

    def weigh(self, before_ns: int) -> int:
        """Return how much buffered rows before a time weigh: bytes."""
        return sum(
            int(block.venue_ns.searchsorted(before_ns)) * block.rows.itemsize
            for buffer in self._buffers
            for block in buffer
        )

    @property
    def first_ns(self) -> int:
        """When the first buffered row happened."""
        return min((int(b[0].venue_ns[0]) for b in self._buffers if b), default=END_NS)

    def take(self, at: int, before_ns: int) -> list[Block]:
        """Remove and return the rows of the kind at place `at` that happened before a time."""
        buffer, taken = self._buffers[at], []
        while buffer and buffer[0].venue_ns[0] < before_ns:
            block = buffer[0]
            count = int(np.searchsorted(block.venue_ns, before_ns))
            taken.append(block.part(0, count))
            if count == len(block.rows):
                buffer.pop(0)
            else:
                buffer[0] = block.part(count, len(block.rows))
        return taken


def trades(source: Source, counts: Counts) -> Iterator[tuple[list[Block], int]]:
    """Yield the trades, and before which time they are complete."""
    stamper = _Stamper(source, TRADES)
    span = (source.period.start_ns, source.period.end_ns)
    for columns in source.lake.read_trades(source.venue, source.market, *span, source.batch_rows):
        rows = np.empty(len(columns["side"]), TRADE)
        told = (columns["price_u"], columns["size_u"])
        clocks_ns = stamper.clocks_ns(columns)
        stamps.fill_trades(rows, clocks_ns, columns["trade_id"], told, columns["side"])
        counts.trades += len(rows)
        venue_ns = clocks_ns[0]
        assert (venue_ns[1:] >= venue_ns[:-1]).all(), "the lake gives trades in order"
        yield [Block(rows, venue_ns, np.zeros(len(rows), np.bool_))], int(venue_ns[-1])


def touches(source: Source, counts: Counts) -> Iterator[tuple[list[Block], int]]:
    """Yield quotes and books, and before which time they are complete."""
    quotes = _Side(_quotes(source, counts), QUOTE, counts)
    books = _Side(_books(source, counts), BOOK, counts)
    by_id, silence = _is_one_order(source), Silence(source.period.end_ns)
    while quotes.is_open or books.is_open:
        behind = quotes if quotes.complete_ns < books.complete_ns else books
        behind.fill()
        quotes_ns, books_ns = (np.empty(len(side.rows), np.int64) for side in (quotes, books))
        stamps.settle(quotes.rows, books.rows, by_id, quotes_ns, books_ns)
        done_ns = min(quotes.complete_ns, books.complete_ns)
        told = quotes.take(quotes_ns, done_ns), books.take(books_ns, done_ns)
        known = silence.heard(*told, done_ns)
        counts.silent = silence.found
        yield [told[0], known], done_ns


class _Side:
    """Quotes or books that were read and may still have to make way for one that comes late."""

    def __init__(
        self, blocks: Iterator[tuple[Records, NDArray[np.bool_]]], dtype: Any, counts: Counts
    ) -> None:
        self.rows: Records = np.empty(0, dtype)
        self.is_open = True
        self._is_gap = np.empty(0, np.bool_)
        self._blocks = blocks
        self._counts = counts
        self._latest_ns = np.zeros(1, np.int64)

    def fill(self) -> None:
        """Read on by one batch."""
        made = next(self._blocks, None)
        if made is None:
            self.is_open = False
            return
        self._counts.moved += stamps.put_late(made[0], self._latest_ns, DISORDER_MAX_NS)
        self.rows = joined([self.rows, made[0]], self.rows.dtype)
        self._is_gap = np.concatenate([self._is_gap, made[1]])

    @property
    def complete_ns(self) -> int:
        """Before when there are no rows but those that were read."""
        return int(self._latest_ns[0]) - DISORDER_MAX_NS if self.is_open else END_NS

    def take(self, venue_ns: NDArray[np.int64], before_ns: int) -> Block:
        """Remove and return the rows that happened before a time."""
        count = int(np.searchsorted(venue_ns, before_ns))
        taken = Block(self.rows[:count], venue_ns[:count], self._is_gap[:count])
        self.rows, self._is_gap = self.rows[count:], self._is_gap[count:]
        return taken


def _quotes(source: Source, counts: Counts) -> Iterator[tuple[Records, NDArray[np.bool_]]]:
    stamper = _Stamper(source, QUOTES)
    span = (source.period.start_ns, source.period.end_ns)
    for columns in source.lake.read_messages(
        source.venue, source.market, QUOTES, *span, source.batch_rows
    ):
        rows = np.empty(len(columns["update_id"]), QUOTE)
        bids, asks = ((columns[f"{s}_u"], columns[f"{s}_size_u"]) for s in ("bid", "ask"))
        clocks_ns = stamper.clocks_ns(columns)
        stamps.fill_quotes(rows, clocks_ns, columns["update_id"], bids, asks)
        counts.quotes += len(rows)
        yield rows, np.zeros(len(rows), np.bool_)


def _books(source: Source, counts: Counts) -> Iterator[tuple[Records, NDArray[np.bool_]]]:
    """Build the books. What came before the period is built first, from a whole book on."""
    stamper = _Stamper(source, BOOKS)
    book, heard = no_book(), np.zeros(1, np.int64)
    start_ns = source.period.start_ns
    lead_ns = book_lead_ns(source.lake, source.venue, source.market, start_ns)
    for span in ((lead_ns, start_ns), (start_ns, source.period.end_ns)):
        for levels, stop in _messages(source, stamper, span):
            messages = int(levels["ends"][:stop].sum())
            views, is_gap = np.zeros(messages, BOOK), np.zeros(messages, np.bool_)
            count = stamps.fold_books(book, heard, levels, stop, views, is_gap)
            if span[0] != start_ns:
                continue
            lost = int(np.count_nonzero(is_gap[:count]))
            counts.books += count - lost
            counts.gaps += lost
            counts.left_out += messages - count
            if count:
                yield views[:count], is_gap[:count]


def _messages(
    source: Source, stamper: "_Stamper", span: tuple[int, int]
) -> Iterator[tuple[Records, int]]:
    """Yield levels (LEVEL) of whole messages, and where the last AHEAD of them begin.

    Those come once more, until there is nothing left to look at.
    """
    rest = np.empty(0, LEVEL)
    for columns in source.lake.read_messages(
        source.venue, source.market, BOOKS, *span, source.batch_rows
    ):
        new = as_levels(columns)
        new["exch_ts_ns"], new["recv_ts_ns"] = stamper.clocks_ns(columns)
        levels = joined([rest, new], LEVEL)
        ends = np.flatnonzero(levels["ends"]) + 1
        if len(ends) > stamps.AHEAD:
            stop = int(ends[-1 - stamps.AHEAD])
            yield levels[: ends[-1]], stop
            levels = levels[stop:]
        rest = levels
    if len(rest):
        yield rest, len(rest)


def book_lead_ns(lake: Lake, venue: str, market: str, start_ns: int) -> int:
    """Return from when on books are read: the last whole one before a period is built first."""
    for back_ns in _LEADS_NS:
        found = start_ns
        for rows in lake.read_clocks(venue, market, BOOKS, start_ns - back_ns, start_ns):
            whole = rows["form"] == BookForm.WHOLE
            if whole.any():
                found = int(placed(rows)[whole].max())
        if found < start_ns:
            return found - DISORDER_MAX_NS
    return start_ns


def _is_one_order(source: Source) -> bool:
    """Tell whether update ids have to say where quotes belong, because clocks don't."""
    name = (source.venue, source.market)
    series = [source.lake.catalogue.series(*name, kind) for kind in (QUOTES, BOOKS)]
    numbered = all(one is not None and one.identity is Identity.UPDATE_ID for one in series)
    return numbered and source.clock.of(QUOTES).untimed > 0


class _Stamper:
    """Sets both clocks of the rows of one kind, in their order."""

    def __init__(self, source: Source, kind: str) -> None:
        self._arrivals = np.zeros(1, stamps.ARRIVALS)
        self._arrivals["offset_ns"] = source.clock.offset_ns or 0
        self._latencies_ns = source.clock.modelled_ns
        seed, market = source.seed
        self._dice = rng.stream(seed, _STREAMS[kind] + len(_STREAMS) * market)

    def clocks_ns(self, columns: Rows) -> NDArray[np.int64]:
        """Return when each row happened, and when it arrived."""
        exch_ns, recv_ns = columns["exch_ts_ns"], columns["recv_ts_ns"]
        ends = columns["ends"] if "ends" in columns else np.ones(len(exch_ns), np.int8)
        made = np.empty((2, len(exch_ns)), np.int64)
        given = (exch_ns, recv_ns, ends)
        stamps.stamp(self._arrivals, self._latencies_ns, self._dice, given, made)
        return made
