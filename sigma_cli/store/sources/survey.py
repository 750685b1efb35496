"""One look through a whole file before anything of it is stored: markets, prices, digits, spacing.

Finds what must be known first (exponents are for life), and what is cheaper to find now than half
way through: a file cut short, the wrong interval. Must not write.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.units import INTERVALS_NS
from sigma_cli.store.sources.candles import CandleBatch, Reading, read_candles
from sigma_cli.store.sources.numbers import Floats, fewest_digits
from sigma_cli.store.sources.tables import Table

OFF_GRID_SHARE_MAX: Final = 0.01
"""Rows off the grid that may be bad rows; where there are more, the interval is another one."""
COARSE_ROWS_MIN: Final = 10
"""Rows that must all fall on a coarser grid before the file is taken for coarser."""


@dataclass(slots=True)
class Seen:
    """What one market looked like in one file."""

    rows: int = 0
    low: float = np.inf
    high: float = 0.0
    price_digits: int = 0
    """DIGITS_MANY: more than any exponent holds."""
    size_digits: int = 0

    def add(self, prices: Floats, volume: Floats) -> None:
        """Take some rows of the market into account."""
        self.rows += len(volume)
        real = prices[np.isfinite(prices) & (prices > 0)]
        if len(real):
            self.low = min(self.low, float(real.min()))
            self.high = max(self.high, float(real.max()))
        self.price_digits = fewest_digits(real, self.price_digits)
        self.size_digits = fewest_digits(volume, self.size_digits)


@dataclass(slots=True)
class Survey:
    """What one file holds."""

    interval_ns: int
    rows: int = 0
    markets: dict[str, Seen] = field(default_factory=dict)
    """By the cell that names the market; one empty name where no column does."""
    venues: set[str] = field(default_factory=set)
    singles: int = 0
    """Prices that had been 32-bit floats."""
    _off_grid: int = 0
    _finer: dict[str, int] = field(default_factory=lambda: dict.fromkeys(INTERVALS_NS, 0))
    _coarser: list[str] = field(default_factory=lambda: list(INTERVALS_NS))

    def add(self, batch: CandleBatch) -> None:
        """Take a batch into account."""
        self.rows += len(batch) + len(batch.broken)
        self.venues |= batch.venues
        self.singles += batch.singles
        for place, rows in by_market(batch):
            name = batch.markets[place] if place >= 0 else ""
            seen = self.markets.setdefault(name, Seen())
            seen.add(batch.prices[:, rows], batch.volume[rows])
        self._add_times(batch.open_ts_ns)

    def other_interval(self) -> str | None:
        """Return the interval that the file really has, `finer` if it has none; None: as said."""
        rows = sum(seen.rows for seen in self.markets.values())
        if rows == 0:
            return None
        if self._off_grid > rows * OFF_GRID_SHARE_MAX:
            on_grid = (
                name
                for name, ns in reversed(INTERVALS_NS.items())
                if ns < self.interval_ns and self._finer[name] <= rows * OFF_GRID_SHARE_MAX
            )
            return next(on_grid, "finer")
        if rows >= COARSE_ROWS_MIN and self._coarser:
            return self._coarser[-1]
        return None

    def _add_times(self, open_ts_ns: NDArray[np.int64]) -> None:
        off_grid = int(np.count_nonzero(open_ts_ns % self.interval_ns))
        self._off_grid += off_grid
        for name, ns in INTERVALS_NS.items():
            if ns < self.interval_ns and off_grid:
                self._finer[name] += int(np.count_nonzero(open_ts_ns % ns))
        self._coarser = [
            name
            for name in self._coarser
            if INTERVALS_NS[name] > self.interval_ns and not np.any(open_ts_ns % INTERVALS_NS[name])
        ]


def survey(table: Table, reading: Reading, advance: Callable[[int], None]) -> Survey:
    """Look through a file; `advance` hears how many rows were read.

    Raises:
        OutsideError: the file is damaged.
    """
    found = Survey(reading.interval_ns)
    for batch in read_candles(table, reading):
        found.add(batch)
        advance(len(batch))
    return found


def by_market(batch: CandleBatch) -> Iterator[tuple[int, slice | NDArray[np.intp]]]:
    """Yield each market of a batch (its place in `markets`) and which rows are of it."""
    if len(batch) == 0:
        return
    changes = np.flatnonzero(np.diff(batch.market)) + 1
    if len(changes) < 4 * len(batch.markets):  # market after market, as most files are
        starts = [0, *changes.tolist(), len(batch)]
        for start, end in pairwise(starts):
            yield int(batch.market[start]), slice(start, end)
        return
    order = np.argsort(batch.market, kind="stable")
    ordered = batch.market[order]
    bounds = [0, *(np.flatnonzero(np.diff(ordered)) + 1).tolist(), len(batch)]
    for start, end in pairwise(bounds):
        yield int(ordered[start]), order[start:end]
