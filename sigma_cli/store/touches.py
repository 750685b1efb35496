"""What is odd about the two sides of a quote or a book. Pure numpy."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.store.intake import Counts
from sigma_cli.store.sources.numbers import Flags

SPREAD_MAX: Final = 0.05
"""Beyond this share of the middle, a spread is worth a note."""


def judged(bid_u: NDArray[np.int64], ask_u: NDArray[np.int64], counts: Counts) -> Flags:
    """Return where the bid is above the ask; count where they meet, or are far apart.

    One venue's own book never crosses: its orders would have traded.
    """
    counts.locked += int(np.count_nonzero(bid_u == ask_u))
    counts.wide += int(np.count_nonzero((ask_u - bid_u) > SPREAD_MAX * (ask_u + bid_u) / 2))
    crossed: Flags = bid_u > ask_u
    return crossed
