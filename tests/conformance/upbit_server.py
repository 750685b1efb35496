"""A local exchange in a thread, for clients that block: a day of minutes, then a lively market.

Its clock runs faster than real time, so that no client waits long for its own rate limits.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

from sigma_cli.domain.units import NS_PER_MS
from sigma_cli.exchange.clock import Clock
from sigma_cli.exchange.door import Door
from sigma_cli.exchange.upbit.exchange import Exchange
from sigma_cli.exchange.upbit.keys import Keyring
from tests.exchange.fair import BTC, ETH, START_NS, Fair, Tape, instruments
from tests.exchange.shop import key

MINUTES: Final = 1_200
LIVELY_S: Final = 600
SPEED: Final = 4.0


class Server(NamedTuple):
    """Where it listens, and its one key."""

    port: int
    access_key: str
    secret_key: str

    @property
    def rest(self) -> str:
        """The address without a path."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def websocket(self) -> str:
        """The same for streams."""
        return f"ws://127.0.0.1:{self.port}"


def tape() -> Tape:
    """Return a trade a minute, then a trade every 250 ms and a book every 2 s, around 100 M KRW."""
    made = Tape(instruments(BTC, ETH)).book(0)
    made.book(0, (("3000000", "5"),), (("3001000", "5"),), code=ETH).trade(
        0, "3000000", "0.1", code=ETH, no=1
    )
    for n in range(MINUTES):
        made.trade(n * 60_000, str(100_000_000 + n % 3 * 1_000), "0.01", 1 - n % 2 * 2, no=n + 10)
    begin_ms = MINUTES * 60_000
    for n in range(LIVELY_S * 4):
        at_ms = begin_ms + n * 250
        if n % 8 == 0:
            made.book(at_ms)
        side = 1 - n % 2 * 2
        price = "100001000" if side > 0 else "100000000"
        made.trade(at_ms + 10, price, "0.002", side, no=MINUTES + n + 10)
    return made


@contextmanager
def serving() -> Iterator[Server]:
    """Serve in a thread of its own."""
    fair = Fair(tape(), own={"ann": {"KRW": "950000000", "BTC": "1", "ETH": "2"}})
    start_ns = START_NS + MINUTES * 60_000 * NS_PER_MS
    clock = Clock(start_ns, SPEED)
    with_key = key("access-of-ann", secret="secret-of-ann-that-is-forty-characters-x")
    exchange = Exchange(fair.venue, Keyring([with_key]), start_ns)
    door = Door(exchange, clock)
    is_open, ends = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()
    bugs: list[BaseException] = []

    async def story() -> None:
        await door.open()
        is_open.set()
        serving = asyncio.create_task(door.served())
        await asyncio.wait(
            (serving, asyncio.create_task(ends.wait())), return_when=asyncio.FIRST_COMPLETED
        )
        if serving.done() and (bug := serving.exception()) is not None:
            bugs.append(bug)
        await door.close()

    thread = threading.Thread(target=lambda: loop.run_until_complete(story()))
    thread.start()
    is_open.wait(10)
    try:
        yield Server(door.port, with_key.access_key, with_key.secret)
    finally:
        loop.call_soon_threadsafe(ends.set)
        thread.join(10)
        loop.close()
    assert not bugs, bugs
