"""How far trades went: against a plain loop, and never past the exit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigma_cli.stats.excursions import Ranges, Spans, excursions

RANGES = Ranges(
    open_ts_ns=np.array([0, 10, 20, 40]),
    high=np.array([105.0, 120.0, 110.0, 500.0]),
    low=np.array([95.0, 99.0, 80.0, 1.0]),
)


def spans(
    moments: list[tuple[int, int]],
    price: float,
    left: float,
    inside: tuple[bool, bool] = (False, False),
) -> Spans:
    count = len(moments)
    return Spans(
        entry_ts_ns=np.array([entry for entry, _ in moments], np.int64),
        exit_ts_ns=np.array([leave for _, leave in moments], np.int64),
        entry=np.full(count, price),
        left=np.full(count, left),
        entered_inside=np.full(count, inside[0]),
        left_inside=np.full(count, inside[1]),
    )


def of(
    entry: int, leave: int, price: float, left: float, *, entered: bool = False, ended: bool = False
) -> tuple[float, float]:
    found = excursions(RANGES, spans([(entry, leave)], price, left, (entered, ended)))
    return float(found.favourable[0]), float(found.adverse[0])


def test_from_entry_to_the_candle_before_the_exit() -> None:
    assert of(0, 40, 100.0, 90.0) == pytest.approx((0.2, 0.2))
    assert of(0, 20, 100.0, 110.0) == pytest.approx((0.2, 0.05))


def test_the_candle_of_the_exit_is_not_looked_into() -> None:
    assert of(20, 45, 100.0, 60.0) == pytest.approx((0.1, 0.4))
    assert of(10, 15, 100.0, 97.0) == pytest.approx((0.0, 0.03))


def test_an_open_trade_goes_to_the_last_candle() -> None:
    assert of(10, 0, 100.0, 100.0) == pytest.approx((4.0, 0.99))


def test_before_the_first_candle_nothing_is_known() -> None:
    assert np.isnan(of(-5, 20, 100.0, 100.0)).all()


def test_an_exit_inside_a_candle_is_stamped_with_its_close() -> None:
    assert of(0, 10, 100.0, 97.0, ended=True) == pytest.approx((0.0, 0.03))
    assert of(0, 20, 100.0, 97.0, ended=True) == pytest.approx((0.05, 0.05))
    assert of(0, 20, 100.0, 97.0) == pytest.approx((0.2, 0.05))
    assert of(10, 30, 100.0, 97.0, ended=True) == pytest.approx((0.2, 0.03)), "before a gap"


def test_an_entry_inside_a_candle_begins_with_the_next_one() -> None:
    assert of(10, 20, 100.0, 100.0, entered=True) == pytest.approx((0.2, 0.01))
    assert of(30, 45, 100.0, 100.0, entered=True) == pytest.approx((0.0, 0.0)), "before a gap"
    assert of(10, 10, 100.0, 98.0, entered=True, ended=True) == pytest.approx((0.0, 0.02))
    assert np.isnan(of(0, 20, 100.0, 100.0, entered=True)).all()


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 60)), max_size=8),
    st.tuples(st.booleans(), st.booleans()),
)
def test_equal_to_a_plain_loop(pairs: list[tuple[int, int]], inside: tuple[bool, bool]) -> None:
    moments = [(a, a + b) for a, b in pairs]
    found = excursions(RANGES, spans(moments, 100.0, 100.0, inside))
    opens = RANGES.open_ts_ns.tolist()
    for i, (entry, leave) in enumerate(moments):
        if inside[0] and entry == 0:
            assert np.isnan(found.favourable[i])
            continue
        first = max(at for at in range(4) if opens[at] < entry + (not inside[0]))
        end = max(at for at in range(4) if opens[at] < leave + (not inside[1]))
        during = range(first + inside[0], end)
        assert found.favourable[i] == max([0.0, *(RANGES.high[at] / 100.0 - 1.0 for at in during)])
        assert found.adverse[i] == max([0.0, *(1.0 - RANGES.low[at] / 100.0 for at in during)])


def test_without_trades_or_candles_nothing_is_known() -> None:
    assert len(excursions(RANGES, spans([], 1.0, 1.0)).adverse) == 0
    none = Ranges(open_ts_ns=np.empty(0, np.int64), high=np.empty(0), low=np.empty(0))
    assert np.isnan(excursions(none, spans([(0, 10)], 1.0, 1.0)).favourable).all()
