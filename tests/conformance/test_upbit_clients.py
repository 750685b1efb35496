"""Other people's Upbit clients against the local exchange.

What a client itself does wrong is listed in docs/upbit-clients.md, and not worked around here.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest

from tests.conformance.upbit_server import SPEED, Server, serving

CODE, SYMBOL = "KRW-BTC", "BTC/KRW"
FAR, NEAR, VOLUME = "99000000", "100001000", "0.01"
# They leave sockets to the collector, and use what later Pythons will drop.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as found:
        yield found


def eventually(look: Callable[[], Any]) -> Any:
    """Return the first thing that `look` finds; cancels take a moment."""
    for _ in range(50):
        if found := look():
            return found
        time.sleep(0.1 / SPEED)
    raise AssertionError("it never came")


# --- ccxt ---


@pytest.fixture
def ccxt_client(server: Server) -> Any:
    ccxt = import_module("ccxt")
    urls = {"api": {"public": server.rest, "private": server.rest}}
    return ccxt.upbit({"apiKey": server.access_key, "secret": server.secret_key, "urls": urls})


def test_ccxt_reads_the_market(ccxt_client: Any) -> None:
    assert list(ccxt_client.load_markets()) == [SYMBOL, "ETH/KRW"]
    last_ms = ccxt_client.fetch_ohlcv(SYMBOL, "1m", limit=1)[-1][0]
    found: dict[int, list[float]] = {}
    for page in range(6, 0, -1):
        since_ms = last_ms - page * 200 * 60_000
        found |= {row[0]: row for row in ccxt_client.fetch_ohlcv(SYMBOL, "1m", since_ms, 200)}
    assert len(found) >= 1_000
    assert len(ccxt_client.fetch_trades(SYMBOL)) == 200
    assert ccxt_client.fetch_order_book(SYMBOL)["asks"][0] == [100_001_000, 0.4]
    assert ccxt_client.fetch_ticker(SYMBOL)["last"] in (100_000_000, 100_001_000, 100_002_000)
    assert len(ccxt_client.fetch_tickers([SYMBOL, "ETH/KRW"])) == 2
    assert ccxt_client.fetch_balance()["free"] == {"KRW": 9.5e8, "BTC": 1.0, "ETH": 2.0}


def test_ccxt_orders_are_filled_and_cancelled(ccxt_client: Any) -> None:
    resting = ccxt_client.create_order(SYMBOL, "limit", "buy", 0.01, 99e6)
    by_value = ccxt_client.create_order(SYMBOL, "market", "buy", 1, None, {"cost": 10_000})
    sold = ccxt_client.create_order(SYMBOL, "market", "sell", 0.001)
    part = ccxt_client.create_order(SYMBOL, "limit", "buy", 9.0, float(NEAR))
    maker = ccxt_client.create_order(SYMBOL, "limit", "buy", 0.01, 99e6, {"postOnly": True})
    how = {"ordType": "best", "timeInForce": "IOC", "cost": 10_000}
    best = ccxt_client.create_order(SYMBOL, "market", "buy", 1, None, how)

    def state(order: Any) -> Any:
        return ccxt_client.fetch_order(order["id"], SYMBOL)

    assert 0 < state(by_value)["filled"] < 0.0001
    assert (state(sold)["status"], state(sold)["filled"]) == ("closed", 0.001)
    seen = state(part)
    assert seen["status"] == "open" and 0.3 < seen["filled"] < 9
    assert state(best)["filled"] > 0
    opened = {each["id"] for each in ccxt_client.fetch_open_orders(SYMBOL)}
    assert opened == {resting["id"], part["id"], maker["id"]}
    for each in opened:
        ccxt_client.cancel_order(each, SYMBOL)
    eventually(lambda: not ccxt_client.fetch_open_orders(SYMBOL))
    assert sold["id"] in {each["id"] for each in ccxt_client.fetch_closed_orders(SYMBOL)}
    assert opened <= {each["id"] for each in ccxt_client.fetch_canceled_orders(SYMBOL)}
    first = ccxt_client.create_order(SYMBOL, "limit", "buy", 0.01, 99e6)
    edited = ccxt_client.edit_order(first["id"], SYMBOL, "limit", "buy", 0.02, 98e6)
    eventually(lambda: state(edited)["status"] == "open")


def test_ccxt_failures_have_their_names(ccxt_client: Any) -> None:
    ccxt = import_module("ccxt")

    def fails(name: str, ask: Callable[[], Any]) -> None:
        with pytest.raises(ccxt.ExchangeError) as failed:
            ask()
        assert f'"name":"{name}"' in str(failed.value)

    def buy(amount: float, price: float, **more: Any) -> Callable[[], Any]:
        return lambda: ccxt_client.create_order(SYMBOL, "limit", "buy", amount, price, more)

    fails("insufficient_funds_bid", buy(9.9, 99e6))
    fails("under_min_total_bid", buy(0.00001, 99e6))
    fails("invalid_price_bid", buy(0.01, 99_000_500))
    buy(0.01, 99e6, clientOrderId="mine")()
    fails("duplicated_identifier", buy(0.01, 99e6, clientOrderId="mine"))
    fails("order_not_found", lambda: ccxt_client.fetch_order("no-such", SYMBOL))
    ccxt_client.uuid = lambda: "one nonce"
    ccxt_client.fetch_balance()
    fails("nonce_used", ccxt_client.fetch_balance)
    ccxt_client.secret = "another secret that has forty characters"
    fails("jwt_verification", ccxt_client.fetch_balance)


def test_ccxt_pro_follows_streams(server: Server) -> None:
    pro = import_module("ccxt.pro")

    async def story() -> None:
        client = pro.upbit({"apiKey": server.access_key, "secret": server.secret_key})
        client.urls["api"] |= {"public": server.rest, "private": server.rest}
        client.urls["api"]["ws"] = f"{server.websocket}/websocket/v1"
        try:
            async with asyncio.timeout(20):
                assert (await client.watch_trades(SYMBOL))[0]["price"] >= 100_000_000
                assert (await client.watch_order_book(SYMBOL))["asks"][0][0] == 100_001_000
                assert (await client.watch_ticker(SYMBOL))["last"] >= 100_000_000
                # One candle, not a list of them: see docs/upbit-clients.md.
                assert (await client.watch_ohlcv(SYMBOL, "1s"))[1] >= 100_000_000
                orders = asyncio.create_task(client.watch_orders(SYMBOL))
                assets = asyncio.create_task(client.watch_balance())
                while len(client.clients) < 2:
                    await asyncio.sleep(0.05)
                await asyncio.sleep(0.3)
                await client.create_order(SYMBOL, "limit", "buy", 0.01, float(NEAR))
                assert (await orders)[0]["symbol"] == SYMBOL
                assert (await assets)["KRW"]["free"] < 9.5e8
        finally:
            await client.close()

    asyncio.run(story())


# --- upbit-sdk ---


@pytest.fixture
def sdk(server: Server) -> Iterator[Any]:
    upbit = import_module("upbit")
    with upbit.Upbit(
        access_key=server.access_key,
        secret_key=server.secret_key,
        base_url=server.rest,
        websocket_base_url=server.websocket,
        max_retries=0,
    ) as client:
        yield client


def test_the_sdk_reads_the_market(sdk: Any) -> None:
    assert [each.market for each in sdk.trading_pairs.list()] == [CODE, "KRW-ETH"]
    found: list[str] = []
    while len(found) < 1_000:
        to = {"to": found[-1]} if found else {}
        page = sdk.candles.list_minutes(1, market=CODE, count=200, **to)
        found += [each.candle_date_time_utc for each in page]
    assert found == sorted(set(found), reverse=True)
    assert len(sdk.trades.list(market=CODE, count=500)) == 500
    assert float(sdk.orderbooks.list(markets=CODE)[0].orderbook_units[0].ask_price) == 100_001_000
    assert sdk.orderbooks.list_instruments(markets=CODE)[0].tick_size == "1000"
    assert sdk.tickers.list_by_trading_pairs(markets=CODE)[0].market == CODE
    assert len(sdk.tickers.list_by_quote_currencies(quote_currencies="KRW")) == 2
    assert {each.currency for each in sdk.accounts.list()} == {"KRW", "BTC", "ETH"}
    assert sdk.orders.retrieve_chance(market=CODE).bid_fee == "0.0005"
    assert len(sdk.api_keys.list()) == 1
    assert {each.currency for each in sdk.wallet_status.list()} == {"KRW", "BTC", "ETH"}


def test_the_sdk_orders_are_filled_and_cancelled(sdk: Any) -> None:
    def place(**said: str) -> Any:
        return sdk.orders.create(market=CODE, **said)

    resting = place(side="bid", ord_type="limit", price=FAR, volume=VOLUME)
    by_value = place(side="bid", ord_type="price", price="10000")
    sold = place(side="ask", ord_type="market", volume="0.001")
    part = place(side="bid", ord_type="limit", price=NEAR, volume="9")
    best = place(side="bid", ord_type="best", price="10000", time_in_force="ioc")
    limit = {"side": "bid", "ord_type": "limit", "volume": VOLUME, "time_in_force": "post_only"}
    maker = place(price=FAR, **limit)
    taker = place(price="100003000", **limit)

    def seen(order: Any) -> Any:
        return sdk.orders.retrieve(uuid=order.uuid)

    assert seen(by_value).state == seen(best).state == "cancel"
    assert seen(sold).state == "done"
    filled = seen(part)
    assert filled.state == "wait" and 0.3 < float(filled.executed_volume) < 9
    assert eventually(lambda: seen(taker).state == "cancel")
    opened = {each.uuid for each in sdk.orders.list_open(states=["wait", "watch"])}
    assert opened == {resting.uuid, part.uuid, maker.uuid}
    assert sdk.orders.cancel(uuid=resting.uuid).state == "wait"
    assert sdk.orders.cancel_by_uuids(uuids=[part.uuid]).success.count == 1
    assert sdk.orders.cancel_open(pairs=CODE).success.count == 1
    eventually(lambda: not list(sdk.orders.list_open()))
    closed = {each.uuid: each.state for each in sdk.orders.list_closed(states=["done", "cancel"])}
    assert len(closed) == 7
    assert len(sdk.orders.list_by_uuids(uuids=[resting.uuid, sold.uuid])) == 2
    tried = sdk.orders.test_create(market=CODE, side="bid", ord_type="price", price="10000")
    assert tried.market == CODE
    old = place(side="bid", ord_type="limit", price=FAR, volume=VOLUME)
    new = sdk.orders.cancel_and_new(
        prev_order_uuid=old.uuid, new_ord_type="limit", new_price="98000000", new_volume="0.02"
    )
    assert new.new_order_uuid


def test_the_sdk_failures_have_their_names(sdk: Any) -> None:
    upbit = import_module("upbit")
    limit = {"market": CODE, "side": "bid", "ord_type": "limit"}

    def fails(status: int, name: str, ask: Callable[[], Any]) -> None:
        with pytest.raises(upbit.APIStatusError) as failed:
            ask()
        assert failed.value.status_code == status
        assert name in str(failed.value.body)

    def buy(price: str, volume: str, **more: str) -> Callable[[], Any]:
        return lambda: sdk.orders.create(**limit, price=price, volume=volume, **more)

    fails(400, "insufficient_funds_bid", buy(FAR, "9.9"))
    fails(400, "under_min_total_bid", buy(FAR, "0.00001"))
    fails(400, "invalid_price_bid", buy("99000500", VOLUME))
    buy(FAR, VOLUME, identifier="mine")()
    fails(400, "duplicated_identifier", buy(FAR, VOLUME, identifier="mine"))
    fails(404, "order_not_found", lambda: sdk.orders.retrieve(uuid="no-such"))
    fails(404, "Code not found", lambda: sdk.tickers.list_by_trading_pairs(markets="KRW-NONE"))
    wrong = sdk.copy(secret_key="another secret that has forty characters")
    fails(401, "jwt_verification", wrong.accounts.list)


def test_the_sdk_follows_streams(sdk: Any) -> None:
    for kind in ("trade", "orderbook", "ticker", "candle.1s"):
        with sdk.ws_public.connect_public() as stream:
            stream.send_raw(f'[{{"ticket":"t"}},{{"type":"{kind}","codes":["{CODE}"]}}]')
            assert [stream.recv().type for _ in range(2)] == [kind, kind]
    with sdk.ws_private.connect_private() as stream:
        stream.send_raw('[{"ticket":"t"},{"type":"myOrder"},{"type":"myAsset"}]')
        stream.send_raw('[{"ticket":"t"},{"method":"LIST_SUBSCRIPTIONS"}]')
        stream.recv()
        sdk.orders.create(market=CODE, side="bid", ord_type="price", price="10000")
        assert {stream.recv().type for _ in range(4)} == {"myOrder", "myAsset"}


# --- pyupbit ---


@pytest.fixture
def pyupbit(server: Server, monkeypatch: pytest.MonkeyPatch) -> Any:
    module = import_module("pyupbit")
    requests = import_module("requests")
    real = requests.Session.request

    def request(self: Any, method: str, url: str, *args: Any, **more: Any) -> Any:
        return real(self, method, url.replace("https://api.upbit.com", server.rest), *args, **more)

    monkeypatch.setattr(requests.Session, "request", request)
    return module


def test_pyupbit_reads_the_market(pyupbit: Any, server: Server) -> None:
    assert pyupbit.get_tickers(fiat="KRW") == [CODE, "KRW-ETH"]
    assert len(pyupbit.get_ohlcv(CODE, interval="minute1", count=1_000, period=0.3)) == 1_000
    assert pyupbit.get_current_price(CODE) >= 100_000_000
    assert pyupbit.get_orderbook(CODE)["orderbook_units"][0]["ask_price"] == 100_001_000
    client = pyupbit.Upbit(server.access_key, server.secret_key)
    assert client.get_balance("KRW") == 950_000_000
    assert client.get_chance(CODE)["market"]["id"] == CODE


def test_pyupbit_orders_are_filled_and_cancelled(pyupbit: Any, server: Server) -> None:
    client = pyupbit.Upbit(server.access_key, server.secret_key)
    resting = client.buy_limit_order(CODE, 99_000_000, 0.01)
    assert client.buy_market_order(CODE, 10_000)["ord_type"] == "price"
    sold = client.sell_market_order(CODE, 0.001)
    part = client.buy_limit_order(CODE, int(NEAR), 9)
    assert client.get_individual_order(sold["uuid"])["state"] == "done"
    assert 0.3 < float(client.get_individual_order(part["uuid"])["executed_volume"]) < 9
    assert {each["uuid"] for each in client.get_order(CODE)} == {resting["uuid"], part["uuid"]}
    for order in (resting, part):
        assert client.cancel_order(order["uuid"])["state"] == "wait"
    eventually(lambda: not client.get_order(CODE))
    assert client.get_order(CODE, state="done")[0]["uuid"] == sold["uuid"]


def test_pyupbit_failures_have_their_names(
    pyupbit: Any, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    client = pyupbit.Upbit(server.access_key, server.secret_key)
    assert client.buy_limit_order(CODE, 99_000_000, 9.9) is None
    assert client.buy_limit_order(CODE, 99_000_000, 0.00001) is None
    wrong = pyupbit.Upbit(server.access_key, "another secret that has forty characters")
    with pytest.raises(pyupbit.errors.JwtVerification):
        wrong.get_balances()
    assert capsys.readouterr().out.split() == ["InsufficientFundsBid", "UnderMinTotalBid"]
    unknown_to_it = client.buy_limit_order(CODE, 99_000_500, 0.01)
    assert unknown_to_it["error"]["name"] == "invalid_price_bid"


def test_pyupbit_follows_trades(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    api = import_module("pyupbit.websocket_api")
    websockets = import_module("websockets")

    class Here:
        """Stands for websockets in its module, whose address is written into a function."""

        ConnectionClosed = websockets.ConnectionClosed

        @staticmethod
        def connect(uri: str, **how: Any) -> Any:
            return websockets.connect(
                uri.replace("wss://api.upbit.com", server.websocket), open_timeout=5, **how
            )

    class Got(Exception):  # noqa: N818 - the way out of an endless loop
        pass

    class Queue:
        """Takes three messages of the client."""

        found: list[Any] = []  # noqa: RUF012 - there is one

        def put(self, message: Any) -> None:
            self.found.append(message)
            if len(self.found) == 3:
                raise Got

    monkeypatch.setattr(api, "websockets", Here)
    with pytest.raises(Got):
        api.WebSocketClient("trade", [CODE], Queue())
    assert {(each["type"], each["stream_type"]) for each in Queue.found} == {("trade", "REALTIME")}
