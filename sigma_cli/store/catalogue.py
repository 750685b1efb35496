"""The manifest of the lake: which immutable file holds which rows. One SQLite file, WAL.

A row is in the lake when a *current* part of the catalogue holds it, and not before. Each period of
a series has at most one current part; a new one takes its place by compare-and-swap, so that any
number of processes may write and none holds the lock for longer than one small transaction.
Must not open a Parquet file.
"""

import sqlite3
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from sigma_cli.errors import HeldError
from sigma_cli.store.database import Database
from sigma_cli.store.records import (
    CurrentPart,
    Identity,
    NoteKind,
    Part,
    Snapshot,
    StoredInstrument,
    StoredNote,
    StoredSeries,
    StoredSource,
)
from sigma_cli.store.schema import SCHEMA, UPGRADES, VERSION

_INSTRUMENT: Final = "SELECT venue, market, price_exp, size_exp, always_open FROM instruments"
_SERIES: Final = "SELECT id, venue, market, kind, synthetic, identity FROM series"
_PART: Final = (
    "period, file, sha256, rows, first_ts_ns, last_ts_ns, gaps, missing, id_min, id_max FROM parts"
    " WHERE superseded_ts_ns IS NULL"
)
_SOURCE: Final = "name, sha256, layout, first_ts_ns, last_ts_ns FROM sources"


class Catalogue:
    """The catalogue of the store at `root`. A store that does not exist reads as empty."""

    def __init__(self, root: Path) -> None:
        self._root = root
        path = root / "catalogue.sqlite"
        self._file = Database(path, SCHEMA, VERSION, upgrades=UPGRADES)

    # --- Reading ------------------------------------------------------------------------------

    def instrument(self, venue: str, market: str) -> StoredInstrument | None:
        """Return what is stored of a market."""
        with self._file.reading() as db:
            row = db.execute(f"{_INSTRUMENT} WHERE venue = ? AND market = ?", (venue, market))
            return next((_instrument(*found) for found in row), None)

    def series(self, venue: str, market: str, kind: str) -> StoredSeries | None:
        """Return one series."""
        with self._file.reading() as db:
            row = db.execute(
                f"{_SERIES} WHERE venue = ? AND market = ? AND kind = ?", (venue, market, kind)
            )
            return next((_series(*found) for found in row), None)

    def parts(self, series: StoredSeries) -> list[CurrentPart]:
        """Return the current parts of a series, in order of time."""
        with self._file.reading() as db:
            rows = db.execute(
                f"SELECT generation, {_PART} AND series = ? ORDER BY first_ts_ns", (series.id,)
            )
            return [CurrentPart(generation, Part(*part)) for generation, *part in rows]

    def part(self, series: StoredSeries, period: str) -> CurrentPart | None:
        """Return the current part of a series that holds `period`."""
        with self._file.reading() as db:
            rows = db.execute(
                f"SELECT generation, {_PART} AND series = ? AND period = ?", (series.id, period)
            )
            return next((CurrentPart(generation, Part(*part)) for generation, *part in rows), None)

    def parts_with_ids(self, series: StoredSeries, id_min: int, id_max: int) -> list[Part]:
        """Return the current parts of a series that may hold a number in [id_min, id_max]."""
        with self._file.reading() as db:
            rows = db.execute(
                f"SELECT {_PART} AND series = ? AND id_min <= ? AND id_max >= ?",
                (series.id, id_max, id_min),
            )
            return [Part(*part) for part in rows]

    def sources(self, series: StoredSeries) -> list[StoredSource]:
        """Return what fed a series, in order of arrival."""
        with self._file.reading() as db:
            rows = db.execute(
                f"SELECT {_SOURCE} WHERE series = ? ORDER BY added_ts_ns, name", (series.id,)
            )
            return [StoredSource(*row) for row in rows]

    def notes(self) -> list[tuple[int, str, StoredNote]]:
        """Return all notes, with the id of the series and the name of the source of each."""
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT series, source, kind, ts_ns, text FROM notes ORDER BY ts_ns, rowid"
            )
            return [
                (series, source, StoredNote(NoteKind(kind), ts_ns, text))
                for series, source, kind, ts_ns, text in rows
            ]

    def snapshot(self) -> Snapshot:
        """Return everything, as of one moment."""
        parts: dict[int, list[Part]] = {}
        sources: dict[int, list[StoredSource]] = {}
        with self._file.reading() as db:
            instruments = tuple(
                _instrument(*row) for row in db.execute(f"{_INSTRUMENT} ORDER BY venue, market")
            )
            series = tuple(
                _series(*row) for row in db.execute(f"{_SERIES} ORDER BY venue, market, kind")
            )
            for owner, *part in db.execute(f"SELECT series, {_PART} ORDER BY first_ts_ns"):
                parts.setdefault(owner, []).append(Part(*part))
            for owner, *source in db.execute(
                f"SELECT series, {_SOURCE} ORDER BY added_ts_ns, name"
            ):
                sources.setdefault(owner, []).append(StoredSource(*source))
        return Snapshot(instruments, series, parts, sources)

    # --- Writing ------------------------------------------------------------------------------

    def add_instrument(self, instrument: StoredInstrument) -> StoredInstrument:
        """Store a market unless it is stored already; return what is stored."""
        with self._file.writing() as db:
            db.execute(
                "INSERT INTO instruments VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (
                    instrument.venue,
                    instrument.market,
                    instrument.price_exp,
                    instrument.size_exp,
                    int(instrument.always_open),
                ),
            )
        stored = self.instrument(instrument.venue, instrument.market)
        assert stored is not None
        return stored

    def add_series(
        self, venue: str, market: str, kind: str, identity: Identity, *, synthetic: bool
    ) -> StoredSeries:
        """Store a series unless it is stored already; return what is stored."""
        with self._file.writing() as db:
            db.execute(
                "INSERT INTO series (venue, market, kind, synthetic, identity)"
                " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (venue, market, kind, int(synthetic), identity.value),
            )
        stored = self.series(venue, market, kind)
        assert stored is not None
        return stored

    def swap(
        self, series: StoredSeries, before: CurrentPart | None, after: Part, source: StoredSource
    ) -> bool:
        """Make `after` current in place of `before`, and note the source; both or neither.

        False: another process was faster, or the file of `after` lay unused for a day and was
        collected. Nothing has changed then.
        """
        with self._file.writing() as db:
            _check_there(db, series)
            if not (self._root / after.file).exists():
                return False
            if before is not None and not _supersede(db, before.generation):
                return False
            added = db.execute(
                "INSERT INTO parts (series, period, file, sha256, rows, first_ts_ns, last_ts_ns,"
                " gaps, missing, id_min, id_max)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (
                    series.id,
                    after.period,
                    after.file,
                    after.sha256,
                    after.rows,
                    after.first_ts_ns,
                    after.last_ts_ns,
                    after.gaps,
                    after.missing,
                    after.id_min,
                    after.id_max,
                ),
            )
            if added.rowcount == 1:
                _note_source(db, series, source)
            return added.rowcount == 1

    def note_source(self, series: StoredSeries, source: StoredSource) -> None:
        """Remember that `source` holds rows of `series`, or that its rows reach further."""
        for known in self.sources(series):
            if (known.name, known.sha256) == (source.name, source.sha256) and (
                known.first_ts_ns <= source.first_ts_ns and known.last_ts_ns >= source.last_ts_ns
            ):
                return
        with self._file.writing() as db:
            _check_there(db, series)
            _note_source(db, series, source)

    def set_notes(
        self, series: StoredSeries, name: str, sha256: str, notes: Iterable[StoredNote]
    ) -> None:
        """Keep what is notable about a source, in place of what was kept of it before."""
        with self._file.writing() as db:
            _check_there(db, series)
            db.execute("DELETE FROM notes WHERE series = ? AND sha256 = ?", (series.id, sha256))
            db.executemany(
                "INSERT INTO notes VALUES (?, ?, ?, ?, ?, ?)",
                [(series.id, name, sha256, note.kind, note.ts_ns, note.text) for note in notes],
            )

    def remove(self, series: Sequence[StoredSeries]) -> list[str]:
        """Forget series of one market, and the market with its last one; return their files."""
        files = []
        with self._file.writing() as db:
            for one in series:
                rows = db.execute("SELECT file FROM parts WHERE series = ?", (one.id,))
                files += [file for (file,) in rows]
                for table in ("notes", "sources", "parts"):
                    db.execute(f"DELETE FROM {table} WHERE series = ?", (one.id,))  # noqa: S608 - ours
                db.execute("DELETE FROM series WHERE id = ?", (one.id,))
                db.execute(
                    "DELETE FROM instruments WHERE venue = ?1 AND market = ?2 AND NOT EXISTS"
                    " (SELECT 1 FROM series WHERE venue = ?1 AND market = ?2)",
                    (one.venue, one.market),
                )
        return files

    def collect(self, files: list[str], unused_since_ns: int) -> int:
        """Delete those of `files` that nothing has needed since then; return how many.

        Done under the lock in which a swap looks whether its file is there, so that a file never
        disappears between that look and the end of the swap.
        """
        count = 0
        with self._file.writing() as db:
            for file in files:
                needed = db.execute(
                    "SELECT 1 FROM parts WHERE file = ?"
                    " AND (superseded_ts_ns IS NULL OR superseded_ts_ns > ?)",
                    (file, unused_since_ns),
                ).fetchone()
                path = self._root / file
                if needed or not path.exists() or path.stat().st_mtime_ns > unused_since_ns:
                    continue
                path.unlink()
                db.execute("DELETE FROM parts WHERE file = ?", (file,))
                count += 1
        return count


def _instrument(
    venue: str, market: str, price_exp: int, size_exp: int, always_open: int
) -> StoredInstrument:
    return StoredInstrument(venue, market, price_exp, size_exp, bool(always_open))


def _series(
    id_: int, venue: str, market: str, kind: str, synthetic: int, identity: str
) -> StoredSeries:
    return StoredSeries(id_, venue, market, kind, bool(synthetic), Identity(identity))


def _check_there(db: sqlite3.Connection, series: StoredSeries) -> None:
    """Refuse to write to a series that was removed; its number may be another's by now."""
    known = (series.id, series.venue, series.market, series.kind)
    if not db.execute(
        "SELECT 1 FROM series WHERE id = ? AND venue = ? AND market = ? AND kind = ?", known
    ).fetchone():
        raise HeldError(
            f"another process has just removed {series.venue} {series.market} {series.kind}",
            fix="run the same command again, if it is still wanted",
        )


def _supersede(db: sqlite3.Connection, generation: int) -> bool:
    updated = db.execute(
        "UPDATE parts SET superseded_ts_ns = ? WHERE generation = ? AND superseded_ts_ns IS NULL",
        (time.time_ns(), generation),
    )
    return updated.rowcount == 1


def _note_source(db: sqlite3.Connection, series: StoredSeries, source: StoredSource) -> None:
    db.execute(
        "INSERT INTO sources VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (series, name, sha256) DO UPDATE SET"
        " first_ts_ns = min(first_ts_ns, excluded.first_ts_ns),"
        " last_ts_ns = max(last_ts_ns, excluded.last_ts_ns)",
        (
            series.id,
            source.name,
            source.sha256,
            source.layout,
            source.first_ts_ns,
            source.last_ts_ns,
            time.time_ns(),
        ),
    )
