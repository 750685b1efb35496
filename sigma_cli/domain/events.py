"""What can enter `step`: everything that may change a decision is an event.

The numbers are part of the tape's format: add at the end, never renumber.
"""

from enum import IntEnum


class EventKind(IntEnum):
    """The kind of an event; EVENT (`dtypes/tape.py`) carries what each one says."""

    START = 1
    """A segment of the tape begins here (its state checkpoint stands beside it)."""
    BAR = 2
    """A candle closed. `recv_ts_ns` is its close as it reached us, never its open."""
    TRADE = 3
    """A public trade."""
    QUOTE = 4
    """Best bid and ask."""
    BOOK = 5
    """A whole order book."""
    FACT = 6
    """Something the venue confirmed about our orders or balances."""
    TIMER = 7
    """100 ms of arrival time have passed."""
    SIGNAL = 8
    """A strategy's wish: target exposure in [-1, 1]; NaN means no change, 0 flat."""
    CONTROL = 9
    """Something a person, a schedule or a venue changed: `ControlKind`."""
    GAP = 10
    """Messages of a book are missing: it is unknown until the next whole one."""


class ControlKind(IntEnum):
    """What a control event changes."""

    RULES = 1
    """The venue's rules of one market (`event.rules`)."""
    HALT = 2
    """No order that increases risk until re-armed."""
    REARM = 3
    """A named person releases every latch that waits for one."""
    USUAL = 4
    """What a market is usually like at this minute of the day (`event.usual`)."""
    HOT = 5
    """A market is on the hot list, and may be entered, or is not (`event.hot`)."""
    BOUND = 6
    """What a feature of a market was like in the days before (`event.bound`)."""
