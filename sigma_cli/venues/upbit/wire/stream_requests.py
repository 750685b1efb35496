"""What a client says on the WebSocket: a list of a ticket, subscriptions, maybe a format.

    [{"ticket": "uuid"}, {"type": "trade", "codes": ["KRW-BTC"]}, {"format": "SIMPLE"}]
    [{"ticket": "uuid"}, {"method": "LIST_SUBSCRIPTIONS"}]
    PING

A new request replaces all subscriptions of its connection (EXCHANGES 1.10).
"""

from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta, Struct

from sigma_cli.venues.upbit.wire.fields import Name, Price


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
