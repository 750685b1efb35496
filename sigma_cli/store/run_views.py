"""SQL views on the stored runs: `runs`, and one for each table that runs have.

A view is made from the columns that are stored: `price_u` becomes `price`, `recv_ts_ns` becomes
`recv_ts`, the number of a market its venue and name, the number of an enum its word.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sigma_cli.domain.dtypes.tape import DECISION, FACT, REQUEST
from sigma_cli.domain.facts import FactKind, Liquidity
from sigma_cli.domain.requests import OrderType, Reason, RequestKind, Side, TimeInForce
from sigma_cli.errors import OutsideError
from sigma_cli.store.runs import StoredRun, list_runs
from sigma_cli.store.scans import parquet_files, small_table

_TAPE: Final = {"facts": FACT, "requests": REQUEST, "decisions": DECISION}
_ENUMS: Final[Mapping[str, type[IntEnum]]] = {
    "liquidity": Liquidity,
    "order_type": OrderType,
    "reason": Reason,
    "side": Side,
    "tif": TimeInForce,
}
_KINDS: Final[Mapping[str, type[IntEnum]]] = {"facts": FactKind, "requests": RequestKind}
_FLAGS: Final = ("post_only", "reduce_only")
_PRICES: Final = ("price_u", "mark_u")
"""Columns that count in units of price; every other `_u` counts in units of size."""

_VIEW_OF: Final[Mapping[str, str]] = {"trades": "round_trips", "candles": "run_candles"}
"""Views that are not called like their table: `trades` and `candles` are those of the market."""

_RUNS: Final = """
CREATE VIEW runs AS
SELECT * EXCLUDE (created_ts_ns, start_ns, end_ns),
    make_timestamp(created_ts_ns // 1000) AS created_ts,
    make_timestamp(start_ns // 1000) AS period_start,
    make_timestamp(end_ns // 1000) AS period_end
FROM _runs ORDER BY created_ts_ns DESC
"""
_FILLS: Final = """
CREATE VIEW fills AS
SELECT facts.* EXCLUDE (kind, reason), requests.side, requests.order_type
FROM facts LEFT JOIN requests ON facts.run_id = requests.run_id
    AND facts.local_no = requests.local_no AND requests.kind = 'submit'
WHERE facts.kind = 'filled'
"""
_TEXT, _COUNT, _NUMBER = pa.string(), pa.int64(), pa.float64()
_RUN_TYPES: Final[dict[str, pa.DataType]] = {
    "run_id": _TEXT,
    "created_ts_ns": _COUNT,
    "strategy": _TEXT,
    "params": _TEXT,
    "markets": pa.list_(_TEXT),
    "interval": _TEXT,
    "start_ns": _COUNT,
    "end_ns": _COUNT,
    "bars": _COUNT,
    "events": _COUNT,
    "orders": _COUNT,
    "fills": _COUNT,
    "start_cash": _NUMBER,
    "final_equity": _NUMBER,
    "total_return": _NUMBER,
    "sharpe": _NUMBER,
    "max_drawdown": _NUMBER,
    "fees": _NUMBER,
    "trials": _COUNT,
    "gate": _TEXT,
    "wall_s": _NUMBER,
    "cpu_s": _NUMBER,
    "code_hash": _TEXT,
    "config_hash": _TEXT,
    "data_hash": _TEXT,
    "command": _TEXT,
}
_MARKET_TYPES: Final[dict[str, pa.DataType]] = {
    "run_id": _TEXT,
    "market_no": _COUNT,
    "venue": _TEXT,
    "market": _TEXT,
    "price_scale": _NUMBER,
    "size_scale": _NUMBER,
}


def add_run_views(
    db: duckdb.DuckDBPyConnection, root: Path, skipped: Callable[[str], None]
) -> None:
    """Add the views on the runs of the store; `skipped` hears of those that can't be read."""
    runs = list_runs(root, skipped)
    db.register("_runs", small_table(pa.schema(_RUN_TYPES), [_run_row(run) for run in runs]))
    db.register("_run_markets", small_table(pa.schema(_MARKET_TYPES), _market_rows(runs)))
    db.execute(_RUNS)
    for table, schema in _schemas(runs).items():
        files = [
            (path, {"run_id": run.run_id})
            for run in runs
            if (path := run.folder / f"{table}.parquet").exists()
        ]
        known = pa.schema([pa.field("run_id", pa.string()), *schema])
        view = _VIEW_OF.get(table, table)
        db.register(f"_{view}", parquet_files(files, known))
        db.execute(f'CREATE VIEW "{view}" AS {_select(table, schema.names)}')
    db.execute(_FILLS)


def _schemas(runs: Sequence[StoredRun]) -> dict[str, pa.Schema]:
    """Return the columns of each table, as the newest run that has it stored them.

    The tape's tables exist even without a run, so that a query on an empty store finds no rows
    rather than no table.
    """
    schemas: dict[str, pa.Schema] = {}
    for run in runs:
        for path in sorted(run.folder.glob("*.parquet")):
            if path.stem not in schemas:
                schemas[path.stem] = _stored_schema(path)
    return {name: _schema(dtype) for name, dtype in _TAPE.items()} | schemas


def _stored_schema(path: Path) -> pa.Schema:
    try:
        return pq.read_schema(path)
    except (OSError, pa.ArrowException) as error:
        raise OutsideError(
            f"a table of run {path.parent.name} can't be read: {str(error).splitlines()[0]}",
            where=str(path),
            fix=f"`sigma runs rm {path.parent.name}`, then run the backtest again",
        ) from error


def _schema(dtype: np.dtype[Any]) -> pa.Schema:
    assert dtype.names is not None
    return pa.schema({name: pa.from_numpy_dtype(dtype[name].base) for name in dtype.names})


def _select(table: str, names: Sequence[str]) -> str:
    columns = ["t.run_id", *(_column(table, name) for name in names if name != "strategy")]
    of_market = (
        ""
        if "market" not in names
        else (" LEFT JOIN _run_markets AS m ON t.run_id = m.run_id AND t.market = m.market_no")
    )
    listed, view = ", ".join(columns), _VIEW_OF.get(table, table)
    return f'SELECT {listed} FROM "_{view}" AS t{of_market}'  # noqa: S608 - names of ours


def _column(table: str, name: str) -> str:
    """Return a stored column as SQL in the words and units of a reader."""
    enum = _KINDS.get(table) if name == "kind" else _ENUMS.get(name)
    if enum is not None:
        return f"{_words(name, enum)} AS {name}"
    if name == "market":
        return "m.venue, m.market"
    if name in _FLAGS:
        return f"t.{name} <> 0 AS {name}"
    if name.endswith("ts_ns") or name == "expires_ns":
        moment = f"CASE WHEN t.{name} <> 0 THEN make_timestamp(t.{name} // 1000) END"
        return f"{moment} AS {name.removesuffix('_ns')}"
    if name in _PRICES:  # zero: an order at any price
        return f"nullif(t.{name}, 0) / m.price_scale AS {name.removesuffix('_u')}"
    if name.endswith("_u"):
        return f"t.{name} / m.size_scale AS {name.removesuffix('_u')}"
    return f't."{name}"'


def _words(name: str, enum: type[IntEnum]) -> str:
    cases = " ".join(f"WHEN {member.value} THEN '{member.name.lower()}'" for member in enum)
    return f"CASE t.{name} {cases} ELSE CAST(t.{name} AS VARCHAR) END"


def _run_row(run: StoredRun) -> tuple[Any, ...]:
    summary = run.summary
    period = summary.get("period") or {}
    hashes = summary.get("hashes") or {}
    known = {
        **summary,
        "params": json.dumps(summary.get("params")),
        "markets": [market["market"] for market in summary.get("markets", [])],
        "start_ns": period.get("start_ns"),
        "end_ns": period.get("end_ns"),
        "gate": _text(summary.get("gate")),
        **{f"{name}_hash": digest for name, digest in hashes.items()},
    }
    return tuple(known.get(name) for name in _RUN_TYPES)


def _text(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)


def _market_rows(runs: Sequence[StoredRun]) -> list[tuple[Any, ...]]:
    """Return the markets of each run, counted as when it ran: the lake may count otherwise now."""
    rows: list[tuple[Any, ...]] = []
    for run in runs:
        for number, market in enumerate(run.summary.get("markets", [])):
            exponents = (market.get("price_exp"), market.get("size_exp"))
            scales = (None if exp is None else 10.0**exp for exp in exponents)
            rows.append((run.run_id, number, market["venue"], market["market"], *scales))
    return rows
