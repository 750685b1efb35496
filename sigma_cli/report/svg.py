"""The geometry of charts: scales, ticks and paths. Knows nothing of money or of runs.

A drawing is `WIDTH` x `HEIGHT` units and is stretched over whatever room the page has, so lines
must not scale their strokes and text lives outside, placed in percent. No extreme is lost: of all
points that share one column, the first, lowest, highest and last are drawn.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

WIDTH: Final = 2000
HEIGHT: Final = 1000
COLUMNS: Final = 1000
"""Columns that a line is reduced to: about one a pixel on a wide screen."""

_NICE: Final = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Maps `low`..`high` onto a drawing's width or, upside down, its height."""

    low: float
    high: float

    def x(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return horizontal places, `low` at the left."""
        return (values - self.low) / (self.high - self.low) * WIDTH

    def y(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return vertical places, `low` at the bottom."""
        return (self.high - values) / (self.high - self.low) * HEIGHT

    def share(self, value: float) -> float:
        """Return where `value` lies, from 0 at `low` to 1 at `high`."""
        return (value - self.low) / (self.high - self.low)


def scale_around(low: float, high: float, *, margin: float = 0.04) -> Scale:
    """Return a scale that shows `low` and `high` with a margin, whatever they are."""
    room = (high - low) * margin or abs(high) * margin or 1.0
    return Scale(low=low - room, high=high + room)


def ticks(scale: Scale, about: int) -> list[float]:
    """Return round numbers inside `scale`, about so many."""
    rough = (scale.high - scale.low) / about
    power = 10.0 ** np.floor(np.log10(rough))
    step = float(next(nice for nice in _NICE if nice * power >= rough * 0.999) * power)
    first = int(np.ceil(scale.low / step - 1e-9))
    last = int(np.floor(scale.high / step + 1e-9))
    return [i * step for i in range(first, last + 1)]


def reduced(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the indices of the points that must be drawn so that the line looks the same.

    Source: Jugel et al., "M4: A Visualization-Oriented Time Series Data Aggregation", PVLDB 7
    (2014): first, lowest, highest and last point of each column.
    """
    if len(x) <= 2 * COLUMNS:
        return np.arange(len(x))
    column = np.minimum((x * (COLUMNS / WIDTH)).astype(np.int64), COLUMNS - 1)
    starts = np.flatnonzero(np.diff(column, prepend=-1))
    ends = np.append(starts[1:], len(x))
    kept = [starts, ends - 1]
    lowest = np.minimum.reduceat(y, starts)
    highest = np.maximum.reduceat(y, starts)
    for extreme in (lowest, highest):
        hits = np.flatnonzero(y == np.repeat(extreme, ends - starts))
        kept.append(hits[np.searchsorted(hits, starts)])  # the first hit in each column
    return np.unique(np.concatenate(kept))


def line(x: NDArray[np.float64], y: NDArray[np.float64]) -> str:
    """Return the path through points given in drawing units, without the points one can't see."""
    if len(x) == 0:
        return ""
    kept = reduced(x, y)
    xs, ys = np.rint(x[kept]).astype(int), np.rint(y[kept]).astype(int)
    parts = [f"M{xs[0]} {ys[0]}"]
    for dx, dy in zip(np.diff(xs).tolist(), np.diff(ys).tolist(), strict=True):
        if dx and dy:
            parts.append(f"l{dx} {dy}")
        elif dx:
            parts.append(f"h{dx}")
        elif dy:
            parts.append(f"v{dy}")
    return "".join(parts)


def area(x: NDArray[np.float64], y: NDArray[np.float64], floor: float) -> str:
    """Return the closed path between a line and the height `floor`."""
    if len(x) == 0:
        return ""
    return f"{line(x, y)}V{floor:.0f}H{x[0]:.0f}Z"


def ribbon(x: NDArray[np.float64], upper: NDArray[np.float64], lower: NDArray[np.float64]) -> str:
    """Return the closed path between two lines."""
    if len(x) == 0:
        return ""
    there = line(x, upper)
    back = "".join(f"L{a:.0f} {b:.0f}" for a, b in zip(x[::-1], lower[::-1], strict=True))
    return f"{there}{back}Z"
