"""Faults on demand: what goes wrong with answers and streams, when, and how often. Pure.

They are written by hand, made from a seed, or sent to the control address while the exchange runs.
The same faults, requests and times give the same ends. Those of answers:

    delay      wait `wait_s` before the answer         drop_request  close; nothing was done
    refuse     `status` at once; nothing was done      drop_answer   close; it was done
    html       a proxy's page; nothing was done        fail          `status`; it was done
    cut        `bytes` of the body, then close         malform       half of the body, well sent
    lag        for `wait_s` after it, what it did is not seen (`lag.py`)

Those of streams:

    silence    nothing comes, the connection stays     disconnect    all connections end
    duplicate  a message twice                         reorder       a message after its next one
    cross      the best bid above the best ask         pad           rows of zeros up to 30

`cross` and `pad` spoil books that are asked for as well. A message that waits for its next one
waits for ever if none comes.
"""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Annotated, Final, Literal, TypeVar, get_args

from msgspec import Meta, Struct, structs

from sigma_cli.domain.units import NS_PER_S
from sigma_cli.errors import UsageError
from sigma_cli.exchange.front import Answer, Request
from sigma_cli.exchange.upbit.rest import refusal
from sigma_cli.exchange.upbit.shown import ROWS_MAX, ZERO
from sigma_cli.exchange.upbit.streams import Topic
from sigma_cli.venues.upbit.wire import json
from sigma_cli.venues.upbit.wire.frames import Message
from sigma_cli.venues.upbit.wire.market import BookSnapshot, BookUnit
from sigma_cli.venues.upbit.wire.stream import Book

AnswerKind = Literal[
    "delay", "refuse", "html", "drop_request", "drop_answer", "fail", "cut", "malform", "lag"
]
StreamKind = Literal["silence", "disconnect", "duplicate", "reorder", "cross", "pad"]
UNDONE: Final[tuple[AnswerKind, ...]] = ("refuse", "html", "drop_request")
"""Faults that come before the venue sees the request."""
FAULTS_MAX: Final = 1_000
_MESSAGES: Final[tuple[StreamKind, ...]] = ("silence", "duplicate", "reorder")
WAIT_S: Final = 1.0
"""The wait of faults that are made from a seed."""
HTML: Final = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body></body>\r\n</html>\r\n"
)
PAD: Final = BookUnit(ask_price=ZERO, bid_price=ZERO, ask_size=ZERO, bid_size=ZERO)

B = TypeVar("B", BookSnapshot, Book)
Share = Annotated[float, Meta(ge=0, le=1)]
Seconds = Annotated[float, Meta(ge=0, le=1e6)]
Whole = Annotated[int, Meta(ge=0, le=2**31)]


class Fault(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What goes wrong, where, and how often. Patterns are those of a shell: `/v1/orders*`."""

    kind: AnswerKind | StreamKind
    method: str = "*"
    path: str = "*"
    type: str = "*"
    """Of a stream's messages."""
    code: str = "*"
    skip: Whole = 0
    """How many fitting requests or messages pass first."""
    times: Whole | None = 1
    """How many go wrong; null: all of them."""
    chance: Share = 1.0
    """How likely each of them goes wrong."""
    from_s: Seconds = 0.0
    """Since the exchange began, by its clock."""
    until_s: Seconds | None = None
    wait_s: Seconds = WAIT_S
    status: Annotated[int, Meta(ge=400, le=599)] = 500
    name: Annotated[str, Meta(max_length=64)] = ""
    """The error's name; else the status stands for it, in a quotation answer always."""
    bytes: Whole = 0


@dataclass(slots=True)
class _Armed:
    """A fault, and what became of it so far."""

    fault: Fault
    passed: int = 0
    done: int = 0


class Faults:
    """The faults that may still come."""

    def __init__(self, start_ns: int, seed: int = 1) -> None:
        self._start_ns = start_ns
        self._random = random.Random(seed)  # noqa: S311 - it guards nothing
        self._armed: list[_Armed] = []
        self._held: dict[Topic, list[Message]] = {}

    def add(self, faults: Iterable[Fault]) -> None:
        """Take more faults, after those that are there.

        Raises:
            UsageError: they are too many.
        """
        armed = [*self._armed, *(_Armed(fault) for fault in faults)]
        if len(armed) > FAULTS_MAX:
            raise UsageError(f"{len(armed):,} faults; at most {FAULTS_MAX:,} are kept")
        self._armed = armed

    def clear(self) -> None:
        """Let everything go well from now on."""
        self._armed.clear()
        self._held.clear()

    def left(self) -> tuple[Fault, ...]:
        """Return the faults that may still come."""
        return tuple(armed.fault for armed in self._armed)

    def of_request(self, request: Request, now_ns: int) -> tuple[Fault, ...]:
        """Return what goes wrong with a request, and count it."""
        return self._due(
            get_args(AnswerKind),
            now_ns,
            lambda fault: (
                fnmatchcase(request.method, fault.method) and fnmatchcase(request.path, fault.path)
            ),
        )

    def spoil_books(self, answer: Answer, now_ns: int) -> Answer:
        """Return an answer to `GET /v1/orderbook`, its books spoiled one by one."""
        if answer.status != 200:
            return answer
        books = json.decode_list(answer.body, BookSnapshot)
        spoiled = [_spoilt(book, self._of_book(book.market, now_ns)) for book in books]
        return replace(answer, body=json.encode_list(spoiled))

    def of_message(self, topic: Topic, message: Message, now_ns: int) -> list[Message]:
        """Return what is sent in place of a message: nothing, it, or several."""
        if not self._armed and not self._held:
            return [message]
        kinds = {
            fault.kind: fault
            for fault in self._due(
                ("silence", "duplicate") if topic in self._held else _MESSAGES,
                now_ns,
                lambda fault: _is_about(fault, topic.type, topic.code),
            )
        }
        if "silence" in kinds:
            return []
        if isinstance(message, Book):
            message = _spoilt(message, self._of_book(message.code, now_ns))
        sent = [message, message] if "duplicate" in kinds else [message]
        if "reorder" in kinds:
            self._held[topic] = sent
            return []
        return sent + self._held.pop(topic, [])

    def disconnects(self, now_ns: int) -> bool:
        """Tell whether all connections end now."""
        return bool(self._due(("disconnect",), now_ns, lambda _: True))

    def _of_book(self, code: str, now_ns: int) -> tuple[Fault, ...]:
        return self._due(
            ("cross", "pad"), now_ns, lambda fault: _is_about(fault, "orderbook", code)
        )

    def _due(
        self, kinds: tuple[str, ...], now_ns: int, fits: Callable[[Fault], bool]
    ) -> tuple[Fault, ...]:
        """Return the faults of these kinds that come now, one of a kind, and count them."""
        found: dict[str, Fault] = {}
        for armed in self._armed:
            fault = armed.fault
            may_come = fault.kind in kinds and fault.kind not in found and fits(fault)
            if may_come and self._is_due(armed, now_ns):
                found[fault.kind] = fault
        if found:
            self._armed = [
                armed
                for armed in self._armed
                if armed.fault.times is None or armed.done < armed.fault.times
            ]
        return tuple(found.values())

    def _is_due(self, armed: _Armed, now_ns: int) -> bool:
        fault, since_s = armed.fault, (now_ns - self._start_ns) / NS_PER_S
        if since_s < fault.from_s or (fault.until_s is not None and since_s >= fault.until_s):
            return False
        armed.passed += 1
        if armed.passed <= fault.skip or self._random.random() >= fault.chance:
            return False
        armed.done += 1
        return True


def of_seed(chance: float) -> tuple[Fault, ...]:
    """Return faults of every kind that come by chance, for ever; `chance` is that of each one."""
    kinds: tuple[AnswerKind | StreamKind, ...] = (*get_args(AnswerKind), *get_args(StreamKind))
    rare = chance / 100  # a disconnection ends every connection, and is asked for at every look
    return tuple(
        Fault(
            kind=kind,
            times=None,
            chance=rare if kind == "disconnect" else chance,
            status=503 if kind == "refuse" else 500,
        )
        for kind in kinds
    )


def undone(faults: tuple[Fault, ...], *, is_public: bool) -> Answer | None:
    """Return the answer of a request that the venue never sees; None: it sees it."""
    for fault in faults:
        if fault.kind == "drop_request":
            return Answer(status=500, is_dropped=True)
        if fault.kind == "html":
            return Answer(status=502, body=HTML, headers=(("content-type", "text/html"),))
        if fault.kind == "refuse":
            return _failure(fault, is_public)
    return None


def spoilt(answer: Answer, faults: tuple[Fault, ...], *, is_public: bool) -> Answer:
    """Return an answer with everything that goes wrong after it was made."""
    for fault in faults:
        if fault.kind == "fail":
            failed = _failure(fault, is_public)
            answer = replace(answer, status=failed.status, body=failed.body)
        elif fault.kind == "malform":
            answer = replace(answer, body=answer.body[: len(answer.body) // 2])
        elif fault.kind == "cut":
            answer = replace(answer, sent_max=fault.bytes)
        elif fault.kind == "drop_answer":
            answer = replace(answer, is_dropped=True)
        elif fault.kind == "delay":
            answer = replace(answer, wait_ns=round(fault.wait_s * NS_PER_S))
    return answer


def _failure(fault: Fault, is_public: bool) -> Answer:
    names: dict[int, str] = {
        429: "too_many_requests",
        418: "too_many_requests",
        500: "internal_server_error",
    }
    name: str | int = fault.name or names.get(fault.status, "") or fault.status
    words = f"Blocked for {fault.wait_s:g} seconds." if fault.status == 418 else "as a fault says"
    return refusal(fault.status, fault.status if is_public else name, words)


def _is_about(fault: Fault, kind: str, code: str) -> bool:
    return fnmatchcase(kind, fault.type) and fnmatchcase(code, fault.code)


def _spoilt(book: B, faults: tuple[Fault, ...]) -> B:
    """Return a book that is crossed, padded or both."""
    units: tuple[BookUnit, ...] = book.orderbook_units
    kinds = {fault.kind for fault in faults}
    if "cross" in kinds and units and units[0].ask_price:
        best = units[0]
        above = best.ask_price + max(best.ask_price - best.bid_price, Decimal("1e-8"))
        units = (structs.replace(best, bid_price=above), *units[1:])
    if "pad" in kinds:
        units = (*units, *[PAD] * (ROWS_MAX - len(units)))
    return structs.replace(book, orderbook_units=units)
