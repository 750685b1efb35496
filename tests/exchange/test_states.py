"""Markets that stop, a venue that is closed, rules that change, money that comes by hand."""

from dataclasses import replace
from decimal import Decimal

import pytest

from sigma_cli.domain.units import TsNs
from sigma_cli.exchange.market import Market
from sigma_cli.exchange.upbit.events import MarketEvent
from sigma_cli.exchange.upbit.refusals import Refused
from sigma_cli.venues.upbit.wire.queries import MarketQuery, OpenOrdersQuery, OrderQuery
from tests.exchange.fair import BTC, START_NS, Fair, Tape, instruments, new, with_rules

ORDER = {"price": "99999000", "volume": "0.01"}


def falling() -> Tape:
    """A price that falls through 99,999,000 at 10 ms and at 30 ms, with a book between."""
    tape = Tape().book(0).trade(0, "100000000", "0.01")
    return tape.trade(10, "99000000", "1", -1).book(20).trade(30, "99000000", "1", -1)


@pytest.mark.parametrize("state", ["halted", "preview"])
def test_a_halted_market_takes_no_orders_and_fills_none(state: str) -> None:
    fair = Fair(falling())
    order = fair.place("bid", **ORDER)
    fair.venue.set_state(BTC, state)  # type: ignore[arg-type]
    with pytest.raises(Refused, match="market_offline") as caught:
        fair.place("bid", **ORDER)
    assert caught.value.status == 403
    fair.venue.take_events()
    fair.at(15)
    assert fair.order(order).state == "wait"
    assert not any(isinstance(event, MarketEvent) for event in fair.venue.take_events())
    fair.venue.set_state(BTC, "active")
    assert fair.venue.market.boards[BTC].book is None, "nothing is known of it yet"
    fair.at(30)
    assert fair.order(order).state == "done" and fair.venue.state(BTC) == "active"


def test_cancels_are_accepted_in_a_halted_market() -> None:
    fair = Fair(falling())
    order = fair.place("bid", **ORDER)
    fair.venue.set_state(BTC, "halted")
    fair.venue.cancel("ann", OrderQuery(uuid=order.uuid))
    fair.at(60)
    assert fair.order(order).state == "cancel"


def test_a_delisted_market_is_no_market_and_its_orders_are_cancelled() -> None:
    fair = Fair(falling())
    order = fair.place("bid", **ORDER)
    fair.told()
    fair.venue.set_state(BTC, "delisted")
    assert fair.told() == ["cancel", "KRW 10000000+0"]
    assert fair.order(order).state == "cancel"
    with pytest.raises(Refused, match="notfoundmarket"):
        fair.place("bid", **ORDER)
    with pytest.raises(Refused, match="notfoundmarket"):
        fair.venue.chance("ann", MarketQuery(market=BTC))
    assert fair.venue.wallets("ann") == ()


def test_a_closed_venue_answers_what_is_looked_at() -> None:
    fair = Fair(falling())
    order = fair.place("bid", **ORDER)
    fair.venue.maintenance(True)
    assert fair.venue.is_maintained
    with pytest.raises(Refused, match="market_offline"):
        fair.place("bid", **ORDER)
    with pytest.raises(Refused, match="market_offline"):
        fair.venue.test("ann", new("bid", **ORDER))
    with pytest.raises(Refused, match="market_offline"):
        fair.venue.cancel("ann", OrderQuery(uuid=order.uuid))
    fair.at(15)
    assert fair.order(order).state == "wait"
    assert len(fair.venue.open_orders("ann", OpenOrdersQuery())) == 1
    fair.venue.maintenance(False)
    fair.at(30)
    assert fair.order(order).state == "done"


def test_a_market_halted_by_itself_stays_so_when_the_venue_opens() -> None:
    fair = Fair(falling())
    fair.venue.set_state(BTC, "halted")
    fair.venue.maintenance(True)
    fair.venue.maintenance(False)
    with pytest.raises(Refused, match="market_offline"):
        fair.place("bid", **ORDER)


def test_other_rules_hold_from_their_time_on() -> None:
    fair = Fair(falling())
    old = fair.venue.rules(BTC)
    open_order = fair.place("bid", price="99999000", volume="0.01")
    later = replace(
        old,
        valid_from_ns=TsNs(START_NS + 5_000_000),
        ticks=((Decimal(0), Decimal(5000)),),
        value_min=Decimal(50_000),
        fee_maker=Decimal("0.001"),
        fee_taker=Decimal("0.001"),
    )
    fair.venue.set_rules(BTC, later)
    fair.at(4).place("bid", price="99999000", volume="0.0001")
    fair.at(5)
    for wrong, name in (
        (new("bid", price="99999000", volume="0.01"), "invalid_price_bid"),
        (new("bid", price="99995000", volume="0.0001"), "under_min_total_bid"),
    ):
        with pytest.raises(Refused, match=name):
            fair.venue.place("ann", wrong)
    new_order = fair.place("bid", price="99995000", volume="0.01")
    assert new_order.reserved_fee == Decimal("999.95")
    assert fair.venue.chance("ann", MarketQuery(market=BTC)).bid_fee == Decimal("0.001")
    fair.at(10)
    assert fair.order(open_order).paid_fee == Decimal("499.995"), "the fee it was asked for with"


def test_other_rules_hold_at_once_when_their_time_is_over() -> None:
    fair = Fair(falling())
    fair.venue.set_rules(BTC, replace(fair.venue.rules(BTC), value_min=Decimal(1)))
    fair.place("bid", price="10000000", volume="0.0000002")


def test_a_recorded_change_of_rules_happens_at_its_time() -> None:
    changed = with_rules(instruments()[0], 10, value_min=Decimal(1_000_000))
    fair = Fair(Tape((changed,)).book(0).trade(0, "100000000", "1"))
    fair.at(9).place("bid", price="99999000", volume="0.001")
    with pytest.raises(Refused, match="under_min_total_bid"):
        fair.at(10).place("bid", price="99999000", volume="0.001")


def test_money_that_comes_by_hand_is_told() -> None:
    fair = Fair(falling())
    fair.venue.adjust("ann", "KRW", Decimal(-9_000_000), "a withdrawal")
    fair.venue.adjust("ann", "XRP", Decimal("12.5"), "a deposit")
    assert fair.told() == ["KRW 1000000+0", "XRP 12.5+0"]
    assert fair.held("XRP") == ("12.5", "0")
    for amount in ("-2000000", "NaN", "0.000000001"):
        with pytest.raises(ValueError, match="KRW"):
            fair.venue.adjust("ann", "KRW", Decimal(amount), "wrong")
    with pytest.raises(ValueError, match="nobody"):
        fair.venue.adjust("nobody", "KRW", Decimal(1), "wrong")


def test_switches_may_change_on_the_way() -> None:
    fair = Fair(falling())
    fair.venue.behaviour = replace(fair.venue.behaviour, cancel_delay_ns=0)
    order = fair.place("bid", **ORDER)
    fair.venue.cancel("ann", OrderQuery(uuid=order.uuid))
    assert fair.order(order).state == "cancel"
    with pytest.raises(AssertionError, match="same seed"):
        fair.venue.behaviour = replace(fair.venue.behaviour, seed=2)


def test_time_does_not_go_back() -> None:
    fair = Fair(falling()).at(10)
    with pytest.raises(AssertionError, match="time goes on"):
        fair.at(9)


def test_who_is_not_there_can_t_be_changed() -> None:
    venue = Fair(falling()).venue
    with pytest.raises(ValueError, match="no market is called 'KRW-NONE'; there are KRW-BTC"):
        venue.set_state("KRW-NONE", "halted")
    with pytest.raises(ValueError, match="KRW-NONE"):
        venue.set_rules("KRW-NONE", venue.rules(BTC))


def test_rules_that_hold_earlier_take_the_place_of_later_ones() -> None:
    fair = Fair(falling())
    rules = fair.venue.rules(BTC)
    for from_ms, least in ((10, 70_000), (5, 50_000)):
        other = replace(
            rules,
            valid_from_ns=TsNs(START_NS + from_ms * 1_000_000),
            value_min=Decimal(least),
        )
        fair.venue.set_rules(BTC, other)
    assert fair.venue.rules(BTC) == rules
    assert fair.at(20).venue.rules(BTC).value_min == 50_000


def test_what_the_book_showed_before_a_halt_fills_nobody_after_it() -> None:
    fair = Fair(falling())
    fair.venue.set_state(BTC, "halted")
    fair.venue.set_state(BTC, "active")
    order = fair.place("ask", "market", volume="0.1")
    assert fair.order(order).state == "wait", "it waits for a book, or a trade"
    fair.at(20)
    assert fair.order(order).state == "done"


def test_rows_that_come_late_do_not_turn_time_back() -> None:
    early, late = Tape().book(0).book(20).chunks(), Tape().trade(10, "99999000", "9", -1).chunks()
    fair = Fair(market=Market(instruments(), [*early, *late]))
    order = fair.place("bid", **ORDER)
    fair.at(20).at(21)
    (trade,) = fair.order(order).trades or ()
    assert trade.created_at == "2026-01-02T12:04:05.020000+09:00"
    assert fair.venue.now_ns == START_NS + 21_000_000
