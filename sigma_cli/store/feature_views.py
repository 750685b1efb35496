"""The SQL view `features`: what is not known (NaN in the files) is NULL."""

from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from sigma_cli.domain.features import Column
from sigma_cli.store.feature_rows import FORM, FeatureRows, is_features
from sigma_cli.store.parts import schema_of
from sigma_cli.store.records import Snapshot
from sigma_cli.store.scans import parquet_files, small_table

_NAMES: Final = ("venue", "market", "every")
_OF_SERIES: Final = dict.fromkeys(_NAMES, pa.string())
_SCHEMA: Final = pa.schema(_OF_SERIES | {field.name: field.type for field in schema_of(FORM)})
_SERIES_SCHEMA: Final = pa.schema(_OF_SERIES | {"code": pa.string(), "synthetic": pa.bool_()})
_COLUMNS: Final = ", ".join(
    f"nullif({name}, 'nan'::DOUBLE) AS {name}" for name in (one.name.lower() for one in Column)
)
_FEATURES: Final = f"""
CREATE VIEW features AS
SELECT venue, market, every, make_timestamp(ts_ns // 1000) AS ts, {_COLUMNS}, code, synthetic
FROM _features JOIN _feature_series USING (venue, market, every)
"""  # noqa: S608 - names of ours


def add_feature_views(db: duckdb.DuckDBPyConnection, root: Path, found: Snapshot) -> None:
    """Make the view on the feature rows that the catalogue names."""
    series = [one for one in found.series if is_features(one.kind)]
    names = {one.id: (one.venue, one.market, FeatureRows.of(one.kind).every) for one in series}
    files = [
        (root / part.file, dict(zip(_NAMES, names[one.id], strict=True)))
        for one in series
        for part in found.parts.get(one.id, [])
    ]
    db.register("_features", parquet_files(files, _SCHEMA))
    rows = [
        (
            *names[one.id],
            ", ".join(s.sha256[:12] for s in found.sources.get(one.id, [])),
            one.synthetic,
        )
        for one in series
    ]
    db.register("_feature_series", small_table(_SERIES_SCHEMA, rows))
    db.execute(_FEATURES)
