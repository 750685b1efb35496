from decimal import Decimal

import pytest
from msgspec import Struct

from sigma_cli.venues.upbit.wire import queries
from sigma_cli.venues.upbit.wire.errors import STREAM_NAMES, WireError
from sigma_cli.venues.upbit.wire.queries import Pairs, pairs_of_body, pairs_of_query
from sigma_cli.venues.upbit.wire.remaining import Remaining, decode
from sigma_cli.venues.upbit.wire.stream_requests import (
    Format,
    StreamRequest,
    Subscription,
    book_rows,
    decode_request,
)

BTC = ("KRW-BTC",)


@pytest.mark.parametrize(
    ("pairs", "query"),
    [
        (
            pairs_of_query("market=KRW-BTC&to=2026-01-02T03%3A04%3A05%2B09%3A00&count=500"),
            queries.CandlesQuery(market="KRW-BTC", to="2026-01-02T03:04:05+09:00", count=500),
        ),
        (
            pairs_of_query("states%5B%5D=wait&states[]=watch"),
            queries.OpenOrdersQuery(states=("wait", "watch")),
        ),
        (pairs_of_query("isDetails=true"), queries.MarketsQuery(is_details=True)),
        (
            pairs_of_query("exclude_pairs=KRW-BTC%2CKRW-ETH&cancel_side=ask"),
            queries.CancelOpenQuery(cancel_side="ask", excluded_pairs=("KRW-BTC", "KRW-ETH")),
        ),
        (pairs_of_query("uuid=1&foo=1&foo=2"), queries.OrderQuery(uuid="1")),
        (pairs_of_query("identifier=null"), queries.OrderQuery(identifier="null")),
        (pairs_of_body(b'{"uuid":"u-1","identifier":null}'), queries.OrderQuery(uuid="u-1")),
        (
            pairs_of_body(b'{"market":"KRW-BTC","page":2,"uuids[]":["a","b"]}'),
            queries.OldOrdersQuery(market="KRW-BTC", page=2, uuids=("a", "b")),
        ),
        (
            pairs_of_query("markets=KRW-BTC&level=0.1"),
            queries.BooksQuery(markets=BTC, level="0.1"),
        ),
    ],
)
def test_what_real_clients_ask(pairs: Pairs, query: Struct) -> None:
    assert queries.decode(pairs, type(query)) == query


@pytest.mark.parametrize(
    ("text", "kind", "what", "where"),
    [
        ("", queries.CandlesQuery, "missing required field `market`", "CandlesQuery"),
        ("market=a&market=b", queries.CandlesQuery, "'market' is there twice", "CandlesQuery"),
        ("market=a&count=1.0", queries.CandlesQuery, "Expected `int`", "CandlesQuery $.count"),
        ("market=a&count=-1", queries.CandlesQuery, "Expected `int`", "CandlesQuery $.count"),
        ("market=a&count=%D9%A3", queries.CandlesQuery, "Expected `int`", "$.count"),
        ("market=a&cursor=null", queries.TradesQuery, "Expected `int", "TradesQuery $.cursor"),
        ("is_details=1", queries.MarketsQuery, "Expected `bool`", "MarketsQuery $.is_details"),
        ("state=done", queries.OpenOrdersQuery, "Invalid enum value", "$.state"),
        ("states[]=wait&states[]=x", queries.OpenOrdersQuery, "Invalid enum", "$.states[][1]"),
        ("markets=a&level=NaN", queries.BooksQuery, "regex", "BooksQuery $.level"),
        ("identifier=" + "a" * 65, queries.OrderQuery, "length <= 64", "$.identifier"),
    ],
)
def test_what_can_not_be_asked(text: str, kind: type, what: str, where: str) -> None:
    with pytest.raises(WireError) as caught:
        queries.decode(pairs_of_query(text), kind)
    assert what in caught.value.what
    assert where in caught.value.where
    assert caught.value.name == "validation_error"


def test_bytes_that_are_no_query() -> None:
    with pytest.raises(WireError, match="can't decode"):
        pairs_of_query("market=%FF")
    for body in (b"[]", b'"a"', b'{"a":{}}', b'{"a":[[1]]}', b"{", b'{"a":1,"a":1}'):
        with pytest.raises(WireError):
            pairs_of_body(body)


def test_what_clients_ask_of_a_stream() -> None:
    assert decode_request(
        b'[{"ticket":"t"},{"format":"SIMPLE"},{"type":"trade","codes":["KRW-BTC"],'
        b'"isOnlyRealtime":true,"foo":1},{"type":"orderbook","codes":["KRW-BTC.15"],'
        b'"level":"10000","is_only_snapshot":true},{"type":"myOrder"},{"type":"myAsset"}]'
    ) == StreamRequest(
        ticket="t",
        format=Format.SIMPLE,
        subscriptions=(
            Subscription(type="trade", codes=BTC, is_only_realtime=True),
            Subscription(
                type="orderbook", codes=("KRW-BTC.15",), level=Decimal(10000), is_only_snapshot=True
            ),
            Subscription(type="myOrder"),
            Subscription(type="myAsset"),
        ),
    )


@pytest.mark.parametrize(
    ("frame", "name"),
    [
        (b"", "WRONG_FORMAT"),
        (b"hello", "WRONG_FORMAT"),
        (b'{"event":"ping"}', "WRONG_FORMAT"),
        (b"[]", "NO_TICKET"),
        (b'[{"type":"trade","codes":["KRW-BTC"]}]', "NO_TICKET"),
        (b'[{"ticket":""},{"type":"trade","codes":["KRW-BTC"]}]', "NO_TICKET"),
        (b'[{"ticket":"t"}]', "NO_TYPE"),
        (b'[{"ticket":"t"},{"codes":["KRW-BTC"]}]', "NO_TYPE"),
        (b'[{"ticket":"t"},{"type":"trade"}]', "NO_CODES"),
        (b'[{"ticket":"t"},{"type":"candle.1m","codes":[]}]', "NO_CODES"),
        (b'[{"ticket":"t"},{"type":"tirade","codes":["KRW-BTC"]}]', "WRONG_FORMAT"),
        (b'[{"ticket":"t"},{"type":"myAsset","codes":["KRW-BTC"]}]', "WRONG_FORMAT"),
        (b'[{"ticket":"t"},{"type":"trade","codes":"KRW-BTC"}]', "WRONG_FORMAT"),
        (b'[{"ticket":"t"},{"method":"DROP"}]', "WRONG_FORMAT"),
        (b'[{"ticket":"t"},{"type":"myOrder"},{"format":"XML"}]', "WRONG_FORMAT"),
        (b'[{"ticket":"t","ticket":"u"},{"type":"myOrder"}]', "WRONG_FORMAT"),
    ],
)
def test_a_stream_request_is_refused_by_name(frame: bytes, name: str) -> None:
    with pytest.raises(WireError) as caught:
        decode_request(frame)
    assert caught.value.name == name
    assert name in STREAM_NAMES


def test_rows_of_a_book_stand_behind_its_code() -> None:
    assert book_rows("KRW-BTC.1") == ("KRW-BTC", 1)
    assert book_rows("KRW-BTC") == book_rows("KRW-BTC.7") == ("KRW-BTC", 30)


def test_the_count_of_requests() -> None:
    left = decode("group=crix-trades; min=600; sec=9")
    assert left == Remaining(group="crix-trades", min=600, sec=9)
    for header in ("", "group=a; min=1", "group=A; min=1; sec=1", "group=a; min=1; sec=-1"):
        with pytest.raises(WireError, match="no count of requests"):
            decode(header)
