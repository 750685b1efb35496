"""What the venue refuses: the documented name and status, in the order that is a switch."""

from decimal import Decimal
from typing import Any

import pytest

from sigma_cli.exchange.upbit.behaviour import CHECKS, Behaviour
from sigma_cli.exchange.upbit.refusals import Refused
from sigma_cli.venues.upbit.wire.orders import CancelAndNew, NewOrder
from sigma_cli.venues.upbit.wire.queries import OpenOrdersQuery, OrderQuery
from tests.exchange.fair import Fair, Tape, instruments, new

GOOD: dict[str, Any] = {"price": "90000000", "volume": "0.01"}
WRONG: list[tuple[str, NewOrder]] = [
    ("notfoundmarket", new("bid", market="KRW-BTCS", **GOOD)),
    ("create_bid_error", new("bid", price="90000000")),
    ("create_bid_error", new("bid", volume="1")),
    ("create_bid_error", new("bid", "price", price="10000", volume="1")),
    ("create_bid_error", new("bid", "market", volume="1")),
    ("create_bid_error", new("bid", "best", volume="1", time_in_force="ioc")),
    ("create_ask_error", new("ask", "price", price="10000")),
    ("create_ask_error", new("ask", "market", price="90000000", volume="1")),
    ("create_ask_error", new("ask", "best", price="90000000", time_in_force="ioc")),
    ("invalid_time_in_force", new("bid", "price", price="10000", time_in_force="ioc")),
    ("invalid_time_in_force", new("ask", "market", volume="1", time_in_force="fok")),
    ("invalid_time_in_force", new("bid", "best", price="10000")),
    ("invalid_time_in_force", new("bid", "best", price="10000", time_in_force="post_only")),
    ("invalid_post_only", new("bid", time_in_force="post_only", smp_type="reduce", **GOOD)),
    ("invalid_price_bid", new("bid", price="90000500", volume="0.01")),
    ("invalid_price_ask", new("ask", price="90000000.5", volume="0.01")),
    ("invalid_price_bid", new("bid", price="0", volume="0.01")),
    ("invalid_volume_bid", new("bid", price="90000000", volume="0")),
    ("invalid_volume_ask", new("ask", "market", volume="0.123456789")),
    ("under_min_total_bid", new("bid", price="1000000", volume="0.004999")),
    ("under_min_total_bid", new("bid", "price", price="4999")),
    ("under_min_total_ask", new("ask", "market", volume="0.00004999")),
    ("over_krw_funds_bid", new("bid", price="100000000", volume="10.00000001")),
    ("over_krw_funds_ask", new("ask", price="100000000", volume="10.00000001")),
    ("invalid_volume_ask", new("ask", "market", volume="90071992.54740992")),
    ("insufficient_funds_bid", new("bid", price="100000000", volume="0.1")),
    ("insufficient_funds_bid", new("bid", "price", price="10000000")),
    ("insufficient_funds_ask", new("ask", price="100000000", volume="1.00000001")),
]


def refused(fair: Fair, request: NewOrder) -> Refused:
    with pytest.raises(Refused) as caught:
        fair.venue.place("ann", request)
    return caught.value


@pytest.mark.parametrize(("name", "request_"), WRONG)
def test_a_wrong_order_is_refused_by_its_name_and_changes_nothing(
    name: str, request_: NewOrder
) -> None:
    fair = Fair()
    before = fair.venue.balances("ann")
    caught = refused(fair, request_)
    assert (caught.name, caught.status) == (name, 400)
    assert caught.message and fair.told() == [] and fair.venue.balances("ann") == before
    with pytest.raises(Refused, match=name):
        fair.venue.test("ann", request_)


def test_what_is_just_enough_is_accepted() -> None:
    fair = Fair(own={"ann": {"KRW": "10010002.5", "BTC": "1"}})
    fair.place("bid", price="1000000", volume="0.005")
    fair.place("bid", price="100000000", volume="0.1")
    fair.place("ask", "market", volume="0.00005")
    fair.place("ask", price="110000000", volume="0.99995")
    assert fair.held("BTC") == ("0", "0.99995")


def test_messages_name_what_is_missing() -> None:
    fair = Fair()
    assert refused(fair, WRONG[0][1]).message == "다음 마켓에 없는 종목입니다: KRW-BTCS"
    caught = refused(fair, new("bid", price="100000000", volume="1"))
    assert caught.message == "주문 가능한 금액(KRW)이 부족합니다."


def test_an_identifier_is_used_up_for_ever() -> None:
    fair = Fair(cancel_delay_ns=0)
    first = fair.place("bid", identifier="mine", **GOOD)
    fair.venue.cancel("ann", OrderQuery(identifier="mine"))
    assert fair.order(first).state == "cancel"
    assert refused(fair, new("bid", identifier="mine", **GOOD)).name == "duplicated_identifier"


def test_an_identifier_is_used_up_by_a_refused_request_too() -> None:
    fair = Fair()
    refused(fair, new("bid", price="90000500", volume="0.01", identifier="mine"))
    assert refused(fair, new("bid", identifier="mine", **GOOD)).name == "duplicated_identifier"
    with pytest.raises(Refused, match="order_not_found") as caught:
        fair.venue.order("ann", OrderQuery(identifier="mine"))
    assert caught.value.status == 404


def test_an_identifier_is_one_account_s_own_and_a_test_does_not_use_it() -> None:
    fair = Fair(own={"ann": {"KRW": "10000000"}, "ben": {"KRW": "10000000"}})
    dry = fair.venue.test("ann", new("bid", identifier="mine", **GOOD))
    assert (dry.state, dry.identifier) == ("wait", "mine")
    with pytest.raises(Refused, match="order_not_found"):
        fair.venue.order("ann", OrderQuery(uuid=dry.uuid))
    assert fair.held("KRW") == ("10000000", "0") and fair.told() == []
    fair.place("bid", identifier="mine", **GOOD)
    fair.place("bid", identifier="mine", by="ben", **GOOD)


def test_identifiers_that_can_t_be_remembered_are_not_taken() -> None:
    fair = Fair(identifiers_kept=1)
    fair.place("bid", identifier="one", **GOOD)
    caught = refused(fair, new("bid", identifier="two", **GOOD))
    assert (caught.name, caught.status) == ("internal_server_error", 500)
    assert refused(fair, new("bid", identifier="one", **GOOD)).name == "duplicated_identifier"
    assert fair.held("KRW")[1] == "900450"


BOTH_WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"market": "KRW-NONE", "price": None}, "notfoundmarket", "create_bid_error"),
    ({"market": "KRW-NONE", "identifier": "used"}, "notfoundmarket", "duplicated_identifier"),
    (
        {"price": None, "time_in_force": "post_only", "smp_type": "reduce"},
        "create_bid_error",
        "invalid_post_only",
    ),
    (
        {"price": "90000500", "time_in_force": "post_only", "smp_type": "reduce"},
        "invalid_post_only",
        "invalid_price_bid",
    ),
    ({"price": "90000500", "volume": "0.00001"}, "invalid_price_bid", "under_min_total_bid"),
    (
        {"volume": "0.00001", "identifier": "used"},
        "under_min_total_bid",
        "duplicated_identifier",
    ),
    ({"volume": "20"}, "over_krw_funds_bid", "insufficient_funds_bid"),
    ({"volume": "2", "identifier": "used"}, "insufficient_funds_bid", "duplicated_identifier"),
]


@pytest.mark.parametrize(("wrong", "first", "last"), BOTH_WRONG)
def test_of_two_wrongs_the_one_that_is_looked_at_first_is_told(
    wrong: dict[str, Any], first: str, last: str
) -> None:
    request = {name: value for name, value in (GOOD | wrong).items() if value is not None}
    for checks, name in ((CHECKS, first), (tuple(reversed(CHECKS)), last)):
        fair = Fair(checks=checks)
        fair.place("bid", identifier="used", **GOOD)
        assert refused(fair, new("bid", **request)).name == name


def test_a_re_sent_order_of_all_the_money_is_told_as_lack_of_funds_first() -> None:
    everything: dict[str, Any] = {"price": "90000000", "volume": "0.11", "identifier": "mine"}
    for checks, name in (
        (CHECKS, "insufficient_funds_bid"),
        ((*CHECKS[:-2], "identifier", "balance"), "duplicated_identifier"),
    ):
        fair = Fair(checks=checks)
        fair.place("bid", **everything)
        assert refused(fair, new("bid", **everything)).name == name


def test_every_check_is_made_once() -> None:
    with pytest.raises(AssertionError, match="every check once"):
        Behaviour(checks=CHECKS[1:])


def test_a_post_only_that_would_take_may_be_refused_at_once() -> None:
    fair = Fair(post_only_refused=True)
    wrong = new("bid", price="100001000", volume="0.01", time_in_force="post_only")
    assert refused(fair, wrong).name == "invalid_post_only"
    fair.place("bid", price="100000000", volume="0.01", time_in_force="post_only")


def test_volumes_finer_than_the_recording_are_refused() -> None:
    fair = Fair(Tape(instruments(size_exp=4)).book(0))
    assert refused(fair, new("ask", "market", volume="0.00011")).name == "invalid_volume_ask"
    assert refused(fair, new("bid", price="90000000.5", volume="1")).name == "invalid_price_bid"


def test_a_price_that_can_t_be_counted_is_refused() -> None:
    tape = Tape(instruments("USDT-XRP", price_exp=8))
    fair = Fair(tape, own={"ann": {"XRP": "10"}})
    wrong = new("ask", market="USDT-XRP", price="90071992.55", volume="1")
    assert refused(fair, wrong).name == "invalid_price_ask"


def test_too_many_open_orders_are_refused() -> None:
    fair = Fair()
    for _ in range(256):
        fair.place("bid", price="10000000", volume="0.0005")
    caught = refused(fair, new("bid", price="10000000", volume="0.0005"))
    assert (caught.name, caught.status) == ("too_many_request_order", 400)
    one = fair.venue.open_orders("ann", OpenOrdersQuery(limit=1))[0]
    follow = CancelAndNew(
        prev_order_uuid=one.uuid,
        new_ord_type="limit",
        new_price=Decimal(10_000_000),
        new_volume="remain_only",
    )
    assert fair.venue.cancel_and_new("ann", follow).new_order_uuid, "it takes the other's place"
