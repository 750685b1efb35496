"""Which points of a series end a day or a month. Pure.

A point is what was there when a bar closed, so one at midnight belongs to the day that ends then.
"""

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.units import NS_PER_DAY

_FIRST_SUNDAY_NS = 3 * NS_PER_DAY  # 1970-01-01 was a Thursday
_EPOCH_MONTH = 1970 * 12


def last_of_days(ts_ns: NDArray[np.int64], *, always_open: bool) -> NDArray[np.intp]:
    """Return the index of the last point of each UTC day, from times [n >= 1] that don't fall.

    Where a market never closes, a day without points carries the last value on. Where it rests,
    such a day does not exist; what its Friday leaves on Saturday belongs to Friday, and what
    opens on Sunday evening to Monday.
    """
    first_day, last_day = (int(ts_ns[i] - 1) // NS_PER_DAY for i in (0, -1))
    ends_ns = np.arange(first_day + 1, last_day + 2, dtype=np.int64) * NS_PER_DAY
    if always_open:
        return np.searchsorted(ts_ns, ends_ns, side="right") - 1
    day_of_week = (ends_ns - _FIRST_SUNDAY_NS) // NS_PER_DAY % 7  # of the day that follows
    inner = (day_of_week != 6) & (day_of_week != 1)
    inner[-1] = True
    return np.unique(np.searchsorted(ts_ns, ends_ns[inner], side="right") - 1)


def last_of_months(ts_ns: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """Return the UTC months with points (year x 12 + month - 1), and the last point of each."""
    months = (ts_ns - 1).astype("datetime64[ns]").astype("datetime64[M]").astype(np.int64)
    last = np.flatnonzero(np.append(months[1:] != months[:-1], True))
    return months[last] + _EPOCH_MONTH, last
