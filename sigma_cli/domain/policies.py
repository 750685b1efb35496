"""The policies that decide inside `step`, by number: a compiled choice costs no pointer.

The numbers are part of a world's memory: add at the end, never renumber.
"""

from enum import IntEnum
from typing import Final


class Policy(IntEnum):
    """What says whether a market is worth entering."""

    NONE = 0
    """Nothing inside: strategies send signals."""
    IMBALANCE = 1
    """Recent trades were bought rather than sold."""
    SCALPER = 2
    """A score of imbalance, microprice, order flow and trades."""


SCORE_PARTS: Final = 4
"""Numbers that a policy's score is made of."""
BOOK_PARTS: Final = 3
"""The first of them, which are of the book."""
LADDER_STEPS: Final = 2
"""Limits that a stop tries, each deeper than the last, before it sells at the market."""
