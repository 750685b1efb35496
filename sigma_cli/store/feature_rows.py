"""Feature rows of one market and clock, and the bounds of its days, as rows of the lake.

They are computed from what else the lake holds and can be computed again: where all other kinds
keep what came first, here what comes last stands. The code that computed them is their source.
Pure numpy; must not read a file.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.features import BOUND_COLUMNS, FEATURE_COLUMNS
from sigma_cli.domain.units import INTERVALS_NS, NS_PER_MINUTE
from sigma_cli.store.records import Identity, Part
from sigma_cli.store.rows import Column, Form, GapCount, Merged, Rows, taken

FORM: Final = Form(types=FEATURE_COLUMNS, as_differences=frozenset({"ts_ns"}))
BOUND_FORM: Final = Form(types=BOUND_COLUMNS, as_differences=frozenset({"ts_ns"}))
FEATURES: Final = "features-"
BOUNDS: Final = "bounds-"


@dataclass(frozen=True, slots=True)
class FeatureRows:
    """The kind of feature rows of one clock, or of the bounds of days that come from them."""

    every: str
    prefix: str = FEATURES

    @classmethod
    def of(cls, kind: str) -> Self:
        """Return the kind that the catalogue names so."""
        prefix, _, every = kind.partition("-")
        return cls(every, f"{prefix}-")

    @property
    def name(self) -> str:
        """`features-1s` or `bounds-1s`."""
        return f"{self.prefix}{self.every}"

    @property
    def identity(self) -> Identity:
        """A market has one row at a time."""
        return Identity.TIME

    @property
    def form(self) -> Form:
        """The time as differences, and floats."""
        return FORM if self.prefix == FEATURES else BOUND_FORM

    def times(self, rows: Rows) -> Column:
        """Return the time of each row."""
        times: Column = rows["ts_ns"]
        return times

    @property
    def key_columns(self) -> tuple[str, ...]:
        """The time."""
        return ("ts_ns",)

    def keys(self, rows: Rows) -> Column:
        """Return the times: a row has no number."""
        return self.times(rows)

    def by_period(self, times: Column) -> Iterator[tuple[str, NDArray[np.intp]]]:
        """Yield each period that any of the times lies in, and which of them do.

        An hour of seconds, a day of minutes, a year of bounds: a megabyte, or less.
        """
        unit = "h" if INTERVALS_NS[self.every] < NS_PER_MINUTE else "D"
        unit = unit if self.prefix == FEATURES else "Y"
        periods = times.view("datetime64[ns]").astype(f"datetime64[{unit}]")
        for period in np.unique(periods):
            yield str(period), np.flatnonzero(periods == period)

    def merged(self, stored: Rows, incoming: Rows) -> Merged:
        """Add `incoming` (in order of time) to `stored`, or put it in the place of other values."""
        place = np.searchsorted(stored["ts_ns"], incoming["ts_ns"])
        is_there = np.isin(incoming["ts_ns"], stored["ts_ns"])
        same = is_there.copy()
        for name in self.form.types:  # bit by bit: NaN is a value like another
            there = stored[name][place[is_there]].view(np.int64)
            same[is_there] &= there == incoming[name][is_there].view(np.int64)
        kept = taken(stored, ~np.isin(stored["ts_ns"], incoming["ts_ns"]))
        both = {name: np.concatenate([kept[name], incoming[name]]) for name in self.form.types}
        rows = taken(both, np.argsort(both["ts_ns"], kind="stable"))
        return Merged(rows, int(np.count_nonzero(~same)), np.empty(0, np.intp))

    def id_range(self, rows: Rows) -> None:
        """Rows have no numbers."""

    def gaps_in(self, rows: Rows, *, always_open: bool) -> GapCount:
        """Count none: what is missing is missing in the trades, quotes and books."""
        del rows, always_open
        return GapCount(0, 0)

    def gaps_between(self, parts: Sequence[Part], *, always_open: bool) -> GapCount:
        """Count none."""
        del parts, always_open
        return GapCount(0, 0)


def is_derived(kind: str) -> bool:
    """Return whether the catalogue calls feature rows or bounds so."""
    return kind.startswith((FEATURES, BOUNDS))
