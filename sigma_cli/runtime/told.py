"""What a desk is told of its markets while it runs: what is usual, who is hot, bounds of the day.

Everything here was known before it is told.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.dtypes.tape import BOUNDS, TOLD
from sigma_cli.domain.events import ControlKind
from sigma_cli.domain.features import BOUND_PARTS, Column
from sigma_cli.runtime import hot_list, usual
from sigma_cli.runtime.feature_days import begins
from sigma_cli.runtime.tick_selection import TickSelection
from sigma_cli.settings.switches import Switches
from sigma_cli.store.lake import Lake
from sigma_cli.store.rows import Rows

CLOCK = "1s"
"""Of the rows that the bounds are of: those on which policies decide."""


def told(
    lake: Lake, selection: TickSelection, switches: Switches, hot: Path | None
) -> tuple[Records, Records]:
    """Return what is told (TOLD), in order of time, and the BOUNDS that it speaks of.

    `hot` is a file of the hot list; without one every market is on it.

    Raises:
        UsageError: that file is no hot list of these markets.
    """
    bounds = [*_bounds(lake, selection)]
    found = [usual.told(lake, selection, switches), _days(selection, bounds)]
    if hot is not None:
        names = [name for _, name in selection.names]
        found.append(hot_list.told(hot, names, selection.period.start_ns))
    rows = np.concatenate(found)
    order = np.lexsort((rows["kind"], rows["market"], rows["ts_ns"]))
    return rows[order], np.concatenate([np.zeros(0, BOUNDS), *(made for _, _, made in bounds)])


def _bounds(lake: Lake, selection: TickSelection) -> Iterator[tuple[int, int, Records]]:
    """Yield the day, the market and the BOUNDS of each day that has any stored."""
    days_ns = begins(selection.period)
    span_ns = int(days_ns[0]), selection.period.end_ns
    for market, instrument in enumerate(selection.instruments):
        for rows in lake.read_bounds(instrument.venue, instrument.market, CLOCK, span_ns):
            for row, day_ns in enumerate(rows["ts_ns"].tolist()):
                yield day_ns, market, _packed(rows, row)


def _packed(rows: Rows, row: int) -> Records:
    made = np.zeros(1, BOUNDS)
    for part in BOUND_PARTS:
        made[0][part] = [rows[f"{column.name.lower()}_{part}"][row] for column in Column]
    return made


def _days(selection: TickSelection, bounds: list[tuple[int, int, Records]]) -> Records:
    """Return when the bounds of each day are told: as it begins, or at the start."""
    rows = np.zeros(len(bounds), TOLD)
    rows["kind"] = ControlKind.BOUNDS
    rows["bounds"] = np.arange(len(bounds))
    for row, (day_ns, market, _) in zip(rows, bounds, strict=True):
        row["ts_ns"], row["market"] = max(day_ns, selection.period.start_ns), market
    return rows
