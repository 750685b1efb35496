import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Literal
from urllib.parse import unquote, urlencode

import pytest

from sigma_cli.venues.upbit.wire.auth import (
    Claims,
    authorization,
    flat,
    is_hash_of,
    is_signed_by,
    query_hash,
    read_authorization,
)
from sigma_cli.venues.upbit.wire.errors import STATUSES, WireError
from sigma_cli.venues.upbit.wire.queries import OpenOrdersQuery, encode, pairs_of, pairs_of_body

SECRET = "한" + "s" * 39
CLAIMS = Claims(access_key="ak", nonce="n-1", query_hash="0f" * 64, query_hash_alg="SHA512")
FORM = "application/x-www-form-urlencoded; charset=UTF-8"
JSON = "application/json"


@pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512"])
def test_a_token_tells_who_asks(alg: Literal["HS256", "HS384", "HS512"]) -> None:
    header = authorization(CLAIMS, SECRET, alg)
    token = read_authorization(header)
    assert (token.alg, token.claims) == (alg, CLAIMS)
    assert is_signed_by(token, SECRET)
    assert not is_signed_by(token, SECRET + "x")


def test_a_signature_is_that_of_rfc_7515() -> None:
    header = authorization(CLAIMS, SECRET, "HS256").removeprefix("Bearer ")
    signed, signature = header.rsplit(".", 1)
    expected = hmac.new(SECRET.encode(), signed.encode(), hashlib.sha256).digest()
    assert urlsafe_b64decode(signature + "=") == expected
    assert "=" not in header


def packed(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


HEAD, NO_ALG = packed('{"alg":"HS256"}'), packed('{"alg":"none"}')
PAYLOAD, NO_NONCE = packed('{"access_key":"a","nonce":"n"}'), packed('{"access_key":"a"}')


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (None, "no_authorization_token"),
        ("", "no_authorization_token"),
        ("Basic abc", "no_authorization_token"),
        ("Bearer ", "jwt_verification"),
        ("Bearer a.b", "jwt_verification"),
        ("Bearer a.b.c.d", "jwt_verification"),
        (f"Bearer {HEAD}.{PAYLOAD}.!!!!", "jwt_verification"),
        (f"Bearer {packed('{}')}.{PAYLOAD}.AA", "jwt_verification"),
        (f"Bearer {NO_ALG}.{PAYLOAD}.", "jwt_verification"),
        (f"Bearer {HEAD}.{NO_NONCE}.AA", "jwt_verification"),
        (f"Bearer {HEAD}.{packed('[]')}.AA", "jwt_verification"),
        (f"Bearer {HEAD}.{PAYLOAD}.가", "jwt_verification"),
        ("Bearer " + "a" * 5_000, "jwt_verification"),
    ],
)
def test_what_is_no_token_says_so(header: str | None, name: str) -> None:
    with pytest.raises(WireError) as caught:
        read_authorization(header)
    assert caught.value.name == name
    assert caught.value.where == "Authorization"
    assert STATUSES[name] == 401


QUERY = urlencode({"states[]": ["wait", "watch"], "market": "KRW-BTC"}, doseq=True)
BODY = b'{"market":"KRW-BTC","side":"bid","ord_type":"price","price":"5000.0","volume":null}'


@pytest.mark.parametrize(
    ("hashed", "query", "body", "content_type"),
    [
        ("", "", b"", ""),
        (QUERY, QUERY, b"", ""),
        (unquote(QUERY), QUERY, b"", ""),
        ("states[]=wait&states[]=watch&market=KRW-BTC", QUERY, b"", JSON),
        (QUERY, "", QUERY.encode(), FORM),
        (unquote(QUERY), "", QUERY.encode(), FORM),
        ("market=KRW-BTC&side=bid&ord_type=price&price=5000.0", "", BODY, JSON),
        ("uuid=u-1", "", b'{"uuid": "u-1"}', JSON),
        ("a[]=1&n=1.50&t=true", "", b'{"a[]":["1"],"n":1.50,"t":true}', JSON),
    ],
    ids=["nothing", "raw", "decoded", "array", "form", "form decoded", "POST", "DELETE", "kinds"],
)
def test_a_hash_fits_in_every_way_that_clients_hash(
    hashed: str, query: str, body: bytes, content_type: str
) -> None:
    text = query_hash(hashed)
    assert is_hash_of(text, query=query, body=body, content_type=content_type)
    assert is_hash_of(text.upper(), query=query, body=body, content_type=content_type)
    other = query_hash(hashed + "&count=1")
    assert not is_hash_of(other, query=query, body=body, content_type=content_type)


def test_a_body_that_is_no_json_fits_no_hash() -> None:
    assert not is_hash_of(query_hash("a=1"), query="", body=b"a=1", content_type=JSON)
    assert not is_hash_of(query_hash("a=1"), query="", body=b'{"a":{}}', content_type=JSON)


def test_what_our_client_hashes_fits_what_it_sends() -> None:
    query = OpenOrdersQuery(market="KRW-BTC", states=("wait", "watch"), page=2)
    hashed = query_hash(flat(pairs_of(query)))
    assert is_hash_of(hashed, query=encode(query), body=b"", content_type="")


def test_the_hash_is_sha_512() -> None:
    assert query_hash("a=1") == hashlib.sha512(b"a=1").hexdigest()


def test_half_a_character_is_no_json_and_fits_no_hash() -> None:
    body = b'{"identifier":"\\ud800"}'
    assert not is_hash_of(query_hash(""), query="a=1", body=body, content_type=JSON)
    with pytest.raises(WireError, match="no JSON"):
        pairs_of_body(body)
    assert pairs_of_body(b'{"identifier":"\\ud83d\\ude00"}') == (("identifier", "\U0001f600"),)
