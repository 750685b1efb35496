"""Other histories that returns like these could have made. Pure, and the same on every CPU.

Blocks of returns are drawn with replacement, so that what hangs together from one day to the next
stays together. Source: Politis and Romano, "The Stationary Bootstrap", Journal of the American
Statistical Association 89 (1994).
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.stats.equity import drawdowns

DRAWS: Final = 1000
"""Histories drawn: the edge of a 90 % band is then known to about 1 % of chance."""
SHARES: Final = (0.05, 0.5, 0.95)
"""The quantiles of a band."""
SEED: Final = 20_140_901
"""Fixed, so that the same run has the same report."""

_CHUNK: Final = 100_000  # returns held at once
_UNIT: Final = 2.0**-53

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bands:
    """Quantiles over all histories, at `SHARES`."""

    block: float
    """Mean length of a block, in returns."""
    paths: Values
    """Growth from 1, [3, points]."""
    at: NDArray[np.intp]
    """After how many returns each point is."""
    total: Values
    sharpe: Values
    """Per period; NaN where returns never differ."""
    max_drawdown: Values
    lost: float
    """Share of histories that ended below where they began."""


def block_length(count: int) -> float:
    """Return the mean block length for `count` returns: n^(1/3), at least 1.

    The order that is best for variances: Hall, Horowitz and Jing, "On Blocking Rules for the
    Bootstrap with Dependent Data", Biometrika 82 (1995).
    """
    return float(max(1, round(float(count) ** (1.0 / 3.0))))


def bits(seed: int, numbers: NDArray[np.integer[Any]]) -> NDArray[np.uint64]:
    """Return 64 random bits of a seed for each number.

    SplitMix64: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA
    (2014). It counts, so numpy draws any of them at once, without the compiler that
    `kernels/rng.py` needs and that takes longer to load than a report to write.
    """
    step = np.uint64(0x9E3779B97F4A7C15)
    z = np.uint64(seed) + step * (numbers.astype(np.uint64) + np.uint64(1))
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(z ^ (z >> np.uint64(31)))


def stationary(count: int, draws: int, block: float, seed: int, first: int = 0) -> NDArray[np.intp]:
    """Return which of `count` returns each history is made of, [draws, count].

    A block begins anywhere, goes on past the end at the beginning, and ends after each return
    with chance 1 / `block`. `first`: the number of the first history, for drawing in parts.
    """
    numbers = np.arange(first * count, (first + draws) * count)
    is_first = (bits(seed, numbers) >> np.uint64(11)) * _UNIT < 1.0 / block
    is_first[::count] = True
    begins = np.flatnonzero(is_first)
    starts = bits(~seed & 0x7FFF_FFFF, numbers[begins]) % np.uint64(count)
    shift = starts.astype(np.intp) - begins % count
    place = np.repeat(shift, np.diff(begins, append=len(numbers))).reshape(draws, count)
    place += np.arange(count)
    return np.subtract(place, count, out=place, where=place >= count)


def bands(
    returns: Values,
    points: int,
    *,
    draws: int = DRAWS,
    seed: int = SEED,
    block: float | None = None,
) -> Bands:
    """Return the bands of `draws` histories drawn from `returns` [n >= 2], at about `points`."""
    count = len(returns)
    block = block_length(count) if block is None else block
    at = np.unique(np.linspace(0, count, min(points, count + 1)).astype(np.intp))
    paths, sharpes, deepest = np.empty((draws, len(at))), np.empty(draws), np.empty(draws)
    rows = max(1, _CHUNK // count)
    for first in range(0, draws, rows):
        part = slice(first, min(first + rows, draws))
        drawn = returns[stationary(count, part.stop - first, block, seed, first)]
        growth = np.concatenate((np.ones((len(drawn), 1)), 1.0 + drawn), axis=1)
        grown = np.cumprod(growth, axis=1, dtype=np.float64)
        paths[part] = grown[:, at]
        deepest[part] = drawdowns(grown).max(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            sharpes[part] = drawn.mean(axis=1) / drawn.std(axis=1, ddof=1)
    total = paths[:, -1] - 1.0
    sharpes = sharpes[np.isfinite(sharpes)]
    return Bands(
        block=block,
        paths=np.quantile(paths, SHARES, axis=0),
        at=at,
        total=np.quantile(total, SHARES),
        sharpe=np.quantile(sharpes, SHARES) if len(sharpes) else np.full(3, np.nan),
        max_drawdown=np.quantile(deepest, SHARES),
        lost=float(np.mean(total < 0)),
    )
