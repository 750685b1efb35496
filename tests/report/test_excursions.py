"""Which fills were inside a bar: small tapes over four bars whose answer is known by hand."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sigma_cli.domain.facts import FactKind, Liquidity
from sigma_cli.domain.requests import OrderType, RequestKind, Side
from sigma_cli.report.excursions import trade_excursions
from sigma_cli.report.inputs import Bars, Run

MINUTE = 60 * 10**9
MARKET, STOP, LIMIT = OrderType.MARKET, OrderType.STOP, OrderType.LIMIT
TAKER, MAKER = Liquidity.TAKER, Liquidity.MAKER
BARS = Bars(
    open_ts_ns=np.arange(4) * MINUTE,
    open=np.array([100.0, 100.0, 100.0, 100.0]),
    high=np.array([105.0, 130.0, 110.0, 150.0]),
    low=np.array([98.0, 90.0, 80.0, 50.0]),
    close=np.array([100.0, 100.0, 100.0, 100.0]),
)


@pytest.fixture
def run(make_run: Callable[..., Run]) -> Run:
    return make_run(("KRW-BTC",), minutes=100)


def taped(
    run: Run,
    orders: list[tuple[Side, OrderType, float, int]],
    fills: list[tuple[int, int, Liquidity]],
    price: float,
) -> Run:
    """Return a run of one trade: orders (side, type, price, minute), fills (number, minute, how).

    Entered with its first fill and left with its last, at `price`.
    """
    sides, types, prices, minutes = (np.array(column) for column in zip(*orders, strict=True))
    numbers, at, how = (np.array(column) for column in zip(*fills, strict=True))
    ts_ns = (at * MINUTE).astype(np.int64)
    trades: dict[str, Any] = {
        "market": 0,
        "entry_ts_ns": ts_ns[0],
        "exit_ts_ns": ts_ns[-1],
        "entry_price": 100.0,
        "exit_price": price,
        "pnl": 0.0,
    }
    summary = {**run.summary, "markets": [{"market": "M", "price_exp": 1, "size_exp": 0}]}
    return replace(
        run,
        summary=summary,
        bars=(BARS,),
        trades={name: np.array([value]) for name, value in trades.items()},
        requests={
            "kind": np.full(len(orders), RequestKind.SUBMIT),
            "local_no": np.arange(1, len(orders) + 1),
            "market": np.zeros(len(orders), np.int64),
            "side": sides,
            "order_type": types,
            "price_u": (prices * 10).astype(np.int64),
            "decision_ts_ns": minutes * MINUTE,
        },
        facts={
            "kind": np.full(len(fills), FactKind.FILLED),
            "local_no": numbers,
            "market": np.zeros(len(fills), np.int64),
            "liquidity": how,
            "exch_ts_ns": ts_ns,
        },
    )


def far(run: Run) -> tuple[float, float]:
    found = trade_excursions(run)
    return float(found.favourable[0]), float(found.adverse[0])


BUY = (Side.BUY, MARKET, 0.0, 0)


def test_a_stop_that_its_bar_reached_leaves_that_bar_out(run: Run) -> None:
    stop = (Side.SELL, STOP, 95.0, 0)
    told = far(taped(run, [BUY, stop], [(1, 0, TAKER), (2, 2, TAKER)], 95.0))
    assert told == pytest.approx((0.05, 0.05)), "not the 130 and the 90 of the bar of the stop"


def test_a_stop_that_the_next_open_reached_keeps_the_bar_before(run: Run) -> None:
    stop = (Side.SELL, STOP, 85.0, 0)
    told = far(taped(run, [BUY, stop], [(1, 0, TAKER), (2, 2, TAKER)], 84.0))
    assert told == pytest.approx((0.3, 0.16))


def test_a_stop_that_did_not_rest_in_a_bar_was_not_filled_in_it(run: Run) -> None:
    stop = (Side.SELL, STOP, 95.0, 2)
    told = far(taped(run, [BUY, stop], [(1, 0, TAKER), (2, 2, TAKER)], 94.0))
    assert told == pytest.approx((0.3, 0.1))


def test_what_a_cap_leaves_of_a_stop_is_sold_at_opens(run: Run) -> None:
    stop = (Side.SELL, STOP, 95.0, 0)
    fills = [(1, 0, TAKER), (2, 2, TAKER), (2, 3, TAKER)]
    told = far(taped(run, [BUY, stop], fills, 95.0))
    assert told == pytest.approx((0.3, 0.2))


@pytest.mark.parametrize(("how", "best"), [(MAKER, 0.2), (TAKER, 0.3)])
def test_a_target_that_makes_is_inside_a_bar(run: Run, how: Liquidity, best: float) -> None:
    target = (Side.SELL, LIMIT, 120.0, 0)
    told = far(taped(run, [BUY, target], [(1, 0, TAKER), (2, 2, how)], 120.0))
    assert told == pytest.approx((best, 0.02 if how == MAKER else 0.1))


def test_an_entry_by_limit_begins_with_the_next_bar(run: Run) -> None:
    orders = [(Side.BUY, LIMIT, 100.0, 0), (Side.SELL, MARKET, 0.0, 3)]
    told = far(taped(run, orders, [(1, 2, MAKER), (2, 3, TAKER)], 100.0))
    assert told == pytest.approx((0.1, 0.2)), "not the 130 of the bar of the entry"


def test_a_run_without_tables_is_taken_at_its_times(run: Run) -> None:
    made = taped(run, [BUY, (Side.SELL, STOP, 95.0, 0)], [(1, 0, TAKER), (2, 2, TAKER)], 95.0)
    assert far(replace(made, facts={})) == pytest.approx((0.3, 0.1))
