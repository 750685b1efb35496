"""Rules are dated, cover every price, and can't be written down wrongly."""

from decimal import Decimal
from typing import Any

import pytest

from sigma_cli.domain.instruments import BANDS_MAX, EXP_MAX, Instrument, Rules
from sigma_cli.domain.units import TsNs


def rules(valid_from_ns: int = 0, **changes: Any) -> Rules:
    fields: dict[str, Any] = {
        "ticks": ((Decimal(100), Decimal(1)), (Decimal(0), Decimal("0.1"))),
        "lot": Decimal("0.01"),
        "value_min": Decimal(5),
        "value_max": Decimal(1000),
        "fee_maker": Decimal("0.0002"),
        "fee_taker": Decimal("0.0005"),
    }
    return Rules(valid_from_ns=TsNs(valid_from_ns), **(fields | changes))


def instrument(*dated: Rules, price_exp: int = 1, size_exp: int = 2) -> Instrument:
    return Instrument(
        venue="v", market="M", price_exp=price_exp, size_exp=size_exp, rules=dated or (rules(),)
    )


@pytest.mark.parametrize(
    ("ts_ns", "index"),
    [(-5, 0), (0, 0), (99, 0), (100, 1), (101, 1), (199, 1), (200, 2), (10**19, 2)],
)
def test_the_rules_in_force_begin_at_their_date(ts_ns: int, index: int) -> None:
    dated = (rules(50), rules(100), rules(200))
    assert instrument(*dated).rules_at(ts_ns) is dated[index]


@pytest.mark.parametrize(
    "ticks",
    [
        (),
        ((Decimal(1), Decimal(1)),),  # nothing below 1
        ((Decimal(0), Decimal(1)), (Decimal(5), Decimal(1))),  # lowest first
        ((Decimal(5), Decimal(1)), (Decimal(5), Decimal(2)), (Decimal(0), Decimal(1))),
        ((Decimal(0), Decimal(0)),),  # a tick of nothing
        tuple((Decimal(BANDS_MAX - i), Decimal(1)) for i in range(BANDS_MAX + 1)),
    ],
)
def test_a_tick_table_must_cover_every_price_once(ticks: Any) -> None:
    with pytest.raises(AssertionError):
        rules(ticks=ticks)


def test_the_longest_tick_table_fits() -> None:
    ticks = tuple((Decimal(BANDS_MAX - 1 - i), Decimal(1)) for i in range(BANDS_MAX))
    assert len(rules(ticks=ticks).ticks) == BANDS_MAX


@pytest.mark.parametrize(
    "changes",
    [
        {"lot": Decimal(0)},
        {"value_min": Decimal(-1)},
        {"value_min": Decimal(11), "value_max": Decimal(10)},
    ],
)
def test_impossible_lots_and_values_are_a_bug(changes: dict[str, Any]) -> None:
    with pytest.raises(AssertionError):
        rules(**changes)


@pytest.mark.parametrize(
    ("price_exp", "size_exp"), [(-1, 0), (0, -1), (EXP_MAX + 1, 0), (0, EXP_MAX + 1)]
)
def test_exponents_are_bounded(price_exp: int, size_exp: int) -> None:
    with pytest.raises(AssertionError):
        instrument(price_exp=price_exp, size_exp=size_exp)


@pytest.mark.parametrize("dated", [(rules(2), rules(1)), (rules(1), rules(1))])
def test_rules_come_in_order_of_time(dated: tuple[Rules, ...]) -> None:
    with pytest.raises(AssertionError):
        instrument(*dated)


def test_an_instrument_has_rules() -> None:
    with pytest.raises(AssertionError):
        Instrument(venue="v", market="M", price_exp=0, size_exp=0, rules=())
