"""Cash, positions, equity, and what gains and losses are counted from."""

import pytest

from sigma_cli.domain.requests import Reason
from sigma_cli.domain.switches import Metric
from sigma_cli.domain.units import NS_PER_DAY, NS_PER_HOUR
from tests.kernels.harness import UNIT, Desk, instrument, settings
from tests.market import START_NS

KST_MIDNIGHT = 15 * 60
"""Minutes from START_NS, 00:00 UTC, to the end of the trading day."""

NOTHING = pytest.approx(0.0, abs=1e-15)


def metric(desk: Desk, which: Metric) -> float:
    return float(desk.state[0].metrics[which])


def test_a_fill_moves_cash_coins_and_fees() -> None:
    desk = Desk(settings(units=5))
    desk.bar(10_000)
    no = desk.signal(1.0).request.local_no
    desk.filled(no, 200, 10_000, fee=10.0)
    desk.filled(no, 300, 9_000, fee=13.5)
    assert desk.account.cash == 1_000_000 - 20_000 - 27_000 - 23.5
    assert desk.account.fees == 23.5
    assert desk.position().size_u == 500
    assert desk.account.equity == 1_000_000 + 3_000 - 23.5, "marked at the last close"
    no = desk.signal(0.0).request.local_no
    desk.filled(no, 500, 11_000, fee=27.5)
    assert desk.account.cash == desk.account.equity == 1_000_000 + 8_000 - 51.0


def test_equity_is_cash_and_every_market_at_its_last_close() -> None:
    desk = Desk(settings(fraction=0.2), instruments=(instrument("A"), instrument("B")))
    desk.hold(20 * UNIT, 10_000, 0)
    desk.hold(100 * UNIT, 2_000, 1)
    desk.bar(11_000, 0)
    assert desk.account.equity == 1_020_000
    desk.bar(1_900, 1)
    assert desk.account.equity == 1_010_000
    assert desk.account.equity_peak == 1_020_000
    assert metric(desk, Metric.DRAWDOWN) == pytest.approx(1 - 1_010_000 / 1_020_000)


def test_a_fill_before_the_first_bar_is_marked_at_its_price() -> None:
    desk = Desk(settings(units=1))
    desk.bar(10_000)
    no = desk.signal(1.0).request.local_no
    desk.position().mark_u = 0
    desk.filled(no, 100, 9_000)
    assert (desk.position().mark_u, desk.account.equity) == (9_000, 1_000_000)


def test_equity_does_not_drift() -> None:
    """After any number of moves it is what a new sum says."""
    desk = Desk(settings(units=3))
    desk.hold(300, 10_000)
    for i in range(1_000):
        desk.bar(10_000 + i * 7919 % 977)
    assert desk.account.equity == desk.account.cash + 3.0 * desk.position().mark_u


# --- The trading day --------------------------------------------------------------------------


def day_end_ns(desk: Desk) -> int:
    return int(desk.account.day_end_ns)


def test_a_day_ends_at_midnight_in_korea() -> None:
    desk = Desk()
    assert day_end_ns(desk) == START_NS + 15 * NS_PER_HOUR
    desk.bar(10_000, minutes=KST_MIDNIGHT)
    assert day_end_ns(desk) == START_NS + 15 * NS_PER_HOUR, "this bar is the last of the day"
    desk.bar(10_000)
    assert day_end_ns(desk) == START_NS + 39 * NS_PER_HOUR


def test_another_offset_moves_midnight() -> None:
    desk = Desk(settings(day_utc_offset_hours=-5))
    assert day_end_ns(desk) == START_NS + 5 * NS_PER_HOUR


def test_a_days_loss_counts_from_its_boundary() -> None:
    desk = Desk(settings(fraction=0.5))
    desk.hold(50 * UNIT, 10_000)
    desk.bar(9_000, minutes=KST_MIDNIGHT)  # the last bar of the first day
    assert metric(desk, Metric.DAY_LOSS) == pytest.approx(0.05)
    desk.bar(9_000)
    assert metric(desk, Metric.DAY_LOSS) == NOTHING
    desk.bar(8_500)
    assert metric(desk, Metric.DAY_LOSS) == pytest.approx(25_000 / 950_000)
    desk.bar(8_500, minutes=3 * 24 * 60)  # days without a bar
    assert metric(desk, Metric.DAY_LOSS) == NOTHING
    assert (day_end_ns(desk) - START_NS - 15 * NS_PER_HOUR) % NS_PER_DAY == 0
    assert desk.now_ns <= day_end_ns(desk) < desk.now_ns + NS_PER_DAY


def test_a_gap_over_midnight_is_a_loss_of_the_new_day() -> None:
    desk = Desk(settings(fraction=0.5))
    desk.hold(50 * UNIT, 10_000)
    desk.bar(9_000, minutes=KST_MIDNIGHT + 1)
    assert metric(desk, Metric.DAY_LOSS) == pytest.approx(0.05)
    assert desk.account.equity_day_start == 1_000_000


def test_days_before_1970_are_days() -> None:
    desk = Desk(now_ns=-10 * NS_PER_DAY)
    assert day_end_ns(desk) == -10 * NS_PER_DAY + 15 * NS_PER_HOUR
    desk.bar(10_000, minutes=KST_MIDNIGHT + 1)
    assert day_end_ns(desk) == -9 * NS_PER_DAY + 15 * NS_PER_HOUR


def test_a_restart_in_the_middle_of_a_day_keeps_it() -> None:
    desk = Desk(settings(fraction=0.5, day_loss_max=0.03))
    desk.hold(50 * UNIT, 10_000)
    desk.bar(9_000)
    assert desk.fired(Metric.DAY_LOSS).on
    desk.start()
    desk.bar(9_000)
    assert metric(desk, Metric.DAY_LOSS) == pytest.approx(0.05)
    assert desk.fired(Metric.DAY_LOSS).on
    assert desk.account.equity_day_start == 1_000_000


def test_before_the_first_bar_nothing_is_lost() -> None:
    desk = Desk(settings(day_loss_max=0.01, drawdown_max=0.01))
    desk.external(quote=5_000.0)
    desk.external(quote=-5_000.0)
    assert metric(desk, Metric.DAY_LOSS) == metric(desk, Metric.DRAWDOWN) == NOTHING
    assert not desk.fired(Metric.DAY_LOSS).count


def test_with_no_equity_all_is_lost() -> None:
    desk = Desk(settings(drawdown_max=1.0, day_loss_max=1.0, fraction=1.0))
    desk.hold(100 * UNIT, 10_000)
    desk.bar(1)
    assert not desk.fired(Metric.DRAWDOWN).on
    desk.external(quote=-100.0)
    assert desk.account.equity == 0.0
    assert desk.fired(Metric.DRAWDOWN).on and desk.fired(Metric.DAY_LOSS).on
    assert desk.signal(0.5).decisions[0].reason != Reason.SIGNAL_ENTRY


# --- Transfers --------------------------------------------------------------------------------


@pytest.mark.parametrize("quote", [-200_000.0, 200_000.0])
def test_a_transfer_is_neither_gain_nor_loss(quote: float) -> None:
    desk = Desk(settings(fraction=0.5, day_loss_max=0.11, drawdown_max=0.11))
    desk.hold(50 * UNIT, 10_000)
    desk.bar(8_000)
    assert metric(desk, Metric.DRAWDOWN) == pytest.approx(0.1)
    assert desk.external(quote=quote).nothing
    assert desk.account.equity == 900_000 + quote
    expected = 100_000 / (1_000_000 + quote)
    assert metric(desk, Metric.DRAWDOWN) == pytest.approx(expected)
    assert metric(desk, Metric.DAY_LOSS) == pytest.approx(expected)


def test_coins_that_come_in_count_at_their_price() -> None:
    desk = Desk()
    desk.bar(10_000)
    desk.external(size_u=5 * UNIT)
    assert desk.account.equity == desk.account.equity_peak == 1_050_000
    assert desk.account.equity_day_start == 1_050_000
    assert desk.position().size_u == 5 * UNIT
    desk.bar(9_000)
    assert metric(desk, Metric.DRAWDOWN) == pytest.approx(5_000 / 1_050_000)


def test_a_balance_that_agrees_changes_nothing_and_another_halts() -> None:
    desk = Desk()
    desk.hold(5 * UNIT, 10_000)
    desk.balance(5 * UNIT)
    assert not desk.halted
    desk.balance(5 * UNIT - 1)
    assert desk.halted
    assert desk.position().size_u == 5 * UNIT, "the desk's own count is not overwritten"
