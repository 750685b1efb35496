"""Junk: whatever is sent, to every address and stream, nothing breaks and no 500 comes."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigma_cli.exchange.front import Request
from sigma_cli.exchange.upbit import limits
from sigma_cli.exchange.upbit.limits import Group
from sigma_cli.exchange.upbit.routes import PRIVATE, PUBLIC
from sigma_cli.venues.upbit.wire import auth, frames, remaining
from sigma_cli.venues.upbit.wire import json as wire
from sigma_cli.venues.upbit.wire.errors import RefusalBody
from sigma_cli.venues.upbit.wire.queries import pairs_of_body
from tests.exchange.house import home, run
from tests.exchange.shop import Shop, token
from tests.exchange.test_streams import tape

WORDS = st.sampled_from(
    [
        *("KRW-BTC", "KRW-ETH", "krw-btc", "KRW-", "-", "", "null", "0", "1", "-1", "200", "1e9"),
        *("9" * 30, "NaN", "2026-01-02T03:04:05", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00"),
        *("10:00:00", "wait", "done", "cancel", "limit", "market", "price", "best", "ioc", "fok"),
        *(
            "post_only",
            "bid",
            "ask",
            "all",
            "desc",
            "remain_only",
            "100000000",
            "0.1",
            "0.00000001",
        ),
        *("cancel_maker", "reduce", "%00", "%ff", "%", "\u00e9", "1767323045000", "KRW,BTC"),
    ]
)
NAMES = st.sampled_from(
    [
        *("market", "markets", "to", "count", "cursor", "days_ago", "level", "quote_currencies"),
        *("side", "ord_type", "price", "volume", "identifier", "time_in_force", "smp_type"),
        *("uuid", "uuids[]", "identifiers[]", "states[]", "state", "page", "limit", "order_by"),
        *("start_time", "end_time", "cancel_side", "pairs", "excluded_pairs", "prev_order_uuid"),
        *("prev_order_identifier", "new_ord_type", "new_volume", "new_price", "is_details", "x"),
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
PAIRS = st.lists(st.tuples(NAMES, WORDS | st.text(max_size=10)), max_size=6)
OBJECTS = st.dictionaries(NAMES, WORDS | VALUES, max_size=6)
ROUTES = [*(("GET", path) for path in PUBLIC), *PRIVATE]

ORDERS = st.fixed_dictionaries(
    {
        "market": st.just("KRW-BTC"),
        "side": st.sampled_from(["bid", "ask"]),
        "ord_type": st.sampled_from(["limit", "price", "market", "best"]),
    },
    optional={
        "price": WORDS | st.sampled_from(["100001000", "99000000", "6000"]),
        "volume": WORDS | st.sampled_from(["0.001", "0.5"]),
        "identifier": st.sampled_from(["a", "b"]),
        "time_in_force": st.sampled_from(["ioc", "fok", "post_only", "gtc"]),
        "smp_type": st.sampled_from(["reduce", "cancel_taker", "none", "x"]),
    },
)


def check(shop: Shop, method: str, path: str, query: str, body: bytes, **headers: str) -> int:
    """Ask, and demand a proper answer."""
    answer = shop.asked(method, path, query, body=body, headers=headers)
    assert answer.status < 500
    said = json.loads(answer.body)
    remaining.decode(dict(answer.headers)[remaining.HEADER])
    if answer.status >= 400:
        wire.decode(answer.body, RefusalBody)
        assert isinstance(said["error"]["name"], int) == (
            (path in PUBLIC and method == "GET") or answer.status == 404 == said["error"]["name"]
        )
    return answer.status


def signed(shop: Shop, query: str, body: bytes) -> dict[str, str]:
    """Return a genuine token for whatever is sent."""
    hashed = query
    if body:
        try:
            hashed = auth.flat(pairs_of_body(body))
        except Exception:
            hashed = query
    return {"authorization": token(shop.key, hashed or None), "content-type": "application/json"}


@pytest.mark.parametrize(("method", "path"), ROUTES)
@settings(max_examples=15)
@given(pairs=PAIRS)
def test_queries(method: str, path: str, pairs: list[tuple[str, str]]) -> None:
    shop = Shop(tape())
    query = "&".join(f"{name}={text}" for name, text in pairs)
    check(shop, method, path, query, b"", **signed(shop, query, b""))


@pytest.mark.parametrize(("method", "path"), list(PRIVATE))
@settings(max_examples=15)
@given(said=OBJECTS, raw=st.binary(max_size=50), is_raw=st.booleans())
def test_bodies(method: str, path: str, said: dict[str, Any], raw: bytes, is_raw: bool) -> None:
    shop = Shop(tape())
    body = raw if is_raw else json.dumps(said).encode()
    check(shop, method, path, "", body, **signed(shop, "", body))


@settings(max_examples=60)
@given(orders=st.lists(ORDERS, max_size=6), wait_s=st.integers(0, 2))
def test_orders_that_nearly_make_sense(orders: list[dict[str, str]], wait_s: int) -> None:
    shop = Shop(tape())
    for said in orders:
        body = json.dumps(said).encode()
        check(shop, "POST", "/v1/orders", "", body, **signed(shop, "", body))
        shop.step(wait_s)
    for path in ("/v1/accounts", "/v1/orders/open", "/v1/orders/closed"):
        assert check(shop, "GET", path, "", b"", **signed(shop, "", b"")) == 200


@settings(max_examples=100)
@given(
    method=st.sampled_from(["GET", "POST", "DELETE"]) | st.text("ABCDEFGHIJ", min_size=1),
    path=st.sampled_from(["/v1/accounts", "/v1/orders"]) | st.text(max_size=20),
    header=st.text(max_size=60) | st.text(max_size=60).map("Bearer {}".format),
    body=st.binary(max_size=40),
)
def test_tokens_and_addresses(method: str, path: str, header: str, body: bytes) -> None:
    shop = Shop()
    answer = shop.exchange.answer(
        Request(
            method=method,
            path=path,
            body=body,
            headers=(("authorization", header), ("content-type", header)),
        )
    )
    assert answer.status < 500


ELEMENTS = st.dictionaries(
    st.sampled_from(["ticket", "type", "codes", "level", "is_only_snapshot", "method", "format"]),
    st.sampled_from(
        [
            *("ticker", "trade", "orderbook", "candle.1s", "myOrder", "myAsset", "SIMPLE", "x", ""),
            *(["KRW-BTC"], ["KRW-BTC.15"], [""], [], "LIST_SUBSCRIPTIONS", True, None, 0, 10_000),
        ]
    )
    | VALUES,
)


@settings(max_examples=200)
@given(
    message=st.binary(max_size=60)
    | st.lists(ELEMENTS, max_size=4).map(lambda said: json.dumps(said).encode()),
    is_private=st.booleans(),
)
def test_messages(message: bytes, is_private: bool) -> None:
    shop = Shop(tape())
    session = shop.stream(private=is_private)
    session.receive(message)
    shop.step(2)
    while session.outbox.frames:
        frames.decode(session.outbox.take())


@settings(max_examples=50, deadline=None)
@given(data=st.binary(max_size=300), is_upgraded=st.booleans())
def test_bytes_on_the_door(data: bytes, is_upgraded: bool) -> None:
    upgrade = (
        b"GET /websocket/v1 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )

    async def story() -> None:
        async with home() as here:
            got = await here.send((upgrade if is_upgraded else b"") + data, ends=True)
            assert b" 500 " not in got[:20]
            assert (await here.ask("GET", "/v1/market/all")).status == 200

    run(story())


def test_every_group_is_counted_somewhere() -> None:
    used = {route.group.name for route in PUBLIC.values()}
    used |= {route.group.name for route in PRIVATE.values()}
    known = {each.name for each in vars(limits).values() if isinstance(each, Group)}
    streams = {"websocket-connect", "websocket-message", "websocket-minute", "origin"}
    assert used == known - streams
