"""Streams: what a connection asked for, and what it gets, by the exchange's clock."""

import json
from typing import Any

import pytest

from sigma_cli.exchange.front import STREAM_BYTES_MAX, Answer, Outbox, Request
from sigma_cli.exchange.upbit.exchange import STREAM_PRIVATE, Manners
from sigma_cli.exchange.upbit.streams import STRIKES_MAX, Session
from sigma_cli.venues.upbit.wire import frames, remaining
from sigma_cli.venues.upbit.wire.stream_requests import Format
from tests.exchange.fair import ASKS, BIDS, BTC, ETH, Tape, instruments
from tests.exchange.shop import Shop, heard, key, token

CANDLES = ["1s", "1m", "3m", "5m", "10m", "15m", "30m", "60m", "240m"]


def tape() -> Tape:
    return (
        Tape(instruments(BTC, ETH))
        .book(0)
        .trade(0, "100000000", "0.01")
        .trade(200, "100001000", "0.02", -1)
        .book(300, BIDS[1:], ASKS)
        .trade(700, "100002000", "0.03")
        .trade(1_200, "100003000", "0.04")
    )


def say(session: Session, *elements: dict[str, Any]) -> list[Any]:
    """Send a request; return what comes at once."""
    session.receive(json.dumps([{"ticket": "t"}, *elements]).encode())
    return heard(session)


def wish(kind: str, *codes: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, **({"codes": codes} if codes else {}), **more}


@pytest.mark.parametrize(
    "kind", ["ticker", "trade", "orderbook", *(f"candle.{n}" for n in CANDLES)]
)
def test_a_snapshot_comes_first_then_what_happens(kind: str) -> None:
    shop = Shop(tape())
    session = shop.stream()
    (shown,) = say(session, wish(kind, BTC))
    assert (shown["type"], shown["code"], shown["stream_type"]) == (kind, BTC, "SNAPSHOT")
    shop.step(2)
    told = heard(session)
    assert told
    assert {(each["type"], each["stream_type"]) for each in told} == {(kind, "REALTIME")}


@pytest.mark.parametrize("name", ["is_only_snapshot", "isOnlySnapshot"])
def test_only_the_snapshot(name: str) -> None:
    shop = Shop(tape())
    session = shop.stream()
    assert len(say(session, wish("trade", BTC, **{name: True}))) == 1
    shop.step(2)
    assert heard(session) == []


@pytest.mark.parametrize("name", ["is_only_realtime", "isOnlyRealtime"])
def test_only_what_happens(name: str) -> None:
    shop = Shop(tape())
    session = shop.stream()
    assert say(session, wish("trade", BTC, **{name: True})) == []
    shop.step(2)
    assert [each["trade_price"] for each in heard(session)] == [
        100_001_000,
        100_002_000,
        100_003_000,
    ]


@pytest.mark.parametrize("form", list(Format))
def test_every_format(form: Format) -> None:
    shop = Shop(tape())
    session = shop.stream()
    session.receive(json.dumps([{"ticket": "t"}, wish("ticker", BTC), {"format": form}]).encode())
    frame = session.outbox.take()
    assert frames.format_of(frame) is form
    frames.decode(frame)


def test_a_new_request_replaces_the_old_one() -> None:
    shop = Shop(tape())
    session = shop.stream()
    say(session, wish("trade", BTC), {"format": "SIMPLE"})
    assert [each["type"] for each in say(session, wish("orderbook", BTC))] == ["orderbook"]
    shop.step(2)
    assert {each["type"] for each in heard(session)} == {"orderbook"}


def test_a_wrong_request_leaves_the_old_one() -> None:
    shop = Shop(tape())
    session = shop.stream()
    say(session, wish("trade", BTC))
    (error,) = say(session, wish("myOrder"))
    assert error["error"]["name"] == "INVALID_AUTH"
    shop.step(2)
    assert len(heard(session)) == 3


def test_books_have_the_rows_and_levels_that_were_asked_for() -> None:
    shop = Shop(tape())
    session = shop.stream()
    one, all_rows = say(session, wish("orderbook", f"{BTC}.1"), wish("orderbook", f"{BTC}.7"))
    assert (len(one["orderbook_units"]), len(all_rows["orderbook_units"])) == (1, 3)
    (grouped,) = say(session, wish("orderbook", BTC, level=10_000))
    assert (grouped["level"], grouped["orderbook_units"][0]["ask_price"]) == (10_000, 100_010_000)
    assert say(session, wish("orderbook", BTC, level=7)) == []
    shop.step(2)
    assert heard(session) == []


def test_a_book_is_told_as_it_was() -> None:
    shop = Shop(tape())
    session = shop.stream()
    say(session, wish("orderbook", BTC, is_only_realtime=True))
    shop.step(2)
    (told,) = heard(session)
    assert told["timestamp"] == 1_767_323_045_300
    assert told["orderbook_units"][0]["bid_price"] == 99_999_000


def test_unknown_markets_and_gaps_say_nothing() -> None:
    shop = Shop(Tape().book(0).gap(500))
    session = shop.stream()
    assert say(session, wish("ticker", "KRW-NONE"), wish("trade", BTC)) == []
    shop.step(1)
    assert say(session, wish("orderbook", BTC)) == []


def test_a_trade_says_the_best_prices_and_an_absolute_change() -> None:
    fall = Tape().book(0).trade(0, "100000000", "0.01").trade(200, "99999000", "0.02", -1)
    shop = Shop(fall)
    session = shop.stream()
    say(session, wish("trade", BTC))
    shop.step(1)
    (told,) = heard(session)
    assert (told["change"], told["change_price"], told["ask_bid"]) == ("FALL", 1_000, "ASK")
    assert (told["best_ask_price"], told["best_bid_price"]) == (100_001_000, 100_000_000)
    assert told["trade_timestamp"] == 1_767_323_045_200


def test_a_candle_comes_once_a_second_and_grows() -> None:
    shop = Shop(tape())
    session = shop.stream()
    say(session, wish("candle.1m", BTC, is_only_realtime=True))
    shop.step(0.9)
    assert heard(session) == []
    shop.step(0.2)
    (first,) = heard(session)
    shop.step(1)
    (second,) = heard(session)
    assert (first["trade_price"], second["trade_price"]) == (100_002_000, 100_003_000)
    assert first["candle_date_time_utc"] == second["candle_date_time_utc"]
    shop.step(5)
    assert heard(session) == []


def ending(kind: str, at_ms: int, tape: Tape) -> list[tuple[str, float]]:
    """Return time and volume of each candle that is told until a second after `at_ms`."""
    shop = Shop(tape.trade(at_ms, "100000000", "0.04"))
    session = shop.stream()
    say(session, wish(kind, BTC, is_only_realtime=True))
    shop.step(at_ms / 1_000 + 1)
    return [
        (each["candle_date_time_utc"][-8:], each["candle_acc_trade_volume"])
        for each in heard(session)
    ]


def opened() -> Tape:
    return Tape().book(0).trade(0, "100000000", "0.01")


@pytest.mark.parametrize("late_ms", [0, 1])
def test_a_candle_is_told_as_it_ended(late_ms: int) -> None:
    by_second = opened().trade(1_200, "100000000", "0.02").trade(1_900, "100000000", "0.03")
    assert ending("candle.1s", 2_000 + late_ms, by_second) == [
        ("03:04:06", 0.05),
        ("03:04:07", 0.04),
    ]


@pytest.mark.parametrize("late_ms", [0, 1])
@pytest.mark.parametrize(("kind", "began"), [("candle.1m", "03:04:00"), ("candle.5m", "03:00:00")])
def test_a_long_candle_is_told_as_it_ended(kind: str, began: str, late_ms: int) -> None:
    by_minute = opened().trade(54_500, "100000000", "0.02")  # 03:04:59.5
    told = ending(kind, 55_000 + late_ms, by_minute)
    assert told == [(began, 0.03), ("03:05:00", 0.04)]


def test_a_candle_that_no_trade_changed_is_not_told_again() -> None:
    early = opened().trade(1_200, "100000000", "0.02")
    assert ending("candle.1s", 3_000, early) == [("03:04:06", 0.02), ("03:04:08", 0.04)]


def test_what_happened_before_anybody_listened_is_not_told() -> None:
    shop = Shop(opened().trade(900, "100000000", "0.02").trade(1_050, "100000000", "0.03"))
    shop.step(1.01)
    session = shop.stream()
    say(session, wish("candle.1s", BTC, is_only_realtime=True))
    shop.step(2)
    assert [each["candle_acc_trade_volume"] for each in heard(session)] == [0.03]


def test_a_ticker_says_who_took() -> None:
    shop = Shop(tape())
    session = shop.stream()
    say(session, wish("ticker", BTC))
    shop.step(2)
    last = heard(session)[-1]
    assert (last["acc_ask_volume"], last["acc_bid_volume"]) == (0.02, 0.08)
    assert (last["market_state"], last["ask_bid"]) == ("ACTIVE", "BID")


def test_own_orders_and_balances() -> None:
    shop = Shop(tape())
    session = shop.stream(private=True)
    assert say(session, wish("myOrder"), wish("myAsset")) == [], "there is no snapshot"
    shop.buy("100001000", "0.01", identifier="i")
    told = heard(session)
    orders = [each for each in told if each["type"] == "myOrder"]
    assert [each["state"] for each in orders] == ["wait", "trade", "done"]
    assert {each["identifier"] for each in orders} == {"i"}
    assert any(each["type"] == "myAsset" for each in told)


def test_own_orders_of_some_markets_and_of_nobody_else() -> None:
    bob = key("bob", account="bob")
    own = {name: {"KRW": "10000000"} for name in ("ann", "bob")}
    shop = Shop(tape(), keys=(bob,), own=own)
    all_of_ann, of_eth, of_bob = (
        shop.stream(private=True),
        shop.stream(private=True),
        shop.stream(private=True, authorization=token(bob)),
    )
    say(all_of_ann, wish("myOrder", codes=[]))
    say(of_eth, wish("myOrder", ETH))
    say(of_bob, wish("myOrder"))
    shop.buy()
    assert [len(heard(each)) for each in (all_of_ann, of_eth, of_bob)] == [1, 0, 0]


@pytest.mark.parametrize("first", [(), (BTC,)])
def test_an_own_order_is_told_once_to_who_wants_it_twice(first: tuple[str, ...]) -> None:
    shop = Shop(tape())
    session = shop.stream(private=True)
    second = () if first else (BTC,)
    say(session, wish("myOrder", *first), wish("myOrder", *second))
    shop.buy()
    assert len(heard(session)) == 1
    shop.buy()
    assert len(heard(session)) == 1


def test_who_no_longer_wants_all_own_orders_hears_of_his_markets_alone() -> None:
    shop = Shop(tape())
    session = shop.stream(private=True)
    say(session, wish("myOrder"))
    shop.buy()
    assert len(heard(session)) == 1
    say(session, wish("myOrder", ETH))
    shop.buy()
    assert heard(session) == []


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("{}", "WRONG_FORMAT"),
        ("nonsense", "WRONG_FORMAT"),
        ('[{"type":"trade","codes":["KRW-BTC"]}]', "NO_TICKET"),
        ('[{"ticket":"t"}]', "NO_TYPE"),
        ('[{"ticket":"t"},{"type":"trade"}]', "NO_CODES"),
        ('[{"ticket":"t"},{"type":"nothing","codes":["KRW-BTC"]}]', "WRONG_FORMAT"),
        ('[{"ticket":"t"},{"type":"myAsset"}]', "INVALID_AUTH"),
        ('[{"ticket":"t"},{"type":"announcement"}]', "INVALID_AUTH"),
    ],
)
def test_what_is_wrong_has_its_name(said: str, name: str) -> None:
    session = Shop().stream()
    session.receive(said.encode())
    (error,) = heard(session)
    assert error["error"]["name"] == name


@pytest.mark.parametrize(
    ("element", "name"),
    [
        (wish("myAsset", BTC), "WRONG_FORMAT"),
        (wish("ticker", BTC), "WRONG_FORMAT"),
    ],
)
def test_a_private_stream_has_own_data_alone(element: dict[str, Any], name: str) -> None:
    (error,) = say(Shop().stream(private=True), element)
    assert error["error"]["name"] == name


def test_a_key_without_the_right_hears_nothing() -> None:
    viewer = key("v", scopes=frozenset({"order_view"}))
    shop = Shop(keys=(viewer,))
    session = shop.stream(private=True, authorization=token(viewer))
    assert say(session, wish("myOrder"), wish("announcement")) == []
    (error,) = say(session, wish("myAsset"))
    assert error["error"]["name"] == "INVALID_AUTH"


def test_too_many_subscriptions_are_refused() -> None:
    codes = [f"KRW-{n}" for n in range(5_000)]
    (error,) = say(Shop().stream(), wish("trade", *codes))
    assert error["error"]["name"] == "INVALID_PARAM"


def test_subscriptions_are_listed_and_the_format_changes() -> None:
    session = Shop(tape()).stream()
    ask = {"method": "LIST_SUBSCRIPTIONS"}
    assert say(session, ask) == [{"method": "LIST_SUBSCRIPTIONS", "result": [], "ticket": "t"}]
    say(session, wish("ticker", BTC), wish("orderbook", f"{ETH}.5"))
    (listed,) = say(session, ask)
    assert listed["result"] == [
        {"type": "ticker", "codes": [BTC]},
        {"type": "orderbook", "codes": [f"{ETH}.5"], "level": 0},
    ]
    (short,) = say(session, ask, {"format": "SIMPLE"})
    assert (short["mthd"], short["tckt"]) == ("LIST_SUBSCRIPTIONS", "t")
    assert session.form is Format.SIMPLE


def test_a_ping_is_answered_every_ten_seconds() -> None:
    shop = Shop()
    session = shop.stream()
    session.receive(b"PING")
    assert heard(session) == [{"status": "UP"}]
    for _ in range(13):
        shop.step(9.9)
        assert heard(session) == []
        shop.step(0.1)
        assert heard(session) == [{"status": "UP"}]
    assert session.outbox.close_code is None, "what is sent is traffic"


@pytest.mark.parametrize("is_heard", [True, False])
def test_two_minutes_of_silence_end_a_connection(is_heard: bool) -> None:
    shop = Shop()
    session = shop.stream()
    shop.step(119)
    if is_heard:
        session.heard()
    shop.step(1)
    assert session.outbox.close_code == (None if is_heard else 1_000)


def test_five_messages_a_second_are_taken_then_errors_then_the_end() -> None:
    shop = Shop(tape())
    session = shop.stream()
    got = [say(session, wish("trade", BTC))[0] for _ in range(6)]
    assert [each.get("type") for each in got] == ["trade"] * 5 + [None]
    assert got[-1]["error"]["name"] == "Too Many Requests"
    for _ in range(STRIKES_MAX - 2):
        assert say(session, wish("trade", BTC))[0]["error"]["name"] == "Too Many Requests"
    assert say(session, wish("trade", BTC))[0]["error"]["name"] == "I'm a teapot"
    assert session.outbox.close_code == 1_008


def test_a_hundred_messages_a_minute_are_taken() -> None:
    shop = Shop()
    session = shop.stream()
    shop.step(55)  # 03:05:00
    names = []
    for _ in range(51):
        shop.step(1)
        for _ in range(2):
            said = say(session, {"method": "LIST_SUBSCRIPTIONS"})[0]
            names.append(said.get("error", {}).get("name"))
    assert names.index("Too Many Requests") == 100


def test_one_that_left_hears_nothing_and_is_forgotten() -> None:
    shop = Shop(tape())
    stays, leaves = shop.stream(), shop.stream()
    for session in (stays, leaves):
        say(session, wish("trade", BTC))
    leaves.gone()
    shop.step(2)
    assert (len(heard(stays)), heard(leaves)) == (3, [])
    assert list(shop.exchange.sessions) == [stays]


def test_who_does_not_take_what_he_wants_is_cut_off() -> None:
    woken: list[None] = []
    outbox = Outbox(wake=lambda: woken.append(None))
    outbox.put(b"x" * STREAM_BYTES_MAX)
    assert (len(outbox.frames), outbox.is_cut) == (1, False)
    outbox.put(b"x")
    assert (len(outbox.frames), outbox.waiting, outbox.is_cut) == (0, 0, True)
    outbox.put(b"more")
    assert not outbox.frames
    assert len(woken) == 3


@pytest.mark.parametrize("is_told", [True, False])
def test_a_private_stream_without_a_token_is_refused(is_told: bool) -> None:
    shop = Shop(manners=Manners(private_refused="frame" if is_told else "http"))
    asked = Request(method="GET", path=STREAM_PRIVATE)
    got = shop.exchange.open_stream(asked)
    if isinstance(got, Answer):
        assert not is_told
        assert got.status == 401
        assert remaining.HEADER in dict(got.headers)
        assert json.loads(got.body)["error"]["name"] == "no_authorization_token"
    else:
        assert is_told
        assert heard(got)[0]["error"]["name"] == "INVALID_AUTH"
        assert got.outbox.close_code == 1_008


@pytest.mark.parametrize("once", [True, False])
def test_a_stream_may_be_opened_twice_with_a_token_unless_switched(once: bool) -> None:
    shop = Shop(manners=Manners(stream_nonce_once=once))
    asked = Request(
        method="GET", path=STREAM_PRIVATE, headers=(("authorization", token(shop.key)),)
    )
    assert not isinstance(shop.exchange.open_stream(asked), Answer)
    assert isinstance(shop.exchange.open_stream(asked), Answer) is once
