"""How far the rows of a file are from being in order of time. Pure arithmetic.

Known from one look through the file, it says at any row later on: nothing before this time comes
any more. Whatever is before it can be judged and stored for good, next to all its neighbours.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from sigma_cli.store.rows import TS_MAX_NS


@dataclass(frozen=True, slots=True)
class Span:
    """Some rows of a file that follow one another: the last one, how many, and their times."""

    last_row: int
    count: int
    first_ns: int
    last_ns: int


class Order:
    """The order of the rows that `spans` cover, by row number."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._spans = sorted(spans, key=lambda span: span.last_row)
        self._ends = [span.last_row for span in self._spans]
        self._to_come_ns = [TS_MAX_NS]  # the earliest time from a span on, last span first
        for span in reversed(self._spans):
            self._to_come_ns.append(min(span.first_ns, self._to_come_ns[-1]))
        self._to_come_ns.reverse()

    def settled_ns(self, row: int) -> int:
        """Return the time before which nothing comes after `row`."""
        return self._to_come_ns[bisect_right(self._ends, row)]

    def waiting_max(self) -> int:
        """Return the most rows that are not settled at any row (an upper bound)."""
        most = 0
        waiting: list[Span] = []
        for place, span in enumerate(self._spans, start=1):
            waiting.append(span)
            waiting = [one for one in waiting if one.last_ns >= self._to_come_ns[place]]
            most = max(most, sum(one.count for one in waiting))
        return most
