"""The table of an order's life is complete and consistent."""

import pytest

from sigma_cli.domain.facts import FactKind
from sigma_cli.domain.orders import TRANSITIONS, WORKING, OrderState

NOT_OF_ORDERS = {FactKind.EXTERNAL, FactKind.BALANCE}
ENDS = {OrderState.FILLED, OrderState.CANCELLED, OrderState.REFUSED, OrderState.RESOLVED}

FORBIDDEN = {
    OrderState.FREE: set(FactKind),
    OrderState.REQUESTED: {FactKind.RESOLVED},
    OrderState.OPEN: {FactKind.REFUSED, FactKind.RESOLVED},
    OrderState.UNKNOWN: set(),
    OrderState.FILLED: set(FactKind),
    OrderState.CANCELLED: set(FactKind) - {FactKind.FILLED},
    OrderState.REFUSED: set(FactKind),
    OrderState.RESOLVED: set(FactKind),
}


@pytest.mark.parametrize("state", OrderState)
def test_every_fact_is_allowed_or_forbidden_on_purpose(state: OrderState) -> None:
    assert set(TRANSITIONS[state]) == set(FactKind) - FORBIDDEN[state] - NOT_OF_ORDERS


def test_every_state_is_working_or_an_end_or_free() -> None:
    assert set(OrderState) == WORKING | ENDS | {OrderState.FREE}


def test_only_working_orders_move_on() -> None:
    for state, by_fact in TRANSITIONS.items():
        if state not in WORKING:
            assert set(by_fact.values()) <= {state}, "an end is an end"


def test_every_fact_about_orders_moves_some_order() -> None:
    moved = {fact for by_fact in TRANSITIONS.values() for fact in by_fact}
    assert moved == set(FactKind) - NOT_OF_ORDERS


def test_every_state_can_be_reached() -> None:
    """FILLED by the writer, from what remains: the table says OPEN."""
    reached = {OrderState.FREE, OrderState.REQUESTED, OrderState.FILLED}
    for _ in OrderState:
        reached |= {after for state in reached for after in TRANSITIONS[state].values()}
    assert reached == set(OrderState)


def test_an_order_whose_fate_is_unknown_can_end() -> None:
    assert ENDS - {OrderState.REFUSED, OrderState.FILLED} <= set(
        TRANSITIONS[OrderState.UNKNOWN].values()
    )


def test_a_refusal_proves_nothing_about_an_unknown_order() -> None:
    assert TRANSITIONS[OrderState.UNKNOWN][FactKind.REFUSED] is OrderState.UNKNOWN
