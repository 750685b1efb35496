"""When rows are looked at, what lets them go, and what they take into account."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as depth
from hypothesis import strategies as st

from sigma_cli.domain.dtypes.bounds import FIRINGS_MAX
from sigma_cli.domain.features import Family
from sigma_cli.domain.requests import Reason
from sigma_cli.domain.switches import SWITCHES, Metric
from sigma_cli.domain.units import NS_PER_S
from sigma_cli.kernels.desk import memory, standing, switchboard, trims
from sigma_cli.kernels.desk.standing import LIQUIDATE, PAUSE_ROW, TRIM
from sigma_cli.kernels.desk.switches import HALT_ROW, NO_ROW
from sigma_cli.runtime import world
from sigma_cli.settings import Settings
from tests.kernels.desk.tower import CASH, MONDAY_NS, A, B, C, Tower, settings
from tests.kernels.harness import UNIT

DAY_S = 86_400


def why(t: Tower, row: int) -> tuple[Reason, float, float]:
    reason, measured, limit = standing.why(t.state, t.params, row, A)
    return Reason(reason), measured, limit


# --- Latches ----------------------------------------------------------------------------------


def test_what_is_latched_for_a_day_is_let_go_by_the_next() -> None:
    t = Tower(settings(day_loss_close=0.05))
    t.equity(940_000)
    assert standing.take_chores(t.state, A) & LIQUIDATE
    t.equity(1_000_000)
    assert why(t, t.want()) == (Reason.DAY_LOSS, 0.0, 0.05), "a recovery does not let it go"
    t.equity(940_000)
    assert not standing.take_chores(t.state, A), "it acts once"
    t.new_day()
    assert t.want() == NO_ROW
    t.equity(890_000)
    assert t.count("day_loss_close") == 2 and standing.take_chores(t.state, A) & LIQUIDATE


def test_what_waits_for_a_person_stays_quiet_until_its_condition_was_false() -> None:
    t = Tower(settings(day_loss_halt=0.08))
    t.equity(910_000)
    assert t.want() == HALT_ROW and why(t, HALT_ROW)[0] is Reason.HALTED
    t.new_day()
    t.equity(830_000)
    assert t.want() == HALT_ROW, "a new day changes nothing"
    switchboard.on_rearm(t.state, t.params)
    assert t.want() == NO_ROW
    t.equity(820_000)
    assert t.want() == NO_ROW and t.count("day_loss_halt") == 1, "it would fire for the same loss"
    t.equity(900_000)
    t.equity(820_000)
    assert t.want() == HALT_ROW and t.count("day_loss_halt") == 2


def test_a_condition_must_have_been_false_for_its_quiet_time() -> None:
    t = Tower(settings(move_max=0.05, move_window_s=60))
    t.tick(10_000)
    t.tick(9_400, after_s=1)
    assert t.count("move_max") == 1
    t.tick(10_000, after_s=1)
    t.tick(10_000, after_s=59)
    assert why(t, t.want())[0] is Reason.MOVE, "the low is still near"
    t.tick(10_000, after_s=5)
    t.tick(10_000, after_s=50)
    assert t.want() != NO_ROW
    t.tick(10_000, after_s=10)
    assert t.want() == NO_ROW
    assert t.count("move_max") == 1


def test_what_is_not_known_any_more_stays_as_it_is() -> None:
    t = Tower(settings(vpin_max=0.7))
    vpin = t.minds[A][0].vpin
    vpin.seen, vpin.value = 50, 0.8
    t.tick(10_000)
    vpin.seen = 0
    t.tick(10_000, after_s=1)
    assert standing.scale(t.state, t.params, A) == 0.3
    vpin.seen, vpin.value = 50, 0.7
    t.tick(10_000, after_s=1)
    assert standing.scale(t.state, t.params, A) == 1.0
    assert t.fired("vpin_max").known


def test_a_row_that_never_knew_what_it_watches_says_so() -> None:
    t = Tower(settings(spread_ratio_max=3.0, vpin_max=0.7))
    t.tick(10_000)
    assert not t.fired("spread_ratio_max").known and not t.fired("vpin_max").known
    assert t.want() == NO_ROW


def test_what_was_usual_is_out_of_date_after_its_minute() -> None:
    t = Tower(settings(volume_ratio_min=0.5))
    f = t.minds[A][0]
    f.head, f.flow.since, f.flow.minute.size_u = 2_000, 1, 1
    t.usual(math.nan, 5.0)
    t.tick(10_000)
    assert why(t, t.want()) == (Reason.VOLUME_RATIO, 0.01 / 5.0, 0.5)
    f.head = f.flow.since
    t.want()
    assert math.isnan(t.state.watch[A].metrics[Metric.VOLUME_RATIO - Metric.POSITION_SHARE])
    f.head, f.flow.since, f.families = 2_000, 1, 0
    t.want()
    assert math.isnan(t.state.watch[A].metrics[Metric.VOLUME_RATIO - Metric.POSITION_SHARE])
    f.families = ~Family(0)
    t.wait(60.5)
    t.want()
    assert math.isnan(t.state.watch[A].metrics[Metric.VOLUME_RATIO - Metric.POSITION_SHARE])


def test_a_price_that_is_not_known_is_no_move() -> None:
    t = Tower(settings(move_max=0.05))
    for price_u in (10_000, 0, 10_000, 0, 10_400):
        t.tick(price_u, after_s=5)
    assert t.count("move_max") == 0 and t.state.watch[A].seen_ns == t.state.now_ns
    t.tick(10_501, after_s=1)
    assert t.count("move_max") == 1


def test_where_nothing_is_usual_nothing_is_unusual() -> None:
    t = Tower(settings(spread_ratio_max=3.0, volume_ratio_min=0.5))
    f = t.minds[A][0]
    f.head, f.flow.since, f.touch.bid_u, f.touch.ask_u = 2_000, 1, 9_000, 10_000
    t.usual(0.0, 0.0)
    t.tick(9_500)
    assert t.want(price_u=9_500) == NO_ROW


# --- Pauses, scales, thresholds ---------------------------------------------------------------


def test_a_pause_ends_by_itself_and_the_longest_counts() -> None:
    t = Tower(settings(losses_pause=3, losses_pause_min=60))
    t.closed(-1, -1, -1)
    assert why(t, t.want()) == (Reason.PAUSED, 3_600.0 * NS_PER_S, 0.0)
    t.wait(3_599)
    assert t.want() == PAUSE_ROW
    t.closed(-1)
    assert t.count("losses_pause") == 1, "it acted on the third"
    t.wait(1)
    assert t.want() == NO_ROW
    t.closed(1, -1, -1, -1)
    assert t.want() == PAUSE_ROW and t.count("losses_pause") == 2


def test_silence_pauses_its_market_and_no_other() -> None:
    t = Tower(settings(stillness_close_s=300, stillness_pause_min=5))
    t.tick(10_000, A)
    t.timer(after_s=301)
    t.tick(10_000, A)
    assert t.want() == PAUSE_ROW and t.want(market=B) == NO_ROW
    assert standing.take_chores(t.state, A) and not standing.take_chores(t.state, B)
    t.wait(301)
    t.tick(10_000, A)
    assert t.want() == NO_ROW


def test_of_several_scales_the_least_counts_and_of_thresholds_the_most() -> None:
    t = Tower(settings(round_trip_shrink_ms=200, losses_shrink=2, round_trip_raise_ms=100))
    for _ in range(20):
        switchboard.on_answer(t.state, t.params, 300_000_000)
    assert standing.scale(t.state, t.params, A) == 0.8
    assert standing.threshold_factor(t.state, t.params, A) == 1.1
    t.closed(-1, -1)
    assert standing.scale(t.state, t.params, A) == 0.3
    t.closed(1)
    assert standing.scale(t.state, t.params, A) == 0.8
    for _ in range(100):
        switchboard.on_answer(t.state, t.params, 1_000_000)
    assert standing.scale(t.state, t.params, A) == 1.0
    assert standing.threshold_factor(t.state, t.params, A) == 1.0


# --- Days and weeks ---------------------------------------------------------------------------


def test_a_week_begins_on_monday_in_korea() -> None:
    t = Tower(settings(week_loss_halt=0.10))
    for day in range(6):
        t.equity(float(t.state.account.equity) - 15_000)
        t.new_day()
        assert t.state.metrics[Metric.WEEK_LOSS] == pytest.approx(0.015 * (day + 1)), "until Sunday"
    t.equity(905_000)
    t.new_day()
    assert t.state.metrics[Metric.WEEK_LOSS] == 0.0, "Monday"
    t.equity(0.91 * 905_000)
    assert t.want() == NO_ROW
    t.equity(0.899 * 905_000)
    assert t.want() == HALT_ROW
    assert (int(t.state.alarm.week_end_ns) - MONDAY_NS) == (14 * DAY_S - 9 * 3_600) * NS_PER_S


def test_a_restart_within_the_week_counts_on() -> None:
    t = Tower(settings(week_loss_halt=0.10))
    t.equity(950_000)
    switchboard.on_start(t.state, t.params)
    assert t.state.metrics[Metric.WEEK_LOSS] == pytest.approx(0.05)


def test_a_transfer_is_no_loss_of_the_week() -> None:
    t = Tower(settings(week_loss_halt=0.10))
    switchboard.on_external(t.state, t.params, t.fact(fee=500_000.0))
    t.state.account.equity_day_start -= 500_000
    t.equity(500_000)
    switchboard.look_at_equity(t.state, t.params)
    assert t.state.metrics[Metric.WEEK_LOSS] == 0.0
    assert t.want() == NO_ROW


def test_without_a_base_all_is_lost() -> None:
    t = Tower(settings(week_loss_halt=0.10))
    t.state.alarm.equity_week_start = 0.0
    switchboard.look_at_equity(t.state, t.params)
    assert t.state.metrics[Metric.WEEK_LOSS] == 1.0
    assert t.want() == HALT_ROW


def test_entries_are_counted_by_day() -> None:
    t = Tower(settings(entries_day_max=2))
    assert [t.buy(value) for value in (5_001, 5_002)] == [NO_ROW] * 2
    assert why(t, t.buy(5_003)) == (Reason.ENTRIES, 3.0, 2.0)
    t.new_day()
    assert [t.buy(value) for value in (5_001, 5_002)] == [NO_ROW] * 2


# --- Equity is looked at closely only near a limit --------------------------------------------


@given(st.lists(st.floats(0.7, 1.3), min_size=1, max_size=60))
@depth(max_examples=60, deadline=None)
def test_no_fall_is_missed(steps: list[float]) -> None:
    on = {"day_loss_close": 0.05, "drawdown_halt": 0.15, "week_loss_halt": 0.10}
    values = {"day_loss_value_veto": 30_000.0}
    t = Tower(settings(**on, **values))
    peak = CASH
    lowest = {name: 0.0 for name in (*on, *values)}
    equity = CASH
    for step in steps:
        equity = min(max(equity * (1.0 + (step - 1.0) / 10), 500_000.0), 2e6)
        t.equity(equity)
        peak = max(peak, equity)
        lowest["day_loss_close"] = max(lowest["day_loss_close"], 1 - equity / CASH)
        lowest["week_loss_halt"] = lowest["day_loss_close"]
        lowest["drawdown_halt"] = max(lowest["drawdown_halt"], 1 - equity / peak)
        lowest["day_loss_value_veto"] = max(lowest["day_loss_value_veto"], CASH - equity)
        for name, limit in (on | values).items():
            assert t.count(name) == (lowest[name] >= limit), (name, equity)


# --- Orders -----------------------------------------------------------------------------------


def test_repeats_are_counted_within_a_minute() -> None:
    t = Tower(settings(repeats_halt=3))
    for _ in range(9):
        t.wait(61)
        assert t.buy() == NO_ROW
    for _ in range(3):
        assert t.buy() == NO_ROW
    assert t.buy(market=B) == NO_ROW, "another market"
    for _ in range(3):
        assert t.buy() == NO_ROW
    assert t.buy(price_u=10_001) == NO_ROW, "another price"


def test_a_market_order_has_no_collar() -> None:
    t = Tower(settings(collar_max=0.02))
    assert why(t, t.want(price_u=10_500)) == (Reason.COLLAR, 0.05, 0.02)
    t.state.candidate.price_u = 0
    assert standing.refusing_row(t.state, t.params, A) == NO_ROW


# --- What no order explains -------------------------------------------------------------------


def test_a_difference_is_counted_once_however_often_it_is_told() -> None:
    t = Tower(settings(unexplained_halt=0.03))
    t.hold(100_000)
    held_u = int(t.state.positions[A].size_u)
    for _ in range(5):
        switchboard.on_balance(t.state, t.params, t.fact(size_u=held_u + 2 * UNIT))
    assert t.state.metrics[Metric.UNEXPLAINED] == pytest.approx(0.02)
    switchboard.on_external(t.state, t.params, t.fact(size_u=2 * UNIT))
    assert t.state.metrics[Metric.UNEXPLAINED] == pytest.approx(0.02), "that was it"
    switchboard.on_external(t.state, t.params, t.fact(size_u=-UNIT))
    assert t.state.metrics[Metric.UNEXPLAINED] == pytest.approx(0.03)
    switchboard.on_balance(t.state, t.params, t.fact(size_u=held_u))
    switchboard.on_external(t.state, t.params, t.fact(size_u=-UNIT))
    assert t.want() == HALT_ROW


def test_what_no_order_explains_is_forgotten_after_its_window() -> None:
    t = Tower(settings(unexplained_halt=0.03, unexplained_minutes=60))
    switchboard.on_external(t.state, t.params, t.fact(fee=20_000.0))
    t.timer(after_s=3_540)
    assert t.state.metrics[Metric.UNEXPLAINED] == pytest.approx(0.02)
    t.timer(after_s=60)
    assert t.state.metrics[Metric.UNEXPLAINED] == 0.0
    t.timer(after_s=100_000)
    assert not t.state.strays["values"].any()
    t.state.account.equity = 0.0
    t.timer()
    assert t.state.metrics[Metric.UNEXPLAINED] == 0.0


def test_a_person_has_looked_at_strangers() -> None:
    t = Tower(settings(untracked_halt=0))
    switchboard.on_stranger(t.state, t.params)
    assert t.want() == HALT_ROW
    switchboard.on_rearm(t.state, t.params)
    t.timer()
    assert t.want() == NO_ROW
    switchboard.on_stranger(t.state, t.params)
    assert t.want() == HALT_ROW


# --- Positions that are too large -------------------------------------------------------------


def test_a_trim_brings_a_position_and_the_exposure_within_their_limits() -> None:
    t = Tower(settings(position_share_max=0.30, exposure_max=1.0))
    t.hold(300_000)
    assert trims.surplus_u(t.state, t.params, A) == 0
    t.hold(400_000)
    t.timer()
    assert standing.take_chores(t.state, A) == TRIM
    assert trims.surplus_u(t.state, t.params, A) == 10 * UNIT
    for market in (A, B, C):
        t.hold(500_000, market)
    assert trims.surplus_u(t.state, t.params, A) == 20 * UNIT, "200,000 more than 300,000"
    t.equity(0.0)
    t.timer()
    assert trims.surplus_u(t.state, t.params, A) == 50 * UNIT
    assert t.state.metrics[Metric.EXPOSURE] == math.inf
    t.hold(0.0)
    assert trims.surplus_u(t.state, t.params, A) == 0


def test_what_is_trimmed_is_rounded_to_lots_upwards() -> None:
    t = Tower(settings(position_share_max=0.30))
    t.hold(300_100)
    t.state.positions[A].rules.lot_u = 50
    assert trims.surplus_u(t.state, t.params, A) == 50


# --- What is remembered -----------------------------------------------------------------------


def test_wins_are_those_of_the_last_round_trips() -> None:
    t = Tower()
    assert memory.wins(t.state, 100) == (0, 0)
    t.closed(1, -1, 1)
    assert memory.wins(t.state, 100) == (2, 3)
    t.closed(*[-1] * 150, *[1] * 60)
    assert memory.wins(t.state, 100) == (60, 100)
    assert memory.wins(t.state, 10_000) == (60, 200)
    assert t.state.memory.trips == 213


def test_fees_without_a_profit_are_too_high() -> None:
    t = Tower(settings(fee_share_max=0.44, fee_trades_min=2))
    t.closed(-5, fees=1)
    assert t.want() == NO_ROW
    t.closed(-5, fees=1)
    assert why(t, t.want()) == (Reason.FEE_SHARE, math.inf, 0.44)


def test_scores_at_a_bound_say_nothing() -> None:
    t = Tower(settings(same_scores_min=2))
    for score in (0.0, 1.0, math.nan):
        for market in (A, B, C):
            switchboard.on_score(t.state, t.params, market, score)
    assert t.count("same_scores_min") == 0


def test_firings_are_counted_and_the_last_are_kept() -> None:
    t = Tower(settings(losses_shrink=1))
    for k in range(FIRINGS_MAX + 5):
        t.wait(1)
        t.closed(-1, 1)
        assert t.state.firings.count == k + 1
    assert t.state.firings.last[4].ts_ns == t.state.now_ns
    assert np.all(np.diff(np.roll(t.state.firings.last["ts_ns"], -5)) > 0)


# --- The clock --------------------------------------------------------------------------------


def test_the_clock_is_looked_at_once_a_second() -> None:
    t = Tower(settings(exposure_max=1.0))
    t.timer()
    t.hold(1_100_000)
    t.timer(after_s=0.1)
    assert t.count("exposure_max") == 0
    t.timer(after_s=0.9)
    assert t.count("exposure_max") == 1


def test_bars_know_no_kill_switches() -> None:
    bars, ticks = (world.build(Settings(), 1, ticks=ticks)[0].params for ticks in (False, True))
    assert (bars.switch_rows, bars.watching) == (5, 0)
    assert ticks.watching and ticks.switch_rows == len(SWITCHES) - 3, "three are off by default"
