"""The last trades, however long ago: how much of them was bought.

    imbalance   (bought - sold) / (bought + sold), by volume, of the last `LENGTH` trades

Exact: the sums are of integers. A trade whose side nobody knows counts as one of the last, and as
neither bought nor sold.
"""

import math
from typing import Final

from sigma_cli.domain.dtypes.layout import Record, record
from sigma_cli.kernels.jit import constant, inline

LENGTH: Final = 50
"""Trades that are remembered."""
_LENGTH: Final = constant(LENGTH)

RECENT: Final = record(
    ("count", "i8"),
    ("at", "i8"),
    ("signed_u", "i8"),
    ("total_u", "i8"),
    ("sizes_u", "i8", (LENGTH,)),  # times the sign
)


@inline
def recent_trade(s: Record, sign: int, size_u: int) -> None:
    """Take a trade. s: RECENT."""
    old_u, new_u = s.sizes_u[s.at], sign * size_u
    s.signed_u += new_u - old_u
    s.total_u += abs(new_u) - abs(old_u)
    s.sizes_u[s.at] = new_u
    s.at = s.at + 1 if s.at + 1 < _LENGTH else 0
    s.count += 1


@inline
def recent_imbalance(s: Record) -> float:
    """Return the imbalance in [-1, 1], NaN before `LENGTH` trades. s: RECENT."""
    if s.count < _LENGTH or s.total_u <= 0:
        return math.nan
    return s.signed_u / s.total_u
