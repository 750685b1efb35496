"""Round trips on ticks: how a market is entered and left, when not, and what dust does."""

from typing import Any

import pytest

from sigma_cli.domain.facts import FactKind
from sigma_cli.domain.orders import Phase
from sigma_cli.domain.requests import Reason, Side
from sigma_cli.domain.units import NS_PER_MS, NS_PER_S
from tests.kernels.desk.tick_desk import TickDesk

MS = NS_PER_MS


# --- Entries ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chosen", "touch", "asked"),
    [
        ({}, (9_990, 10_000), "1 buy limit 9991 x 100 score"),
        ({}, (9_999, 10_000), "1 buy limit 9999 x 100 score"),  # it would reach the ask: it rests
        ({"entry_rests": False}, (9_999, 10_000), "1 buy limit 10000 x 100 score"),
        ({"entry_ticks": 0}, (9_990, 10_000), "1 buy limit 9990 x 100 score"),
        (
            {"entry_from": Side.SELL, "entry_rests": False},
            (9_990, 10_000),
            "1 buy limit 10001 x 100 score",
        ),
        ({"post_only": True}, (9_990, 10_000), "1 buy limit 9991 x 100 post score"),
        ({"units": None}, (9_990, 10_000), "1 buy limit 9991 x 5004 score"),  # half of a million
    ],
)
def test_an_entry_is_a_limit_counted_from_the_touch(
    chosen: dict[str, Any], touch: tuple[int, int], asked: str
) -> None:
    assert TickDesk(**chosen).quote(*touch) == [asked]


def test_a_market_is_entered_once_at_a_time() -> None:
    desk = TickDesk(slots=2)
    assert desk.quote(9_990, 10_000) != []
    assert desk.quote(9_991, 10_000) == []
    assert desk.trade(10_000) == []


def test_decisions_to_enter_may_be_spaced() -> None:
    desk = TickDesk(every_ns=100 * MS)
    assert desk.quote(9_990, 10_000, after_ms=50) == [], "the clock says when"
    assert desk.timer(0) == ["1 buy limit 9991 x 100 score"]
    desk.fact(FactKind.REFUSED, 1)
    assert desk.timer(98) == [], "the next decision is not due"
    assert desk.timer(1) == ["2 buy limit 9991 x 100 score"]


def test_without_score_nothing_is_entered() -> None:
    desk = TickDesk()
    desk.sell_off()
    assert desk.quote(9_990, 10_000) == []


def test_slots_are_for_all_markets() -> None:
    desk = TickDesk(markets=2, slots=1)
    assert desk.quote(9_990, 10_000) == ["1 buy limit 9991 x 100 score"]
    assert desk.quote(9_990, 10_000, market=1) == []
    assert desk.refusals(Reason.SLOTS) == 1
    desk.sell_off()
    desk.cancelled(1)
    assert desk.trade(10_000, market=1) == ["2 buy limit 9991 x 100 score"]


def test_without_rules_or_a_touch_nothing_is_entered() -> None:
    blind = TickDesk(knows_rules=False)
    assert blind.quote(9_990, 10_000) == []
    assert blind.refusals(Reason.NO_RULES) > 0
    desk = TickDesk()
    assert desk.refusals(Reason.NO_PRICE) > 0, "the fiftieth trade came before any quote"
    desk.quote(9_990, 9_990)
    desk.gap()
    assert desk.trade(10_000) == []


def test_an_unknown_order_counts_in_full_until_it_is_known() -> None:
    desk = TickDesk()
    desk.quote(9_990, 10_000)
    assert desk.fact(FactKind.UNKNOWN, 1) == []
    assert desk.state[0].positions[0].unknown == 1
    assert desk.state[0].account.promised > 0
    assert desk.fact(FactKind.RESOLVED, 1) == ["2 buy limit 9991 x 100 score"]
    assert desk.state[0].positions[0].unknown == 0
    desk.fact(FactKind.UNKNOWN, 2)
    assert desk.timer(2_000) == ["2 cancel entry_waited"]
    assert desk.cancelled(2) == ["3 buy limit 9991 x 100 score"]


def test_a_market_with_an_unknown_order_is_not_entered() -> None:
    desk = TickDesk()
    desk.state[0].positions[0].unknown = 1
    assert desk.quote(9_990, 10_000) == []
    assert desk.refusals(Reason.UNKNOWN_ORDER) == 1


def test_a_rest_after_a_loss_is_longer() -> None:
    desk = TickDesk(cooldown_ns=100 * MS, cooldown_loss_ns=500 * MS, stop_ticks=5)
    desk.hold()
    assert desk.quote(9_980, 9_981) == ["2 sell market x 100 exit_stop"]
    desk.filled(2, 100, 9_980)
    assert desk.trip.phase == Phase.FLAT
    for _ in range(50):
        desk.trade(10_000)
    assert desk.quote(9_990, 10_000) == []
    assert desk.refusals(Reason.COOLDOWN) > 0
    assert desk.quote(9_990, 10_000, after_ms=500) == ["3 buy limit 9991 x 100 score"]


def test_on_what_is_too_old_nothing_is_entered() -> None:
    desk = TickDesk(stale_ns=50 * MS)
    assert desk.quote(9_990, 10_000) != []
    desk.timer(49)
    assert desk.fact(FactKind.REFUSED, 1) == ["2 buy limit 9991 x 100 score"]
    assert desk.fact(FactKind.REFUSED, 2) == []
    assert desk.refusals(Reason.STALE) == 1
    assert desk.trade(10_000) == [], "a trade says nothing of the book"
    assert desk.refusals(Reason.STALE) == 2
    assert desk.quote(9_990, 10_000) == ["3 buy limit 9991 x 100 score"]


def test_on_a_book_that_trades_do_not_agree_with_nothing_is_entered() -> None:
    desk = TickDesk(apart_max=0.005)
    desk.trade(10_050)
    assert desk.quote(9_990, 10_000) == []
    assert desk.refusals(Reason.APART) == 1
    desk.trade(9_940)
    assert desk.refusals(Reason.APART) == 2
    assert desk.trade(9_990) == ["1 buy limit 9991 x 100 score"]


# --- What becomes of the rest -----------------------------------------------------------------


def test_an_entry_is_given_up_after_its_wait() -> None:
    desk = TickDesk()
    desk.quote(9_990, 10_000)
    desk.accepted(1)
    desk.sell_off()
    assert desk.timer(949) == []
    assert desk.timer(2) == ["1 cancel entry_waited"]
    assert desk.timer(1) == [], "once"
    assert desk.cancelled(1) == []
    assert desk.trip.phase == Phase.FLAT


def test_what_was_filled_is_held_when_the_score_is_gone() -> None:
    desk = TickDesk(entry_slip_max=0.01)
    desk.quote(9_990, 10_000)
    desk.filled(1, 30, 9_991)
    desk.sell_off()
    assert desk.timer(1_000) == ["1 cancel entry_waited"]
    assert desk.cancelled(1) == []
    assert desk.trip.phase == Phase.HOLDING
    assert desk.held_u == 30


def test_while_the_score_holds_the_rest_is_taken_within_the_slip() -> None:
    desk = TickDesk(entry_slip_max=0.01)
    desk.quote(9_990, 10_000)
    desk.filled(1, 30, 9_991)
    desk.timer(1_001)
    assert desk.cancelled(1) == ["2 buy limit 10100 x 70 ioc entry_fallback"]
    assert desk.filled(2, 20, 10_000) == []
    assert desk.cancelled(2) == []
    assert desk.trip.phase == Phase.HOLDING
    assert desk.held_u == 50


def test_with_enough_of_it_the_rest_is_asked_for_anew() -> None:
    desk = TickDesk(entry_enough=0.5, requotes=1)
    desk.quote(9_990, 10_000)
    desk.filled(1, 60, 9_991)
    desk.quote(9_992, 10_000)
    assert desk.timer(1_001) == ["1 cancel entry_waited"]
    assert desk.cancelled(1) == ["2 buy limit 9993 x 40 entry_fallback"]
    assert desk.timer(5_000) == [], "it goes on resting"
    desk.filled(2, 40, 9_993)
    assert desk.trip.phase == Phase.HOLDING


def test_nothing_rests_for_longer_than_its_time() -> None:
    desk = TickDesk(entry_enough=0.5, ttl_ns=3_000 * MS)
    desk.quote(9_990, 10_000)
    desk.filled(1, 60, 9_991)
    assert desk.timer(2_000) == []
    assert desk.timer(1_000) == ["1 cancel entry_waited"]
    assert desk.cancelled(1) == []
    assert desk.trip.phase == Phase.HOLDING


def test_a_refused_entry_may_be_asked_for_again() -> None:
    desk = TickDesk()
    desk.quote(9_990, 10_000)
    assert desk.fact(FactKind.REFUSED, 1) == ["2 buy limit 9991 x 100 score"]


# --- Exits ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chosen", "touch", "asked"),
    [
        ({"stop_ticks": 5}, (9_987, 9_988), []),
        ({"stop_ticks": 5}, (9_986, 9_987), ["2 sell market x 100 exit_stop"]),
        ({"stop": 0.001}, (9_982, 9_983), []),
        ({"stop": 0.001}, (9_981, 9_982), ["2 sell market x 100 exit_stop"]),
        ({"target_ticks": 5}, (9_995, 9_997), []),
        ({"target_ticks": 5}, (9_996, 9_997), ["2 sell market x 100 exit_target"]),
        ({"target": 0.001}, (10_000, 10_002), []),
        ({"target": 0.001}, (10_001, 10_002), ["2 sell limit 10001 x 100 ioc exit_target"]),
    ],
)
def test_a_position_is_left_at_its_stop_or_target(
    chosen: dict[str, Any], touch: tuple[int, int], asked: list[str]
) -> None:
    desk = TickDesk(**chosen)
    desk.hold()
    assert desk.quote(*touch) == asked


def test_a_position_is_left_when_its_time_is_over() -> None:
    desk = TickDesk(hold_ns=2 * NS_PER_S)
    desk.hold()
    assert desk.timer(2_000) == []
    assert desk.timer(1) == ["2 sell market x 100 exit_time"]


def test_one_that_gained_enough_is_held_on() -> None:
    desk = TickDesk(hold_ns=2 * NS_PER_S, hold_gain=0.001)
    desk.hold()
    desk.quote(10_005, 10_006)
    assert desk.timer(3_000) == []
    assert desk.quote(10_000, 10_001) == ["2 sell market x 100 exit_time"]


def test_the_trailing_stop_waits_for_half_the_target() -> None:
    desk = TickDesk(target_ticks=100, trail_atr=2.0)
    desk.hold()
    desk.minds[0].bars.atr_pct_14 = 0.001
    assert desk.quote(10_040, 10_041) == []
    assert desk.quote(10_000, 10_001) == [], "half of it is 10,041"
    assert desk.quote(10_045, 10_046) == []
    assert desk.quote(10_025, 10_026) == [], "20.09 below the highest"
    assert desk.quote(10_024, 10_025) == ["2 sell market x 100 exit_trailing"]


def test_a_stop_goes_down_the_ladder() -> None:
    desk = TickDesk(stop_ticks=5, ladder_slip=(0.001, 0.01), ladder_ns=(100 * MS, 200 * MS))
    desk.hold()
    assert desk.quote(9_980, 9_981) == ["2 sell limit 9970 x 100 ioc exit_stop"]
    desk.filled(2, 30, 9_975)
    desk.quote(9_950, 9_951, after_ms=120)
    assert desk.cancelled(2) == ["3 sell limit 9850 x 70 ioc exit_stop"]
    desk.timer(100)
    assert desk.cancelled(3) == ["4 sell market x 70 exit_stop"]
    assert desk.filled(4, 70, 9_900) == []
    assert desk.trip.phase == Phase.FLAT
    assert desk.held_u == 0


def test_an_exit_without_hurry_rests_at_the_ask_before() -> None:
    desk = TickDesk(target_ticks=5, exit_wait_ns=300 * MS)
    desk.hold()
    assert desk.quote(9_998, 9_999) == ["2 sell limit 9999 x 100 exit_target"]
    assert desk.timer(300) == []
    assert desk.timer(1) == ["2 cancel exit_waited"]
    assert desk.cancelled(2) == ["3 sell market x 100 exit_target"]


def test_a_target_may_rest_at_the_venue() -> None:
    desk = TickDesk(target_ticks=20, target_rests=True, stop_ticks=5)
    assert desk.quote(9_990, 10_000) == ["1 buy limit 9991 x 100 score"]
    desk.sell_off()
    assert desk.filled(1, 100, 9_991) == ["2 sell limit 10011 x 100 exit_target"]
    assert desk.quote(9_980, 9_981) == ["2 cancel protection_moved"]
    assert desk.timer(50) == [], "its coins are locked until it is gone"
    assert desk.cancelled(2) == ["3 sell market x 100 exit_stop"]


def test_a_resting_target_that_is_filled_ends_the_trip() -> None:
    desk = TickDesk(target_ticks=20, target_rests=True)
    desk.hold()
    assert desk.trip.target_no == 2
    desk.filled(2, 100, 10_011)
    assert desk.trip.phase == Phase.FLAT


def test_a_resting_target_that_is_taken_away_is_not_asked_for_again() -> None:
    desk = TickDesk(target_ticks=20, target_rests=True)
    desk.hold()
    assert desk.cancelled(2) == []
    assert desk.trip.phase == Phase.HOLDING


def test_a_stop_while_entering_calls_the_entry_back_first() -> None:
    desk = TickDesk(stop_ticks=5)
    desk.quote(9_990, 10_000)
    desk.filled(1, 60, 9_991)
    desk.sell_off()
    assert desk.quote(9_980, 9_981) == [
        "1 cancel protection_moved",
        "2 sell market x 60 exit_stop",
    ]
    assert desk.filled(1, 20, 9_991) == []
    assert desk.cancelled(1) == []
    assert desk.filled(2, 60, 9_980) == ["3 sell market x 20 exit_stop"]


def test_a_day_begins_by_the_clock() -> None:
    desk = TickDesk()
    desk.hold()
    desk.quote(9_900, 9_901)
    account = desk.state[0].account
    day_end_ns, equity = int(account.day_end_ns), float(account.equity)
    assert account.equity_day_start > equity
    assert desk.timer(24 * 3_600_000) == []
    assert account.day_end_ns > day_end_ns
    assert account.equity_day_start == equity
