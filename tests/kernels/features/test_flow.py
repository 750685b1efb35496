"""Trades in windows of seconds: every event in its own bucket, however late it comes."""

import math

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.domain.units import NS_PER_S
from sigma_cli.kernels.features import flow, seconds
from sigma_cli.kernels.jit import DISABLED

EXAMPLES = 5 if DISABLED else 50
START = 1_000


def begun() -> Record:
    s = np.zeros(1, flow.FLOW)[0]
    s.since = START
    return s


def run(s: Record, head: int, until: int) -> None:
    for second in range(head + 1, until + 1):
        flow.flow_tick(s, second)


@pytest.mark.parametrize(
    ("exch_ts_ns", "second"),
    [(0, 0), (1, 1), (NS_PER_S - 1, 1), (NS_PER_S, 1), (NS_PER_S + 1, 2)],
)
def test_a_bucket_ends_with_its_second(exch_ts_ns: int, second: int) -> None:
    assert seconds.second_of(exch_ts_ns) == second


@pytest.mark.parametrize(
    ("second", "expected"), [(939, False), (940, False), (941, True), (1_000, True), (1_001, False)]
)
def test_a_window_is_half_open(second: int, expected: bool) -> None:
    assert seconds.within(second, 1_000, 60) == expected


arrivals = st.lists(
    st.tuples(
        st.integers(0, 30),  # seconds that the clock goes on before it comes
        st.integers(-700, 12),  # its own time, from there
        st.sampled_from([-1, 0, 1]),
        st.integers(1, 50),
    ),
    max_size=30,
)


@settings(max_examples=EXAMPLES)
@given(arrivals)
def test_windows_hold_what_happened_in_them(drawn: list[tuple[int, int, int, int]]) -> None:
    s, head = begun(), START
    happened = []
    for wait, offset, side, size_u in drawn:
        run(s, head, head + wait)
        head += wait
        second = head + offset
        flow.flow_trade(s, head, second, side, 100, size_u)
        if offset <= seconds.AHEAD:
            happened.append((second, side, size_u))
    assert s.late == sum(offset <= -flow.TEN for _, offset, _, _ in drawn)
    windows = {flow.SHORT: s.short, flow.MINUTE: s.minute, flow.FIVE: s.five, flow.TEN: s.ten}
    for window, sums in windows.items():
        inside = [(side, size) for second, side, size in happened if head - window < second <= head]
        assert sums.trades == len(inside)
        assert sums.size_u == sum(size for _, size in inside)
        assert sums.bought_u == sum(size for side, size in inside if side > 0)
        assert sums.sold_u == sum(size for side, size in inside if side < 0)
        assert sums.buys == sum(side > 0 for side, _ in inside)
        assert sums.sells == sum(side < 0 for side, _ in inside)


def test_a_trade_beyond_the_ring_is_in_no_window() -> None:
    s = begun()
    flow.flow_trade(s, START, START + 1 + seconds.AHEAD, 1, 100, 1)
    assert not s.buckets["trades"].any() and s.late == 0


def test_hand_cases() -> None:
    s = begun()
    trades = [(1, 100, 6), (-1, 110, 2), (1, 120, 4)]
    for k, (side, price_u, size_u) in enumerate(trades):
        flow.flow_trade(s, START, START + 1 + k, side, price_u, size_u)
    run(s, START, START + 3)
    assert flow.volume_imbalance(s.five) == pytest.approx((10 - 2) / 12)
    assert flow.count_imbalance(s.short) == pytest.approx(1 / 3)
    assert flow.acceleration(s) == pytest.approx(math.log((3 / 10 + 1 / 60) / (3 / 60 + 1 / 60)))
    p = 2 / 3
    assert flow.sign_entropy(s) == pytest.approx(-p * math.log2(p) - (1 - p) * math.log2(1 - p))


def test_momentum_compares_the_prices_of_two_minutes() -> None:
    s = begun()
    flow.flow_trade(s, START, START + 1, 1, 100, 1)
    flow.flow_trade(s, START, START + 2, 1, 110, 3)
    run(s, START, START + 62)
    flow.flow_trade(s, START + 62, START + 62, 1, 215, 9)
    assert flow.momentum(s, START + 62) == pytest.approx(math.log(215 / 107.5))
    run(s, START + 62, START + 63)
    assert flow.momentum(s, START + 63) == pytest.approx(math.log(215 / 107.5))
    assert math.isnan(flow.momentum(s, START + 122)), "nobody traded in one of them"


def test_where_nobody_trades() -> None:
    s = begun()
    run(s, START, START + 400)
    assert flow.volume_imbalance(s.five) == flow.count_imbalance(s.short) == 0.0
    assert flow.acceleration(s) == 0.0
    assert math.isnan(flow.sign_entropy(s))
    flow.flow_trade(s, START + 400, START + 400, -1, 100, 1)
    assert flow.sign_entropy(s) == 0.0


def test_a_window_is_full_once_it_was_seen_whole() -> None:
    s = begun()
    assert not flow.is_full(s, START + 59, 60)
    assert flow.is_full(s, START + 60, 60)
    assert not flow.is_full(np.zeros(1, flow.FLOW)[0], START + 60, 60)
