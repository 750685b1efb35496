"""One HTTP/1.1 connection of the door: bytes <-> requests and answers, by h11."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate
from typing import Final

import h11

from sigma_cli.domain.units import NS_PER_S
from sigma_cli.exchange.front import Answer, Request

READ_BYTES: Final = 64 << 10
LINGER_BYTES: Final = 4 << 20
LINGER_S: Final = 1.0
_CAN_ANSWER: Final = (h11.IDLE, h11.SEND_RESPONSE)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorLimits:
    """What a client may do; seconds are real ones."""

    connections: int = 512
    head_bytes: int = 64 << 10
    """Request line and headers. The longest query that is read has 32,768 characters."""
    body_bytes: int = 128 << 10
    """Twice what the venue's codec takes, so that it says why not."""
    frame_bytes: int = 128 << 10
    """A message of a stream."""
    request_s: float = 15.0
    """From the first byte of a request to its last."""
    idle_s: float = 75.0
    """Between two requests of a connection."""
    send_s: float = 10.0
    """Until a client has taken what it is sent, or closes after a close."""


class BadRequest(Exception):  # noqa: N818 - what a client did, not a mistake of the program
    """Bytes that are no request; `status` says why."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


class Http:
    """A connection: requests one after the other, each answered before the next is read."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        limits: DoorLimits,
        date_ns: Callable[[], int],
    ) -> None:
        self.reader = reader
        self.writer = writer
        self.limits = limits
        self._date_ns = date_ns
        self._ip = str(writer.get_extra_info("peername")[0])
        self._h11 = h11.Connection(h11.SERVER, max_incomplete_event_size=limits.head_bytes)
        self._head: h11.Request | None = None

    @property
    def ip(self) -> str:
        """The address of the client."""
        return self._ip

    async def next_request(self) -> Request | None:
        """Return the next request, whole; None: the client has closed, or said nothing.

        Raises:
            BadRequest: it sends no HTTP, or too much.
            TimeoutError: it began a request and does not end it.
        """
        self._head = None  # an answer to what is no request has a body, whatever was asked before
        if not self._h11.trailing_data[0]:
            try:
                async with asyncio.timeout(self.limits.idle_s):
                    self._h11.receive_data(await self.reader.read(READ_BYTES))
            except TimeoutError:
                return None
        async with asyncio.timeout(self.limits.request_s):
            return await self._whole()

    def head(self) -> bytes:
        """Return the request line and headers of the last request, as bytes on the wire."""
        head = self._head
        assert head is not None, "there was a request"
        lines = [b"%s %s HTTP/1.1" % (head.method, head.target)]
        lines += [b"%s: %s" % (name, value) for name, value in head.headers]
        return b"\r\n".join(lines) + b"\r\n\r\n"

    def rest(self) -> bytes:
        """Return what came after the last request, when it asked for another protocol."""
        return self._h11.trailing_data[0]

    def wants_stream(self, request: Request) -> bool:
        """Tell whether a request asks for a WebSocket."""
        return (request.header("upgrade") or "").lower() == "websocket"

    async def send(self, answer: Answer) -> bool:
        """Send an answer; tell whether another request may follow.

        Raises:
            TimeoutError: the client does not take it.
        """
        if self._h11.our_state not in _CAN_ANSWER:
            return False
        is_whole = answer.sent_max is None
        is_head = self._head is not None and self._head.method == b"HEAD"
        headers = [
            ("date", formatdate(self._date_ns() / NS_PER_S, usegmt=True)),
            ("content-length", str(len(answer.body))),
            *answer.headers,
        ]
        data = self._h11.send(h11.Response(status_code=answer.status, headers=headers)) or b""
        body = b"" if is_head else answer.body[: answer.sent_max]
        if body:
            data += self._h11.send(h11.Data(data=body)) or b""
        if is_whole:
            data += self._h11.send(h11.EndOfMessage()) or b""
        await self.write(data)
        states = self._h11.states
        if not is_whole or {states[h11.SERVER], states[h11.CLIENT]} != {h11.DONE}:
            return False
        self._h11.start_next_cycle()
        return True

    async def linger(self) -> None:
        """Let the client read the last answer: what it still sends is thrown away for a moment.

        A socket that closes with bytes unread resets the connection, and the answer is lost.
        """
        self.writer.write_eof()
        left = LINGER_BYTES
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LINGER_S):
                while left > 0 and (data := await self.reader.read(READ_BYTES)):
                    left -= len(data)

    async def write(self, data: bytes) -> None:
        """Hand bytes to the client.

        Raises:
            TimeoutError: it does not take them.
        """
        self.writer.write(data)
        async with asyncio.timeout(self.limits.send_s):
            await self.writer.drain()

    async def _whole(self) -> Request | None:
        body = bytearray()
        try:
            while True:
                event = self._h11.next_event()
                if event is h11.NEED_DATA:
                    await self._more()
                elif isinstance(event, h11.Request):
                    self._head = event
                elif isinstance(event, h11.Data):
                    body += event.data
                    if len(body) > self.limits.body_bytes:
                        raise BadRequest(413)
                elif isinstance(event, h11.EndOfMessage):
                    return self._request(bytes(body))
                else:
                    return None
        except h11.RemoteProtocolError as error:
            raise BadRequest(error.error_status_hint) from error

    async def _more(self) -> None:
        if self._h11.they_are_waiting_for_100_continue:
            go_on = h11.InformationalResponse(status_code=100, headers=[])
            await self.write(self._h11.send(go_on) or b"")
        self._h11.receive_data(await self.reader.read(READ_BYTES))

    def _request(self, body: bytes) -> Request:
        """Return what was asked; the headers of an upgrade are ASCII, or it is none."""
        head = self._head
        assert head is not None, "a message ends after it began"
        path, _, query = head.target.decode("ascii").partition("?")
        asked = Request(
            method=head.method.decode("ascii"),
            path=path,
            query=query,
            headers=tuple(
                (name.decode("ascii"), value.decode("latin-1")) for name, value in head.headers
            ),
            body=body,
            ip=self._ip,
        )
        if self.wants_stream(asked) and not all(value.isascii() for _, value in asked.headers):
            raise BadRequest(400)
        return asked
