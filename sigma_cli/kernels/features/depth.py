"""Imbalance of the book's ten best levels: (B - A) / (B + A), the sums of their sizes.

A missing level counts 0, and so does a book with no level at all.
"""

from typing import Final

from sigma_cli.domain.dtypes.layout import Record
from sigma_cli.kernels.jit import constant, njit

LEVELS: Final = constant(10)


@njit
def depth_imbalance(book: Record) -> float:
    """Return `lob_depth_imbalance_10`, in [-1, 1]. book: BOOK."""
    bids_u = asks_u = 0
    for level in range(LEVELS):
        bids_u += book.bid_size_u[level]
        asks_u += book.ask_size_u[level]
    return (bids_u - asks_u) / (bids_u + asks_u) if bids_u + asks_u > 0 else 0.0
