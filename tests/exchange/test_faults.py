"""Faults on demand, and what a person may change while the exchange runs."""

import json
from typing import Any

import msgspec
import pytest

from sigma_cli.errors import UsageError
from sigma_cli.exchange.front import Answer
from sigma_cli.exchange.upbit import faults
from sigma_cli.exchange.upbit.changes import CHANGES_MAX, Change
from sigma_cli.exchange.upbit.faults import FAULTS_MAX, Fault
from sigma_cli.venues.upbit.wire import remaining
from tests.exchange.fair import BTC, START_NS, Tape
from tests.exchange.shop import Shop, heard, key, told

MARKETS = "/v1/market/all"


def spoilt(*script: Fault, shop: Shop | None = None) -> Shop:
    shop = shop or Shop()
    shop.exchange.script(script, ())
    return shop


def change(shop: Shop, **said: Any) -> None:
    shop.exchange.script((), [msgspec.convert(said, Change)])


def fails(said: tuple[int, Any]) -> tuple[int, Any]:
    return said[0], said[1]["error"]["name"]


# --- Answers ---


@pytest.mark.parametrize("status", [429, 418, 500, 503])
def test_a_refusal_does_nothing(status: int) -> None:
    shop = spoilt(Fault(kind="refuse", status=status, path="/v1/orders"))
    got, name = fails(shop.buy())
    assert got == status
    if status in (418, 429):
        assert name == "too_many_requests"
    assert shop.ask("GET", "/v1/orders/open") == (200, [])
    assert shop.buy()[0] == 201, "it came once"


def test_a_quotation_is_refused_by_a_number() -> None:
    shop = spoilt(Fault(kind="refuse", status=503, name="words"))
    answer = shop.asked("GET", MARKETS)
    assert told(answer)[1]["error"]["name"] == 503
    assert remaining.HEADER in dict(answer.headers)


def test_a_failure_comes_after_the_order() -> None:
    shop = spoilt(Fault(kind="fail", method="POST"))
    assert fails(shop.buy()) == (500, "internal_server_error")
    assert len(shop.ask("GET", "/v1/orders/open")[1]) == 1


def test_a_page_of_a_proxy_is_no_json() -> None:
    answer = spoilt(Fault(kind="html")).asked("GET", MARKETS)
    assert answer.status == 502
    assert answer.body.startswith(b"<html>")


@pytest.mark.parametrize(("kind", "orders"), [("drop_request", 0), ("drop_answer", 1)])
def test_a_connection_drops_before_or_after_acceptance(kind: Any, orders: int) -> None:
    shop = spoilt(Fault(kind=kind, method="POST"))
    said: dict[str, Any] = {"market": BTC, "side": "bid", "ord_type": "limit", "price": "99000000"}
    assert shop.signed("POST", "/v1/orders", **said, volume="0.01").is_dropped
    assert len(shop.ask("GET", "/v1/orders/open")[1]) == orders


def test_a_body_is_cut_or_malformed() -> None:
    shop = spoilt(Fault(kind="cut", bytes=7), Fault(kind="malform", skip=1))
    cut, malformed = shop.asked("GET", MARKETS), shop.asked("GET", MARKETS)
    assert cut.sent_max == 7
    assert malformed.sent_max is None
    with pytest.raises(json.JSONDecodeError):
        json.loads(malformed.body)


def test_a_delay_is_told_to_the_door() -> None:
    assert spoilt(Fault(kind="delay", wait_s=1.5)).asked("GET", MARKETS).wait_ns == 1_500_000_000


def test_reading_lags_behind_writing() -> None:
    shop = spoilt(Fault(kind="lag", method="POST", wait_s=2))
    before = shop.ask("GET", "/v1/accounts")
    _, order = shop.buy(identifier="i")
    assert fails(shop.ask("GET", "/v1/order", "identifier=i")) == (404, "order_not_found")
    assert shop.ask("GET", "/v1/orders/open") == (200, [])
    assert shop.ask("GET", "/v1/accounts") == before
    assert shop.ask("GET", "/v1/orders/chance", "market=KRW-BTC")[0] == 200
    _, second = shop.buy()
    assert shop.ask("GET", "/v1/order", f"uuid={second['uuid']}")[0] == 200, "one lagged"
    shop.step(2)
    assert shop.ask("GET", "/v1/order", "identifier=i")[1]["uuid"] == order["uuid"]
    assert shop.ask("GET", "/v1/accounts") != before


def test_what_was_there_before_is_seen_while_it_lags() -> None:
    shop = spoilt(Fault(kind="lag", method="DELETE", wait_s=2))
    _, order = shop.buy()
    chance = shop.ask("GET", "/v1/orders/chance", "market=KRW-BTC")
    assert shop.ask("DELETE", "/v1/order", f"uuid={order['uuid']}")[0] == 200
    assert shop.ask("GET", "/v1/order", f"uuid={order['uuid']}")[0] == 200
    assert shop.ask("GET", "/v1/orders/chance", "market=KRW-BTC") == chance


def test_chances_lag_as_balances_do() -> None:
    shop = spoilt(Fault(kind="lag", method="POST", wait_s=2))
    before = shop.ask("GET", "/v1/orders/chance", "market=KRW-BTC")
    shop.buy()
    assert shop.ask("GET", "/v1/orders/chance", "market=KRW-BTC") == before
    shop.step(2)
    assert shop.ask("GET", "/v1/orders/chance", "market=KRW-BTC") != before


def test_books_that_are_asked_for_are_crossed_and_padded() -> None:
    both = (Fault(kind="cross", times=2), Fault(kind="pad", skip=1))
    shop = spoilt(*both)
    books = [shop.get("/v1/orderbook", "markets=KRW-BTC")[1][0] for _ in range(3)]
    best = [each["orderbook_units"][0] for each in books]
    assert [each["bid_price"] > each["ask_price"] for each in best] == [True, True, False]
    assert [len(each["orderbook_units"]) for each in books] == [3, 30, 3]
    assert books[1]["orderbook_units"][-1]["ask_price"] == 0
    assert spoilt(Fault(kind="pad")).get("/v1/orderbook", "markets=KRW-X")[0] == 404


# --- When, and how often ---


def test_a_fault_waits_for_its_time_and_its_turn() -> None:
    shop = spoilt(Fault(kind="refuse", from_s=1, until_s=2, skip=1, times=2))
    got = []
    for _ in range(4):
        got += [shop.get(MARKETS)[0] for _ in range(3)]
        shop.step(0.5)
    assert got == [200] * 6 + [200, 500, 500] + [200] * 3
    assert shop.exchange.faults.left() == ()


def test_a_fault_fits_by_method_and_path() -> None:
    shop = spoilt(Fault(kind="refuse", method="GET", path="/v1/candles/*", times=None))
    assert shop.get("/v1/candles/days", "market=KRW-BTC")[0] == 500
    assert shop.get(MARKETS)[0] == 200


def test_the_same_seed_gives_the_same_faults() -> None:
    def fate(seed: int) -> list[int]:
        shop = spoilt(*faults.of_seed(0.1), shop=Shop(seed=seed))
        return [shop.asked("GET", "/v1/nothing").status for _ in range(25)]

    assert fate(1) == fate(1)
    assert fate(1) != fate(2)
    assert {404, 502, 503} <= set(fate(1) + fate(2) + fate(3))


def test_there_is_an_end_to_faults() -> None:
    shop = spoilt(*[Fault(kind="html")] * FAULTS_MAX)
    with pytest.raises(UsageError, match="at most 1,000"):
        spoilt(Fault(kind="html"), shop=shop)
    assert shop.asked("GET", MARKETS).status == 502
    shop.exchange.faults.clear()
    assert shop.get(MARKETS)[0] == 200


# --- Streams ---


def streamed(*script: Fault) -> list[Any]:
    """Return the REALTIME trades of a second, numbered, under these faults."""
    tape = Tape().book(0).trade(0, "100000000", "0.01")
    for n in range(1, 6):
        tape.trade(n * 100 + 50, "100001000", f"0.0{n}")
    shop = Shop(tape)
    session = shop.stream()
    session.receive(b'[{"ticket":"t"},{"type":"trade","codes":["KRW-BTC"]}]')
    heard(session)
    spoilt(*script, shop=shop)
    shop.step(1)
    return [round(each["trade_volume"] * 100) for each in heard(session)]


@pytest.mark.parametrize(
    ("script", "told_"),
    [
        (Fault(kind="silence", times=None), []),
        (Fault(kind="silence", times=None, from_s=0.2, until_s=0.4), [3, 4, 5]),
        (Fault(kind="duplicate", skip=1), [1, 2, 2, 3, 4, 5]),
        (Fault(kind="reorder", times=2), [2, 1, 4, 3, 5]),
        (Fault(kind="silence", type="ticker", times=None), [1, 2, 3, 4, 5]),
        (Fault(kind="silence", code="KRW-ETH", times=None), [1, 2, 3, 4, 5]),
    ],
)
def test_a_stream_goes_wrong(script: Fault, told_: list[int]) -> None:
    assert streamed(script) == told_


@pytest.mark.parametrize("code", ["*", BTC])
@pytest.mark.parametrize("wanted", ["", ',"codes":["KRW-BTC"]'])
def test_own_orders_go_wrong_whoever_listens(code: str, wanted: str) -> None:
    shop = Shop()
    session = shop.stream(private=True)
    session.receive(b'[{"ticket":"t"},{"type":"myOrder"%s}]' % wanted.encode())
    spoilt(Fault(kind="duplicate", type="myOrder", code=code), shop=shop)
    got = []
    for _ in range(2):
        shop.buy()
        got.append(len(heard(session)))
    assert got == [2, 1]


def test_a_fault_waits_for_own_data_that_somebody_wants() -> None:
    shop = spoilt(Fault(kind="duplicate", type="my*", times=2))
    shop.buy()
    session = shop.stream(private=True)
    session.receive(b'[{"ticket":"t"},{"type":"myAsset"}]')
    shop.buy()
    assert [each["type"] for each in heard(session)] == ["myAsset"] * 2


def test_streamed_books_are_spoilt() -> None:
    shop = Shop(Tape().book(0).book(500))
    session = shop.stream()
    session.receive(b'[{"ticket":"t"},{"type":"orderbook","codes":["KRW-BTC"]}]')
    spoilt(Fault(kind="cross"), Fault(kind="pad"), shop=shop)
    shop.step(1)
    _, book = heard(session)
    assert book["orderbook_units"][0]["bid_price"] > book["orderbook_units"][0]["ask_price"]
    assert len(book["orderbook_units"]) == 30


def test_all_connections_end() -> None:
    shop = Shop()
    sessions = [shop.stream(), shop.stream(private=True)]
    spoilt(Fault(kind="disconnect", from_s=3), shop=shop)
    shop.step(2)
    assert [each.outbox.is_cut for each in sessions] == [False, False]
    shop.step(1)
    assert [each.outbox.is_cut for each in sessions] == [True, True]


# --- Changes ---


def test_maintenance_begins_and_ends_at_its_time() -> None:
    shop = Shop()
    change(shop, kind="maintenance", on=True, at_s=1)
    change(shop, kind="maintenance", on=False, at_s=3)
    got = []
    for _ in range(4):
        got.append(shop.buy("1000000", "0.006")[0])
        shop.step(1)
    assert got == [201, 403, 403, 201]


@pytest.mark.parametrize(
    ("state", "name"), [("halted", "market_offline"), ("delisted", "notfoundmarket")]
)
def test_a_market_stops_or_leaves(state: str, name: str) -> None:
    shop = Shop()
    change(shop, kind="state", code=BTC, state=state)
    assert fails(shop.buy())[1] == name


def test_the_tick_and_the_minimum_change() -> None:
    shop = Shop()
    change(shop, kind="rules", code=BTC, tick="5000", min_total="2000000")
    assert fails(shop.buy("99001000", "0.05"))[1] == "invalid_price_bid"
    assert fails(shop.buy("99000000", "0.02"))[1] == "under_min_total_bid"
    assert shop.buy("99000000", "0.05")[0] == 201
    (told_,) = shop.get("/v1/orderbook/instruments", "markets=KRW-BTC")[1]
    assert told_["tick_size"] == "5000"
    change(shop, kind="rules", code=BTC, max_total="3000000")
    assert fails(shop.buy("99000000", "0.05"))[1] == "over_krw_funds_bid"


def test_a_balance_changes_by_hand() -> None:
    shop = Shop()
    change(shop, kind="adjust", account="ann", currency="KRW", amount="-10000000")
    change(shop, kind="adjust", account="ann", currency="ETH", amount="2.5")
    held = {each["currency"]: each["balance"] for each in shop.ask("GET", "/v1/accounts")[1]}
    assert held == {"BTC": "1", "ETH": "2.5"}


def test_what_was_sold_is_settled_late() -> None:
    shop = Shop()
    change(shop, kind="delays", settle_s=5, cancel_s=2)
    said: dict[str, Any] = {"market": BTC, "side": "ask", "ord_type": "market", "volume": "0.1"}
    shop.ask("POST", "/v1/orders", **said)

    def krw() -> float:
        return float(shop.ask("GET", "/v1/accounts")[1][0]["balance"])

    assert krw() == 10_000_000
    shop.step(5)
    assert krw() > 19_000_000
    _, order = shop.buy()
    shop.ask("DELETE", "/v1/order", f"uuid={order['uuid']}")
    shop.step(1)
    assert len(shop.ask("GET", "/v1/orders/open")[1]) == 1
    shop.step(1)
    assert shop.ask("GET", "/v1/orders/open")[1] == []


def test_the_clock_of_answers_is_wrong() -> None:
    shop = Shop()
    change(shop, kind="offset", by_s=-3.5)
    assert shop.exchange.date_ns() == START_NS - 3_500_000_000


def test_a_caller_is_blocked() -> None:
    shop = Shop()
    change(shop, kind="block", who="ann", for_s=60)
    assert shop.ask("GET", "/v1/accounts")[0] == 418
    assert shop.get(MARKETS)[0] == 200


def test_a_key_comes_and_expires() -> None:
    shop = Shop()
    new = key("new", secret="s2")
    change(shop, kind="key", access_key="new", secret="s2", account="ann", expires_s=10)
    assert shop.ask("GET", "/v1/accounts", with_key=new)[0] == 200
    shop.step(10)
    assert fails(shop.ask("GET", "/v1/accounts", with_key=new)) == (401, "expired_access_key")


@pytest.mark.parametrize(
    "said",
    [
        {"kind": "state", "code": "KRW-NONE", "state": "halted"},
        {"kind": "rules", "code": BTC, "tick": "0"},
        {"kind": "adjust", "account": "nobody", "currency": "KRW", "amount": "1"},
        {"kind": "adjust", "account": "ann", "currency": "KRW", "amount": "-10000001"},
        {"kind": "key", "access_key": "k", "secret": "s", "account": "nobody", "expires_s": 1},
    ],
)
def test_what_cannot_be_done_is_said(said: dict[str, Any]) -> None:
    shop = Shop()
    with pytest.raises(UsageError, match="can't be done"):
        change(shop, **said)
    later = said | {"at_s": 1}
    change(shop, **later)
    shop.step(1)
    assert b"can't be done" in shop.venue.log.lines[-1]


def test_there_is_an_end_to_changes() -> None:
    shop = Shop()
    for _ in range(CHANGES_MAX):
        change(shop, kind="offset", by_s=1, at_s=9)
    with pytest.raises(UsageError, match="waiting already"):
        change(shop, kind="offset", by_s=1, at_s=9)


# --- The control address ---


def controlled(shop: Shop) -> Shop:
    def step(by_ns: int) -> int:
        shop.now_ns += by_ns
        return shop.now_ns

    shop.exchange.allow_control(step)
    return shop


def control(shop: Shop, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
    return shop.bare(method, f"/_control{path}", body=body, headers=headers)


def test_what_control_changes_is_streamed_at_once() -> None:
    shop = controlled(Shop())
    session = shop.stream(private=True)
    session.receive(b'[{"ticket":"t"},{"type":"myAsset"}]')
    assert heard(session) == []
    said = {"kind": "adjust", "account": "ann", "currency": "KRW", "amount": "5", "why": "a gift"}
    assert control(shop, "POST", "/change", json.dumps(said).encode()).status == 200
    (asset,) = heard(session)
    assert asset["type"] == "myAsset"


def test_control_is_not_there_unless_asked_for() -> None:
    assert control(Shop(), "GET", "").status == 404


def test_control_steps_spoils_and_changes() -> None:
    shop = controlled(Shop())
    now = told(control(shop, "POST", "/step", b'{"by_s": 2.5}'))[1]
    assert now["now_ns"] == shop.venue.now_ns == START_NS + 2_500_000_000
    now = told(control(shop, "POST", "/faults", b'[{"kind":"html"}]'))[1]
    assert now["faults"] == [{"kind": "html"}]
    assert told(control(shop, "DELETE", "/faults"))[1]["faults"] == []
    assert control(shop, "POST", "/change", b'{"kind":"maintenance","on":true}').status == 200
    assert shop.venue.is_maintained
    shop.stream()
    assert told(control(shop, "GET", ""))[1]["streams"] == 1


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/step", b"{}", 400),
        ("POST", "/step", b'{"by_s":-1}', 400),
        ("POST", "/faults", b'[{"kind":"unheard of"}]', 400),
        ("POST", "/faults", b'[{"kind":"html","colour":"red"}]', 400),
        ("POST", "/change", b'{"kind":"adjust"}', 400),
        ("POST", "/change", b'{"kind":"state","code":"KRW-NONE","state":"halted"}', 400),
        ("POST", "/change", b"\xff", 400),
        ("POST", "/change", b'{"kind":"\xff"}', 400),
        ("PUT", "/step", b"", 404),
        ("GET", "/secrets", b"", 404),
    ],
)
def test_control_says_what_is_wrong(method: str, path: str, body: bytes, status: int) -> None:
    answer = control(controlled(Shop()), method, path, body)
    assert answer.status == status
    assert told(answer)[1]["error"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "https://example.com"}, 403),
        ({"host": "example.com"}, 403),
        ({"host": "example.com:80"}, 403),
        ({"host": "127.0.0.1:9"}, 200),
        ({"host": "localhost"}, 200),
        ({"host": "[::1]:9"}, 200),
        ({"host": "[::1]"}, 200),
    ],
)
def test_control_is_for_this_machine_alone(headers: dict[str, str], status: int) -> None:
    assert control(controlled(Shop()), "GET", "", b"", **headers).status == status
