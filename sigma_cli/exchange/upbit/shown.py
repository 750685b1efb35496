"""What everybody sees of a market now, as messages: tickers, trades, books. Pure.

Of a market whose day before is not recorded, the first day's opening price stands for the last
close of the day before. REST and streams tell the same in different words.
"""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final, Literal

from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.units import NS_PER_DAY, NS_PER_MS, NS_PER_S
from sigma_cli.exchange.board import Bar, Board, Traded
from sigma_cli.exchange.upbit.times import day_start, moment, moment_kst
from sigma_cli.venues.upbit.wire.fields import Direction
from sigma_cli.venues.upbit.wire.market import BookSnapshot, BookUnit, TickerSnapshot, TickTrade
from sigma_cli.venues.upbit.wire.stream import Book, StreamType, Ticker, Trade

ROWS_MAX: Final = 30
WEEKS_52_NS: Final = 364 * NS_PER_DAY
RATE: Final = Decimal("1e-10")
"""Rates have ten decimals in samples."""
ZERO: Final = Decimal(0)
STATES: Final[dict[str, Literal["PREVIEW", "ACTIVE", "DELISTED"]]] = {
    "preview": "PREVIEW",
    "active": "ACTIVE",
    "halted": "ACTIVE",
    "delisted": "DELISTED",
}


@dataclass(frozen=True, slots=True)
class Change:
    """How a price stands to the last close of the day before."""

    close: Decimal
    direction: Direction
    signed: Decimal
    rate: Decimal


def change(board: Board, price: Decimal, day_close_u: int) -> Change:
    """Return how `price` stands to the close of the day before."""
    close = board.price(day_close_u) if day_close_u else _first_price(board)
    signed = price - close
    direction: Direction = "RISE" if signed > 0 else "FALL" if signed < 0 else "EVEN"
    return Change(close, direction, signed, (signed / close).quantize(RATE) if close else ZERO)


def tick_trade(board: Board, trade: Traded) -> TickTrade:
    """Return a trade as REST shows it."""
    price = board.price(trade.price_u)
    stands = change(board, price, trade.day_close_u)
    stamp = moment(trade.ts_ns // NS_PER_S)
    return TickTrade(
        market=board.instrument.market,
        trade_date_utc=stamp[:10],
        trade_time_utc=stamp[11:],
        timestamp=trade.ts_ns // NS_PER_MS,
        trade_price=price,
        trade_volume=board.size(trade.size_u),
        prev_closing_price=stands.close,
        change_price=stands.signed,
        ask_bid="BID" if trade.side > 0 else "ASK",
        sequential_id=trade.sequential_id,
    )


def streamed_trade(
    board: Board, trade: Traded, stream_type: StreamType, told_ms: int | None = None
) -> Trade:
    """Return a trade as a stream shows it, with the best prices of now."""
    price = board.price(trade.price_u)
    stands = change(board, price, trade.day_close_u)
    stamp = moment(trade.ts_ns // NS_PER_S)
    (ask_u, ask_size_u), (bid_u, bid_size_u) = board.best(-1), board.best(1)
    trade_ms = trade.ts_ns // NS_PER_MS
    return Trade(
        code=board.instrument.market,
        timestamp=trade_ms if told_ms is None else told_ms,
        trade_date=stamp[:10],
        trade_time=stamp[11:],
        trade_timestamp=trade_ms,
        trade_price=price,
        trade_volume=board.size(trade.size_u),
        ask_bid="BID" if trade.side > 0 else "ASK",
        prev_closing_price=stands.close,
        change=stands.direction,
        change_price=abs(stands.signed),
        sequential_id=trade.sequential_id,
        best_ask_price=board.price(ask_u),
        best_ask_size=board.size(ask_size_u),
        best_bid_price=board.price(bid_u),
        best_bid_size=board.size(bid_size_u),
        stream_type=stream_type,
    )


def ticker(board: Board, now_ns: int) -> TickerSnapshot | None:
    """Return what happened to a market today and in 24 hours; None: there was no trade yet."""
    if not board.trades:
        return None
    last = board.trades[-1]
    stamp, stamp_kst = (
        _packed(moment(last.ts_ns // NS_PER_S)),
        _packed(moment_kst(last.ts_ns // NS_PER_S)),
    )
    price = board.price(last.price_u)
    day, day_close_u = _day(board, last, now_ns)
    stands = change(board, price, day_close_u)
    size_24h_u, turnover_24h_u = board.day_sums(now_ns)
    high, low = _year_range(board, now_ns)
    return TickerSnapshot(
        market=board.instrument.market,
        trade_date=stamp[0],
        trade_time=stamp[1],
        trade_date_kst=stamp_kst[0],
        trade_time_kst=stamp_kst[1],
        trade_timestamp=last.ts_ns // NS_PER_MS,
        opening_price=board.price(day.open_u),
        high_price=board.price(day.high_u),
        low_price=board.price(day.low_u),
        trade_price=price,
        prev_closing_price=stands.close,
        change=stands.direction,
        change_price=abs(stands.signed),
        change_rate=abs(stands.rate),
        signed_change_price=stands.signed,
        signed_change_rate=stands.rate,
        trade_volume=board.size(last.size_u),
        acc_trade_price=board.turnover(day.turnover_u),
        acc_trade_price_24h=board.turnover(turnover_24h_u),
        acc_trade_volume=board.size(day.size_u),
        acc_trade_volume_24h=board.size(size_24h_u),
        highest_52_week_price=board.price(high.high_u),
        highest_52_week_date=moment(high.open_ts_ns // NS_PER_S)[:10],
        lowest_52_week_price=board.price(low.low_u),
        lowest_52_week_date=moment(low.open_ts_ns // NS_PER_S)[:10],
        timestamp=now_ns // NS_PER_MS,
    )


def streamed_ticker(
    board: Board, now_ns: int, state: str, stream_type: StreamType
) -> Ticker | None:
    """Return the same for a stream, with who bought and sold today."""
    found = ticker(board, now_ns)
    if found is None:
        return None
    last = board.trades[-1]
    day, _ = _day(board, last, now_ns)
    shared = {
        name: getattr(found, name)
        for name in TickerSnapshot.__struct_fields__
        if name in Ticker.__struct_fields__
    }
    return Ticker(
        **shared,
        code=found.market,
        ask_bid="BID" if last.side > 0 else "ASK",
        acc_ask_volume=board.size(day.size_u - day.bought_u),
        acc_bid_volume=board.size(day.bought_u),
        market_state=STATES[state],
        is_trading_suspended=state == "halted",
        delisting_date=None,
        market_warning="NONE",
        stream_type=stream_type,
    )


def levels(board: Board, tick: Decimal) -> tuple[Decimal, ...]:
    """Return by how much the prices of a market may be grouped: 0 and, for KRW, powers of ten.

    In samples they go from ten ticks to the price: 10000 to 100000000 at 110 M, 10 and 100 at 400.
    """
    found = [ZERO]
    if board.instrument.market.startswith("KRW-") and board.trades:
        price, level = board.price(board.trades[-1].price_u), tick * 10
        while level <= price:
            found.append(level)
            level *= 10
    return tuple(found)


def rows(board: Board, book: Record | None, level: Decimal, count: int) -> tuple[BookUnit, ...]:
    """Return the best rows of a book; zeros pad the shorter side, an unknown book has none."""
    if book is None:
        return ()
    asks = _side(board, book.ask_u, book.ask_size_u, level, up=True)[:count]
    bids = _side(board, book.bid_u, book.bid_size_u, level, up=False)[:count]
    none = (ZERO, ZERO)
    return tuple(
        BookUnit(
            ask_price=(ask := asks[n] if n < len(asks) else none)[0],
            ask_size=ask[1],
            bid_price=(bid := bids[n] if n < len(bids) else none)[0],
            bid_size=bid[1],
        )
        for n in range(max(len(asks), len(bids)))
    )


def book(board: Board, level: Decimal, count: int) -> BookSnapshot:
    """Return a book as REST shows it; totals cover what is shown."""
    units = rows(board, board.book, level, count)
    return BookSnapshot(
        market=board.instrument.market,
        timestamp=board.book_ts_ns // NS_PER_MS,
        total_ask_size=sum((unit.ask_size for unit in units), ZERO),
        total_bid_size=sum((unit.bid_size for unit in units), ZERO),
        orderbook_units=units,
        level=level,
    )


def streamed_book(
    board: Board, row: Record, ts_ns: int, wanted: tuple[Decimal, int], stream_type: StreamType
) -> Book:
    """Return a book as a stream shows it; `wanted` are the level and the rows."""
    level, count = wanted
    units = rows(board, row, level, count)
    return Book(
        code=board.instrument.market,
        timestamp=ts_ns // NS_PER_MS,
        total_ask_size=sum((unit.ask_size for unit in units), ZERO),
        total_bid_size=sum((unit.bid_size for unit in units), ZERO),
        orderbook_units=units,
        level=level,
        stream_type=stream_type,
    )


def _first_price(board: Board) -> Decimal:
    return board.price(board.days[0].open_u) if board.days else ZERO


def _day(board: Board, last: Traded, now_ns: int) -> tuple[Bar, int]:
    """Return today's candle and the close before it; without a trade it stays at that close."""
    start_ns = day_start(now_ns)
    if board.days and board.days[-1].open_ts_ns == start_ns:
        return board.days[-1], last.day_close_u
    at_u = last.price_u
    return Bar(start_ns, at_u, at_u, at_u, at_u, 0, 0, 0, last.ts_ns), at_u


def _year_range(board: Board, now_ns: int) -> tuple[Bar, Bar]:
    """Return the days of the highest and the lowest price of 52 weeks; the last one counts."""
    days = [day for day in board.days if day.open_ts_ns > now_ns - WEEKS_52_NS] or [board.days[-1]]
    return max(days, key=lambda day: day.high_u), min(days, key=lambda day: day.low_u)


def _packed(stamp: str) -> tuple[str, str]:
    return stamp[:10].replace("-", ""), stamp[11:].replace(":", "")


def _side(
    board: Board, prices_u: Record, sizes_u: Record, level: Decimal, *, up: bool
) -> list[tuple[Decimal, Decimal]]:
    """Return price and size of the levels of a side, grouped away from the touch."""
    found: list[tuple[Decimal, Decimal]] = []
    for price_u, size_u in zip(prices_u.tolist(), sizes_u.tolist(), strict=True):
        if size_u == 0:
            continue
        price, size = board.price(price_u), board.size(size_u)
        if level:
            price = (price / level).to_integral_value(ROUND_CEILING if up else ROUND_FLOOR) * level
        if found and found[-1][0] == price:
            found[-1] = (price, found[-1][1] + size)
        else:
            found.append((price, size))
    return found
