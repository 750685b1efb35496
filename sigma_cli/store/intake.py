"""What all rows on their way into the lake have in common: judged, counted, accounted for.

Which rules there are, each kind says for itself (`candle_intake.py`, `trade_intake.py`,
`quote_intake.py`, `book_intake.py`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.instruments import Instrument
from sigma_cli.store.checks import Jump, Reason, Times, Verdict
from sigma_cli.store.lake import MergeResult
from sigma_cli.store.quarantine import BadRow

JUMPS_MAX: Final = 1_000
"""Jumps that are remembered, wicks included; further ones are only counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What rows are held against."""

    now_ns: int
    jump_max: float
    always_open: bool
    """The market trades around the clock."""


@dataclass(slots=True)
class Counts:
    """What became of the rows, and what was noticed on the way."""

    read: int = 0
    added: int = 0
    already_there: int = 0
    duplicates: int = 0
    """Rows that repeat an earlier one of the file exactly."""
    quarantined: dict[Reason, int] = field(default_factory=dict)
    same: int = 0
    """Rows at the time (or of the number) of an earlier one, bad ones included."""
    disorder: int = 0
    rounded: int = 0
    """Sizes and volumes with more digits than a size of the market has."""
    off_tick: int = 0
    jumps: int = 0
    jumps_seen: list[Jump] = field(default_factory=list)
    latency_min_ns: int | None = None
    """How long after it was a row was heard of, at least; below 0 our clock is behind."""
    locked: int = 0
    """Books and quotes whose bid is the ask."""
    wide: int = 0
    """Books and quotes with a spread beyond SPREAD_MAX."""
    padded: int = 0
    """Levels without price and size, which fill a book up; they are no rows."""
    breaks: int = 0
    """How often changes did not continue those before."""

    def set_aside(self, bad: Iterable[BadRow]) -> None:
        """Count rows that go to quarantine."""
        for row in bad:
            reason = Reason(row.reason)
            self.quarantined[reason] = self.quarantined.get(reason, 0) + 1

    def heard(self, exch_ts_ns: Times, recv_ts_ns: Times) -> None:
        """Look at how long it took to hear of rows, where both clocks are known."""
        known = (exch_ts_ns > 0) & (recv_ts_ns > 0)
        if known.any():
            least_ns = int((recv_ts_ns[known] - exch_ts_ns[known]).min())
            before_ns = least_ns if self.latency_min_ns is None else self.latency_min_ns
            self.latency_min_ns = min(least_ns, before_ns)

    def merged(self, result: MergeResult) -> None:
        """Count rows that went to the lake."""
        self.added += result.added
        self.already_there += result.already_there

    def jumped(self, found: list[Jump]) -> None:
        """Count jumps."""
        self.jumps += len(found)
        self.jumps_seen += found[: JUMPS_MAX - len(self.jumps_seen)]


class Piece(Protocol):
    """Some rows of one market as read, in file order."""

    @property
    def rows(self) -> NDArray[np.int64]:
        """Row numbers in the file, from 1."""

    @property
    def times(self) -> NDArray[np.int64]:
        """When each row was, by the venue's clock."""

    def cells(self, place: int) -> list[float | int]:
        """Return the rest of a row as read."""

    def __len__(self) -> int:
        """Return how many rows there are."""


class Intake(Protocol):
    """One market of one file on its way into the lake.

    Rows are held until the file ends or too many wait, so that a duplicate or a spike is seen next
    to its neighbours. Idempotent: the same rows again come to the same judgement and add nothing.
    """

    @property
    def instrument(self) -> Instrument:
        """How the market is counted."""

    @property
    def counts(self) -> Counts:
        """What became of the rows so far."""

    @property
    def waiting(self) -> int:
        """Rows that are held in memory."""

    def add(self, piece: Any) -> None:  # of the kind that the recording gives
        """Hold some rows."""

    def flush(self, *, hold_back: bool) -> list[BadRow]:
        """Store what waits; return the rows set aside.

        `hold_back`: more is to come, and what waits may still be needed beside it.

        Raises:
            OutsideError: the disk is full, or a part of the lake is damaged.
        """


class Judged:
    """Rows with the first fault of each."""

    def __init__(self, count: int) -> None:
        self.verdict = Verdict(count)
        self._details: dict[int, str] = {}

    def fail(
        self, reason: Reason, places: NDArray[np.intp], details: Mapping[int, str] | None = None
    ) -> None:
        """Set rows aside; `details` say more of some of them."""
        broken = np.zeros(len(self.verdict.code), np.bool_)
        broken[places] = True
        self.verdict.add([(reason, broken)])
        self._details |= details or {}

    def bad_rows(self, piece: Piece, market: str) -> list[BadRow]:
        """Return what was set aside of `piece`, whose rows were judged."""
        found = []
        for place in np.flatnonzero(~self.verdict.fine).tolist():
            reason = self.verdict.reason(place)
            detail = self._details.get(place, _DETAILS.get(reason, ""))
            found.append(bad_row(piece, place, market, reason, detail))
        return found


_DETAILS: Final = {
    Reason.CONFLICT: "the lake has another row at this time, which stays",
    Reason.SAME_ID: "the lake has another trade of this number, which stays",
    Reason.SAME_UPDATE: "the lake has another message of this number, which stays",
    Reason.TORN: "a book without one of its levels is another book: the whole message is set aside",
    Reason.SPIKE: "beyond ingest.jump_max of the prices before and after, which agree",
    Reason.TOO_FINE: "the market's exponents are fixed by what was ingested of it first",
}


def bad_row(piece: Piece, place: int, market: str, reason: Reason, detail: str) -> BadRow:
    """Return a row as quarantine keeps it: a float as the shortest text, as files write it."""
    ts_ns = int(piece.times[place])
    return BadRow(
        row=int(piece.rows[place]),
        market=market,
        exch_ts_ns=ts_ns,
        reason=reason,
        detail=detail,
        raw=",".join([_clock(ts_ns), *(repr(cell) for cell in piece.cells(place))]),
    )


def _clock(ts_ns: int) -> str:
    seconds, rest_ns = divmod(ts_ns, 10**9)
    start = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{start}.{rest_ns:09d}Z" if rest_ns else f"{start}Z"
