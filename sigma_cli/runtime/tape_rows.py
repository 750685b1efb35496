"""Rows on their way to a tape, and copies of them as the words that they are.

Numpy would copy records field by field.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.layout import Records


class Block(NamedTuple):
    """Rows of one kind in the venue's order; both clocks of each are set."""

    rows: Records
    venue_ns: NDArray[np.int64]
    """When each happened, as its order says; never falling."""
    is_gap: NDArray[np.bool_]

    def part(self, first: int, last: int) -> "Block":
        """Return the rows [first, last)."""
        at = slice(first, last)
        return Block(self.rows[at], self.venue_ns[at], self.is_gap[at])


def joined(parts: Sequence[Records], dtype: Any) -> Records:
    """Return rows one after the other."""
    if len(parts) == 1:
        return parts[0]
    words = [np.ascontiguousarray(part).view(np.int64) for part in parts]
    return np.concatenate([np.empty(0, np.int64), *words]).view(dtype)


def picked(rows: Records, index: NDArray[np.intp]) -> Records:
    """Return the rows at `index`."""
    words = np.ascontiguousarray(rows).view(np.int64).reshape(len(rows), -1)
    return words[index].reshape(-1).view(rows.dtype)
