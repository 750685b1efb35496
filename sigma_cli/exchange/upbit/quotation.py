"""The quotation API: what everybody may ask (upbit.md 1.4). Pure: it reads the venue's boards.

Not documented and chosen here: a `count` beyond the maximum is cut (seen live for candles); a
market without a trade has no ticker yet, and is left out. Trades reach as far back as the board
remembers.
"""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Final

from msgspec import structs

from sigma_cli.domain.units import NS_PER_DAY, NS_PER_MINUTE, NS_PER_S
from sigma_cli.exchange.board import Bar, Board
from sigma_cli.exchange.upbit import candles, shown
from sigma_cli.exchange.upbit.candles import Length
from sigma_cli.exchange.upbit.times import day_start, ns_of, ns_of_day
from sigma_cli.exchange.upbit.venue import Venue
from sigma_cli.venues.upbit.wire import queries
from sigma_cli.venues.upbit.wire.market import (
    BookInstrument,
    BookSnapshot,
    Candle,
    Caution,
    Market,
    MarketEvent,
    TickerSnapshot,
    TickTrade,
)
from sigma_cli.venues.upbit.wire.queries import Pairs

CANDLES_MAX: Final = 200
TRADES_MAX: Final = 500
DAYS_AGO_MAX: Final = 7
INVALID: Final = "Invalid parameter. Check the given value!"
MISMATCH: Final = "Type mismatch error. Check the parameters type!"
MISSING: Final = "Missing request parameter error. Check the required parameters!"
NO_UNIT: Final = "specified unit is not valid."
UNKNOWN: Final = "Code not found"

_NO_CAUTION: Final = Caution(
    price_fluctuations=False,
    trading_volume_soaring=False,
    deposit_amount_soaring=False,
    global_price_differences=False,
    concentration_of_small_accounts=False,
)


class NotQuoted(Exception):  # noqa: N818 - an answer of the venue, not a mistake of the program
    """What the quotation API answers instead: a status, and words."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def markets(venue: Venue, pairs: Pairs) -> list[Market]:
    """`GET /v1/market/all`. Names are those of the base currency: nobody recorded others."""
    query = queries.decode(pairs, queries.MarketsQuery)
    event = MarketEvent(warning=False, caution=_NO_CAUTION) if query.is_details else None
    return [
        Market(
            market=code,
            korean_name=code.partition("-")[2],
            english_name=code.partition("-")[2],
            market_event=event,
        )
        for code in _listed(venue)
    ]


def candles_of(length: Length, unit: int | None = None) -> Callable[[Venue, Pairs], list[Candle]]:
    """Return what answers `GET /v1/candles/...` for one length; `unit` is there for minutes."""

    def answer(venue: Venue, pairs: Pairs) -> list[Candle]:
        query = queries.decode(pairs, queries.CandlesQuery)
        board = _board(venue, query.market)
        before_ns = _time(query.to)
        found = candles.newest(board, length, min(query.count, CANDLES_MAX) + 1, before_ns)
        made = [
            _finished(board, length, unit, query, candles.answer(board, bar), before)
            for bar, before in candles.with_day_before(found)
        ]
        return made[: min(query.count, CANDLES_MAX)]

    return answer


def _finished(
    board: Board,
    length: Length,
    unit: int | None,
    query: queries.CandlesQuery,
    candle: Candle,
    before: Bar | None,
) -> Candle:
    """Return a candle with what only its length has."""
    if unit is not None:
        return structs.replace(candle, unit=unit)
    if length in candles.PERIODS.values():
        return structs.replace(candle, first_day_of_period=candle.candle_date_time_utc[:10])
    if length.of != "days":
        return candle
    close = board.price(before.close_u) if before else candle.opening_price
    signed = candle.trade_price - close
    wants_krw = query.converting_price_unit == "KRW" and candle.market.startswith("KRW-")
    return structs.replace(
        candle,
        prev_closing_price=close,
        change_price=signed,
        change_rate=(signed / close).quantize(shown.RATE),
        converted_trade_price=candle.trade_price if wants_krw else None,
    )


SECONDS: Final = candles_of(candles.every(NS_PER_S))
DAYS: Final = candles_of(candles.every(NS_PER_DAY))
MINUTES: Final = {
    str(unit): candles_of(candles.every(unit * NS_PER_MINUTE), unit) for unit in candles.MINUTES
}
PERIODS: Final = {name: candles_of(length) for name, length in candles.PERIODS.items()}


def trades(venue: Venue, pairs: Pairs) -> list[TickTrade]:
    """`GET /v1/trades/ticks`, the newest first."""
    query = queries.decode(pairs, queries.TradesQuery)
    board = _board(venue, query.market)
    first_ns, end_ns = _span(query, venue.now_ns)
    found: list[TickTrade] = []
    for trade in reversed(board.trades):
        if trade.ts_ns < first_ns or len(found) == min(query.count, TRADES_MAX):
            break
        if trade.ts_ns < end_ns and (query.cursor is None or trade.sequential_id < query.cursor):
            found.append(shown.tick_trade(board, trade))
    return found


def _span(query: queries.TradesQuery, now_ns: int) -> tuple[int, int]:
    """Return from when, and before when, trades are asked for."""
    ago = query.days_ago
    if ago is not None and not 1 <= ago <= DAYS_AGO_MAX:
        raise NotQuoted(400, INVALID)
    day_ns = day_start(now_ns) - (ago or 0) * NS_PER_DAY
    end_ns = day_ns + NS_PER_DAY
    if query.to is not None:
        time_ns = ns_of_day(query.to)
        if time_ns is None:
            raise NotQuoted(400, INVALID)
        end_ns = day_ns + time_ns
    return day_start(now_ns) - DAYS_AGO_MAX * NS_PER_DAY, end_ns


def tickers(venue: Venue, pairs: Pairs) -> list[TickerSnapshot]:
    """`GET /v1/ticker`."""
    query = queries.decode(pairs, queries.MarketListQuery)
    return list(_tickers(venue, [_board(venue, code) for code in query.markets]))


def all_tickers(venue: Venue, pairs: Pairs) -> list[TickerSnapshot]:
    """`GET /v1/ticker/all`."""
    query = queries.decode(pairs, queries.QuotesQuery)
    wanted = [code for code in _listed(venue) if code.partition("-")[0] in query.quote_currencies]
    return list(_tickers(venue, [venue.market.boards[code] for code in wanted]))


def books(venue: Venue, pairs: Pairs) -> list[BookSnapshot]:
    """`GET /v1/orderbook`; a level that a market does not have: an empty list."""
    query = queries.decode(pairs, queries.BooksQuery)
    found, level = [], Decimal(query.level or 0)
    count = shown.ROWS_MAX if query.count is None else min(query.count, shown.ROWS_MAX)
    for code in query.markets:
        board = _board(venue, code)
        if level in shown.levels(board, tick_of(venue, board)):
            found.append(shown.book(board, level, count))
    return found


def instruments(venue: Venue, pairs: Pairs) -> list[BookInstrument]:
    """`GET /v1/orderbook/instruments`: the tick at the last price."""
    query = queries.decode(pairs, queries.MarketListQuery)
    found = []
    for code in query.markets:
        board = _board(venue, code)
        tick = tick_of(venue, board)
        found.append(
            BookInstrument(
                market=code,
                quote_currency=code.partition("-")[0],
                tick_size=tick,
                supported_levels=shown.levels(board, tick),
            )
        )
    return found


def tick_of(venue: Venue, board: Board) -> Decimal:
    """Return the tick of a market at its last price; before the first trade the finest one."""
    ticks = venue.rules(board.instrument.market).ticks
    price = board.price(board.trades[-1].price_u) if board.trades else shown.ZERO
    return next(tick for lower, tick in ticks if price >= lower)


def _tickers(venue: Venue, boards: Iterable[Board]) -> Iterator[TickerSnapshot]:
    for board in boards:
        found = shown.ticker(board, venue.now_ns)
        if found is not None:
            yield found


def _listed(venue: Venue) -> list[str]:
    return [code for code in venue.market.boards if venue.state(code) != "delisted"]


def _board(venue: Venue, code: str) -> Board:
    board = venue.market.boards.get(code)
    if board is None or venue.state(code) == "delisted":
        raise NotQuoted(404, UNKNOWN)
    return board


def _time(text: str | None) -> int | None:
    if not text:
        return None
    found = ns_of(text)
    if found is None:
        raise NotQuoted(400, INVALID)
    return found
