"""What the desk asked for and did not get: room, answers, the end of an order that was given up."""

from typing import Any

from sigma_cli.domain.dtypes.bounds import REQUESTS_MAX
from sigma_cli.domain.facts import FactKind
from sigma_cli.domain.orders import OrderState, Phase, Role
from sigma_cli.domain.requests import Reason, Side
from sigma_cli.domain.units import NS_PER_MS, NS_PER_S
from sigma_cli.kernels.desk import chores, leaving, standing
from tests.kernels.desk.tick_desk import TickDesk

RESTS: dict[str, Any] = {"exit_wait_ns": 10 * NS_PER_S, "stop_ticks": 5, "hold_ns": NS_PER_S}


def records(desk: TickDesk) -> tuple[Any, Any, Any]:
    """The records that a room takes, the outbox full."""
    desk.outbox[0].request_count = REQUESTS_MAX
    return desk.state[0], desk.params[0], desk.outbox[0]


def test_a_resting_exit_that_could_not_be_called_back_is_called_back_later() -> None:
    desk = TickDesk(**RESTS)
    desk.hold()
    assert desk.timer(1_100) == ["2 sell limit 10000 x 100 exit_time"]
    desk.accepted(2)
    desk.trip.bid_u = 9_000
    leaving.leave(*records(desk), 0, Reason.EXIT_STOP)
    assert desk.quote(9_000, 9_001) == ["2 cancel protection_moved"]
    assert desk.cancelled(2) == ["3 sell market x 100 exit_stop"]


def test_an_entry_that_could_not_be_called_off_is_called_off_later() -> None:
    desk = TickDesk(entry_wait_ns=3_600 * NS_PER_S)
    desk.quote(9_990, 10_000)
    desk.accepted(1)
    desk.charge(standing.CANCEL)
    chores.do(*records(desk))
    assert desk.timer() == ["1 cancel switched_off"]


def test_an_order_that_was_given_up_is_cancelled_whenever_it_turns_up() -> None:
    desk = TickDesk(stop_ticks=5, exit_wait_ns=0)
    desk.hold()
    assert desk.quote(9_980, 9_981) == ["2 sell market x 100 exit_stop"]
    again = ["2 cancel protection_moved", "3 sell market x 100 exit_stop"]
    assert desk.fact(FactKind.UNKNOWN, 2) == again
    assert desk.fact(FactKind.UNKNOWN, 2) == [], "that may be lost as well"
    assert desk.fact(FactKind.ACCEPTED, 2) == ["2 cancel protection_moved"]


def test_a_trip_ends_once_though_its_target_comes_back() -> None:
    desk = TickDesk(target_ticks=20, target_rests=True)
    desk.hold()
    desk.accepted(2)
    desk.fact(FactKind.EXTERNAL, 0, size_u=-100)
    desk.state[0].orders["local_no"][5] = 5  # an order that was given up ends,
    desk.state[0].orders["role"][5], desk.state[0].orders["side"][5] = Role.ENTRY, Side.BUY
    desk.state[0].orders["state"][5] = OrderState.OPEN
    assert desk.cancelled(5) == ["2 cancel protection_moved"], "and finds nothing held"
    assert (int(desk.trip.phase), int(desk.state[0].open_trips)) == (Phase.FLAT, 0)
    desk.cancelled(2)
    assert int(desk.state[0].open_trips) == 0


def test_time_is_over_though_the_rest_of_an_entry_goes_on_resting() -> None:
    desk = TickDesk(entry_enough=0.5, hold_ns=2 * NS_PER_S, entry_wait_ns=100 * NS_PER_MS)
    desk.quote(9_990, 10_000)
    desk.accepted(1)
    desk.filled(1, 60, 9_991)
    assert desk.timer(1_900) == []
    assert desk.timer(200) == ["1 cancel protection_moved", "2 sell market x 60 exit_time"]


def test_what_came_after_all_rests_its_target() -> None:
    desk = TickDesk(target_ticks=20, target_rests=True)
    desk.quote(9_990, 10_000)
    desk.accepted(1)
    desk.sell_off()
    desk.timer(2_000)
    desk.cancelled(1)
    assert desk.filled(1, 100, 9_991) == ["2 sell limit 10011 x 100 exit_target"]


def test_a_later_step_of_the_ladder_is_written_down() -> None:
    desk = TickDesk(stop_ticks=5, ladder_slip=(0.005, 0.015), ladder_ns=(NS_PER_S, 2 * NS_PER_S))
    desk.hold()
    desk.quote(9_980, 9_981)
    assert ("exit_ladder", 1.0, 0.015) not in desk.decided()
    desk.now_ns += NS_PER_S
    desk.cancelled(2)
    assert ("exit_ladder", 1.0, 0.015) in desk.decided()
    desk.now_ns += NS_PER_S
    desk.cancelled(3)
    assert ("exit_ladder", 2.0, float("inf")) in desk.decided()


def test_an_entry_that_is_stopped_out_has_slipped_as_well() -> None:
    desk = TickDesk(stop_ticks=5)
    desk.quote(9_990, 10_000)
    desk.accepted(1)
    desk.filled(1, 50, 9_991)
    assert int(desk.state[0].memory.entries) == 0
    desk.quote(9_980, 9_981)
    assert int(desk.state[0].memory.entries) == 1
