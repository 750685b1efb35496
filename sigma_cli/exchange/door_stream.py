"""One WebSocket connection of the door: a stream's messages <-> frames, by websockets' protocol."""

import asyncio
from collections.abc import Callable
from typing import Final

from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.frames import Frame, Opcode
from websockets.http11 import Request as Upgrade
from websockets.protocol import State
from websockets.server import ServerProtocol

from sigma_cli.exchange.door_http import READ_BYTES, Http
from sigma_cli.exchange.front import Stream

FRAMES_AT_ONCE: Final = 64
"""Frames that are handed over before it is looked whether the client takes them."""
_MESSAGE: Final = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT)


class Carrier:
    """Carries the messages of one stream; `advance` lets the front's time pass."""

    def __init__(self, stream: Stream, http: Http, advance: Callable[[], None]) -> None:
        self._stream = stream
        self._http = http
        self._advance = advance
        self._wake = asyncio.Event()
        self._parts = bytearray()
        self._protocol = ServerProtocol(
            extensions=[ServerPerMessageDeflateFactory()], max_size=http.limits.frame_bytes
        )

    async def run(self) -> None:
        """Answer the upgrade, then carry messages until one side ends.

        Raises:
            TimeoutError: the client does not take what it asked for.
        """
        self._stream.outbox.wake = self._wake.set
        try:
            if not await self._upgraded():
                return
            self._wake.set()
            tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._send())]
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()
                ends = await asyncio.gather(*tasks, return_exceptions=True)
            for end in ends:
                if isinstance(end, Exception):
                    raise end
        finally:
            self._stream.gone()

    async def _upgraded(self) -> bool:
        self._protocol.receive_data(self._http.head())
        asked = next(iter(self._protocol.events_received()), None)
        if isinstance(asked, Upgrade):
            self._protocol.send_response(self._protocol.accept(asked))
        await self._flush()
        if self._protocol.state is not State.OPEN:
            return False
        self._protocol.receive_data(self._http.rest())
        return await self._taken()

    async def _read(self) -> None:
        while True:
            data = await self._http.reader.read(READ_BYTES)
            if not data:
                return
            self._protocol.receive_data(data)
            if not await self._taken():
                return

    async def _taken(self) -> bool:
        """Hand over what has come; tell whether more may come."""
        events = self._protocol.events_received()
        if events:
            self._advance()
        for event in events:
            if isinstance(event, Frame):
                self._take(event)
        await self._flush()
        return not self._protocol.close_expected()

    def _take(self, frame: Frame) -> None:
        if frame.opcode not in _MESSAGE:
            self._stream.heard()
            return
        self._parts += frame.data
        if frame.fin:
            message = bytes(self._parts)
            self._parts.clear()
            self._stream.receive(message)

    async def _send(self) -> None:
        """Send what the stream has to say; after its close, wait for the client's."""
        outbox = self._stream.outbox
        while True:
            await self._wake.wait()
            self._wake.clear()
            while outbox.frames and self._protocol.state is State.OPEN:
                for _ in range(min(len(outbox.frames), FRAMES_AT_ONCE)):
                    self._protocol.send_binary(outbox.take())
                await self._flush()
            if outbox.is_cut:
                self._http.writer.transport.abort()
                return
            if outbox.close_code is not None and self._protocol.state is State.OPEN:
                self._protocol.send_close(outbox.close_code)
                await self._flush()
                await asyncio.sleep(self._http.limits.send_s)
                return

    async def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                await self._http.write(data)
