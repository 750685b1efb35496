"""The quotes of one market on their way from one file into the lake: judged, counted, merged."""

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.instruments import Instrument
from sigma_cli.store.checks import Reason, disorder, off_tick
from sigma_cli.store.intake import Counts, Judged, Terms
from sigma_cli.store.lake import Identity, Lake, Source
from sigma_cli.store.message_rows import QuoteRows, repeats
from sigma_cli.store.quarantine import BadRow
from sigma_cli.store.rows import Rows, taken
from sigma_cli.store.sources.numbers import Flags, to_units
from sigma_cli.store.sources.quotes import QuotePiece
from sigma_cli.store.touches import judged as judged_touches


class QuoteIntake:
    """One market of one file of quotes."""

    def __init__(
        self, lake: Lake, instrument: Instrument, source: Source, terms: Terms, identity: Identity
    ) -> None:
        self.instrument = instrument
        self.counts = Counts()
        self._lake = lake
        self._source = source
        self._terms = terms
        self._kind = QuoteRows(identity)
        self._pieces: list[QuotePiece] = []
        self._last_ns: int | None = None

    @property
    def waiting(self) -> int:
        """Rows that are held in memory."""
        return sum(len(piece) for piece in self._pieces)

    def add(self, piece: QuotePiece) -> None:
        """Hold some rows."""
        self._pieces.append(piece)
        self.counts.read += len(piece)
        self.counts.heard(piece.exch_ts_ns, piece.recv_ts_ns)
        self.counts.disorder += disorder(piece.times, self._last_ns)
        self._last_ns = int(piece.times[-1])

    def flush(self, *, hold_back: bool) -> list[BadRow]:
        """Store what waits: a quote is judged by itself.

        Raises:
            OutsideError: the disk is full, or a part of the lake is damaged.
        """
        del hold_back
        bad: list[BadRow] = []
        for piece in self._pieces:
            bad += self._store(piece)
        self._pieces = []
        return bad

    def _store(self, piece: QuotePiece) -> list[BadRow]:
        judged = _JudgedQuotes(piece, self._terms, self.instrument, self.counts)
        kept = np.flatnonzero(judged.verdict.fine)
        rows = taken(judged.columns, kept)
        again = repeats(self._kind, rows)
        self.counts.duplicates += int(np.count_nonzero(again))
        kept, rows = kept[~again], taken(rows, ~again)
        if len(kept):
            judged.fail(Reason.SAME_UPDATE, kept[self._merge(rows)])
        bad = judged.bad_rows(piece, self.instrument.market)
        self.counts.set_aside(bad)
        return bad

    def _merge(self, rows: Rows) -> NDArray[np.intp]:
        """Put rows into the lake; return which of them contradict it."""
        prices = np.stack([rows["bid_u"], rows["ask_u"]])
        self.counts.off_tick += off_tick(self._kind.times(rows), prices, self.instrument)
        self._lake.claim_instrument(self.instrument, always_open=self._terms.always_open)
        venue, market = self.instrument.venue, self.instrument.market
        result = self._lake.merge_messages(venue, market, rows, self._source, self._kind)
        self.counts.merged(result)
        return result.conflicts


class _JudgedQuotes(Judged):
    """Quotes with the first fault of each, and their columns in units."""

    def __init__(
        self, piece: QuotePiece, terms: Terms, instrument: Instrument, counts: Counts
    ) -> None:
        super().__init__(len(piece))
        prices, sizes = piece.touch[:, [0, 2]], piece.touch[:, [1, 3]]
        self.verdict.add(
            [
                (Reason.NOT_A_NUMBER, _any(~np.isfinite(piece.touch))),
                (Reason.NOT_POSITIVE, _any(prices <= 0)),
                (Reason.SIZE_NOT_POSITIVE, _any(sizes <= 0)),
                (Reason.AHEAD, np.maximum(piece.exch_ts_ns, piece.recv_ts_ns) > terms.now_ns),
            ]
        )
        fine = self.verdict.fine[:, np.newaxis]
        price = to_units(np.where(fine, prices, 1.0), instrument.price_exp)
        size = to_units(np.where(fine, sizes, 1.0), instrument.size_exp)
        too_fine = price.too_fine | (price.values == 0) | (size.values == 0)  # rounded to nothing
        self.verdict.add(
            [
                (Reason.TOO_LARGE, _any(price.too_large | size.too_large)),
                (Reason.TOO_FINE, _any(too_fine)),
            ]
        )
        fine = self.verdict.fine
        crossed = np.zeros(len(piece), np.bool_)
        crossed[fine] = judged_touches(price.values[fine, 0], price.values[fine, 1], counts)
        self.verdict.add([(Reason.CROSSED, crossed)])
        counts.rounded += int(np.count_nonzero(_any(size.too_fine) & self.verdict.fine))
        self.columns: Rows = {
            "exch_ts_ns": piece.exch_ts_ns,
            "recv_ts_ns": piece.recv_ts_ns,
            "update_id": piece.update_id,
            "bid_u": price.values[:, 0],
            "bid_size_u": size.values[:, 0],
            "ask_u": price.values[:, 1],
            "ask_size_u": size.values[:, 1],
        }


def _any(flags: NDArray[np.bool_]) -> Flags:
    """Tell in which rows any of the flags is set."""
    return np.asarray(flags.any(axis=1))
