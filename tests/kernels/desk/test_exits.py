"""Orders that reduce a position: never more than it, and nothing stands before them."""

from typing import Any

import pytest

from sigma_cli.domain.requests import OrderType, Reason, RequestKind, Side
from tests.kernels.harness import UNIT, Desk, instrument, settings


def holding(size_u: int = 10 * UNIT, price_u: int = 10_000, **chosen: Any) -> Desk:
    desk = Desk(settings(**chosen))
    desk.hold(size_u, price_u)
    return desk


def test_flat_sells_all_of_the_position_at_the_market() -> None:
    desk = holding()
    caused = desk.signal(0.0, strategy=2)
    request = caused.request
    assert request.kind == RequestKind.SUBMIT
    assert (request.side, request.order_type) == (Side.SELL, OrderType.MARKET)
    assert (request.size_u, request.value) == (10 * UNIT, 0.0)
    assert (request.reduce_only, request.strategy) == (1, 2)
    assert caused.reason is Reason.SIGNAL_EXIT


def test_a_lower_target_sells_the_difference_by_value() -> None:
    desk = holding(fraction=0.1)
    assert desk.signal(0.4).request.size_u == 6 * UNIT


def test_a_lower_target_sells_the_difference_by_units() -> None:
    desk = holding(units=10)
    assert desk.signal(0.25).request.size_u == 750


def test_a_position_that_grew_is_cut_to_its_new_target() -> None:
    desk = holding(fraction=0.1)
    desk.bar(30_000)  # worth 300,000 of 1,200,000
    assert desk.signal(0.5).request.size_u == 8 * UNIT


@pytest.mark.parametrize("price_u", [100, 499])
def test_what_is_worth_too_little_stays_and_says_so(price_u: int) -> None:
    desk = holding()
    desk.bar(price_u)
    caused = desk.signal(0.0)
    assert not caused.requests
    assert caused.reason is Reason.VALUE_MIN
    (decision,) = caused.decisions
    assert (decision.measured, decision.limit) == (price_u * 10, 5_000)
    desk.bar(500)
    assert desk.signal(0.0).request.size_u == 10 * UNIT, "it is sold once it can be"


def test_what_is_less_than_a_lot_stays_and_says_so() -> None:
    desk = holding(99)
    desk.rules(0, instrument(lot="1"))
    caused = desk.signal(0.0)
    assert not caused.requests
    assert caused.reason is Reason.LOT
    (decision,) = caused.decisions
    assert (decision.measured, decision.limit) == (99, 100)


def test_only_whole_lots_are_sold() -> None:
    desk = holding(10 * UNIT + 50)
    desk.rules(0, instrument(lot="1"))
    assert desk.signal(0.0).request.size_u == 10 * UNIT


def test_coins_from_outside_cannot_be_sold_before_the_rules_are_known() -> None:
    desk = Desk(knows_rules=False)
    desk.external(size_u=500)
    desk.bar(10_000)
    desk.signal(1.0)
    assert desk.refusals(Reason.NO_RULES) == 1
    assert desk.signal(0.0).nothing, "the reason is the same as before"
    assert desk.refusals(Reason.NO_RULES) == 2
    desk.rules()
    assert desk.signal(0.0).request.size_u == 500


def test_flat_without_a_position_asks_for_nothing() -> None:
    desk = Desk()
    desk.bar(10_000)
    assert desk.signal(0.0).nothing


def test_a_position_below_zero_is_not_sold_further() -> None:
    desk = holding()
    desk.external(size_u=-15 * UNIT)
    assert desk.signal(0.0).nothing
    assert desk.signal(0.5).request.side == Side.BUY


@pytest.mark.parametrize("veto", ["halt", "drawdown", "day loss", "rate", "unknown order"])
def test_nothing_stands_before_an_exit(veto: str) -> None:
    limits: dict[str, Any] = {
        "drawdown": {"drawdown_max": 0.05},
        "day loss": {"day_loss_max": 0.05},
        "rate": {"orders_per_minute_max": 1.0},
    }
    desk = Desk(
        settings(fraction=0.4, **limits.get(veto, {})),
        instruments=(instrument("A"), instrument("B")),
    )
    desk.hold(40 * UNIT, 10_000)
    desk.bar(10_000, 1, minutes=0)
    if veto == "halt":
        desk.halt()
    elif veto == "rate":
        assert desk.signal(1.0, 1).reason is Reason.ORDER_RATE
    elif veto == "unknown order":
        no = desk.signal(0.5).request.local_no
        desk.unknown(no)
        assert desk.position().unknown == 1
    else:
        desk.bar(8_000)
        assert desk.signal(1.0, 1).reason in (Reason.DRAWDOWN, Reason.DAY_LOSS)
    assert desk.signal(0.0).request.size_u == 40 * UNIT
