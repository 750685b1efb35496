"""Candles of every length, out of the board's seconds, minutes and days. Pure.

An interval without a trade has no candle (upbit.md 1.4). How far back they reach is what the board
remembers.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain
from typing import Final, Literal

from sigma_cli.domain.units import NS_PER_DAY, NS_PER_MINUTE, NS_PER_MS, NS_PER_S
from sigma_cli.exchange.board import Bar, Board
from sigma_cli.exchange.upbit.times import moment, moment_kst
from sigma_cli.venues.upbit.wire.market import Candle
from sigma_cli.venues.upbit.wire.stream import CandleType, CandleUpdate, StreamType

Period = Literal["weeks", "months", "years"]
MINUTES: Final = (1, 3, 5, 10, 15, 30, 60, 240)
"""The units that the venue has."""
STREAMED_NS: Final[dict[CandleType, int]] = {
    "candle.1s": NS_PER_S,
    "candle.1m": NS_PER_MINUTE,
    "candle.3m": 3 * NS_PER_MINUTE,
    "candle.5m": 5 * NS_PER_MINUTE,
    "candle.10m": 10 * NS_PER_MINUTE,
    "candle.15m": 15 * NS_PER_MINUTE,
    "candle.30m": 30 * NS_PER_MINUTE,
    "candle.60m": 60 * NS_PER_MINUTE,
    "candle.240m": 240 * NS_PER_MINUTE,
}

_MONDAY_NS: Final = 4 * NS_PER_DAY
"""1970-01-05, the first Monday."""


@dataclass(frozen=True, slots=True)
class Length:
    """How long candles are: which bars they are made of, and when the one of a time begins."""

    of: Literal["seconds", "minutes", "days"]
    start: Callable[[int], int]


def every(span_ns: int) -> Length:
    """Return the length of candles of a fixed span: a second, some minutes or a day."""
    of: Literal["seconds", "minutes", "days"] = (
        "seconds" if span_ns < NS_PER_MINUTE else "minutes" if span_ns < NS_PER_DAY else "days"
    )
    return Length(of, lambda ts_ns: ts_ns - ts_ns % span_ns)


def _week(ts_ns: int) -> int:
    return ts_ns - (ts_ns - _MONDAY_NS) % (7 * NS_PER_DAY)


def _month(ts_ns: int) -> int:
    day = datetime.fromtimestamp(ts_ns // NS_PER_S, UTC)
    return int(datetime(day.year, day.month, 1, tzinfo=UTC).timestamp()) * NS_PER_S


def _year(ts_ns: int) -> int:
    day = datetime.fromtimestamp(ts_ns // NS_PER_S, UTC)
    return int(datetime(day.year, 1, 1, tzinfo=UTC).timestamp()) * NS_PER_S


PERIODS: Final[dict[Period, Length]] = {
    "weeks": Length("days", _week),
    "months": Length("days", _month),
    "years": Length("days", _year),
}


def newest(board: Board, length: Length, count: int, before_ns: int | None = None) -> list[Bar]:
    """Return the `count` last candles that begin before a time, the newest first."""
    bars: Iterable[Bar] = reversed(getattr(board, length.of))
    found: list[Bar] = []
    for bar in bars:
        start_ns = length.start(bar.open_ts_ns)
        if before_ns is not None and start_ns >= before_ns:
            continue
        if found and found[-1].open_ts_ns == start_ns:
            _put_before(found[-1], bar)
        elif len(found) < count:
            found.append(replace(bar, open_ts_ns=start_ns))
        else:
            break
    return found


def _put_before(candle: Bar, bar: Bar) -> None:
    """Let a candle begin with an earlier bar."""
    candle.open_u = bar.open_u
    candle.high_u = max(candle.high_u, bar.high_u)
    candle.low_u = min(candle.low_u, bar.low_u)
    candle.size_u += bar.size_u
    candle.turnover_u += bar.turnover_u
    candle.bought_u += bar.bought_u


def with_day_before(bars: list[Bar]) -> Iterator[tuple[Bar, Bar | None]]:
    """Yield each candle, newest first, with the one before it."""
    yield from zip(bars, chain(bars[1:], (None,)), strict=False)


def answer(board: Board, bar: Bar) -> Candle:
    """Return a candle as REST shows it, without what only some lengths have."""
    second = bar.open_ts_ns // NS_PER_S
    return Candle(
        market=board.instrument.market,
        candle_date_time_utc=moment(second),
        candle_date_time_kst=moment_kst(second),
        opening_price=board.price(bar.open_u),
        high_price=board.price(bar.high_u),
        low_price=board.price(bar.low_u),
        trade_price=board.price(bar.close_u),
        timestamp=bar.last_ts_ns // NS_PER_MS,
        candle_acc_trade_price=board.turnover(bar.turnover_u),
        candle_acc_trade_volume=board.size(bar.size_u),
    )


def snapshot(board: Board, kind: CandleType) -> CandleUpdate | None:
    """Return the last candle as a stream shows it first; None: there was no trade yet."""
    found = newest(board, every(STREAMED_NS[kind]), 1)
    return _update(board, kind, found[0], "SNAPSHOT") if found else None


def grown(board: Board, kind: CandleType, since_ns: int) -> Iterator[CandleUpdate]:
    """Yield the candles that trades changed, as a stream shows them, the oldest first.

    `since_ns` is the time of the first of these trades: its candle changed, and all after it did.
    """
    length = every(STREAMED_NS[kind])
    first_ns, last_ns = length.start(since_ns), length.start(board.seconds[-1].open_ts_ns)
    count_max = (last_ns - first_ns) // STREAMED_NS[kind] + 1
    for bar in reversed(newest(board, length, count_max)):
        if bar.open_ts_ns >= first_ns:
            yield _update(board, kind, bar, "REALTIME")


def _update(board: Board, kind: CandleType, bar: Bar, stream_type: StreamType) -> CandleUpdate:
    second = bar.open_ts_ns // NS_PER_S
    return CandleUpdate(
        type=kind,
        code=board.instrument.market,
        candle_date_time_utc=moment(second),
        candle_date_time_kst=moment_kst(second),
        opening_price=board.price(bar.open_u),
        high_price=board.price(bar.high_u),
        low_price=board.price(bar.low_u),
        trade_price=board.price(bar.close_u),
        candle_acc_trade_volume=board.size(bar.size_u),
        candle_acc_trade_price=board.turnover(bar.turnover_u),
        timestamp=bar.last_ts_ns // NS_PER_MS,
        stream_type=stream_type,
    )
