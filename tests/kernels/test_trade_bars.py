"""Candles from trades: a slow reference agrees, wherever the trades are cut."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.dtypes.tape import BAR, TRADE
from sigma_cli.domain.units import NS_PER_MINUTE, NS_PER_S
from sigma_cli.kernels import trade_bars

TRADES = st.lists(
    st.tuples(st.integers(0, 200), st.integers(1, 50), st.integers(1, 9)), max_size=60
)


def packed(rows: list[tuple[int, int, int]]) -> Records:
    trades = np.zeros(len(rows), TRADE)
    for i, (second, price_u, size_u) in enumerate(sorted(rows, key=lambda row: row[0])):
        trades[i]["exch_ts_ns"] = second * NS_PER_S
        trades[i]["price_u"] = price_u
        trades[i]["size_u"] = size_u
    return trades


def reference(trades: Records) -> list[tuple[int, ...]]:
    minutes: dict[int, list[tuple[int, int]]] = {}
    for trade in trades:
        minute = int(trade["exch_ts_ns"]) // NS_PER_MINUTE
        minutes.setdefault(minute, []).append((int(trade["price_u"]), int(trade["size_u"])))
    found: list[tuple[int, ...]] = []
    for minute, rows in minutes.items():
        prices = [price for price, _ in rows]
        volume = sum(size for _, size in rows)
        found.append(
            (minute * NS_PER_MINUTE, prices[0], max(prices), min(prices), prices[-1], volume)
        )
    return found


@given(rows=TRADES, cuts=st.lists(st.integers(0, 60), max_size=4))
def test_a_slow_reference_agrees(rows: list[tuple[int, int, int]], cuts: list[int]) -> None:
    trades = packed(rows)
    bar, closed = trade_bars.no_bar(), np.zeros(10, BAR)
    found = []
    for piece in np.split(trades, sorted(min(cut, len(trades)) for cut in cuts)):
        count = trade_bars.add(piece, NS_PER_MINUTE, bar, closed)
        found += [tuple(row) for row in closed[:count].tolist()]
    if len(trades):
        found.append(bar.tolist()[0])
    assert found == reference(trades)


def test_more_candles_than_room_is_a_mistake_of_the_caller() -> None:
    trades = packed([(60 * minute, 5, 1) for minute in range(5)])
    with pytest.raises(AssertionError):
        trade_bars.add(trades, NS_PER_MINUTE, trade_bars.no_bar(), np.zeros(2, BAR))
