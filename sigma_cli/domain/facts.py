"""What the venue confirmed. The desk believes facts and nothing else.

The numbers are part of the tape's format: add at the end, never renumber.
"""

from enum import IntEnum


class FactKind(IntEnum):
    """The kind of a fact about one of our orders, or about our balances."""

    ACCEPTED = 1
    FILLED = 2
    """An execution, in full or in part; `fill_id` is unique."""
    CANCELLED = 3
    """The order is gone; what was not filled will not be."""
    REFUSED = 4
    UNKNOWN = 5
    """Asked, and no answer: the order counts with its full exposure until resolved."""
    RESOLVED = 6
    """An unknown order turned out not to exist."""
    EXTERNAL = 7
    """A change of balance that no order of ours explains."""
    BALANCE = 8
    """A balance as the venue reports it."""


class Liquidity(IntEnum):
    """Which side of a trade we were."""

    NONE = 0
    MAKER = 1
    TAKER = 2
