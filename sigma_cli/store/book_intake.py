"""The books of one market on their way from one file into the lake: judged, counted, merged.

A message is stored whole or not at all: a book without one of its levels is another book, and
nobody would see that. Numbered changes that are set aside leave a gap, and the lake shows that no
book is known from there to the next whole one. A whole book of a venue without numbers leaves no
trace in the lake: that it is missing stands in quarantine alone, and the last book looks valid on.
"""

from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.books import NO_UPDATE, BookForm, BookSide
from sigma_cli.domain.instruments import Instrument
from sigma_cli.store.checks import Reason, disorder, off_tick
from sigma_cli.store.intake import Counts, Judged, Terms
from sigma_cli.store.lake import Identity, Lake, Source
from sigma_cli.store.message_rows import BookRows, breaks, repeats
from sigma_cli.store.quarantine import BadRow
from sigma_cli.store.rows import Rows, taken
from sigma_cli.store.sources.book_layouts import LAST_KNOWN
from sigma_cli.store.sources.books import BookPiece
from sigma_cli.store.sources.numbers import Flags, to_units
from sigma_cli.store.touches import judged as judged_touches


class BookIntake:
    """One market of one file of books."""

    def __init__(
        self, lake: Lake, instrument: Instrument, source: Source, terms: Terms, identity: Identity
    ) -> None:
        self.instrument = instrument
        self.counts = Counts()
        self._lake = lake
        self._source = source
        self._terms = terms
        self._kind = BookRows(identity)
        self._pieces: list[BookPiece] = []
        self._last_ns: int | None = None
        self._before: Rows | None = None

    @property
    def waiting(self) -> int:
        """Rows that are held in memory."""
        return sum(len(piece) for piece in self._pieces)

    def add(self, piece: BookPiece) -> None:
        """Hold some rows."""
        self._pieces.append(piece)
        self.counts.read += len(piece)
        timed = piece.taken((piece.exch_ts_ns > 0) & (piece.form != LAST_KNOWN))
        self.counts.heard(timed.exch_ts_ns, timed.recv_ts_ns)
        if len(timed):
            self.counts.disorder += disorder(timed.exch_ts_ns, self._last_ns)
            self._last_ns = int(timed.exch_ts_ns[-1])

    def flush(self, *, hold_back: bool) -> list[BadRow]:
        """Store the messages that are whole; with `hold_back` the last one may still go on.

        Raises:
            OutsideError: the disk is full, or a part of the lake is damaged.
        """
        if not self._pieces:
            return []
        piece = _joined(self._pieces)
        self._pieces = []
        if hold_back:
            due = piece.message != piece.message[-1]
            self._pieces.append(piece.taken(~due))
            piece = piece.taken(due)
        return self._store(self._without_padding(piece)) if len(piece) else []

    def _without_padding(self, piece: BookPiece) -> BookPiece:
        """Leave out levels of nothing; a book of nothing else keeps one row, without a side."""
        padding = (piece.price == 0) & (piece.size == 0) & (piece.form != BookForm.CHANGES)
        padding &= piece.side != BookSide.NONE
        if not padding.any():
            return piece
        messages = _numbered(piece.message)
        is_empty = np.bincount(messages, weights=~padding) == 0
        first = np.ones(len(piece), np.bool_)
        first[1:] = np.diff(messages) != 0
        stands_in = first & is_empty[messages]
        side = np.where(stands_in, np.int8(BookSide.NONE), piece.side)
        left_out = padding & ~stands_in
        self.counts.padded += int(np.count_nonzero(left_out))
        self.counts.read -= int(np.count_nonzero(left_out))
        return replace(piece, side=side).taken(~left_out)

    def _store(self, piece: BookPiece) -> list[BadRow]:
        judged = _JudgedBooks(piece, self._terms, self.instrument, self.counts)
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
        self._note_breaks(rows)
        is_level = rows["side"] != BookSide.NONE
        self.counts.off_tick += off_tick(
            self._kind.times(rows)[is_level], rows["price_u"][np.newaxis, is_level], self.instrument
        )
        self._lake.claim_instrument(self.instrument, always_open=self._terms.always_open)
        venue, market = self.instrument.venue, self.instrument.market
        result = self._lake.merge_messages(venue, market, rows, self._source, self._kind)
        self.counts.merged(result)
        return result.conflicts

    def _note_breaks(self, rows: Rows) -> None:
        """Count where changes don't continue what came before, be it in a piece before.

        Of this file alone: what an earlier one holds is the lake's business.
        """
        heads = taken(rows, rows["ends"] == 1)
        heads = taken(heads, np.argsort(self._kind.keys(heads), kind="stable"))
        if len(heads["form"]) == 0:
            return
        if self._before is not None:
            heads = {name: np.concatenate([self._before[name], heads[name]]) for name in heads}
        self.counts.breaks += int(np.count_nonzero(breaks(heads)))
        self._before = taken(heads, slice(len(heads["form"]) - 1, None))


class _JudgedBooks(Judged):
    """Levels with the first fault of each or of their message, and their columns in units."""

    def __init__(
        self, piece: BookPiece, terms: Terms, instrument: Instrument, counts: Counts
    ) -> None:
        super().__init__(len(piece))
        self.piece = piece
        self._message = _numbered(piece.message)
        is_level = piece.side != BookSide.NONE
        is_whole = piece.form != BookForm.CHANGES
        size_faulty = (piece.size < 0) | (is_whole & (piece.size == 0))
        self.verdict.add(
            [
                (Reason.NOT_A_NUMBER, ~(np.isfinite(piece.price) & np.isfinite(piece.size))),
                (Reason.NOT_POSITIVE, is_level & (piece.price <= 0)),
                (Reason.SIZE_NOT_POSITIVE, is_level & size_faulty),
                (Reason.AHEAD, np.maximum(piece.exch_ts_ns, piece.recv_ts_ns) > terms.now_ns),
            ]
        )
        fine = self.verdict.fine
        price = to_units(np.where(fine, piece.price, 1.0), instrument.price_exp)
        size = to_units(np.where(fine, piece.size, 1.0), instrument.size_exp)
        too_fine = price.too_fine | (is_level & (price.values == 0))
        too_fine |= (size.values == 0) & (piece.size > 0)  # rounded to nothing: a level that goes
        self.verdict.add(
            [(Reason.TOO_LARGE, price.too_large | size.too_large), (Reason.TOO_FINE, too_fine)]
        )
        self.columns = self._columns(price.values, size.values)
        self._drop_torn()
        self._drop(Reason.TWICE, self._twice())
        self._drop(Reason.CROSSED, self._crossed(counts))
        counts.rounded += int(np.count_nonzero(size.too_fine & self.verdict.fine))

    def _columns(self, price_u: NDArray[np.int64], size_u: NDArray[np.int64]) -> dict[str, Any]:
        """Return the columns of the lake: one time and one number for each message."""
        piece = self.piece
        is_whole = piece.form != BookForm.CHANGES
        first = np.searchsorted(self._message, np.arange(self._message[-1] + 1))
        ends = np.ones(len(piece), np.int8)
        ends[:-1] = np.diff(self._message) != 0
        return {
            "exch_ts_ns": np.maximum.reduceat(piece.exch_ts_ns, first)[self._message],
            "recv_ts_ns": np.maximum.reduceat(piece.recv_ts_ns, first)[self._message],
            "update_id": np.maximum.reduceat(piece.update_id, first)[self._message],
            "first_id": np.where(is_whole, NO_UPDATE, piece.first_id),
            "before_id": np.where(is_whole, NO_UPDATE, piece.before_id),
            "form": is_whole.astype(np.int8),  # BookForm.WHOLE is 1
            "side": piece.side,
            "price_u": price_u,
            "size_u": size_u,
            "ends": ends,
        }

    def _drop_torn(self) -> None:
        """Set aside what is left of a message of which a level is bad."""
        bad = np.bincount(self._message, weights=~self.verdict.fine) > 0
        self.verdict.add([(Reason.TORN, bad[self._message])])

    def _drop(self, reason: Reason, messages: Flags) -> None:
        """Set whole messages aside."""
        self.verdict.add([(reason, messages[self._message])])

    def _twice(self) -> Flags:
        """Tell which messages name a price twice on one side."""
        keys = (self.columns["price_u"], self.columns["side"], self._message)
        order = np.lexsort(keys)
        same = np.ones(max(len(order) - 1, 0), np.bool_)
        for key in keys:
            same &= np.diff(key[order]) == 0
        found = np.zeros(self._message[-1] + 1, np.bool_)
        found[self._message[order[1:][same]]] = True
        return found

    def _crossed(self, counts: Counts) -> Flags:
        """Tell which whole books have a bid above an ask."""
        count = int(self._message[-1]) + 1
        usable = self.verdict.fine & (self.columns["form"] == BookForm.WHOLE)
        none_u = np.iinfo(np.int64).max
        bid_u, ask_u = np.full(count, -none_u), np.full(count, none_u)
        for side, best_u, nearer in (
            (BookSide.BID, bid_u, np.maximum),
            (BookSide.ASK, ask_u, np.minimum),
        ):
            of_side = usable & (self.columns["side"] == side)
            nearer.at(best_u, self._message[of_side], self.columns["price_u"][of_side])
        both = (bid_u > -none_u) & (ask_u < none_u)
        crossed = np.zeros(count, np.bool_)
        crossed[both] = judged_touches(bid_u[both], ask_u[both], counts)
        return crossed


def _numbered(messages: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return the messages as 0, 1, 2, in file order."""
    starts = np.zeros(len(messages), np.intp)
    starts[1:] = np.diff(messages) != 0
    return np.cumsum(starts)


def _joined(pieces: list[BookPiece]) -> BookPiece:
    """Return pieces as one."""
    if len(pieces) == 1:
        return pieces[0]
    names = [one.name for one in fields(BookPiece)]
    return BookPiece(
        **{name: np.concatenate([getattr(piece, name) for piece in pieces]) for name in names}
    )
