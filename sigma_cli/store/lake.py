"""The lake: candles in immutable Parquet files, any number of writers and readers.

A merge reads the current part of a period, adds rows, writes a new file and swaps it in; killed at
any point, it leaves the lake as it was or as it will be. The first row at a time wins and is never
overwritten. Must not judge rows (that is what ingest does) and never fills a gap.
"""

import hashlib
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.instruments import Instrument
from sigma_cli.domain.units import INTERVALS_NS
from sigma_cli.errors import HeldError, UsageError
from sigma_cli.store import candle_rows, collecting, parts, quarantine
from sigma_cli.store.candle_rows import TS_MAX_NS, TS_MIN_NS, Merged, Rows
from sigma_cli.store.catalogue import Catalogue
from sigma_cli.store.files import publish
from sigma_cli.store.listing import Series, listed
from sigma_cli.store.records import (
    CurrentPart,
    Part,
    StoredInstrument,
    StoredNote,
    StoredSeries,
    StoredSource,
)

SWAPS_MAX: Final = 100
"""Attempts to swap in one part. Each failure means that another writer made progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where rows come from: a file, or whatever else has a name and a checksum."""

    name: str
    sha256: str
    layout: str
    synthetic: bool = False
    """True when the rows were generated rather than recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeResult:
    """What became of the rows given to a merge."""

    added: int
    already_there: int
    conflicts: NDArray[np.intp]
    """Rows (places in what was given) that differ from the row at their time, which stays."""


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

    def merge_candles(
        self, venue: str, market: str, interval: str, rows: Rows, source: Source
    ) -> MergeResult:
        """Add `rows` (any order, duplicates allowed) of a registered market. Idempotent.

        Raises:
            UsageError: recorded and generated rows would mix in one series.
            OutsideError: the disk is full, or the part to extend is missing or damaged.
        """
        series = self._writable_series(venue, market, interval, source)
        times = rows["open_ts_ns"]
        added = 0
        conflicts = [np.empty(0, np.intp)]
        for period, index in candle_rows.by_period(times, INTERVALS_NS[interval]):
            merged = self._merge_period(series, period, candle_rows.taken(rows, index), source)
            added += merged.added
            conflicts.append(index[merged.conflicts])
        clashes = np.sort(np.concatenate(conflicts))
        return MergeResult(
            added=added, already_there=len(times) - added - len(clashes), conflicts=clashes
        )

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
        series = self.catalogue.series(venue, market, candle_rows.kind_of(interval))
        if series is None:
            return candle_rows.no_rows()
        found = self._parts_between(series, start_ns, end_ns)
        return candle_rows.joined(
            (candle_rows.between(self._read(series, part), start_ns, end_ns) for part in found),
            rows_max=sum(part.rows for part in found),
        )

    def content_hash(
        self, venue: str, market: str, interval: str, start_ns: int, end_ns: int
    ) -> str:
        """Return a hash that changes whenever `read_candles` may return something else."""
        series = self.catalogue.series(venue, market, candle_rows.kind_of(interval))
        found = [] if series is None else self._parts_between(series, start_ns, end_ns)
        return _sha256(
            [f"{venue} {market} {interval} {start_ns} {end_ns}", *(part.sha256 for part in found)]
        )

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
        self, venue: str, market: str, interval: str, source: Source, notes: Iterable[StoredNote]
    ) -> None:
        """Keep what is notable about the rows of a source, if any of them are here."""
        series = self.catalogue.series(venue, market, candle_rows.kind_of(interval))
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

    def _writable_series(
        self, venue: str, market: str, interval: str, source: Source
    ) -> StoredSeries:
        kind = candle_rows.kind_of(interval)
        series = self.catalogue.series(venue, market, kind)
        if series is None:
            series = self.catalogue.add_series(venue, market, kind, synthetic=source.synthetic)
        if series.synthetic != source.synthetic:
            given, stored = ("generated", "recorded")[:: 1 if source.synthetic else -1]
            raise UsageError(
                f"{source.name} holds {given} candles, {venue} {market} {interval} {stored} ones:"
                " the two never mix",
                where=str(self.root),
                fix="give it another --market, or another --store",
            )
        return series

    def _merge_period(
        self, series: StoredSeries, period: str, rows: Rows, source: Source
    ) -> Merged:
        times = rows["open_ts_ns"]
        span = StoredSource(
            source.name, source.sha256, source.layout, int(times.min()), int(times.max())
        )
        for _ in range(SWAPS_MAX):
            current = self.catalogue.part(series, period)
            merged = candle_rows.merged(self._rows_to_extend(series, current, source), rows)
            if merged.added == 0:
                self.catalogue.note_source(series, span)
                return merged
            part = self._published(series, period, merged.rows)
            if self.catalogue.swap(series, current, part, span):
                return merged
        raise HeldError(
            f"{series.venue} {series.market} {period}: in {SWAPS_MAX} attempts to add rows another"
            " process was faster each time",
            where=str(self.root),
            fix="let the other ingest finish, then run the same command again: it resumes",
        )

    def _rows_to_extend(
        self, series: StoredSeries, current: CurrentPart | None, source: Source
    ) -> Rows:
        """Return the rows of the current part.

        A part whose file is gone counts as empty for a source that once fed the series, because
        that is how it is mended; for any other source it would be a silent loss.
        """
        if current is None:
            return candle_rows.no_rows()
        if not (self.root / current.part.file).exists():
            fed = {(known.name, known.sha256) for known in self.catalogue.sources(series)}
            if (source.name, source.sha256) in fed:
                return candle_rows.no_rows()
        return self._read(series, current.part)

    def _published(self, series: StoredSeries, period: str, rows: Rows) -> Part:
        content, sha256 = parts.encoded(rows)
        folder = f"lake/{_segment(series.venue)}/{series.kind}/{_segment(series.market)}"
        file = f"{folder}/{period}-{sha256[:16]}.parquet"
        publish(self.root / file, lambda path: _write(path, content))
        instrument = self.catalogue.instrument(series.venue, series.market)
        assert instrument is not None, "a series belongs to a registered market"
        times = rows["open_ts_ns"]
        holes = candle_rows.count_gaps(
            times, candle_rows.interval_of(series.kind), always_open=instrument.always_open
        )
        first_ts_ns, last_ts_ns = int(times[0]), int(times[-1])
        return Part(
            period, file, sha256, len(times), first_ts_ns, last_ts_ns, holes.gaps, holes.missing
        )

    def _parts_between(self, series: StoredSeries, start_ns: int, end_ns: int) -> list[Part]:
        return [
            current.part
            for current in self.catalogue.parts(series)
            if current.part.first_ts_ns < end_ns and current.part.last_ts_ns >= start_ns
        ]

    def _read(self, series: StoredSeries, part: Part) -> Rows:
        fed = [
            source.name
            for source in self.catalogue.sources(series)
            if source.first_ts_ns <= part.last_ts_ns and source.last_ts_ns >= part.first_ts_ns
        ]
        mend = f"delete it if it is still there, then ingest again: {', '.join(fed)}"
        return parts.read(self.root / part.file, part.rows, mend)


def _segment(name: str) -> str:
    """Return a name as one folder: BTC/USDT as BTC%2FUSDT, and never a dot folder."""
    quoted = quote(name, safe="")
    return f"%2E{quoted[1:]}" if quoted.startswith(".") else quoted


def _sha256(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
