"""The SQL views `features` and `feature_bounds`: what is not known (NaN in the files) is NULL."""

from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from sigma_cli.store.feature_rows import BOUND_FORM, BOUNDS, FEATURES, FORM, FeatureRows
from sigma_cli.store.parts import schema_of
from sigma_cli.store.records import Snapshot
from sigma_cli.store.rows import Form
from sigma_cli.store.scans import parquet_files, small_table

_NAMES: Final = ("venue", "market", "every")
_OF_SERIES: Final = dict.fromkeys(_NAMES, pa.string())
_SERIES_SCHEMA: Final = pa.schema(_OF_SERIES | {"code": pa.string(), "synthetic": pa.bool_()})


def add_feature_views(db: duckdb.DuckDBPyConnection, root: Path, found: Snapshot) -> None:
    """Make the views on the feature rows and bounds that the catalogue names."""
    _add(db, root, found, ("features", FEATURES, FORM))
    _add(db, root, found, ("feature_bounds", BOUNDS, BOUND_FORM))


def _add(
    db: duckdb.DuckDBPyConnection, root: Path, found: Snapshot, kind: tuple[str, str, Form]
) -> None:
    view, prefix, form = kind
    series = [one for one in found.series if one.kind.startswith(prefix)]
    names = {one.id: (one.venue, one.market, FeatureRows.of(one.kind).every) for one in series}
    files = [
        (root / part.file, dict(zip(_NAMES, names[one.id], strict=True)))
        for one in series
        for part in found.parts.get(one.id, [])
    ]
    schema = pa.schema(_OF_SERIES | {field.name: field.type for field in schema_of(form)})
    db.register(f"_{view}", parquet_files(files, schema))
    codes = {
        one.id: ", ".join(source.sha256[:12] for source in found.sources.get(one.id, []))
        for one in series
    }
    rows = [(*names[one.id], codes[one.id], one.synthetic) for one in series]
    db.register(f"_{view}_series", small_table(_SERIES_SCHEMA, rows))
    values = [name for name in form.columns if name != form.time]
    shown = ", ".join(f"nullif({name}, 'nan'::DOUBLE) AS {name}" for name in values)
    db.execute(
        f"CREATE VIEW {view} AS SELECT venue, market, every, make_timestamp(ts_ns // 1000) AS ts,"  # noqa: S608 - names of ours
        f" {shown}, code, synthetic FROM _{view} JOIN _{view}_series USING (venue, market, every)"
    )
