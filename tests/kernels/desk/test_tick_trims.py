"""What a desk on ticks does where a position is too large: it sells what is too much."""

import pytest

from sigma_cli.domain.facts import FactKind
from sigma_cli.domain.orders import Phase
from sigma_cli.domain.policies import Policy
from sigma_cli.domain.requests import Reason
from sigma_cli.domain.switches import Sizer
from sigma_cli.kernels.desk import standing
from tests.kernels.desk.tick_desk import TickDesk
from tests.kernels.harness import instrument


def without_number(asked: list[str]) -> str:
    (line,) = asked
    return line.partition(" ")[2]


def test_a_trim_sells_a_part_of_its_own_market_and_the_trip_goes_on() -> None:
    desk = TickDesk(markets=2, slots=2, stop_ticks=5_000)
    desk.hold()
    desk.quote(9_990, 10_000, market=1)  # the last candidate was the other market's
    desk.trims_above(desk.share / 2)
    desk.charge(standing.TRIM)
    assert desk.timer() == ["3 sell market x 50 trimmed"]
    desk.accepted(3)
    assert desk.filled(3, 50, 9_990) == []
    assert (desk.held_u, int(desk.trip.phase)) == (50, Phase.HOLDING)
    assert desk.trip.got > 0.0


def test_a_trim_calls_a_resting_target_back_first() -> None:
    desk = TickDesk(stop_ticks=5_000, target_ticks=30, target_rests=True)
    desk.quote(9_990, 10_000)
    desk.accepted(1)
    desk.sell_off()
    assert desk.filled(1, 100, 9_991) == ["2 sell limit 10021 x 100 exit_target"]
    desk.trims_above(desk.share / 2)
    desk.charge(standing.TRIM)
    assert desk.timer() == ["2 cancel protection_moved"]
    assert desk.cancelled(2) == ["3 sell market x 50 trimmed"]
    assert desk.filled(3, 50, 9_990) == ["4 sell limit 10021 x 50 exit_target"]


def test_what_would_leave_dust_is_sold_whole() -> None:
    desk = TickDesk(cash=15_000.0, units=1.47, one=instrument(), stop_ticks=5_000)
    assert desk.quote(9_990, 10_000) == ["1 buy limit 9991 x 147 score"]
    desk.filled(1, 147, 9_991)
    desk.trims_above(0.30)
    desk.charge(standing.TRIM)
    assert desk.timer() == ["2 sell market x 147 trimmed"], "46 of them would be worth 4,595"


@pytest.mark.parametrize(
    ("small", "sold"), [(15_000, []), (14_000, ["2 sell market x 147 trimmed"])]
)
def test_of_a_small_account_one_position_may_be_all(small: float, sold: list[str]) -> None:
    desk = TickDesk(cash=15_000.0, units=1.47, one=instrument(), stop_ticks=5_000)
    stakes = desk.params[0].stakes
    stakes.has_small, stakes.small_equity = 1, small
    desk.trims_above(0.30)
    desk.quote(9_990, 10_000)
    desk.params[0].sizer = Sizer.KELLY
    desk.filled(1, 147, 9_991)
    assert desk.timer(2_000) == sold
    assert desk.timer(2_000) == []
    assert desk.due == 0


def test_confidence_knows_no_caps() -> None:
    desk = TickDesk(stop_ticks=5_000)
    desk.hold()
    desk.params[0].sizer = Sizer.CONFIDENCE
    desk.trims_above(desk.share / 2)
    assert desk.timer(2_000) == []


def test_where_too_little_is_too_much_the_least_order_is_sold() -> None:
    desk = TickDesk(stop_ticks=5_000, target_ticks=30, target_rests=True)
    desk.hold()
    desk.trims_above(desk.share * 0.95)
    desk.charge(standing.TRIM)
    desk.timer()
    assert desk.cancelled(2) == ["3 sell market x 11 trimmed"]
    assert desk.filled(3, 11, 9_990) == ["4 sell limit 10021 x 89 exit_target"]


def test_for_a_trim_that_can_not_be_nothing_is_called_back() -> None:
    desk = TickDesk(stop_ticks=5_000, target_ticks=30, target_rests=True)
    desk.hold()
    desk.state[0].positions[0].rules.value_min = 1e9
    desk.trims_above(desk.share / 2)
    desk.charge(standing.TRIM)
    assert desk.timer() == []
    assert (desk.due, desk.refusals(Reason.VALUE_MIN)) == (0, 0)


def test_a_target_that_was_called_back_for_nothing_rests_anew() -> None:
    desk = TickDesk(target_ticks=30, target_rests=True)
    desk.hold()
    desk.trims_above(desk.share / 2)
    desk.charge(standing.TRIM)
    assert desk.timer() == ["2 cancel protection_moved"]
    assert desk.quote(4_900, 4_910) == [], "half the value is not too much any more"
    assert desk.due == 1
    assert desk.cancelled(2) == ["3 sell limit 10021 x 100 exit_target"]
    assert desk.due == 0


def test_a_stop_waits_for_the_trim_that_locks_its_coins() -> None:
    desk = TickDesk(stop_ticks=5)
    desk.hold()
    desk.trims_above(desk.share / 2)
    desk.charge(standing.TRIM)
    assert desk.timer() == ["2 sell market x 50 trimmed"]
    assert desk.quote(9_980, 9_981) == ["2 cancel protection_moved"]
    assert desk.quote(9_979, 9_981) == []
    assert desk.filled(2, 50, 9_980) == ["3 sell market x 50 exit_stop"]
    desk.filled(3, 50, 9_980)
    assert (desk.held_u, int(desk.trip.phase)) == (0, Phase.FLAT)


def test_a_stop_does_not_wait_for_a_trim_of_unknown_fate() -> None:
    desk = TickDesk(stop_ticks=5)
    desk.hold()
    desk.trims_above(desk.share / 2)
    desk.charge(standing.TRIM)
    desk.timer()
    assert desk.fact(FactKind.UNKNOWN, 2) == []
    asked = desk.quote(9_980, 9_981)
    assert asked == ["2 cancel protection_moved", "3 sell market x 100 exit_stop"]
    desk.filled(2, 50, 9_980)
    assert desk.fact(FactKind.REFUSED, 3) == ["4 sell market x 50 exit_stop"]


def test_one_trim_is_at_work_at_a_time() -> None:
    desk = TickDesk(stop_ticks=5_000)
    desk.hold()
    desk.trims_above(desk.share / 2)
    desk.charge(standing.TRIM)
    assert desk.timer() == ["2 sell market x 50 trimmed"]
    desk.charge(standing.TRIM)
    assert desk.timer() == []
    assert desk.filled(2, 50, 9_990) == []
    assert (desk.held_u, desk.due) == (50, 0)


def test_a_trim_that_was_refused_is_not_tried_without_end() -> None:
    desk = TickDesk(stop_ticks=5_000)
    desk.hold()
    desk.trims_above(desk.share / 2)
    desk.charge(standing.TRIM)
    desk.timer()
    assert desk.fact(FactKind.REFUSED, 2) == []
    assert desk.quote(9_989, 10_000) == []
    assert desk.due == 0


def test_a_trim_of_what_is_being_left_is_done() -> None:
    desk = TickDesk(stop_ticks=5)
    desk.hold()
    desk.quote(9_980, 9_981)
    desk.trims_above(desk.share / 2)
    desk.charge(standing.TRIM)
    assert desk.timer() == []
    assert desk.due == 0


def test_what_finds_no_room_is_asked_for_again() -> None:
    desk = TickDesk(stop_ticks=5)
    desk.hold()
    desk.trims_above(desk.share / 2)
    desk.charge(standing.TRIM)
    desk.full(True)
    assert (desk.timer(), desk.due) == ([], 1)
    desk.full(False)
    assert without_number(desk.timer()) == "sell market x 50 trimmed"
    desk.filled(int(desk.trip.target_no), 50, 9_990)
    desk.full(True)
    assert desk.quote(9_980, 9_981) == []
    desk.full(False)
    assert without_number(desk.timer()) == "sell market x 50 exit_stop"


# --- Of a strategy of bars --------------------------------------------------------------------


def strategy_holds() -> TickDesk:
    desk = TickDesk(policy=Policy.NONE)
    desk.quote(9_990, 10_000)
    assert desk.signal(1.0) == ["1 buy market x 100 signal_entry"]
    desk.filled(1, 100, 10_000)
    desk.trims_above(desk.share / 2)
    return desk


def test_a_trim_waits_for_the_exit_of_a_strategy() -> None:
    desk = strategy_holds()
    assert desk.signal(0.0) == ["2 sell market x 100 signal_exit"]
    desk.charge(standing.TRIM)
    assert desk.timer() == []
    assert desk.filled(2, 100, 9_990) == []
    assert (desk.timer(), desk.due) == ([], 0)


def test_a_strategy_sells_the_rest_once_its_trim_has_ended() -> None:
    desk = strategy_holds()
    desk.charge(standing.TRIM)
    assert desk.timer() == ["2 sell market x 50 trimmed"]
    assert desk.signal(0.0) == ["2 cancel signal_reversed"]
    assert desk.filled(2, 50, 9_990) == ["3 sell market x 50 signal_exit"]


def test_a_trim_of_a_strategy_that_finds_no_room_is_asked_for_again() -> None:
    desk = strategy_holds()
    desk.charge(standing.TRIM)
    desk.full(True)
    assert (desk.timer(), desk.due) == ([], 1)
    desk.full(False)
    assert without_number(desk.timer()) == "sell market x 50 trimmed"


def test_a_trim_of_a_strategy_that_can_not_be_is_not_tried_without_end() -> None:
    desk = strategy_holds()
    desk.state[0].positions[0].rules.value_min = 1e9
    desk.charge(standing.TRIM)
    for _ in range(3):
        assert desk.quote(9_990, 10_000) == []
    assert (desk.due, desk.refusals(Reason.VALUE_MIN)) == (0, 0)
