"""Where a market stood some seconds after each of our fills, found while the tape goes by. No I/O.

By the venue's clock, as fills are. A fill is heard of later than it happened, so that what was told
shortly before is kept; what is heard of later still, or too old to be believed, stays unknown.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.layout import Records, record
from sigma_cli.domain.facts import FactKind
from sigma_cli.domain.units import NS_PER_S
from sigma_cli.kernels.chunk import Chunk
from sigma_cli.kernels.touch_path import TOLD, UNKNOWN, touches
from sigma_cli.runtime.tape_rows import joined

AFTER_S: Final = (1, 5, 60)
"""After how many seconds."""
OLD_NS: Final = 10 * NS_PER_S
"""What was told longer ago says nothing of a market any more."""
KEPT_NS: Final = (AFTER_S[-1] + 60) * NS_PER_S
"""How long what was told is kept: until the last look, a minute after a fill was heard of."""

_FILL: Final = record(("number", "i8"), ("market", "i8"), ("ts_ns", "i8"))
_AFTER_NS: Final = np.array(AFTER_S, np.int64) * NS_PER_S
_NEVER: Final = -(2**62)


class Afterwards:
    """Twice the middle of the touch after each fill, as far as it is known."""

    def __init__(self, by_trades: NDArray[np.bool_]) -> None:
        self._by_trades = by_trades
        self._told = np.zeros(0, TOLD)
        self._waiting = np.zeros(0, _FILL)
        self._facts = self._fills = self._now_ns = 0
        self._found: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []

    def add(self, chunk: Chunk, facts: Records) -> None:
        """Take the next chunk, and all facts that were heard of until it was over."""
        if len(chunk.venue_turns) == 0:
            return
        told = np.empty(len(chunk.venue_turns), TOLD)
        told = told[: touches(chunk, self._by_trades, told)]
        self._told = joined([self._told, told], TOLD)
        self._now_ns = int(chunk.venue_turns["ts_ns"][-1])
        self._hear(facts)
        due = self._waiting["ts_ns"] + _AFTER_NS[-1] <= self._now_ns
        self._look(self._waiting[due])
        self._waiting = self._waiting[~due]
        old = np.searchsorted(self._told["ts_ns"], self._now_ns - KEPT_NS, side="right")
        self._told = self._told[old:]

    def all(self, facts: Records) -> NDArray[np.int64]:
        """Return bid + ask after each fill, int64 [fills, AFTER_S]; 0: unknown."""
        self._hear(facts)
        self._look(self._waiting)
        later_u = np.zeros((self._fills, len(AFTER_S)), np.int64)
        for numbers, sums_u in self._found:
            later_u[numbers] = sums_u
        return later_u

    def _hear(self, facts: Records) -> None:
        """Wait for what comes after the fills among the facts that are new."""
        new = facts[self._facts :]
        self._facts = len(facts)
        new = new[new["kind"] == FactKind.FILLED]
        fills = np.zeros(len(new), _FILL)
        fills["number"] = self._fills + np.arange(len(new))
        fills["market"], fills["ts_ns"] = new["market"], new["exch_ts_ns"]
        self._fills += len(new)
        self._waiting = np.concatenate([self._waiting, fills])

    def _look(self, fills: Records) -> None:
        """Look up the touch after fills: told since, not long ago, and nothing missing between."""
        for market in np.unique(fills["market"]):
            mine = fills[fills["market"] == market]
            is_its = self._told["market"] == market
            ts_ns = np.append(_NEVER, self._told["ts_ns"][is_its])
            sum_u = np.append(0, self._told["sum_u"][is_its])
            gaps = np.cumsum(sum_u == UNKNOWN)
            at_ns = mine["ts_ns"][:, None] + _AFTER_NS
            first = np.searchsorted(ts_ns, mine["ts_ns"], side="right")[:, None] - 1
            last = np.searchsorted(ts_ns, at_ns, side="right") - 1
            is_fresh = (last > first) & (ts_ns[last] > at_ns - OLD_NS) & (at_ns <= self._now_ns)
            is_known = is_fresh & (gaps[last] == gaps[first])
            self._found.append((mine["number"], np.where(is_known, sum_u[last], 0)))
