"""What stands between sockets and a venue's protocol: requests, answers, streams. No I/O.

The door (`door.py`) knows HTTP and WebSocket frames, and no venue; a venue's front knows what its
requests mean, and no socket. An answer also says what shall go wrong with it.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

STREAM_BYTES_MAX: Final = 8 << 20
"""Bytes that may wait for a slow client; 2,700 books of 30 rows. One more and it is cut off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An HTTP request; names of headers are in small letters, path and query as they were sent."""

    method: str
    path: str
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    ip: str = "127.0.0.1"

    def header(self, name: str) -> str | None:
        """Return the first header of this name."""
        return next((value for known, value in self.headers if known == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP answer, and what shall go wrong on its way."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    wait_ns: int = 0
    """By the exchange's clock, before the first byte is sent."""
    is_dropped: bool = False
    """The connection closes without a byte."""
    sent_max: int | None = None
    """Bytes of the body that are sent, of those announced; then the connection closes."""


@dataclass(slots=True)
class Outbox:
    """What a stream has to send: frames in order, and at last a close."""

    wake: Callable[[], None] = lambda: None
    """Called when there is something to send."""
    frames: deque[bytes] = field(default_factory=deque)
    waiting: int = 0
    """Bytes."""
    close_code: int | None = None
    is_cut: bool = False
    """The connection ends at once, without a word."""

    def put(self, frame: bytes) -> None:
        """Send a frame; a client that does not take what it asked for is cut off."""
        if self.close_code is not None or self.is_cut:
            return
        self.frames.append(frame)
        self.waiting += len(frame)
        if self.waiting > STREAM_BYTES_MAX:
            self.cut()
        self.wake()

    def take(self) -> bytes:
        """Return the next frame."""
        frame = self.frames.popleft()
        self.waiting -= len(frame)
        return frame

    def close(self, code: int) -> None:
        """Close after what is already there."""
        self.close_code = code
        self.wake()

    def cut(self) -> None:
        """End the connection and forget what it did not get."""
        self.frames.clear()
        self.waiting = 0
        self.is_cut = True
        self.wake()


class Stream(Protocol):
    """One WebSocket connection, as the front sees it."""

    outbox: Outbox

    def receive(self, message: bytes) -> None:
        """Take a message of the client."""

    def heard(self) -> None:
        """Note that there was traffic that is no message: a ping or a pong."""

    def gone(self) -> None:
        """Note that the connection has ended."""


class Front(Protocol):
    """A venue's protocol, whatever carries it."""

    def advance(self, now_ns: int) -> None:
        """Let happen what is due until `now_ns`."""

    def answer(self, request: Request) -> Answer:
        """Answer a request at the time of the last `advance`."""

    def broken(self, status: int, ip: str) -> Answer:
        """Answer bytes that are no HTTP request, or too many of them."""

    def open_stream(self, request: Request) -> Stream | Answer:
        """Begin a stream, or say why not."""

    def date_ns(self) -> int:
        """Return the time that answers are dated with."""
