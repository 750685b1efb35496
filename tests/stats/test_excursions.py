"""How far trades went: against a plain loop, and never past the exit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigma_cli.stats.excursions import Ranges, excursions

RANGES = Ranges(
    open_ts_ns=np.array([0, 10, 20, 40]),
    high=np.array([105.0, 120.0, 110.0, 500.0]),
    low=np.array([95.0, 99.0, 80.0, 1.0]),
)


def of(entry: int, leave: int, price: float, left: float) -> tuple[float, float]:
    found = excursions(
        RANGES, np.array([entry]), np.array([leave]), np.array([price]), np.array([left])
    )
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


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 60)), max_size=8))
def test_equal_to_a_plain_loop(spans: list[tuple[int, int]]) -> None:
    entry = np.array([a for a, _ in spans], dtype=np.int64)
    leave = np.array([a + b for a, b in spans], dtype=np.int64)
    found = excursions(RANGES, entry, leave, np.full(len(spans), 100.0), np.full(len(spans), 100.0))
    for i, (a, b) in enumerate(zip(entry.tolist(), leave.tolist(), strict=True)):
        first = int(np.searchsorted(RANGES.open_ts_ns, a, side="right")) - 1
        end = int(np.searchsorted(RANGES.open_ts_ns, b, side="right")) - 1
        highs = [100.0, *RANGES.high[first:end].tolist()]
        lows = [100.0, *RANGES.low[first:end].tolist()]
        assert found.favourable[i] == pytest.approx(max(highs) / 100 - 1)
        assert found.adverse[i] == pytest.approx(1 - min(lows) / 100)
