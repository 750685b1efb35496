"""Of which spans of a tape features are computed: whole months, and what warms them up before.

What a row says depends on where its tape begins, and, by the clocks, on where it ends. So a month
always has the same tape, of which only the rows that were asked for are kept: the same rows come
out whatever the period is. Reads times from the lake, nothing else.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from sigma_cli.domain.features import TRAITS
from sigma_cli.domain.fidelities import TickFidelity
from sigma_cli.domain.units import NS_PER_DAY
from sigma_cli.kernels.features.chunks import SILENCE_NS
from sigma_cli.runtime.periods import Period
from sigma_cli.store.lake import Lake
from sigma_cli.store.message_rows import BOOKS, QUOTES, placed
from sigma_cli.store.trade_rows import KIND as TRADES

KINDS: Final = (TRADES, QUOTES, BOOKS)
_DAYS: Final = -(-max(one.warm_up_ns for one in TRAITS.values()) // NS_PER_DAY)
WARM_UP_NS: Final = _DAYS * NS_PER_DAY
"""The longest warm-up of a column, in whole days: from how long before a month on it is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A month of rows and its tape."""

    month: str
    rows_ns: tuple[int, int]
    """From when until before when there are rows."""
    tape: Period
    """From WARM_UP_NS before the month to the first row of the lake after it."""
    kinds: tuple[str, ...]
    """What the lake holds of the tape."""

    @property
    def fidelity(self) -> TickFidelity:
        """Whether the tape has what is known of the book."""
        return "book" if {QUOTES, BOOKS} & set(self.kinds) else "trades"


def spans(lake: Lake, name: tuple[str, str], period: Period) -> Iterator[Span]:
    """Yield the months of a period in which trades of a market (venue and name) are stored.

    Raises:
        OutsideError: a file of the lake is missing or damaged.
    """
    ends_ns = np.array([period.start_ns, period.end_ns - 1]).view("datetime64[ns]")
    first, last = ends_ns.astype("datetime64[M]")
    for month in np.arange(first, last + 1):
        start_ns, end_ns = (int(m.astype("datetime64[ns]").astype(int)) for m in (month, month + 1))
        tape = Period(
            start_ns=start_ns - WARM_UP_NS,
            end_ns=_next_ns(lake, name, end_ns) + 1,
            text=f"{month} and the {_DAYS} days before",
        )
        kinds = kinds_between(lake, name, tape)
        if TRADES in kinds:
            yield Span(
                month=str(month),
                rows_ns=(max(start_ns, period.start_ns), min(end_ns, period.end_ns)),
                tape=tape,
                kinds=kinds,
            )


def kinds_between(lake: Lake, name: tuple[str, str], period: Period) -> tuple[str, ...]:
    """Return which of KINDS the lake holds of a market in a period."""
    span_ns = (period.start_ns, period.end_ns)
    return tuple(kind for kind in KINDS if any(lake.read_clocks(*name, kind, *span_ns)))


def _next_ns(lake: Lake, name: tuple[str, str], end_ns: int) -> int:
    """Return when the first row at or after `end_ns` happened: only it ends the rows before it."""
    found = []
    for kind in KINDS:
        rows = next(lake.read_clocks(*name, kind, end_ns, end_ns + SILENCE_NS), None)
        if rows is not None:
            found.append(int(placed(rows).min()))
    return min(found, default=end_ns - 1)
