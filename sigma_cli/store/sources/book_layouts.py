"""Which column of a file is which part of a quote, or of a level of a book.

A layout is recognised by the names of the columns, or given as a map. Pure: it sees names only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sigma_cli.store.sources import frames
from sigma_cli.store.sources.cells import Only
from sigma_cli.store.sources.naming import Parts, check_map, named
from sigma_cli.store.sources.tables import Shape

CHANGES, WHOLE, LAST_KNOWN, OTHER = 0, 1, 2, -1
"""What a row is a level of: changes, a whole book, the book as yesterday's changes left it (each
level with the ids of its own last change), or something that is no book."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteLayout:
    """The columns of a quote in one file."""

    name: str
    times: tuple[str, ...]
    """When it was, by the venue; the first one that is not 0 counts. None: it does not say."""
    recv: str | None
    bid: str
    bid_size: str
    ask: str
    ask_size: str
    update_id: str | None = None
    market: str | None = None
    venue: str | None = None

    @property
    def numbers(self) -> tuple[str, ...]:
        """The columns that must be numbers."""
        return (self.bid, self.bid_size, self.ask, self.ask_size)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns that have to be read, each once."""
        optional = (*self.times, self.recv, self.update_id, self.market, self.venue)
        return tuple(dict.fromkeys((*self.numbers, *(name for name in optional if name))))


@dataclass(frozen=True, slots=True, kw_only=True)
class BookLayout:
    """The columns of a level in one file, and how to read them."""

    name: str
    times: tuple[str, ...]
    """When it was, by the venue; the first one that is not 0 counts."""
    side: str
    price: str
    size: str
    recv: str | None = None
    update_ids: tuple[str, ...] = ()
    """The last update inside; the first one that is given counts."""
    first_id: str | None = None
    before_id: str | None = None
    form: str | None = None
    """A column that says what a row is a level of; without one all are changes."""
    forms: Mapping[str, int] | None = None
    """What its cells mean, in lower case."""
    frame: str | None = None
    """A column that is another in each message; without one the ids tell messages apart."""
    ends: str | None = None
    """A column that is 1 in the last row of a message."""
    market: str | None = None
    venue: str | None = None
    only: Only | None = None

    @property
    def numbers(self) -> tuple[str, ...]:
        """The columns that must be numbers."""
        return (self.price, self.size)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns that have to be read, each once."""
        optional = (
            *(*self.times, *self.update_ids, self.recv, self.first_id, self.before_id),
            *(self.form, self.frame, self.ends, self.market, self.venue),
        )
        return tuple(
            dict.fromkeys((self.side, *self.numbers, *(name for name in optional if name)))
        )


_TIMES: Final = ("exch_ts_ns", "tx_ms", "transact_time", "transaction_time")
_SENT: Final = ("event_ms", "event_time", "timestamp", "time")
_RECV: Final = ("recv_ts_ns", "recv_ns", "local_timestamp")
_UPDATE: Final = ("update_id", "last_update_id", "final_update_id", "updateid")
_MARKET: Final = ("market", "symbol", "pair", "instrument", "code")
_VENUE: Final = ("venue", "exchange")

QUOTE_PARTS: Final = Parts(
    of="quotes",
    needed=("bid", "bid_size", "ask", "ask_size"),
    optional=("timestamp", "sent", "recv", "update_id", "market"),
    names={
        "bid": ("bid", "bid_price", "best_bid_price", "bid_px"),
        "bid_size": ("bid_size", "bid_qty", "best_bid_qty", "best_bid_size", "bid_amount"),
        "ask": ("ask", "ask_price", "best_ask_price", "ask_px"),
        "ask_size": ("ask_size", "ask_qty", "best_ask_qty", "best_ask_size", "ask_amount"),
        "timestamp": _TIMES,
        "sent": _SENT,
        "recv": _RECV,
        "update_id": _UPDATE,
        "market": _MARKET,
        "venue": _VENUE,
    },
)
BOOK_PARTS: Final = Parts(
    of="books",
    needed=("side", "price", "size", "update_id"),
    optional=("timestamp", "sent", "recv", "first_id", "before_id", "market"),
    names={
        "side": ("side", "is_ask"),
        "price": ("price", "px"),
        "size": ("size", "qty", "quantity", "amount"),
        "timestamp": _TIMES,
        "sent": _SENT,
        "recv": _RECV,
        "update_id": _UPDATE,
        "first_id": ("first_id", "first_update_id"),
        "before_id": ("before_id", "prev_final_update_id", "previous_update_id"),
        "market": _MARKET,
        "venue": _VENUE,
    },
)

BINANCE_TICKER: Final = QuoteLayout(
    name="binance bookTicker",
    times=("T", "E"),
    recv=None,
    bid="b",
    bid_size="B",
    ask="a",
    ask_size="A",
    update_id="u",
    market="s",
)
"""The stream `@bookTicker` of futures; that of spot has no time, and nothing to order it by."""
FRAMES: Final = BookLayout(
    name="frames",
    times=("timestamp",),
    recv=frames.RECV,
    side="side",
    price="price",
    size="size",
    update_ids=("update_id",),
    first_id="first_id",
    before_id="before_id",
    form="form",
    forms={"whole": WHOLE, "changes": CHANGES},
    frame=frames.FRAME,
    market=frames.CODE,
    only=(frames.TYPE, frames.BOOK),
)
MERGED: Final = BookLayout(
    name="unfazed merged",
    times=("TransactionTime", "EventTime"),
    recv="TimestampOfReceiveUS",
    side="IsAsk",
    price="Price",
    size="Quantity",
    update_ids=("FinalUpdateId", "LastUpdateId"),
    first_id="FirstUpdateId",
    before_id="FinalUpdateIdInLastStream",
    form="StreamType",
    forms={
        "difference_depth_stream": CHANGES,
        "depth_snapshot": WHOLE,
        "final_depth_snapshot": LAST_KNOWN,
        "trade_stream": OTHER,
    },
    ends="IsLast",
    market="Symbol",
)
"""Trades, changes and snapshots in one file (https://github.com/DanielLasota, Binance archiver)."""


def recognise_quotes(shape: Shape) -> QuoteLayout | None:
    """Return the layout of a file that is known, else None."""
    if set(BINANCE_TICKER.columns) <= set(shape.columns):
        return BINANCE_TICKER
    found = named(QUOTE_PARTS, shape.columns)
    timed = found.keys() & {"timestamp", "sent", "recv"}
    if shape.first or not timed or any(part not in found for part in QUOTE_PARTS.needed):
        return None
    return _quotes("quotes", found)


def mapped_quotes(shape: Shape, given: Mapping[str, str]) -> QuoteLayout:
    """Return the layout that --map describes.

    Raises:
        UsageError: a part is missing or unknown, or the file has no such column.
    """
    check_map(QUOTE_PARTS, shape, given)
    return _quotes("map", given)


def recognise_books(shape: Shape) -> BookLayout | None:
    """Return the layout of a file that is known, else None."""
    for known in (FRAMES, MERGED):
        if set(known.columns) <= set(shape.columns):
            return known
    columns = set(shape.columns)
    found = named(BOOK_PARTS, [name for name in shape.columns if name not in ("U", "u", "pu")])
    if {"U", "u"} <= columns:  # as Binance calls them: upper case tells the first from the last
        found |= {"first_id": "U", "update_id": "u"}
        found |= {"before_id": "pu"} if "pu" in columns else {}
    timed = found.keys() & {"timestamp", "sent", "recv"}
    if shape.first or not timed or any(part not in found for part in BOOK_PARTS.needed):
        return None
    return _books("depth", found)


def mapped_books(shape: Shape, given: Mapping[str, str]) -> BookLayout:
    """Return the layout that --map describes.

    Raises:
        UsageError: a part is missing or unknown, or the file has no such column.
    """
    check_map(BOOK_PARTS, shape, given)
    return _books("map", given)


def _times(columns: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(columns[part] for part in ("timestamp", "sent") if part in columns)


def _quotes(name: str, columns: Mapping[str, str]) -> QuoteLayout:
    return QuoteLayout(
        name=name,
        times=_times(columns),
        recv=columns.get("recv"),
        bid=columns["bid"],
        bid_size=columns["bid_size"],
        ask=columns["ask"],
        ask_size=columns["ask_size"],
        update_id=columns.get("update_id"),
        market=columns.get("market"),
        venue=columns.get("venue"),
    )


def _books(name: str, columns: Mapping[str, str]) -> BookLayout:
    return BookLayout(
        name=name,
        times=_times(columns),
        recv=columns.get("recv"),
        side=columns["side"],
        price=columns["price"],
        size=columns["size"],
        update_ids=(columns["update_id"],),
        first_id=columns.get("first_id"),
        before_id=columns.get("before_id"),
        market=columns.get("market"),
        venue=columns.get("venue"),
    )
