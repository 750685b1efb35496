"""What everybody sees of one market: its last trades, its book, candles, sums of a day.

Numbers are whole units of the instrument; `price`, `size` and `turnover` make decimals of them.
Bounded: `Keep` says how much is remembered.
"""

from collections import deque
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Final, NamedTuple

import numpy as np

from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.dtypes.tape import BOOK
from sigma_cli.domain.instruments import Instrument
from sigma_cli.domain.units import NS_PER_DAY, NS_PER_MINUTE, NS_PER_S

_BID: Final = 1
_WIDE: Final = Context(prec=80)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """How much of each market is remembered; the oldest goes first."""

    trades: int = 5_000
    seconds: int = 3_600
    """Candles of a second, of those that have trades."""
    minutes: int = 10_080
    days: int = 400


class Traded(NamedTuple):
    """A trade; `day_close_u` is the last price of the day before (0: none is known)."""

    ts_ns: int
    price_u: int
    size_u: int
    side: int
    """Of the aggressor: 1 a buyer, -1 a seller."""
    sequential_id: int
    """The recorded id of the trade: it grows with every trade of the market."""
    day_close_u: int


@dataclass(slots=True)
class Bar:
    """A candle as it grows; there is one only where there were trades."""

    open_ts_ns: int
    open_u: int
    high_u: int
    low_u: int
    close_u: int
    size_u: int
    turnover_u: int
    """Price times size, in units of both."""
    bought_u: int
    """Of `size_u`, what buyers took."""
    last_ts_ns: int
    """Of the last trade in it."""


class Board:
    """What everybody sees of one market."""

    def __init__(self, instrument: Instrument, keep: Keep) -> None:
        self.instrument = instrument
        self.trades: deque[Traded] = deque(maxlen=keep.trades)
        """The newest last."""
        self.seconds: deque[Bar] = deque(maxlen=keep.seconds)
        self.minutes: deque[Bar] = deque(maxlen=keep.minutes)
        self.days: deque[Bar] = deque(maxlen=keep.days)
        """From 00:00 UTC. Of all three the newest is last, and may still grow."""
        self.book: Record | None = None
        """BOOK: the best levels, size 0 where there is none; None: unknown."""
        self.book_ts_ns = 0
        self._has_levels = False
        self._price_exp, self._size_exp = -instrument.price_exp, -instrument.size_exp

    @property
    def day_close_u(self) -> int:
        """The last price of the day before the newest trade's; 0: no such day is known."""
        return self.days[-2].close_u if len(self.days) > 1 else 0

    def day_sums(self, now_ns: int) -> tuple[int, int]:
        """Return size and turnover, in units, of the minutes of the last 24 hours.

        By whole minutes: the one that was cut 24 hours ago is left out.
        """
        size_u = turnover_u = 0
        for bar in reversed(self.minutes):
            if bar.open_ts_ns < now_ns - NS_PER_DAY:
                break
            size_u += bar.size_u
            turnover_u += bar.turnover_u
        return size_u, turnover_u

    def best(self, side: int) -> tuple[int, int]:
        """Return price and size of the best bid (1) or ask (-1); zeros where there is none."""
        book = self.book
        if book is None:
            return 0, 0
        price_u = book.bid_u[0] if side == _BID else book.ask_u[0]
        size_u = book.bid_size_u[0] if side == _BID else book.ask_size_u[0]
        return (int(price_u), int(size_u)) if size_u > 0 else (0, 0)

    def price(self, price_u: int) -> Decimal:
        """Return a price in quote currency."""
        return Decimal(price_u).scaleb(self._price_exp, _WIDE)

    def size(self, size_u: int) -> Decimal:
        """Return a size in base currency."""
        return Decimal(size_u).scaleb(self._size_exp, _WIDE)

    def turnover(self, turnover_u: int) -> Decimal:
        """Return a sum of prices times sizes in quote currency."""
        return Decimal(turnover_u).scaleb(self._price_exp + self._size_exp, _WIDE)

    # --- What happens ---

    def on_trade(self, ts_ns: int, row: Record) -> None:
        """Show a trade (TRADE)."""
        _, _, trade_id, price_u, size_u, side = row.item()
        for bars, interval_ns in (
            (self.seconds, NS_PER_S),
            (self.minutes, NS_PER_MINUTE),
            (self.days, NS_PER_DAY),
        ):
            open_ts_ns = ts_ns - ts_ns % interval_ns
            if bars and bars[-1].open_ts_ns == open_ts_ns:
                _grow(bars[-1], ts_ns, price_u, size_u, side)
            else:
                bought_u = size_u if side > 0 else 0
                prices = (price_u, price_u, price_u, price_u)
                bars.append(Bar(open_ts_ns, *prices, size_u, price_u * size_u, bought_u, ts_ns))
        self.trades.append(Traded(ts_ns, price_u, size_u, side, trade_id, self.day_close_u))

    def on_quote(self, ts_ns: int, row: Record) -> None:
        """Show best bid and ask (QUOTE), where nobody sends whole books."""
        if self._has_levels:
            return
        book = np.zeros(1, BOOK)[0]
        book.exch_ts_ns, book.recv_ts_ns, book.update_id = row.item()[:3]
        book.bid_u[0], book.bid_size_u[0] = row.bid_u, row.bid_size_u
        book.ask_u[0], book.ask_size_u[0] = row.ask_u, row.ask_size_u
        self.book, self.book_ts_ns = book, ts_ns

    def on_book(self, ts_ns: int, row: Record) -> None:
        """Show a whole book (BOOK)."""
        self._has_levels = True
        self.book, self.book_ts_ns = row, ts_ns

    def on_gap(self) -> None:
        """Show no book until the next one comes."""
        self.book = None

    def let_go(self) -> None:
        """Keep a copy of what lies in a chunk, so that the chunk can be forgotten."""
        if self.book is not None:
            self.book = self.book.copy()


def _grow(bar: Bar, ts_ns: int, price_u: int, size_u: int, side: int) -> None:
    bar.high_u = max(bar.high_u, price_u)
    bar.low_u = min(bar.low_u, price_u)
    bar.close_u = price_u
    bar.size_u += size_u
    bar.turnover_u += price_u * size_u
    bar.bought_u += size_u if side > 0 else 0
    bar.last_ts_ns = ts_ns
