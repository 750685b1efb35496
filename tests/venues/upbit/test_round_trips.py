"""What one side writes, the other reads: every message, every format."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigma_cli.venues.upbit.wire import frames, json, queries, remaining
from sigma_cli.venues.upbit.wire.remaining import Remaining
from sigma_cli.venues.upbit.wire.stream_requests import (
    Format,
    Ping,
    StreamRequest,
    Subscription,
    decode_request,
    encode_request,
)
from tests.venues.upbit.messages import ANSWERS, FRAMES, QUERIES, Kind, messages, values

SHAPED = {"Status", "RefusalBody"}
"""Frames that look the same in every format."""


def named(kind: Kind) -> str:
    return kind.__name__


@pytest.mark.parametrize("kind", ANSWERS, ids=named)
@given(data=st.data())
def test_an_answer_is_read_as_it_was_written(kind: Kind, data: st.DataObject) -> None:
    message = data.draw(messages(kind))
    assert json.decode(json.encode(message), kind) == message
    some = (message, message)
    assert json.decode_list(json.encode_list(some), kind) == some


def test_a_list_may_be_empty() -> None:
    assert json.decode_list(json.encode_list([]), ANSWERS[0]) == ()


@pytest.mark.parametrize("kind", FRAMES, ids=named)
@given(data=st.data())
def test_a_frame_is_read_in_every_format(kind: Kind, data: st.DataObject) -> None:
    message = data.draw(messages(kind))
    for form in Format:
        frame = frames.encode(message, form)
        assert frames.decode(frame) == message
        assert frames.format_of(frame) == (Format.DEFAULT if named(kind) in SHAPED else form)


@pytest.mark.parametrize("kind", QUERIES, ids=named)
@given(data=st.data())
def test_a_query_is_read_as_it_was_asked(kind: Kind, data: st.DataObject) -> None:
    query = data.draw(messages(kind).filter(_is_askable))
    assert queries.decode(queries.pairs_of_query(queries.encode(query)), kind) == query
    assert queries.decode(queries.pairs_of(query), kind) == query


def _is_askable(query: object) -> bool:
    """A list can't be empty in a query, and none of a comma list's items has a comma."""
    lists = [getattr(query, name) for name in queries.COMMA_LISTS if hasattr(query, name)]
    items = [item for each in lists if each for item in each]
    parts = [getattr(query, name) for name in dir(query) if not name.startswith("_")]
    return () not in parts and not any("," in item for item in items) and items != [""]


SUBSCRIPTIONS = st.one_of(
    st.builds(
        Subscription,
        type=st.sampled_from(["ticker", "trade", "orderbook", "candle.1s", "candle.240m"]),
        codes=st.lists(st.sampled_from(["KRW-BTC", "BTC-ETH.15", "?"]), min_size=1).map(tuple),
        level=st.none() | values(Subscription.__annotations__["level"]),
        is_only_snapshot=st.booleans(),
        is_only_realtime=st.booleans(),
    ),
    st.builds(
        Subscription,
        type=st.just("myOrder"),
        codes=st.none() | st.lists(st.sampled_from(["KRW-BTC"])).map(tuple),
    ),
    st.builds(Subscription, type=st.sampled_from(["myAsset", "announcement"])),
)


@given(
    st.builds(
        StreamRequest,
        ticket=st.text("ab가-", min_size=1),
        subscriptions=st.lists(SUBSCRIPTIONS, min_size=1, max_size=3).map(tuple),
        format=st.sampled_from(Format),
        method=st.sampled_from([None, "LIST_SUBSCRIPTIONS"]),
    )
)
def test_a_stream_request_is_read_as_it_was_asked(request: StreamRequest) -> None:
    assert decode_request(encode_request(request)) == request


def test_a_bare_ping_is_no_json() -> None:
    assert encode_request(Ping()) == b"PING"
    assert decode_request(b"PING") == decode_request(b" PING\n") == Ping()


@given(
    st.builds(
        Remaining,
        group=st.sampled_from(["default", "order-test", "crix-trades"]),
        min=st.integers(0, 10**9 - 1),
        sec=st.integers(0, 10**9 - 1),
    )
)
def test_the_count_of_requests_is_read_as_it_was_written(left: Remaining) -> None:
    assert remaining.decode(remaining.encode(left)) == left
