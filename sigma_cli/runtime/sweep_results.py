"""The cells of a sweep that are computed already: by earlier sweeps, or before an interruption.

A cell is known by the name of the run that it is, so the result of any sweep with the same code
and data is as good as a new one.
"""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from sigma_cli.runtime.sweep_cells import METRICS, Cells
from sigma_cli.store import cells as store_cells
from sigma_cli.store.runs import SWEEP, list_runs

KEEP_S: Final = 1.0
"""Results wait this long before they are written: what a power failure may take."""


_SAME: Final = ("code", "rules", "data")


class Results:
    """Known cells; takes new ones and keeps them until the sweep is stored."""

    def __init__(self, root: Path, hashes: Mapping[str, str], *, again: bool) -> None:
        """Look for cells of this code and these data; `again`: know none, compute all."""
        self._root = root
        self._key = "-".join(hashes[name][:16] for name in _SAME)
        self._kept = store_cells.kept(root, self._key)
        self._place: dict[str, tuple[Cells, int]] = {}
        self._new: list[Cells] = []
        self._written_s = time.monotonic()
        for cells in [] if again else [*self._kept.values(), *self._stored(hashes)]:
            self._learn(cells)

    def __contains__(self, run_id: str) -> bool:
        return run_id in self._place

    def add(self, run_ids: Sequence[str], cells: Cells) -> None:
        """Take new cells, and write what is new from time to time."""
        named = {"run_id": np.array(run_ids, np.object_), **cells}
        self._learn(named)
        self._new.append(named)
        if time.monotonic() - self._written_s >= KEEP_S:
            self.keep()

    def keep(self) -> None:
        """Write what is new, so that the next sweep finds it."""
        if self._new:
            part = store_cells.joined(self._new)
            self._kept[store_cells.keep(self._root, self._key, part)] = part
            self._new = []
        self._written_s = time.monotonic()

    def forget(self) -> None:
        """Delete what was kept: a stored sweep has it now."""
        store_cells.forget(list(self._kept))

    def of(self, run_ids: Sequence[str]) -> Cells:
        """Return the metrics of cells that are all known, a column each."""
        places = [self._place[run_id] for run_id in run_ids]
        return {
            name: np.array([cells[name][row] for cells, row in places], kind)
            for name, kind in METRICS.items()
        }

    def _learn(self, cells: Cells) -> None:
        for row, run_id in enumerate(cells["run_id"].tolist()):
            self._place[run_id] = cells, row

    def _stored(self, hashes: Mapping[str, str]) -> list[Cells]:
        found = []
        for run in list_runs(self._root):
            theirs = run.summary["hashes"]
            if run.kind == SWEEP and all(theirs.get(name) == hashes[name] for name in _SAME):
                found.append(run.table("cells"))
        return found
