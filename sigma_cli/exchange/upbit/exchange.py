"""The local exchange, whole: REST, streams, faults and control around one venue. Pure.

It is told the time, and lets everything until then happen in small steps, so that streams tell of
each in turn. Must not open a socket or read a clock: `exchange/door.py` and `exchange/clock.py` do.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Final, Literal

from sigma_cli.exchange.front import Answer, Request
from sigma_cli.exchange.upbit import limits
from sigma_cli.exchange.upbit.changes import Change, Changes
from sigma_cli.exchange.upbit.control import PREFIX, Control, Now
from sigma_cli.exchange.upbit.faults import Fault, Faults, spoilt, undone
from sigma_cli.exchange.upbit.feeds import LOOK_NS, Feeds
from sigma_cli.exchange.upbit.keys import Key, Keyring
from sigma_cli.exchange.upbit.limits import Limits, Rates
from sigma_cli.exchange.upbit.refusals import Refused
from sigma_cli.exchange.upbit.rest import Rest, refusal
from sigma_cli.exchange.upbit.routes import PUBLIC
from sigma_cli.exchange.upbit.streams import CLOSE_PENALTY, Session, Streams, Topic
from sigma_cli.exchange.upbit.venue import Venue
from sigma_cli.venues.upbit.wire import frames
from sigma_cli.venues.upbit.wire.errors import Refusal, RefusalBody

STREAM: Final = "/websocket/v1"
STREAM_PRIVATE: Final = "/websocket/v1/private"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """Switches of the door: what nobody knows of the real one."""

    rates: Rates = field(default_factory=Rates)
    private_refused: Literal["http", "frame"] = "http"
    """A private stream without a good token: 401 to the upgrade, or INVALID_AUTH and the end."""
    stream_nonce_once: bool = False
    """Whether a stream may not be opened twice with one token: ccxt does, and works."""


class Exchange:
    """A venue that can be asked; call `advance` first, with the time at which it begins."""

    def __init__(
        self, venue: Venue, keyring: Keyring, start_ns: int, manners: Manners | None = None
    ) -> None:
        self.venue = venue
        self.faults = Faults(start_ns, venue.behaviour.seed)
        self._manners = manners or Manners()
        self._limits = Limits(self._manners.rates)
        self._changes = Changes(venue, keyring, self._limits, start_ns)
        self._rest = Rest(venue, keyring, self._limits)
        self._streams = Streams(self._show)
        self._feeds = Feeds(venue, self._streams, self._tell)
        self._control: Control | None = None
        venue.advance(start_ns, quietly=True)
        venue.take_events()  # nobody was there to hear of it
        self._streams.pass_time(start_ns)

    @property
    def sessions(self) -> Collection[Session]:
        """The streams that are open."""
        return self._streams.sessions

    def allow_control(self, step: Callable[[int], int]) -> None:
        """Answer at the control address; `step` moves the clock and returns the time."""
        self._control = Control(
            self.faults, self._changes, lambda by_ns: self.advance(step(by_ns)), self._now
        )

    def script(self, faults: Iterable[Fault], changes: Iterable[Change]) -> None:
        """Let these faults and changes come.

        Raises:
            UsageError: they are too many, or a change can't be done.
        """
        self.faults.add(faults)
        for change in changes:
            self._changes.add(change)

    # --- What the door asks ---

    def advance(self, now_ns: int) -> None:
        """Let happen what is due until `now_ns`; a time that has passed changes nothing."""
        while self.venue.now_ns < now_ns:
            self._step(self._next_ns(now_ns))

    def answer(self, request: Request) -> Answer:
        """Answer a request at the time of the last `advance`."""
        if self._control is not None and request.path.startswith(PREFIX):
            answer = self._control.answer(request)
        else:
            answer = self._logged(request)
        self._feeds.publish(self.venue.take_events(), self.venue.now_ns)
        return answer

    def open_stream(self, request: Request) -> Session | Answer:
        """Begin a stream, or say why not."""
        if request.path not in (STREAM, STREAM_PRIVATE):
            return self.answer(request)
        key: Key | None = None
        if request.path == STREAM_PRIVATE:
            try:
                key = self._rest.key(request, nonce_once=self._manners.stream_nonce_once)
            except Refused as error:
                return self._unknown(request, error)
        is_browser = request.header("origin") is not None
        group = limits.ORIGIN if is_browser else limits.CONNECT
        who = request.ip if key is None else key.account
        spent = self._limits.spend(group, who, self.venue.now_ns)
        if spent.status != 200:
            return self._rest.limited(spent, is_public=key is None)
        return self._streams.open(key)

    def broken(self, status: int, ip: str) -> Answer:
        """Answer bytes that are no HTTP request, or too many of them."""
        return self._rest.broken(status, ip)

    def date_ns(self) -> int:
        """Return the time that answers are dated with."""
        return self.venue.now_ns + self._changes.offset_ns

    # --- Inside ---

    def _next_ns(self, now_ns: int) -> int:
        """Return how far the next step goes."""
        from_ns = self.venue.now_ns
        if self._streams.sessions:
            now_ns = min(now_ns, from_ns - from_ns % LOOK_NS + LOOK_NS)
        change_ns = self._changes.next_ns()
        return now_ns if change_ns is None else min(now_ns, max(change_ns, from_ns + 1))

    def _step(self, to_ns: int) -> None:
        self.venue.advance(to_ns, quietly=not self._streams.sessions)
        for failed in self._changes.do_due():
            self.venue.log.add("change", to_ns, failed=failed)
        self._streams.now_ns = to_ns
        self._feeds.publish(self.venue.take_events(), to_ns)
        self._streams.pass_time(to_ns)
        if self._streams.sessions and self.faults.disconnects(to_ns):
            for session in self._streams.sessions:
                session.outbox.cut()

    def _logged(self, request: Request) -> Answer:
        """Answer, and write down both sides; of public answers, that anybody gets, the length."""
        log, now_ns = self.venue.log, self.venue.now_ns
        asked = {"method": request.method, "path": request.path, "query": request.query}
        text = request.body.decode(errors="replace")
        log.add("request", now_ns, what="http", **asked, body=text)
        n = log.count
        wrong = self.faults.of_request(request, now_ns)
        answer = self._answer(request, wrong)
        body = (
            {"bytes": len(answer.body)}
            if request.path in PUBLIC
            else {"body": answer.body.decode(errors="replace")}
        )
        faults = [fault.kind for fault in wrong]
        said = {"request": n, "status": answer.status, **body, "faults": faults}
        log.add("answer", now_ns, what="http", **said)
        return answer

    def _answer(self, request: Request, wrong: tuple[Fault, ...]) -> Answer:
        is_public = request.path in PUBLIC
        answer = undone(wrong, is_public=is_public)
        if answer is None:
            lag_s = max((fault.wait_s for fault in wrong if fault.kind == "lag"), default=0.0)
            answer = self._rest.answer(request, round(lag_s * 1e9))
            if request.path == "/v1/orderbook":
                answer = self.faults.spoil_books(answer, self.venue.now_ns)
        else:
            answer = self._rest.counted(request, answer)
        return spoilt(answer, wrong, is_public=is_public)

    def _unknown(self, request: Request, error: Refused) -> Session | Answer:
        if self._manners.private_refused == "http":
            told = refusal(error.status, error.name, error.message)
            return self._rest.counted(request, told)
        session = self._streams.open(None)
        session.send(RefusalBody(error=Refusal(name="INVALID_AUTH", message=error.message)))
        session.outbox.close(CLOSE_PENALTY)
        return session

    def _show(self, topic: Topic) -> frames.Message | None:
        return self._feeds.show(topic)

    def _tell(self, topic: Topic, message: frames.Message) -> None:
        for each in self.faults.of_message(topic, message, self.venue.now_ns):
            self._streams.publish(topic, each)

    def _now(self) -> Now:
        return Now(
            now_ns=self.venue.now_ns,
            streams=len(self._streams.sessions),
            faults=self.faults.left(),
        )
