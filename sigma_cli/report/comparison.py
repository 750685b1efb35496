"""Several runs side by side, in numbers: what came out, what differs, and whether it is luck."""

from collections.abc import Sequence
from dataclasses import asdict
from functools import reduce
from typing import Any, Final

import numpy as np

from sigma_cli.report import text
from sigma_cli.report.differences import differences
from sigma_cli.report.document import document
from sigma_cli.report.evidence import evidence
from sigma_cli.report.inputs import Run
from sigma_cli.report.months import daily
from sigma_cli.report.verdict import judge
from sigma_cli.stats.overfitting import Overfitting, backtest_overfitting

OVERFITTING_RUNS_MIN: Final = 4
"""Runs from which choosing the best of them can be cross-validated."""


def verdict(runs: Sequence[Run]) -> str:
    """Return what a comparison comes to, in sentences."""
    best = max(runs, key=lambda run: run.summary["total_return"])
    said = judge(best.summary, evidence(best))
    doubt = said.luck or "It earned nothing for its risk."
    return f"The best of {text.number(len(runs))} runs {said.result.lower()} {doubt}"


def overfitting(runs: Sequence[Run]) -> Overfitting | None:
    """Return how often the best run of one half of the days is bad in the other half.

    None for fewer than `OVERFITTING_RUNS_MIN` runs, or where they share too few days.
    """
    if len(runs) < OVERFITTING_RUNS_MIN:
        return None
    found = [daily(run) for run in runs]
    common = reduce(np.intersect1d, (ends_ns for ends_ns, _ in found))
    returns = [one[np.isin(ends_ns, common)] for ends_ns, one in found]
    made = backtest_overfitting(np.stack(returns, axis=1))
    return made if made.splits else None


def comparison_document(runs: Sequence[Run]) -> dict[str, Any]:
    """Return the comparison for programs: each run's document, and what differs."""
    told = differences([run.summary for run in runs])
    made = overfitting(runs)
    return {
        "verdict": text.typed(verdict(runs)),
        "differences": {kind: [asdict(one) for one in rows] for kind, rows in told.items()},
        "overfitting": None if made is None else asdict(made),
        "runs": [document(run) for run in runs],
    }
