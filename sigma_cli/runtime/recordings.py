"""A file and how to read it, for each kind of rows that can be ingested.

The place where the kinds differ: the layouts they are recognised by, what the first look must find
out, and who judges the rows. Everything around it (`ingest.py`) is the same for all.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.instruments import Instrument
from sigma_cli.domain.units import INTERVALS_NS
from sigma_cli.errors import UsageError
from sigma_cli.runtime.ingest_request import Request
from sigma_cli.runtime.message_recordings import MessageRecording
from sigma_cli.runtime.recorded import demand_rows, unknown
from sigma_cli.store.candle_intake import CandleIntake
from sigma_cli.store.candle_rows import kind_of
from sigma_cli.store.intake import Intake, Piece, Terms
from sigma_cli.store.lake import Identity, Lake, Source
from sigma_cli.store.sources.book_layouts import (
    BOOK_PARTS,
    QUOTE_PARTS,
    BookLayout,
    QuoteLayout,
    mapped_books,
    mapped_quotes,
    recognise_books,
    recognise_quotes,
)
from sigma_cli.store.sources.candles import Reading, read_candles
from sigma_cli.store.sources.formats import open_table
from sigma_cli.store.sources.frames import left_out
from sigma_cli.store.sources.layouts import PARTS, mapped, recognise
from sigma_cli.store.sources.messages import MessageReading
from sigma_cli.store.sources.survey import CandleSurvey, RowBatch, Survey, TradeSurvey
from sigma_cli.store.sources.tables import Table
from sigma_cli.store.sources.trade_layouts import TRADE_PARTS, mapped_trades, recognise_trades
from sigma_cli.store.sources.trades import TradeReading, read_trades
from sigma_cli.store.trade_intake import TradeIntake
from sigma_cli.store.trade_rows import NUMBERED
from sigma_cli.venues.rulebook import RuleBook

DISORDER_MAX: Final = 2_000_000
"""Trades without numbers that may have to wait in memory until the file is past their time."""


class Rows(RowBatch, Protocol):
    """Some rows of a file."""

    def piece(self, rows: NDArray[np.intp] | slice) -> Piece:
        """Return a copy of some rows, as an intake takes them."""


class Recording(Protocol):
    """A file that can be read as rows of one kind."""

    @property
    def layout(self) -> str:
        """The name of its layout."""

    @property
    def encoding(self) -> str:
        """How its text is encoded."""

    @property
    def left_out(self) -> dict[str, int]:
        """What was read and is of another kind, by type."""

    @property
    def venue_column(self) -> str | None:
        """The column that says where a row is from."""

    def survey(self, advance: Callable[[int], None]) -> Survey:
        """Look through the file; `advance` hears how many rows were read.

        Raises:
            OutsideError: the file is damaged.
            UsageError: it can't be read as asked.
        """

    def batches(self) -> Iterator[Rows]:
        """Read the file, a batch at a time."""

    def intake(
        self, lake: Lake, market: tuple[Instrument, Sequence[str]], source: Source, terms: Terms
    ) -> Intake:
        """Return what takes the rows of a market, named by these cells, into the lake."""


def kind_in_lake(request: Request) -> str:
    """Return the kind of series that a request is about, as the lake names it."""
    return request.kind if request.interval is None else kind_of(request.interval)


def open_recording(path: Path, request: Request, book: RuleBook) -> Recording:
    """Decide how to read a file.

    Raises:
        OutsideError: there is no such file, or it is empty, damaged or no table.
        UsageError: its layout is not known, or not as --map says.
    """
    table = open_table(path)
    if request.interval is not None:
        return _candles(path, table, request, request.interval, book)
    if request.kind == "trades":
        return _trades(path, table, request, book)
    return _messages(path, table, request)


def _candles(
    path: Path, table: Table, request: Request, interval: str, book: RuleBook
) -> "CandleRecording":
    shape = table.shape
    layout = mapped(shape, request.columns) if request.columns else recognise(shape)
    if layout is None:
        raise unknown(path, table, PARTS)
    reading = Reading(
        layout=layout,
        zone=request.zone or (book.zone if layout.is_local else "UTC"),
        unit=request.unit,
        interval_ns=INTERVALS_NS[interval],
        only=request.only,
    )
    return CandleRecording(path, table, reading, interval)


def _trades(path: Path, table: Table, request: Request, book: RuleBook) -> "TradeRecording":
    shape = table.shape
    layout = mapped_trades(shape, request.columns) if request.columns else recognise_trades(shape)
    if layout is None:
        raise unknown(path, table, TRADE_PARTS)
    reading = TradeReading(
        layout=layout,
        zone=request.zone or (book.zone if layout.is_local else "UTC"),
        unit=request.unit,
        only=request.only,
    )
    return TradeRecording(path, table, reading)


def _messages(path: Path, table: Table, request: Request) -> MessageRecording:
    shape, given = table.shape, request.columns
    layout: QuoteLayout | BookLayout | None
    if request.kind == "quotes":
        layout = mapped_quotes(shape, given) if given else recognise_quotes(shape)
    else:
        layout = mapped_books(shape, given) if given else recognise_books(shape)
    if layout is None:
        raise unknown(path, table, QUOTE_PARTS if request.kind == "quotes" else BOOK_PARTS)
    reading = MessageReading(
        layout=layout, zone=request.zone or "UTC", unit=request.unit, only=request.only
    )
    kind: Literal["quotes", "books"] = "quotes" if request.kind == "quotes" else "books"
    return MessageRecording(path, table, reading, kind)


@dataclass(frozen=True, slots=True)
class CandleRecording:
    """A file of candles."""

    path: Path
    table: Table
    reading: Reading
    interval: str

    @property
    def layout(self) -> str:
        """The name of its layout."""
        return self.reading.layout.name

    @property
    def encoding(self) -> str:
        """How its text is encoded."""
        return self.table.shape.encoding

    @property
    def left_out(self) -> dict[str, int]:
        """What was read and is of another kind, by type."""
        return left_out(self.table)

    @property
    def venue_column(self) -> str | None:
        """The column that says where a row is from."""
        return self.reading.layout.venue

    def survey(self, advance: Callable[[int], None]) -> Survey:
        """Look through the file, and whether its candles are of the interval that was said."""
        found = CandleSurvey(interval_ns=self.reading.interval_ns)
        for batch in read_candles(self.table, self.reading):
            found.add_candles(batch)
            advance(len(batch))
        demand_rows(self.path, found, "candle")
        other = found.other_interval()
        if other == "finer":
            raise UsageError(
                f"its times are on no grid of {self.interval} or finer",
                where=str(self.path),
                fix="candles are named by the time at which they open; check --tz and --unit",
            )
        if other is not None:
            raise UsageError(
                f"the file holds candles of {other}, not of {self.interval}",
                where=str(self.path),
                fix=f"type --interval {other}",
            )
        return found

    def batches(self) -> Iterator[Rows]:
        """Read the file, a batch at a time."""
        return read_candles(self.table, self.reading)

    def intake(
        self, lake: Lake, market: tuple[Instrument, Sequence[str]], source: Source, terms: Terms
    ) -> Intake:
        """Return what takes the rows of a market into the lake."""
        return CandleIntake(lake, market[0], source, self.interval, terms)


@dataclass(slots=True)
class TradeRecording:
    """A file of trades. What its order is, it knows after `survey`."""

    path: Path
    table: Table
    reading: TradeReading
    _seen: TradeSurvey | None = None

    @property
    def layout(self) -> str:
        """The name of its layout."""
        return self.reading.layout.name

    @property
    def encoding(self) -> str:
        """How its text is encoded."""
        return self.table.shape.encoding

    @property
    def left_out(self) -> dict[str, int]:
        """What was read and is of another kind, by type."""
        return left_out(self.table)

    @property
    def venue_column(self) -> str | None:
        """The column that says where a row is from."""
        return self.reading.layout.venue

    @property
    def identity(self) -> Identity:
        """What tells its trades apart."""
        return self.reading.layout.identity

    def survey(self, advance: Callable[[int], None]) -> Survey:
        """Look through the file, and whether trades without numbers come in order."""
        found = TradeSurvey()
        for batch in read_trades(self.table, self.reading):
            found.add_trades(batch)
            advance(len(batch))
        demand_rows(self.path, found, "trade")
        waiting = sum(found.order([cell]).waiting_max() for cell in found.spans)
        if self.identity not in NUMBERED and waiting > DISORDER_MAX:
            raise UsageError(
                "its trades have no numbers and are far from being in order of time: equal trades"
                " could not be told from repeated ones",
                where=str(self.path),
                fix="sort the file by time, or --map the column that numbers the trades: trade_id=",
            )
        self._seen = found
        return found

    def batches(self) -> Iterator[Rows]:
        """Read the file, a batch at a time."""
        return read_trades(self.table, self.reading)

    def intake(
        self, lake: Lake, market: tuple[Instrument, Sequence[str]], source: Source, terms: Terms
    ) -> Intake:
        """Return what takes the rows of a market into the lake."""
        assert self._seen is not None, "a file is surveyed before it is taken"
        instrument, cells = market
        told = (self.identity, self._seen.order(cells))
        return TradeIntake(lake, instrument, source, terms, told)
