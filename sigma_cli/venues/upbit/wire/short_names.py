"""The short names of SIMPLE streams, and every message of a stream once more with them.

docs.upbit.com, WebSocket reference of 2026-09-09 (upbit.md 1.10).
"""

from types import GenericAlias
from typing import Any, Final, get_args, get_origin

import msgspec

from sigma_cli.venues.upbit.wire.market import BookUnit
from sigma_cli.venues.upbit.wire.stream import (
    Asset,
    Book,
    CandleUpdate,
    MyAsset,
    MyOrder,
    Subscribed,
    Subscriptions,
    Ticker,
    Trade,
)

Kind = type[msgspec.Struct]

SHORT: Final = {
    "acc_ask_volume": "aav",
    "acc_bid_volume": "abv",
    "acc_trade_price": "atp",
    "acc_trade_price_24h": "atp24h",
    "acc_trade_volume": "atv",
    "acc_trade_volume_24h": "atv24h",
    "ask_bid": "ab",
    "ask_price": "ap",
    "ask_size": "as",
    "asset_timestamp": "asttms",
    "asset_uuid": "astuid",
    "assets": "ast",
    "avg_price": "ap",
    "balance": "b",
    "best_ask_price": "bap",
    "best_ask_size": "bas",
    "best_bid_price": "bbp",
    "best_bid_size": "bbs",
    "bid_price": "bp",
    "bid_size": "bs",
    "candle_acc_trade_price": "catp",
    "candle_acc_trade_volume": "catv",
    "candle_date_time_kst": "cdttmk",
    "candle_date_time_utc": "cdttmu",
    "change": "c",
    "change_price": "cp",
    "change_rate": "cr",
    "code": "cd",
    "codes": "cds",
    "currency": "cu",
    "delisting_date": "dd",
    "executed_funds": "ef",
    "executed_volume": "ev",
    "high_price": "hp",
    "highest_52_week_date": "h52wdt",
    "highest_52_week_price": "h52wp",
    "identifier": "id",
    "is_maker": "im",
    "is_trading_suspended": "its",
    "level": "lv",
    "locked": "l",
    "low_price": "lp",
    "lowest_52_week_date": "l52wdt",
    "lowest_52_week_price": "l52wp",
    "market_state": "ms",
    "market_warning": "mw",
    "method": "mthd",
    "opening_price": "op",
    "order_timestamp": "otms",
    "order_type": "ot",
    "orderbook_units": "obu",
    "paid_fee": "pf",
    "prev_closing_price": "pcp",
    "prevented_locked": "pl",
    "prevented_volume": "pv",
    "price": "p",
    "remaining_fee": "rmf",
    "remaining_volume": "rv",
    "reserved_fee": "rsf",
    "result": "rslt",
    "sequential_id": "sid",
    "signed_change_price": "scp",
    "signed_change_rate": "scr",
    "smp_type": "smpt",
    "state": "s",
    "stream_type": "st",
    "ticket": "tckt",
    "time_in_force": "tif",
    "timestamp": "tms",
    "total_ask_size": "tas",
    "total_bid_size": "tbs",
    "trade_date": "td",
    "trade_fee": "tf",
    "trade_price": "tp",
    "trade_time": "ttm",
    "trade_timestamp": "ttms",
    "trade_uuid": "tuid",
    "trade_volume": "tv",
    "trades_count": "tc",
    "type": "ty",
    "uuid": "uid",
    "volume": "v",
}
"""Only the date of a ticker has another name than that of a trade: `tdt`."""


def _short(kind: Kind, parts: dict[Any, Kind], **other: str) -> Kind:
    """Return a message with short names; in its lists stand the short `parts`."""
    config, fields = kind.__struct_config__, msgspec.structs.fields(kind)
    return msgspec.defstruct(
        f"Simple{kind.__name__}",
        [
            (field.name, _shortened(field.type, parts), msgspec.field(default=field.default))
            for field in fields
        ],
        rename={field.name: (SHORT | other)[field.name] for field in fields},
        frozen=True,
        kw_only=True,
        omit_defaults=config.omit_defaults,
        tag_field=SHORT[config.tag_field] if config.tag_field else None,
        tag=config.tag,
    )


def _shortened(kind: Any, parts: dict[Any, Kind]) -> Any:
    inner = get_args(kind)[0] if get_origin(kind) is tuple else None
    return GenericAlias(tuple, (parts[inner], ...)) if inner in parts else kind


_PARTS: Final[dict[Any, Kind]] = {kind: _short(kind, {}) for kind in (BookUnit, Asset, Subscribed)}
SIMPLE: Final[dict[Kind, Kind]] = {
    Ticker: _short(Ticker, {}, trade_date="tdt"),
    **{
        kind: _short(kind, _PARTS)
        for kind in (Trade, Book, CandleUpdate, MyOrder, MyAsset, Subscriptions)
    },
}
"""Messages with short names, by those with long ones; their attributes are the same."""
