"""What a report is made from: a stored run and its candles, or a stored sweep, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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

    def longer(self, bar_ns: int, origin_ns: int) -> "Bars":
        """Return the bars of `bar_ns` that begin at `origin_ns` or whole bars before or after."""
        slot = (self.open_ts_ns - origin_ns) // bar_ns
        new = np.append(True, slot[1:] != slot[:-1])[: len(slot)]
        first = np.flatnonzero(new)
        if len(first) == 0:
            return self
        return Bars(
            open_ts_ns=origin_ns + slot[first] * bar_ns,
            open=self.open[first],
            high=np.maximum.reduceat(self.high, first),
            low=np.minimum.reduceat(self.low, first),
            close=self.close[np.append(first[1:], len(slot)) - 1],
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
    facts: Table
    """Empty where the run keeps none, and so are the next two."""
    decisions: Table
    signals: Table
    orders: Table = field(default_factory=dict)
    """What became of every order; only a run on ticks tells."""
    zone: Zone = UTC
    trials: int = 1
    """Ways of running this strategy on these data that the store knows of, this included."""
    tried: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    """The Sharpe ratios of those that are stored."""
    said: str = ""
    """What a person noted about the run."""
    notes: tuple[str, ...] = ()
    """What was noticed on the way from the store to here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """One sweep as the store gave it: every combination of parameters that was tried."""

    summary: Mapping[str, Any]
    cells: Table
    """One row a combination: its parameters, its outcome, and the moments of its returns."""
    trials: int
    """Ways of running this strategy on these data that the store knows of, the cells included."""
    tried: NDArray[np.float64]
    """The Sharpe ratios of those that are stored."""
    zone: Zone = UTC
    said: str = ""
