"""What keeps nobody from leaving: unknown fates, gaps; and what does not close a position."""

from typing import Any

import pytest

from sigma_cli.domain.facts import FactKind
from sigma_cli.domain.orders import Phase
from sigma_cli.domain.units import NS_PER_S
from sigma_cli.kernels.desk import standing
from tests.kernels.desk.tick_desk import TickDesk
from tests.kernels.harness import instrument

LADDER: dict[str, Any] = {"ladder_slip": (0.005, 0.015), "ladder_ns": (NS_PER_S, 2 * NS_PER_S)}
RESTS: dict[str, Any] = {"target_ticks": 20, "target_rests": True}

# --- A target of unknown fate -----------------------------------------------------------------


@pytest.mark.parametrize("emergency", [False, True])
def test_a_target_of_unknown_fate_keeps_nobody_from_selling(emergency: bool) -> None:
    desk = TickDesk(stop_ticks=5, **RESTS)
    desk.hold()
    assert desk.fact(FactKind.UNKNOWN, 2) == []
    reason = "emergency" if emergency else "exit_stop"
    if emergency:
        desk.charge(standing.LIQUIDATE)
    asked = desk.timer() if emergency else desk.quote(5_000, 5_010)
    assert asked == ["2 cancel protection_moved", f"3 sell market x 100 {reason}"]
    assert desk.filled(2, 100, 10_011) == [], "it had been reached"
    assert desk.fact(FactKind.REFUSED, 3) == []
    assert (desk.held_u, int(desk.trip.phase)) == (0, Phase.FLAT)


def test_a_target_that_is_gone_for_certain_is_waited_for() -> None:
    desk = TickDesk(stop_ticks=5, **RESTS)
    desk.hold()
    desk.fact(FactKind.UNKNOWN, 2)
    desk.fact(FactKind.ACCEPTED, 2)
    assert desk.quote(9_980, 9_981) == ["2 cancel protection_moved"]
    assert desk.cancelled(2) == ["3 sell market x 100 exit_stop"]


# --- Without a book ---------------------------------------------------------------------------


def test_in_a_gap_the_last_trade_says_what_a_position_is_worth() -> None:
    desk = TickDesk(stop_ticks=3)
    desk.hold()
    desk.gap()
    assert desk.trade(9_990) == []
    assert desk.trade(9_000) == ["2 sell market x 100 exit_stop"]
    position, account = desk.state[0].positions[0], desk.state[0].account
    assert position.value == pytest.approx(9_000.0)
    assert account.equity == pytest.approx(1e6 - 991.0)


def test_with_a_book_a_trade_says_nothing_of_that() -> None:
    desk = TickDesk(stop_ticks=3)
    desk.hold()
    assert desk.trade(9_000) == []
    assert desk.state[0].positions[0].value == pytest.approx(9_990.0)
    desk.gap()
    desk.quote(9_990, 10_000)
    assert desk.trade(9_000) == []


@pytest.mark.parametrize("crossed", [False, True])
def test_time_is_over_though_no_bid_is_known(crossed: bool) -> None:
    desk = TickDesk(stop_ticks=3, hold_ns=5 * NS_PER_S)
    desk.hold()
    if crossed:
        assert desk.quote(10_000, 9_990) == []
    else:
        desk.gap()
    assert desk.timer(6_000) == ["2 sell market x 100 exit_time"]


def test_without_a_book_the_ladder_counts_from_the_last_trade() -> None:
    desk = TickDesk(stop_ticks=3, **LADDER)
    desk.hold()
    desk.gap()
    assert desk.trade(9_000) == ["2 sell limit 8955 x 100 ioc exit_stop"]


def test_without_an_ask_nothing_rests_there() -> None:
    desk = TickDesk(hold_ns=5 * NS_PER_S, exit_wait_ns=10 * NS_PER_S, **LADDER)
    desk.hold()
    desk.gap()
    assert desk.timer(6_000) == ["2 sell limit 9940 x 100 ioc exit_time"]


def test_in_a_gap_nothing_is_entered_or_asked_for_anew() -> None:
    desk = TickDesk(entry_enough=0.5, requotes=1)
    desk.quote(9_990, 10_000)
    desk.filled(1, 60, 9_991)
    desk.gap()
    desk.timer(1_001)
    assert desk.cancelled(1) == []
    assert int(desk.trip.phase) == Phase.HOLDING


def test_a_target_that_finds_no_room_is_watched() -> None:
    desk = TickDesk(**RESTS)
    desk.hold()
    assert desk.cancelled(2) == []
    desk.full(True)
    desk.charge(standing.TRIM)
    assert (desk.timer(), desk.due) == ([], 0)
    desk.full(False)
    (asked,) = desk.quote(10_011, 10_012)
    assert asked.endswith(" sell market x 100 exit_target")


def test_nothing_rests_any_more_once_it_is_urgent() -> None:
    for emergency in (False, True):
        desk = TickDesk(hold_ns=5 * NS_PER_S, exit_wait_ns=10 * NS_PER_S, stop_ticks=5, **RESTS)
        desk.hold()
        assert desk.timer(6_000) == ["2 cancel protection_moved"]
        if emergency:
            desk.charge(standing.LIQUIDATE)
            assert desk.timer() == []
        else:
            assert desk.quote(9_980, 9_981) == []
        reason = "emergency" if emergency else "exit_stop"
        assert desk.cancelled(2) == [f"3 sell market x 100 {reason}"]


# --- Not inside the cost of a round trip ------------------------------------------------------


def test_a_target_lies_beyond_the_cost_of_a_round_trip() -> None:
    desk = TickDesk(target=0.0002, one=instrument(value_min="1000", fee="0.0005"))
    desk.hold()
    assert desk.quote(10_000, 10_002) == [], (
        "less than 9,991 x 1.0005 / 0.9995, which is 10,000.995"
    )
    assert desk.quote(10_001, 10_002) == ["2 sell limit 10001 x 100 ioc exit_target"]


def test_a_target_that_rests_does_so_as_well() -> None:
    one = instrument(value_min="1000", fee="0.0005", tick="5")
    desk = TickDesk(target=0.0002, target_rests=True, one=one)
    desk.quote(9_990, 10_000)
    desk.sell_off()
    assert desk.filled(1, 100, 9_990) == ["2 sell limit 10000 x 100 exit_target"]


def test_a_wider_target_stays_where_it_is() -> None:
    one = instrument(value_min="1000", fee="0.0005")
    desk = TickDesk(target=0.005, target_rests=True, one=one)
    desk.quote(9_990, 10_000)
    desk.sell_off()
    assert desk.filled(1, 100, 9_991) == ["2 sell limit 10041 x 100 exit_target"]


def test_a_target_that_was_lost_again_is_waited_for() -> None:
    desk = TickDesk(target=0.001, exit_wait_ns=300_000_000, stop=0.01, **LADDER)
    desk.hold()
    assert desk.quote(10_001, 10_003) == ["2 sell limit 10003 x 100 exit_target"]
    desk.quote(9_995, 9_997)
    assert desk.timer(301) == ["2 cancel exit_waited"]
    assert desk.cancelled(2) == [], "at the market it would be closed inside its costs"
    assert (int(desk.trip.phase), desk.held_u) == (Phase.HOLDING, 100)
    assert desk.quote(10_005, 10_007) == ["3 sell limit 10007 x 100 exit_target"]
    assert desk.timer(301) == ["3 cancel exit_waited"]
    assert desk.cancelled(3) == ["4 sell limit 10001 x 100 ioc exit_target"]
    desk.quote(9_800, 9_810)
    assert desk.cancelled(4) == ["5 sell limit 9751 x 100 ioc exit_stop"]


# --- A target rests no longer than its time ---------------------------------------------------


def test_a_target_is_asked_for_anew_when_its_time_is_over() -> None:
    desk = TickDesk(ttl_ns=60 * NS_PER_S, **RESTS)
    desk.quote(9_990, 10_000)
    desk.sell_off()
    assert desk.filled(1, 100, 9_991) == ["2 sell limit 10011 x 100 exit_target"]
    assert desk.outbox[0].requests[0].expires_ns == desk.now_ns + 60 * NS_PER_S
    desk.timer(60_000)
    assert desk.cancelled(2) == ["3 sell limit 10011 x 100 exit_target"]
    assert desk.outbox[0].requests[0].expires_ns == desk.now_ns + 60 * NS_PER_S


def test_one_that_was_taken_away_before_is_not() -> None:
    desk = TickDesk(ttl_ns=60 * NS_PER_S, **RESTS)
    desk.hold()
    desk.timer(30_000)
    assert desk.cancelled(2) == []


def test_a_target_exit_of_unknown_fate_that_is_filled_ends_the_trip() -> None:
    desk = TickDesk(target=0.001, stop=0.01)
    desk.hold()
    assert desk.quote(10_001, 10_003) == ["2 sell limit 10001 x 100 ioc exit_target"]
    desk.quote(9_990, 10_000)
    assert desk.fact(FactKind.UNKNOWN, 2) == ["2 cancel protection_moved"]
    assert int(desk.trip.phase) == Phase.HOLDING
    assert desk.filled(2, 100, 10_001) == []
    assert int(desk.trip.phase) == Phase.FLAT


def test_what_somebody_took_while_a_target_was_sold_ends_the_trip() -> None:
    desk = TickDesk(target=0.001)
    desk.hold()
    desk.quote(10_001, 10_003)
    desk.quote(9_990, 10_000)
    desk.fact(FactKind.EXTERNAL, 0, size_u=-95)
    assert desk.cancelled(2) == []
    assert (int(desk.trip.phase), desk.held_u) == (Phase.FLAT, 5)
