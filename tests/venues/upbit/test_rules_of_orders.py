from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigma_cli.domain.units import TsNs
from sigma_cli.errors import OutsideError
from sigma_cli.venues.upbit.asked_rules import asked_rules, with_chance, with_instrument
from sigma_cli.venues.upbit.checks import refusal
from sigma_cli.venues.upbit.rules import KRW_CHANGE_NS, RULES, rules_at, tick_at
from sigma_cli.venues.upbit.wire import json
from sigma_cli.venues.upbit.wire.account import Chance
from sigma_cli.venues.upbit.wire.errors import STATUSES, WireError
from sigma_cli.venues.upbit.wire.market import BookInstrument
from sigma_cli.venues.upbit.wire.orders import NewOrder
from tests.venues.upbit.samples import CHANCE

NOW = rules_at("KRW-BTC", KRW_CHANGE_NS)
BEFORE = rules_at("KRW-BTC", KRW_CHANGE_NS - 1)
ASKED: Chance = json.decode(CHANCE, Chance)


def order(side: str, ord_type: str, price: str = "", volume: str = "", **rest: str) -> NewOrder:
    amounts = {"price": price, "volume": volume}
    given_ones = {name: Decimal(text) for name, text in amounts.items() if text}
    fixed = {"market": "KRW-BTC", "side": side, "ord_type": ord_type}
    return NewOrder(**fixed, **given_ones, **rest)  # type: ignore[arg-type]


def instrument(tick: str) -> BookInstrument:
    return BookInstrument(
        market="KRW-BTC", quote_currency="KRW", tick_size=Decimal(tick), supported_levels=()
    )


@pytest.mark.parametrize(
    ("made", "name"),
    [
        (order("bid", "limit", "150000", "1"), None),
        (order("bid", "limit", "150050", "1"), "invalid_price_bid"),
        (order("ask", "limit", "150050", "1"), "invalid_price_ask"),
        (order("bid", "limit", "0", "1"), "invalid_price_bid"),
        (order("bid", "limit", "150000", "0"), "invalid_volume_bid"),
        (order("ask", "limit", "150000", "0.000000001"), "invalid_volume_ask"),
        (order("bid", "limit", "50000", "0.1"), None),
        (order("bid", "limit", "50000", "0.09999999"), "under_min_total_bid"),
        (order("ask", "limit", "50000", "0.09999999"), "under_min_total_ask"),
        (order("bid", "limit", "1000000", "1000"), None),
        (order("bid", "limit", "1000000", "1000.00000001"), "over_krw_funds_bid"),
        (order("bid", "price", "5000"), None),
        (order("bid", "price", "4999.9"), "under_min_total_bid"),
        (order("ask", "market", volume="0.0001"), "under_min_total_ask"),
        (order("ask", "market", volume="0.001"), None),
        (order("ask", "price", "5000"), "create_ask_error"),
        (order("bid", "market", volume="1"), "create_bid_error"),
        (order("ask", "market", "1000", "1"), "create_ask_error"),
        (order("bid", "limit", "150000"), "create_bid_error"),
        (order("bid", "best", "150000"), "invalid_time_in_force"),
        (order("bid", "best", "150000", time_in_force="ioc"), None),
        (order("ask", "best", volume="1", time_in_force="fok"), None),
        (order("bid", "best", "150000", time_in_force="post_only"), "invalid_time_in_force"),
        (order("bid", "price", "150000", time_in_force="ioc"), "invalid_time_in_force"),
        (order("bid", "limit", "150000", "1", time_in_force="post_only"), None),
        (
            order(
                "bid", "limit", "150000", "1", time_in_force="post_only", smp_type="cancel_taker"
            ),
            "invalid_post_only",
        ),
        (
            order("bid", "limit", "150000", "1", time_in_force="post_only", smp_type="none"),
            None,
        ),
    ],
)
def test_what_the_venue_answers_to_an_order(made: NewOrder, name: str | None) -> None:
    assert refusal(made, NOW, last_price=Decimal(10_000_000)) == name
    assert name is None or STATUSES[name] == 400


def test_the_day_of_an_order_decides_on_its_tick() -> None:
    made = order("bid", "limit", "150050", "1")
    assert refusal(made, BEFORE) is None
    assert refusal(made, NOW) == "invalid_price_bid"


def test_a_sale_at_the_market_needs_a_price_to_be_judged() -> None:
    assert refusal(order("ask", "market", volume="0.00000001"), NOW) is None


@given(
    st.sampled_from([rules for dated in RULES.values() for rules in dated]),
    st.decimals("0.00000001", "99999999999", places=8),
)
def test_a_price_on_the_grid_is_taken_and_one_beside_it_is_not(
    rules: object, price: Decimal
) -> None:
    assert isinstance(rules, type(NOW))
    tick = tick_at(price, rules)
    on_grid = price - price % tick
    free = replace(rules, value_min=Decimal(0), value_max=Decimal("Infinity"))
    made = NewOrder(
        market="KRW-BTC", side="bid", ord_type="limit", price=on_grid, volume=Decimal(1)
    )
    if on_grid:
        assert refusal(made, free) is None
    beside = on_grid + tick / 2
    if on_grid and tick_at(beside, rules) == tick:
        made = NewOrder(
            market="KRW-BTC", side="bid", ord_type="limit", price=beside, volume=Decimal(1)
        )
        assert refusal(made, free) == "invalid_price_bid"


def test_the_venues_tick_goes_before_the_table_in_its_band_alone() -> None:
    changed = with_instrument(NOW, instrument("250"), Decimal(150_000))
    assert tick_at(Decimal(150_000), changed) == 250
    assert tick_at(Decimal(99_999), changed) == tick_at(Decimal(99_999), NOW)
    assert with_instrument(NOW, instrument("100"), Decimal(150_000)) is NOW
    with pytest.raises(WireError, match="a tick of 0"):
        with_instrument(NOW, instrument("0"), Decimal(150_000))


def test_fees_and_limits_are_those_of_the_account() -> None:
    rules = asked_rules(
        "KRW-BTC",
        TsNs(KRW_CHANGE_NS + 1),
        instrument=instrument("1000"),
        price=Decimal(109_000_000),
        chance=ASKED,
    )
    assert rules == replace(NOW, valid_from_ns=TsNs(KRW_CHANGE_NS + 1))


def test_what_the_venue_says_must_fit() -> None:
    with pytest.raises(WireError, match="KRW-ETH was asked, KRW-BTC answered"):
        asked_rules(
            "KRW-ETH", KRW_CHANGE_NS, instrument=instrument("1"), price=Decimal(1), chance=ASKED
        )
    for old, new in (
        (b'"bid_fee":"0.0005","ask', b'"bid_fee":"0.0007","ask'),
        (b'"max_total":"1000000000"', b'"max_total":"1"'),
    ):
        assert old in CHANCE
        with pytest.raises(WireError, match="orders/chance of KRW-BTC"):
            with_chance(NOW, json.decode(CHANCE.replace(old, new), Chance))


def test_a_market_of_no_table_is_refused() -> None:
    with pytest.raises(OutsideError, match="EUR-BTC"):
        rules_at("EUR-BTC", 0)
