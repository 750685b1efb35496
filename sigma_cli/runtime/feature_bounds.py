"""The bounds of a day: what the feature rows of the seven days before it were like.

Computed at 04:00 in Korea from rows that were over by then, and frozen for the day. They are kept
in the lake beside the rows, as derived as these.
"""

from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.features import BOUND_PARTS, Column
from sigma_cli.domain.units import INTERVALS_NS, NS_PER_DAY
from sigma_cli.runtime.feature_days import DAYS, begins
from sigma_cli.runtime.periods import Period
from sigma_cli.store.feature_rows import BOUNDS, FeatureRows
from sigma_cli.store.lake import Lake, Source

FENCE: Final = 1.5
"""Tukey's: so many IQR beyond the quartiles."""
_AT_ONCE: Final = 5
"""Columns in memory at once: 30 MB of a week of seconds."""


def days_told(lake: Lake, name: tuple[str, str], every: str, period: Period) -> NDArray[np.int64]:
    """Return the beginnings of the days whose bounds rows of a period are in, and of its own.

    Of the days after it only those of which rows are stored.
    """
    kind = FeatureRows(every).name
    stored = (s.last_ts_ns for s in lake.series() if (s.venue, s.market, s.kind) == (*name, kind))
    last_ns = min(next(stored, 0) + 1, period.end_ns + DAYS * NS_PER_DAY)
    return begins(replace(period, end_ns=max(period.end_ns, last_ns)))


def keep_bounds(
    lake: Lake, name: tuple[str, str], every: str, days_ns: NDArray[np.int64], source: Source
) -> int:
    """Store the bounds of each day that begins at one of `days_ns`; return how many have any."""
    kept = 0
    for day_ns in days_ns.tolist():
        found = day_bounds(lake, name, every, day_ns)
        if not any(np.isfinite(values).any() for values in found.values()):
            continue
        lake.merge_features(
            *name, {"ts_ns": np.array([day_ns]), **found}, source, FeatureRows(every, BOUNDS)
        )
        kept += 1
    return kept


def day_bounds(
    lake: Lake, name: tuple[str, str], every: str, day_ns: int
) -> dict[str, NDArray[np.float64]]:
    """Return the bounds of the day that begins at `day_ns`, by the columns of BOUND_COLUMNS.

    A column that was known in less than a day of rows has none.
    """
    rows_min = NS_PER_DAY // INTERVALS_NS[every]
    names = [column.name.lower() for column in Column]
    span_ns = (day_ns - DAYS * NS_PER_DAY, day_ns)
    made: dict[str, NDArray[np.float64]] = {}
    for first in range(0, len(names), _AT_ONCE):
        few = names[first : first + _AT_ONCE]
        for column, values in _read(lake, name, every, span_ns, few).items():
            known = values[~np.isnan(values)]
            parts = _parts(known) if len(known) >= rows_min else [np.nan] * len(BOUND_PARTS)
            for part, value in zip(BOUND_PARTS, parts, strict=True):
                made[f"{column}_{part}"] = np.array([value])
    return made


def _parts(known: NDArray[np.float64]) -> list[float]:
    """Return the values of BOUND_PARTS."""
    low, median, high = np.quantile(known, (0.25, 0.5, 0.75)).tolist()
    reach = FENCE * (high - low)
    return [median, low - reach, high + reach, float(known.min()), float(known.max())]


def _read(
    lake: Lake, name: tuple[str, str], every: str, span_ns: tuple[int, int], columns: list[str]
) -> dict[str, Any]:
    parts = [*lake.read_features(*name, every, span_ns, columns)]
    nothing = np.empty(0, np.float64)
    return {
        column: np.concatenate([nothing, *(part[column] for part in parts)]) for column in columns
    }
