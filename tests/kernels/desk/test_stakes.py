"""What an entry on ticks may cost: the table of the design, caps, kinship, dust."""

import math
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as depth
from hypothesis import strategies as st

from sigma_cli.domain.dtypes.packing import pack_rules
from sigma_cli.domain.switches import Sizer
from sigma_cli.domain.units import NS_PER_S
from sigma_cli.errors import UsageError
from sigma_cli.kernels.desk import dust, kinship, stakes, switchboard
from sigma_cli.kernels.desk.kelly import on_probe
from sigma_cli.kernels.desk.switches import NO_ROW
from sigma_cli.runtime import stakes as packing
from sigma_cli.settings import Settings, load
from sigma_cli.settings.events import Events
from tests.kernels.desk.tower import A, B, C, Tower, settings
from tests.kernels.harness import instrument

STOP = 0.008


def desk(cash: float, kind: str = "kelly", bases: str = "BTC DOGE SOL", **chosen: Any) -> Tower:
    """A desk with so much cash, in which BTC and SOL are majors."""
    wanted = settings().model_copy(
        update={"stakes": Settings.model_validate({"stakes": chosen}).stakes}
    )
    t = Tower(wanted, cash=cash)
    t.state.account.cash = cash
    t.params.sizer = Sizer[kind.upper()]
    packing.pack(t.params, wanted, bases.split(), Events())
    return t


def stake(
    t: Tower, score: float, market: int = A, *, open_count: int = 0, stop: float = STOP
) -> float:
    return stakes.entry_value(t.state, t.params, market, score, open_count, stop)


# --- The table --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "cash", "score", "value"),
    [
        ("kelly", 4_999, 0.90, 0),
        ("kelly", 15_000, 0.80, 14_700),
        ("kelly", 15_000, 0.95, 14_700),
        ("kelly", 10_000, 0.60, 5_500),
        ("kelly", 10_000, 0.59, 0),
        ("kelly", 80_000, 0.55, 0),
        ("kelly", 80_000, 0.60, 5_500),
        ("kelly", 20_000, 0.80, 19_600),
        ("kelly", 20_001, 0.80, 5_500),
        ("confidence", 50_000, 0.85, 42_500),
        ("confidence", 500_000, 0.75, 375_000),
        ("confidence", 5_000, 0.99, 0),
        ("fraction", 100_000, 0.5, 10_000),
        ("fraction", 49_999, 1.0, 0),
    ],
)
def test_sizes_are_those_of_the_table(kind: str, cash: float, score: float, value: float) -> None:
    assert stake(desk(cash, kind), score) == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize("kind", ["kelly", "confidence", "fraction"])
@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf, -0.5, 0.0, 1.0000001])
def test_what_is_no_score_or_no_cash_buys_nothing(kind: str, wrong: float) -> None:
    assert stake(desk(100_000, kind), wrong) == 0.0
    if not 0.0 < wrong < math.inf:
        t = desk(100_000, kind)
        t.state.account.cash = wrong
        assert stake(t, 0.9) == 0.0
        t = desk(100_000, kind)
        t.state.account.equity = wrong
        assert stake(t, 0.9) == 0.0


@pytest.mark.parametrize("text", ["abc", "nan", "inf", "-1", ""])
def test_settings_refuse_what_is_no_amount(text: str) -> None:
    with pytest.raises(UsageError):
        load(None, None, {}, {"account.cash": text})
    with pytest.raises(UsageError):
        load(None, None, {}, {"stakes.share_major_max": text})


# --- Adaptive Kelly ---------------------------------------------------------------------------


def test_a_size_is_the_product_of_its_parts() -> None:
    t = desk(10_000_000)
    t.state.kelly.fraction = 0.10
    assert stake(t, 0.7) == pytest.approx(1e7 * 0.10 * 0.5 * 0.7)
    assert stake(t, 0.7, open_count=1) == pytest.approx(1e7 * 0.10 * 0.5 * 0.7 * 0.8)
    assert stake(t, 0.7, open_count=3) == pytest.approx(1e7 * 0.10 * 0.5 * 0.7 * 0.8)
    assert stake(t, 0.7, open_count=4) == pytest.approx(1e7 * 0.10 * 0.5 * 0.7 * 0.4)
    assert stake(t, 0.7, open_count=5) == 0.0


def test_a_position_in_a_major_may_be_larger_than_in_another() -> None:
    t = desk(10_000_000)
    t.state.kelly.fraction = 1.0
    assert stake(t, 1.0, A) == pytest.approx(1_200_000)
    assert stake(t, 1.0, B) == pytest.approx(800_000)
    t.hold(700_000, B)
    assert stake(t, 1.0, B) == pytest.approx(100_000), "what is held counts"
    t.state.account.promised = 9_950_000
    assert stake(t, 1.0, A) == pytest.approx(50_000), "what is promised is not free"


def test_a_switch_that_scales_shrinks_every_size() -> None:
    for kind, value in (("kelly", 10_000_000 * 0.05 * 0.5), ("confidence", 10_000_000)):
        t = desk(10_000_000, kind)
        before = stake(t, 1.0)
        assert before == pytest.approx(value)
        t.params.switches[t.params.switch_rows].amount = 0.3
        row = t.params.switches[t.params.switch_rows]
        row.action, row.metric, row.limit, row.comparison = 2, 12, 0.0, 2
        t.state.fired[t.params.switch_rows].on = 1
        t.params.switch_rows += 1
        assert stake(t, 1.0) == pytest.approx(0.3 * before)


def test_a_fraction_of_nothing_probes_a_few_times_a_day() -> None:
    t = desk(1_000_000)
    t.state.kelly.fraction = 0.0
    for _ in range(5):
        assert stake(t, 0.2) == pytest.approx(5_500)
        on_probe(t.state)
    assert stake(t, 0.9) == 0.0
    t.new_day()
    assert stake(t, 0.2) == pytest.approx(5_500)
    on_probe(t.state)
    assert t.state.kelly.probes == 1


def test_a_small_account_has_one_position() -> None:
    t = desk(15_000)
    assert stake(t, 0.9, open_count=1) == 0.0
    t.state.account.promised = 10_000
    assert stake(t, 0.9) == 0.0, "4,900 are left"
    assert stake(t, 0.7) == 0.0
    t = desk(15_000, small_accounts=False)
    assert stake(t, 0.9) == 0.0, "5,500 are more than 30 %"


def test_a_least_order_must_be_sold_again_at_its_stop() -> None:
    t = desk(80_000)
    assert stake(t, 0.6, stop=0.05) == pytest.approx(5_500)
    assert stake(t, 0.6, stop=0.08) == 0.0, "5,060 are less than 5,100"
    t.hold(19_000)
    assert stake(t, 0.6) == 0.0, "with what is held it is more than 30 %"


def test_probes_do_not_make_usual_orders_unusual() -> None:
    chosen = settings(median_ratio_max=10.0)
    t = Tower(chosen)
    packing.pack(t.params, chosen, ["BTC"] * 3, Events())
    assert [t.buy(100_000.0 + k) for k in range(5)] == [NO_ROW] * 5
    assert [t.buy(5_500.0) for _ in range(200)] == [NO_ROW] * 200
    assert t.buy(1_000_000.0) == NO_ROW
    assert t.buy(1_100_000.0) != NO_ROW


# --- Kinship ----------------------------------------------------------------------------------


def walk(t: Tower, *changes: tuple[float, ...]) -> None:
    """Minutes in which each market moves by so many units."""
    prices = [1_000_000.0] * 3
    for change in changes:
        t.wait(60)
        for market, step in enumerate(change):
            prices[market] += step
            t.tick(round(prices[market]), market)
    t.wait(60)
    for market in range(len(changes[0])):
        t.tick(round(prices[market]), market)


def changes_of(count: int, together: float) -> list[tuple[float, ...]]:
    random = np.random.default_rng(4)
    common, own = random.normal(size=(2, count)), random.normal(size=(2, count))
    mixed = [common[0] * together + own[k] * (1 - together) for k in range(2)]
    return list(zip(1_000 * mixed[0], 1_000 * mixed[1], [0.0] * count, strict=True))


@pytest.mark.parametrize(("together", "is_kin"), [(0.95, True), (0.2, False)])
def test_markets_that_move_as_one_are_one(together: float, is_kin: bool) -> None:
    t = desk(10_000_000)
    changes = changes_of(24, together)
    walk(t, *changes)
    a, b, c = (t.state.watch[m] for m in (A, B, C))
    now_ns = int(t.state.now_ns)
    prices = 1_000_000 + np.cumsum(np.array(changes), axis=0)
    prices = np.round(prices[-21:])
    expected = np.corrcoef((np.diff(prices, axis=0) / prices[:-1])[:, :2].T)[0, 1]
    found = kinship.correlation(a, b, now_ns, 20)
    assert found == pytest.approx(expected, abs=1e-9) and (found > 0.8) == is_kin
    assert math.isnan(kinship.correlation(a, c, now_ns, 20)), "C stood still"
    assert math.isnan(kinship.correlation(a, b, now_ns, 31)), "they are not known so long"
    alone = stake(t, 1.0, A)
    t.hold(4_900, B)
    assert stake(t, 1.0, A) == alone, "dust is not held"
    t.hold(100_000, B)
    assert stake(t, 1.0, A) == pytest.approx(alone * (0.5 if is_kin else 1.0))


def test_a_market_not_heard_of_stands_still() -> None:
    t = desk(10_000_000)
    walk(t, *changes_of(24, 0.95))
    now_ns = int(t.state.now_ns)
    later_ns = now_ns + 60 * NS_PER_S * 40
    assert math.isnan(kinship.correlation(t.state.watch[A], t.state.watch[B], later_ns, 20))
    t.tick(1_100_000, A, after_s=3_600)
    assert math.isnan(kinship.correlation(t.state.watch[A], t.state.watch[B], later_ns, 20))


# --- Dust and what can be sold ----------------------------------------------------------------


def rules(lot: str = "0.01", fee: str = "0.0005") -> Any:
    one = instrument(lot=lot, fee=fee)
    return pack_rules(one, one.rules[0])[0]


@pytest.mark.parametrize(
    ("held", "wanted", "sold"),
    [
        (4_999, 4_999, 0),
        (4_999, 2_500, 0),
        (5_000, 5_000, 5_000),
        (5_000, 2_500, 5_000),
        (5_001, 5_001, 5_001),
        (5_001, 1, 5_001),
        (12_000, 4_000, 5_000),
        (12_000, 7_000, 7_000),
        (12_000, 7_001, 12_000),
        (9_999, 5_000, 9_999),
        (10_000, 5_000, 5_000),
        (10_000, 0, 0),
        (10_000, 99_999, 10_000),
    ],
)
def test_what_is_sold_the_venue_takes_and_leaves_no_dust(held: int, wanted: int, sold: int) -> None:
    """At a price of 100 a unit is a won."""
    assert dust.exit_u(wanted, held, 100.0, rules()) == sold
    assert dust.is_dust(held, 100.0, rules()) == (held < 5_000)


@given(
    st.integers(0, 10**7),
    st.integers(-5, 10**7),
    st.floats(0.5, 1e6),
    st.sampled_from(["0.01", "0.07", "1", "25"]),
)
@depth(max_examples=100, deadline=None)
def test_no_exit_leaves_dust_or_is_refused(
    held_u: int, wanted_u: int, price: float, lot: str
) -> None:
    r = rules(lot)
    sold_u = dust.exit_u(wanted_u, held_u, price, r)
    whole_u = held_u - held_u % int(r.lot_u)
    assert 0 <= sold_u <= held_u and sold_u % r.lot_u == 0
    if sold_u == 0:
        assert wanted_u <= 0 or dust.is_dust(whole_u, price, r)
    else:
        assert not dust.is_dust(sold_u, price, r)
        assert sold_u == whole_u or not dust.is_dust(whole_u - sold_u, price, r)


@given(st.floats(0, 1e9), st.floats(0.5, 1e6), st.sampled_from(["0.01", "0.07", "1"]))
@depth(max_examples=100, deadline=None)
def test_an_entry_costs_no_more_than_its_stake(value: float, price: float, lot: str) -> None:
    r = rules(lot)
    size_u = dust.entry_u(value, price, r)
    assert size_u >= 0 and size_u % r.lot_u == 0
    bought = Decimal(int(size_u)) / 100 * Decimal(price)
    assert bought * (1 + Decimal("0.0005")) <= Decimal(value) * (1 + Decimal("1e-15"))
    assert size_u == 0 or 5_000 <= float(bought) <= 1e9
    step = Decimal(int(r.lot_u)) / 100 * Decimal(price)
    if size_u > 0 and float(bought + step) <= 1e9:
        assert (bought + step) * (1 + Decimal("0.0005")) > Decimal(value) * (1 - Decimal("1e-12"))


def test_a_stake_becomes_a_size_with_its_fee() -> None:
    assert dust.entry_u(14_700.0, 100.0, rules()) == 14_692
    assert dust.entry_u(5_002.0, 100.0, rules()) == 0
    assert dust.entry_u(5_002.5, 100.0, rules()) == 5_000


def test_the_least_entry_can_be_sold_at_its_stop() -> None:
    assert dust.least_entry(rules(), 1.10, 0.012) == pytest.approx(5_566.80, abs=0.01)
    assert dust.can_leave(5_200.0, rules(), 1.02, 0.012)
    assert not dust.can_leave(5_100.0, rules(), 1.02, 0.012)


def test_a_round_trip_on_the_switchboard_teaches_kelly() -> None:
    t = desk(10_000_000, kelly_trips_min=4)
    for net in (1.0, 2.0, -1.0):
        switchboard.on_closed(t.state, t.params, net, 0.0, 100.0)
    assert t.state.kelly.fraction == 0.05
    switchboard.on_closed(t.state, t.params, 3.0, 0.0, 100.0)
    assert t.state.kelly.full == pytest.approx(0.75 - 0.25 / 2)
