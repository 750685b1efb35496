"""The door: HTTP and WebSocket over real sockets, on one port of this machine."""

import asyncio
import json
import socket

import pytest
from websockets.exceptions import ConnectionClosed, ConnectionClosedError, InvalidStatus

from sigma_cli.errors import OutsideError
from sigma_cli.exchange.clock import Clock
from sigma_cli.exchange.door import Door
from sigma_cli.exchange.door_http import DoorLimits
from tests.exchange.fair import START_NS, Tape
from tests.exchange.house import home, messages, reply, run
from tests.exchange.shop import Shop, token

TRADES = b'[{"ticket":"t"},{"type":"trade","codes":["KRW-BTC"]}]'


def test_a_request_is_answered_with_headers() -> None:
    async def story() -> None:
        async with home() as here:
            got = await here.ask("GET", "/v1/market/all")
            assert got.status == 200
            assert got.said[0]["market"] == "KRW-BTC"
            assert got.headers["remaining-req"] == "group=market; min=600; sec=9"
            assert got.headers["date"] == "Fri, 02 Jan 2026 03:04:05 GMT"

    run(story())


def test_requests_follow_each_other_on_one_connection() -> None:
    async def story() -> None:
        async with home() as here:
            one = b"GET /v1/market/all HTTP/1.1\r\nHost: x\r\n\r\n"
            last = b"GET /v1/nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            got = await here.send(one + one + last)
            assert got.count(b"HTTP/1.1 200") == 2
            assert got.count(b"HTTP/1.1 404") == 1

    run(story())


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 200_000 + b"\r\n\r\n", 431),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n" + b"z" * 200_000, 413),
    ],
    ids=["no HTTP", "length", "TLS", "headers", "body"],
)
def test_what_is_no_request_or_too_much_is_refused(data: bytes, status: int) -> None:
    async def story() -> None:
        async with home() as here:
            got = reply(await here.send(data))
            assert got.status == status
            assert "remaining-req" in got.headers
            assert (await here.ask("GET", "/v1/market/all")).status == 200

    run(story())


def test_a_head_request_has_no_body() -> None:
    async def story() -> None:
        async with home() as here:
            got = await here.ask("HEAD", "/v1/market/all")
            assert (got.status, got.body) == (404, b"")

    run(story())


def test_a_body_is_sent_after_a_hundred() -> None:
    async def story() -> None:
        async with home() as here:
            reader, writer = await asyncio.open_connection("127.0.0.1", here.door.port)
            head = "POST /v1/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
            writer.write(f"{head}Expect: 100-continue\r\n\r\n".encode())
            assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 \r\n\r\n"
            writer.write(b"{}")
            assert await reader.readline() == b"HTTP/1.1 401 \r\n"
            writer.close()

    run(story())


def test_a_slow_request_is_cut_off() -> None:
    async def story() -> None:
        async with home(limits=DoorLimits(request_s=0.05)) as here:
            assert await here.send(b"GET /v1/market/all HTTP/1.1\r\nHost: x\r\n") == b""

    run(story())


def test_a_silent_connection_is_closed() -> None:
    async def story() -> None:
        async with home(limits=DoorLimits(idle_s=0.05)) as here:
            assert await here.send(b"") == b""

    run(story())


def test_too_many_connections_are_cut_off() -> None:
    async def story() -> None:
        async with home(limits=DoorLimits(connections=2)) as here:
            async with here.stream(), here.stream():
                assert await here.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n") == b""
            await asyncio.sleep(0)

    run(story())


def test_the_port_is_loopback_and_may_be_taken() -> None:
    async def story() -> None:
        async with home() as here:
            other = Door(Shop().exchange, Clock(START_NS, None))
            with pytest.raises(OutsideError, match="can't be had"):
                await other.open(here.door.port)
            await other.close()
            outside = socket.gethostbyname(socket.gethostname())
            if not outside.startswith("127."):
                with pytest.raises(OSError):
                    await asyncio.open_connection(outside, here.door.port)

    run(story())


def test_frames_are_binary_and_compressed_if_asked() -> None:
    async def story() -> None:
        async with home() as here, here.stream() as stream:
            await stream.send(TRADES)
            (shown,) = await messages(stream, 1)
            assert shown["stream_type"] == "SNAPSHOT"
            assert [each.name for each in stream.protocol.extensions] == ["permessage-deflate"]

    run(story())


def test_a_message_may_come_in_parts_or_as_text() -> None:
    async def story() -> None:
        async with home() as here, here.stream(compression=None) as stream:
            await stream.send([TRADES[:5].decode(), TRADES[5:].decode()])
            assert (await messages(stream, 1))[0]["type"] == "trade"

    run(story())


def test_what_happens_is_streamed() -> None:
    tape = Tape().book(0).trade(0, "100000000", "0.01").trade(500, "100001000", "0.02", -1)

    async def story() -> None:
        async with home(Shop(tape)) as here, here.stream() as stream:
            await stream.send(TRADES)
            await messages(stream, 1)
            await here.control("POST", "/step", {"by_s": 1})
            (told,) = await messages(stream, 1)
            assert (told["stream_type"], told["trade_price"]) == ("REALTIME", 100_001_000)
            assert told["ask_bid"] == "ASK"

    run(story())


def test_own_orders_are_streamed() -> None:
    async def story() -> None:
        async with home() as here:
            headers = {"Authorization": token(here.shop.key)}
            async with here.stream(private=True, additional_headers=headers) as stream:
                await stream.send(b'[{"ticket":"t"},{"type":"myOrder"}]')
                await (await stream.ping())  # it is taken once this is answered
                here.shop.buy()
                (told,) = await messages(stream, 1)
                assert (told["type"], told["state"]) == ("myOrder", "wait")

    run(story())


def test_a_private_stream_needs_a_token() -> None:
    async def story() -> None:
        async with home() as here:
            with pytest.raises(InvalidStatus) as refused:
                await here.stream(private=True)
            assert refused.value.response.status_code == 401
            assert refused.value.response.body is not None
            said = json.loads(refused.value.response.body)
            assert said["error"]["name"] == "no_authorization_token"

    run(story())


def test_two_minutes_without_traffic_close() -> None:
    async def story() -> None:
        async with home() as here, here.stream() as stream:
            await here.control("POST", "/step", {"by_s": 119})
            await (await stream.ping())
            await here.control("POST", "/step", {"by_s": 119})
            await (await stream.ping())
            await here.control("POST", "/step", {"by_s": 120})
            with pytest.raises(ConnectionClosed) as closed:
                await stream.recv()
            assert closed.value.rcvd is not None and closed.value.rcvd.code == 1000

    run(story())


def test_what_follows_a_head_and_is_no_request_is_answered_whole() -> None:
    async def story() -> None:
        async with home() as here:
            await here.send(b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\nnonsense\r\n\r\n")
            assert (await here.ask("GET", "/v1/market/all")).status == 200

    run(story())


@pytest.mark.parametrize("name", [b"Sec-WebSocket-Key", b"Sec-WebSocket-Extensions", b"X"])
def test_an_upgrade_of_strange_bytes_is_refused(name: bytes) -> None:
    head = (
        b"GET /websocket/v1 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\n%s: \xff\r\n\r\n" % name
    )

    async def story() -> None:
        async with home() as here:
            assert reply(await here.send(head)).status == 400
            assert (await here.ask("GET", "/v1/market/all")).status == 200

    run(story())


def test_an_upgrade_that_is_none_is_refused() -> None:
    async def story() -> None:
        async with home() as here:
            asked = ("Upgrade: websocket", "Sec-WebSocket-Version: 8")
            got = await here.ask("GET", "/websocket/v1", b"", asked)
            assert got.status in (400, 426)
            got = await here.ask("GET", "/v1/market/all", b"", ("Upgrade: websocket",))
            assert got.status == 200
            assert (await here.control("GET", ""))["streams"] == 0

    run(story())


def test_a_frame_that_is_too_long_closes() -> None:
    async def story() -> None:
        async with home() as here, here.stream() as stream:
            await stream.send(b"x" * 200_000)
            with pytest.raises(ConnectionClosedError) as closed:
                await stream.recv()
            assert closed.value.rcvd is not None and closed.value.rcvd.code == 1009
            assert (await here.ask("GET", "/v1/market/all")).status == 200

    run(story())


def test_a_client_that_does_not_read_is_cut_off() -> None:
    async def story() -> None:
        async with home(limits=DoorLimits(send_s=0.2)) as here:
            stream = await here.stream(compression=None, max_queue=1)
            await stream.send(TRADES)
            stream.transport.pause_reading()
            session = next(iter(here.shop.exchange.sessions))
            while session in here.shop.exchange.sessions:
                for _ in range(50):
                    session.put(b"x" * 100_000)
                await asyncio.sleep(0)
            assert session.outbox.waiting == 0
            stream.transport.abort()

    run(story())


def test_a_delay_waits_for_the_clock() -> None:
    async def story() -> None:
        async with home() as here:
            await here.control("POST", "/faults", [{"kind": "delay", "wait_s": 3}])
            asked = asyncio.create_task(here.ask("GET", "/v1/market/all"))
            await here.control("POST", "/step", {"by_s": 2})
            assert not asked.done()
            while not asked.done():
                await here.control("POST", "/step", {"by_s": 1})
            assert asked.result().status == 200

    run(story())


@pytest.mark.parametrize("kind", ["drop_request", "drop_answer"])
def test_a_dropped_answer_has_no_byte(kind: str) -> None:
    async def story() -> None:
        async with home() as here:
            await here.control("POST", "/faults", [{"kind": kind}])
            assert await here.send(b"GET /v1/market/all HTTP/1.1\r\nHost: x\r\n\r\n") == b""

    run(story())


def test_a_cut_answer_is_shorter_than_it_says() -> None:
    async def story() -> None:
        async with home() as here:
            await here.control("POST", "/faults", [{"kind": "cut", "bytes": 10}])
            got = await here.ask("GET", "/v1/market/all")
            assert (got.status, len(got.body)) == (200, 10)
            assert int(got.headers["content-length"]) > 10

    run(story())


def test_a_disconnection_has_no_goodbye() -> None:
    async def story() -> None:
        async with home() as here, here.stream() as stream:
            await here.control("POST", "/faults", [{"kind": "disconnect"}])
            await here.control("POST", "/step", {"by_s": 1})
            with pytest.raises(ConnectionClosedError) as closed:
                await stream.recv()
            assert closed.value.rcvd is None

    run(story())


def test_a_clock_that_runs_lets_things_happen() -> None:
    tape = Tape().book(0).trade(0, "100000000", "0.01").trade(2_000, "100001000", "0.02")

    async def story() -> None:
        async with home(Shop(tape), speed=50.0) as here, here.stream() as stream:
            await stream.send(TRADES)
            shown, told = await messages(stream, 2)
            assert (shown["trade_price"], told["trade_price"]) == (100_000_000, 100_001_000)

    run(story())


def test_a_closed_door_ends_its_streams() -> None:
    async def story() -> None:
        async with home() as here:
            stream = await here.stream()
            await here.door.close()
            with pytest.raises(ConnectionClosed):
                await stream.recv()
            with pytest.raises(OSError):
                await here.ask("GET", "/v1/market/all")

    run(story())
