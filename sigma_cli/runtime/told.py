"""What a desk is told of its markets while it runs: what is usual, who is hot, bounds of the day.

Everything here was known before it is told.
"""

from pathlib import Path

import numpy as np

from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.dtypes.tape import BOUND, TOLD
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
    """Return what is told (TOLD), in order of time, and the rows of BOUND that it speaks of.

    `hot` is a file of the hot list; without one every market is on it.

    Raises:
        UsageError: that file is no hot list of these markets.
    """
    days, bounds = _bounds(lake, selection)
    found = [usual.told(lake, selection, switches), days]
    if hot is not None:
        names = [name for _, name in selection.names]
        found.append(hot_list.told(hot, names, selection.period.start_ns))
    rows = np.concatenate(found)
    order = np.lexsort((rows["bound"], rows["kind"], rows["market"], rows["ts_ns"]))
    return rows[order], bounds


def _bounds(lake: Lake, selection: TickSelection) -> tuple[Records, Records]:
    """Return when the bounds of each day are told, as it begins or at the start, and which."""
    days_ns = begins(selection.period)
    span_ns = int(days_ns[0]), selection.period.end_ns
    told, bounds = [np.zeros(0, TOLD)], [np.zeros(0, BOUND)]
    for market, instrument in enumerate(selection.instruments):
        for rows in lake.read_bounds(instrument.venue, instrument.market, CLOCK, span_ns):
            packed = _packed(rows)
            made = np.zeros(len(packed), TOLD)
            made["kind"], made["market"] = ControlKind.BOUND, market
            begins_ns = np.maximum(rows["ts_ns"], selection.period.start_ns)
            made["ts_ns"] = np.repeat(begins_ns, len(Column))
            made["bound"] = sum(map(len, bounds)) + np.arange(len(packed))
            told.append(made)
            bounds.append(packed)
    return np.concatenate(told), np.concatenate(bounds)


def _packed(rows: Rows) -> Records:
    """Return the bounds of days as BOUND, a row for each day and column."""
    made = np.zeros((len(rows["ts_ns"]), len(Column)), BOUND)
    for column in Column:
        made["column"][:, column] = column
        for part in BOUND_PARTS:
            made[part][:, column] = rows[f"{column.name.lower()}_{part}"]
    return made.reshape(-1)
