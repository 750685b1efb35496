"""One look through a whole file before anything of it is stored: markets, prices, digits, spacing.

Finds what must be known first (exponents are for life), and what is cheaper to find now than half
way through: a file cut short, the wrong interval, an order that tells too little. Must not write.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.units import INTERVALS_NS
from sigma_cli.store.sources.candles import CandleBatch
from sigma_cli.store.sources.numbers import DIGITS_MANY, Floats, digits_needed
from sigma_cli.store.sources.order import Order, Span
from sigma_cli.store.sources.tables import Broken
from sigma_cli.store.sources.trades import TradeBatch

OFF_GRID_SHARE_MAX: Final = 0.01
"""Rows off the grid that may be bad rows; where there are more, the interval is another one."""
COARSE_ROWS_MIN: Final = 10
"""Rows that must all fall on a coarser grid before the file is taken for coarser."""


FEW_SHARE: Final = 0.001
FEW_ROWS: Final = 3
"""Rows that may be misprints: so many, or this share of all. They tell no range."""
DECADES: Final = np.arange(-12, 19)
"""Powers of ten that prices are sorted by; beyond lie only misprints."""


def _counts(size: int) -> NDArray[np.int64]:
    return np.zeros(size, np.int64)


@dataclass(slots=True)
class Seen:
    """What one market looked like: how its prices and digits are spread, misprints and all.

    A misprint may cost digits, which are cheap, but does not tell how low or high prices are.
    """

    rows: int = 0
    price_rows: NDArray[np.int64] = field(default_factory=lambda: _counts(DIGITS_MANY + 1))
    """Rows by the digits that their prices need; DIGITS_MANY: more than any exponent holds."""
    low_rows: NDArray[np.int64] = field(default_factory=lambda: _counts(len(DECADES)))
    """Rows by the decade of their lowest price."""
    high_rows: NDArray[np.int64] = field(default_factory=lambda: _counts(len(DECADES)))
    lows: Floats = field(default_factory=lambda: np.full(len(DECADES), np.inf))
    """The lowest price in each decade."""
    highs: Floats = field(default_factory=lambda: np.zeros(len(DECADES)))
    size_digits: int = 0

    def add(self, prices: Floats, sizes: Floats) -> None:
        """Take some rows of the market into account; of bad prices nothing but their number."""
        self.rows += len(sizes)
        self.size_digits = max(self.size_digits, int(digits_needed(sizes).max(initial=0)))
        real = prices[:, (np.isfinite(prices) & (prices > 0)).all(axis=0)]
        if real.shape[1] == 0:
            return
        digits = digits_needed(real).max(axis=0)
        self.price_rows += np.bincount(digits, minlength=DIGITS_MANY + 1)
        low, high = real.min(axis=0), real.max(axis=0)
        decades = _decades(low)
        self.low_rows += np.bincount(decades, minlength=len(DECADES))
        for decade in np.unique(decades):
            self.lows[decade] = min(self.lows[decade], low[decades == decade].min())
        decades = _decades(high)
        self.high_rows += np.bincount(decades, minlength=len(DECADES))
        for decade in np.unique(decades):
            self.highs[decade] = max(self.highs[decade], high[decades == decade].max())

    def join(self, other: "Seen") -> None:
        """Take what another file shows of the market into account."""
        self.rows += other.rows
        for mine, others in (
            (self.price_rows, other.price_rows),
            (self.low_rows, other.low_rows),
            (self.high_rows, other.high_rows),
        ):
            mine += others
        self.size_digits = max(self.size_digits, other.size_digits)
        np.minimum(self.lows, other.lows, out=self.lows)
        np.maximum(self.highs, other.highs, out=self.highs)

    @property
    def priced(self) -> int:
        """Rows whose prices are all positive numbers."""
        return int(self.price_rows.sum())

    @property
    def low(self) -> float:
        """The lowest price that is no misprint. Only where rows are priced."""
        return float(self.lows[_first_common(self.low_rows)])

    @property
    def high(self) -> float:
        """The highest price that is no misprint. Only where rows are priced."""
        return float(self.highs[::-1][_first_common(self.high_rows[::-1])])

    @property
    def price_digits(self) -> int:
        """The digits that prices need; DIGITS_MANY: no exponent holds some of them."""
        return int(np.flatnonzero(self.price_rows)[-1])

    def finer_than(self, price_exp: int) -> int:
        """Return how many rows have a price with more digits; none where they are but a few."""
        count = int(self.price_rows[price_exp + 1 :].sum())
        return count if count > _few(self.priced) else 0


def _decades(prices: Floats) -> NDArray[np.intp]:
    """Return the place in DECADES of each price."""
    decades = np.clip(np.floor(np.log10(prices)), DECADES[0], DECADES[-1])
    places: NDArray[np.intp] = decades.astype(np.intp) - DECADES[0]
    return places


def _few(rows: int) -> int:
    """Return how many of so many rows may be misprints; of very few rows, a third."""
    return max(int(rows * FEW_SHARE), min(FEW_ROWS, rows // 3))


def _first_common(rows: NDArray[np.int64]) -> int:
    """Return the first place up to which there are more than a few of the rows."""
    return int(np.argmax(np.cumsum(rows) > _few(int(rows.sum()))))


class RowBatch(Protocol):
    """Rows of a file, of whatever kind."""

    @property
    def market(self) -> NDArray[np.int32]:
        """Places in `markets`; -1: none named."""

    @property
    def markets(self) -> tuple[str, ...]:
        """Cells of the market column."""

    @property
    def venues(self) -> frozenset[str]:
        """Cells of the venue column."""

    @property
    def prices(self) -> Floats:
        """[k, n]: the prices of each row."""

    @property
    def sizes(self) -> Floats:
        """Every size or volume."""

    @property
    def singles(self) -> int:
        """Prices that had been 32-bit floats."""

    @property
    def broken(self) -> tuple[Broken, ...]:
        """Rows that could not be read."""

    def __len__(self) -> int:
        """Return how many rows could be read."""


@dataclass
class Survey:
    """What one file holds."""

    rows: int = 0
    markets: dict[str, Seen] = field(default_factory=dict)
    """By the cell that names the market; one empty name where no column does."""
    venues: set[str] = field(default_factory=set)
    broken: Broken | None = None
    """The first row that could not be read."""
    singles: int = 0
    """Prices that had been 32-bit floats."""

    def add(self, batch: RowBatch) -> None:
        """Take a batch into account."""
        self.rows += len(batch) + len(batch.broken)
        self.broken = self.broken or next(iter(batch.broken), None)
        self.venues |= batch.venues
        self.singles += batch.singles
        for name, rows in by_market(batch):
            seen = self.markets.setdefault(name, Seen())
            seen.add(batch.prices[:, rows], batch.sizes[rows])


@dataclass
class CandleSurvey(Survey):
    """What one file of candles holds, and whether they are of the interval that was said."""

    interval_ns: int = 0
    _off_grid: int = 0
    _finer: dict[str, int] = field(default_factory=lambda: dict.fromkeys(INTERVALS_NS, 0))
    _coarser: list[str] = field(default_factory=lambda: list(INTERVALS_NS))

    def add_candles(self, batch: CandleBatch) -> None:
        """Take a batch into account."""
        self.add(batch)
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


@dataclass
class TradeSurvey(Survey):
    """What one file of trades holds, and in which order."""

    spans: dict[str, list[Span]] = field(default_factory=dict)
    """By the cell that names the market."""

    def add_trades(self, batch: TradeBatch) -> None:
        """Take a batch into account."""
        self.add(batch)
        for name, rows in by_market(batch):
            times, numbers = batch.trades.exch_ts_ns[rows], batch.trades.rows[rows]
            span = Span(int(numbers[-1]), len(times), int(times.min()), int(times.max()))
            self.spans.setdefault(name, []).append(span)

    def order(self, cells: Iterable[str]) -> Order:
        """Return the order of the rows of these markets."""
        return Order(span for cell in cells for span in self.spans.get(cell, []))


def by_market(batch: RowBatch) -> Iterator[tuple[str, slice | NDArray[np.intp]]]:
    """Yield each market of a batch (the cell that names it) and which rows are of it."""
    if len(batch) == 0:
        return
    names = (*batch.markets, "")  # place -1, no name, is the last
    changes = np.flatnonzero(np.diff(batch.market)) + 1
    if len(changes) < 4 * len(batch.markets):  # market after market, as most files are
        starts = [0, *changes.tolist(), len(batch)]
        for start, end in pairwise(starts):
            yield names[batch.market[start]], slice(start, end)
        return
    order = np.argsort(batch.market, kind="stable")
    ordered = batch.market[order]
    bounds = [0, *(np.flatnonzero(np.diff(ordered)) + 1).tolist(), len(batch)]
    for start, end in pairwise(bounds):
        yield names[ordered[start]], order[start:end]
