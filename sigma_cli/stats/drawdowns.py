"""The falls of an equity series one by one: how deep, how long, when made good again. Pure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sigma_cli.stats.equity import drawdowns


@dataclass(frozen=True, slots=True, kw_only=True)
class Fall:
    """One stretch below an earlier high; indices into the series."""

    depth: float
    """A share of the high: 0.15 is -15 %."""
    peak: int
    trough: int
    recovered: int | None
    """The first point back at the high; None: still below at the end."""


def falls(equity: NDArray[np.float64]) -> list[Fall]:
    """Return every fall, the deepest first."""
    depths = drawdowns(equity)
    under = np.concatenate(([False], depths > 0, [False]))
    edges = np.flatnonzero(under[1:] != under[:-1])
    found = []
    for first, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        trough = first + int(np.argmax(depths[first:end]))
        recovered = end if end < len(equity) else None
        depth = float(depths[trough])
        found.append(Fall(depth=depth, peak=first - 1, trough=trough, recovered=recovered))
    return sorted(found, key=lambda fall: -fall.depth)


def ulcer(equity: NDArray[np.float64]) -> float:
    """Return the root mean square of the drawdown, as a share.

    Source: Martin and McCann, "The Investor's Guide to Fidelity Funds" (1989).
    """
    return float(np.sqrt(np.mean(drawdowns(equity) ** 2))) if len(equity) else float("nan")
