"""A server that does nothing but serve: the least that h11, or websockets, costs on this machine.

    python -m benchmarks.engines.exchange_peer http|frames FILE

Prints its port. `http` answers every request with the bytes of FILE; `frames` sends the lines of
FILE over and over, to everybody who connects.
"""

import asyncio
import sys
from itertools import cycle
from pathlib import Path

import h11
from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as serve_frames
from websockets.exceptions import ConnectionClosed

READ_BYTES = 64 << 10
said = Path(sys.argv[2]).read_bytes()


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the requests of one connection."""
    headers = [("content-length", str(len(said))), ("content-type", "application/json")]
    connection = h11.Connection(h11.SERVER)
    while data := await reader.read(READ_BYTES):
        connection.receive_data(data)
        while not isinstance(event := connection.next_event(), h11.EndOfMessage):
            if event is h11.NEED_DATA:
                connection.receive_data(await reader.read(READ_BYTES))
        out = connection.send(h11.Response(status_code=200, headers=headers)) or b""
        out += connection.send(h11.Data(data=said)) or b""
        out += connection.send(h11.EndOfMessage()) or b""
        writer.write(out)
        await writer.drain()
        connection.start_next_cycle()
    writer.close()


async def tell(connection: ServerConnection) -> None:
    """Send frames until the client leaves."""
    try:
        for line in cycle(said.splitlines()):
            await connection.send(line)
    except ConnectionClosed:
        pass


async def main() -> None:
    """Serve until killed."""
    if sys.argv[1] == "http":
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
    else:
        frames = await serve_frames(tell, "127.0.0.1", 0, compression=None)
        port = next(iter(frames.sockets)).getsockname()[1]
    print(port, flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
