"""What a desk on ticks does when things go wrong: nothing is held without a way out."""

from typing import Any

import pytest

from sigma_cli.domain.facts import FactKind
from sigma_cli.domain.orders import Phase
from sigma_cli.domain.policies import Policy
from sigma_cli.domain.switches import Action, Metric
from sigma_cli.domain.units import NS_PER_S
from sigma_cli.kernels.desk import standing, switchboard
from tests.kernels.desk.tick_desk import TickDesk

LADDER: dict[str, Any] = {"ladder_slip": (0.005, 0.015), "ladder_ns": (NS_PER_S, 2 * NS_PER_S)}


@pytest.mark.parametrize("by_fill", [False, True])
def test_a_loss_trips_its_switch_however_it_comes(by_fill: bool) -> None:
    desk = TickDesk(stop_ticks=5_000)
    row = desk.params[0].switches[0]
    row.action, row.metric, row.limit = Action.LIQUIDATE | Action.HALT, Metric.DRAWDOWN, 0.0005
    row.comparison, row.latch = 1, 2
    desk.params[0].equity_rows = desk.params[0].order_rows = desk.params[0].switch_rows = 1
    desk.params[0].market_rows = desk.params[0].closed_rows = 1
    switchboard.look_at_equity(desk.state[0], desk.params[0])
    desk.quote(9_990, 10_000)
    desk.accepted(1)
    desk.sell_off()
    asked = desk.filled(1, 100, 9_991, fee=900.0 if by_fill else 0.0)
    if not by_fill:
        asked = desk.quote(9_000, 9_010)
    assert [line.split()[1] for line in asked] == ["sell"]
    assert desk.state[0].halted == 1
    assert desk.state[0].firings.count == 1


def test_a_late_fill_of_a_cancelled_entry_is_held_and_guarded() -> None:
    desk = TickDesk(stop_ticks=3)
    desk.quote(9_990, 10_000)
    desk.accepted(1)
    desk.sell_off()
    desk.timer(2_000)
    desk.cancelled(1)
    assert desk.state[0].open_trips == 0
    desk.filled(1, 100, 9_991)
    assert (int(desk.trip.phase), int(desk.state[0].open_trips)) == (Phase.HOLDING, 1)
    assert desk.quote(9_900, 9_910) == ["2 sell market x 100 exit_stop"]


def test_what_was_bought_while_the_stop_was_sold_is_sold_as_well() -> None:
    desk = TickDesk(stop_ticks=3)
    desk.quote(9_990, 10_000)
    desk.accepted(1)
    desk.sell_off()
    desk.filled(1, 60, 9_991)
    assert desk.quote(9_900, 9_910) == [
        "1 cancel protection_moved",
        "2 sell market x 60 exit_stop",
    ]
    desk.filled(2, 60, 9_900)
    assert desk.filled(1, 40, 9_991) == ["3 sell market x 40 exit_stop"]


def test_an_exit_that_rests_makes_way_for_the_stop() -> None:
    desk = TickDesk(stop_ticks=3, hold_ns=5 * NS_PER_S, exit_wait_ns=3_600 * NS_PER_S)
    desk.hold()
    assert desk.timer(6_000) == ["2 sell limit 10000 x 100 exit_time"]
    desk.accepted(2)
    assert desk.quote(5_000, 5_010) == ["2 cancel protection_moved"]
    assert desk.cancelled(2) == ["3 sell market x 100 exit_stop"]


def test_an_emergency_does_not_wait_for_an_exit_that_rests() -> None:
    desk = TickDesk(hold_ns=5 * NS_PER_S, exit_wait_ns=3_600 * NS_PER_S)
    desk.hold()
    desk.timer(6_000)
    desk.accepted(2)
    desk.charge(standing.LIQUIDATE)
    assert desk.timer() == ["2 cancel protection_moved"]
    assert desk.cancelled(2) == ["3 sell market x 100 emergency"]


def test_an_emergency_waits_for_what_may_still_be_bought() -> None:
    desk = TickDesk(stop_ticks=5_000)
    desk.quote(9_990, 10_000)
    desk.charge(standing.CANCEL | standing.LIQUIDATE)
    desk.state[0].halted = 1
    assert desk.timer() == ["1 cancel switched_off"]
    assert desk.filled(1, 100, 9_991) == ["2 sell market x 100 emergency"]
    desk.filled(2, 100, 9_990)
    desk.timer()
    assert (desk.held_u, int(desk.state[0].alarm.due)) == (0, 0)


def test_an_emergency_ends_the_position_of_a_strategy_of_bars() -> None:
    desk = TickDesk(policy=Policy.NONE)
    desk.quote(9_990, 10_000)
    assert len(desk.signal(1.0)) == 1
    desk.accepted(1)
    desk.filled(1, 40, 10_000)
    desk.charge(standing.LIQUIDATE)
    asked = desk.timer() + desk.filled(1, 60, 10_000) + desk.timer()
    assert asked == ["2 sell market x 100 emergency"]


def test_the_end_of_a_target_that_was_called_back_lost_is_asked_for_again() -> None:
    desk = TickDesk(stop_ticks=3, target_ticks=3, target_rests=True)
    desk.quote(9_990, 10_000)
    desk.accepted(1)
    desk.sell_off()
    desk.filled(1, 100, 9_991)
    assert desk.quote(9_900, 9_910) == ["2 cancel protection_moved"]
    asked = desk.fact(FactKind.UNKNOWN, 2)
    asked += desk.fact(FactKind.ACCEPTED, 2) + desk.timer(1_000)
    assert "3 sell market x 100 exit_stop" in asked


def test_an_exit_of_unknown_fate_keeps_nobody_from_selling() -> None:
    desk = TickDesk(stop_ticks=3)
    desk.hold()
    assert desk.quote(9_000, 9_010) == ["2 sell market x 100 exit_stop"]
    asked = desk.fact(FactKind.UNKNOWN, 2) + desk.quote(8_000, 8_010)
    assert "3 sell market x 100 exit_stop" in asked


def test_a_limit_that_the_venue_would_find_too_small_is_not_tried() -> None:
    desk = TickDesk(stop_ticks=3, **LADDER)
    desk.hold()
    rules = desk.state[0].positions[0].rules
    rules.value_min = 100 * 9_987 * rules.price_scale * rules.size_scale * 0.999
    assert desk.quote(9_987, 9_990) == ["2 sell market x 100 exit_stop"]


def test_nothing_is_asked_for_twice_at_one_moment() -> None:
    desk = TickDesk(stop_ticks=3)
    desk.hold()
    desk.quote(9_000, 9_010)
    assert desk.fact(FactKind.CANCELLED, 2, after_ms=0) == []
    assert desk.timer() == ["3 sell market x 100 exit_stop"]


def test_a_time_stop_rests_though_a_target_rested() -> None:
    desk = TickDesk(
        target_ticks=3, target_rests=True, hold_ns=5 * NS_PER_S, exit_wait_ns=10 * NS_PER_S
    )
    desk.quote(9_990, 10_000)
    desk.accepted(1)
    desk.sell_off()
    desk.filled(1, 100, 9_991)
    desk.accepted(2)
    assert desk.timer(6_000) == ["2 cancel protection_moved"]
    assert desk.cancelled(2) == ["3 sell limit 10000 x 100 exit_time"]


def test_an_entry_that_a_switch_called_back_is_not_taken_at_once() -> None:
    desk = TickDesk(entry_slip_max=0.005, entry_wait_ns=10 * NS_PER_S)
    desk.quote(9_990, 10_000)
    desk.accepted(1)
    desk.filled(1, 20, 9_991)
    desk.charge(standing.CANCEL)
    assert desk.timer() == ["1 cancel switched_off"]
    assert desk.cancelled(1) == []
    assert int(desk.trip.phase) == Phase.HOLDING


def test_an_emergency_lasts_until_no_fate_is_unknown() -> None:
    desk = TickDesk(stop_ticks=5_000)
    desk.quote(9_990, 10_000)
    desk.filled(1, 60, 9_991)
    desk.fact(FactKind.UNKNOWN, 1)
    desk.charge(standing.CANCEL | standing.LIQUIDATE)
    desk.state[0].halted = 1
    assert desk.timer() == ["1 cancel switched_off", "2 sell market x 60 emergency"]
    desk.filled(2, 60, 9_990)
    desk.timer(60_000)
    assert (desk.held_u, desk.due) == (0, 1)
    assert desk.filled(1, 40, 9_991) == ["3 sell market x 40 emergency"]
    desk.filled(3, 40, 9_990)
    desk.timer()
    assert (desk.held_u, desk.due) == (0, 0)


def test_an_emergency_lasts_while_a_buy_that_was_called_back_works() -> None:
    desk = TickDesk(stop_ticks=5)
    desk.quote(9_990, 10_000)
    desk.filled(1, 60, 9_991)
    desk.sell_off()
    desk.quote(9_980, 9_981)
    desk.charge(standing.CANCEL | standing.LIQUIDATE)
    desk.state[0].halted = 1
    desk.fact(FactKind.EXTERNAL, 0, size_u=-60)
    desk.fact(FactKind.REFUSED, 2)
    desk.timer()
    assert (int(desk.trip.phase), desk.due) == (Phase.FLAT, 1)
    assert desk.filled(1, 20, 9_991) == ["3 sell market x 20 emergency"]
    desk.filled(3, 20, 9_980)
    desk.cancelled(1)
    desk.timer()
    assert (desk.held_u, desk.due) == (0, 0)
