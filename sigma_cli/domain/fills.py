"""How a simulated venue fills: what it knows of a book, and whom it believes to be ahead of us.

The numbers are part of a world's memory: add at the end, never renumber.
"""

from enum import IntEnum


class Depth(IntEnum):
    """What is known of a market's book."""

    NONE = 0
    """Nothing: trades only. A limit fills when the price goes through it, a taker by the next
    trade of its own side."""
    TOUCH = 1
    """Best bid and ask."""
    LEVELS = 2
    """Whole books, as many levels as a stored one has."""


class Queue(IntEnum):
    """Who was cancelled, when a level shrinks by more than was traded."""

    RISK_AVERSE = 0
    """Those behind us: only trades bring an order forward."""
    POWER = 1
    """Those behind with probability b^n / (b^n + a^n), a ahead and b behind: `queue_power` is n.

    PowerProbQueueFunc of https://hftbacktest.readthedocs.io/en/latest/order_fill.html
    """
    LOG = 2
    """The same with log(1 + x) instead of x^n."""
