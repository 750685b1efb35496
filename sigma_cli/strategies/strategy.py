"""What a strategy must offer, and what it is given: the Protocol and its columns."""

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from sigma_cli.domain.candles import Candles
from sigma_cli.domain.units import INTERVALS_NS
from sigma_cli.errors import UsageError
from sigma_cli.kernels.resample import as_of, begun_with, resampled
from sigma_cli.strategies.features import SOURCES, Feature, column, compute


class Columns:
    """What `signal` may look at: `columns["close"]`, `columns[sma("close", 10)]`, float64 [n] each.

    Candle columns are there without being asked for; features only if `features()` names them.
    Every column is read-only, and none is computed before it is looked at.
    """

    def __init__(self, length: int, make: Callable[[str | Feature], NDArray[np.float64]]) -> None:
        self._length = length
        self._make = make
        self._columns: dict[str | Feature, NDArray[np.float64]] = {}

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, key: str | Feature) -> NDArray[np.float64]:
        if key not in self._columns:
            made = self._make(key)
            made.flags.writeable = False
            self._columns[key] = made
        return self._columns[key]

    def window(self, end: int, rows: int) -> "Columns":
        """Return the last `rows` rows before row `end`, as live would see them."""
        start = max(end - rows, 0)
        return Columns(end - start, lambda key: self[key][start:end].copy())


class Strategy(Protocol):
    """From features to a target exposure. Made with an instance of its `params`."""

    @property
    def params(self) -> type[BaseModel]:
        """Typed parameters, said by the class (`params = Params`); `--set` checks against them."""

    @property
    def lookback_rows(self) -> int:
        """How many rows, the current one included, `signal` may look at to decide a row."""

    def features(self) -> tuple[Feature, ...]:
        """Return the features that `signal` reads."""

    def signal(self, columns: Columns) -> NDArray[np.float64]:
        """Return the target exposure of each row, float64 [n] in [-1, 1].

        NaN means no change, 0 flat. Row t may depend on the rows t - lookback_rows + 1 to t only.
        """


def columns_of(candles: Candles, features: tuple[Feature, ...], interval: str) -> Columns:
    """Return what a strategy with `features` sees of `candles`, whose interval is `interval`.

    A feature of a longer interval has, on each row, its value at the last longer bar that was
    closed by then: an unclosed bar is never seen, nor one that began before `candles` do.

    Raises:
        UsageError: a feature on an interval that is not a multiple of the candles'.
    """
    for feature in features:
        _check_interval(feature, candles.interval_ns, interval)
    longer: dict[str, Candles] = {}

    def computed(feature: Feature) -> NDArray[np.float64]:
        if feature.interval in ("", interval):
            return compute(feature, candles)
        if feature.interval not in longer:
            made = resampled(candles, INTERVALS_NS[feature.interval])
            longer[feature.interval] = begun_with(candles, made)
        bars = longer[feature.interval]
        return as_of(candles, bars, compute(feature, bars))

    def make(key: str | Feature) -> NDArray[np.float64]:
        if isinstance(key, Feature):
            if key not in features:
                raise UsageError(
                    f"signal() reads {key}, which features() does not name",
                    fix="add it to the tuple that features() returns",
                )
            return computed(key)
        if key not in SOURCES:
            raise UsageError(
                f"there is no column {key!r}", fix=f"use a feature, or one of {', '.join(SOURCES)}"
            )
        return column(key, candles)

    return Columns(len(candles), make)


def _check_interval(feature: Feature, interval_ns: int, interval: str) -> None:
    wanted_ns = INTERVALS_NS.get(feature.interval or interval)
    if wanted_ns is None or wanted_ns % interval_ns != 0:
        raise UsageError(
            f"{feature} can't be computed from candles of {interval}",
            fix=f"use a whole multiple of {interval}, such as "
            + ", ".join(name for name, ns in INTERVALS_NS.items() if ns % interval_ns == 0),
        )
