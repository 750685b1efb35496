"""What a desk is told of its markets while it runs: what is usual, who is hot, bounds of the day.

Everything here was known before it is told.
"""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.layout import Records
from sigma_cli.domain.dtypes.tape import BOUND, TOLD
from sigma_cli.domain.events import ControlKind
from sigma_cli.domain.features import BOUND_PARTS, Column
from sigma_cli.domain.instruments import Instrument
from sigma_cli.runtime import hot_list, usual
from sigma_cli.runtime.feature_days import begins
from sigma_cli.runtime.tick_selection import TickSelection
from sigma_cli.settings.switches import Switches
from sigma_cli.store.lake import Lake

CLOCK: Final = "1s"
"""Of the rows that the bounds are of: those on which policies decide."""
_NOTHING: Final = np.zeros(0, TOLD)


def told(
    lake: Lake,
    selection: TickSelection,
    switches: Switches,
    *,
    hot: Path | None = None,
    reads_bounds: bool = False,
) -> tuple[Records, Records]:
    """Return what is told (TOLD), in order of time, and the rows of BOUND that it speaks of.

    `hot` is a file of the hot list; without one every market is on it. Bounds are told to a policy
    that reads them: they name a run, and no other run should change with them.

    Raises:
        UsageError: that file is no hot list of these markets.
    """
    days, bounds = _bounds(lake, selection) if reads_bounds else (_NOTHING, np.zeros(0, BOUND))
    found = [usual.told(lake, selection, switches), days]
    if hot is not None:
        names = [name for _, name in selection.names]
        found.append(hot_list.told(hot, names, selection.period.start_ns))
    rows = np.concatenate(found)
    order = np.lexsort((rows["bound"], rows["kind"], rows["market"], rows["ts_ns"]))
    return rows[order], bounds


def _bounds(lake: Lake, selection: TickSelection) -> tuple[Records, Records]:
    """Return when the bounds of each day are told, as it begins or at the start, and which.

    A day without any has bounds of which nothing is known.
    """
    days_ns = begins(selection.period)
    told, bounds = [_NOTHING], []
    for market, instrument in enumerate(selection.instruments):
        made = np.zeros((len(days_ns), len(Column)), TOLD)
        made["kind"], made["market"] = ControlKind.BOUND, market
        made["ts_ns"] = np.maximum(days_ns, selection.period.start_ns)[:, np.newaxis]
        made["bound"] = made.size * market + np.arange(made.size).reshape(made.shape)
        told.append(made.reshape(-1))
        bounds.append(_packed(lake, instrument, days_ns))
    return np.concatenate(told), np.concatenate(bounds)


def _packed(lake: Lake, instrument: Instrument, days_ns: NDArray[np.int64]) -> Records:
    """Return the bounds of days as BOUND, a row for each day and column."""
    made = np.zeros((len(days_ns), len(Column)), BOUND)
    made["column"] = np.arange(len(Column))
    for part in BOUND_PARTS:
        made[part] = np.nan
    span_ns = int(days_ns[0]), int(days_ns[-1]) + 1
    for rows in lake.read_bounds(instrument.venue, instrument.market, CLOCK, span_ns):
        days = np.searchsorted(days_ns, rows["ts_ns"])
        for column in Column:
            for part in BOUND_PARTS:
                made[part][days, column] = rows[f"{column.name.lower()}_{part}"]
    return made.reshape(-1)
