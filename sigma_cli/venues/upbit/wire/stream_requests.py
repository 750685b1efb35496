"""What a client says on the WebSocket: a list of a ticket, subscriptions, maybe a format.

    [{"ticket": "uuid"}, {"type": "trade", "codes": ["KRW-BTC"]}, {"format": "SIMPLE"}]
    [{"ticket": "uuid"}, {"method": "LIST_SUBSCRIPTIONS"}]
    PING

A new request replaces all subscriptions of its connection (upbit.md 1.10). `isOnlySnapshot` and
`isOnlyRealtime`, which pyupbit sends, mean what the names with underscores mean.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct, field

from sigma_cli.venues.upbit.wire import json
from sigma_cli.venues.upbit.wire.errors import WireError
from sigma_cli.venues.upbit.wire.fields import AskedLevel, Name, Price
from sigma_cli.venues.upbit.wire.stream import DATA

PRIVATE: Final = frozenset({"myOrder", "myAsset"})
"""Types that need a key and the private address."""
TYPES: Final = frozenset(DATA) | {"announcement"}
"""Every type that may be asked for. What announcements look like is not known here."""
BOOK_ROWS: Final = (1, 5, 15, 30)
BOOK_ROWS_USUAL: Final = 30

_WHERE: Final = "stream request"


class Format(StrEnum):
    """The four shapes of a stream: long or short names, bare or in a list of one."""

    DEFAULT = "DEFAULT"
    SIMPLE = "SIMPLE"
    JSON_LIST = "JSON_LIST"
    SIMPLE_LIST = "SIMPLE_LIST"


class Subscription(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A wish for messages of one type. Of books a code may end in the rows: `KRW-BTC.15`."""

    type: Name
    codes: tuple[Name, ...] | None = None
    """Needed for market data; left out for all own orders; forbidden for own assets."""
    level: Price | None = None
    is_only_snapshot: bool = False
    is_only_realtime: bool = False


class StreamRequest(Struct, frozen=True, kw_only=True):
    """What a connection shall bring from now on, or a question what it brings."""

    ticket: Annotated[str, Meta(min_length=1, max_length=256)]
    subscriptions: tuple[Subscription, ...] = ()
    format: Format = Format.DEFAULT
    method: Literal["LIST_SUBSCRIPTIONS"] | None = None


class Ping(Struct, frozen=True):
    """The bare text PING; the venue answers with its status every 10 s."""


class _Element(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Any element of a request: what it is, its keys say."""

    ticket: Annotated[str, Meta(max_length=256)] | None = None
    type: Name | None = None
    codes: tuple[Name, ...] | None = None
    level: AskedLevel | None = None
    is_only_snapshot: bool | None = None
    is_only_realtime: bool | None = None
    snapshot_camel: bool | None = field(default=None, name="isOnlySnapshot")
    realtime_camel: bool | None = field(default=None, name="isOnlyRealtime")
    method: Literal["LIST_SUBSCRIPTIONS"] | None = None
    format: Format | None = None


def decode_request(frame: bytes) -> StreamRequest | Ping:
    """Return what a client wants, text frame or binary.

    Raises:
        WireError: it can't be had; `name` is the venue's word for why. Which word stands for an
            unknown type or method is not documented: WRONG_FORMAT is our choice.
    """
    if frame.strip() == b"PING":
        return Ping()
    try:
        elements = json.decode_list(frame, _Element, bytes_max=json.REQUEST_BYTES_MAX)
    except WireError as error:
        raise WireError(error.what, where=error.where, name="WRONG_FORMAT") from error
    tickets = [each.ticket for each in elements if each.ticket]
    if not tickets:
        raise WireError("no ticket", where=_WHERE, name="NO_TICKET")
    method = next((each.method for each in elements if each.method), None)
    subscriptions = tuple(_subscriptions(elements))
    if not subscriptions and method is None:
        raise WireError("no type", where=_WHERE, name="NO_TYPE")
    return StreamRequest(
        ticket=tickets[0],
        subscriptions=subscriptions,
        format=next((each.format for each in elements if each.format), Format.DEFAULT),
        method=method,
    )


def encode_request(request: StreamRequest | Ping) -> bytes:
    """Return the frame that asks for `request`."""
    if isinstance(request, Ping):
        return b"PING"
    elements = [
        _Element(ticket=request.ticket),
        *(
            _Element(
                type=each.type,
                codes=each.codes,
                level=each.level,
                is_only_snapshot=each.is_only_snapshot or None,
                is_only_realtime=each.is_only_realtime or None,
            )
            for each in request.subscriptions
        ),
    ]
    if request.method is not None:
        elements.append(_Element(method=request.method))
    if request.format is not Format.DEFAULT:
        elements.append(_Element(format=request.format))
    return json.encode_list(elements)


def book_rows(code: str) -> tuple[str, int]:
    """Split a code of a book into the market and the rows wanted; unknown counts mean 30.

    >>> book_rows("KRW-BTC.15"), book_rows("KRW-BTC"), book_rows("KRW-BTC.7")
    (('KRW-BTC', 15), ('KRW-BTC', 30), ('KRW-BTC', 30))
    """
    market, _, rows = code.partition(".")
    known = {str(count): count for count in BOOK_ROWS}
    return market, known.get(rows, BOOK_ROWS_USUAL)


def _subscriptions(elements: tuple[_Element, ...]) -> Iterator[Subscription]:
    for each in elements:
        if each.type is None:
            continue
        if each.type not in TYPES:
            raise WireError(f"no type {each.type[:40]!r}", where=_WHERE, name="WRONG_FORMAT")
        if each.type == "myAsset" and each.codes is not None:
            raise WireError("myAsset takes no codes", where=_WHERE, name="WRONG_FORMAT")
        if each.type in DATA and each.type not in PRIVATE and not each.codes:
            raise WireError(f"{each.type} without codes", where=_WHERE, name="NO_CODES")
        yield Subscription(
            type=each.type,
            codes=each.codes,
            level=each.level,
            is_only_snapshot=bool(each.is_only_snapshot or each.snapshot_camel),
            is_only_realtime=bool(each.is_only_realtime or each.realtime_camel),
        )
