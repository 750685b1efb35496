"""The candles of one market on their way from one file into the lake: judged, counted, merged."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.candles import CANDLE_COLUMNS
from sigma_cli.domain.instruments import Instrument
from sigma_cli.domain.units import INTERVALS_NS
from sigma_cli.store.checks import (
    Prices,
    Reason,
    disorder,
    jumps,
    off_tick,
    repeats,
    row_faults,
    spikes,
    wicks,
)
from sigma_cli.store.intake import Counts, Judged, Terms
from sigma_cli.store.lake import Lake, Source
from sigma_cli.store.quarantine import BadRow
from sigma_cli.store.sources.candles import CandlePiece
from sigma_cli.store.sources.numbers import UNITS_MAX, to_units

HELD: Final = 1_000
"""Rows held back when a market is stored in pieces."""


class CandleIntake:
    """One market of one file of candles."""

    def __init__(
        self, lake: Lake, instrument: Instrument, source: Source, interval: str, terms: Terms
    ) -> None:
        self.instrument = instrument
        self.counts = Counts()
        self._lake = lake
        self._source = source
        self._interval = interval
        self._terms = terms
        self._pieces: list[CandlePiece] = []
        self._last_read_ns: int | None = None
        self._last_kept: CandlePiece | None = None

    @property
    def waiting(self) -> int:
        """Rows that are held in memory."""
        return sum(len(piece) for piece in self._pieces)

    def add(self, piece: CandlePiece) -> None:
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

    def _store(self, piece: CandlePiece) -> list[BadRow]:
        judged = _JudgedCandles(piece, self._interval, self._terms, self.instrument)
        self.counts.same += int(np.count_nonzero(np.diff(np.sort(piece.open_ts_ns)) == 0))
        self.counts.disorder += disorder(piece.open_ts_ns, self._last_read_ns)
        self._last_read_ns = int(piece.open_ts_ns[-1])
        self.counts.duplicates += judged.drop_repeats()
        kept = judged.drop_spikes(self._terms.jump_max)
        self._note(piece.taken(kept), judged, kept)
        if len(kept):
            judged.fail(Reason.CONFLICT, kept[self._merge(judged, kept)])
        bad = judged.bad_rows(piece, self.instrument.market)
        self.counts.set_aside(bad)
        return bad

    def _merge(self, judged: "_JudgedCandles", kept: NDArray[np.intp]) -> NDArray[np.intp]:
        """Put rows into the lake; return which of them contradict it."""
        self._lake.claim_instrument(self.instrument, always_open=self._terms.always_open)
        result = self._lake.merge_candles(
            self.instrument.venue,
            self.instrument.market,
            self._interval,
            {name: judged.columns[name][kept] for name in CANDLE_COLUMNS},
            self._source,
        )
        self.counts.merged(result)
        return result.conflicts

    def _note(self, piece: CandlePiece, judged: "_JudgedCandles", kept: NDArray[np.intp]) -> None:
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
            interval_ns=INTERVALS_NS[self._interval],
            jump_max=self._terms.jump_max,
        )
        self.counts.jumped(found)
        if len(piece):
            self._last_kept = piece.taken(slice(len(piece) - 1, None))


class _JudgedCandles(Judged):
    """Candles with the first fault of each, and their columns in units."""

    def __init__(
        self, piece: CandlePiece, interval: str, terms: Terms, instrument: Instrument
    ) -> None:
        super().__init__(len(piece))
        self.piece = piece
        faults = row_faults(
            piece.open_ts_ns,
            Prices(*piece.prices),
            piece.volume,
            interval_ns=INTERVALS_NS[interval],
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
        details = {}
        for place in np.flatnonzero(found.conflicting).tolist():
            first = int(self.piece.rows[fine[found.first[place]]])
            details[int(fine[place])] = f"row {first} of the file came first and differs"
        self.fail(Reason.CONFLICT, fine[found.conflicting], details)
        self._is_repeat = np.zeros(len(self.piece), np.bool_)
        self._is_repeat[fine[found.exact]] = True
        return int(np.count_nonzero(found.exact))

    def drop_spikes(self, jump_max: float) -> NDArray[np.intp]:
        """Set aside rows whose price jumps and comes back; return the rest in order of time."""
        kept = np.flatnonzero(self.verdict.fine & ~self._is_repeat)
        kept = kept[np.argsort(self.piece.open_ts_ns[kept], kind="stable")]
        found = spikes(Prices(*self.piece.prices[:, kept]), jump_max)
        self.fail(Reason.SPIKE, kept[found])
        return kept[~found]


def _joined(pieces: list[CandlePiece]) -> CandlePiece:
    """Return pieces as one."""
    if len(pieces) == 1:
        return pieces[0]
    splits = [piece.splits for piece in pieces if piece.splits is not None]
    return CandlePiece(
        rows=np.concatenate([piece.rows for piece in pieces]),
        open_ts_ns=np.concatenate([piece.open_ts_ns for piece in pieces]),
        prices=np.concatenate([piece.prices for piece in pieces], axis=1),
        volume=np.concatenate([piece.volume for piece in pieces]),
        splits=np.concatenate(splits) if splits else None,
    )
