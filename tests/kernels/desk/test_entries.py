"""Orders that add risk: their size, and every reason why there is none."""

from typing import Any

import pytest

from sigma_cli.domain.requests import OrderType, Reason, RequestKind, Side, TimeInForce
from tests.kernels.harness import UNIT, Desk, instrument, settings


def test_a_share_of_equity_is_bought_by_value() -> None:
    desk = Desk(settings(fraction=0.25))
    desk.bar(10_000)
    caused = desk.signal(1.0, strategy=7)
    request = caused.request
    assert request.kind == RequestKind.SUBMIT
    assert request.side == Side.BUY
    assert request.order_type == OrderType.VALUE
    assert request.value == pytest.approx(250_000)
    assert (request.size_u, request.price_u) == (0, 0)
    assert request.tif == TimeInForce.GTC
    assert (request.post_only, request.reduce_only, request.expires_ns) == (0, 0, 0)
    assert (request.local_no, request.strategy, request.market) == (1, 7, 0)
    assert request.decision_ts_ns == desk.now_ns
    assert caused.reason is Reason.SIGNAL_ENTRY


def test_a_count_of_units_is_bought_by_size() -> None:
    desk = Desk(settings(units=2.5))
    desk.bar(10_000)
    request = desk.signal(1.0).request
    assert request.order_type == OrderType.MARKET
    assert (request.size_u, request.value) == (250, 0.0)


def test_a_decision_says_what_was_asked_for_and_at_what_price() -> None:
    desk = Desk(settings(units=2.5))
    desk.bar(10_000)
    (decision,) = desk.signal(0.5, strategy=3).decisions
    assert (decision.local_no, decision.strategy, decision.side) == (1, 3, Side.BUY)
    assert (decision.target, decision.price_u, decision.size_u) == (0.5, 10_000, 125)
    assert decision.value == 12_500
    assert decision.ts_ns == desk.now_ns


@pytest.mark.parametrize("target", [0.25, 0.5, 1.0])
def test_a_target_is_a_share_of_the_full_size(target: float) -> None:
    by_units, by_value = Desk(settings(units=4)), Desk(settings(fraction=0.2))
    for desk in (by_units, by_value):
        desk.bar(10_000)
    assert by_units.signal(target).request.size_u == target * 400
    assert by_value.signal(target).request.value == pytest.approx(target * 200_000)


@pytest.mark.parametrize(
    ("units", "lot", "size_u"),
    [
        (1.237, "0.01", 123),
        (1.239, "0.1", 120),
        (1.99, "1", 100),
        (0.29, "0.01", 29),  # 0.29 in binary is a little less
    ],
)
def test_a_size_is_rounded_down_to_whole_lots(units: float, lot: str, size_u: int) -> None:
    desk = Desk(settings(units=units), instruments=(instrument(lot=lot),))
    desk.bar(100_000)
    assert desk.signal(1.0).request.size_u == size_u


@pytest.mark.parametrize("fee", ["0", "0.0005", "0.0025", "0.013"])
@pytest.mark.parametrize("cash", [1_000_000.0, 333_333.33, 54_321.0])
def test_all_of_the_cash_can_be_asked_for_the_fee_included(cash: float, fee: str) -> None:
    desk = Desk(settings(cash, fraction=1.0), instruments=(instrument(fee=fee),))
    desk.bar(10_000)
    value = desk.signal(1.0).request.value
    assert value * (1 + float(fee)) <= cash
    assert value * (1 + float(fee)) == pytest.approx(cash, rel=1e-9)


def test_markets_that_share_the_cash_equally_all_get_their_share() -> None:
    desk = Desk(
        settings(fraction=0.25), instruments=tuple(instrument(fee="0.001") for _ in range(4))
    )
    for market in range(4):
        desk.bar(7_000 + market, market, minutes=0)
    values = [desk.signal(1.0, market).request.value for market in range(4)]
    assert values == pytest.approx([250_000 / 1.001] * 4)
    assert desk.account.promised <= desk.account.cash


def test_a_higher_target_buys_what_is_missing() -> None:
    desk = Desk(settings(fraction=0.2))
    desk.bar(10_000)
    no = desk.signal(0.5).request.local_no
    desk.filled(no, 10 * UNIT, 10_000)
    desk.cancelled(no)
    assert desk.signal(1.0).request.value == pytest.approx(100_000)


def test_a_higher_target_of_units_buys_what_is_missing() -> None:
    desk = Desk(settings(units=4))
    desk.bar(10_000)
    no = desk.signal(0.5).request.local_no
    desk.filled(no, 200, 10_000)
    assert desk.signal(0.75).request.size_u == 100


def refusal(desk: Desk, target: float = 1.0) -> tuple[Reason, float, float]:
    caused = desk.signal(target)
    assert not caused.requests
    (decision,) = caused.decisions
    assert decision.local_no == 0
    return caused.reason, float(decision.measured), float(decision.limit)


@pytest.mark.parametrize(
    ("chosen", "rules", "expected"),
    [
        ({"units": 0.9}, {"lot": "1"}, (Reason.LOT, 0, 100)),
        ({"fraction": 0.0000001}, {}, (Reason.LOT, 0, 1)),
        ({"units": 0.1}, {}, (Reason.VALUE_MIN, 1_000, 5_000)),
        ({"fraction": 0.004}, {}, (Reason.VALUE_MIN, 4_000, 5_000)),
        ({"units": 50}, {"value_max": "400000"}, (Reason.VALUE_MAX, 500_000, 400_000)),
        ({"fraction": 0.5}, {"value_max": "400000"}, (Reason.VALUE_MAX, 500_000, 400_000)),
        ({"units": 100}, {"fee": "0.001"}, (Reason.CASH, 1_001_000, 1_000_000)),
    ],
)
def test_what_the_venues_rules_or_the_cash_forbid(
    chosen: dict[str, Any], rules: dict[str, str], expected: tuple[Reason, float, float]
) -> None:
    desk = Desk(settings(**chosen), instruments=(instrument(**rules),))
    desk.bar(10_000)
    reason, measured, limit = refusal(desk)
    assert reason is expected[0]
    assert (measured, limit) == pytest.approx(expected[1:])
    assert desk.refusals(reason) == 1


@pytest.mark.parametrize(("units", "allowed"), [(0.49, False), (0.50, True), (0.51, True)])
def test_the_minimum_itself_is_enough(units: float, *, allowed: bool) -> None:
    desk = Desk(settings(units=units))
    desk.bar(10_000)
    assert bool(desk.signal(1.0).requests) is allowed


@pytest.mark.parametrize(("units", "allowed"), [(40, True), (40.01, False)])
def test_the_maximum_itself_is_allowed(units: float, *, allowed: bool) -> None:
    desk = Desk(settings(units=units), instruments=(instrument(value_max="400000"),))
    desk.bar(10_000)
    assert bool(desk.signal(1.0).requests) is allowed


def test_exactly_all_of_the_cash_is_enough() -> None:
    desk = Desk(settings(units=100))
    desk.bar(10_000)
    assert desk.signal(1.0).request.size_u == 100 * UNIT


def test_without_rules_nothing_is_bought() -> None:
    desk = Desk(knows_rules=False)
    desk.bar(10_000)
    assert refusal(desk)[0] is Reason.NO_RULES


def test_without_a_price_nothing_is_bought() -> None:
    assert refusal(Desk())[0] is Reason.NO_PRICE


def test_new_rules_count_from_the_next_order_on() -> None:
    desk = Desk(settings(units=1))
    desk.bar(10_000)
    desk.rules(0, instrument(value_min="20000"))
    assert refusal(desk)[0] is Reason.VALUE_MIN
    desk.rules(0, instrument())
    assert desk.signal(1.0).requests


def test_a_size_beyond_counting_is_refused_for_want_of_cash() -> None:
    desk = Desk(settings(units=1e12), instruments=(instrument(value_max="1e300"),))
    desk.bar(10**9)
    reason, measured, _ = refusal(desk)
    assert reason is Reason.CASH
    assert measured > 1e20


def test_a_refusal_does_not_carry_the_order_of_another_market() -> None:
    desk = Desk(settings(units=1), instruments=(instrument("A"), instrument("B")))
    desk.bar(10_000, 0)
    assert desk.signal(1.0, 0).requests
    (decision,) = desk.signal(1.0, 1).decisions
    assert decision.reason == Reason.NO_PRICE
    assert (decision.market, decision.size_u, decision.value, decision.side) == (1, 0, 0.0, 0)
