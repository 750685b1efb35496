"""The door: HTTP and WebSocket on one loopback port, for a front that knows no socket.

Bytes are read by h11 and by the sans-I/O part of websockets; this module moves them, and has a
limit on everything that a client may send, hold or leave lying. Whoever breaks one gets an answer
where HTTP has one, and is cut off. Must not know what a request means.
"""

import asyncio
from typing import Final

from sigma_cli.domain.units import NS_PER_S
from sigma_cli.errors import OutsideError
from sigma_cli.exchange.clock import LOOK_NS, Clock
from sigma_cli.exchange.door_http import BadRequest, DoorLimits, Http
from sigma_cli.exchange.door_stream import Carrier
from sigma_cli.exchange.front import Answer, Front

HOST: Final = "127.0.0.1"


class Door:
    """Serves a front until it is closed."""

    def __init__(self, front: Front, clock: Clock, limits: DoorLimits | None = None) -> None:
        self.port = 0
        self._front = front
        self._clock = clock
        self._limits = limits or DoorLimits()
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()
        self._ticking: asyncio.Task[None] | None = None
        self._bug: asyncio.Future[None] | None = None

    async def open(self, port: int = 0) -> None:
        """Listen on a port of this machine alone; 0 takes a free one.

        Raises:
            OutsideError: somebody else has the port.
        """
        try:
            self._server = await asyncio.start_server(self._welcome, HOST, port)
        except OSError as error:
            raise OutsideError(
                f"port {port} can't be had: {error.strerror}", where=HOST, fix="take another --port"
            ) from error
        self.port = self._server.sockets[0].getsockname()[1]
        self._bug = asyncio.get_running_loop().create_future()
        self._ticking = asyncio.create_task(self._tick())

    async def served(self) -> None:
        """Serve until closed; a bug of the front is raised here, whoever met it."""
        assert self._ticking is not None and self._bug is not None, "the door is open"
        await asyncio.wait((self._ticking, self._bug), return_when=asyncio.FIRST_COMPLETED)
        for ended in (self._bug, self._ticking):
            if ended.done() and not ended.cancelled():
                ended.result()

    async def close(self) -> None:
        """Stop listening and end every connection."""
        if self._server is None or self._ticking is None:
            return
        self._server.close()
        ending = [*self._serving, self._ticking]
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)
        await self._server.wait_closed()

    async def _tick(self) -> None:
        """Let things happen while nobody asks; a clock that waits is looked at as often."""
        while True:
            self._front.advance(self._clock.now_ns())
            await asyncio.sleep(LOOK_NS / NS_PER_S)

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        if len(self._serving) >= self._limits.connections:
            writer.transport.abort()
            return
        self._serving.add(task)
        try:
            await self._serve(Http(reader, writer, self._limits, self._front.date_ns))
            writer.close()
        except (OSError, TimeoutError):
            writer.transport.abort()  # the client left, or takes too long
        except asyncio.CancelledError:
            writer.transport.abort()  # the door closes
        except Exception as bug:
            writer.transport.abort()
            if self._bug is not None and not self._bug.done():
                self._bug.set_exception(bug)
        finally:
            self._serving.discard(task)

    async def _serve(self, http: Http) -> None:
        """Answer the requests of a connection, until one of them asks for a stream."""
        goes_on = True
        while goes_on:
            try:
                request = await http.next_request()
            except BadRequest as error:
                await http.send(self._front.broken(error.status, http.ip))
                await http.linger()
                return
            if request is None:
                return
            self._advance()
            if http.wants_stream(request):
                stream = self._front.open_stream(request)
                if not isinstance(stream, Answer):
                    await Carrier(stream, http, self._advance).run()
                    return
                goes_on = await self._sent(stream, http)
            else:
                goes_on = await self._sent(self._front.answer(request), http)

    async def _sent(self, answer: Answer, http: Http) -> bool:
        """Send an answer, with what goes wrong on its way; tell whether the connection goes on."""
        await self._clock.told()
        if answer.wait_ns:
            await self._clock.until(self._clock.now_ns() + answer.wait_ns)
        if answer.is_dropped:
            return False
        return await http.send(answer)

    def _advance(self) -> None:
        self._front.advance(self._clock.now_ns())
