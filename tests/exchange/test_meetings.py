"""Orders of one account that would trade with each other: every mode, and what is told of it."""

from decimal import Decimal
from typing import Any

import pytest

from sigma_cli.domain.fills import Depth
from sigma_cli.venues.upbit.wire.orders import Order
from tests.exchange.fair import Fair, Tape


def fair(**switches: Any) -> Fair:
    """Return a fair where asks begin above 100,005,000, so that own orders meet first."""
    tape = Tape().book(0, asks=(("100005000", "5"),)).trade(0, "100000000", "0.01")
    owns = {"ann": {"KRW": "1000000000", "BTC": "10"}, "ben": {"KRW": "1000000000", "BTC": "10"}}
    return Fair(tape, own=owns, **switches)


def resting(at: Fair, volume: str = "0.3", price: str = "100002000") -> Order:
    order = at.place("ask", price=price, volume=volume)
    at.told()
    return order


def met(at: Fair, volume: str = "0.5", **fields: Any) -> Order:
    return at.place("bid", **{"price": "100003000", "volume": volume, **fields})


def test_cancel_maker_takes_the_resting_one_away() -> None:
    at = fair()
    maker = resting(at)
    taker = met(at, smp_type="cancel_maker")
    assert (
        at.told()
        == [
            "wait",
            "KRW 949973499.25+50026500.75",
            "prevented",
            "BTC 10+0",
            "cancel",
        ]
        or at.told() == []
    )
    gone, stays = at.order(maker), at.order(taker)
    assert (gone.state, gone.prevented_volume, gone.prevented_locked) == (
        "cancel",
        Decimal("0.3"),
        Decimal("0.3"),
    )
    assert stays.state == "wait" and stays.prevented_volume == stays.executed_volume == 0


def test_cancel_taker_ends_the_newcomer() -> None:
    at = fair()
    maker = resting(at)
    taker = met(at, smp_type="cancel_taker")
    gone, stays = at.order(taker), at.order(maker)
    assert (gone.state, gone.prevented_volume) == ("cancel", Decimal("0.5"))
    assert gone.prevented_locked == Decimal("0.5") * 100_003_000 * Decimal("1.0005")
    assert (stays.state, stays.remaining_volume) == ("wait", Decimal("0.3"))
    assert at.held("KRW") == ("1000000000", "0")
    assert [line for line in at.told() if " " not in line] == ["wait", "prevented", "cancel"]


@pytest.mark.parametrize(
    ("volume", "maker_state", "taker_state", "left"),
    [
        ("0.5", "cancel", "wait", "0.2"),
        ("0.2", "wait", "cancel", "0.1"),
        ("0.3", "cancel", "cancel", "0"),
    ],
)
def test_reduce_takes_from_both(volume: str, maker_state: str, taker_state: str, left: str) -> None:
    at = fair()
    maker = resting(at)
    taker = met(at, volume, smp_type="reduce")
    both = (at.order(maker), at.order(taker))
    assert [order.state for order in both] == [maker_state, taker_state]
    prevented = min(Decimal(volume), Decimal("0.3"))
    assert [order.prevented_volume for order in both] == [prevented, prevented]
    assert max(order.remaining_volume or 0 for order in both) == Decimal(left)
    assert at.held("BTC") == (str(10 - (both[0].locked)), format(both[0].locked, "f"))


def test_what_is_reduced_is_matched_for_less() -> None:
    at = Fair(
        Tape().book(0, asks=()).trade(0, "100000000", "0.01").trade(10, "100003000", "5"),
        own={"ann": {"KRW": "1000000000", "BTC": "10"}},
    )
    maker = resting(at)
    met(at, "0.2", smp_type="reduce")
    at.at(10)
    done = at.order(maker)
    assert (done.state, done.executed_volume) == ("done", Decimal("0.1"))


def test_without_prevention_the_two_trade_with_each_other() -> None:
    at = fair()
    maker = resting(at)
    taker = met(at, smp_type="none")
    sold, bought = at.order(maker), at.order(taker)
    assert sold.trades is not None and bought.trades is not None
    for order in (sold, bought):
        assert order.trades is not None
        (trade,) = order.trades
        assert (trade.price, trade.volume, trade.trend) == (
            Decimal(100_002_000),
            Decimal("0.3"),
            "up",
        )
    assert (sold.state, bought.state, bought.remaining_volume) == ("done", "wait", Decimal("0.2"))
    fees = sold.paid_fee + bought.paid_fee
    assert fees == 2 * Decimal("0.3") * 100_002_000 * Decimal("0.0005")
    free, locked = at.held("KRW")
    assert Decimal(free) + Decimal(locked) == 1_000_000_000 - fees
    assert at.held("BTC") == ("10", "0")


def test_the_best_of_ones_own_is_met_first_and_the_market_in_between() -> None:
    at = fair()
    far, near = resting(at, price="100006000"), resting(at)
    taker = met(at, "1", price="100006000", smp_type="none")
    shown = at.order(taker)
    assert shown.trades is not None and shown.state == "done"
    assert [trade.price for trade in shown.trades] == [100_002_000, 100_005_000]
    assert [at.order(order).state for order in (near, far)] == ["done", "wait"]


def test_many_of_ones_own_are_met_one_after_the_other() -> None:
    at = fair()
    makers = [resting(at, "0.01") for _ in range(200)]
    taker = met(at, "1.5", smp_type="cancel_maker")
    assert {at.order(maker).state for maker in makers} == {"cancel"}
    assert at.order(taker).state == "wait"


@pytest.mark.parametrize("smp_type", ["none", "reduce"])
def test_a_sum_meets_ones_own_too(smp_type: str) -> None:
    at = fair()
    maker = resting(at, "0.001")
    taker = at.place("bid", "price", price="300000", smp_type=smp_type)
    shown = at.order(taker)
    assert at.order(maker).state == ("done" if smp_type == "none" else "cancel")
    assert shown.state == "cancel" and shown.trades is not None
    last = shown.trades[-1]
    assert last.price == 100_005_000, "the rest comes from the market"
    assert shown.locked < Decimal("1.001") * last.price * Decimal("1E-8"), "less than a lot"


def test_a_sum_that_buys_nothing_of_what_it_meets_ends() -> None:
    tape = Tape().book(0, bids=(("90000000", "1"),), asks=(("100000000", "0.00005"),))
    at = Fair(tape, own={"ann": {"KRW": "1000000", "BTC": "1"}})
    resting(at, "0.01", "900000000")
    taker = at.place("bid", "price", price="5000.5", smp_type="none")
    assert at.order(taker).state == "cancel" and at.held("KRW")[1] == "0"


def test_a_post_only_that_would_meet_its_own_is_cancelled() -> None:
    at = fair()
    maker = resting(at)
    taker = met(at, time_in_force="post_only")
    assert (at.order(maker).state, at.order(taker).state) == ("wait", "cancel")
    assert at.order(taker).smp_type == "none"


def test_a_fok_does_not_count_on_its_own() -> None:
    at = fair()
    maker = resting(at)
    taker = met(at, "0.2", time_in_force="fok", smp_type="none")
    assert (at.order(maker).state, at.order(taker).state) == ("wait", "cancel")


@pytest.mark.parametrize(("default", "state"), [("cancel_maker", "cancel"), ("none", "done")])
def test_what_happens_without_a_mode_is_a_switch(default: str, state: str) -> None:
    at = fair(smp_default=default)
    maker = resting(at)
    taker = met(at)
    assert at.order(maker).state == state and taker.smp_type == default


def test_a_mode_that_nobody_named_may_go_unmentioned() -> None:
    assert met(fair(smp_shown=False)).smp_type is None
    assert met(fair(smp_shown=False), smp_type="reduce").smp_type == "reduce"


def test_other_accounts_are_not_met() -> None:
    at = fair()
    maker = resting(at)
    taker = at.place("bid", by="ben", price="100003000", volume="0.5")
    assert at.order(maker).state == "wait" and at.order(taker, "ben").state == "wait"


def test_orders_that_waited_together_are_matched_one_after_the_other() -> None:
    """Two sums wait for a book, and an ask of the account rests: the first takes it away."""
    tape = Tape().trade(0, "100000000", "1").gap(1).book(10, asks=(("100005000", "5"),))
    at = Fair(tape, own={"ann": {"KRW": "1000000000", "BTC": "10"}}).at(1)
    near, far = resting(at), resting(at, price="200000000")
    sums = [at.place("bid", "price", price="1000000") for _ in range(2)]
    assert [at.order(order).state for order in sums] == ["wait", "wait"]
    at.at(10)
    assert [at.order(order).trades_count for order in sums] == [1, 1]
    assert [at.order(order).state for order in (near, far)] == ["cancel", "wait"]


@pytest.mark.parametrize(("smp_type", "maker"), [("cancel_maker", "cancel"), ("none", "done")])
def test_where_no_book_is_known_the_next_trade_shows_who_meets(smp_type: str, maker: str) -> None:
    tape = Tape().trade(0, "100000000", "1").trade(10, "100003000", "0.001")
    tape.trade(20, "100003000", "5")
    owns = {"ann": {"KRW": "1000000000", "BTC": "10"}}
    at = Fair(market=tape.market(depth=Depth.NONE), own=owns)
    first = at.place("bid", "price", price="1000000", smp_type=smp_type)
    second = at.place("bid", "price", price="2000000", smp_type=smp_type)
    rests = resting(at)
    at.at(10)
    assert at.order(rests).state == ("cancel" if smp_type == "cancel_maker" else "wait")
    at.at(20)
    assert at.order(rests).state == maker
    assert [at.order(order).state for order in (first, second)] == ["cancel", "cancel"]
    assert all(at.order(order).executed_volume > 0 for order in (first, second))
