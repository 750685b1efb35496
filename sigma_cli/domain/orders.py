"""The life of an order, as a table.

    requested --accepted--> open --filled (part)--> open --filled (rest)--> filled
        |                     |---cancelled--> cancelled
        |--refused--> refused
        |--unknown--> unknown --accepted | filled | cancelled | resolved--> ...

`filled` is told from `open` by what remains, not by the fact: the table says what a fact *may*
do, and the writer (`kernels/desk/orders.py`) turns a full fill into FILLED. A fill that arrives
after a cancel counts, because the venue's trade list wins, and re-opens nothing.
"""

from enum import IntEnum
from typing import Final

from sigma_cli.domain.facts import FactKind


class OrderState(IntEnum):
    """Where an order is in its life."""

    FREE = 0
    """No order: the slot may be used."""
    REQUESTED = 1
    OPEN = 2
    UNKNOWN = 3
    FILLED = 4
    CANCELLED = 5
    REFUSED = 6
    RESOLVED = 7


class Role(IntEnum):
    """What an order is for."""

    WISH = 0
    """To follow a signal: a market has one at a time."""
    STOP = 1
    """To end a position that loses."""
    TARGET = 2
    """To end a position that has won enough."""
    ENTRY = 3
    """To open a position, for a policy on ticks."""
    EXIT = 4
    """To end one."""


class Phase(IntEnum):
    """Where a round trip is, in a market that a policy on ticks trades."""

    FLAT = 0
    ENTERING = 1
    """An entry is at work; it may have been filled in part."""
    HOLDING = 2
    LEAVING = 3
    """An exit is at work."""


WORKING: Final = frozenset({OrderState.REQUESTED, OrderState.OPEN, OrderState.UNKNOWN})
"""The states in which an order may still be filled."""

_LATE_FILL: Final = {FactKind.FILLED: OrderState.CANCELLED}

TRANSITIONS: Final[dict[OrderState, dict[FactKind, OrderState]]] = {
    OrderState.FREE: {},
    OrderState.REQUESTED: {
        FactKind.ACCEPTED: OrderState.OPEN,
        FactKind.FILLED: OrderState.OPEN,
        FactKind.CANCELLED: OrderState.CANCELLED,
        FactKind.REFUSED: OrderState.REFUSED,
        FactKind.UNKNOWN: OrderState.UNKNOWN,
    },
    OrderState.OPEN: {
        FactKind.ACCEPTED: OrderState.OPEN,
        FactKind.FILLED: OrderState.OPEN,
        FactKind.CANCELLED: OrderState.CANCELLED,
        FactKind.UNKNOWN: OrderState.UNKNOWN,
    },
    OrderState.UNKNOWN: {
        FactKind.ACCEPTED: OrderState.OPEN,
        FactKind.FILLED: OrderState.OPEN,
        FactKind.CANCELLED: OrderState.CANCELLED,
        FactKind.REFUSED: OrderState.UNKNOWN,  # any 4xx on a re-send proves nothing
        FactKind.UNKNOWN: OrderState.UNKNOWN,
        FactKind.RESOLVED: OrderState.RESOLVED,
    },
    OrderState.FILLED: {},
    OrderState.CANCELLED: _LATE_FILL,
    OrderState.REFUSED: {},
    OrderState.RESOLVED: {},
}
