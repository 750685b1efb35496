"""The lake: market data in immutable Parquet files, any number of writers and readers.

Candles, trades, quotes and books. What came first wins and is never overwritten. Must not judge
rows (that is what ingest does) and never fills a gap. How a merge survives a kill is the subject of
`merging.py`.
"""

import hashlib
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from sigma_cli.domain.instruments import Instrument
from sigma_cli.errors import HeldError
from sigma_cli.store import candle_rows, collecting, quarantine, trade_rows
from sigma_cli.store.candle_rows import CandleRows
from sigma_cli.store.catalogue import Catalogue
from sigma_cli.store.feature_rows import BOUNDS, FeatureRows
from sigma_cli.store.kinds import kind_of_rows
from sigma_cli.store.listing import Series, listed
from sigma_cli.store.merging import BATCH_ROWS, MergeResult, Merging, Source
from sigma_cli.store.message_rows import BOOKS, BookRows, QuoteRows
from sigma_cli.store.records import Identity, Part, StoredInstrument, StoredNote, StoredSeries
from sigma_cli.store.rows import (
    TS_MAX_NS,
    TS_MIN_NS,
    RowKind,
    Rows,
    between,
    joined,
    no_rows,
    taken,
)
from sigma_cli.store.trade_rows import TradeRows

__all__ = ["Identity", "Lake", "MergeResult", "Source"]


class Lake:
    """The lake of the store at `root`. A store that does not exist reads as empty."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.catalogue = Catalogue(root)

    def instrument_exponents(self, venue: str, market: str) -> tuple[int, int] | None:
        """Return (price_exp, size_exp) of a market, or None where it is not stored."""
        stored = self.catalogue.instrument(venue, market)
        return None if stored is None else (stored.price_exp, stored.size_exp)

    def register_instrument(
        self, venue: str, market: str, price_exp: int, size_exp: int, *, always_open: bool
    ) -> tuple[int, int]:
        """Store how a market is counted, for life; return what is stored, maybe another's.

        `always_open`: the market trades around the clock, so that a silent night is a gap.
        """
        wanted = StoredInstrument(venue, market, price_exp, size_exp, always_open)
        stored = self.catalogue.instrument(venue, market) or self.catalogue.add_instrument(wanted)
        return stored.price_exp, stored.size_exp

    def claim_instrument(self, instrument: Instrument, *, always_open: bool) -> None:
        """Store how a market is counted, unless it is stored so already.

        Raises:
            HeldError: another process has just stored it otherwise.
        """
        venue, market = instrument.venue, instrument.market
        counted = (instrument.price_exp, instrument.size_exp)
        if self.register_instrument(venue, market, *counted, always_open=always_open) != counted:
            raise HeldError(
                f"another process has just stored {market} first, counted differently",
                where=str(self.root),
                fix="run the same command again: it counts as the store does",
            )

    # --- Candles --------------------------------------------------------------------------------

    def merge_candles(
        self, venue: str, market: str, interval: str, rows: Rows, source: Source
    ) -> MergeResult:
        """Add candles (any order, duplicates allowed) of a registered market. Idempotent.

        Raises:
            UsageError: recorded and generated rows would mix in one series.
            OutsideError: the disk is full, or the part to extend is missing or damaged.
        """
        return self._merging(CandleRows(interval)).merge(venue, market, rows, source)

    def read_candles(
        self,
        venue: str,
        market: str,
        interval: str,
        start_ns: int = TS_MIN_NS,
        end_ns: int = TS_MAX_NS,
    ) -> Rows:
        """Return the candles that open in [start_ns, end_ns), in order, without duplicates.

        Raises:
            OutsideError: a part is missing or damaged; the message says what to ingest again.
        """
        kind = CandleRows(interval)
        series = self.catalogue.series(venue, market, kind.name)
        if series is None:
            return no_rows(kind.form)
        found = self._parts_between(series, start_ns, end_ns)
        merging, time_ = self._merging(kind), kind.form.time
        return joined(
            kind.form,
            (between(merging.read(series, part), time_, start_ns, end_ns) for part in found),
            rows_max=sum(part.rows for part in found),
        )

    def content_hash(self, venue: str, market: str, kind: str, start_ns: int, end_ns: int) -> str:
        """Return a hash that changes whenever other rows of a kind may lie in that span."""
        series = self.catalogue.series(venue, market, kind)
        found = [] if series is None else self._parts_between(series, start_ns, end_ns)
        return _sha256(
            [f"{venue} {market} {kind} {start_ns} {end_ns}", *(part.sha256 for part in found)]
        )

    # --- Trades ---------------------------------------------------------------------------------

    def merge_trades(
        self, venue: str, market: str, rows: Rows, source: Source, identity: Identity
    ) -> MergeResult:
        """Add trades (columns of TRADE_COLUMNS) of a registered market. Idempotent.

        Told apart by the venue's number they may come in any order, duplicates too. Told apart by
        order, all trades of one time have to come in one call, as the file has them: of those that
        are equal, as many are added as there are more of them than stored.

        Raises:
            UsageError: the rows would not mix with what the series holds.
            OutsideError: the disk is full, or the part to extend is missing or damaged.
        """
        return self._merging(TradeRows(identity)).merge(venue, market, rows, source)

    def read_trades(
        self,
        venue: str,
        market: str,
        start_ns: int = TS_MIN_NS,
        end_ns: int = TS_MAX_NS,
        batch_rows: int = BATCH_ROWS,
        *,
        columns: Sequence[str] | None = None,
    ) -> Iterator[Rows]:
        """Yield the trades of [start_ns, end_ns) in order, as columns, `batch_rows` at most.

        All columns, or those named, of which one is the time. Never has more than one batch in
        memory, however much is asked for.

        Raises:
            OutsideError: a part is missing or damaged; the message says what to ingest again.
        """
        name = (venue, market, trade_rows.KIND)
        return self._read_rows(name, (start_ns, end_ns), batch_rows, columns)

    # --- Quotes and books -----------------------------------------------------------------------

    def merge_messages(
        self, venue: str, market: str, rows: Rows, source: Source, kind: QuoteRows | BookRows
    ) -> MergeResult:
        """Add quotes (QUOTE_COLUMNS) or whole messages about books (BOOK_COLUMNS). Idempotent.

        They may come in any order, duplicates too.

        Raises:
            UsageError: the rows would not mix with what the series holds.
            OutsideError: the disk is full, or the part to extend is missing or damaged.
        """
        return self._merging(kind).merge(venue, market, rows, source)

    def read_messages(
        self,
        venue: str,
        market: str,
        kind_name: str,
        start_ns: int = TS_MIN_NS,
        end_ns: int = TS_MAX_NS,
        batch_rows: int = BATCH_ROWS,
    ) -> Iterator[Rows]:
        """Yield quotes or levels of books of [start_ns, end_ns), `batch_rows` at most.

        They come in the venue's order, of update ids where it gives any, and by time where not.
        Time is the venue's; ours where it says none.

        Raises:
            OutsideError: a part is missing or damaged; the message says what to ingest again.
        """
        return self._read_rows((venue, market, kind_name), (start_ns, end_ns), batch_rows)

    def read_clocks(
        self, venue: str, market: str, kind_name: str, start_ns: int, end_ns: int
    ) -> Iterator[Rows]:
        """Yield both clocks of trades, quotes or levels of books of [start_ns, end_ns), by batches.

        Of levels also `form` and `ends`, which tell messages apart.

        Raises:
            OutsideError: a part is missing or damaged; the message says what to ingest again.
        """
        columns = ["exch_ts_ns", "recv_ts_ns", *(["form", "ends"] if kind_name == BOOKS else [])]
        return self._read_rows((venue, market, kind_name), (start_ns, end_ns), BATCH_ROWS, columns)

    def unheard(
        self, venue: str, market: str, kind_name: str, start_ns: int, end_ns: int
    ) -> int | None:
        """Return how many trades or quotes lie in [start_ns, end_ns), if all have one clock.

        That is the venue's: nobody noted when they arrived. None: `read_clocks` knows.

        Raises:
            OutsideError: a part is missing or damaged; the message says what to ingest again.
        """
        series = self.catalogue.series(venue, market, kind_name)
        if series is None:
            return 0
        merging = self._merging(kind_of_rows(series.kind, series.identity))
        count = 0
        for part in self._parts_between(series, start_ns, end_ns):
            exch_ns, recv_ns = merging.bounds(series, part, ("exch_ts_ns", "recv_ts_ns"))
            is_inside = start_ns <= part.first_ts_ns and part.last_ts_ns < end_ns
            if not is_inside or recv_ns != (0, 0) or exch_ns is None or exch_ns[0] <= 0:
                return None
            count += part.rows
        return count

    def _read_rows(
        self,
        name: tuple[str, str, str],
        span_ns: tuple[int, int],
        batch_rows: int,
        columns: Sequence[str] | None = None,
    ) -> Iterator[Rows]:
        series = self.catalogue.series(*name)
        if series is None:
            return
        start_ns, end_ns = span_ns
        kind = kind_of_rows(series.kind, series.identity)
        merging = self._merging(kind)
        for part in self._parts_between(series, start_ns, end_ns):
            is_inside = start_ns <= part.first_ts_ns and part.last_ts_ns < end_ns
            for batch in merging.stream(series, part, batch_rows, columns):
                if is_inside:
                    yield batch
                    continue
                times = kind.times(batch)
                inside = (times >= start_ns) & (times < end_ns)
                if inside.any():
                    yield batch if inside.all() else taken(batch, inside)

    def merge_features(
        self, venue: str, market: str, rows: Rows, source: Source, kind: FeatureRows
    ) -> MergeResult:
        """Add feature rows or bounds, in order of time; others at their times make way."""
        return self._merging(kind).merge(venue, market, rows, source)

    def read_features(
        self, venue: str, market: str, every: str, span_ns: tuple[int, int], columns: Sequence[str]
    ) -> Iterator[Rows]:
        """Yield the time and some columns of feature rows of a span, in order, by batches."""
        name = (venue, market, FeatureRows(every).name)
        return self._read_rows(name, span_ns, BATCH_ROWS, ["ts_ns", *columns])

    def read_bounds(
        self, venue: str, market: str, every: str, span_ns: tuple[int, int]
    ) -> Iterator[Rows]:
        """Yield the bounds of the days of a span, in order, by batches."""
        name = (venue, market, FeatureRows(every, BOUNDS).name)
        return self._read_rows(name, span_ns, BATCH_ROWS)

    # --- The whole ------------------------------------------------------------------------------

    def fingerprint(self) -> str:
        """Return a hash of every row of the lake: two lakes are equal when theirs are."""
        found = self.catalogue.snapshot()
        return _sha256(
            f"{series.venue} {series.market} {series.kind} {part.period} {part.sha256}"
            for series in found.series
            for part in found.parts.get(series.id, [])
        )

    def series(self) -> tuple[Series, ...]:
        """Return what the lake holds, in order of venue, market and kind."""
        return listed(self.catalogue.snapshot())

    def collect(self) -> int:
        """Delete the files that nothing has needed for a day; return how many."""
        return collecting.collect(self.root, self.catalogue, time.time_ns())

    def notes(self, venue: str, market: str, interval: str | None = None) -> list[StoredNote]:
        """Return what is notable about the candles of a market, in order of time."""
        kind = None if interval is None else candle_rows.kind_of(interval)
        found = {
            one.id
            for one in self.catalogue.snapshot().series
            if (one.venue, one.market) == (venue, market) and kind in (None, one.kind)
        }
        return [note for series, _, note in self.catalogue.notes() if series in found]

    def keep_notes(
        self, venue: str, market: str, kind: str, source: Source, notes: Iterable[StoredNote]
    ) -> None:
        """Keep what is notable about the rows of a source, if any of them are here."""
        series = self.catalogue.series(venue, market, kind)
        if series is not None:
            self.catalogue.set_notes(series, source.name, source.sha256, notes)

    def remove(self, series: Sequence[Series]) -> None:
        """Remove series of one market, with all that is known of them; the files last."""
        wanted = {(one.venue, one.market, one.kind) for one in series}
        found = self.catalogue.snapshot()
        doomed = [one for one in found.series if (one.venue, one.market, one.kind) in wanted]
        for one in doomed:
            names = {source.name for source in found.sources.get(one.id, [])}
            quarantine.forget(self.root, one.venue, one.market, names)
        files = self.catalogue.remove(doomed)
        self.catalogue.collect(files, time.time_ns())

    def _merging(self, kind: RowKind) -> Merging:
        return Merging(self.root, self.catalogue, kind)

    def _parts_between(self, series: StoredSeries, start_ns: int, end_ns: int) -> list[Part]:
        return [
            current.part
            for current in self.catalogue.parts(series)
            if current.part.first_ts_ns < end_ns and current.part.last_ts_ns >= start_ns
        ]


def _sha256(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
