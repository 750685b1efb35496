"""What limits and kill switches mean to entries on ticks: caps, pauses, people, age, patience."""

from typing import Any

import pytest

from sigma_cli.domain.facts import FactKind
from sigma_cli.domain.orders import OrderState
from sigma_cli.domain.policies import Policy
from sigma_cli.domain.requests import Reason, Side
from sigma_cli.domain.switches import Metric, Sizer
from sigma_cli.domain.units import NS_PER_MINUTE, NS_PER_S
from sigma_cli.kernels.desk import entering, switchboard
from sigma_cli.runtime import stakes as packing
from sigma_cli.settings import Settings
from sigma_cli.settings.events import Events
from tests.kernels.desk.tick_desk import TickDesk
from tests.kernels.harness import instrument

CAPS: dict[str, Any] = {"market_share_max": 0.30}


def sized(kind: str, cash: float, **chosen: Any) -> TickDesk:
    """A desk in the market of a major, at a price of 100; a unit is a won."""
    desk = TickDesk(cash=cash, one=instrument(value_min="5000"), stop=0.008, **chosen)
    desk.params[0].sizer = Sizer[kind.upper()]
    packing.pack(desk.params[0], Settings(), ["BTC"], Events())
    desk.sell_off()
    desk.quote(99, 101)
    return desk


def entered(desk: TickDesk, score: float) -> float:
    """Return what an entry with a score costs, 0 if it is refused."""
    state, params = desk.state[0], desk.params[0]
    state.now_ns += 1
    desk.outbox[0].request_count = desk.outbox[0].decision_count = 0
    entering.enter(state, params, desk.outbox[0], desk.minds[0], 0, score)
    requests = desk.outbox[0].requests[: desk.outbox[0].request_count]
    return float(sum(one.price_u * one.size_u / 100 for one in requests))


# --- Caps -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "cash", "score", "value"),
    [
        ("kelly", 4_999, 0.90, 0),
        ("kelly", 15_000, 0.80, 14_700),
        ("kelly", 15_000, 0.95, 14_700),
        ("kelly", 10_000, 0.60, 5_500),
        ("kelly", 10_000, 0.59, 0),
        ("kelly", 25_000, 0.60, 5_500),
        ("kelly", 80_000, 0.55, 0),
        ("kelly", 20_000, 0.80, 19_600),
        ("kelly", 20_001, 0.80, 5_500),
        ("confidence", 50_000, 0.85, 42_500),
        ("confidence", 500_000, 0.75, 375_000),
    ],
)
def test_no_cap_keeps_the_desk_from_the_sizes_of_the_table(
    kind: str, cash: float, score: float, value: float
) -> None:
    assert entered(sized(kind, cash, on=CAPS), score) == pytest.approx(value, abs=1.0)


def test_other_sizes_keep_to_the_cap() -> None:
    desk = sized("fraction", 1_000_000, on=CAPS)
    desk.params[0].fraction = 0.31
    assert entered(desk, 0.9) == 0.0
    assert desk.state[0].metrics[Metric.MARKET_SHARE] == pytest.approx(0.31, abs=1e-4)
    desk.params[0].fraction = 0.30
    assert entered(desk, 0.9) == pytest.approx(300_000, abs=1.0)


def test_a_probe_is_counted_once_it_is_asked_for() -> None:
    desk = sized("kelly", 1_000_000, on=CAPS)
    desk.state[0].kelly.fraction = 0.0
    desk.state[0].orders["state"] = OrderState.OPEN
    assert entered(desk, 0.9) == 0.0
    assert (desk.refusals(Reason.OVERFLOW), desk.state[0].kelly.probes) == (1, 0)
    desk.state[0].orders["state"] = OrderState.FREE
    assert entered(desk, 0.9) == pytest.approx(5_500, abs=1.0)
    assert desk.state[0].kelly.probes == 1


# --- People -----------------------------------------------------------------------------------


def test_what_a_person_let_go_of_does_not_fire_again_at_the_next_fill() -> None:
    desk = TickDesk(on={"day_loss_halt": 0.08})
    desk.quote(9_990, 10_000)
    desk.accepted(1)
    assert desk.filled(1, 100, 9_991, fee=90_000) == ["2 sell market x 100 emergency"]
    assert desk.state[0].halted
    assert desk.filled(2, 100, 9_990) == []
    assert desk.quote(9_990, 10_000) == []
    desk.rearm()
    assert not desk.state[0].halted
    assert desk.quote(9_990, 10_000) == ["3 buy limit 9991 x 100 score"]
    desk.accepted(3)
    assert desk.filled(3, 100, 9_991) == []
    assert not desk.state[0].halted and desk.state[0].firings.count == 1


def test_after_a_person_looked_a_drawdown_counts_from_here() -> None:
    desk = TickDesk(on={"drawdown_halt": 0.10})
    desk.quote(9_990, 10_000)
    desk.accepted(1)
    desk.filled(1, 100, 9_991, fee=100_000)
    desk.filled(2, 100, 9_990)
    desk.rearm()
    assert desk.state[0].alarm.below < 900_000
    assert desk.quote(9_990, 10_000) == ["3 buy limit 9991 x 100 score"]
    desk.accepted(3)
    assert desk.filled(3, 100, 9_991, fee=85_000) == []
    assert desk.quote(9_000, 9_010) == [], "9.6 % below what it was then"
    assert desk.quote(4_900, 4_910) == ["4 sell market x 100 emergency"]


def test_a_stranger_that_a_person_looked_at_is_forgotten() -> None:
    desk = TickDesk(on={"untracked_halt": 1})
    for no in (900, 901):
        desk.accepted(no)
    assert desk.state[0].halted
    desk.rearm()
    desk.accepted(902)
    assert not desk.state[0].halted


def test_an_order_that_is_not_ours_is_cancelled_and_many_halt() -> None:
    desk = TickDesk(on={"untracked_cancel": 0, "untracked_halt": 2})
    assert desk.fact(FactKind.FILLED, 900, size_u=1, price_u=9_990) == [], "it is over"
    for no in (901, 902):
        assert not desk.state[0].halted
        assert desk.accepted(no) == [f"{no} cancel untracked"]
        assert desk.cancelled(no) == []
    assert desk.state[0].halted
    assert desk.accepted(903) == ["903 cancel untracked"]


def test_no_order_of_a_stranger_is_cancelled_unless_asked_for() -> None:
    desk = TickDesk(on={"untracked_halt": 5})
    assert desk.accepted(900) == []
    assert desk.state[0].metrics[Metric.UNTRACKED] == 1


# --- Strategies of bars -----------------------------------------------------------------------


def of_bars(**on: float) -> TickDesk:
    """A desk whose market is entered by signals."""
    desk = TickDesk(policy=Policy.NONE, on=on)
    desk.quote(9_990, 10_000)
    return desk


def test_a_strategy_waits_while_its_account_is_paused() -> None:
    desk = of_bars()
    desk.state[0].alarm.paused_until_ns = desk.now_ns + NS_PER_MINUTE
    assert desk.signal(1.0) == []
    assert desk.refusals(Reason.PAUSED) == 1
    desk.timer(after_ms=60_000)
    assert desk.signal(1.0) == ["1 buy market x 100 signal_entry"]


def test_a_strategy_does_not_enter_a_market_that_a_switch_stops() -> None:
    desk = of_bars(move_max=0.05)
    desk.quote(9_000, 9_010)
    assert desk.signal(1.0) == []
    assert desk.refusals(Reason.MOVE) == 1
    desk = of_bars(stillness_veto_s=30)
    desk.timer(after_ms=31_000)
    assert desk.signal(1.0) == []
    assert desk.refusals(Reason.STILLNESS) == 1


def test_the_orders_of_a_strategy_are_counted() -> None:
    desk = of_bars(entries_day_max=1)
    assert desk.signal(1.0) == ["1 buy market x 100 signal_entry"]
    desk.fact(FactKind.REFUSED, 1)
    assert desk.signal(1.0) == []
    assert desk.refusals(Reason.ENTRIES) == 1


def test_an_order_for_which_there_is_no_room_is_not_counted() -> None:
    desk = of_bars(entries_day_max=1)
    desk.state[0].orders["state"] = OrderState.OPEN
    assert desk.signal(1.0) == []
    assert desk.refusals(Reason.OVERFLOW) == 1
    desk.state[0].orders["state"] = OrderState.FREE
    assert len(desk.signal(1.0)) == 1


def test_a_strategy_that_asks_too_often_is_paused() -> None:
    desk = of_bars(submits_pause=1)
    assert desk.signal(1.0) == ["1 buy market x 100 signal_entry"]
    desk.fact(FactKind.REFUSED, 1)
    assert desk.signal(1.0) == []
    assert desk.state[0].alarm.paused_until_ns == desk.now_ns + 10 * NS_PER_MINUTE
    desk.timer(after_ms=90_000)
    assert desk.signal(1.0) == []
    assert desk.refusals(Reason.PAUSED) == 1


def test_the_same_order_of_a_strategy_over_and_over_stops_it() -> None:
    desk = of_bars(repeats_halt=1)
    for no in (1, 2):
        assert len(desk.signal(1.0)) == 1
        desk.fact(FactKind.REFUSED, no)
    assert desk.signal(1.0) == []
    assert desk.state[0].halted == 1
    assert desk.signal(1.0) == []
    assert desk.refusals(Reason.HALTED) == 1


# --- Scaling ----------------------------------------------------------------------------------


def lost(desk: TickDesk) -> None:
    """Let a round trip lose, after which sizes shrink."""
    switchboard.on_closed(desk.state[0], desk.params[0], -1.0, 0.0, 100.0)


@pytest.mark.parametrize("units", [1.0, None])
def test_what_scales_shrinks_the_orders_of_strategies(units: float | None) -> None:
    desk = TickDesk(policy=Policy.NONE, units=units, on={"losses_shrink": 1, "losses_scale": 0.25})
    desk.quote(9_990, 10_000)
    lost(desk)
    desk.signal(1.0)
    candidate = desk.state[0].candidate
    assert candidate.size_u == (25 if units else 1_251)
    assert candidate.value == pytest.approx(2_497.5 if units else 125_000)


def test_what_scales_shrinks_fixed_units_of_policies() -> None:
    desk = TickDesk(on={"losses_shrink": 1, "losses_scale": 0.25})
    lost(desk)
    assert desk.quote(9_990, 10_000) == ["1 buy limit 9991 x 25 score"]


# --- What is usual ----------------------------------------------------------------------------


def test_a_spread_far_wider_than_usual_keeps_the_desk_out() -> None:
    desk = TickDesk(on={"spread_ratio_max": 3.0})
    desk.usual(0.0003, 5.0)
    assert desk.quote(9_990, 10_000) == []
    assert desk.refusals(Reason.SPREAD_RATIO) == 1
    assert desk.quote(9_992, 10_000, after_ms=1_000) == ["1 buy limit 9993 x 100 score"]


def test_what_was_usual_a_while_ago_says_nothing() -> None:
    desk = TickDesk(on={"spread_ratio_max": 3.0})
    desk.usual(0.0003, 5.0, until_ms=1.5)
    assert desk.quote(9_990, 10_000, after_ms=2) == ["1 buy limit 9991 x 100 score"]


# --- Patience ---------------------------------------------------------------------------------

TAKES: dict[str, Any] = {"entry_from": Side.SELL, "entry_rests": False}
"""A plan whose first order is a limit above the ask."""


def slipped(desk: TickDesk) -> None:
    """Let entries have been so bad that no more are taken at once."""
    for _ in range(20):
        switchboard.on_entry(desk.state[0], desk.params[0], 0.02)


@pytest.mark.parametrize(
    ("chosen", "asked"),
    [
        (TAKES, "1 buy limit 9990 x 100 post score"),
        ({}, "1 buy limit 9991 x 100 post score"),
        ({"entry_rests": False, "entry_ticks": 10}, "1 buy limit 9990 x 100 post score"),
    ],
)
def test_after_bad_slippage_entries_only_wait(chosen: dict[str, Any], asked: str) -> None:
    desk = TickDesk(on={"slippage_p95_max": 0.01}, **chosen)
    slipped(desk)
    assert desk.quote(9_990, 10_000) == [asked]


def test_after_bad_slippage_the_rest_is_asked_for_at_the_bid() -> None:
    desk = TickDesk(
        on={"slippage_p95_max": 0.01}, entry_enough=0.5, requotes=1, entry_slip_max=0.01, **TAKES
    )
    assert desk.quote(9_990, 10_000) == ["1 buy limit 10001 x 100 score"]
    desk.accepted(1)
    desk.filled(1, 60, 10_000)
    slipped(desk)
    assert desk.quote(9_991, 10_001, after_ms=1_100) == ["1 cancel entry_waited"]
    assert desk.cancelled(1) == ["2 buy limit 9991 x 40 post entry_fallback"]


# --- What counts as an entry ------------------------------------------------------------------


def test_what_goes_on_with_an_entry_is_no_entry_of_the_day() -> None:
    desk = TickDesk(on={"entries_day_max": 2}, entry_slip_max=0.01)
    asked = desk.quote(9_990, 10_000)
    for no in (1, 3):
        assert asked == [f"{no} buy limit 9991 x 100 score"]
        desk.accepted(no)
        assert desk.quote(9_990, 10_000, after_ms=1_100) == [f"{no} cancel entry_waited"]
        assert desk.cancelled(no) == [f"{no + 1} buy limit 10100 x 100 ioc entry_fallback"]
        asked = desk.cancelled(no + 1)
    assert asked == []
    assert desk.refusals(Reason.ENTRIES) == 1


def test_after_an_entry_that_got_nothing_its_market_rests() -> None:
    desk = TickDesk(on={"repeats_halt": 3}, post_only=True, cooldown_ns=30 * NS_PER_S)
    for no in range(1, 11):
        assert desk.quote(9_990, 10_000) == [f"{no} buy limit 9991 x 100 post score"]
        assert desk.fact(FactKind.REFUSED, no) == []
        assert desk.quote(9_990, 10_000, after_ms=29_000) == []
        desk.timer(after_ms=1_000)
    assert not desk.state[0].halted


def test_the_same_order_over_and_over_still_stops_the_desk() -> None:
    desk = TickDesk(on={"repeats_halt": 3}, post_only=True)
    for no in range(1, 5):
        assert desk.quote(9_990, 10_000) == [f"{no} buy limit 9991 x 100 post score"]
        desk.fact(FactKind.REFUSED, no, after_ms=0)
    assert desk.quote(9_990, 10_000) == []
    assert desk.state[0].halted
