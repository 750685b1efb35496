"""The features a strategy may name, and the kernels that compute them.

A feature is a value: equal features are computed once, however many strategies name them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.candles import Candles
from sigma_cli.domain.units import EXACT_MAX
from sigma_cli.errors import UsageError
from sigma_cli.kernels.features import averages, changes, extremes, wilder

SOURCES: Final = ("open", "high", "low", "close", "volume")
"""The columns of a candle, in quote currency (prices) or base currency (volume)."""
WINDOW_MAX: Final = 100_000
"""Longest window, in rows: more than two months of minutes."""


@dataclass(frozen=True, slots=True)
class Feature:
    """A column computed from candles: `name` of `source` over `window` rows of `interval`.

    An empty interval means that of the run.
    """

    name: str
    source: str
    window: int
    interval: str = ""

    def __post_init__(self) -> None:
        if self.source not in SOURCES:
            raise UsageError(
                f"feature {self.name} can't be computed from {self.source!r}",
                fix=f"use one of {', '.join(SOURCES)}",
            )
        if not 1 <= self.window <= WINDOW_MAX:
            raise UsageError(
                f"feature {self.name} has a window of {self.window} rows",
                fix=f"use 1 to {WINDOW_MAX:,}",
            )

    def __str__(self) -> str:
        interval = f", {self.interval}" if self.interval else ""
        return f"{self.name}({self.source}, {self.window}{interval})"


def sma(source: str, window: int, interval: str = "") -> Feature:
    """Name the simple moving average, from exact integer sums. Warm-up: window - 1 rows."""
    return Feature("sma", source, window, interval)


def ema(source: str, window: int, interval: str = "") -> Feature:
    """Name the exponential moving average, seeded with the SMA. Warm-up: window - 1 rows."""
    return Feature("ema", source, window, interval)


def rsi(window: int, interval: str = "") -> Feature:
    """Name Wilder's relative strength index of the close, in [0, 100]. Warm-up: window rows."""
    return Feature("rsi", "close", window, interval)


def atr(window: int, interval: str = "") -> Feature:
    """Name Wilder's average true range, in quote currency. Warm-up: window rows."""
    return Feature("atr", "close", window, interval)


def highest(source: str, window: int, interval: str = "") -> Feature:
    """Name the highest value of the last `window` rows, this one included. Warm-up: window - 1."""
    return Feature("highest", source, window, interval)


def lowest(source: str, window: int, interval: str = "") -> Feature:
    """Name the lowest value of the last `window` rows, this one included. Warm-up: window - 1."""
    return Feature("lowest", source, window, interval)


def roc(source: str, window: int, interval: str = "") -> Feature:
    """Name the rate of change against `window` rows before, 0.01 is 1 %. Warm-up: window rows."""
    return Feature("roc", source, window, interval)


def compute(feature: Feature, candles: Candles) -> NDArray[np.float64]:
    """Return the column of `feature` over all of `candles`, float64 [n], NaN while warming up.

    Raises:
        UsageError: no such feature.
    """
    kernel = _KERNELS.get(feature.name)
    if kernel is None:
        raise UsageError(
            f"no feature named {feature.name!r}", fix=f"use one of {', '.join(_KERNELS)}"
        )
    return kernel(feature, candles)


def column(source: str, candles: Candles) -> NDArray[np.float64]:
    """Return a candle's column in quote currency (volume: in base currency), float64 [n]."""
    return _units(source, candles) / _unit(source, candles)


def _units(source: str, candles: Candles) -> NDArray[np.int64]:
    units: NDArray[np.int64] = getattr(candles, f"{source}_u")
    return units


def _unit(source: str, candles: Candles) -> float:
    """Return how many units make one: 10^price_exp, or 10^size_exp of a volume."""
    instrument = candles.instrument
    return 10.0 ** (instrument.size_exp if source == "volume" else instrument.price_exp)


def _sma(feature: Feature, candles: Candles) -> NDArray[np.float64]:
    units = _summable(feature, candles)
    return averages.sma(units, feature.window, _unit(feature.source, candles))


def _ema(feature: Feature, candles: Candles) -> NDArray[np.float64]:
    units = _summable(feature, candles)
    return averages.ema(units, feature.window, _unit(feature.source, candles))


def _summable(feature: Feature, candles: Candles) -> NDArray[np.int64]:
    """Return the units of a column, whose sum over the window must be exact in float64."""
    units = _units(feature.source, candles)
    largest = int(units.max(initial=0))
    if largest * feature.window > EXACT_MAX:
        raise UsageError(
            f"{feature} of {candles.instrument.market} would not be exact: values reach {largest:,}"
            f" units, and {feature.window} of them exceed 2^53",
            fix=f"use a window of at most {EXACT_MAX // largest:,} rows",
        )
    return units


def _rsi(feature: Feature, candles: Candles) -> NDArray[np.float64]:
    return wilder.rsi(candles.close_u, feature.window)


def _atr(feature: Feature, candles: Candles) -> NDArray[np.float64]:
    c = candles
    return wilder.atr(c.high_u, c.low_u, c.close_u, feature.window) / _unit("close", candles)


def _highest(feature: Feature, candles: Candles) -> NDArray[np.float64]:
    source = feature.source
    return extremes.highest(_units(source, candles), feature.window, _unit(source, candles))


def _lowest(feature: Feature, candles: Candles) -> NDArray[np.float64]:
    source = feature.source
    return extremes.lowest(_units(source, candles), feature.window, _unit(source, candles))


def _roc(feature: Feature, candles: Candles) -> NDArray[np.float64]:
    return changes.roc(_units(feature.source, candles), feature.window)


_KERNELS: Final[dict[str, Callable[[Feature, Candles], NDArray[np.float64]]]] = {
    "sma": _sma,
    "ema": _ema,
    "rsi": _rsi,
    "atr": _atr,
    "highest": _highest,
    "lowest": _lowest,
    "roc": _roc,
}
