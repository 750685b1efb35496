"""The rows of one market on their way from one file into the lake: judged, counted, merged.

Rows are held until the file ends or too many wait, so that a duplicate or a spike is seen next to
its neighbours. Idempotent: the same rows again come to the same judgement and add nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.candles import CANDLE_COLUMNS
from sigma_cli.domain.instruments import Instrument
from sigma_cli.domain.units import INTERVALS_NS
from sigma_cli.store.checks import (
    Jump,
    Prices,
    Reason,
    Verdict,
    disorder,
    jumps,
    off_tick,
    repeats,
    row_faults,
    spikes,
    wicks,
)
from sigma_cli.store.lake import Lake, Source
from sigma_cli.store.quarantine import BadRow
from sigma_cli.store.sources.numbers import UNITS_MAX, Floats, to_units

HELD: Final = 1_000
"""Rows held back when a market is stored in pieces."""
JUMPS_MAX: Final = 1_000
"""Jumps that are remembered, wicks included; further ones are only counted."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some rows of one market, as read: columns of floats, in file order."""

    rows: NDArray[np.int64]
    open_ts_ns: NDArray[np.int64]
    prices: Floats
    """[4, n]: open, high, low, close."""
    volume: Floats
    splits: Floats | None

    def __len__(self) -> int:
        return len(self.rows)

    def taken(self, rows: NDArray[np.intp] | slice) -> "Piece":
        """Return some rows."""
        splits = None if self.splits is None else self.splits[rows]
        return Piece(
            self.rows[rows], self.open_ts_ns[rows], self.prices[:, rows], self.volume[rows], splits
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What rows are held against."""

    interval: str
    now_ns: int
    jump_max: float
    always_open: bool


@dataclass(slots=True)
class Counts:
    """What became of the rows, and what was noticed on the way."""

    read: int = 0
    added: int = 0
    already_there: int = 0
    duplicates: int = 0
    """Rows that repeat an earlier one of the file exactly."""
    quarantined: dict[Reason, int] = field(default_factory=dict)
    same_time: int = 0
    """Rows at a time that an earlier row of the file has, bad rows included."""
    disorder: int = 0
    rounded: int = 0
    """Volumes with more digits than a size has."""
    off_tick: int = 0
    jumps: int = 0
    jumps_seen: list[Jump] = field(default_factory=list)

    def set_aside(self, bad: Iterable[BadRow]) -> None:
        """Count rows that go to quarantine."""
        for row in bad:
            reason = Reason(row.reason)
            self.quarantined[reason] = self.quarantined.get(reason, 0) + 1


class Intake:
    """One market of one file."""

    def __init__(self, lake: Lake, instrument: Instrument, source: Source, terms: Terms) -> None:
        self.instrument = instrument
        self.counts = Counts()
        self._lake = lake
        self._source = source
        self._terms = terms
        self._interval_ns = INTERVALS_NS[terms.interval]
        self._pieces: list[Piece] = []
        self._last_read_ns: int | None = None
        self._last_kept: Piece | None = None

    @property
    def waiting(self) -> int:
        """Rows that are held in memory."""
        return sum(len(piece) for piece in self._pieces)

    def add(self, piece: Piece) -> None:
        """Hold some rows."""
        self._pieces.append(piece)
        self.counts.read += len(piece)

    def flush(self, *, hold_back: bool) -> list[BadRow]:
        """Store what waits; return the rows set aside.

        `hold_back` keeps the last rows waiting, as neighbours of those to come.

        Raises:
            OutsideError: the disk is full, or a part of the lake is damaged.
        """
        if not self._pieces:
            return []
        piece = _joined(self._pieces)
        held = min(HELD, len(piece) // 2) if hold_back else 0
        cut = len(piece) - held
        self._pieces = [piece.taken(slice(cut, None))] if held else []
        return self._store(piece.taken(slice(0, cut)))

    def _store(self, piece: Piece) -> list[BadRow]:
        judged = _Judged(piece, self._terms, self.instrument)
        self.counts.same_time += int(np.count_nonzero(np.diff(np.sort(piece.open_ts_ns)) == 0))
        self.counts.disorder += disorder(piece.open_ts_ns, self._last_read_ns)
        self._last_read_ns = int(piece.open_ts_ns[-1])
        self.counts.duplicates += judged.drop_repeats()
        kept = judged.drop_spikes(self._terms.jump_max)
        self._note(piece.taken(kept), judged, kept)
        if len(kept):
            judged.clash(kept[self._merge(judged, kept)])
        bad = judged.bad_rows(self.instrument.market)
        self.counts.set_aside(bad)
        return bad

    def _merge(self, judged: "_Judged", kept: NDArray[np.intp]) -> NDArray[np.intp]:
        """Put rows into the lake; return which of them contradict it."""
        self._lake.claim_instrument(self.instrument, always_open=self._terms.always_open)
        merged = self._lake.merge_candles(
            self.instrument.venue,
            self.instrument.market,
            self._terms.interval,
            {name: judged.columns[name][kept] for name in CANDLE_COLUMNS},
            self._source,
        )
        self.counts.added += merged.added
        self.counts.already_there += merged.already_there
        return merged.conflicts

    def _note(self, piece: Piece, judged: "_Judged", kept: NDArray[np.intp]) -> None:
        """Count what is worth a note about the rows that are kept, in order of time."""
        self.counts.rounded += int(np.count_nonzero(judged.rounded[kept]))
        price_u = np.stack([judged.columns[name][kept] for name in CANDLE_COLUMNS[1:5]])
        self.counts.off_tick += off_tick(piece.open_ts_ns, price_u, self.instrument)
        found = wicks(piece.open_ts_ns, Prices(*piece.prices), self._terms.jump_max)
        before = self._last_kept
        if before is not None and len(piece) and before.open_ts_ns[0] < piece.open_ts_ns[0]:
            piece = _joined([before, piece])
        found += jumps(
            piece.open_ts_ns,
            Prices(*piece.prices),
            piece.splits,
            interval_ns=self._interval_ns,
            jump_max=self._terms.jump_max,
        )
        self.counts.jumps += len(found)
        self.counts.jumps_seen += found[: JUMPS_MAX - len(self.counts.jumps_seen)]
        if len(piece):
            self._last_kept = piece.taken(slice(len(piece) - 1, None))


class _Judged:
    """Rows with the first fault of each, and their columns in units."""

    def __init__(self, piece: Piece, terms: Terms, instrument: Instrument) -> None:
        self.piece = piece
        self.verdict = Verdict(len(piece))
        self.details: dict[int, str] = {}
        faults = row_faults(
            piece.open_ts_ns,
            Prices(*piece.prices),
            piece.volume,
            interval_ns=INTERVALS_NS[terms.interval],
            now_ns=terms.now_ns,
        )
        self.verdict.add(faults)
        fine = self.verdict.fine
        self.columns = {"open_ts_ns": piece.open_ts_ns}
        for name, prices in zip(CANDLE_COLUMNS[1:5], piece.prices, strict=True):
            units = to_units(np.where(fine, prices, 1.0), instrument.price_exp)
            self.columns[name] = units.values
            # A price that rounds to nothing is one with too many digits.
            too_fine = units.too_fine | (units.values == 0)
            self.verdict.add([(Reason.TOO_LARGE, units.too_large), (Reason.TOO_FINE, too_fine)])
        sizes = np.where(fine, piece.volume, 0.0)
        units = to_units(sizes, instrument.size_exp, units_max=UNITS_MAX)
        self.columns["volume_u"] = units.values
        self.rounded = units.too_fine
        self.verdict.add([(Reason.TOO_LARGE, units.too_large)])

    def drop_repeats(self) -> int:
        """Set aside rows that contradict an earlier one; return how many repeat one exactly."""
        fine = np.flatnonzero(self.verdict.fine)
        columns = [self.columns[name][fine] for name in CANDLE_COLUMNS]
        found = repeats(columns[0], columns[1:])
        for place in np.flatnonzero(found.conflicting).tolist():
            first = int(self.piece.rows[fine[found.first[place]]])
            self.details[int(fine[place])] = f"row {first} of the file came first and differs"
        self._fail(Reason.CONFLICT, fine[found.conflicting])
        self._is_repeat = np.zeros(len(self.piece), np.bool_)
        self._is_repeat[fine[found.exact]] = True
        return int(np.count_nonzero(found.exact))

    def drop_spikes(self, jump_max: float) -> NDArray[np.intp]:
        """Set aside rows whose price jumps and comes back; return the rest in order of time."""
        kept = np.flatnonzero(self.verdict.fine & ~self._is_repeat)
        kept = kept[np.argsort(self.piece.open_ts_ns[kept], kind="stable")]
        found = spikes(Prices(*self.piece.prices[:, kept]), jump_max)
        self._fail(Reason.SPIKE, kept[found])
        return kept[~found]

    def clash(self, places: NDArray[np.intp]) -> None:
        """Set aside rows that contradict what the lake has."""
        self._fail(Reason.CONFLICT, places)

    def bad_rows(self, market: str) -> list[BadRow]:
        """Return what was set aside."""
        found = []
        for place in np.flatnonzero(~self.verdict.fine).tolist():
            reason = self.verdict.reason(place)
            found.append(
                BadRow(
                    row=int(self.piece.rows[place]),
                    market=market,
                    open_ts_ns=int(self.piece.open_ts_ns[place]),
                    reason=reason,
                    detail=self.details.get(place, _DETAILS.get(reason, "")),
                    raw=self._raw(place),
                )
            )
        return found

    def _fail(self, reason: Reason, places: NDArray[np.intp]) -> None:
        broken = np.zeros(len(self.piece), np.bool_)
        broken[places] = True
        self.verdict.add([(reason, broken)])

    def _raw(self, place: int) -> str:
        """Return the row as read; the shortest text of a float is the text it came from."""
        seconds, rest_ns = divmod(int(self.piece.open_ts_ns[place]), 10**9)
        start = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        time = f"{start}.{rest_ns:09d}Z" if rest_ns else f"{start}Z"
        cells = [*self.piece.prices[:, place].tolist(), float(self.piece.volume[place])]
        return ",".join([time, *(repr(cell) for cell in cells)])


_DETAILS: Final = {
    Reason.CONFLICT: "the lake has another row at this time, which stays",
    Reason.SPIKE: "beyond ingest.jump_max of the closes before and after, which agree",
    Reason.TOO_FINE: "the market's exponents are fixed by what was ingested of it first",
}


def _joined(pieces: list[Piece]) -> Piece:
    """Return pieces as one."""
    if len(pieces) == 1:
        return pieces[0]
    splits = [piece.splits for piece in pieces if piece.splits is not None]
    return Piece(
        rows=np.concatenate([piece.rows for piece in pieces]),
        open_ts_ns=np.concatenate([piece.open_ts_ns for piece in pieces]),
        prices=np.concatenate([piece.prices for piece in pieces], axis=1),
        volume=np.concatenate([piece.volume for piece in pieces]),
        splits=np.concatenate(splits) if splits else None,
    )
