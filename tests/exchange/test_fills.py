"""Orders that come, lock, are filled and end: what accounts own, and what they are told."""

from decimal import Decimal

import pytest

from sigma_cli.domain.fills import Depth
from sigma_cli.exchange.upbit.events import AssetEvent, MarketEvent, OrderEvent
from tests.exchange.fair import ASKS, BIDS, BTC, ETH, Fair, Tape, instruments, new, states


def quiet() -> Tape:
    return Tape().book(0).trade(0, "100000000", "0.01")


def test_a_bid_locks_its_total_and_the_fee() -> None:
    fair = Fair(quiet())
    shown = fair.place("bid", price="90000000", volume="0.01")
    assert (shown.state, shown.locked) == ("wait", Decimal("900450"))
    assert fair.held("KRW") == ("9099550", "900450")
    assert fair.told() == ["wait", "KRW 9099550+900450"]


def test_an_ask_locks_its_volume() -> None:
    fair = Fair(quiet())
    fair.place("ask", price="110000000", volume="0.25")
    assert fair.held("BTC") == ("0.75", "0.25")
    assert fair.told() == ["wait", "BTC 0.75+0.25"]


@pytest.mark.compiles
def test_a_resting_bid_is_filled_bit_by_bit_and_told_in_order() -> None:
    tape = quiet().book(1).trade(10, "99998000", "0.02", -1).trade(20, "99998000", "3", -1)
    fair = Fair(tape)
    order = fair.place("bid", price="99999000", volume="0.05")
    fair.at(10)
    assert fair.told() == [
        "wait",
        "KRW 4997550.025+5002449.975",
        "trade 0.02@99999000 fee 999.99 maker",
        "KRW 4997550.025+3001469.985 BTC 1.02+0",
    ]
    part = fair.order(order)
    assert (part.state, part.executed_volume, part.remaining_volume) == (
        "wait",
        Decimal("0.02"),
        Decimal("0.03"),
    )
    fair.at(20)
    assert fair.told() == [
        "trade 0.03@99999000 fee 1499.985 maker",
        "KRW 4997550.025+0 BTC 1.05+0",
        "done",
    ]
    done = fair.order(order)
    assert done.state == "done" and done.locked == done.remaining_fee == 0
    assert done.trades is not None and [one.trend for one in done.trades] == ["down", "down"]
    assert len({one.uuid for one in done.trades}) == 2


def test_a_marketable_bid_pays_what_is_asked_and_gets_the_rest_back() -> None:
    fair = Fair(quiet())
    order = fair.place("bid", price="100002000", volume="0.05")
    assert fair.order(order).state == "done"
    assert fair.held("KRW") == ("4997449.975", "0")
    assert fair.told()[2:] == [
        "trade 0.05@100001000 fee 2500.025 taker",
        "KRW 4997449.975+0 BTC 1.05+0",
        "done",
    ]


def test_a_taker_walks_the_book_with_a_trade_for_each_level() -> None:
    fair = Fair(quiet(), own={"ann": {"BTC": "3"}})
    order = fair.place("ask", "market", volume="1.5")
    shown = fair.order(order)
    assert shown.trades is not None
    got = [(one.price, one.volume, one.trend) for one in shown.trades]
    assert got == [
        (Decimal(100_000_000), Decimal("0.5"), "down"),
        (Decimal(99_999_000), Decimal("0.7"), "down"),
        (Decimal(99_998_000), Decimal("0.3"), "down"),
    ]
    assert shown.state == "done" and shown.trades_count == 3
    funds = sum(one.funds for one in shown.trades)
    assert fair.held("KRW")[0] == format(funds - shown.paid_fee, "f").rstrip("0")


def test_a_market_buy_ends_cancelled_and_gives_its_dust_back() -> None:
    asks = (("160594000", "1"),)
    fair = Fair(quiet().book(1, asks=asks), own={"ann": {"KRW": "10000"}})
    order = fair.at(1).place("bid", "price", price="6000")
    shown = fair.order(order)
    assert (shown.state, shown.locked) == ("cancel", Decimal("0.20826408"))
    assert fair.held("KRW") == ("3997.20826408", "0")
    assert fair.told() == [
        "wait",
        "KRW 3997+6003",
        "trade 0.00003736@160594000 fee 2.99989592 taker",
        "KRW 3997+0.20826408 BTC 0.00003736+0",
        "cancel",
        "KRW 3997.20826408+0",
    ]


def test_a_market_buy_that_divides_exactly_is_done() -> None:
    asks = (("100000000", "1"),)
    fair = Fair(quiet().book(1, bids=(), asks=asks))
    order = fair.at(1).place("bid", "price", price="12345")
    assert fair.order(order).state == "done"
    assert fair.held("BTC") == ("1.00012345", "0")


@pytest.mark.parametrize(("price", "total"), [("0.1", "7777.7"), ("3", "9000"), ("1234", "123400")])
def test_a_sum_is_spent_to_the_last_lot(price: str, total: str) -> None:
    """Matching counts in float64; what it buys is reckoned anew."""
    tape = Tape(instruments(price_exp=1))
    fair = Fair(tape.book(0, bids=(), asks=((price, "1000000"),)))
    order = fair.order(fair.place("bid", "price", price=total))
    assert order.executed_volume == Decimal(total) / Decimal(price) // Decimal("1E-8") / 10**8
    assert order.state == "done"


def test_an_ioc_takes_what_is_there_and_gives_the_rest_back() -> None:
    fair = Fair(quiet(), own={"ann": {"KRW": "100000000"}})
    order = fair.place("bid", price="100001000", volume="0.5", time_in_force="ioc")
    shown = fair.order(order)
    assert (shown.state, shown.executed_volume) == ("cancel", Decimal("0.4"))
    assert fair.held("KRW") == ("59979599.8", "0")


@pytest.mark.parametrize(("volume", "state"), [("0.9", "done"), ("1.01", "cancel")])
def test_a_fok_is_filled_whole_or_not_at_all(volume: str, state: str) -> None:
    fair = Fair(quiet(), own={"ann": {"KRW": "200000000"}})
    order = fair.place("bid", price="100002000", volume=volume, time_in_force="fok")
    shown = fair.order(order)
    assert shown.state == state
    assert shown.executed_volume == (Decimal(volume) if state == "done" else 0)


@pytest.mark.parametrize(("price", "state"), [("100000000", "wait"), ("100001000", "cancel")])
def test_a_post_only_that_would_take_is_cancelled(price: str, state: str) -> None:
    fair = Fair(quiet())
    order = fair.place("bid", price=price, volume="0.01", time_in_force="post_only")
    assert order.state == "wait", "it is accepted"
    shown = fair.order(order)
    assert shown.state == state and shown.executed_volume == 0


@pytest.mark.parametrize("time_in_force", ["ioc", "fok"])
def test_a_best_order_takes_the_nearest_level_only(time_in_force: str) -> None:
    fair = Fair(quiet(), own={"ann": {"BTC": "2", "KRW": "100000000"}})
    sold = fair.order(fair.place("ask", "best", volume="0.6", time_in_force=time_in_force))
    bought = fair.order(fair.place("bid", "best", price="1000000", time_in_force=time_in_force))
    assert sold.state == "cancel" and bought.state == "cancel"
    assert sold.executed_volume == (Decimal("0.5") if time_in_force == "ioc" else 0)
    assert bought.executed_volume == Decimal("0.0099999")
    assert 0 < bought.locked < Decimal("1.001")


def test_what_is_beyond_the_known_levels_costs_a_tick_more() -> None:
    fair = Fair(quiet(), own={"ann": {"BTC": "5"}})
    shown = fair.order(fair.place("ask", "market", volume="4"))
    assert shown.trades is not None and shown.state == "done"
    assert shown.trades[-1].price == Decimal(99_997_000)


def test_with_nothing_to_trade_with_an_order_is_cancelled() -> None:
    fair = Fair(Tape())
    shown = fair.order(fair.place("bid", "price", price="10000"))
    assert shown.state == "cancel" and fair.held("KRW") == ("10000000", "0")


def test_where_no_book_is_recorded_takers_wait_for_the_next_trade() -> None:
    tape = Tape().trade(0, "100000000", "1").trade(5, "100001000", "0.02", 1)
    fair = Fair(market=tape.market(depth=Depth.NONE))
    order = fair.place("bid", "price", price="1000000")
    assert fair.order(order).state == "wait"
    fair.at(5)
    assert fair.order(order).trades_count == 1


def test_the_average_buy_price_moves_with_buys_and_stays_with_sales() -> None:
    fair = Fair(quiet(), own={"ann": {"KRW": "100000000"}})
    fair.place("bid", price="100001000", volume="0.4")
    fair.place("bid", price="100002000", volume="0.1")
    (_, btc) = fair.venue.balances("ann")
    assert btc.avg_buy_price == Decimal("100001200") and not btc.avg_buy_price_modified
    fair.place("ask", "market", volume="0.3")
    (_, btc) = fair.venue.balances("ann")
    assert btc.avg_buy_price == Decimal("100001200")


def test_the_average_may_have_the_fee_in_it() -> None:
    fair = Fair(quiet(), own={"ann": {"KRW": "100000000"}}, fee_in_average=True)
    fair.place("bid", price="100001000", volume="0.4")
    (_, btc) = fair.venue.balances("ann")
    assert btc.avg_buy_price == Decimal("100051000.5")


def test_the_events_of_a_row_follow_it() -> None:
    fair = Fair(quiet().trade(10, "99999000", "5", -1).book(11))
    fair.place("bid", price="99999000", volume="0.01")
    fair.venue.take_events()
    fair.at(20)
    kinds = [type(event) for event in fair.venue.take_events()]
    assert kinds[:4] == [MarketEvent, OrderEvent, AssetEvent, OrderEvent]
    assert fair.venue.take_events() == []


def test_rows_may_happen_quietly() -> None:
    fair = Fair(quiet().trade(10, "99999000", "5", -1))
    fair.venue.advance(fair.venue.now_ns + 20_000_000, quietly=True)
    assert fair.venue.take_events() == []
    assert len(fair.venue.market.boards["KRW-BTC"].trades) == 2


def test_accounts_do_not_take_from_each_other() -> None:
    owns = {"ann": {"KRW": "100000000"}, "ben": {"KRW": "100000000"}}
    fair = Fair(quiet(), own=owns)
    orders = [fair.place("bid", price="100001000", volume="0.4", by=by) for by in owns]
    assert states([fair.order(orders[0], "ann"), fair.order(orders[1], "ben")]) == ["done", "done"]
    assert {line.split()[0] for line in fair.told("ben")} == {"wait", "KRW", "trade", "done"}


def test_settlement_may_be_late() -> None:
    fair = Fair(quiet(), settle_delay_ns=5_000_000)
    fair.place("ask", "market", volume="0.1")
    assert fair.held("KRW") == ("10000000", "0"), "what was earned is on its way"
    fair.at(4)
    assert fair.held("KRW") == ("10000000", "0")
    fair.told()
    fair.at(5)
    assert fair.held("KRW") == ("19995000", "0")
    assert fair.told() == ["KRW 19995000+0"]


def test_the_wait_of_an_order_that_is_filled_at_once_may_be_left_out() -> None:
    fair = Fair(quiet(), wait_told=False)
    fair.place("bid", price="100001000", volume="0.01")
    assert fair.told()[0].startswith("KRW") and fair.told() == []


def test_names_are_drawn_from_the_seed() -> None:
    one, two, other = Fair(quiet()), Fair(quiet()), Fair(quiet(), seed=2)
    names = [each.place("bid", price="90000000", volume="0.01").uuid for each in (one, two, other)]
    assert names[0] == names[1] != names[2]
    assert names[0][14] == "4", "a UUID of version 4"


def test_a_resting_order_is_filled_when_the_book_comes_to_it() -> None:
    asks = (("99999000", "0.01"), *ASKS)
    fair = Fair(quiet().book(7, bids=BIDS[2:], asks=asks))
    order = fair.place("bid", price="99999000", volume="0.05")
    fair.at(7)
    assert fair.order(order).executed_volume == Decimal("0.01")


def test_a_fill_tells_of_the_order_as_it_is_then() -> None:
    fair = Fair(quiet(), own={"ann": {"KRW": "100000000"}})
    fair.venue.place("ann", new("bid", price="100002000", volume="0.5", identifier="mine"))
    told = [event.message for event in fair.venue.take_events() if isinstance(event, OrderEvent)]
    assert [one.state for one in told] == ["wait", "trade", "trade", "done"]
    assert [one.remaining_volume for one in told] == [
        Decimal("0.5"),
        Decimal("0.1"),
        Decimal(0),
        Decimal(0),
    ]
    assert [one.price for one in told][1:3] == [Decimal(100_001_000), Decimal(100_002_000)]
    assert {one.identifier for one in told} == {"mine"}


def test_the_average_counts_what_is_locked() -> None:
    fair = Fair(quiet(), own={"ann": {"KRW": "100000000"}})
    fair.place("bid", price="100001000", volume="0.4")
    fair.place("ask", price="110000000", volume="0.4")
    fair.place("bid", price="100002000", volume="0.1")
    (_, btc) = fair.venue.balances("ann")
    assert btc.avg_buy_price == Decimal("100001200")


def test_the_average_is_in_the_currency_of_the_first_buy() -> None:
    both = (*instruments("USDT-XRP", price_exp=8), *instruments("KRW-XRP"))
    tape = Tape(both)
    tape.book(0, asks=(("2.5", "100"),), bids=(), code="USDT-XRP")
    tape.book(0, asks=(("3000", "100"),), bids=(), code="KRW-XRP")
    fair = Fair(tape, own={"ann": {"USDT": "1000", "KRW": "1000000"}})
    fair.place("bid", market="USDT-XRP", price="2.5", volume="10")
    fair.place("bid", market="KRW-XRP", price="3000", volume="10")
    xrp = fair.venue.balances("ann")[-1]
    assert (xrp.unit_currency, xrp.avg_buy_price) == ("USDT", Decimal("2.5"))
    assert xrp.balance == 20


def test_when_all_was_sold_the_next_buy_begins_an_average() -> None:
    both = (*instruments("USDT-XRP", price_exp=8), *instruments("KRW-XRP"))
    tape = Tape(both)
    tape.book(0, asks=(("2.5", "100"),), bids=(("2.4", "100"),), code="USDT-XRP")
    tape.book(0, asks=(("3000", "100"),), bids=(), code="KRW-XRP")
    fair = Fair(tape, own={"ann": {"USDT": "1000", "KRW": "1000000"}})
    fair.place("bid", market="USDT-XRP", price="2.5", volume="10")
    fair.place("ask", market="USDT-XRP", price="2.4", volume="10")
    fair.place("bid", market="KRW-XRP", price="3000", volume="10")
    xrp = fair.venue.balances("ann")[-1]
    assert (xrp.unit_currency, xrp.avg_buy_price) == ("KRW", Decimal("3000"))


def test_an_order_is_created_at_a_whole_second() -> None:
    fair = Fair(quiet()).at(1_700)
    assert fair.place("bid", price="90000000", volume="0.01").created_at[-8:] == "06+09:00"


def test_books_may_be_known_of_some_markets_only() -> None:
    tape = Tape(instruments(BTC, ETH)).book(0).trade(0, "3000000", "1", code=ETH)
    market = tape.market(depth=(Depth.LEVELS, Depth.NONE))
    fair = Fair(market=market, own={"ann": {"KRW": "10000000"}})
    orders = [fair.place("bid", "price", price="10000", market=code) for code in (BTC, ETH)]
    assert states(fair.order(order) for order in orders) == ["cancel", "wait"]
    with pytest.raises(AssertionError, match="a depth for each market"):
        tape.market(depth=(Depth.LEVELS,))
