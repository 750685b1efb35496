"""Every row of the table: what makes it fire, what nearly does, what it does and never does."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import pytest

from sigma_cli.domain.switches import SWITCHES, Action, Latch, Scope, Switch, Wake
from sigma_cli.domain.units import NS_PER_MS
from sigma_cli.kernels.desk import standing, switchboard
from sigma_cli.kernels.desk.standing import PAUSE_ROW
from sigma_cli.kernels.desk.switches import HALT_ROW, NO_ROW
from tests.kernels.desk.tower import LIMITS, A, B, C, Tower, settings

CHORES: Final = Action.CANCEL | Action.TRIM | Action.LIQUIDATE
Story = Callable[[Tower], None]


@dataclass(frozen=True)
class Case:
    """One switch: its limit in the test, what makes it fire, and what nearly does."""

    limit: float
    fires: Story
    stays: Story
    more: dict[str, Any]


def case(limit: float, fires: Story, stays: Story, **more: Any) -> Case:
    return Case(limit, fires, stays, more)


def lose(to: float) -> Story:
    return lambda t: t.equity(to)


def mind(**values: float) -> Story:
    """A market in which a second passes, and a feature is that."""

    def story(t: Tower) -> None:
        f = t.minds[A][0]
        f.head = 2_000
        f.flow.since = 1
        for path, value in values.items():
            *way, last = path.split("__")
            place = f
            for name in way:
                place = place[name]
            place[last] = value
        t.tick(10_000, after_s=1)

    return story


def usual(spread: float, volume: float) -> Story:
    def story(t: Tower) -> None:
        t.usual(spread, volume)
        touch = {"touch__bid_u": 9_950, "touch__ask_u": 10_050}
        mind(**touch, flow__minute__size_u=500)(t)

    return story


def learned(slope: float) -> Story:
    """An hour and more in which lambda went from 0 to 100, and then is `slope`."""

    def story(t: Tower) -> None:
        for k in range(101):
            mind(impact__slope=float(k * 37 % 101))(t)
            t.wait(60)
        mind(impact__slope=slope)(t)

    return story


def prices(*prices_u: int, every_s: float = 10) -> Story:
    def story(t: Tower) -> None:
        for price_u in prices_u:
            t.tick(price_u, after_s=every_s)

    return story


def orders(*values: float, every_s: float = 1.0) -> Story:
    """All but the last are asked for; the last may be refused."""

    def story(t: Tower) -> None:
        for value in values:
            t.wait(every_s)
            t.buy(value)

    return story


def priced(price_u: int) -> Story:
    def story(t: Tower) -> None:
        t.buy(price_u=price_u)

    return story


def answers(ms: float, slow_ms: float, slow: int) -> Story:
    def story(t: Tower) -> None:
        for k in range(100):
            took_ms = slow_ms if k >= 100 - slow else ms
            switchboard.on_answer(t.state, t.params, int(took_ms * NS_PER_MS))

    return story


def slips(*each: float) -> Story:
    def story(t: Tower) -> None:
        for slippage in each:
            switchboard.on_entry(t.state, t.params, slippage)

    return story


def silence(seconds: float) -> Story:
    def story(t: Tower) -> None:
        t.tick(10_000)
        t.timer(after_s=seconds)

    return story


def holding(value: float, *, other: float = 0.0) -> Story:
    def story(t: Tower) -> None:
        t.hold(value)
        t.hold(other, B)
        t.timer()

    return story


def scored(*scores: float, apart_s: float = 0.0) -> Story:
    def story(t: Tower) -> None:
        for market, score in enumerate(scores):
            switchboard.on_score(t.state, t.params, market, score)
            t.wait(apart_s)

    return story


def moved(*won: float, every_s: float = 1.0) -> Story:
    """Won that came and went by hand."""

    def story(t: Tower) -> None:
        for fee in won:
            t.wait(every_s)
            switchboard.on_external(t.state, t.params, t.fact(fee=fee))

    return story


def strangers(count: int) -> Story:
    def story(t: Tower) -> None:
        for _ in range(count):
            switchboard.on_stranger(t.state, t.params)

    return story


CASES: Final = {
    "drawdown_max": case(0.15, lose(850_000), lose(850_001)),
    "day_loss_max": case(0.03, lose(970_000), lose(970_001)),
    "day_loss_close": case(0.05, lose(950_000), lose(950_001)),
    "day_loss_halt": case(0.08, lose(919_999), lose(920_001)),
    "week_loss_halt": case(0.10, lose(899_999), lose(900_001)),
    "drawdown_halt": case(0.15, lose(850_000), lose(850_001)),
    "day_loss_value_veto": case(30_000, lose(970_000), lose(970_001)),
    "day_loss_value_close": case(50_000, lose(950_000), lose(950_001)),
    "market_share_max": case(0.20, orders(200_001), orders(200_000)),
    "order_ratio_max": case(10.0, orders(*[100] * 5, 1_001), orders(*[100] * 5, 1_000)),
    "orders_per_minute_max": case(10, orders(*range(1, 12)), orders(*range(1, 11))),
    "submits_pause": case(10, orders(*range(1, 12)), orders(*range(1, 11))),
    "repeats_halt": case(3, orders(*[100] * 5), orders(*[100] * 4)),
    "entries_day_max": case(50, orders(*range(51)), orders(*range(50))),
    "median_ratio_max": case(
        10.0, orders(1, 2, 3, 900, 999, 31), orders(1, 2, 3, 900, 999, 30), median_orders_min=5
    ),
    "position_value_max": case(90_000, orders(90_001), orders(90_000)),
    "collar_max": case(0.02, priced(10_201), priced(10_200)),
    "hurst_noise_max": case(0.065, mind(hurst=0.53), mind(hurst=0.54), hurst_sd=0.045),
    "vpin_max": case(
        0.7, mind(vpin__value=0.71, vpin__seen=50), mind(vpin__value=0.7, vpin__seen=50)
    ),
    "lambda_excess_max": case(0.0, learned(85.0), learned(75.0), lambda_minutes_min=101),
    "spread_ratio_max": case(3.0, usual(0.003, 5.0), usual(0.004, 5.0)),
    "volume_ratio_min": case(0.5, usual(0.01, 10.1), usual(0.01, 10.0)),
    "move_max": case(0.05, prices(10_000, 9_900, 9_499), prices(10_000, 9_900, 9_500)),
    "toxicity_max": case(
        3.0,
        mind(toxicity__seen=1_008, toxicity__deviation=1.0, flow__ten__sold_u=4),
        mind(toxicity__seen=1_008, toxicity__deviation=1.0, flow__ten__sold_u=3),
    ),
    "losses_pause": case(3, lambda t: t.closed(-1, -1, 0), lambda t: t.closed(-1, -1, 1, -1, -1)),
    "losses_shrink": case(10, lambda t: t.closed(*[-1] * 10), lambda t: t.closed(*[-1] * 9, 1, -1)),
    "slippage_max": case(0.002, slips(*[0.0021] * 20), slips(*[0.0021] * 19)),
    "slippage_p95_max": case(0.01, slips(*[0.0] * 18, 0.011, 0.011), slips(*[0.0] * 19, 0.5)),
    "fee_share_max": case(
        0.44,
        lambda t: t.closed(*[5.5] * 200, fees=4.5),
        lambda t: t.closed(*[5.6] * 200, fees=4.4),
    ),
    "position_share_max": case(0.30, holding(300_100), holding(300_000)),
    "stillness_veto_s": case(30, silence(30.1), silence(30)),
    "stillness_close_s": case(300, silence(300.1), silence(300)),
    "exposure_max": case(1.0, holding(600_000, other=400_100), holding(600_000, other=400_000)),
    "round_trip_raise_ms": case(100, answers(10, 101, 6), answers(10, 101, 5)),
    "round_trip_shrink_ms": case(200, answers(10, 201, 6), answers(10, 201, 5)),
    "round_trip_more_ms": case(500, answers(10, 501, 6), answers(10, 501, 5)),
    "unexplained_halt": case(0.03, moved(20_000, -10_001), moved(20_000, -10_001, every_s=3_700)),
    "untracked_cancel": case(0, strangers(1), silence(1)),
    "untracked_halt": case(5, strangers(6), strangers(5)),
    "same_scores_min": case(3, scored(0.7, 0.7, 0.7), scored(0.7, 0.7, 0.7, apart_s=1)),
}


def tower(setting: str) -> Tower:
    one = CASES[setting]
    return Tower(settings(**{setting: one.limit} | one.more))


def switch(setting: str) -> Switch:
    return next(row for row in SWITCHES if row.setting == setting)


def test_every_row_of_the_table_has_its_case() -> None:
    assert list(CASES) == [row.setting for row in SWITCHES]


@pytest.mark.parametrize("setting", CASES)
def test_a_switch_fires_once_and_does_what_it_says(setting: str) -> None:
    t, row = tower(setting), switch(setting)
    CASES[setting].fires(t)
    assert t.count(setting) == 1
    assert t.fired(setting).first_ts_ns == t.state.now_ns
    firing = t.state.firings.last[0]
    assert t.state.firings.count == 1
    assert (firing.row, firing.market, firing.ts_ns) == (t.row(setting), A, t.state.now_ns)
    assert firing.value == t.fired(setting).first_value
    does(t, row)


@pytest.mark.parametrize("setting", CASES)
def test_a_switch_stays_off_at_its_limit(setting: str) -> None:
    t, row = tower(setting), switch(setting)
    CASES[setting].stays(t)
    assert t.state.firings.count == t.count(setting) == 0
    assert t.fired(setting).known or row.samples is not None, "it was looked at"
    assert not t.state.halted and not t.state.alarm.due
    if row.wake is not Wake.ORDER:
        assert t.want() == NO_ROW


def does(t: Tower, row: Switch) -> None:
    """Check every action of a switch that has just fired."""
    number, amount = t.row(row.setting), t.params.switches[t.row(row.setting)].amount
    everywhere = (A, B, C) if row.scope is not Scope.MARKET else (A,)
    assert bool(t.state.halted) == (Action.HALT in row.action)
    scales = {market: standing.scale(t.state, t.params, market) for market in (A, B, C)}
    factor = standing.threshold_factor(t.state, t.params, A)
    addition = standing.threshold_addition(t.state, t.params, A)
    for market in (A, B, C):
        here = market in everywhere
        chores = standing.take_chores(t.state, market)
        assert chores == (row.action & CHORES if here else 0)
        assert scales[market] == (amount if here and Action.SCALE in row.action else 1.0)
    assert t.state.alarm.due == 0
    assert factor == (amount if Action.RAISE in row.action else 1.0)
    assert addition == (amount if Action.ADD in row.action else 0.0)
    assert standing.may_take(t.state, t.params, A) == (Action.NO_TAKING not in row.action)
    assert standing.expels(t.state, t.params) == (Action.EXPEL in row.action)
    if row.scope is Scope.ORDER and row.latch is Latch.NONE and row.action == Action.VETO:
        return  # of that order only
    expected = NO_ROW
    if Action.HALT in row.action:
        expected = HALT_ROW
    elif Action.PAUSE in row.action:
        expected = PAUSE_ROW
    elif Action.VETO in row.action:
        expected = number
    assert t.want(5_001.0) == expected
    assert t.want(5_001.0, market=B) == (expected if row.scope is not Scope.MARKET else NO_ROW)


@pytest.mark.parametrize("setting", CASES)
def test_no_switch_blocks_an_exit(setting: str) -> None:
    t = tower(setting)
    CASES[setting].fires(t)
    t.hold(300_100)
    assert t.sell()
    request = t.outbox[0].requests[0]
    assert (request.side, request.size_u, request.reduce_only) == (-1, 3_001, 1)


@pytest.mark.parametrize("setting", LIMITS)
def test_a_switch_that_is_off_is_not_there(setting: str) -> None:
    t = Tower(settings())
    assert t.params.switch_rows == 5
    CASES[setting].fires(t)
    assert t.state.firings.count == 0


def test_all_at_once_no_exit_is_blocked() -> None:
    t = Tower(settings(**{name: one.limit for name, one in CASES.items()}))
    t.hold(300_100)
    for name, one in CASES.items():
        if switch(name).wake is not Wake.ORDER:
            one.fires(t)
    assert t.state.halted
    assert t.want() == HALT_ROW
    assert t.sell()
