"""Which column of a file is which part of a trade.

A layout is recognised by the names of the columns (or by their look, where they have none) or
given as a map. Pure: it sees names and types, never the data but one row.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from sigma_cli.store.records import Identity
from sigma_cli.store.sources import frames
from sigma_cli.store.sources.cells import Only
from sigma_cli.store.sources.layouts import LEAN_PRICE_EXP
from sigma_cli.store.sources.naming import Parts, check_map, named
from sigma_cli.store.sources.tables import Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeLayout:
    """The columns of a trade in one file, and how to read them."""

    name: str
    timestamp: str
    price: str
    size: str
    side: str | None = None
    """A column with the side of whoever took: buy or sell, bid or ask, 1 or -1."""
    buyer_is_maker: str | None = None
    """A column that is true when the seller took. Not looked at where there is a `side`."""
    trade_id: str | None = None
    recv: str | None = None
    """When the recorder heard of the trade."""
    market: str | None = None
    venue: str | None = None
    """A column that says where the market trades."""
    clock: str | None = None
    """Milliseconds since midnight of `timestamp`."""
    is_local: bool = False
    """Times are those of the exchange's city."""
    price_exp: int = 0
    """Prices are written times ten to this."""
    numbers: Identity = Identity.TRADE_ID
    """What kind of number `trade_id` is."""
    only: Only | None = None
    """Rows that are trades, in a file that holds other rows too."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns that have to be read, each once."""
        sides = (self.side or self.buyer_is_maker,)
        optional = (*sides, self.trade_id, self.recv, self.market, self.venue, self.clock)
        named_ = (self.timestamp, self.price, self.size, *(name for name in optional if name))
        return tuple(dict.fromkeys(named_))

    @property
    def identity(self) -> Identity:
        """What tells the trades of such a file apart."""
        return Identity.ORDER if self.trade_id is None else self.numbers


TRADE_PARTS: Final = Parts(
    of="trades",
    needed=("timestamp", "price", "size"),
    optional=("side", "buyer_is_maker", "trade_id", "recv", "market"),
    names={
        "timestamp": (
            "exch_ts_ns", "trade_timestamp", "transact_time", "trade_time", "trade_ms",
            "timestamp", "ts_utc", "datetime", "date", "time", "ts",
        ),
        "price": ("price", "trade_price", "px"),
        "size": ("size", "qty", "quantity", "amount", "trade_volume", "volume", "vol"),
        "side": ("side", "taker_side", "aggressor", "ask_bid"),
        "buyer_is_maker": ("is_buyer_maker", "buyer_is_maker", "isbuyermaker"),
        "trade_id": ("trade_id", "agg_trade_id", "sequential_id", "tradeid", "id"),
        "recv": ("recv_ts_ns", "recv_ns", "local_timestamp"),
        "market": ("market", "symbol", "ticker", "pair", "instrument", "code"),
        "venue": ("venue", "exchange"),
    },
)  # fmt: skip

LEAN: Final = TradeLayout(
    name="lean trades",
    timestamp="date",
    clock="ms",
    price="price_x1e4",
    size="size",
    is_local=True,
    price_exp=LEAN_PRICE_EXP,
)
BINANCE_TRADES: Final = TradeLayout(
    name="binance trades",
    trade_id="1",
    price="2",
    size="3",
    timestamp="5",
    buyer_is_maker="6",
)
"""By position: most files have no header. A cell `isBestMatch` follows in those of spot."""
BINANCE_AGGREGATES: Final = TradeLayout(
    name="binance aggTrades",
    trade_id="1",
    price="2",
    size="3",
    timestamp="6",
    buyer_is_maker="7",
    numbers=Identity.AGGREGATE_ID,
)
"""By position; cells 4 and 5 are the first and the last trade inside."""
BINANCE_LETTERS: Final = replace(
    BINANCE_TRADES, trade_id="t", price="p", size="q", timestamp="T", buyer_is_maker="m"
)
"""The stream `@trade`: upper case tells the time `T` from the number `t`."""
BINANCE_AGGREGATE_LETTERS: Final = replace(
    BINANCE_LETTERS,
    name=BINANCE_AGGREGATES.name,
    trade_id="a",
    numbers=Identity.AGGREGATE_ID,
)
"""The stream `@aggTrade`, and what `GET /api/v3/aggTrades` answers."""

FRAMES: Final = TradeLayout(
    name="frames",
    timestamp="trade_timestamp",
    price="trade_price",
    size="trade_volume",
    side="ask_bid",
    trade_id="sequential_id",
    recv=frames.RECV,
    market=frames.CODE,
    numbers=Identity.UNIQUE_ID,
    only=(frames.TYPE, frames.TRADE),
)
"""What Upbit sends, as it was sent."""
MERGED: Final = TradeLayout(
    name="unfazed merged",
    timestamp="TransactionTime",
    price="Price",
    size="Quantity",
    buyer_is_maker="IsBuyerMarketMaker",
    trade_id="TradeId",
    recv="TimestampOfReceiveUS",
    market="Symbol",
    only=("StreamType", "TRADE_STREAM"),
)
"""Trades, changes of books and snapshots in one file."""

_NUMBERS: Final = {
    "agg_trade_id": Identity.AGGREGATE_ID,
    "sequential_id": Identity.UNIQUE_ID,  # Upbit: made of the time, it does not count
}
_BOOLEANS: Final = frozenset({"true", "false"})
_MS_MIN: Final = 10**11
"""A count of milliseconds or microseconds since 1973 is larger; a price never is."""


def recognise_trades(shape: Shape) -> TradeLayout | None:
    """Return the layout of a file that is known, else None."""
    if shape.first:
        return _by_look([cell.strip() for cell in shape.first.values()])
    for known in (LEAN, BINANCE_AGGREGATE_LETTERS, BINANCE_LETTERS, FRAMES, MERGED):
        if set(known.columns) <= set(shape.columns):
            return known
    found = named(TRADE_PARTS, shape.columns)
    if any(part not in found for part in TRADE_PARTS.needed):
        return None
    return _layout("trades", found)


def mapped_trades(shape: Shape, given: Mapping[str, str]) -> TradeLayout:
    """Return the layout that --map describes.

    Raises:
        UsageError: a part is missing or unknown, or the file has no such column.
    """
    check_map(TRADE_PARTS, shape, given)
    return _layout("map", given)


def _layout(name: str, columns: Mapping[str, str]) -> TradeLayout:
    """Return a layout of part -> column."""
    return TradeLayout(
        name=name,
        timestamp=columns["timestamp"],
        price=columns["price"],
        size=columns["size"],
        side=columns.get("side"),
        buyer_is_maker=columns.get("buyer_is_maker"),
        trade_id=columns.get("trade_id"),
        recv=columns.get("recv"),
        market=columns.get("market"),
        venue=columns.get("venue"),
        numbers=_NUMBERS.get(columns.get("trade_id", "").lower(), Identity.TRADE_ID),
    )


def _by_look(cells: list[str]) -> TradeLayout | None:
    """Tell Binance's files without a header by where the time and the first yes or no stand."""
    first_flag = next((n for n, cell in enumerate(cells, 1) if cell.lower() in _BOOLEANS), None)
    for known in (BINANCE_TRADES, BINANCE_AGGREGATES):
        if str(first_flag) == known.buyer_is_maker:
            time = cells[int(known.timestamp) - 1]
            is_time = time.isdigit() and int(time) >= _MS_MIN
            return known if is_time and cells[0].isdigit() else None
    return None
