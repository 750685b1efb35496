"""SQL views on the store, in a DuckDB that lives in memory and can touch no file.

Rows reach DuckDB through pyarrow, from the parts that the catalogue names; DuckDB's own access to
files is off. That is stricter than a list of allowed folders, which would let
`WITH q AS (COPY ... TO 'a file of the lake') SELECT ...` overwrite what it may read.

Integers with an exponent appear as DOUBLE (to look at, not to count money with), times as
TIMESTAMP in UTC, numbers of an enum as its names.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds

from sigma_cli.domain.candles import CANDLE_COLUMNS
from sigma_cli.domain.units import NS_PER_DAY
from sigma_cli.store import quarantine
from sigma_cli.store.candle_rows import (
    CLOSING_MAX_NS,
    CLOSING_MIN_NS,
    EPOCH_WEEKS,
    day_candles,
    interval_of,
    is_candles,
)
from sigma_cli.store.catalogue import Catalogue
from sigma_cli.store.feature_views import add_feature_views
from sigma_cli.store.files import disk_errors
from sigma_cli.store.listing import Series, listed
from sigma_cli.store.message_views import add_message_views
from sigma_cli.store.records import Snapshot, StoredNote, StoredSeries
from sigma_cli.store.run_views import add_run_views
from sigma_cli.store.scans import parquet_files, small_table
from sigma_cli.store.trade_views import add_trade_views

WITNESSES: Final = 5
"""Markets asked whether a venue was alive: the busiest of it. All would cost a scan of the lake."""

_SERIES: Final = ("venue", "market", "interval")
_OF_SERIES: Final[dict[str, pa.DataType]] = dict.fromkeys(_SERIES, pa.string())
_CANDLE_SCHEMA: Final = pa.schema(_OF_SERIES | dict.fromkeys(CANDLE_COLUMNS, pa.int64()))
_SERIES_SCHEMA: Final = pa.schema(
    _OF_SERIES
    | dict.fromkeys(("interval_ns", "closing_min_ns", "closing_max_ns", "day_candles"), pa.int64())
    | {"always_open": pa.bool_()}
    | {"price_scale": pa.float64(), "size_scale": pa.float64(), "synthetic": pa.bool_()}
)
_SPAN_SCHEMA: Final = pa.schema(_OF_SERIES | {"first_ns": pa.int64(), "last_ns": pa.int64()})
_NOTE_SCHEMA: Final = pa.schema(
    _OF_SERIES
    | {"source": pa.string(), "kind": pa.string(), "ts_ns": pa.int64(), "text": pa.string()}
)
_CANDLES: Final = """
CREATE VIEW candles AS
SELECT venue, market, interval, make_timestamp(open_ts_ns // 1000) AS open_ts,
    open_u / price_scale AS open, high_u / price_scale AS high, low_u / price_scale AS low,
    close_u / price_scale AS close, volume_u / size_scale AS volume, synthetic
FROM _candles JOIN _series USING (venue, market, interval)
"""
_QUARANTINE: Final = """
CREATE VIEW quarantine AS
SELECT source, row, venue, market, make_timestamp(exch_ts_ns // 1000) AS exch_ts,
    reason, detail, raw
FROM _quarantine
"""
_DAY: Final = f"""
CREATE MACRO day_no(ns) AS (ns + {7 * EPOCH_WEEKS} * {NS_PER_DAY}::HUGEINT) // {NS_PER_DAY} + 3
"""
_WEEKDAYS: Final = "CREATE MACRO weekdays_until(day) AS day // 7 * 5 + least(day % 7, 5)"
"""Both from a Monday long ago, as `candle_rows.count_gaps` does it."""
_NOTES: Final = """
CREATE VIEW notes AS
SELECT venue, market, interval, source, kind,
    CASE WHEN ts_ns <> 0 THEN make_timestamp(ts_ns // 1000) END AS ts, text
FROM _notes
"""
_GAPS: Final = """
CREATE VIEW gaps AS
WITH steps AS (
    SELECT venue, market, interval, open_ts_ns AS before_ns,
        lead(open_ts_ns) OVER (PARTITION BY venue, market, interval ORDER BY open_ts_ns) AS after_ns
    FROM _candles
), holes AS (
    SELECT venue, market, interval, before_ns, after_ns, always_open,
        before_ns + interval_ns AS first_ns,
        CASE
            WHEN always_open OR after_ns - before_ns < closing_min_ns
                THEN (after_ns - before_ns - 1) // interval_ns
            ELSE day_candles
                * (weekdays_until(day_no(after_ns)) - weekdays_until(day_no(before_ns) + 1))
        END AS missing,
        before_ns + (after_ns - before_ns - 1) // interval_ns * interval_ns AS last_ns
    FROM steps JOIN _series USING (venue, market, interval)
    WHERE after_ns - before_ns > interval_ns
        AND (always_open OR after_ns - before_ns NOT BETWEEN closing_min_ns AND closing_max_ns)
), recorded AS (
    SELECT holes.*, coalesce(spans.last_ns >= holes.after_ns, false) AS inside_a_source
    FROM holes ASOF LEFT JOIN _spans AS spans
        ON holes.venue = spans.venue AND holes.market = spans.market
        AND holes.interval = spans.interval AND holes.before_ns >= spans.first_ns
), witnesses AS (
    SELECT DISTINCT venue, interval, open_ts_ns
    FROM _witness_candles
), seen AS (
    SELECT recorded.*, coalesce(witnesses.open_ts_ns <= recorded.last_ns, false) AS others_traded
    FROM recorded ASOF LEFT JOIN witnesses
        ON recorded.venue = witnesses.venue AND recorded.interval = witnesses.interval
        AND recorded.first_ns <= witnesses.open_ts_ns
), watched AS (
    SELECT seen.*, coalesce(others.last_ns >= seen.after_ns, false) AS others_recorded
    FROM seen ASOF LEFT JOIN _others AS others
        ON seen.venue = others.venue AND seen.market = others.market
        AND seen.interval = others.interval AND seen.before_ns >= others.first_ns
)
SELECT venue, market, interval, make_timestamp(first_ns // 1000) AS first_missing,
    make_timestamp(last_ns // 1000) AS last_missing, missing,
    CASE
        WHEN NOT inside_a_source THEN 'not_downloaded'
        WHEN others_traded THEN 'no_trades'
        WHEN always_open AND others_recorded THEN 'outage'
        ELSE 'unknown'
    END AS kind
FROM watched
"""


@contextmanager
def open_views(
    root: Path, skipped: Callable[[str], None], *, memory_mb: int, threads: int
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a connection that sees the store at `root` as of now, reads no file and writes none.

    `skipped` hears of the runs that can't be read.
    """
    with TemporaryDirectory(prefix="sigma-sql-") as spill:
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{memory_mb}MB",
            "threads": threads,
            "temp_directory": spill,  # what does not fit into memory
            "python_enable_replacements": False,  # else a table may name a variable of ours
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        with duckdb.connect(":memory:", config=config) as db:
            catalogue = Catalogue(root)
            found = catalogue.snapshot()
            candles = [series for series in found.series if is_candles(series.kind)]
            _add_candles(db, root, replace(found, series=tuple(candles)))
            add_trade_views(db, root, found)
            add_message_views(db, root, found)
            add_feature_views(db, root, found)
            _add_quarantine(db, root)
            _add_notes(db, catalogue.notes(), found)
            add_run_views(db, root, skipped)
            db.execute("SET enable_external_access = false")
            db.execute("SET lock_configuration = true")
            yield db


def _add_candles(db: duckdb.DuckDBPyConnection, root: Path, found: Snapshot) -> None:
    witnesses = _witnesses(listed(found))
    names = {_names(series) for series in found.series}
    db.register("_candles", _files(root, found, names))
    db.register("_witness_candles", _files(root, found, {_names(one) for one in witnesses}))
    db.register("_series", small_table(_SERIES_SCHEMA, _series_rows(found)))
    db.register("_spans", small_table(_SPAN_SCHEMA, _span_rows(found)))
    db.register("_others", small_table(_SPAN_SCHEMA, _other_rows(found, witnesses)))
    db.execute(_CANDLES)
    db.execute(_DAY)
    db.execute(_WEEKDAYS)
    db.execute(_GAPS)


def _files(root: Path, found: Snapshot, wanted: Set[tuple[str, ...]]) -> ds.Dataset:
    files = [
        (root / part.file, dict(zip(_SERIES, _names(series), strict=True)))
        for series in found.series
        if _names(series) in wanted
        for part in found.parts.get(series.id, [])
    ]
    return parquet_files(files, _CANDLE_SCHEMA)


def _add_quarantine(db: duckdb.DuckDBPyConnection, root: Path) -> None:
    with disk_errors(root):
        files: list[tuple[Path, dict[str, str]]] = [
            (path, {}) for path in sorted((root / quarantine.FOLDER).glob("[!.]*.parquet"))
        ]
    db.register("_quarantine", parquet_files(files, quarantine.SCHEMA))
    db.execute(_QUARANTINE)


def _add_notes(
    db: duckdb.DuckDBPyConnection, notes: Sequence[tuple[int, str, StoredNote]], found: Snapshot
) -> None:
    names = {
        series.id: _names(series)
        if is_candles(series.kind)
        else (series.venue, series.market, None)
        for series in found.series
    }
    rows = [
        (*names[series], source, note.kind.value, note.ts_ns, note.text)
        for series, source, note in notes
        if series in names  # else it has just been added
    ]
    db.register("_notes", small_table(_NOTE_SCHEMA, rows))
    db.execute(_NOTES)


def _names(series: StoredSeries | Series) -> tuple[str, str, str]:
    return series.venue, series.market, series.kind.removeprefix("candles-")


def _series_rows(found: Snapshot) -> list[tuple[Any, ...]]:
    instruments = {(one.venue, one.market): one for one in found.instruments}
    rows = []
    for series in found.series:
        instrument = instruments[series.venue, series.market]
        scales = (10.0**instrument.price_exp, 10.0**instrument.size_exp)
        interval_ns = interval_of(series.kind)
        closing = (CLOSING_MIN_NS, CLOSING_MAX_NS, day_candles(interval_ns))
        always_open = instrument.always_open
        rows.append(
            (*_names(series), interval_ns, *closing, always_open, *scales, series.synthetic)
        )
    return rows


def _span_rows(found: Snapshot) -> list[tuple[Any, ...]]:
    """Return the spans of time in which a source recorded each series."""
    return [
        (*_names(series), *span)
        for series in found.series
        for span in _united(
            (source.first_ts_ns, source.last_ts_ns) for source in found.sources.get(series.id, [])
        )
    ]


def _other_rows(found: Snapshot, witnesses: Sequence[Series]) -> list[tuple[Any, ...]]:
    """Return the spans of time in which another market than that of each series was recorded."""
    return [
        (*_names(series), *span)
        for series in found.series
        for span in _united(
            (other.first_ts_ns, other.last_ts_ns)
            for other in witnesses
            if (other.venue, other.kind) == (series.venue, series.kind)
            and other.market != series.market
        )
    ]


def _united(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the spans in order, those that overlap as one."""
    united: tuple[int, int] | None = None
    for first_ns, last_ns in sorted(spans):
        if united is None or first_ns > united[1]:
            if united is not None:
                yield united
            united = (first_ns, last_ns)
        else:
            united = (united[0], max(united[1], last_ns))
    if united is not None:
        yield united


def _witnesses(lines: Sequence[Series]) -> list[Series]:
    """Return the series with the most rows of each venue and kind."""
    alike: dict[tuple[str, str], list[Series]] = {}
    for series in sorted(lines, key=lambda series: -series.rows):
        alike.setdefault((series.venue, series.kind), []).append(series)
    return [series for each in alike.values() for series in each[:WITNESSES]]
