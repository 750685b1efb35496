"""Candles whose every value follows from their time, so that a reader can check any subset."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from sigma_cli.store.lake import Source
from sigma_cli.store.rows import Rows

RowsAt = Callable[..., Rows]


def rows_at(open_ts_ns: NDArray[np.int64], shift: int = 0) -> Rows:
    base = open_ts_ns // 1_000_000_000 % 1_000_003 + shift
    return {
        "open_ts_ns": open_ts_ns,
        "open_u": base + 10,
        "high_u": base + 20,
        "low_u": base,
        "close_u": base + 15,
        "volume_u": base * 7,
    }


@pytest.fixture(name="rows_at")
def _rows_at() -> RowsAt:
    """`rows_at(times, shift=0)`: one candle at each time; another shift gives other values."""
    return rows_at


@pytest.fixture
def source() -> Source:
    return Source(name="a.csv", sha256="aa", layout="test")
