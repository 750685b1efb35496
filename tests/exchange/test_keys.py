"""Keys, tokens and hashes, checked in the documented names and a chosen order."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from sigma_cli.errors import UsageError
from sigma_cli.exchange.upbit import keys
from sigma_cli.exchange.upbit.keys import Asked, Keyring
from sigma_cli.exchange.upbit.refusals import Refused
from sigma_cli.venues.upbit.wire import auth
from tests.exchange.fair import START_NS
from tests.exchange.shop import Shop, key, token, told

FORM = "application/x-www-form-urlencoded"


def name(said: tuple[int, Any]) -> tuple[int, str]:
    return said[0], said[1]["error"]["name"]


def accounts(shop: Shop, header: str | None) -> tuple[int, Any]:
    headers = {} if header is None else {"authorization": header}
    return told(shop.asked("GET", "/v1/accounts", headers=headers))


@pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512"])
def test_three_ways_to_sign_are_taken(alg: auth.Alg) -> None:
    shop = Shop()
    assert accounts(shop, token(shop.key, alg=alg))[0] == 200


def test_each_failure_has_its_name() -> None:
    shop = Shop(
        keys=(
            key("old", expires_ns=START_NS),
            key("far", ips=frozenset({"10.0.0.1"})),
            key("here", ips=frozenset({"127.0.0.1"})),
        )
    )
    assert name(accounts(shop, None)) == (401, "no_authorization_token")
    assert name(accounts(shop, "Bearer x.y.z")) == (401, "jwt_verification")
    assert name(accounts(shop, token(key("no such")))) == (401, "invalid_access_key")
    assert name(accounts(shop, token(key("old")))) == (401, "expired_access_key")
    assert name(accounts(shop, token(key(secret="other")))) == (401, "jwt_verification")
    assert name(accounts(shop, token(key("far")))) == (401, "no_authorization_ip")
    assert accounts(shop, token(key("here")))[0] == 200
    header = token(shop.key)
    assert accounts(shop, header)[0] == 200
    assert name(accounts(shop, header)) == (401, "nonce_used")


def test_an_unsigned_token_is_none() -> None:
    unsigned = "Bearer eyJhbGciOiJub25lIn0.eyJhY2Nlc3Nfa2V5IjoiYWsiLCJub25jZSI6IjEifQ."
    assert name(accounts(Shop(), unsigned)) == (401, "jwt_verification")


def test_the_first_thing_wrong_is_told() -> None:
    shop = Shop(keys=(key("old", expires_ns=START_NS), key("far", ips=frozenset({"10.0.0.1"}))))
    assert name(accounts(shop, token(key("old", secret="x"))))[1] == "expired_access_key"
    assert name(accounts(shop, token(key("far", secret="x"))))[1] == "jwt_verification"
    used = token(key("far"), nonce="n")
    assert name(accounts(shop, used))[1] == "no_authorization_ip"
    assert name(accounts(shop, used))[1] == "nonce_used", "a genuine token is used up"


def test_a_forged_token_uses_no_nonce_up() -> None:
    shop = Shop()
    assert name(accounts(shop, token(key(secret="x"), nonce="n")))[1] == "jwt_verification"
    assert accounts(shop, token(shop.key, nonce="n"))[0] == 200


@pytest.mark.parametrize("query", ["states[]=wait&states[]=watch", "states%5B%5D=wait"])
@pytest.mark.parametrize("is_decoded", [True, False])
def test_a_query_is_hashed_as_sent_or_decoded(query: str, is_decoded: bool) -> None:
    shop = Shop()
    hashed = query.replace("%5B%5D", "[]") if is_decoded else query
    headers = {"authorization": token(shop.key, hashed)}
    assert told(shop.asked("GET", "/v1/orders/open", query, headers=headers)) == (200, [])


@pytest.mark.parametrize(
    ("method", "path", "body", "hashed", "content_type"),
    [
        ("GET", "/v1/orders/chance", b"market=KRW-BTC", "market=KRW-BTC", FORM),
        ("GET", "/v1/orders/chance", b'{"market":"KRW-BTC"}', "market=KRW-BTC", ""),
        ("GET", "/v1/orders/chance", b'{"market": "KRW-BTC"}', "market=KRW-BTC", "text/json"),
        ("DELETE", "/v1/orders/open", b'{"cancel_side":"ask"}', "cancel_side=ask", ""),
    ],
    ids=["GET with a form", "GET with JSON", "GET with JSON of some type", "DELETE with JSON"],
)
def test_a_body_may_say_what_a_query_says(
    method: str, path: str, body: bytes, hashed: str, content_type: str
) -> None:
    shop = Shop()
    headers = {"authorization": token(shop.key, hashed), "content-type": content_type}
    status, said = told(shop.asked(method, path, body=body, headers=headers))
    assert status == 200, said


def test_a_form_is_hashed_as_sent_or_decoded() -> None:
    shop, sent = Shop(), quote("identifier=a b", safe="=")
    for hashed in (sent, "identifier=a b"):
        headers = {"authorization": token(shop.key, hashed), "content-type": FORM}
        got = told(shop.asked("GET", "/v1/order", body=sent.encode(), headers=headers))
        assert name(got) == (404, "order_not_found")


@pytest.mark.parametrize("hashed", ["market=KRW-ETH", None])
def test_a_hash_of_something_else_is_refused(hashed: str | None) -> None:
    shop = Shop()
    headers = {"authorization": token(shop.key, hashed)}
    got = told(shop.asked("GET", "/v1/orders/chance", "market=KRW-BTC", headers=headers))
    assert name(got) == (401, "invalid_query_payload")
    body = json.dumps({"market": "KRW-BTC"}).encode()
    headers = {"authorization": token(shop.key, hashed)}
    got = told(shop.asked("POST", "/v1/orders", body=body, headers=headers))
    assert name(got) == (401, "invalid_query_payload")


def test_a_key_may_not_do_everything() -> None:
    shop = Shop(keys=tuple(key(scope, scopes=frozenset({scope})) for scope in keys.SCOPES))
    allowed = {
        ("GET", "/v1/accounts"): "assets",
        ("GET", "/v1/orders/open"): "order_view",
        ("DELETE", "/v1/orders/open"): "orders",
    }
    for (method, path), scope in allowed.items():
        for held in keys.SCOPES:
            shop.step(2)
            status, said = shop.ask(method, path, with_key=key(held))
            if held == scope:
                assert status == 200
            else:
                assert said["error"]["name"] == "out_of_scope"
    assert shop.ask("GET", "/v1/api_keys", with_key=key("assets"))[0] == 200


def test_keys_of_an_account_are_listed() -> None:
    shop = Shop(keys=(key("two"), key("other", account="bob")), own={"ann": {}, "bob": {}})
    status, said = shop.ask("GET", "/v1/api_keys")
    assert (status, [each["access_key"] for each in said]) == (200, ["ak", "two"])
    assert said[0]["expire_at"] == "2027-01-02T12:04:05+09:00"


def test_nonces_are_forgotten_at_last() -> None:
    ring = Keyring([key()], nonces_max=3)
    asked = [
        Asked(authorization=token(key(), nonce=n), query="", body=b"", content_type="", ip="x")
        for n in "abcd"
    ]
    for each in asked[:3]:
        ring.known(each, START_NS)
    for each in asked[:3]:
        with pytest.raises(Refused, match="nonce_used"):
            ring.known(each, START_NS)
    ring.known(asked[3], START_NS)
    ring.known(asked[0], START_NS)


def test_a_key_names_ten_addresses_at_most() -> None:
    with pytest.raises(UsageError, match="at most 10"):
        Keyring([key(ips=frozenset(map(str, range(11))))])
