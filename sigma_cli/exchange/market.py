"""Markets that happen: recorded or made-up rows, in the venue's order, until a time.

Whoever asks for the rows that are `due` says how many of them have happened; only then are they on
the boards. Must not know who trades.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple, TypeAlias

import numpy as np

from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.events import EventKind
from sigma_cli.domain.fills import Depth
from sigma_cli.domain.instruments import Instrument
from sigma_cli.errors import OutsideError
from sigma_cli.exchange.board import Board, Keep
from sigma_cli.kernels.chunk import Chunk

TRADE, QUOTE, BOOK = int(EventKind.TRADE), int(EventKind.QUOTE), int(EventKind.BOOK)
Look: TypeAlias = Callable[[int, str, EventKind, Record], None]
"""Who looks on while rows happen: time, code, kind, row."""
_NEVER: Final = 2**63 - 1
_NO_TIMES: Final = np.zeros(0, np.int64)
ROWS_MAX: Final = 4_096
"""Rows that are due at once."""


class Due(NamedTuple):
    """The venue's turns [first, last) of a chunk; none where both are equal."""

    chunk: Chunk
    first: int
    last: int


class Market:
    """All markets of an exchange; the rows of market n of the chunks are those of instrument n.

    `depth` says what the rows tell of books, of all markets or of each. Chunks are read once, when
    their time comes.
    """

    def __init__(
        self,
        instruments: Sequence[Instrument],
        chunks: Iterable[Chunk],
        *,
        depth: Depth | Sequence[Depth] = Depth.LEVELS,
        keep: Keep | None = None,
    ) -> None:
        self.instruments = tuple(instruments)
        alike = (depth,) * len(self.instruments) if isinstance(depth, Depth) else tuple(depth)
        assert len(alike) == len(self.instruments), "a depth for each market"
        self.depths: tuple[Depth, ...] = alike
        self.boards: dict[str, Board] = {
            one.market: Board(one, keep or Keep()) for one in instruments
        }
        """By code, in the order of their numbers."""
        assert len(self.boards) == len(self.instruments), "a market once"
        self.happened = 0
        """Rows so far."""
        self._chunks: Iterator[Chunk] = iter(chunks)
        self._in_turn = tuple(self.boards.values())
        self._chunk: Chunk | None = None
        self._ts_ns = _NO_TIMES
        self._at = 0
        self._read()

    @property
    def ended(self) -> bool:
        """Whether all rows have happened."""
        return self._chunk is None

    def due(self, until_ns: int) -> Due | None:
        """Return rows that happen next, at `until_ns` at the latest; None: there are none."""
        while self._chunk is not None:
            at, ts_ns = self._at, self._ts_ns
            if at < len(ts_ns):
                if ts_ns[at] > until_ns:
                    return None
                ahead = ts_ns[at : at + ROWS_MAX]
                return Due(self._chunk, at, at + int(ahead.searchsorted(until_ns, side="right")))
            if until_ns < self._chunk.end_ns:
                return None
            for board in self._in_turn:
                board.let_go()
            self._read()
        return None

    def replay(self, happened: int, closed: Callable[[int], bool]) -> None:
        """Let rows happen until so many have, with nobody looking on.

        Raises:
            OutsideError: there are not so many: these are other rows.
        """
        while self.happened < happened:
            due = self.due(_NEVER)
            if due is None:
                raise OutsideError(
                    f"the market has {self.happened:,} rows; {happened:,} had happened",
                    fix="restore the exchange over the rows with which it was saved",
                )
            self.happen(min(due.last, due.first + happened - self.happened), closed, None)

    def happen(self, last: int, closed: Callable[[int], bool], look: Look | None) -> int:
        """Let the rows that are due happen, up to turn `last`; return when the last one did.

        Nothing happens in markets that are `closed`. `look` is told of every row that happens.
        """
        chunk = self._chunk
        assert chunk is not None and last > self._at
        ts_ns = 0
        for ts_ns, row, market, kind in chunk.venue_turns[self._at : last].tolist():
            if closed(market):
                continue
            board = self._in_turn[market]
            if kind == TRADE:
                record = chunk.trades[row]
                board.on_trade(ts_ns, record)
            elif kind == QUOTE:
                record = chunk.quotes[row]
                board.on_quote(ts_ns, record)
            else:
                record = chunk.books[row]
                if kind == BOOK:
                    board.on_book(ts_ns, record)
                else:
                    board.on_gap()
            if look is not None:
                look(ts_ns, board.instrument.market, EventKind(kind), record)
        self.happened += last - self._at
        self._at = last
        return ts_ns

    def _read(self) -> None:
        """Take the next chunk in hand, if there is one."""
        self._chunk = next(self._chunks, None)
        self._at = 0
        self._ts_ns = _NO_TIMES
        if self._chunk is not None:
            self._ts_ns = np.ascontiguousarray(self._chunk.venue_turns["ts_ns"])
