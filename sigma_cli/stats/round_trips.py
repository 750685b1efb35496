"""Fills into round trips. Pure; long positions only, as on a spot market.

A round trip begins when a position leaves zero and ends when it is back at zero, whatever was
added or taken away in between. One that is still open at the end is valued at a mark.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Fills:
    """Fills of one market in order; every column [n]."""

    ts_ns: NDArray[np.int64]
    signed_u: NDArray[np.int64]
    """Size in units, bought positive, sold negative; summed exactly."""
    size: NDArray[np.float64]
    """The same in base currency, without the sign."""
    price: NDArray[np.float64]
    fee: NDArray[np.float64]


def round_trips(fills: Fills, mark: float, bar_ns: int) -> dict[str, NDArray[Any]]:
    """Return one row a round trip, columns [k].

    `entry_ts_ns`, `exit_ts_ns` (0: still open), `size_u` (bought), `entry_price` and `exit_price`
    (means by size; the mark where nothing was sold), `fees`, `pnl` (after fees), `return` (of the
    value bought), `bars` (of `bar_ns`, from first fill to last; 0 while open).
    """
    held_u = np.cumsum(fills.signed_u)
    before_u = held_u - fills.signed_u
    starts = np.flatnonzero(before_u == 0)
    ends = np.append(starts, len(held_u))[1:] - 1

    def total(column: NDArray[Any]) -> NDArray[Any]:
        return np.add.reduceat(column, starts) if len(starts) else column[:0]

    bought = fills.signed_u > 0
    value = fills.price * fills.size
    size_in = total(np.where(bought, fills.size, 0.0))
    size_out = total(np.where(bought, 0.0, fills.size))
    value_in = total(np.where(bought, value, 0.0))
    value_out = total(np.where(bought, 0.0, value))
    fees = total(fills.fee)
    is_open = held_u[ends] != 0
    left = np.where(is_open, size_in - size_out, 0.0)
    pnl = value_out + left * mark - value_in - fees
    entry_ts_ns = fills.ts_ns[starts]
    exit_ts_ns = np.where(is_open, 0, fills.ts_ns[ends])
    sold = size_out > 0
    return {
        "entry_ts_ns": entry_ts_ns,
        "exit_ts_ns": exit_ts_ns,
        "size_u": total(np.where(bought, fills.signed_u, 0)),
        "entry_price": value_in / size_in,
        "exit_price": np.where(sold, value_out / np.where(sold, size_out, 1.0), mark),
        "fees": fees,
        "pnl": pnl,
        "return": pnl / value_in,
        "bars": np.where(is_open, 0, (exit_ts_ns - entry_ts_ns) // bar_ns),
    }
