"""Which cells of a sweep are the best, and what that is worth. Judges as the report does."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sigma_cli.report.evidence import weigh_cell
from sigma_cli.runtime.sweep_cells import Cells
from sigma_cli.runtime.tries import Tries
from sigma_cli.stats.overfitting import PARTS, Overfitting, overfitting_of_parts


def best(cells: Cells, tried: Tries, count: int) -> list[dict[str, Any]]:
    """Return the cells with the highest Sharpe ratios; those without one come last.

    `deflated_sharpe` is the chance that skill shows in it, and not the choice among all tries.
    """
    found = []
    for row in order(cells)[:count].tolist():
        shown = {
            name: column[row].item()
            for name, column in cells.items()
            if name != "run_id" and not name.startswith("returns_")
        }
        chance = weigh_cell(cells, row, tried.count, tried.sharpe).deflated
        found.append({**shown, "deflated_sharpe": chance, "run_id": cells["run_id"][row]})
    return found


def order(cells: Cells) -> NDArray[np.intp]:
    """Return the cells by Sharpe ratio, the best first; those without one come last."""
    return np.argsort(-np.nan_to_num(cells["sharpe"], nan=-np.inf), kind="stable")


def overfitting(cells: Cells) -> Overfitting:
    """Return how often the best of these cells in one half of the time is poor in the other."""
    sums, squares = (
        np.stack([cells[f"returns_{what}_{part}"] for part in range(PARTS)])
        for what in ("sum", "squares")
    )
    return overfitting_of_parts(sums, squares, int(cells["returns_count"].max()) // PARTS)
