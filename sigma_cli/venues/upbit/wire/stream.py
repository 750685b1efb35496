"""What the WebSocket brings, by long names. Numbers are JSON numbers, own orders' too.

Fields: docs.upbit.com, WebSocket reference of 2026-09-09 (upbit.md 1.10). Short names are in
`frames.py`. A field with a default is missing in older recordings or left out by the venue; one
that may be None without a default is always there, as null.
"""

from typing import Final, Literal, get_args

from msgspec import Struct

from sigma_cli.venues.upbit.wire.fields import (
    Change,
    Code,
    Count,
    Currency,
    Day,
    DayPacked,
    Direction,
    Id,
    Identifier,
    Moment,
    Name,
    OrdType,
    Price,
    Size,
    SmpType,
    Sum,
    TakerSide,
    Time,
    TimeInForce,
    TimePacked,
    TradeId,
    TsMs,
)
from sigma_cli.venues.upbit.wire.market import BookUnit

StreamType = Literal["SNAPSHOT", "REALTIME"]
CandleType = Literal[
    "candle.1s",
    "candle.1m",
    "candle.3m",
    "candle.5m",
    "candle.10m",
    "candle.15m",
    "candle.30m",
    "candle.60m",
    "candle.240m",
]


class DelistingDay(Struct, frozen=True, kw_only=True):
    """When a market ends."""

    year: Count
    month: Count
    day: Count


class Ticker(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="ticker"):
    """What happened to a market in 24 hours and today; `ask_bid` is that of the last trade."""

    code: Code
    opening_price: Price
    high_price: Price
    low_price: Price
    trade_price: Price
    prev_closing_price: Price
    change: Direction
    change_price: Sum
    signed_change_price: Change
    change_rate: Sum
    signed_change_rate: Change
    trade_volume: Size
    acc_trade_volume: Sum
    acc_trade_volume_24h: Sum
    acc_trade_price: Sum
    acc_trade_price_24h: Sum
    trade_date: DayPacked
    trade_time: TimePacked
    trade_timestamp: TsMs
    ask_bid: TakerSide
    acc_ask_volume: Sum
    acc_bid_volume: Sum
    highest_52_week_price: Price
    highest_52_week_date: Day
    lowest_52_week_price: Price
    lowest_52_week_date: Day
    market_state: Literal["PREVIEW", "ACTIVE", "DELISTED"]
    is_trading_suspended: bool | None = None
    """Deprecated."""
    delisting_date: Day | DelistingDay | None = None
    """Documented as null or a day; the official SDK (1.1.0) knows an object, or nothing."""
    market_warning: Literal["NONE", "CAUTION"] | None = None
    """Deprecated."""
    timestamp: TsMs
    stream_type: StreamType


class Trade(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="trade"):
    """One trade. `change_price` is absolute; the best quotes are missing in older recordings."""

    code: Code
    timestamp: TsMs
    trade_date: Day
    trade_time: Time
    trade_timestamp: TsMs
    trade_price: Price
    trade_volume: Size
    ask_bid: TakerSide
    prev_closing_price: Price
    change: Direction
    change_price: Sum
    sequential_id: TradeId
    best_ask_price: Price | None = None
    best_ask_size: Size | None = None
    best_bid_price: Price | None = None
    best_bid_size: Size | None = None
    stream_type: StreamType


class Book(
    Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="orderbook"
):
    """The best rows of a book, whole each time; never a change, and without a number."""

    code: Code
    timestamp: TsMs
    total_ask_size: Sum
    total_bid_size: Sum
    orderbook_units: tuple[BookUnit, ...]
    level: Price | None = None
    stream_type: StreamType


class CandleUpdate(Struct, frozen=True, kw_only=True):
    """A candle as it grows: at most once a second, the same time again and again; the last wins."""

    type: CandleType
    code: Code
    candle_date_time_utc: Moment
    candle_date_time_kst: Moment
    opening_price: Price
    high_price: Price
    low_price: Price
    trade_price: Price
    candle_acc_trade_volume: Sum
    candle_acc_trade_price: Sum
    timestamp: TsMs
    stream_type: StreamType


class MyOrder(Struct, frozen=True, kw_only=True, tag_field="type", tag="myOrder"):
    """What became of one's order. In state `trade`, price, volume and fee are those of the fill.

    A fill is a `trade`; `done` or `cancel` follows. What is null is sent as null here.
    """

    code: Code
    uuid: Id
    ask_bid: TakerSide
    order_type: OrdType
    state: Literal["wait", "watch", "trade", "done", "cancel", "prevented"]
    trade_uuid: Id | None
    price: Price | None
    avg_price: Sum | None
    volume: Size | None
    remaining_volume: Size | None
    executed_volume: Size
    trades_count: Count
    reserved_fee: Sum
    remaining_fee: Sum
    paid_fee: Sum
    locked: Sum
    executed_funds: Sum
    time_in_force: TimeInForce | None
    trade_fee: Sum | None
    is_maker: bool | None
    identifier: Identifier | None
    smp_type: SmpType | None
    prevented_volume: Size
    prevented_locked: Sum
    trade_timestamp: TsMs | None
    order_timestamp: TsMs
    timestamp: TsMs
    stream_type: StreamType


class Asset(Struct, frozen=True, kw_only=True):
    """A balance that changed."""

    currency: Currency
    balance: Sum
    locked: Sum


class MyAsset(Struct, frozen=True, kw_only=True, tag_field="type", tag="myAsset"):
    """Balances after something changed them."""

    asset_uuid: Id
    assets: tuple[Asset, ...]
    asset_timestamp: TsMs
    timestamp: TsMs
    stream_type: StreamType


class Subscribed(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One subscription of a connection."""

    type: Name
    codes: tuple[Name, ...] | None = None
    level: Price | None = None


class Subscriptions(Struct, frozen=True, kw_only=True):
    """The answer to LIST_SUBSCRIPTIONS."""

    method: Literal["LIST_SUBSCRIPTIONS"]
    result: tuple[Subscribed, ...]
    ticket: Name


class Status(Struct, frozen=True, kw_only=True):
    """Sent every 10 s after a bare PING."""

    status: Literal["UP"]


Data = Ticker | Trade | Book | CandleUpdate | MyOrder | MyAsset
DATA: Final[dict[str, type[Data]]] = {
    "ticker": Ticker,
    "trade": Trade,
    "orderbook": Book,
    "myOrder": MyOrder,
    "myAsset": MyAsset,
    **{name: CandleUpdate for name in get_args(CandleType)},
}
"""Messages by their type."""
