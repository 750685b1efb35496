"""The venue's grid against an obvious reference in Decimal, on Upbit's real tables."""

from decimal import ROUND_FLOOR, Decimal
from functools import cache
from itertools import pairwise
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import assume, given

from sigma_cli.domain.dtypes.packing import pack_rules
from sigma_cli.domain.dtypes.tape import RULES
from sigma_cli.domain.units import EXACT_MAX
from sigma_cli.kernels import ticks
from sigma_cli.venues.upbit import rules as upbit

INSTRUMENT = upbit.RULEBOOK.instrument("KRW-BTC", price_exp=8, size_exp=8)
pytestmark = pytest.mark.prove

TABLES = {
    "before": (upbit.KRW_CHANGE_NS - 1, upbit.KRW_TICKS_BEFORE),
    "since": (upbit.KRW_CHANGE_NS, upbit.KRW_TICKS),
}
EDGES = sorted({int(lower * 10**8) for _, table in TABLES.values() for lower, _ in table})

near_an_edge = st.builds(
    lambda edge, off: max(edge + off, 1), st.sampled_from(EDGES), st.integers(-3, 3)
)
of_any_size = st.integers(0, 52).flatmap(lambda bits: st.integers(1, 2**bits))
prices_u = near_an_edge | of_any_size
dates = st.sampled_from(sorted(TABLES))


@cache
def packed(date: str) -> Any:
    return pack_rules(INSTRUMENT, INSTRUMENT.rules_at(TABLES[date][0]))[0]


def tick(date: str, price_u: int) -> int:
    price = Decimal(int(price_u)).scaleb(-8)
    return int(next(t for lower, t in TABLES[date][1] if price >= lower).scaleb(8))


def on_grid(date: str, price_u: int) -> bool:
    return price_u % tick(date, price_u) == 0


@given(dates, prices_u)
def test_the_tick_is_that_of_the_band(date: str, price_u: int) -> None:
    assert ticks.tick_at(price_u, packed(date)) == tick(date, price_u)


@given(dates, prices_u)
def test_floor_and_ceiling_enclose_a_price_with_nothing_between(date: str, price_u: int) -> None:
    floor_u = ticks.floor_tick(price_u, packed(date))
    ceil_u = ticks.ceil_tick(price_u, packed(date))
    assert floor_u <= price_u <= ceil_u
    assert on_grid(date, floor_u) and on_grid(date, ceil_u)
    if on_grid(date, price_u):
        assert floor_u == price_u == ceil_u
    else:
        assert ceil_u - floor_u == tick(date, price_u)


@given(dates, prices_u)
def test_the_next_tick_is_beyond_and_back_again(date: str, price_u: int) -> None:
    rules = packed(date)
    up_u = ticks.next_tick_up(price_u, rules)
    assert up_u > price_u and on_grid(date, up_u)
    assert ticks.next_tick_down(up_u, rules) == ticks.floor_tick(price_u, rules)
    assume(price_u > 1)
    down_u = ticks.next_tick_down(price_u, rules)
    assert down_u < price_u and (down_u == 0 or on_grid(date, down_u))
    assert ticks.next_tick_up(down_u, rules) == ticks.ceil_tick(price_u, rules)


@pytest.mark.parametrize("date", TABLES)
def test_every_band_begins_on_its_own_grid_and_on_that_below(date: str) -> None:
    for (lower, upper_tick), (_, lower_tick) in pairwise(TABLES[date][1]):
        assert lower % upper_tick == 0 and lower % lower_tick == 0


def test_below_the_lowest_price_there_is_nothing() -> None:
    assert ticks.next_tick_down(1, packed("since")) == 0


@pytest.mark.parametrize(
    ("date", "price", "expected"),
    # KRW-XRP at 3,500 and KRW-DOGE at 300 had finer ticks before the change.
    [
        ("before", "1999500", "500"),
        ("since", "1999500", "1000"),
        ("before", "300", "0.1"),
        ("since", "300", "1"),
        ("before", "99.99", "0.01"),
        ("since", "99.9", "0.1"),
        ("since", "0.000009", "0.00000001"),
    ],
)
def test_known_ticks(date: str, price: str, expected: str) -> None:
    price_u = int(Decimal(price).scaleb(8))
    assert ticks.tick_at(price_u, packed(date)) == int(Decimal(expected).scaleb(8))


def rules_with(lot_u: int, size_exp: int = 8) -> Any:
    rules = np.zeros(1, RULES)
    rules[0].lot_u = lot_u
    rules[0].size_scale = 10.0**-size_exp
    return rules[0]


@given(st.integers(0, 10**12), st.integers(1, 10**6))
def test_floor_lot_is_the_last_whole_lot(size_u: int, lot_u: int) -> None:
    floor_u = ticks.floor_lot(size_u, rules_with(lot_u))
    assert floor_u % lot_u == 0
    assert floor_u <= size_u < floor_u + lot_u


@given(
    st.integers(0, 10**12),
    st.integers(1, 10**12),
    st.sampled_from([1, 10, 1000, 250_000]),
    st.integers(0, 9),
)
def test_a_size_is_affordable_and_not_a_lot_too_small(
    cents: int, price_u: int, lot_u: int, size_exp: int
) -> None:
    value, price = Decimal(cents) / 100, Decimal(price_u) / 10_000
    rules = rules_with(lot_u, size_exp)
    size_u = ticks.size_for(float(value), float(price), rules)
    lot = Decimal(lot_u).scaleb(-size_exp)
    exact = (value / (price * lot)).to_integral_value(ROUND_FLOOR) * lot_u
    assume(exact < EXACT_MAX)
    if size_u != exact:  # only where the last lot is affordable within what a float can tell
        last = Decimal(max(size_u, int(exact))).scaleb(-size_exp)
        assert abs(last * price / value - 1) < 1e-15


@given(st.integers(1, 10**6), st.integers(1, 10**10))
def test_the_exact_value_of_a_size_buys_that_size(price_u: int, size_u: int) -> None:
    rules = rules_with(1)
    value = price_u * (size_u * 1e-8)
    assert ticks.size_for(value, float(price_u), rules) == size_u


def test_the_rest_of_an_upbit_market_buy_is_returned() -> None:
    assert ticks.size_for(10_000.0, 30_000.0, rules_with(1)) == 33_333_333


@pytest.mark.parametrize("value", [0.0, 1e200, float("inf")])
def test_no_value_gives_an_impossible_size(value: float) -> None:
    assert 0 <= ticks.size_for(value, 1e-9, rules_with(1, size_exp=9)) < 2**63
