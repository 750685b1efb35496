"""Whatever comes in: a message, or one error that says what and where."""

import json as plain_json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigma_cli.venues.upbit.wire import frames, json
from sigma_cli.venues.upbit.wire.auth import read_authorization
from sigma_cli.venues.upbit.wire.errors import WireError
from sigma_cli.venues.upbit.wire.market import BookSnapshot, Candle, TickTrade
from sigma_cli.venues.upbit.wire.orders import NewOrder, Order
from sigma_cli.venues.upbit.wire.queries import CandlesQuery, decode, pairs_of_body, pairs_of_query
from sigma_cli.venues.upbit.wire.remaining import decode as remaining
from sigma_cli.venues.upbit.wire.stream_requests import decode_request
from tests.venues.upbit.messages import Kind
from tests.venues.upbit.samples import ANSWERS, FRAMES

TRADE, BOOK = FRAMES[0], FRAMES[1]
CANDLE = dict(ANSWERS)[Candle]
SNAPSHOT = dict(ANSWERS)[BookSnapshot]
ORDER = dict(ANSWERS)[Order]
NEW_ORDER = b'{"market":"KRW-BTC","side":"bid","ord_type":"limit","price":"1","volume":"1"}'
SAMPLES: list[tuple[Kind, bytes]] = [*ANSWERS, (NewOrder, NEW_ORDER)]
REQUEST = b'[{"ticket":"t"},{"type":"trade","codes":["KRW-BTC"]},{"format":"SIMPLE"}]'
DEEP = b"[" * 200_000


@pytest.mark.parametrize(
    ("frame", "what", "where"),
    [
        (b"", "no JSON", "Head"),
        (b"<html>503</html>", "no JSON", "Head"),
        (TRADE[:-1], "no JSON", "Head"),
        (TRADE + b"x", "no JSON", "Head"),
        (b"[" + TRADE + b"," + TRADE + b"]", "no JSON", "Head"),
        (b"[]", "no JSON", "Head"),
        (b"\xff" + TRADE, "no UTF-8", "Head byte 0"),
        (TRADE.replace(b"ASK", b"\xc3"), "no UTF-8", "Head byte"),
        (b"5", "Expected `object`, got `int`", "Head"),
        (b"{}", "neither a type", "frame"),
        (TRADE.replace(b'"trade"', b'"tirade"'), "no message is of type 'tirade'", "$.type"),
        (b'{"unknown":' + DEEP, "no JSON", "Head"),
        (b" " * (1 << 20) + TRADE, "1,049,023 bytes; at most 1,048,576", "Head"),
        (TRADE.replace(b"109847000.0", b"NaN", 1), "no JSON", "Head"),
        (TRADE.replace(b"109847000.0", b"-Infinity", 1), "no JSON", "Head"),
        (TRADE.replace(b"109847000.0", b"null", 1), "got `null`", "Trade $.trade_price"),
        (TRADE.replace(b"109847000.0", b"true", 1), "got `bool`", "Trade $.trade_price"),
        (TRADE.replace(b"109847000.0", b"[]", 1), "got `array`", "Trade $.trade_price"),
        (TRADE.replace(b"109847000.0", b'"1"', 1), "number without quotes", "Trade $.trade_price"),
        (TRADE.replace(b"109847000.0", b'"NaN"', 1), "without quotes", "Trade $.trade_price"),
        (TRADE.replace(b"109847000.0", b"-1.0", 1), "-1.0 is negative", "Trade $.trade_price"),
        (TRADE.replace(b"109847000.0", b"1e21", 1), "out of range", "Trade $.trade_price"),
        (TRADE.replace(b"109847000.0", b"1e999999", 1), "is no number", "Trade $.trade_price"),
        (TRADE.replace(b"109847000.0", b"1e" + b"9" * 30, 1), "Invalid decimal", "$.trade_price"),
        (TRADE.replace(b"109847000.0", b"0e999", 1), "out of range", "Trade $.trade_price"),
        (TRADE.replace(b"109847000.0", b"9" * 5_000, 1), "is no number", "Trade $.trade_price"),
        (TRADE.replace(b"0.00509799", b"0.005097991"), "over 8 decimals", "Trade $.trade_volume"),
        (TRADE.replace(b"0.00509799", b"5e-9"), "over 8 decimals", "Trade $.trade_volume"),
        (TRADE.replace(b"1787728554797", b"1787728554797.0"), "got `float`", "$.trade_timestamp"),
        (TRADE.replace(b"1787728554797", b"9" * 400), "<= 9007199254740991", "$.trade_timestamp"),
        (TRADE.replace(b'"ASK"', b'"ask"'), "Invalid enum value 'ask'", "Trade $.ask_bid"),
        (TRADE.replace(b"2026-08-26", b"20260826"), "regex", "Trade $.trade_date"),
        (TRADE.replace(b"KRW-BTC", b"KRW-BTC\\n"), "regex", "Trade $.code"),
        (TRADE.replace(b'"code":"KRW-BTC",', b""), "missing required field `code`", "Trade"),
        (TRADE.replace(b"}", b',"code":"KRW-ETH"}'), "'code' is there twice", "Trade"),
        (TRADE.replace(b"}", b',"c\\u006fde":"KRW-ETH"}'), "'code' is there twice", "Trade"),
        (TRADE.replace(b"}", b',"new":{"a":1,"a":2}}'), "'a' is there twice", "Trade"),
        (TRADE.replace(b"}", b',"type":"trade"}'), "'type' is there twice", "Trade"),
        (BOOK.replace(b"109950000.0", b'"1"'), "without quotes", "SimpleBook $.obu[0].ap"),
        (BOOK.replace(b'"as":0.0034', b'"as":1,"as":1'), "'as' is there twice", "SimpleBook"),
    ],
)  # fmt: skip
def test_a_frame_that_is_wrong_says_what_and_where(frame: bytes, what: str, where: str) -> None:
    with pytest.raises(WireError, match=re.escape(what)) as caught:
        frames.decode(frame)
    assert where in caught.value.where


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"155772000"', b"155772000"),
        (b'"155772000"', b'" 1"'),
        (b'"155772000"', b'"1_0"'),
        (b'"155772000"', b'"NaN"'),
        (b'"155772000"', b'"Infinity"'),
        (b'"155772000"', b'"-1"'),
        (b'"155772000"', b'"01"'),
        (b'"155772000"', b'"1."'),
        (b'"155772000"', '"٣"'.encode()),
        (b'"155772000"', b'""'),
        (b'"155772000"', b'"' + b"1" * 5_000 + b'"'),
        (b'"wait"', b'"trade"'),
        (b'"trades":[]', b'"trades":[{}]'),
    ],
)
def test_an_amount_in_quotes_is_a_number_or_refused(old: bytes, new: bytes) -> None:
    assert old in ORDER
    with pytest.raises(WireError) as caught:
        json.decode(ORDER.replace(old, new), Order)
    assert "Order" in caught.value.where and caught.value.what


def test_what_is_not_known_is_left_out() -> None:
    wide = TRADE.replace(b"}", b',"new":[1e400,{"x":null}]}')
    assert frames.decode(wide) == frames.decode(TRADE)
    leaky = NEW_ORDER.replace(b"}", b',"createMarketBuyOrderRequiresPrice":false}')
    assert json.decode(leaky, NewOrder) == json.decode(NEW_ORDER, NewOrder)


@pytest.mark.parametrize("number", [b"1.16539E8", b"116539e+3", b"1.1653900E8", b"116539000"])
def test_one_number_can_be_written_in_many_ways(number: bytes) -> None:
    plain = TRADE.replace(b"109847000.0", b"116539000.0", 1)
    assert frames.decode(TRADE.replace(b"109847000.0", number, 1)) == frames.decode(plain)


def test_a_list_names_the_message_that_is_wrong() -> None:
    both = b"[" + CANDLE + b"," + CANDLE.replace(b"109715000.0", b"-1") + b"]"
    with pytest.raises(WireError) as caught:
        json.decode_list(both, Candle)
    assert caught.value.where == "Candle list $[1].opening_price"


SPLICES = st.binary(max_size=12) | st.sampled_from(
    [
        *(b"", b'"', b"\\", b"{", b"}", b"[", b"]", b":", b",", b"-", b"0", b" ", b"\t"),
        *(b"null", b"NaN", b"1e9", b"1e-400", b"." + b"9" * 20, b'"1"', b'"a":1,"a":1'),
        *(b"\\u0000", b"\\ud800"),
    ]
)


@given(st.data())
def test_broken_bytes_are_a_message_or_one_error(data: st.DataObject) -> None:
    kind, sample = data.draw(st.sampled_from(SAMPLES))
    broken = _broken(data, sample)
    _told(lambda: _strict(broken, kind))
    _told(lambda: json.decode_list(b"[" + broken + b"]", kind))


@given(st.data())
def test_so_are_broken_frames_and_requests(data: st.DataObject) -> None:
    broken = _broken(data, data.draw(st.sampled_from([*FRAMES, REQUEST])))
    _told(lambda: frames.encode(frames.decode(broken)))
    _told(lambda: decode_request(broken))
    _told(lambda: pairs_of_body(broken))
    text = broken.decode(errors="replace")
    _told(lambda: read_authorization(f"Bearer {text}"))
    _told(lambda: remaining(text))


@given(st.text("market=KRW-BTC&count%5B]0129+\x00\ud800가", max_size=40))
def test_so_are_broken_queries(text: str) -> None:
    _told(lambda: decode(pairs_of_query(text), CandlesQuery))


def _broken(data: st.DataObject, sample: bytes) -> bytes:
    """Cut a piece out of a sample and put another in its place."""
    at = data.draw(st.integers(0, len(sample)))
    length = data.draw(st.sampled_from([0, 0, 1, 1, 2, 5, len(sample)]))
    return sample[:at] + data.draw(SPLICES) + sample[at + length :]


def _strict(data: bytes, kind: Kind) -> None:
    """What was read is what a reader without any short cut finds, and can be written."""
    found = json.decode(data, kind)
    plain_json.loads(data, object_pairs_hook=_unique, parse_int=str)
    assert json.decode(json.encode(found), kind) == found
    json._check(found, json.read_tree(data, "", 1 << 20), "$", None)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def _told(read: Callable[[], object]) -> None:
    try:
        read()
    except WireError as error:
        assert error.what and error.where and error.name


def test_sizes_are_limited() -> None:
    with pytest.raises(WireError, match="at most 4,194,304 are read"):
        json.decode(b" " * (5 << 20), TickTrade)
    with pytest.raises(WireError, match="at most 65,536 are read") as caught:
        decode_request(b" " * (1 << 17))
    assert caught.value.name == "WRONG_FORMAT"
    with pytest.raises(WireError, match="at most 32,768 are read"):
        pairs_of_query("a" * 40_000)
    with pytest.raises(WireError, match="Max number of fields"):
        pairs_of_query("a=1&" * 2_000)
