"""SQL views on the stored quotes and books: `quotes`, `books` (a level a row) and `book_gaps`."""

from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa

from sigma_cli.domain.books import NO_UPDATE, BookForm, BookSide
from sigma_cli.store.message_rows import BOOK_FORM, BOOKS, QUOTE_FORM, QUOTES
from sigma_cli.store.parts import schema_of
from sigma_cli.store.records import Snapshot, StoredSeries
from sigma_cli.store.rows import Form
from sigma_cli.store.scans import parquet_files, small_table

_OF_SERIES: Final = {"venue": pa.string(), "market": pa.string()}
_SERIES_SCHEMA: Final = pa.schema(
    _OF_SERIES | {"price_scale": pa.float64(), "size_scale": pa.float64(), "synthetic": pa.bool_()}
)
_CLOCKS: Final = """make_timestamp(nullif(exch_ts_ns, 0) // 1000) AS ts"""
_OUR_CLOCK: Final = """make_timestamp(nullif(recv_ts_ns, 0) // 1000) AS recv_ts,
    nullif(exch_ts_ns, 0) AS exch_ts_ns"""
_QUOTES: Final = f"""
CREATE VIEW quotes AS
SELECT venue, market, {_CLOCKS}, bid_u / price_scale AS bid, bid_size_u / size_scale AS bid_size,
    ask_u / price_scale AS ask, ask_size_u / size_scale AS ask_size,
    nullif(update_id, {NO_UPDATE}) AS update_id, {_OUR_CLOCK}, synthetic
FROM _quotes JOIN _quote_series USING (venue, market)
"""  # noqa: S608 - numbers and names of ours
_BOOKS: Final = f"""
CREATE VIEW books AS
SELECT venue, market, {_CLOCKS}, nullif(update_id, {NO_UPDATE}) AS update_id,
    nullif(first_id, {NO_UPDATE}) AS first_id, nullif(before_id, {NO_UPDATE}) AS before_id,
    CASE form {" ".join(f"WHEN {one.value} THEN '{one.name.lower()}'" for one in BookForm)}
        END AS form,
    CASE side WHEN {BookSide.BID.value} THEN 'bid' WHEN {BookSide.ASK.value} THEN 'ask' END AS side,
    price_u / price_scale AS price, size_u / size_scale AS size, ends = 1 AS ends,
    {_OUR_CLOCK}, synthetic
FROM _books JOIN _book_series USING (venue, market)
"""  # noqa: S608
# Where no book is known, by the rule of kernels/book.py: from the first changes on, and from where
# changes do not continue what came before them, to the next whole book. Only of numbered books:
# of whole ones without numbers nobody can tell that one is missing.
_GAPS: Final = f"""
CREATE VIEW book_gaps AS
WITH heads AS (
    SELECT venue, market, form, update_id, first_id, before_id,
        2 * update_id::HUGEINT + form AS place,
        CASE WHEN exch_ts_ns > 0 THEN exch_ts_ns ELSE recv_ts_ns END AS at_ns
    FROM _books WHERE ends = 1 AND update_id <> {NO_UPDATE}
), steps AS (
    SELECT *, lag(update_id) OVER ids AS last_id, lag(form) OVER ids AS last_form,
        lag(at_ns) OVER ids AS last_ns
    FROM heads WINDOW ids AS (PARTITION BY venue, market ORDER BY place)
), whole AS (
    SELECT venue, market, place, at_ns FROM heads WHERE form = {BookForm.WHOLE.value}
)
SELECT steps.venue, steps.market, last_id,
    CASE WHEN before_id = {NO_UPDATE} THEN first_id - 1 ELSE before_id END AS follows_id,
    steps.update_id AS next_id,
    make_timestamp(coalesce(last_ns, steps.at_ns) // 1000) AS invalid_from,
    make_timestamp(steps.at_ns // 1000) AS seen,
    make_timestamp(whole.at_ns // 1000) AS valid_again
FROM steps ASOF LEFT JOIN whole
    ON steps.venue = whole.venue AND steps.market = whole.market AND steps.place < whole.place
WHERE form = {BookForm.CHANGES.value} AND (
    last_id IS NULL
    OR (before_id = {NO_UPDATE} AND first_id > last_id + 1)
    OR (before_id <> {NO_UPDATE} AND before_id <> last_id
        AND NOT (last_form = {BookForm.WHOLE.value} AND first_id <= last_id))
)
"""  # noqa: S608


def add_message_views(db: duckdb.DuckDBPyConnection, root: Path, found: Snapshot) -> None:
    """Make the views on the quotes and books that the catalogue names."""
    _register(db, root, found, ("quote", QUOTES, QUOTE_FORM))
    _register(db, root, found, ("book", BOOKS, BOOK_FORM))
    db.execute(_QUOTES)
    db.execute(_BOOKS)
    db.execute(_GAPS)


def _register(
    db: duckdb.DuckDBPyConnection, root: Path, found: Snapshot, kind: tuple[str, str, Form]
) -> None:
    word, name, form = kind
    series = [one for one in found.series if one.kind == name]
    schema = pa.schema(_OF_SERIES | {field.name: field.type for field in schema_of(form)})
    files = [
        (root / part.file, {"venue": one.venue, "market": one.market})
        for one in series
        for part in found.parts.get(one.id, [])
    ]
    db.register(f"_{name}", parquet_files(files, schema))
    rows = [_row(found, one) for one in series]
    db.register(f"_{word}_series", small_table(_SERIES_SCHEMA, rows))


def _row(found: Snapshot, series: StoredSeries) -> tuple[Any, ...]:
    names = (series.venue, series.market)
    instrument = next(one for one in found.instruments if (one.venue, one.market) == names)
    scales = (10.0**instrument.price_exp, 10.0**instrument.size_exp)
    return (*names, *scales, series.synthetic)
