"""An exchange behind a real door on loopback, and small clients to knock at it."""

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, TypeVar

from websockets.asyncio.client import ClientConnection, connect

from sigma_cli.exchange.clock import Clock
from sigma_cli.exchange.door import Door
from sigma_cli.exchange.door_http import DoorLimits
from tests.exchange.fair import START_NS
from tests.exchange.shop import Shop

T = TypeVar("T")


class Reply(NamedTuple):
    """An HTTP answer as it came."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def said(self) -> Any:
        """The JSON of the body."""
        return json.loads(self.body)


class Home:
    """An open door, and the shop behind it."""

    def __init__(self, shop: Shop, clock: Clock, door: Door) -> None:
        self.shop = shop
        self.clock = clock
        self.door = door

    async def send(self, data: bytes, *, ends: bool = False) -> bytes:
        """Send bytes on a connection of their own; return all that comes until it closes.

        `ends`: no byte will follow, and the door is told so.
        """
        reader, writer = await asyncio.open_connection("127.0.0.1", self.door.port)
        try:
            writer.write(data)
            await writer.drain()
            if ends:
                writer.write_eof()
            async with asyncio.timeout(5):
                return await reader.read()
        except ConnectionError:
            return b""
        finally:
            writer.close()

    async def ask(
        self, method: str, target: str, body: bytes = b"", headers: tuple[str, ...] = ()
    ) -> Reply:
        """Send a request on a connection of its own."""
        lines = [f"{method} {target} HTTP/1.1", "Host: 127.0.0.1", "Connection: close", *headers]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        return reply(await self.send("\r\n".join(lines).encode() + b"\r\n\r\n" + body))

    async def control(self, method: str, path: str, said: object = None) -> Any:
        """Ask at the control address."""
        body = b"" if said is None else json.dumps(said).encode()
        found = await self.ask(method, f"/_control{path}", body)
        assert found.status == 200, found
        return found.said

    def stream(self, private: bool = False, **how: Any) -> connect:
        """Open a WebSocket."""
        path = "/websocket/v1/private" if private else "/websocket/v1"
        return connect(f"ws://127.0.0.1:{self.door.port}{path}", ping_interval=None, **how)


def reply(data: bytes) -> Reply:
    """Read an answer that ends with its connection."""
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    return Reply(
        int(first.split(" ")[1]), {name.lower(): value for name, value in headers.items()}, body
    )


@asynccontextmanager
async def home(
    shop: Shop | None = None, *, limits: DoorLimits | None = None, speed: float | None = None
) -> AsyncIterator[Home]:
    """Open a door; its clock waits to be stepped unless a speed is given."""
    shop = shop or Shop()
    clock = Clock(START_NS, speed)
    door = Door(shop.exchange, clock, limits)
    shop.exchange.allow_control(clock.step)
    await door.open()
    serving = asyncio.create_task(door.served())
    try:
        yield Home(shop, clock, door)
        if serving.done():
            await serving  # a bug is raised, not hidden
    finally:
        serving.cancel()
        await door.close()


def run(story: Coroutine[Any, Any, T]) -> T:
    """Tell a story, in ten seconds at most."""

    async def bounded() -> T:
        async with asyncio.timeout(10):
            return await story

    return asyncio.run(bounded())


async def messages(stream: ClientConnection, count: int) -> list[Any]:
    """Receive messages, all of them binary."""
    found = []
    for _ in range(count):
        frame = await stream.recv()
        assert isinstance(frame, bytes), "frames are binary"
        found.append(json.loads(frame))
    return found
