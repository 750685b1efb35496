"""How often a strategy was tried on the data of a run: one count for what is stored and shown.

Whoever asks, and in whatever order runs were made, gets the same answer from the same store.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import nan
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sigma_cli.store.runs import SWEEP, StoredRun, list_runs

Ratios = Mapping[str, float]
"""Annual Sharpe ratios by the name of the run; NaN where one is undefined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """What is known of the tries of a strategy."""

    count: int
    sharpe: NDArray[np.float64]
    """Annual ratios of those on the very same data: shorter ones scatter more."""


def tries(store: Path, summary: Mapping[str, Any], own: Ratios, known: int = 0) -> Tries:
    """Return the tries of a strategy on the data of `summary`, its `own` included.

    Another fee, limit or parameter, part of the period or of the markets is another try. A
    combination that was part of two sweeps, or of a sweep and run by itself, is one. `known`: how
    many there were once; those that were removed since still count.

    Raises:
        OutsideError: the table of a sweep can't be read.
    """
    found = set(own)
    ratios = dict(own)
    for one in list_runs(store):
        if _overlaps(one.summary, summary):
            theirs = ratios_of(one)
            found.update(theirs)
            if one.summary["hashes"]["data"] == summary["hashes"]["data"]:
                ratios.update(theirs)
    return Tries(
        count=max(len(found), known),
        sharpe=np.array([ratios[run_id] for run_id in sorted(ratios)], np.float64),
    )


def tries_of(store: Path, stored: StoredRun) -> Tries:
    """Return the tries on the data of a stored run or sweep, as of now."""
    return tries(store, stored.summary, ratios_of(stored), stored.summary["trials"])


def ratios_of(stored: StoredRun) -> Ratios:
    """Return the ratio of each run that is stored there: of a sweep those of its cells."""
    if stored.kind == SWEEP:
        cells = stored.table("cells")
        return dict(zip(cells["run_id"].tolist(), cells["sharpe"].tolist(), strict=True))
    ratio = stored.summary["sharpe"]
    return {stored.run_id: nan if ratio is None else ratio}


def _overlaps(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return whether two runs are of one strategy, and share time and a market."""
    mine, theirs = one["period"], other["period"]
    share_time = mine["start_ns"] < theirs["end_ns"] and theirs["start_ns"] < mine["end_ns"]
    share_market = bool(_markets(one) & _markets(other))
    return bool(one["strategy"] == other["strategy"] and share_time and share_market)


def _markets(summary: Mapping[str, Any]) -> set[tuple[str, str]]:
    return {(market["venue"], market["market"]) for market in summary["markets"]}
