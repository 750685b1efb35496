"""What the quotation API answers: markets, instruments, candles, trades, tickers, books.

Every answer is a JSON list. Numbers are JSON numbers; those of instruments are strings
(upbit.md 1.4; docs.upbit.com, API 1.6.3 of 2026-10-06).
"""

from typing import Literal

from msgspec import Struct

from sigma_cli.venues.upbit.wire.fields import (
    Change,
    Code,
    Count,
    Currency,
    Day,
    DayPacked,
    Direction,
    Moment,
    Name,
    Price,
    PriceText,
    Size,
    Sum,
    TakerSide,
    Time,
    TimePacked,
    TradeId,
    TsMs,
)


class Caution(Struct, frozen=True, kw_only=True, rename=str.upper):
    """Which of five cautions stand on a market; capitals on the wire."""

    price_fluctuations: bool
    trading_volume_soaring: bool
    deposit_amount_soaring: bool
    global_price_differences: bool
    concentration_of_small_accounts: bool


class MarketEvent(Struct, frozen=True, kw_only=True):
    """Warnings about a market; only with `is_details=true`."""

    warning: bool
    caution: Caution


class Market(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`GET /v1/market/all`."""

    market: Code
    korean_name: Name
    english_name: Name
    market_warning: Literal["NONE", "CAUTION"] | None = None
    """Deprecated, not always there."""
    market_event: MarketEvent | None = None


class BookInstrument(Struct, frozen=True, kw_only=True):
    """`GET /v1/orderbook/instruments` (since 2025-07-31): the tick at the present price."""

    market: Code
    quote_currency: Currency
    tick_size: PriceText
    supported_levels: tuple[PriceText, ...]


class Candle(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`GET /v1/candles/*`, newest first. An interval without a trade has no candle.

    `unit` is there for minutes; the next four for days; `first_day_of_period` for weeks, months
    and years. `timestamp` is the time of the last trade. The candle of now is among them.
    """

    market: Code
    candle_date_time_utc: Moment
    candle_date_time_kst: Moment
    opening_price: Price
    high_price: Price
    low_price: Price
    trade_price: Price
    timestamp: TsMs
    candle_acc_trade_price: Sum
    candle_acc_trade_volume: Sum
    unit: Count | None = None
    prev_closing_price: Price | None = None
    change_price: Change | None = None
    change_rate: Change | None = None
    converted_trade_price: Sum | None = None
    """Only with `converting_price_unit`."""
    first_day_of_period: Day | None = None


class TickTrade(Struct, frozen=True, kw_only=True):
    """`GET /v1/trades/ticks`, newest first. `change_price` is signed here, absolute in streams."""

    market: Code
    trade_date_utc: Day
    trade_time_utc: Time
    timestamp: TsMs
    trade_price: Price
    trade_volume: Size
    prev_closing_price: Price
    change_price: Change
    ask_bid: TakerSide
    sequential_id: TradeId
    """Unique; says nothing about the order of trades."""


class TickerSnapshot(Struct, frozen=True, kw_only=True):
    """`GET /v1/ticker` and `/v1/ticker/all`. Rates are fractions; days begin at 00:00 UTC."""

    market: Code
    trade_date: DayPacked
    trade_time: TimePacked
    trade_date_kst: DayPacked
    trade_time_kst: TimePacked
    trade_timestamp: TsMs
    opening_price: Price
    high_price: Price
    low_price: Price
    trade_price: Price
    prev_closing_price: Price
    change: Direction
    change_price: Sum
    change_rate: Sum
    signed_change_price: Change
    signed_change_rate: Change
    trade_volume: Size
    acc_trade_price: Sum
    acc_trade_price_24h: Sum
    acc_trade_volume: Sum
    acc_trade_volume_24h: Sum
    highest_52_week_price: Price
    highest_52_week_date: Day
    lowest_52_week_price: Price
    lowest_52_week_date: Day
    timestamp: TsMs


class BookUnit(Struct, frozen=True, kw_only=True):
    """Row i of a book: the i-th best ask beside the i-th best bid. Zeros pad the shorter side."""

    ask_price: Price
    bid_price: Price
    ask_size: Size
    bid_size: Size


class BookSnapshot(Struct, frozen=True, kw_only=True):
    """`GET /v1/orderbook`: the best rows, whole; totals cover what is shown."""

    market: Code
    timestamp: TsMs
    total_ask_size: Sum
    total_bid_size: Sum
    orderbook_units: tuple[BookUnit, ...]
    level: Price
    """The step by which prices are grouped; 0: not at all."""
