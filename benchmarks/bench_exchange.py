"""The local exchange under load, through sockets of this machine, beside servers that only serve.

    python -m benchmarks.bench_exchange [--check] [--repeats N]

Prints a table and writes work/exchange.json. CPU seconds are those of the server's process. The
peers are a bare asyncio server on h11 that answers a constant, and the server of websockets that
sends the same frames. Requests are measured while nothing happens in the markets, on a clock so
fast that no rate limit is met; streams at ten times the recorded peak (`exchange_market.py`).
"""

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from itertools import chain
from pathlib import Path
from typing import Final
from uuid import uuid4

from benchmarks import exchange_market
from benchmarks.exchange_client import Frames, Http, Process, started
from benchmarks.exchange_market import MARKETS, QUIET
from benchmarks.measuring import Argv, calibration
from benchmarks.reporting import WORK, Floor, Found, gathered, run
from sigma_cli.venues.upbit.wire import auth

HERE: Final = WORK / "exchange"
STORE: Final = HERE / "store"
SIGMA: Final = Path(sys.executable).with_name("sigma")
FAST: Final = ("--begin", QUIET, "--speed", "1000")
"""After the last row; a second of its limits passes in a millisecond."""
ANSWERS: Final = 1_000
PAIRS: Final = 300
FRAMES_S: Final = 3.0
SAMPLES_S: Final = (20.0, 60.0)
"""When memory is looked at."""
KEPT: Final = 20_000
CODES: Final = json.dumps(MARKETS)
WISH: Final = (
    f'[{{"ticket":"load"}},{{"type":"trade","codes":{CODES},"is_only_realtime":true}},'
    f'{{"type":"orderbook","codes":{CODES},"is_only_realtime":true}}]'
).encode()
ORDER: Final = (
    ("market", MARKETS[0]),
    ("side", "bid"),
    ("ord_type", "limit"),
    ("price", "140000000"),
    ("volume", "0.001"),
)
TRADED: Final = b'"trade_timestamp":'

TICKER, BOOK = "GET ticker, answers/CPU s", "GET orderbook, answers/CPU s"
BARE: Final = "bare h11, answers/CPU s"
ORDERS: Final = "POST order + DELETE order, pairs/CPU s"
FRAMES: Final = "trade + orderbook of 20 markets, frames/CPU s"
BARE_FRAMES: Final = "websockets, the same frames/CPU s"
LAG, LAG_MOST = "10x the peak: lag, ms", "10x the peak: largest lag, ms"
CORE: Final = "10x the peak: share of a core"
GROWN: Final = "10x the peak: memory from 20 s to 60 s, MB"
FLOORS: Final = (Floor(LAG, 250.0), Floor(LAG_MOST, 1_000.0), Floor(CORE, 1.0), Floor(GROWN, 10.0))


def exchange(*options: str) -> Argv:
    """Return how to start the exchange."""
    words = ("--port", "0", "--account", "main:KRW=1000000000", "--json", "--quiet")
    return [SIGMA, "exchange", "--store", STORE, *words, *options]


def peer(kind: str, file: Path) -> Argv:
    """Return how to start a server that only serves."""
    return [sys.executable, "-m", "benchmarks.engines.exchange_peer", kind, file]


def port_of(server: Process) -> int:
    """Return where an exchange listens."""
    rest: str = json.loads(server.said)["rest"]
    return int(rest.rpartition(":")[2])


def per_cpu_s(server: Process, count: int, ask: Callable[[], object]) -> float:
    """Ask so often, after a tenth of it to warm up; return how often a CPU second would do."""
    for _ in range(count // 10):
        ask()
    before_s = server.cpu_s()
    for _ in range(count):
        ask()
    return count / (server.cpu_s() - before_s)


def order_and_cancel(http: Http, account: dict[str, str]) -> None:
    """Place an order that nobody meets, and cancel it."""

    def token(asked: str) -> str:
        claims = auth.Claims(
            access_key=account["access_key"],
            nonce=str(uuid4()),
            query_hash=auth.query_hash(asked),
            query_hash_alg="SHA512",
        )
        return auth.authorization(claims, account["secret_key"])

    body = json.dumps(dict(ORDER)).encode()
    uuid = json.loads(http.ask("POST", "/v1/orders", body, token(auth.flat(ORDER))))["uuid"]
    http.ask("DELETE", f"/v1/order?uuid={uuid}", token=token(f"uuid={uuid}"))


def requests(repeats: int) -> Iterator[tuple[str, float]]:
    """Yield how many requests a CPU second answers, in turns."""
    ticker, book = (f"/v1/{what}?markets={MARKETS[0]}" for what in ("ticker", "orderbook"))
    kept = HERE / "orderbook.json"
    with ExitStack() as stack:
        ours = stack.enter_context(started(exchange(*FAST), last="}"))
        http = stack.enter_context(closing(Http(port_of(ours))))
        kept.write_bytes(http.ask("GET", book))
        theirs = stack.enter_context(started(peer("http", kept), last=""))
        bare = stack.enter_context(closing(Http(int(theirs.said))))
        (account,) = json.loads(ours.said)["accounts"]
        for _ in range(repeats):
            yield "calibration loop, CPU s", calibration()
            yield BARE, per_cpu_s(theirs, ANSWERS, lambda: bare.ask("GET", book))
            yield TICKER, per_cpu_s(ours, ANSWERS, lambda: http.ask("GET", ticker))
            yield BOOK, per_cpu_s(ours, ANSWERS, lambda: http.ask("GET", book))
            yield ORDERS, per_cpu_s(ours, PAIRS, lambda: order_and_cancel(http, account))


def frames(repeats: int) -> Iterator[tuple[str, float]]:
    """Yield how many frames a CPU second sends, in turns."""
    kept = HERE / "frames.jsonl"
    for n in range(repeats):
        with (
            started(exchange(), last="}") as ours,
            closing(Frames(port_of(ours), WISH)) as stream,
        ):
            if n == 0:
                some: list[bytes] = []
                while len(some) < KEPT:
                    some += stream.some()
                kept.write_bytes(b"\n".join(some))
            yield FRAMES, sent_per_cpu_s(ours, stream)
        with (
            started(peer("frames", kept), last="") as theirs,
            closing(Frames(int(theirs.said))) as stream,
        ):
            yield BARE_FRAMES, sent_per_cpu_s(theirs, stream)


def sent_per_cpu_s(server: Process, stream: Frames) -> float:
    """Take frames for a while; return how many a CPU second sends."""
    for _ in stream.until(time.monotonic() + FRAMES_S / 3):
        pass
    before_s = server.cpu_s()
    count = sum(len(some) for _, some in stream.until(time.monotonic() + FRAMES_S))
    return count / (server.cpu_s() - before_s)


def peak() -> Iterator[tuple[str, float]]:
    """Yield how a minute at ten times the recorded peak goes.

    The lag is from when the clock says that a trade happens to when the client has it; it is taken
    of the first frame, the oldest, of every read.
    """
    lags_ms: list[float] = []
    memory_mb: list[float] = []
    count = 0
    with started(exchange("--control"), last="}") as server:
        ahead_ns = clock_ahead_ns(port_of(server))
        with closing(Frames(port_of(server), WISH)) as stream:
            began_s, began_cpu_s = time.monotonic(), server.cpu_s()
            for at_s in SAMPLES_S:
                for now_s, some in stream.until(began_s + at_s):
                    count += len(some)
                    traded_ms = traded_at_ms(some[0])
                    if traded_ms is not None:
                        lags_ms.append((now_s * 1e9 + ahead_ns) / 1e6 - traded_ms)
                memory_mb.append(server.memory_mb())
            passed_s = time.monotonic() - began_s
            yield CORE, (server.cpu_s() - began_cpu_s) / passed_s
    yield "10x the peak: frames/s", count / passed_s
    yield LAG, statistics.median(lags_ms)
    yield LAG_MOST, max(lags_ms)
    for at_s, mb in zip(SAMPLES_S, memory_mb, strict=True):
        yield f"10x the peak: memory after {at_s:g} s, MB", mb
    yield GROWN, memory_mb[-1] - memory_mb[0]


def clock_ahead_ns(port: int) -> float:
    """Return by how much the exchange's clock is ahead of our monotonic one.

    It is told in the middle of the quickest of some requests.
    """
    tries: list[tuple[float, float]] = []
    with closing(Http(port)) as http:
        for _ in range(50):
            sent_s = time.monotonic()
            told_ns = json.loads(http.ask("GET", "/_control"))["now_ns"]
            took_s = time.monotonic() - sent_s
            tries.append((took_s, told_ns - (sent_s + took_s / 2) * 1e9))
    return min(tries)[1]


def traded_at_ms(frame: bytes) -> int | None:
    """Return when the trade of a frame happened; None: it is about a book."""
    _, is_trade, rest = frame.partition(TRADED)
    return int(rest[:13]) if is_trade else None


def measured(repeats: int, _peers: Path) -> Found:
    """Measure everything."""
    if not STORE.exists():
        exchange_market.write(STORE)
    found = gathered(chain(requests(repeats), frames(repeats), peak()))
    for name in (TICKER, BOOK, ORDERS):
        found[f"bare h11 / {name.partition(',')[0]}"] = found[BARE].per(found[name])
    found["websockets / frames"] = found[BARE_FRAMES].per(found[FRAMES])
    return found


if __name__ == "__main__":
    sys.exit(run("exchange", __doc__, FLOORS, measured, repeats=3))
