"""Which column of a file is which part of a candle.

A layout is recognised by the names of the columns (or by their look, where they have none) or
given as a map. Pure: it sees names and types, never the data but one row.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import pyarrow as pa

from sigma_cli.store.sources.naming import Parts, check_map, named
from sigma_cli.store.sources.tables import Shape

LEAN_PRICE_EXP: Final = 4
"""LEAN writes US prices as whole numbers of 1/10,000 dollar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The columns of a candle in one file, and how to read them."""

    name: str
    timestamp: str
    open: str
    high: str
    low: str
    close: str
    volume: str
    market: str | None = None
    venue: str | None = None
    """A column that says where the market trades."""
    clock: str | None = None
    """Milliseconds since midnight of `timestamp`."""
    splits: str | None = None
    """The split that takes effect with the candle; 0 or 1: none."""
    is_local: bool = False
    """Times are those of the exchange's city."""
    price_exp: int = 0
    """Prices are written times ten to this."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns that have to be read, each once."""
        optional = (self.market, self.venue, self.clock, self.splits)
        named = (self.timestamp, self.open, self.high, self.low, self.close, self.volume)
        return tuple(dict.fromkeys([*named, *(name for name in optional if name)]))


UPBIT: Final = Layout(
    name="upbit candles",
    timestamp="candle_date_time_utc",  # `timestamp` is the last trade inside the candle
    open="opening_price",
    high="high_price",
    low="low_price",
    close="trade_price",
    volume="candle_acc_trade_volume",
    market="market",
)
BINANCE: Final = Layout(
    name="binance klines", timestamp="1", open="2", high="3", low="4", close="5", volume="6"
)
"""The columns of a kline by position; the files have a header since 2025, some of them."""
BINANCE_COLUMNS: Final = 12

_NAMES: Final = {
    "timestamp": (
        "open_time", "opentime", "open_ts", "timestamp", "ts_utc", "datetime", "date", "time",
        "ts", "window_start", "candle_date_time_utc", "t",
    ),
    "open": ("open", "open_price", "o"),
    "high": ("high", "high_price", "h"),
    "low": ("low", "low_price", "l"),
    "close": ("close", "close_price", "c"),
    "volume": ("volume", "vol", "v"),
    "market": ("market", "symbol", "ticker", "pair", "instrument", "code"),
    "venue": ("venue", "exchange"),
    "clock": ("ms",),
    "splits": ("stock_splits", "stock splits", "split", "splits"),
}  # fmt: skip
PARTS: Final = Parts(
    of="candles",
    needed=("timestamp", "open", "high", "low", "close", "volume"),
    optional=("market",),
    names=_NAMES,
)


def recognise(shape: Shape) -> Layout | None:
    """Return the layout of a file that is known, else None."""
    if set(UPBIT.columns) <= set(shape.columns):
        return UPBIT
    if shape.first:
        return BINANCE if _looks_like_klines(shape) else None
    found = named(PARTS, shape.columns)
    if any(part not in found for part in PARTS.needed):
        return None
    if "clock" in found and found["timestamp"].lower() != "date":
        del found["clock"]
    layout = _layout("table", found)
    if layout.clock is None and not _is_lean_time(layout, shape):
        return layout
    is_whole = all(pa.types.is_integer(shape.types[name]) for name in (layout.open, layout.close))
    exp = LEAN_PRICE_EXP if is_whole else 0
    return replace(layout, name="lean", is_local=True, price_exp=exp)


def mapped(shape: Shape, given: Mapping[str, str]) -> Layout:
    """Return the layout that --map describes.

    Raises:
        UsageError: a part is missing or unknown, or the file has no such column.
    """
    check_map(PARTS, shape, given)
    return _layout("map", given)


def _layout(name: str, columns: Mapping[str, str]) -> Layout:
    """Return a layout of part -> column."""
    return Layout(
        name=name,
        timestamp=columns["timestamp"],
        open=columns["open"],
        high=columns["high"],
        low=columns["low"],
        close=columns["close"],
        volume=columns["volume"],
        market=columns.get("market"),
        venue=columns.get("venue"),
        clock=columns.get("clock"),
        splits=columns.get("splits"),
    )


def _looks_like_klines(shape: Shape) -> bool:
    """Tell a Binance kline by its look: 12 cells, two times around five positive numbers."""
    cells = list(shape.first.values())
    if len(cells) != BINANCE_COLUMNS or not (cells[0].isdigit() and cells[6].isdigit()):
        return False
    try:
        open_, high, low, close = (float(cell) for cell in cells[1:5])
    except ValueError:
        return False
    return int(cells[6]) > int(cells[0]) and low <= min(open_, close) <= max(open_, close) <= high


def _is_lean_time(layout: Layout, shape: Shape) -> bool:
    """LEAN's tables of hours and days: a column `time` of text, prices whole numbers."""
    kind = shape.types[layout.timestamp]
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    prices = (shape.types[name] for name in (layout.open, layout.high, layout.low, layout.close))
    return is_text and layout.timestamp == "time" and all(pa.types.is_integer(p) for p in prices)
