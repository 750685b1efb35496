"""Fills into round trips. Pure; long positions only, as on a spot market.

A round trip begins when something is bought while there is nothing to sell, and ends with the sale
that leaves nothing to sell, whatever was added or taken away in between. What is left then is dust,
too little for the venue to take: the next trip takes it over at the price of that sale, so that
what all trips made together is what the account made. One that is still open at the end, and dust
that nobody took over, is valued at a mark.
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
    least_u: NDArray[np.int64]
    """The least that could be sold, at the time and price of each; 1 or more."""


def round_trips(fills: Fills, mark: float, bar_ns: int) -> dict[str, NDArray[Any]]:
    """Return one row a round trip, columns [k].

    `entry_ts_ns`, `exit_ts_ns` (0: still open), `size_u` (bought), `entry_price` and `exit_price`
    (means by size, dust that was taken over included; the mark where nothing was sold), `fees`,
    `pnl` (after fees), `return` (of the value bought or taken over), `bars` (of `bar_ns`, from
    first fill to last; 0 while open).
    """
    held_u = np.cumsum(fills.signed_u)
    is_over = (fills.signed_u < 0) & (held_u < fills.least_u)
    starts = np.flatnonzero((fills.signed_u > 0) & np.append(True, is_over)[: len(is_over)])
    ends = np.append(starts, len(held_u))[1:] - 1

    def total(column: NDArray[Any]) -> NDArray[Any]:
        return np.add.reduceat(column, starts) if len(starts) else column[:0]

    bought = fills.signed_u > 0
    value = fills.price * fills.size
    left_u, left_at = held_u[ends], fills.price[ends]
    left = left_u * fills.size[ends] / np.abs(fills.signed_u[ends])
    size_in = total(np.where(bought, fills.size, 0.0)) + _before(left)
    size_out = total(np.where(bought, 0.0, fills.size))
    value_in = total(np.where(bought, value, 0.0)) + _before(left * left_at)
    value_out = total(np.where(bought, 0.0, value))
    fees = total(fills.fee)
    is_open = ~is_over[ends]
    left_at[-1:] = mark
    pnl = value_out + left * left_at - value_in - fees
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


def _before(left: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for each trip what the one before it left."""
    return np.append(0.0, left)[: len(left)]
