"""Every row of the table: what makes it fire, what does not, and what lets it go."""

import numpy as np
import pytest

from sigma_cli.domain.requests import Reason
from sigma_cli.domain.switches import ORDER_SAMPLES_MIN, Metric
from sigma_cli.kernels.jit import DISABLED
from tests.kernels.harness import UNIT, Desk, instrument, settings

KST_MIDNIGHT = 15 * 60
"""Minutes from the first event to the end of its trading day."""


def half_invested(**limits: float) -> Desk:
    """Half a million in A; B has a price. A fall of A by x costs x / 2 of equity."""
    desk = Desk(
        settings(fraction=0.5, **limits),  # type: ignore[arg-type]
        instruments=(instrument("A"), instrument("B")),
    )
    desk.hold(50 * UNIT, 10_000)
    desk.bar(10_000, 1, minutes=0)
    return desk


def refused_by(desk: Desk, market: int = 1, target: float = 0.5) -> Reason | None:
    """Let a market ask for an entry; return what stood against it."""
    caused = desk.signal(target, market)
    if caused.requests:
        desk.refused(caused.request.local_no)
        return None
    return Reason(int(desk.state[0].wishes[market].refused))


# --- Drawdown ---------------------------------------------------------------------------------


def test_drawdown_at_its_limit_stops_new_risk_until_a_person_rearms() -> None:
    desk = half_invested(drawdown_max=0.125)
    desk.bar(11_000)  # the peak: 1,050,000
    desk.bar(8_376)  # 918,800
    assert refused_by(desk) is None
    desk.bar(8_375)  # 918,750, 12.5 % below
    fired = desk.fired(Metric.DRAWDOWN)
    assert (fired.on, fired.count, fired.first_ts_ns) == (1, 1, desk.now_ns)
    assert fired.first_seq == desk.seq - 1
    assert fired.first_value == pytest.approx(0.125)
    caused = desk.signal(0.6, 1)
    assert caused.reason is Reason.DRAWDOWN
    (decision,) = caused.decisions
    assert (decision.measured, decision.limit) == (pytest.approx(0.125), 0.125)
    desk.bar(20_000)
    assert refused_by(desk) is Reason.DRAWDOWN, "a recovery does not release it"
    desk.bar(20_000, minutes=2 * 24 * 60)
    assert refused_by(desk) is Reason.DRAWDOWN, "nor does a new day"
    desk.rearm()
    assert refused_by(desk) is None


def test_after_rearming_the_drawdown_counts_from_there() -> None:
    desk = half_invested(drawdown_max=0.1)
    desk.bar(8_000)
    assert desk.fired(Metric.DRAWDOWN).on
    desk.rearm()
    desk.bar(7_000)
    assert not desk.fired(Metric.DRAWDOWN).on, "850,000 of 900,000"
    assert refused_by(desk) is None
    desk.bar(6_200)
    assert desk.fired(Metric.DRAWDOWN).on, "810,000"
    assert desk.fired(Metric.DRAWDOWN).count == 2
    assert desk.fired(Metric.DRAWDOWN).first_value == pytest.approx(0.1), "of the first time"


def test_a_drawdown_limit_of_one_never_fires() -> None:
    desk = half_invested(drawdown_max=1.0)
    desk.bar(1)
    assert not desk.fired(Metric.DRAWDOWN).count


def test_a_fill_can_trip_a_switch_too() -> None:
    desk = half_invested(drawdown_max=0.01)
    no = desk.signal(0.5, 1).request.local_no
    desk.filled(no, 10 * UNIT, 10_000, fee=10_001.0)
    assert desk.fired(Metric.DRAWDOWN).on


# --- Day loss ---------------------------------------------------------------------------------


def test_a_days_loss_stops_new_risk_until_the_day_is_over() -> None:
    desk = half_invested(day_loss_max=0.03)
    desk.bar(9_402)
    assert refused_by(desk) is None
    desk.bar(9_400)
    assert desk.fired(Metric.DAY_LOSS).on
    assert refused_by(desk) is Reason.DAY_LOSS
    desk.bar(10_000)
    assert refused_by(desk) is Reason.DAY_LOSS, "a recovery does not release it"
    desk.rearm()
    assert refused_by(desk) is Reason.DAY_LOSS, "nor does a person: its day is not over"
    desk.bar(10_000, minutes=KST_MIDNIGHT - 3)
    assert refused_by(desk) is Reason.DAY_LOSS, "midnight is still today"
    desk.bar(10_000)
    assert refused_by(desk) is None
    assert not desk.fired(Metric.DAY_LOSS).on


def test_a_new_day_begins_with_no_loss_but_can_lose_at_once() -> None:
    desk = half_invested(day_loss_max=0.03)
    desk.bar(9_400)
    desk.bar(9_400, minutes=KST_MIDNIGHT)
    assert refused_by(desk) is None
    desk.bar(8_800)
    assert refused_by(desk) is Reason.DAY_LOSS
    assert desk.fired(Metric.DAY_LOSS).count == 2


def test_a_days_latch_is_released_though_nothing_is_held() -> None:
    desk = half_invested(day_loss_max=0.03)
    desk.bar(9_000)
    desk.filled(desk.signal(0.0).request.local_no, 50 * UNIT, 9_000)
    assert refused_by(desk) is Reason.DAY_LOSS
    desk.bar(9_000, minutes=KST_MIDNIGHT)
    assert refused_by(desk) is None


# --- One market's share -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "reason"), [(0.4, None), (0.41, Reason.MARKET_SHARE), (1.0, Reason.MARKET_SHARE)]
)
def test_one_market_holds_no_more_than_its_share(target: float, reason: Reason | None) -> None:
    desk = Desk(settings(fraction=0.5, market_share_max=0.2))
    desk.bar(10_000)
    assert refused_by(desk, 0, target) is reason


@pytest.mark.parametrize("cash", [1_000_000.0, 123_456.7, 98_765.4321, 7_777_777.77])
def test_a_position_of_exactly_its_share_is_allowed(cash: float) -> None:
    desk = Desk(settings(cash, fraction=0.2, market_share_max=0.2))
    desk.bar(10_000)
    assert refused_by(desk, 0, 1.0) is None


def test_what_is_held_counts_into_the_share() -> None:
    desk = Desk(settings(units=10, market_share_max=0.2))
    desk.hold(10 * UNIT, 10_000)
    desk.params[0].units = 20
    assert refused_by(desk, 0, 0.95) is None
    desk.params[0].units = 21
    caused = desk.signal(1.0)
    assert caused.reason is Reason.MARKET_SHARE
    (decision,) = caused.decisions
    assert (decision.measured, decision.limit) == (pytest.approx(0.21), 0.2)


def test_without_equity_any_share_is_too_much() -> None:
    desk = Desk(settings(units=1), instruments=(instrument("A"), instrument("B")))
    desk.bar(10_000, 0)
    desk.bar(10_000, 1, minutes=0)
    desk.external(size_u=-200 * UNIT, market=1)  # owed: two million
    desk.rearm()
    desk.state[0].fired[:] = 0
    assert desk.account.equity < 0.0 < desk.account.cash
    assert refused_by(desk, 0, 1.0) is Reason.MARKET_SHARE


# --- An unusual order -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "units", "reason"),
    [
        (ORDER_SAMPLES_MIN, 3.01, Reason.ORDER_RATIO),
        (ORDER_SAMPLES_MIN, 3.0, None),
        (ORDER_SAMPLES_MIN - 1, 90.0, None),
    ],
)
def test_an_order_far_above_the_mean_is_refused_once_there_is_a_mean(
    before: int, units: float, reason: Reason | None
) -> None:
    desk = Desk(settings(units=1, order_ratio_max=3.0))
    desk.bar(10_000)
    for _ in range(before):
        assert refused_by(desk, 0, 1.0) is None
    desk.params[0].units = units
    assert refused_by(desk, 0, 1.0) is reason


# --- Orders within a minute -------------------------------------------------------------------


def test_no_more_orders_a_minute_than_allowed() -> None:
    desk = Desk(settings(units=1, orders_per_minute_max=2))
    desk.bar(10_000)
    assert refused_by(desk, 0, 1.0) is None
    desk.bar(10_000, minutes=0.5)
    assert refused_by(desk, 0, 1.0) is None
    caused = desk.signal(1.0)
    assert caused.reason is Reason.ORDER_RATE
    (decision,) = caused.decisions
    assert (decision.measured, decision.limit) == (3, 2)
    desk.bar(10_000, minutes=0.49)
    assert refused_by(desk, 0, 1.0) is Reason.ORDER_RATE
    desk.bar(10_000, minutes=0.01)
    assert refused_by(desk, 0, 1.0) is None, "a minute after the first"
    assert refused_by(desk, 0, 1.0) is Reason.ORDER_RATE


def test_exits_do_not_count_as_orders_of_risk() -> None:
    desk = Desk(settings(units=10, orders_per_minute_max=2))
    desk.hold(10 * UNIT, 10_000)
    for size in (0.8, 0.6, 0.4):
        request = desk.signal(size).request
        desk.filled(request.local_no, request.size_u, 10_000)
    assert refused_by(desk, 0, 0.9) is None
    assert desk.state[0].flow.submits == 2


@pytest.mark.skipif(DISABLED, reason="half a million comparisons need compiled code")
def test_the_largest_rate_limit_is_kept() -> None:
    desk = Desk(settings(units=1, orders_per_minute_max=1_000))
    desk.bar(10_000)
    for _ in range(1_000):
        assert refused_by(desk, 0, 1.0) is None
    assert refused_by(desk, 0, 1.0) is Reason.ORDER_RATE


# --- Halt -------------------------------------------------------------------------------------


def test_a_halt_stops_new_risk_until_a_person_rearms() -> None:
    desk = half_invested()
    assert desk.halt().nothing
    assert refused_by(desk) is Reason.HALTED
    desk.bar(10_000, minutes=3 * 24 * 60)
    assert refused_by(desk) is Reason.HALTED
    assert desk.rearm().nothing
    assert refused_by(desk) is None


def test_a_halt_says_so_before_any_limit() -> None:
    desk = half_invested(drawdown_max=0.05)
    desk.bar(5_000)
    desk.halt()
    assert refused_by(desk) is Reason.HALTED
    desk.rearm()
    assert refused_by(desk) is None


def test_without_trouble_no_switch_fires() -> None:
    desk = Desk(
        settings(
            fraction=0.1,
            drawdown_max=0.15,
            day_loss_max=0.03,
            market_share_max=0.2,
            order_ratio_max=10.0,
            orders_per_minute_max=10,
        )
    )
    for close_u in (10_000, 10_050, 9_990, 10_100):
        desk.hold(10 * UNIT, close_u)
        request = desk.signal(0.0).request
        desk.filled(request.local_no, request.size_u, close_u)
        desk.bar(close_u)
    assert not desk.state[0].fired["count"].any()
    assert not np.asarray(desk.state[0].refusals).any()
