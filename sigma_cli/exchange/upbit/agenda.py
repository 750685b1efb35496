"""What is due at a later time: cancels that were accepted, settlements, changes of rules."""

import heapq
from decimal import Decimal
from typing import Final, TypeAlias

import msgspec

from sigma_cli.venues.upbit.wire.orders import NewOrder

NEVER: Final = 2**63 - 1


class Successor(msgspec.Struct):
    """The order that comes when another is cancelled."""

    request: NewOrder
    takes_rest: bool
    """Whether its volume is what the other leaves."""
    uuid: str


class Leave(msgspec.Struct, tag=True):
    """A cancel that was accepted is done."""

    account: str
    no: int
    successor: Successor | None = None


class Settle(msgspec.Struct, tag=True):
    """What was traded can be used."""

    account: str
    currency: str
    amount: Decimal


class Change(msgspec.Struct, tag=True):
    """Other rules hold in a market."""

    code: str


Task: TypeAlias = Leave | Settle | Change
Entry: TypeAlias = tuple[int, int, Task]
"""When, in which order it was written down, and what."""


class Agenda:
    """Tasks by time; those of one time in the order in which they were written down."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.count = 0

    @property
    def due_ns(self) -> int:
        """When the next task is due."""
        return self.entries[0][0] if self.entries else NEVER

    def add(self, due_ns: int, task: Task) -> None:
        """Write a task down."""
        self.count += 1
        heapq.heappush(self.entries, (due_ns, self.count, task))

    def take(self) -> Task:
        """Return the next task and strike it out."""
        return heapq.heappop(self.entries)[2]
