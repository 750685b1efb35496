"""Streams: what a connection asked for, and what it gets. Pure: messages in, frames out.

A request replaces all subscriptions of its connection. Of market data one SNAPSHOT comes, then
REALTIME; own orders and balances come when they change. After `PING` the status comes every 10 s;
120 s without traffic, either way, end the connection (upbit.md 1.10).

Not documented, and chosen here: an error leaves the connection open, but for the 418 of one that
goes on after ten refused messages; own data on the public address is INVALID_AUTH, market data on
the private one WRONG_FORMAT; a type that the key does not allow is INVALID_AUTH too. Announcements
never come.
"""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Final, NamedTuple, TypeAlias

from sigma_cli.domain.units import NS_PER_S
from sigma_cli.exchange.front import Outbox
from sigma_cli.exchange.upbit.keys import Key, Scope
from sigma_cli.exchange.upbit.limits import MessageLimit
from sigma_cli.venues.upbit.wire import frames
from sigma_cli.venues.upbit.wire.errors import Refusal, RefusalBody, WireError
from sigma_cli.venues.upbit.wire.stream import Status, Subscribed, Subscriptions
from sigma_cli.venues.upbit.wire.stream_requests import (
    PRIVATE,
    Format,
    Ping,
    StreamRequest,
    Subscription,
    book_rows,
    decode_request,
)

IDLE_NS: Final = 120 * NS_PER_S
UP_NS: Final = 10 * NS_PER_S
STRIKES_MAX: Final = 10
"""Refused messages after which a connection is closed."""
TOPICS_MAX: Final = 4_096
"""Subscriptions of a connection: 250 markets in each of 14 types are 3,500."""
CLOSE_IDLE: Final = 1_000
CLOSE_PENALTY: Final = 1_008
SCOPE_OF: Final[dict[str, Scope]] = {"myAsset": "assets", "myOrder": "order_view"}
_WHERE: Final = "stream request"
_UP: Final = frames.encode(Status(status="UP"))


class Topic(NamedTuple):
    """What messages are about: those of one topic are the same for everybody who wants them.

    `code` is "" for all own orders and for own balances; `level` and `rows` are of books alone.
    """

    type: str
    code: str
    account: str = ""
    level: Decimal = Decimal(0)
    rows: int = 0


Show: TypeAlias = Callable[[Topic], frames.Message | None]
"""Returns the SNAPSHOT of a topic; None: there is none, as of unknown markets and of own data."""


class Session:
    """One connection; `key` is its key, None on the public address."""

    def __init__(self, hub: "Streams", key: Key | None) -> None:
        self.key = key
        self.outbox = Outbox()
        self.form = Format.DEFAULT
        self.topics: tuple[Topic, ...] = ()
        self.wanted: tuple[Subscription, ...] = ()
        self.up_from_ns: int | None = None
        self.heard_ns = hub.now_ns
        self._hub = hub
        self._limit = MessageLimit()
        self._strikes = 0

    def receive(self, message: bytes) -> None:
        """Take a message of the client."""
        self.heard()
        if not self._limit.spend(self._hub.now_ns):
            self._refuse_more()
            return
        try:
            request = decode_request(message)
            if isinstance(request, Ping):
                self._begin_up()
            elif request.method is not None:
                self.form = request.format
                self.send(self._listed(request))
            else:
                self._subscribe(request)
        except WireError as error:
            self._error(error.name, error.what)

    def heard(self) -> None:
        """Note traffic that is no message."""
        self.heard_ns = self._hub.now_ns

    def gone(self) -> None:
        """Note that the connection has ended."""
        self._hub.leave(self)

    def send(self, message: frames.Message) -> None:
        """Send a message in the connection's format."""
        self.put(frames.encode(message, self.form))

    def put(self, frame: bytes) -> None:
        """Send a frame."""
        self.heard()
        self.outbox.put(frame)

    def pass_time(self, now_ns: int) -> None:
        """Send the status that is due; close if nothing was heard for too long."""
        if self.up_from_ns is not None and now_ns - self.up_from_ns >= UP_NS:
            self.up_from_ns += (now_ns - self.up_from_ns) // UP_NS * UP_NS
            self.put(_UP)
        if now_ns - self.heard_ns >= IDLE_NS:
            self.outbox.close(CLOSE_IDLE)

    def _begin_up(self) -> None:
        """Answer a PING at once, then every 10 s."""
        self.up_from_ns = self._hub.now_ns
        self.put(_UP)

    def _subscribe(self, request: StreamRequest) -> None:
        for wish in request.subscriptions:
            self._check(wish)
        wishes = request.subscriptions
        shown = self._all_topics(wish for wish in wishes if not wish.is_only_realtime)
        live = self._all_topics(wish for wish in wishes if not wish.is_only_snapshot)
        if max(len(shown), len(live)) > TOPICS_MAX:
            raise WireError(
                f"at most {TOPICS_MAX:,} subscriptions", where=_WHERE, name="INVALID_PARAM"
            )
        self.form = request.format
        self.wanted = wishes
        self._hub.change(self, live)
        for topic in shown:
            message = self._hub.show(topic)
            if message is not None:
                self.send(message)

    def _all_topics(self, wishes: Iterable[Subscription]) -> tuple[Topic, ...]:
        return tuple(dict.fromkeys(topic for wish in wishes for topic in self._topics(wish)))

    def _check(self, wish: Subscription) -> None:
        """Raise WireError where this connection may not have what it wants."""
        if wish.type == "announcement":
            if self.key is None:
                raise WireError("announcements need a key", where=_WHERE, name="INVALID_AUTH")
        elif wish.type in PRIVATE:
            if self.key is None or SCOPE_OF[wish.type] not in self.key.scopes:
                raise WireError(f"no right to {wish.type}", where=_WHERE, name="INVALID_AUTH")
        elif self.key is not None:
            raise WireError(
                f"{wish.type} is on the public address", where=_WHERE, name="WRONG_FORMAT"
            )

    def _topics(self, wish: Subscription) -> Iterator[Topic]:
        account = self.key.account if self.key is not None else ""
        for code in wish.codes or ("",):
            if wish.type == "orderbook":
                market, rows = book_rows(code)
                yield Topic(wish.type, market, "", wish.level or Decimal(0), rows)
            elif wish.type in PRIVATE:
                yield Topic(wish.type, code, account)
            else:
                yield Topic(wish.type, code)

    def _listed(self, request: StreamRequest) -> Subscriptions:
        return Subscriptions(
            method="LIST_SUBSCRIPTIONS",
            result=tuple(
                Subscribed(
                    type=wish.type,
                    codes=wish.codes,
                    level=(wish.level or Decimal(0)) if wish.type == "orderbook" else None,
                )
                for wish in self.wanted
            ),
            ticket=request.ticket,
        )

    def _refuse_more(self) -> None:
        self._strikes += 1
        if self._strikes < STRIKES_MAX:
            self._error("Too Many Requests", "too many messages")
        else:
            self._error("I'm a teapot", "too many messages, again and again")
            self.outbox.close(CLOSE_PENALTY)

    def _error(self, name: str, words: str) -> None:
        self.send(RefusalBody(error=Refusal(name=name, message=words)))


class Streams:
    """All connections, and who wants what."""

    def __init__(self, show: Show) -> None:
        self.show = show
        self.now_ns = 0
        self.sessions: dict[Session, None] = {}
        self._wanting: dict[Topic, dict[Session, None]] = {}
        self._topics: dict[tuple[str, str], dict[Topic, None]] = {}
        """Those that anybody wants, by type and code."""

    def open(self, key: Key | None) -> Session:
        """Begin a connection."""
        session = Session(self, key)
        self.sessions[session] = None
        return session

    def leave(self, session: Session) -> None:
        """Forget a connection."""
        self.change(session, ())
        self.sessions.pop(session, None)

    def change(self, session: Session, topics: tuple[Topic, ...]) -> None:
        """Let a connection have these topics, and no others."""
        for topic in session.topics:
            wanting = self._wanting[topic]
            del wanting[session]
            if not wanting:
                del self._wanting[topic]
                del self._topics[topic.type, topic.code][topic]
        session.topics = topics
        for topic in topics:
            self._wanting.setdefault(topic, {})[session] = None
            self._topics.setdefault((topic.type, topic.code), {})[topic] = None

    def wanted(self, kind: str, code: str) -> tuple[Topic, ...]:
        """Return the topics of this type and code that anybody wants."""
        return tuple(self._topics.get((kind, code), ()))

    def publish(self, topic: Topic, message: frames.Message) -> None:
        """Send a message to whoever wants its topic, written once for each format."""
        written: dict[Format, bytes] = {}
        for session in self._wanting.get(topic, ()):
            if session.form not in written:
                written[session.form] = frames.encode(message, session.form)
            session.put(written[session.form])

    def pass_time(self, now_ns: int) -> None:
        """Let every connection have its status, and end the idle ones."""
        self.now_ns = now_ns
        for session in tuple(self.sessions):
            session.pass_time(now_ns)
