"""What happens, to those who want it: the venue's events become messages of streams. Pure.

A trade and a book are told one by one; a ticker once for all that happened since the last look,
a candle at most once a second (upbit.md 1.10): where one ended and the next began since, both are.
Prices beside a trade are those at the look; looks are `LOOK_NS` apart at most.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Final, TypeAlias, get_args

from sigma_cli.domain.events import EventKind
from sigma_cli.domain.units import NS_PER_MS, NS_PER_S
from sigma_cli.exchange.board import Board, Traded
from sigma_cli.exchange.upbit import candles, quotation, shown
from sigma_cli.exchange.upbit.events import Event, MarketEvent, OrderEvent
from sigma_cli.exchange.upbit.streams import Streams, Topic
from sigma_cli.exchange.upbit.venue import Venue
from sigma_cli.venues.upbit.wire import frames
from sigma_cli.venues.upbit.wire.stream import CandleType

LOOK_NS: Final = 100 * NS_PER_MS
CANDLES: Final[tuple[CandleType, ...]] = get_args(CandleType)

Tell: TypeAlias = Callable[[Topic, frames.Message], None]
"""Sends a message to whoever wants a topic; faults stand in between."""


class Feeds:
    """Turns events into messages; `tell` sends them."""

    def __init__(self, venue: Venue, streams: Streams, tell: Tell) -> None:
        self._venue = venue
        self._streams = streams
        self._tell = tell
        self._second = -1
        self._grown: dict[str, int] = {}
        """Markets with trades since the candles were last told: the time of the first of these."""

    def publish(self, events: Iterable[Event], now_ns: int) -> None:
        """Tell what happened until now."""
        traded: dict[str, None] = {}
        for event in events:
            if isinstance(event, MarketEvent):
                if event.kind == EventKind.TRADE:
                    self._trade(event, now_ns)
                    traded[event.code] = None
                    self._grown.setdefault(event.code, event.ts_ns)
                elif event.kind in (EventKind.BOOK, EventKind.QUOTE):
                    self._book(event)
            else:
                self._own(event)
        for code in traded:
            self._ticker(code, now_ns)
        if now_ns // NS_PER_S > self._second:
            self._second = now_ns // NS_PER_S
            for code, since_ns in self._grown.items():
                self._candles(code, since_ns)
            self._grown.clear()

    def show(self, topic: Topic) -> frames.Message | None:
        """Return the SNAPSHOT of a topic; None: there is none."""
        board = self._venue.market.boards.get(topic.code)
        if board is None or topic.account:
            return None
        if topic.type in CANDLES:
            return candles.snapshot(board, topic.type)
        if topic.type == "ticker":
            state = self._venue.state(topic.code)
            return shown.streamed_ticker(board, self._venue.now_ns, state, "SNAPSHOT")
        if topic.type == "trade":
            last = board.trades[-1] if board.trades else None
            return shown.streamed_trade(board, last, "SNAPSHOT") if last else None
        if board.book is None or not self._has(board, topic.level):
            return None
        wanted = (topic.level, topic.rows)
        return shown.streamed_book(board, board.book, board.book_ts_ns, wanted, "SNAPSHOT")

    def _trade(self, event: MarketEvent, now_ns: int) -> None:
        for topic in self._streams.wanted("trade", event.code):
            board, row = self._venue.market.boards[event.code], event.row
            trade = Traded(
                event.ts_ns,
                int(row.price_u),
                int(row.size_u),
                int(row.side),
                int(row.trade_id),
                board.day_close_u,
            )
            told_ms = now_ns // NS_PER_MS
            self._tell(topic, shown.streamed_trade(board, trade, "REALTIME", told_ms))

    def _book(self, event: MarketEvent) -> None:
        board = self._venue.market.boards[event.code]
        for topic in self._streams.wanted("orderbook", event.code):
            row = event.row if event.kind == EventKind.BOOK else board.book
            if row is not None and self._has(board, topic.level):
                wanted = (topic.level, topic.rows)
                self._tell(topic, shown.streamed_book(board, row, event.ts_ns, wanted, "REALTIME"))

    def _has(self, board: Board, level: Decimal) -> bool:
        """Tell whether a market's prices may be grouped so."""
        return not level or level in shown.levels(board, quotation.tick_of(self._venue, board))

    def _ticker(self, code: str, now_ns: int) -> None:
        board = self._venue.market.boards[code]
        for topic in self._streams.wanted("ticker", code):
            state = self._venue.state(code)
            found = shown.streamed_ticker(board, now_ns, state, "REALTIME")
            assert found is not None, "there was a trade"
            self._tell(topic, found)

    def _candles(self, code: str, since_ns: int) -> None:
        board = self._venue.market.boards[code]
        for kind in CANDLES:
            for topic in self._streams.wanted(kind, code):
                for found in candles.grown(board, kind, since_ns):
                    self._tell(topic, found)

    def _own(self, event: Event) -> None:
        """Tell an account of its order, or of its balances."""
        assert not isinstance(event, MarketEvent)
        if isinstance(event, OrderEvent):
            topic = Topic("myOrder", event.message.code, event.account)
            self._include(topic)
        else:
            topic = Topic("myAsset", "", event.account)
        if topic in self._streams.wanted(topic.type, topic.code):
            self._tell(topic, event.message)

    def _include(self, topic: Topic) -> None:
        """Let those who want all own orders want this market's, too.

        So a message is one for faults to count, and comes once to who asked for both.
        """
        every = topic._replace(code="")
        for session in self._streams.sessions:
            has = session.topics if session.key is not None else ()
            if every in has and topic not in has:
                self._streams.change(session, (*has, topic))
