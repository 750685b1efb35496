"""Frames of the WebSocket <-> messages, in four formats.

    DEFAULT      {"type": "trade", "code": "KRW-BTC", ...}
    SIMPLE       {"ty": "trade", "cd": "KRW-BTC", ...}
    JSON_LIST    [{"type": "trade", ...}]
    SIMPLE_LIST  [{"ty": "trade", ...}]

The server's frames are binary (upbit.md 1.10). A frame shows its own format: `decode` needs none.
The status and errors have no short names and stand in no list.
"""

from typing import Any, Final

import msgspec

from sigma_cli.venues.upbit.wire import json
from sigma_cli.venues.upbit.wire.errors import Refusal, RefusalBody, WireError
from sigma_cli.venues.upbit.wire.short_names import SIMPLE
from sigma_cli.venues.upbit.wire.stream import DATA, Data, Status, Subscriptions
from sigma_cli.venues.upbit.wire.stream_requests import Format

Message = Data | Subscriptions | Status | RefusalBody

FRAME_BYTES_MAX: Final = 1 << 20
"""Bytes of a frame; a book of 30 rows has 3,000."""


def decode(frame: bytes) -> Message:
    """Return what a frame of the server says.

    Raises:
        WireError: it says nothing that is known here.
    """
    inner = _inner(frame)
    head = json.peek(inner, _Head, bytes_max=FRAME_BYTES_MAX)
    kind = _kind(head)
    if head.ty is None and head.mthd is None:
        known: Message = json.decode(inner, kind)
        return known
    short = json.decode(inner, SIMPLE[kind])
    found: Message = msgspec.convert(short, kind, from_attributes=True)
    return found


def format_of(frame: bytes) -> Format:
    """Return the format of a frame that `decode` takes."""
    inner = _inner(frame)
    head = json.peek(inner, _Head, bytes_max=FRAME_BYTES_MAX)
    is_short = head.ty is not None or head.mthd is not None
    return _FORMATS[is_short, inner is not frame]


def encode(message: Message, form: Format = Format.DEFAULT) -> bytes:
    """Return the frame that brings `message`."""
    if isinstance(message, Status | RefusalBody):
        return json.encode(message)
    if form in (Format.SIMPLE, Format.SIMPLE_LIST):
        short: msgspec.Struct = msgspec.convert(
            message, SIMPLE[type(message)], from_attributes=True
        )
        data = json.encode(short)
    else:
        data = json.encode(message)
    return b"[" + data + b"]" if form in (Format.JSON_LIST, Format.SIMPLE_LIST) else data


_FORMATS: Final = {
    (False, False): Format.DEFAULT,
    (True, False): Format.SIMPLE,
    (False, True): Format.JSON_LIST,
    (True, True): Format.SIMPLE_LIST,
}


class _Head(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What tells the kind of a frame."""

    type: str | None = None
    ty: str | None = None
    method: str | None = None
    mthd: str | None = None
    status: str | None = None
    error: Refusal | None = None


def _inner(frame: bytes) -> bytes:
    """Return the object of a frame, taken out of its list.

    A list of two has a comma between them, which no object can have.
    """
    bare = frame.strip()
    if bare[:1] == b"[" and bare[-1:] == b"]":
        return bare[1:-1]
    return frame


def _kind(head: _Head) -> type[Any]:
    name = head.type if head.type is not None else head.ty
    if name is not None:
        if name in DATA:
            return DATA[name]
        raise WireError(f"no message is of type {name[:40]!r}", where="frame $.type")
    if head.method is not None or head.mthd is not None:
        return Subscriptions
    if head.status is not None:
        return Status
    if head.error is not None:
        return RefusalBody
    raise WireError("neither a type, a method, a status nor an error", where="frame $")
