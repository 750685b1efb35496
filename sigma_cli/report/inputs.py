"""What a report is made from: a stored run and the candles it traded on, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.units import NS_PER_HOUR

Table = Mapping[str, NDArray[Any]]
"""The columns of one stored table, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """Candles of one market in quote currency, float64: to look at, not to count money with."""

    open_ts_ns: NDArray[np.int64]
    open: NDArray[np.float64]
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    close: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.open_ts_ns)

    def part(self, first: int, end: int) -> "Bars":
        """Return the bars `first` to `end` - 1."""
        return Bars(
            open_ts_ns=self.open_ts_ns[first:end],
            open=self.open[first:end],
            high=self.high[first:end],
            low=self.low[first:end],
            close=self.close[first:end],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """The clock that people read: a name and a fixed distance from UTC."""

    name: str = "UTC"
    offset_ns: int = 0


UTC = Zone()
KST = Zone(name="KST", offset_ns=9 * NS_PER_HOUR)
"""Korea has no summer time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run as the store gave it. `bars` has one entry a market; None where the lake has none."""

    summary: Mapping[str, Any]
    trades: Table
    equity: Table
    requests: Table
    bars: tuple[Bars | None, ...]
    zone: Zone = UTC
    notes: tuple[str, ...] = ()
    """What was noticed on the way from the store to here."""
