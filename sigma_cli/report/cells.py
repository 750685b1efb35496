"""The cells of a sweep: the best of them, its neighbours, and whether it is better than luck."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.report import evidence, text
from sigma_cli.report.columns import Columns
from sigma_cli.report.evidence import Evidence
from sigma_cli.report.inputs import Sweep
from sigma_cli.report.verdict import luck

BEST_SHOWN: Final = 10
"""Cells listed."""


def order(sweep: Sweep) -> NDArray[np.intp]:
    """Return the cells by Sharpe ratio, the best first; those without one come last."""
    ratios = sweep.cells["sharpe"]
    return np.argsort(-np.where(np.isnan(ratios), -np.inf, ratios), kind="stable")


def params(sweep: Sweep, cell: int) -> dict[str, Any]:
    """Return the parameters of a cell."""
    return {name: sweep.cells[name][cell : cell + 1].tolist()[0] for name in sweep.summary["grid"]}


def weigh_cell(sweep: Sweep, cell: int) -> Evidence:
    """Return the evidence of one cell, as one of all the tries."""
    return evidence.weigh_cell(sweep.cells, cell, sweep.trials, sweep.tried)


def neighbours(sweep: Sweep, cell: int) -> NDArray[np.intp]:
    """Return the cells one step away from `cell` in one or more parameters."""
    near = np.ones(len(sweep.cells["sharpe"]), np.bool_)
    for name in sweep.summary["grid"]:
        place = np.unique(sweep.cells[name], return_inverse=True)[1]
        near &= np.abs(place - place[cell]) <= 1
    near[cell] = False
    return np.flatnonzero(near)


def around(sweep: Sweep, cell: int) -> float:
    """Return the mean Sharpe ratio of the neighbours that have one: a peak alone is luck."""
    found = sweep.cells["sharpe"][neighbours(sweep, cell)]
    known = found[~np.isnan(found)]
    return float(known.mean()) if len(known) else float("nan")


def judge_sweep(sweep: Sweep) -> tuple[str, str]:
    """Return the verdict on a sweep: what came out, and whether it is noise."""
    best = int(order(sweep)[0])
    gained = sweep.cells["total_return"]
    result = (
        f"The best of {text.counted(len(gained), 'try', 'tries')} returned"
        f" {text.percent(float(gained[best]), signed=True)}, the middle one"
        f" {text.percent(float(np.median(gained)), signed=True)}."
    )
    found = weigh_cell(sweep, best)
    return result, luck(found) or "This is no better than noise: none was worth its risk."


def sweep_document(sweep: Sweep) -> dict[str, Any]:
    """Return a sweep for programs."""
    ranked = order(sweep)[:BEST_SHOWN].tolist()
    result, doubt = judge_sweep(sweep)
    return {
        "verdict": text.typed(f"{result} {doubt}"),
        "note": sweep.said,
        "summary": dict(sweep.summary),
        "trials": sweep.trials,
        "best": [
            {
                "params": params(sweep, cell),
                "total_return": float(sweep.cells["total_return"][cell]),
                "deflated_sharpe": weigh_cell(sweep, cell).deflated,
                "sharpe": float(sweep.cells["sharpe"][cell]),
            }
            for cell in ranked
        ],
        "neighbours_sharpe_mean": around(sweep, ranked[0]),
        "profitable": float(np.mean(sweep.cells["total_return"] > 0)),
    }


def columns(sweep: Sweep) -> Columns:
    """Return one row a cell, as it is stored."""
    head = tuple(sweep.cells)
    rows = (map(str, row) for row in zip(*(c.tolist() for c in sweep.cells.values()), strict=True))
    return Columns(head=head, rows=map(tuple, rows))
