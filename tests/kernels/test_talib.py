"""Features equal TA-Lib's where both define the same thing, on a long random market."""

from collections.abc import Callable

import numpy as np
import pytest
import talib
from numpy.typing import NDArray

from sigma_cli.kernels.features import averages, changes, extremes, wilder
from tests.market import candles

MARKET = candles(3_000, seed=7, step=40)
HIGH, LOW, CLOSE = (getattr(MARKET, f"{side}_u") for side in ("high", "low", "close"))
high, low, close = (units / 100.0 for units in (HIGH, LOW, CLOSE))
UNIT = 100.0

Column = NDArray[np.float64]
PAIRS: dict[str, tuple[Callable[[int], Column], Callable[[int], Column]]] = {
    "SMA": (lambda n: averages.sma(CLOSE, n, UNIT), lambda n: talib.SMA(close, n)),
    "EMA": (lambda n: averages.ema(CLOSE, n, UNIT), lambda n: talib.EMA(close, n)),
    "RSI": (lambda n: wilder.rsi(CLOSE, n), lambda n: talib.RSI(close, n)),
    "ATR": (
        lambda n: wilder.atr(HIGH, LOW, CLOSE, n) / UNIT,
        lambda n: talib.ATR(high, low, close, n),
    ),
    "MAX": (lambda n: extremes.highest(HIGH, n, UNIT), lambda n: talib.MAX(high, n)),
    "MIN": (lambda n: extremes.lowest(LOW, n, UNIT), lambda n: talib.MIN(low, n)),
    "ROC": (lambda n: changes.roc(CLOSE, n), lambda n: talib.ROC(close, n) / 100),
}


@pytest.mark.parametrize("window", [2, 14, 60, 500])
@pytest.mark.parametrize("name", PAIRS)
def test_equals_talib(name: str, window: int) -> None:
    ours, theirs = (make(window) for make in PAIRS[name])
    assert np.array_equal(np.isnan(ours), np.isnan(theirs)), "the same rows to warm up"
    assert ours == pytest.approx(theirs, rel=1e-10, abs=1e-12, nan_ok=True)
