"""The trades of one market on their way from one file into the lake: judged, counted, merged.

What waits is stored once nothing that is still to come in the file can fall among it. So a trade is
judged beside the trades around it in time, whatever the order of the file, an hour is written
once, and trades without a number keep the order in which the file has them.
"""

from dataclasses import fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.instruments import Instrument
from sigma_cli.domain.trades import NO_ID
from sigma_cli.domain.units import NS_PER_HOUR
from sigma_cli.store.checks import (
    NEIGHBOURS,
    Prices,
    Reason,
    Times,
    disorder,
    jumps,
    off_tick,
    repeats,
    spikes,
)
from sigma_cli.store.intake import Counts, Judged, Terms
from sigma_cli.store.lake import Identity, Lake, Source
from sigma_cli.store.quarantine import BadRow
from sigma_cli.store.rows import TS_MAX_NS, Rows
from sigma_cli.store.sources.numbers import Flags, Floats, to_units
from sigma_cli.store.sources.order import Order
from sigma_cli.store.sources.trades import TradePiece
from sigma_cli.store.trade_rows import NUMBERED, told_by

PAUSE_NS: Final = NS_PER_HOUR
"""A market that did not trade for so long may have been closed: splits happen then."""


class TradeIntake:
    """One market of one file of trades, the rows of which come in `order`."""

    def __init__(
        self,
        lake: Lake,
        instrument: Instrument,
        source: Source,
        terms: Terms,
        told: tuple[Identity, Order],
    ) -> None:
        """`told`: what the file told of its rows, how they differ and in which order they come."""
        self.instrument = instrument
        self.counts = Counts()
        self._lake = lake
        self._source = source
        self._terms = terms
        self._identity, self._order = told
        self._pieces: list[TradePiece] = []
        self._last_row = 0
        self._last_read_ns: int | None = None
        self._before = np.empty(0)
        self._before_ns = 0

    @property
    def waiting(self) -> int:
        """Rows that are held in memory."""
        return sum(len(piece) for piece in self._pieces)

    def add(self, piece: TradePiece) -> None:
        """Hold some rows."""
        self._pieces.append(piece)
        self._last_row = max(self._last_row, int(piece.rows[-1]))
        self.counts.read += len(piece)
        self.counts.heard(piece.exch_ts_ns, piece.recv_ts_ns)
        self.counts.disorder += disorder(piece.exch_ts_ns, self._last_read_ns)
        self._last_read_ns = int(piece.exch_ts_ns[-1])

    def flush(self, *, hold_back: bool) -> list[BadRow]:
        """Store what is settled, with `hold_back` whole hours only if there are any.

        Trades told apart by number can be stored in any order: where nothing is settled, all are.

        Raises:
            OutsideError: the disk is full, or a part of the lake is damaged.
        """
        if not self._pieces:
            return []
        due, held = self._parted(_joined(self._pieces), hold_back=hold_back)
        self._pieces = [held] if len(held) else []
        return self._store(due, held) if len(due) else []

    def _parted(self, piece: TradePiece, *, hold_back: bool) -> tuple[TradePiece, TradePiece]:
        """Return what is stored now, and what goes on waiting."""
        is_due = piece.exch_ts_ns < self._cut_ns(piece, hold_back=hold_back)
        if is_due.all():
            return piece, piece.taken(slice(0))
        return piece.taken(is_due), piece.taken(~is_due)

    def _cut_ns(self, piece: TradePiece, *, hold_back: bool) -> int:
        """Return the time before which trades are stored now."""
        settled_ns = self._order.settled_ns(self._last_row)
        first_ns = int(piece.exch_ts_ns.min())
        full_hour_ns = settled_ns - settled_ns % NS_PER_HOUR
        if hold_back and full_hour_ns > first_ns:
            return full_hour_ns
        if settled_ns <= first_ns and self._identity in NUMBERED and hold_back:
            return TS_MAX_NS
        return settled_ns

    def _store(self, piece: TradePiece, held: TradePiece) -> list[BadRow]:
        judged = _JudgedTrades(piece, self._terms, self.instrument)
        if self._identity in NUMBERED:
            self.counts.same += _same(piece.trade_id)
            self.counts.duplicates += judged.drop_repeats()
        kept = judged.drop_spikes(self._before, _first(held), self._terms.jump_max)
        self._note(piece, judged, kept)
        if len(kept):
            conflicts = self._merge({name: judged.columns[name][kept] for name in judged.columns})
            judged.fail(Reason.SAME_ID, kept[conflicts])
        bad = judged.bad_rows(piece, self.instrument.market)
        self.counts.set_aside(bad)
        return bad

    def _merge(self, rows: Rows) -> NDArray[np.intp]:
        """Put rows into the lake; return which of them contradict it."""
        self._lake.claim_instrument(self.instrument, always_open=self._terms.always_open)
        venue, market = self.instrument.venue, self.instrument.market
        result = self._lake.merge_trades(venue, market, rows, self._source, self._identity)
        self.counts.merged(result)
        return result.conflicts

    def _note(self, piece: TradePiece, judged: "_JudgedTrades", kept: NDArray[np.intp]) -> None:
        """Count what is worth a note about the trades that are kept, in order of time."""
        if len(kept) == 0:
            return
        times, price = piece.exch_ts_ns[kept], piece.price[kept]
        price_u = judged.columns["price_u"][kept]
        self.counts.rounded += int(np.count_nonzero(judged.rounded[kept]))
        self.counts.off_tick += off_tick(times, price_u[np.newaxis], self.instrument)
        self._note_jumps(times, price)
        self._before = np.concatenate([self._before, price])[-NEIGHBOURS:]
        self._before_ns = int(times[-1])

    def _note_jumps(self, times: Times, price: Floats) -> None:
        if len(self._before) and self._before_ns <= times[0]:
            times = np.concatenate([[self._before_ns], times])
            price = np.concatenate([self._before[-1:], price])
        found = jumps(
            times, _as_prices(price), None, interval_ns=PAUSE_NS, jump_max=self._terms.jump_max
        )
        self.counts.jumped(found)


class _JudgedTrades(Judged):
    """Trades with the first fault of each, and their columns in units."""

    def __init__(self, piece: TradePiece, terms: Terms, instrument: Instrument) -> None:
        super().__init__(len(piece))
        self.piece = piece
        is_number = np.isfinite(piece.price) & np.isfinite(piece.size)
        self.verdict.add(
            [
                (Reason.NOT_A_NUMBER, ~is_number),
                (Reason.NOT_POSITIVE, piece.price <= 0),
                (Reason.SIZE_NOT_POSITIVE, piece.size <= 0),
                (Reason.AHEAD, piece.exch_ts_ns > terms.now_ns),
            ]
        )
        fine = self.verdict.fine
        price = to_units(np.where(fine, piece.price, 1.0), instrument.price_exp)
        size = to_units(np.where(fine, piece.size, 1.0), instrument.size_exp)
        too_fine = price.too_fine | (price.values == 0) | (size.values == 0)  # rounded to nothing
        too_large = price.too_large | size.too_large
        self.verdict.add([(Reason.TOO_LARGE, too_large), (Reason.TOO_FINE, too_fine)])
        self.rounded = size.too_fine
        self.columns: Rows = {
            "exch_ts_ns": piece.exch_ts_ns,
            "recv_ts_ns": piece.recv_ts_ns,
            "trade_id": piece.trade_id,
            "price_u": price.values,
            "size_u": size.values,
            "side": piece.side,
        }
        self._is_repeat = np.zeros(len(piece), np.bool_)

    def drop_repeats(self) -> int:
        """Set aside trades that contradict an earlier one of their number, or have none.

        Returns how many repeat an earlier one exactly.
        """
        self.verdict.add([(Reason.NO_ID, self.piece.trade_id == NO_ID)])
        fine = np.flatnonzero(self.verdict.fine)
        found = repeats(
            self.piece.trade_id[fine], [column[fine] for column in told_by(self.columns)]
        )
        details = {}
        for place in np.flatnonzero(found.conflicting).tolist():
            first = int(self.piece.rows[fine[found.first[place]]])
            details[int(fine[place])] = f"row {first} of the file came first and differs"
        self.fail(Reason.SAME_ID, fine[found.conflicting], details)
        self._is_repeat[fine[found.exact]] = True
        return int(np.count_nonzero(found.exact))

    def drop_spikes(self, before: Floats, after: Floats, jump_max: float) -> NDArray[np.intp]:
        """Set aside trades whose price jumps and comes back; return the rest in order of time.

        `before` and `after` are the prices around these trades.
        """
        kept = np.flatnonzero(self.verdict.fine & ~self._is_repeat)
        kept = kept[np.lexsort((self.piece.trade_id[kept], self.piece.exch_ts_ns[kept]))]
        price = np.concatenate([before, self.piece.price[kept], after])
        found = spikes(_as_prices(price), jump_max)[len(before) : len(before) + len(kept)]
        self.fail(Reason.SPIKE, kept[found])
        return kept[~found]


def _as_prices(price: Floats) -> Prices:
    """Return trades as candles of one trade."""
    return Prices(price, price, price, price)


def _first(held: TradePiece) -> Floats:
    """Return the prices of the first few trades of those that go on waiting."""
    is_price: Flags = np.isfinite(held.price) & (held.price > 0)
    good = np.flatnonzero(is_price)
    order = np.argsort(held.exch_ts_ns[good], kind="stable")[:NEIGHBOURS]
    first: Floats = held.price[good[order]]
    return first


def _same(ids: NDArray[np.int64]) -> int:
    """Count the trades whose number an earlier one has."""
    return int(np.count_nonzero(np.diff(np.sort(ids[ids != NO_ID], kind="stable")) == 0))


def _joined(pieces: list[TradePiece]) -> TradePiece:
    """Return pieces as one."""
    if len(pieces) == 1:
        return pieces[0]
    names = [one.name for one in fields(TradePiece)]
    return TradePiece(
        **{name: np.concatenate([getattr(piece, name) for piece in pieces]) for name in names}
    )
