"""REST: every route, what it needs, how it is counted, how it fails."""

import json
from typing import Any

import pytest

from sigma_cli.exchange.front import Request
from sigma_cli.exchange.upbit.exchange import Manners
from sigma_cli.exchange.upbit.limits import Rates
from sigma_cli.exchange.upbit.routes import PRIVATE, PUBLIC
from sigma_cli.venues.upbit.wire import json as wire
from sigma_cli.venues.upbit.wire import remaining
from sigma_cli.venues.upbit.wire.account import ApiKey, Balance, Chance, WalletStatus
from sigma_cli.venues.upbit.wire.orders import BatchResult, Order
from tests.exchange.shop import Shop, key, token, told

JSON = "application/json"


def failed(said: tuple[int, Any]) -> tuple[int, Any]:
    return said[0], said[1]["error"]["name"]


def test_balances_chances_keys_and_wallets() -> None:
    shop = Shop()
    for path, query, kind in (
        ("/v1/accounts", "", Balance),
        ("/v1/api_keys", "", ApiKey),
        ("/v1/status/wallet", "", WalletStatus),
    ):
        status, said = shop.ask("GET", path, query)
        assert status == 200
        assert wire.decode_list(json.dumps(said).encode(), kind)
    status, said = shop.ask("GET", "/v1/orders/chance", "market=KRW-BTC")
    assert status == 200
    assert wire.decode(json.dumps(said).encode(), Chance).market.state == "active"


def test_an_order_is_placed_seen_and_cancelled() -> None:
    shop = Shop()
    status, placed = shop.buy(identifier="mine")
    assert status == 201
    assert wire.decode(json.dumps(placed).encode(), Order).state == "wait"
    for query in (f"uuid={placed['uuid']}", "identifier=mine"):
        assert shop.ask("GET", "/v1/order", query)[1]["trades"] == []
    for path in ("/v1/orders/open", "/v1/orders"):
        (only,) = shop.ask("GET", path, "states[]=wait&states[]=watch")[1]
        assert only["uuid"] == placed["uuid"]
    status, accepted = shop.ask("DELETE", "/v1/order", "identifier=mine")
    assert (status, accepted["state"]) == (200, "wait")
    shop.step(1)
    (closed,) = shop.ask("GET", "/v1/orders/closed", "state=cancel")[1]
    assert closed["uuid"] == placed["uuid"]
    (named,) = shop.ask("GET", "/v1/orders/uuids", f"uuids[]={placed['uuid']}")[1]
    assert named["state"] == "cancel"


def test_orders_are_tried_without_being_placed() -> None:
    shop = Shop()
    said: dict[str, Any] = {
        "market": "KRW-BTC",
        "side": "bid",
        "ord_type": "price",
        "price": "6000",
    }
    status, order = shop.ask("POST", "/v1/orders/test", **said)
    assert status == 201
    assert failed(shop.ask("GET", "/v1/order", f"uuid={order['uuid']}")) == (404, "order_not_found")


def test_a_cancel_with_a_new_order_answers_with_the_old_one() -> None:
    shop = Shop()
    _, old = shop.buy()
    status, said = shop.ask(
        "POST",
        "/v1/orders/cancel_and_new",
        prev_order_uuid=old["uuid"],
        new_ord_type="limit",
        new_price="98000000",
        new_volume="remain_only",
    )
    assert (status, said["uuid"]) == (201, old["uuid"])
    shop.step(1)
    (only,) = shop.ask("GET", "/v1/orders/open")[1]
    assert (only["uuid"], only["price"]) == (said["new_order_uuid"], "98000000")


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/v1/orders/open", "cancel_side=bid&pairs=KRW-BTC,KRW-ETH"),
        ("/v1/orders/open", "quote_currencies=KRW&exclude_pairs=KRW-ETH"),
        ("/v1/orders/uuids", "uuids%5B%5D={uuid}"),
    ],
)
def test_orders_are_cancelled_in_batches(path: str, query: str) -> None:
    shop = Shop()
    _, order = shop.buy()
    asked = query.format(uuid=order["uuid"])
    headers = {"authorization": token(shop.key, asked)}
    status, said = told(shop.asked("DELETE", path, asked, headers=headers))
    assert status == 200
    batch = wire.decode(json.dumps(said).encode(), BatchResult)
    assert [each.uuid for each in batch.success.orders] == [order["uuid"]]


def test_keys_that_are_not_known_are_left_out() -> None:
    assert Shop().buy(createMarketBuyOrderRequiresPrice="false")[0] == 201


def test_a_page_past_the_end_is_empty() -> None:
    shop = Shop()
    shop.buy()
    assert shop.ask("GET", "/v1/orders/open", "page=2") == (200, [])


@pytest.mark.parametrize(
    ("said", "status", "name"),
    [
        ({"price": "99000500"}, 400, "invalid_price_bid"),
        ({"price": "1000", "volume": "0.1"}, 400, "under_min_total_bid"),
        ({"volume": "100"}, 400, "over_krw_funds_bid"),
        ({"volume": "1"}, 400, "insufficient_funds_bid"),
        ({"market": "KRW-BTCs"}, 400, "notfoundmarket"),
        ({"time_in_force": "post_only", "smp_type": "reduce"}, 400, "invalid_post_only"),
        ({"side": "buy"}, 400, "validation_error"),
        ({"price": "NaN"}, 400, "validation_error"),
    ],
)
def test_an_order_fails_by_its_documented_name(
    said: dict[str, str], status: int, name: str
) -> None:
    assert failed(Shop().buy(**said)) == (status, name)


def test_an_identifier_serves_once_even_if_it_failed() -> None:
    shop = Shop()
    assert shop.buy(identifier="a")[0] == 201
    assert failed(shop.buy(identifier="a")) == (400, "duplicated_identifier")
    shop.buy(identifier="b", volume="1")
    assert failed(shop.buy(identifier="b")) == (400, "duplicated_identifier")


def test_forms_are_not_posted() -> None:
    shop, body = Shop(), b"market=KRW-BTC"
    headers = {
        "authorization": token(shop.key, body.decode()),
        "content-type": "application/x-www-form-urlencoded",
    }
    got = told(shop.asked("POST", "/v1/orders", body=body, headers=headers))
    assert failed(got) == (400, "invalid_parameter")


@pytest.mark.parametrize(
    "body", [b"[]", b"{", b"\xff", b'{"market":{}}', b'{"uuid":"a","uuid":"b"}']
)
def test_a_body_that_says_nothing_is_refused(body: bytes) -> None:
    shop = Shop()
    headers = {"authorization": token(shop.key), "content-type": JSON}
    for method, path in (("POST", "/v1/orders"), ("DELETE", "/v1/order")):
        status, name = failed(told(shop.asked(method, path, body=body, headers=headers)))
        assert (status, name) in {(401, "invalid_query_payload"), (401, "nonce_used")}


@pytest.mark.parametrize("path", [*PUBLIC, *(path for _, path in PRIVATE), "/", "/v1/time"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PUT", "OPTIONS"])
def test_every_answer_counts_requests(method: str, path: str) -> None:
    answer = Shop().asked(method, path)
    header = dict(answer.headers)[remaining.HEADER]
    assert remaining.decode(header).sec >= 0
    assert answer.status < 500


def test_too_many_requests_are_refused_until_the_next_second() -> None:
    shop = Shop()
    got = [shop.get("/v1/market/all") for _ in range(11)]
    assert [status for status, _ in got] == [200] * 10 + [429]
    assert got[-1][1]["error"] == {"name": 429, "message": "Too many API requests."}
    shop.step(1)
    assert shop.get("/v1/market/all")[0] == 200


def test_who_goes_on_learns_how_long_he_is_blocked() -> None:
    shop = Shop(manners=Manners(rates=Rates(strikes=2)))
    for _ in range(11):
        shop.get("/v1/market/all")
    status, said = shop.get("/v1/market/all")
    assert (status, said["error"]["name"]) == (418, 418)
    assert "60 seconds" in said["error"]["message"]
    assert shop.get("/v1/ticker", "markets=KRW-BTC")[0] == 418
    assert shop.ask("GET", "/v1/accounts")[0] == 200, "an account is not an address"


def test_orders_are_counted_by_account_not_by_key() -> None:
    two = key("two")
    shop = Shop(keys=(two,))
    cheap = {"price": "1000000", "volume": "0.006"}
    got = [shop.buy(**cheap)[0] for _ in range(7)]
    said: dict[str, Any] = {"market": "KRW-BTC", "side": "bid", "ord_type": "limit"} | cheap
    got += [shop.ask("POST", "/v1/orders", with_key=two, **said)[0] for _ in range(6)]
    assert got == [201] * 12 + [429]
    assert shop.ask("GET", "/v1/accounts")[0] == 200, "groups are counted apart"


def test_what_nobody_genuine_sent_is_counted_by_address() -> None:
    shop = Shop()
    got = [failed(told(shop.asked("GET", "/v1/accounts"))) for _ in range(31)]
    assert got == [(401, "no_authorization_token")] * 30 + [(429, "too_many_requests")]
    assert shop.ask("GET", "/v1/accounts")[0] == 200


def test_a_browser_has_one_request_in_ten_seconds() -> None:
    shop, page = Shop(), {"origin": "https://example.com"}
    shop.step(5)  # 03:04:10 begins ten seconds
    answer = shop.asked("GET", "/v1/market/all", headers=page)
    assert remaining.decode(dict(answer.headers)[remaining.HEADER]).group == "origin"
    assert shop.asked("GET", "/v1/market/all", headers=page).status == 429
    assert shop.asked("GET", "/v1/market/all").status == 200
    shop.step(10)
    assert shop.asked("GET", "/v1/market/all", headers=page).status == 200
    asked = Request(method="GET", path="/websocket/v1", headers=tuple(page.items()))
    refused = shop.exchange.open_stream(asked)
    assert getattr(refused, "status", None) == 429


def test_streams_are_opened_five_times_a_second() -> None:
    shop = Shop()
    for _ in range(5):
        shop.stream()
    asked = Request(method="GET", path="/websocket/v1")
    assert getattr(shop.exchange.open_stream(asked), "status", None) == 429
    shop.stream(private=True)


def test_what_was_asked_and_answered_is_in_the_log() -> None:
    shop = Shop()
    shop.buy(identifier="logged")
    shop.get("/v1/market/all")
    lines = [json.loads(line) for line in shop.venue.log.lines]
    http = [line for line in lines if line.get("what") == "http"]
    asked, answered, _, public = http
    assert (asked["method"], asked["path"]) == ("POST", "/v1/orders")
    assert "logged" in asked["body"]
    assert (answered["request"], answered["status"]) == (asked["n"], 201)
    assert json.loads(answered["body"])["identifier"] == "logged"
    assert public["bytes"] > 0 and "body" not in public
