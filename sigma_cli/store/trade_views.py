"""SQL views on the stored trades: `trades`, and `trade_gaps` where their numbers have holes."""

from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa

from sigma_cli.domain.trades import NO_ID, Aggressor
from sigma_cli.store.parts import schema_of
from sigma_cli.store.records import Snapshot, StoredSeries
from sigma_cli.store.scans import parquet_files, small_table
from sigma_cli.store.trade_rows import COUNTED, FORM, KIND

_OF_SERIES: Final = {"venue": pa.string(), "market": pa.string()}
_TRADE_SCHEMA: Final = pa.schema(_OF_SERIES | {field.name: field.type for field in schema_of(FORM)})
_SERIES_SCHEMA: Final = pa.schema(
    _OF_SERIES
    | {"price_scale": pa.float64(), "size_scale": pa.float64()}
    | {"synthetic": pa.bool_(), "counted": pa.bool_()}
)
_SIDES: Final = " ".join(f"WHEN {side.value} THEN '{side.name.lower()}'" for side in Aggressor)
_TRADES: Final = f"""
CREATE VIEW trades AS
SELECT venue, market, make_timestamp(exch_ts_ns // 1000) AS ts,
    price_u / price_scale AS price, size_u / size_scale AS size, CASE side {_SIDES} END AS side,
    nullif(trade_id, {NO_ID}) AS trade_id,
    make_timestamp(nullif(recv_ts_ns, 0) // 1000) AS recv_ts, exch_ts_ns, synthetic
FROM _trades JOIN _trade_series USING (venue, market)
"""  # noqa: S608 - numbers and names of ours
_GAPS: Final = """
CREATE VIEW trade_gaps AS
WITH steps AS (
    SELECT venue, market, trade_id AS id_before, exch_ts_ns AS before_ns,
        lead(trade_id) OVER ids AS id_after, lead(exch_ts_ns) OVER ids AS after_ns
    FROM _trades JOIN _trade_series USING (venue, market)
    WHERE counted
    WINDOW ids AS (PARTITION BY venue, market ORDER BY trade_id)
)
SELECT venue, market, id_before + 1 AS first_missing, id_after - 1 AS last_missing,
    id_after - id_before - 1 AS missing, make_timestamp(before_ns // 1000) AS ts_before,
    make_timestamp(after_ns // 1000) AS ts_after
FROM steps WHERE id_after > id_before + 1
"""


def add_trade_views(db: duckdb.DuckDBPyConnection, root: Path, found: Snapshot) -> None:
    """Make the views on the trades that the catalogue names."""
    series = [one for one in found.series if one.kind == KIND]
    files = [
        (root / part.file, {"venue": one.venue, "market": one.market})
        for one in series
        for part in found.parts.get(one.id, [])
    ]
    db.register("_trades", parquet_files(files, _TRADE_SCHEMA))
    db.register("_trade_series", small_table(_SERIES_SCHEMA, [_row(found, one) for one in series]))
    db.execute(_TRADES)
    db.execute(_GAPS)


def _row(found: Snapshot, series: StoredSeries) -> tuple[Any, ...]:
    names = (series.venue, series.market)
    instrument = next(one for one in found.instruments if (one.venue, one.market) == names)
    scales = (10.0**instrument.price_exp, 10.0**instrument.size_exp)
    return (*names, *scales, series.synthetic, series.identity in COUNTED)
