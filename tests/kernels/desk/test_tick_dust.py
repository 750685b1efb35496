"""What is worth too little to be sold: it holds no slot, and is sold with the next position."""

import pytest

from sigma_cli.domain.facts import FactKind
from sigma_cli.domain.orders import Phase
from sigma_cli.domain.requests import Reason
from sigma_cli.domain.units import NS_PER_S
from sigma_cli.kernels.desk import dust, standing
from tests.kernels.desk.tick_desk import TickDesk
from tests.kernels.harness import instrument


def holds_dust(size_u: int = 9) -> TickDesk:
    """Return a desk that was left with less than the venue takes."""
    desk = TickDesk(stop_ticks=5, slots=1)
    desk.quote(9_990, 10_000)
    desk.accepted(1)
    desk.sell_off()
    desk.filled(1, size_u, 9_991)
    desk.timer(2_000)
    assert desk.cancelled(1) == []
    assert (desk.trip.phase, desk.held_u) == (Phase.FLAT, size_u)
    return desk


def enter_again(desk: TickDesk, no: int, size_u: int) -> None:
    desk.quote(9_990, 10_000)
    asked = [line for _ in range(50) for line in desk.trade(10_000)]
    assert asked == [f"{no} buy limit 9991 x 100 score"]
    desk.sell_off()
    desk.filled(no, size_u, 9_991)


# --- On the way out ---------------------------------------------------------------------------


def test_what_is_worth_too_little_to_sell_ends_the_trip() -> None:
    desk = TickDesk(stop_ticks=5)
    desk.hold()
    desk.quote(9_980, 9_981)
    desk.filled(2, 92, 9_980)
    assert desk.cancelled(2) == []
    assert (desk.trip.phase, desk.held_u) == (Phase.FLAT, 8)
    assert desk.refusals(Reason.VALUE_MIN) == 1


def test_dust_does_not_end_a_trip_whose_entry_may_yet_be_filled() -> None:
    """It did once: what was filled after it was never sold."""
    desk = TickDesk(stop_ticks=5)
    desk.quote(9_990, 10_000)
    desk.filled(1, 9, 9_991)
    desk.sell_off()
    assert desk.quote(9_980, 9_981) == ["1 cancel protection_moved"]
    assert desk.trip.phase == Phase.LEAVING
    assert desk.timer() == [], "it was called back already"
    assert desk.filled(1, 91, 9_991) == ["2 sell market x 100 exit_stop"]
    desk.filled(2, 100, 9_980)
    assert (desk.trip.phase, desk.held_u) == (Phase.FLAT, 0)


def test_dust_whose_entry_ends_ends_the_trip() -> None:
    desk = TickDesk(stop_ticks=5)
    desk.quote(9_990, 10_000)
    desk.filled(1, 9, 9_991)
    desk.sell_off()
    desk.quote(9_980, 9_981)
    assert desk.cancelled(1) == []
    assert (desk.trip.phase, desk.held_u) == (Phase.FLAT, 9)


@pytest.mark.parametrize("value_min", ["0", "1000"])
def test_a_position_that_somebody_else_took_ends_the_trip(value_min: str) -> None:
    desk = TickDesk(stop_ticks=5, one=instrument(value_min=value_min))
    desk.hold()
    desk.fact(FactKind.EXTERNAL, 0, size_u=-100)
    assert desk.quote(9_980, 9_981) == []
    assert (desk.trip.phase, desk.held_u) == (Phase.FLAT, 0)


def test_a_fact_against_the_life_of_an_order_stops_new_risk() -> None:
    desk = TickDesk()
    desk.hold()
    assert desk.fact(FactKind.ACCEPTED, 1) == []
    assert desk.state[0].halted == 1


def test_what_a_target_left_ends_the_trip() -> None:
    desk = TickDesk(target_ticks=20, target_rests=True, hold_ns=60 * NS_PER_S)
    desk.hold()
    desk.filled(2, 95, 10_011)
    assert desk.cancelled(2) == []
    assert (desk.trip.phase, desk.held_u) == (Phase.FLAT, 5)


def test_dust_is_neither_a_loss_nor_later_a_gain() -> None:
    desk = holds_dust()
    memory = desk.state[0].memory
    assert int(memory.trips) == 0
    enter_again(desk, 2, 100)
    assert desk.quote(9_980, 9_981) == ["3 sell market x 109 exit_stop"]
    desk.filled(3, 109, 9_980)
    scale = desk.state[0].positions[0].rules
    lost = 109 * (9_980 - 9_991) * scale.price_scale * scale.size_scale
    assert memory.gross[0] == pytest.approx(lost)


def test_what_is_left_of_dust_and_more_has_cost_its_share_of_both() -> None:
    desk = holds_dust()
    enter_again(desk, 2, 2)
    assert desk.quote(9_980, 9_981) == ["2 cancel protection_moved", "3 sell market x 11 exit_stop"]
    desk.cancelled(2)
    desk.filled(3, 8, 9_980)
    assert desk.cancelled(3) == []
    memory, scale = desk.state[0].memory, desk.state[0].positions[0].rules
    one = scale.price_scale * scale.size_scale
    assert (int(memory.trips), int(desk.trip.phase), desk.held_u) == (1, Phase.FLAT, 3)
    assert memory.gross[0] == pytest.approx(8 * (9_980 - 9_991) * one)
    assert desk.trip.dust == pytest.approx(3 * 9_991 * one)
    enter_again(desk, 4, 100)
    desk.quote(9_980, 9_981)
    desk.filled(5, 103, 9_980)
    assert memory.gross[1] == pytest.approx(103 * (9_980 - 9_991) * one)


def test_where_somebody_else_gave_back_what_was_sold_nothing_is_booked() -> None:
    desk = TickDesk(stop_ticks=5)
    desk.hold()
    desk.quote(9_980, 9_981)
    desk.filled(2, 95, 9_980)
    desk.state[0].positions[0].rules.value_min = 1e9
    desk.fact(FactKind.EXTERNAL, 0, size_u=95)
    desk.cancelled(2)
    assert (desk.trip.phase, desk.held_u) == (Phase.FLAT, 100)
    assert desk.state[0].memory.trips == 0


# --- On the way in ----------------------------------------------------------------------------


def test_what_could_not_be_sold_with_a_margin_is_dust() -> None:
    for size_u, phase in ((3, Phase.FLAT), (10, Phase.FLAT), (11, Phase.HOLDING)):
        desk = TickDesk(stop=0.008)
        desk.quote(9_990, 10_000)
        desk.sell_off()
        desk.filled(1, size_u, 9_991)
        desk.timer(2_000)
        assert desk.cancelled(1) == []
        open_trips = int(phase == Phase.HOLDING)
        assert (desk.trip.phase, int(desk.state[0].open_trips)) == (phase, open_trips), size_u
        assert desk.held_u == size_u
        assert desk.state[0].memory.entries == 1


def test_dust_counts_towards_the_next_position() -> None:
    desk = holds_dust()
    enter_again(desk, 2, 3)
    desk.timer(2_000)
    assert desk.cancelled(2) == []
    assert (desk.trip.phase, desk.held_u) == (Phase.HOLDING, 12)


def test_while_the_score_holds_what_is_too_little_is_topped_up_once() -> None:
    desk = TickDesk(ttl_ns=60 * NS_PER_S, cooldown_ns=NS_PER_S)
    desk.quote(9_990, 10_000)
    desk.filled(1, 3, 9_991)
    desk.quote(9_992, 10_000)
    assert desk.timer(61_000) == ["1 cancel entry_waited"]
    assert desk.cancelled(1) == ["2 buy limit 9993 x 97 entry_topped_up"]
    assert desk.timer(500) == []
    assert desk.timer(501) == ["2 cancel entry_waited"]
    assert desk.cancelled(2) == []
    assert (desk.trip.phase, desk.held_u) == (Phase.FLAT, 3)


def test_topped_up_it_is_held() -> None:
    desk = TickDesk(stop_ticks=5)
    desk.quote(9_990, 10_000)
    desk.filled(1, 3, 9_991)
    desk.timer(1_001)
    desk.cancelled(1)
    desk.filled(2, 97, 9_991)
    assert (desk.trip.phase, desk.held_u) == (Phase.HOLDING, 100)


def test_it_is_topped_up_by_no_less_than_the_least_order() -> None:
    desk = TickDesk(units=0.15)
    assert desk.quote(9_990, 10_000) == ["1 buy limit 9991 x 15 score"]
    desk.filled(1, 8, 9_991)
    desk.timer(1_001)
    assert desk.cancelled(1) == ["2 buy limit 9991 x 11 entry_topped_up"], "7 are worth 699"


@pytest.mark.parametrize("why", ["a switch stands against it", "it would not earn enough"])
def test_where_nothing_may_be_bought_it_is_not_topped_up(why: str) -> None:
    desk = TickDesk(target=0.01, cooldown_ns=NS_PER_S)
    desk.quote(9_990, 10_000)
    desk.filled(1, 3, 9_991)
    desk.timer(1_001)
    if "switch" in why:
        desk.state[0].halted = 1
    else:
        desk.params[0].threshold.least[0] = 1.0
    assert desk.cancelled(1) == []
    assert (desk.trip.phase, desk.held_u) == (Phase.FLAT, 3)


def test_what_a_switch_called_back_is_not_topped_up() -> None:
    desk = TickDesk(cooldown_ns=NS_PER_S)
    desk.quote(9_990, 10_000)
    desk.filled(1, 3, 9_991)
    desk.charge(standing.CANCEL)
    assert desk.timer() == ["1 cancel switched_off"]
    assert desk.cancelled(1) == []
    assert (desk.trip.phase, desk.held_u) == (Phase.FLAT, 3)


def test_a_late_fill_of_too_little_is_dust() -> None:
    desk = TickDesk(stop_ticks=3)
    desk.quote(9_990, 10_000)
    desk.sell_off()
    desk.timer(2_000)
    desk.cancelled(1)
    desk.filled(1, 3, 9_991)
    assert (int(desk.trip.phase), int(desk.state[0].open_trips)) == (Phase.FLAT, 0)
    desk.filled(1, 97, 9_991)
    assert (int(desk.trip.phase), int(desk.state[0].open_trips)) == (Phase.HOLDING, 1)
    assert desk.quote(9_900, 9_910) == ["2 sell market x 100 exit_stop"]


def test_what_only_a_part_of_a_lot_makes_worth_enough_is_stuck() -> None:
    desk = TickDesk(one=instrument(lot="0.05", value_min="1000"))
    position = desk.state[0].positions[0]
    rules = position.rules
    position.size_u, position.mark = 3 * int(rules.lot_u) - 1, 0.0
    value = float(rules.value_min) / (position.size_u * float(rules.size_scale))
    position.mark = value * 1.01
    assert not dust.is_dust(position.size_u, position.mark, rules)
    assert dust.is_stuck(position)


def test_without_rules_nothing_is_stuck_but_nothing_itself() -> None:
    position = TickDesk(knows_rules=False).state[0].positions[0]
    assert dust.is_stuck(position)
    position.size_u = 1
    assert not dust.is_stuck(position)
