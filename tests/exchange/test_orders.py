"""An order's arithmetic, to the last digit: the official samples, and what partial fills leave."""

from decimal import Decimal, localcontext
from typing import Any

import pytest

from sigma_cli.exchange.upbit.exact import EXACT, cut, lots, plain, quotient
from sigma_cli.exchange.upbit.orders import OwnOrder, moment
from sigma_cli.venues.upbit.wire import json
from tests.exchange.fair import START_NS


def own(side: str, ord_type: str = "limit", **fields: Any) -> OwnOrder:
    amounts: dict[str, Any] = {
        name: Decimal(fields[name]) if name in fields else None for name in ("price", "volume")
    }
    fee = Decimal(fields.get("fee", "0.0005"))
    left = amounts["volume"] if amounts["volume"] is not None else amounts["price"]
    kinds: dict[str, Any] = {"side": side, "ord_type": ord_type}
    return OwnOrder(
        no=1,
        uuid="u",
        account="ann",
        code="KRW-BTC",
        identifier=None,
        time_in_force=None,
        smp_type=None,
        smp="none",
        fee_maker=Decimal(fields.get("fee_maker", fee)),
        fee_taker=fee,
        created_ns=START_NS,
        left=left or Decimal(),
        **kinds,
        **amounts,
    )


def amounts(order: OwnOrder, *names: str) -> list[str]:
    told = json.encode(order.shown()).decode()
    return [told.split(f'"{name}":"')[1].split('"')[0] for name in names]


def test_the_official_sample_of_a_limit_bid() -> None:
    order = own("bid", price="155772000", volume="0.0001")
    names = ("reserved_fee", "remaining_fee", "paid_fee", "locked", "remaining_volume")
    assert amounts(order, *names) == ["7.7886", "7.7886", "0", "15584.9886", "0.0001"]


def test_the_official_sample_of_a_market_buy() -> None:
    order = own("bid", "price", price="6000")
    assert order.locked == Decimal("6003")
    with localcontext(EXACT):
        volume = order.affordable(Decimal("160594000"), 8)
        filled = order.fill(Decimal("160594000"), volume, is_maker=False)
    order.state = "cancel"
    assert volume == Decimal("0.00003736")
    assert filled.funds == Decimal("5999.79184")
    assert filled.given_back == 0
    names = ("executed_volume", "paid_fee", "remaining_fee", "locked", "reserved_fee")
    wanted = ["0.00003736", "2.99989592", "0.00010408", "0.20826408", "3"]
    assert amounts(order, *names) == wanted
    assert order.shown().volume is None and order.shown().remaining_volume is None


def test_the_official_sample_of_a_sale() -> None:
    order = own("ask", "market", volume="5.377594")
    assert amounts(order, "reserved_fee", "locked") == ["0", "5.377594"]
    with localcontext(EXACT):
        filled = order.fill(Decimal(1375), Decimal("5.377594"), is_maker=False)
    assert (filled.funds, filled.fee) == (Decimal("7394.19175"), Decimal("3.697095875"))
    assert amounts(order, "paid_fee", "locked", "remaining_volume") == ["3.697095875", "0", "0"]
    assert order.shown().price is None


def test_what_a_better_price_saves_is_given_back_at_once() -> None:
    order = own("bid", price="100", volume="10", fee="0.001")
    with localcontext(EXACT):
        filled = order.fill(Decimal(90), Decimal(4), is_maker=False)
    assert (filled.funds, filled.fee) == (Decimal(360), Decimal("0.360"))
    assert filled.given_back == Decimal("400.4") - Decimal("360.36")
    assert order.locked == Decimal("600.6")
    assert amounts(order, "remaining_fee", "paid_fee") == ["0.6", "0.36"]


def test_a_lower_fee_of_makers_is_given_back_at_once() -> None:
    order = own("bid", price="100", volume="10", fee="0.001", fee_maker="0.0004")
    with localcontext(EXACT):
        filled = order.fill(Decimal(100), Decimal(10), is_maker=True)
    assert filled.fee == Decimal("0.4") and filled.given_back == Decimal("0.6")
    assert order.locked == 0


def test_what_is_prevented_unties_the_fee_too() -> None:
    bid, ask = own("bid", price="100", volume="10"), own("ask", price="100", volume="10")
    assert bid.prevent(Decimal(4), Decimal(99)) == Decimal("400.2")
    assert ask.prevent(Decimal(4), Decimal(99)) == Decimal(4)
    assert amounts(bid, "prevented_volume", "prevented_locked") == ["4", "400.2"]
    assert amounts(ask, "prevented_volume", "prevented_locked") == ["4", "4"]


def test_an_average_is_told_to_eight_decimals() -> None:
    order = own("bid", price="100", volume="3")
    with localcontext(EXACT):
        order.fill(Decimal(100), Decimal(1), is_maker=False)
        order.fill(Decimal(99), Decimal(2), is_maker=False)
    told = order.told("done", START_NS)
    assert told.avg_price == Decimal("99.33333333")
    assert told.executed_funds == 298 and told.trades_count == 2


@pytest.mark.parametrize(
    ("amount", "price", "bought"),
    [("10000", "30000", "0.33333333"), ("5000", "5000", "1"), ("0.00000001", "3", "0")],
)
def test_a_sum_buys_whole_lots(amount: str, price: str, bought: str) -> None:
    assert lots(Decimal(amount), Decimal(price), 8) == Decimal(bought)


def test_amounts_are_told_without_exponents_and_zeros() -> None:
    told = [format(plain(Decimal(text)), "f") for text in ("5E+3", "0.10", "1E-8", "0E+4", "-0")]
    assert told == ["5000", "0.1", "0.00000001", "0", "0"]
    assert cut(Decimal("1.999999999")) == Decimal("1.99999999")
    assert quotient(Decimal(1), Decimal(3)) == Decimal("0.33333333")


def test_times_are_told_as_in_korea() -> None:
    assert moment(START_NS) == "2026-01-02T12:04:05+09:00"
    assert moment(START_NS + 176_073_999) == "2026-01-02T12:04:05.176073+09:00"


def test_a_bid_locks_the_higher_of_the_two_fees() -> None:
    order = own("bid", price="100", volume="10", fee="0.001", fee_maker="0.002")
    assert order.locked == Decimal(1_002)
    with localcontext(EXACT):
        filled = order.fill(Decimal(100), Decimal(10), is_maker=False)
    assert (filled.fee, filled.given_back) == (Decimal(1), Decimal(1))
