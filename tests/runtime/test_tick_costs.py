"""What fills cost, by hand and in sum: spread, impact and movement are the whole difference."""

from dataclasses import fields
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sigma_cli.domain.dtypes.run import QUEUED
from sigma_cli.domain.dtypes.tape import DECISION, FACT, REQUEST
from sigma_cli.domain.facts import FactKind, Liquidity
from sigma_cli.domain.fills import Depth
from sigma_cli.domain.requests import RequestKind, Side
from sigma_cli.runtime.tick_costs import Split, costs, split
from sigma_cli.runtime.tick_simulation import TickTape
from tests.market import instrument

BUY, SELL = Side.BUY, Side.SELL
MAKER, TAKER = Liquidity.MAKER, Liquidity.TAKER
Order = tuple[Side, int, int]
"""Side, and the touch at the decision."""
Fill = tuple[int, int, int, int, Liquidity]
"""Number of the order, time, price, size, liquidity."""


def lived(orders: list[Order], fills: list[Fill]) -> TickTape:
    """Return a tape with these orders, numbered from 1, and fills."""
    requests, facts = np.zeros(len(orders), REQUEST), np.zeros(len(fills), FACT)
    requests["kind"] = RequestKind.SUBMIT
    requests["local_no"] = np.arange(1, len(orders) + 1)
    requests["side"] = [side for side, _, _ in orders]
    facts["kind"] = FactKind.FILLED
    for name, column in zip(
        ("local_no", "exch_ts_ns", "price_u", "size_u", "liquidity"), range(5), strict=True
    ):
        facts[name] = [one[column] for one in fills]
    empty: dict[str, Any] = {field.name: None for field in fields(TickTape)}
    return TickTape(
        **{
            **empty,
            "requests": requests,
            "facts": facts,
            "decisions": np.zeros(0, DECISION),
            "queued": np.zeros(0, QUEUED),
            "request_bid_u": np.array([bid for _, bid, _ in orders], np.int64),
            "request_ask_u": np.array([ask for _, _, ask in orders], np.int64),
        }
    )


def found(orders: list[Order], fills: list[Fill], depth: Depth = Depth.LEVELS) -> Split:
    return split(lived(orders, fills), [depth])


def test_a_taker_pays_half_the_spread_walks_the_book_and_meets_a_market_that_moved() -> None:
    fills = [(1, 9, 103, 5, TAKER), (1, 9, 104, 2, TAKER), (1, 20, 106, 1, TAKER)]
    got = found([(BUY, 98, 102)], fills)
    assert got.spread.tolist() == [4, 4, 4], "half of 4, twice"
    assert got.impact.tolist() == [0, 2, 0], "one beyond the first level of that moment"
    assert got.movement.tolist() == [2, 2, 8], "the ask went from 102 to 103, and to 106 later"
    assert got.total.tolist() == [6, 8, 12]
    told = costs(got, [instrument()])
    assert told["total"] == (6 * 5 + 8 * 2 + 12) / 2 / 1e8
    assert told["unknown_fills"] == 0


def test_a_maker_earns_half_the_spread_and_walks_nothing() -> None:
    got = found([(SELL, 98, 102)], [(1, 9, 102, 5, MAKER), (1, 9, 102, 5, MAKER)])
    assert got.spread.tolist() == [-4, -4]
    assert got.impact.tolist() == got.movement.tolist() == [0, 0]


def test_a_maker_away_from_the_touch_waited_for_the_price_to_come() -> None:
    got = found([(BUY, 98, 102)], [(1, 9, 95, 5, MAKER)])
    assert (got.spread.tolist(), got.movement.tolist()) == ([-4], [-6])


def test_a_seller_pays_downward() -> None:
    got = found([(SELL, 98, 102)], [(1, 9, 97, 5, TAKER), (1, 9, 96, 5, TAKER)])
    assert got.spread.tolist() == [4, 4]
    assert got.impact.tolist() == [0, 2]
    assert got.movement.tolist() == [2, 2]


def test_fills_without_a_known_touch_are_counted_and_left_out() -> None:
    got = found([(BUY, 0, 0), (BUY, 98, 102)], [(1, 9, 97, 5, TAKER), (2, 9, 102, 5, TAKER)])
    assert (got.unknown, got.size_u.tolist()) == (1, [5])
    blind = found([(BUY, 100, 100)], [(1, 9, 97, 5, TAKER)], Depth.NONE)
    assert (blind.unknown, len(blind.total)) == (1, 0)
    assert costs(blind, [instrument()])["total"] == 0.0


def test_nothing_filled_costs_nothing() -> None:
    told = costs(found([(BUY, 98, 102)], []), [instrument()])
    assert told == dict.fromkeys(("total", "spread", "impact", "movement"), 0.0) | {
        "unknown_fills": 0
    }


orders_ = st.lists(
    st.tuples(st.sampled_from([BUY, SELL]), st.integers(1, 10**12), st.integers(0, 10**6)),
    min_size=1,
    max_size=4,
)
fills_ = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.integers(1, 5),
        st.integers(1, 10**12),
        st.integers(1, 10**12),
        st.sampled_from([MAKER, TAKER]),
    ),
    max_size=20,
)


@given(orders_, fills_)
def test_the_parts_are_the_whole_to_the_last_unit(orders: Any, fills: Any) -> None:
    orders = [(side, bid, bid + wide) for side, bid, wide in orders]
    fills = [(1 + no % len(orders), *rest) for no, *rest in fills]
    got = found(orders, fills)
    assert (got.spread + got.impact + got.movement == got.total).all()
    paid = sum(
        orders[no - 1][0] * (2 * price - orders[no - 1][1] - orders[no - 1][2]) * size
        for no, _, price, size, _ in fills
    )
    parts = sum(
        cost * size
        for part in (got.spread, got.impact, got.movement)
        for cost, size in zip(part.tolist(), got.size_u.tolist(), strict=True)
    )
    assert parts == paid, "in whole numbers, whatever their size"
