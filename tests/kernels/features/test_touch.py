"""The touch: its identities, its flow, its past, and who took from it."""

import math
from fractions import Fraction

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.dtypes.tape import BOOK
from sigma_cli.kernels.features import depth, moments, ofi, seconds, signs, touch
from sigma_cli.kernels.jit import DISABLED

EXAMPLES = 10 if DISABLED else 50
START = 5_000


def made(bid_u: int, bid_size_u: int, ask_u: int, ask_size_u: int) -> Record:
    s = np.zeros(1, touch.TOUCH)[0]
    s.bid_u, s.bid_size_u, s.ask_u, s.ask_size_u = bid_u, bid_size_u, ask_u, ask_size_u
    touch.normalise(s)
    return s


prices = st.integers(1, 10**12)
sizes = st.integers(1, 10**15)


@settings(max_examples=EXAMPLES)
@given(prices, st.integers(1, 10**6), sizes, sizes)
def test_the_microprice_is_the_mid_pulled_by_the_imbalance(
    bid_u: int, gap_u: int, bid_size_u: int, ask_size_u: int
) -> None:
    s = made(bid_u, bid_size_u, bid_u + gap_u, ask_size_u)
    mid = Fraction(2 * bid_u + gap_u, 2)
    weighted = Fraction(bid_u * ask_size_u + (bid_u + gap_u) * bid_size_u, bid_size_u + ask_size_u)
    pull = Fraction(bid_size_u - ask_size_u, bid_size_u + ask_size_u)
    assert (weighted - mid) / Fraction(gap_u, 2) == pull, "the identity"
    assert touch.imbalance(s) == pytest.approx(float(pull), rel=1e-12, abs=1e-15)
    assert touch.spread(s) == pytest.approx(float(gap_u / mid), rel=1e-12)
    assert touch.microprice(s) == pytest.approx(float(weighted), rel=1e-9)
    dev = float((weighted - mid) / mid * 10_000)
    assert touch.microprice_dev(s) == pytest.approx(dev, rel=1e-12, abs=1e-11)
    assert touch.microprice_dev(s) == 1e4 * 0.5 * touch.spread(s) * touch.imbalance(s)


def test_hand_cases() -> None:
    s = made(100, 3, 102, 1)
    assert touch.spread(s) == pytest.approx(2 / 101)
    assert touch.imbalance(s) == 0.5
    assert touch.microprice(s) == 101.5


@pytest.mark.parametrize(
    "sides",
    [(0, 1, 102, 1), (100, 0, 102, 1), (100, 1, 102, 0), (100, 1, 100, 1), (103, 1, 102, 1)],
)
def test_no_touch(sides: tuple[int, int, int, int]) -> None:
    s = made(*sides)
    assert not touch.is_known(s)
    found = (touch.spread(s), touch.imbalance(s), touch.microprice(s), touch.microprice_dev(s))
    assert np.isnan(found).all()


# --- Order flow imbalance ---------------------------------------------------------------------

BEFORE = (100, 5, 102, 4)


@pytest.mark.parametrize(
    ("after", "flow_u"),
    [
        ((100, 8, 102, 4), 3),  # more is bid
        ((100, 5, 102, 2), 2),  # less is asked
        ((100, 5, 101, 4), -4),  # a better offer
        ((100, 5, 103, 7), 4),  # the offer is gone
        ((101, 6, 102, 4), 6),
        ((99, 6, 102, 4), -5),
    ],
)
def test_order_flow(after: tuple[int, int, int, int], flow_u: int) -> None:
    assert ofi.event(made(*BEFORE), made(*after)) == flow_u


def test_order_flow_over_ten_seconds() -> None:
    s = np.zeros(1, ofi.OFI)[0]
    before = made(*BEFORE)
    ofi.ofi_touch(s, START, START + 1, before, made(100, 8, 102, 4))
    ofi.ofi_tick(s, START + 1)
    ofi.ofi_touch(s, START + 1, START + 1, before, made(100, 5, 102, 2))  # late
    ofi.ofi_touch(s, START + 1, START + 1 - ofi.WINDOW, before, made(1, 5, 2, 2))  # too late
    ofi.ofi_touch(s, START + 1, START + 2 + seconds.AHEAD, before, made(1, 5, 2, 2))
    ofi.ofi_touch(s, START + 1, START + 1, before, made(0, 0, 0, 0))
    ofi.ofi_touch(s, START + 1, START + 1, made(0, 0, 0, 0), before)
    assert ofi.ofi(s) == pytest.approx((3 + 2) / ((12 / 2 + 7 / 2) / 2))
    for second in range(START + 2, START + 11):
        ofi.ofi_tick(s, second)
    assert s.sums.count == 2
    ofi.ofi_tick(s, START + 11)
    assert s.sums.tolist() == (0, 0, 0) and ofi.ofi(s) == 0.0


# --- As-of ------------------------------------------------------------------------------------


def moment(exch_ts_ns: int, sum_u: int) -> Record:
    s = np.zeros(1, moments.MOMENT)[0]
    s.exch_ts_ns, s.sum_u, s.micro = exch_ts_ns, sum_u, sum_u / 2
    return s


told = st.lists(st.tuples(st.integers(0, 20), st.integers(-60, 9)), max_size=25)


@settings(max_examples=EXAMPLES)
@given(told)
def test_as_of_is_the_last_touch_by_the_venues_time(drawn: list[tuple[int, int]]) -> None:
    s = np.zeros(1, moments.MOMENTS)[0]
    head, seen = START, [(0, 0)]
    for k, (wait, offset) in enumerate(drawn, 1):
        for second in range(head + 1, head + wait + 1):
            moments.moments_tick(s, second)
        head += wait
        second = head + offset
        moments.moments_touch(s, head, second, moment(second, 2 * k))
        if offset <= seconds.AHEAD:
            seen.append((second, 2 * k))
    for second in range(max(START, head - 100), head + 1):
        known = [(when, k) for when, k in seen if when <= second]
        assert moments.at(s, second).sum_u == max(known)[1]


def test_a_touch_beyond_memory_changes_nothing() -> None:
    s = np.zeros(1, moments.MOMENTS)[0]
    moments.moments_touch(s, START, START - moments.BACK, moment(1, 2))
    assert not s.seconds["sum_u"].any()


def test_returns() -> None:
    s = np.zeros(1, moments.MOMENTS)[0]
    moments.moments_touch(s, START, START, moment(1, 200))
    for second in range(START + 1, START + 61):
        moments.moments_tick(s, second)
    moments.moments_touch(s, START + 60, START + 60, moment(2, 202))
    assert moments.mid_change(s, START + 60, 60) == pytest.approx(0.01)
    assert moments.micro_return(s, START + 60, 60) == pytest.approx(math.log(1.01))
    assert math.isnan(moments.mid_change(s, START + 60, 61))
    assert math.isnan(moments.micro_return(s, START + 60, 61))


# --- Sides ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("price_u", "side", "expected", "cost"),
    [
        (103, 0, 1, 2 * 2 / 101),  # above the mid of 101
        (100, 0, -1, 2 * 1 / 101),
        (101, 0, 1, 0.0),  # at the mid, after a rise
        (100, 1, 1, -2 * 1 / 101),  # the venue knows better
    ],
)
def test_lee_and_ready(price_u: int, side: int, expected: int, cost: float) -> None:
    s = np.zeros(1, signs.SIGNS)[0]
    assert signs.signs_trade(s, 5, 90, 0) == 0 and math.isnan(s.effective_spread), "nobody knows"
    assert signs.signs_trade(s, 5, 95, 0) == 1, "a rise, where no quote is known"
    assert signs.signs_trade(s, 5, 95, 0) == 1, "the last change counts"
    assert signs.signs_trade(s, 5, 94, 0) == -1
    assert signs.signs_trade(s, 5, 96, 0) == 1
    signs.signs_touch(s, 10, 202)
    signs.signs_touch(s, 20, 250)  # as old as the trade: what it left behind
    assert signs.signs_trade(s, 20, price_u, side) == expected
    assert s.effective_spread == pytest.approx(cost)


def test_a_trade_older_than_every_quote_has_no_mid() -> None:
    s = np.zeros(1, signs.SIGNS)[0]
    for k in range(100):
        signs.signs_touch(s, 1_000 + k, 200)
    signs.signs_trade(s, 1_000, 101, 1)
    assert math.isnan(s.effective_spread)
    signs.signs_trade(s, 1_099, 101, 1)
    assert s.effective_spread == pytest.approx(0.02)


# --- Depth ------------------------------------------------------------------------------------


def test_depth() -> None:
    book = np.zeros(1, BOOK)[0]
    assert depth.depth_imbalance(book) == 0.0
    book.bid_size_u[:] = 3
    book.ask_size_u[:4] = 5
    book.ask_size_u[10:] = 1_000_000  # beyond the tenth level
    assert depth.depth_imbalance(book) == pytest.approx((30 - 20) / 50)
