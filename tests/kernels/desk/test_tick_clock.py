"""Where a policy decides by the clock: who is first, who may enter, whose score has turned."""

import math
from typing import Any

import pytest

from sigma_cli.domain.facts import FactKind
from sigma_cli.domain.orders import Phase
from sigma_cli.domain.policies import Policy
from sigma_cli.domain.requests import Reason, Side
from sigma_cli.domain.units import NS_PER_HOUR, NS_PER_S
from tests.kernels.desk.tick_desk import TickDesk
from tests.kernels.harness import instrument

CLOCK: dict[str, Any] = {"every_ns": NS_PER_S, "target": 0.01}


def on_the_second(desk: TickDesk) -> list[str]:
    """Let the timer of the next whole second enter."""
    return desk.timer((NS_PER_S - desk.now_ns % NS_PER_S) / 1e6)


def less_wanted(desk: TickDesk, market: int, sales: int) -> None:
    """Let some be sold in a market: its score falls below that of the others."""
    for _ in range(sales):
        desk.trade(9_990, side=Side.SELL, market=market)


# --- Who is served first ----------------------------------------------------------------------


def test_candidates_are_served_by_what_is_expected() -> None:
    desk = TickDesk(markets=3, slots=2, **CLOCK)
    less_wanted(desk, 0, 4)
    less_wanted(desk, 2, 2)
    for market in range(3):
        desk.quote(9_990, 10_000, market=market)
    asked = on_the_second(desk)
    assert [int(row.market) for row in desk.outbox[0].requests[: len(asked)]] == [1, 2]
    assert desk.decided()[-1] == ("slots", 2.0, 2.0)
    assert desk.refusals(Reason.SLOTS) == 1


def test_of_equals_the_first_market_is_served() -> None:
    desk = TickDesk(markets=3, slots=1, **CLOCK)
    for market in range(3):
        desk.quote(9_990, 10_000, market=market)
    on_the_second(desk)
    assert desk.outbox[0].requests[0].market == 0
    assert desk.refusals(Reason.SLOTS) == 2


def test_what_waits_for_nobody_is_asked_once_a_second() -> None:
    desk = TickDesk(slots=0, **CLOCK)
    desk.quote(9_990, 10_000)
    for _ in range(25):
        desk.timer()
    assert desk.refusals(Reason.SLOTS) in (2, 3)


def test_the_second_that_has_just_ended_counts() -> None:
    flow = {"policy": Policy.SCALPER, "weights": (0.0, 0.0, 0.0, 1.0), "hours": 1}
    desk = TickDesk(**{**CLOCK, **flow})
    for _ in range(15):
        on_the_second(desk)
        desk.quote(9_990, 10_000)
        desk.trade(10_000)
    on_the_second(desk)
    desk.params[0].plans[0].hours = 0
    for _ in range(50):
        desk.trade(9_990, size_u=1_000, side=Side.SELL)
    desk.quote(9_990, 10_000, after_ms=900)
    assert on_the_second(desk) == [], "all was sold in the second before"
    assert desk.minds[0].head == desk.now_ns // NS_PER_S


def test_where_nothing_is_expected_the_score_says_who_is_first() -> None:
    desk = TickDesk(markets=2, slots=1, **{**CLOCK, "target": 0.0})
    less_wanted(desk, 0, 4)
    for market in range(2):
        desk.quote(9_990, 10_000, market=market)
    on_the_second(desk)
    assert desk.outbox[0].requests[0].market == 1


def test_markets_of_which_nothing_is_said_are_not_mixed() -> None:
    desk = TickDesk(markets=4, on={"same_scores_min": 3}, **CLOCK)
    for market in range(3):
        less_wanted(desk, market, 25)  # half of the last fifty
    for market in range(4):
        desk.quote(9_990, 10_000, market=market)
    assert on_the_second(desk) == ["1 buy limit 9991 x 100 score"]


def test_the_end_of_a_trip_does_not_hasten_the_next_decision() -> None:
    desk = TickDesk(**{**CLOCK, "every_ns": 10 * NS_PER_S})
    desk.quote(9_990, 10_000)
    desk.timer((10 * NS_PER_S - desk.now_ns % (10 * NS_PER_S)) / 1e6)
    desk.fact(FactKind.REFUSED, 1, after_ms=0)
    assert desk.timer() == []


# --- Who may enter ----------------------------------------------------------------------------


@pytest.mark.parametrize("every_ns", [0, NS_PER_S])
def test_only_what_is_hot_is_entered(every_ns: int) -> None:
    desk = TickDesk(every_ns=every_ns, target=0.01)
    desk.hot(False)
    assert desk.quote(9_990, 10_000) + on_the_second(desk) == []
    assert desk.refusals(Reason.NOT_HOT) > 0
    desk.hot(True)
    assert desk.quote(9_990, 10_000) + on_the_second(desk) == ["1 buy limit 9991 x 100 score"]


def test_what_is_not_hot_any_more_is_not_bought_on() -> None:
    desk = TickDesk(entry_slip_max=0.005)
    desk.quote(9_990, 10_000)
    desk.accepted(1)
    desk.hot(False)
    assert desk.timer(1_100) == ["1 cancel entry_waited"]
    assert desk.cancelled(1) == []
    assert desk.trip.phase == Phase.FLAT


def test_what_is_held_may_leave_though_it_is_not_hot() -> None:
    desk = TickDesk(stop_ticks=3)
    desk.hold()
    desk.hot(False)
    assert desk.quote(9_980, 9_981) == ["2 sell market x 100 exit_stop"]


def test_hours_are_those_of_the_trading_days_zone() -> None:
    desk = TickDesk(hours=1 << 9)
    desk.params[0].day_offset_ns = desk.now_ns + 2_000_000 - 9 * NS_PER_HOUR  # 09:00 comes in 2 ms
    assert desk.quote(9_990, 10_000) == []
    assert desk.decided() == [("hours", 8.0, 0.0)]
    assert desk.quote(9_990, 10_000) == ["1 buy limit 9991 x 100 score"]


# --- Whose score has turned -------------------------------------------------------------------


def held(**chosen: Any) -> TickDesk:
    """Hold at 9,991 what is expected to lose all of its target of 1 %."""
    costs = instrument(fee="0.0005", value_min="1000")
    desk = TickDesk(one=costs, **{**CLOCK, "fade": 0.5, **chosen})
    desk.quote(9_990, 10_000)
    assert on_the_second(desk) == ["1 buy limit 9991 x 100 score"]
    desk.accepted(1)
    desk.sell_off()
    desk.filled(1, 100, 9_991)
    return desk


def test_a_gain_is_taken_where_more_is_to_be_lost() -> None:
    desk = held()
    assert desk.quote(10_050, 10_060) == [], "only when a decision is due"
    assert on_the_second(desk) == ["2 sell limit 10001 x 100 ioc exit_expected"]
    assert desk.decided()[0][0] == "exit_expected"


def test_it_is_not_closed_inside_the_cost_of_a_round_trip() -> None:
    desk = held()
    even_u = 9_991 * (1 + 0.0005) / (1 - 0.0005)
    assert int(desk.trip.even_u) == math.floor(even_u) + 1
    desk.quote(int(desk.trip.even_u) - 1, 10_060)
    assert on_the_second(desk) == []
    assert desk.trip.phase == Phase.HOLDING


def test_a_gain_that_was_lost_again_is_waited_for() -> None:
    desk = held()
    desk.quote(10_050, 10_060)
    on_the_second(desk)
    desk.quote(9_995, 10_000)
    assert desk.cancelled(2) == []
    assert desk.trip.phase == Phase.HOLDING


def test_one_that_was_lost_again_rests_its_target_anew() -> None:
    desk = held(target_rests=True)
    assert desk.quote(10_050, 10_060) == []
    assert on_the_second(desk) == ["2 cancel protection_moved"]
    desk.quote(9_995, 10_000)
    assert desk.cancelled(2) == ["3 sell limit 10091 x 100 exit_target"]


@pytest.mark.parametrize("chosen", [{"fade": 0.0}, {"fade": 2.0}])
def test_a_gain_that_is_large_beside_it_is_held(chosen: dict[str, Any]) -> None:
    desk = held(**chosen)
    desk.quote(10_050, 10_060)
    assert on_the_second(desk) == []


def test_while_the_score_holds_a_gain_runs() -> None:
    desk = held()
    for _ in range(50):
        desk.trade(10_060)
    desk.quote(10_050, 10_060)
    assert on_the_second(desk) == []
