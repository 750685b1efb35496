"""Rows of one series into the lake, a part at a time; and a part back out of it.

A merge reads the current part of a period, adds rows, writes a new file and swaps it in; killed at
any point, it leaves the lake as it was or as it will be. Knows no kind of rows but by what it says
of itself (`RowKind`), and never judges a row.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from sigma_cli.errors import HeldError, UsageError
from sigma_cli.store import parts
from sigma_cli.store.catalogue import Catalogue
from sigma_cli.store.files import publish
from sigma_cli.store.records import CurrentPart, Part, StoredSeries, StoredSource
from sigma_cli.store.rows import Merged, RowKind, Rows, joined, no_rows, taken

SWAPS_MAX: Final = 100
"""Attempts to swap in one part. Each failure means that another writer made progress."""

BATCH_ROWS: Final = 131_072
"""Rows read from a part at once, where not all are wanted: more or fewer are slower."""


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
    """Rows (places in what was given) that contradict a row that is there, which stays."""


class Merging:
    """Rows of one kind, of one registered market, on their way into the lake or out of it."""

    def __init__(self, root: Path, catalogue: Catalogue, kind: RowKind) -> None:
        self._root = root
        self._catalogue = catalogue
        self._kind = kind

    def merge(self, venue: str, market: str, rows: Rows, source: Source) -> MergeResult:
        """Add `rows` (any order, duplicates allowed). Idempotent.

        Raises:
            UsageError: the rows would not mix with what the series holds.
            OutsideError: the disk is full, or the part to extend is missing or damaged.
        """
        series = self._writable_series(venue, market, source)
        times = self._kind.times(rows)
        added = 0
        conflicts = [np.empty(0, np.intp)]
        for period, index in self._kind.by_period(times):
            ours = taken(rows, index)
            elsewhere = self._elsewhere(series, period, ours)
            if elsewhere.any():
                conflicts.append(index[elsewhere])
                index = index[~elsewhere]
                ours = taken(rows, index)
            if len(index):
                merged = self._merge_period(series, period, ours, source)
                added += merged.added
                conflicts.append(index[merged.conflicts])
        clashes = np.sort(np.concatenate(conflicts))
        return MergeResult(
            added=added, already_there=len(times) - added - len(clashes), conflicts=clashes
        )

    def read(self, series: StoredSeries, part: Part) -> Rows:
        """Return the rows of a part.

        Raises:
            OutsideError: it is missing or damaged; the message says what to ingest again.
        """
        mend = self._mend(series, part)
        return parts.read(self._root / part.file, self._kind.form, part.rows, mend)

    def stream(
        self,
        series: StoredSeries,
        part: Part,
        batch_rows: int,
        columns: Sequence[str] | None = None,
    ) -> Iterator[Rows]:
        """Yield the rows of a part, at most `batch_rows` at a time; all columns or those named.

        Raises:
            OutsideError: it is missing or damaged; the message says what to ingest again.
        """
        mend = self._mend(series, part)
        wanted = self._kind.form.columns if columns is None else columns
        yield from parts.stream(self._root / part.file, wanted, part.rows, batch_rows, mend)

    def bounds(
        self, series: StoredSeries, part: Part, columns: Sequence[str]
    ) -> list[tuple[int, int] | None]:
        """Return the least and the greatest number of some columns of a part; None: unknown.

        Raises:
            OutsideError: it is missing or damaged; the message says what to ingest again.
        """
        path, mend = self._root / part.file, self._mend(series, part)
        return parts.bounds(path, columns, part.rows, mend)

    def _writable_series(self, venue: str, market: str, source: Source) -> StoredSeries:
        kind = self._kind
        series = self._catalogue.series(venue, market, kind.name)
        if series is None:
            series = self._catalogue.add_series(
                venue, market, kind.name, kind.identity, synthetic=source.synthetic
            )
        if series.synthetic != source.synthetic:
            given, stored = ("generated", "recorded")[:: 1 if source.synthetic else -1]
            self._refuse(series, source, f"{given} rows", f"{stored} ones")
        if series.identity != kind.identity:
            self._refuse(
                series, source, f"rows told apart by {kind.identity}", f"by {series.identity}"
            )
        return series

    def _refuse(self, series: StoredSeries, source: Source, given: str, stored: str) -> None:
        raise UsageError(
            f"{source.name} holds {given}, {series.venue} {series.market} {series.kind} {stored}:"
            " the two never mix",
            where=str(self._root),
            fix="give it another --market, or another --store",
        )

    def _elsewhere(self, series: StoredSeries, period: str, rows: Rows) -> NDArray[np.bool_]:
        """Tell which rows have a number that another period holds: the same row at two times.

        Two writers that bring one number into two periods at the same moment don't see each other.
        """
        found = np.zeros(len(rows[self._kind.form.time]), np.bool_)
        ids, columns = self._kind.id_range(rows), self._kind.key_columns
        if ids is None:
            return found
        for part in self._catalogue.parts_with_ids(series, *ids):
            path = self._root / part.file
            if part.period != period and path.exists():  # else it is about to be mended
                mend = self._mend(series, part)
                for batch in parts.stream(path, columns, part.rows, part.rows, mend):
                    found |= np.isin(self._kind.keys(rows), self._kind.keys(batch))
        return found

    def _merge_period(
        self, series: StoredSeries, period: str, rows: Rows, source: Source
    ) -> Merged:
        times = self._kind.times(rows)
        span = StoredSource(
            source.name, source.sha256, source.layout, int(times.min()), int(times.max())
        )
        for _ in range(SWAPS_MAX):
            current = self._catalogue.part(series, period)
            merged = self._kind.merged(self._rows_to_extend(series, current, source), rows)
            if merged.added == 0:
                self._catalogue.note_source(series, span)
                return merged
            part = self._published(series, period, merged.rows)
            if self._catalogue.swap(series, current, part, span):
                return merged
        raise HeldError(
            f"{series.venue} {series.market} {period}: in {SWAPS_MAX} attempts to add rows another"
            " process was faster each time",
            where=str(self._root),
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
            return no_rows(self._kind.form)
        if not (self._root / current.part.file).exists():
            fed = {(known.name, known.sha256) for known in self._catalogue.sources(series)}
            if (source.name, source.sha256) in fed:
                return no_rows(self._kind.form)
        form, part = self._kind.form, current.part  # a batch at a time: a part may be large
        return joined(form, self.stream(series, part, BATCH_ROWS), rows_max=part.rows)

    def _published(self, series: StoredSeries, period: str, rows: Rows) -> Part:
        content, sha256 = parts.encoded(self._kind.form, rows)
        folder = f"lake/{_segment(series.venue)}/{series.kind}/{_segment(series.market)}"
        file = f"{folder}/{period}-{sha256[:16]}.parquet"
        publish(self._root / file, lambda path: _write(path, content))
        instrument = self._catalogue.instrument(series.venue, series.market)
        assert instrument is not None, "a series belongs to a registered market"
        times = self._kind.times(rows)
        gaps = self._kind.gaps_in(rows, always_open=instrument.always_open)
        id_min, id_max = self._kind.id_range(rows) or (None, None)
        return Part(
            period=period,
            file=file,
            sha256=sha256,
            rows=len(times),
            first_ts_ns=int(times.min()),
            last_ts_ns=int(times.max()),
            gaps=gaps.gaps,
            missing=gaps.missing,
            id_min=id_min,
            id_max=id_max,
        )

    def _mend(self, series: StoredSeries, part: Part) -> str:
        fed = [
            source.name
            for source in self._catalogue.sources(series)
            if source.first_ts_ns <= part.last_ts_ns and source.last_ts_ns >= part.first_ts_ns
        ]
        return f"delete it if it is still there, then ingest again: {', '.join(fed)}"


def _segment(name: str) -> str:
    """Return a name as one folder: BTC/USDT as BTC%2FUSDT, and never a dot folder."""
    quoted = quote(name, safe="")
    return f"%2E{quoted[1:]}" if quoted.startswith(".") else quoted


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
