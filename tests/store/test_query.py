"""What `sigma sql` answers, and above all what it refuses."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sigma_cli.domain.units import NS_PER_MINUTE
from sigma_cli.errors import OutsideError, UsageError
from sigma_cli.store.lake import Lake, Source
from sigma_cli.store.query import Answer, ask
from sigma_cli.store.rows import Rows

RowsAt = Callable[..., Rows]


@pytest.fixture
def store(tmp_path: Path, rows_at: RowsAt, source: Source) -> Path:
    lake = Lake(tmp_path / "store")
    lake.register_instrument("upbit", "KRW-BTC", 0, 8, always_open=True)
    rows = rows_at(np.arange(1000) * NS_PER_MINUTE)
    lake.merge_candles("upbit", "KRW-BTC", "1m", rows, source)
    return lake.root


def answer(store: Path, statement: str, rows_max: int | None = None) -> Answer:
    return ask(store, statement, rows_max=rows_max, memory_mb=512, threads=2)


def part_of(store: Path) -> Path:
    (path,) = (store / "lake").rglob("*.parquet")
    return path


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT count(*) FROM candles",
        "select count(*) from candles;",
        "-- how many?\nSELECT count(*) FROM candles -- all",
        "WITH c AS (SELECT * FROM candles) SELECT count(*) FROM c",
        "FROM candles SELECT count(*)",
        "(SELECT count(*) FROM candles)",
    ],
)
def test_a_statement_that_reads_is_answered(store: Path, statement: str) -> None:
    assert answer(store, statement).rows == ((1000,),)


@pytest.mark.parametrize(
    "statement",
    ["EXPLAIN SELECT 1", "EXPLAIN ANALYZE SELECT 1", "DESCRIBE candles", "SHOW TABLES"],
)
def test_what_tells_of_a_statement_or_view_is_answered(store: Path, statement: str) -> None:
    assert answer(store, statement).rows


WRITING = [
    "COPY (SELECT 1) TO '{part}'",
    "COPY candles TO '{part}' (FORMAT parquet)",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO '{part}'",
    "EXPLAIN (ANALYZE) COPY (SELECT 1) TO '{part}'",
    "WITH q AS (COPY (SELECT 1 AS a) TO '{part}') SELECT * FROM q",
    "WITH q AS (COPY (SELECT 1 AS a) TO '{outside}/new.csv') SELECT * FROM q",
    "SELECT * FROM query('COPY (SELECT 1) TO ''{part}''')",
    "WITH q AS (INSERT INTO t VALUES (1) RETURNING 1) SELECT * FROM q",
    "WITH q AS (UPDATE t SET a = 1 RETURNING 1) SELECT * FROM q",
    "WITH q AS (DELETE FROM t RETURNING 1) SELECT * FROM q",
    "EXPLAIN ANALYZE CREATE TABLE x AS SELECT 1",
    "EXPLAIN ANALYZE CREATE VIEW x AS SELECT 1",
    "CREATE TABLE x AS SELECT 1",
    "CREATE TEMP TABLE x AS SELECT 1",
    "CREATE OR REPLACE VIEW candles AS SELECT 1",
    "DROP VIEW candles",
    "INSERT INTO candles SELECT 1",
    "DELETE FROM candles",
    "EXPORT DATABASE '{outside}/db'",
    "IMPORT DATABASE '{outside}/db'",
]
ESCAPING = [
    "ATTACH '{outside}/new.db'",
    "ATTACH '{store}/catalogue.sqlite' AS c (TYPE sqlite)",
    "DETACH memory",
    "USE memory",
    "INSTALL httpfs",
    "LOAD httpfs",
    "FORCE INSTALL httpfs",
    "PRAGMA version",
    "PRAGMA enable_profiling",
    "SET enable_external_access = true",
    "SET threads = 8",
    "RESET threads",
    "SET VARIABLE a = 1",
    "CALL pragma_version()",
    "CALL enable_logging()",
    "CHECKPOINT",
    "VACUUM",
    "PREPARE p AS SELECT 1",
    "BEGIN TRANSACTION",
    "SELECT * FROM enable_logging(storage = 'file')",
]
READING_ELSEWHERE = [
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM '{outside}/secret.csv'",
    "SELECT * FROM read_text('{outside}/secret.csv')",
    "SELECT * FROM read_text('{store}/../secret.csv')",
    "SELECT * FROM read_blob('{outside}/secret.csv')",
    "SELECT * FROM read_json('{outside}/secret.csv')",
    "SELECT * FROM read_parquet('{outside}/*.parquet')",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM sniff_csv('{outside}/secret.csv')",
    "SELECT * FROM parquet_metadata('{outside}/x.parquet')",
    "SELECT * FROM read_csv('https://127.0.0.1:1/x.csv')",
    "SELECT * FROM sqlite_scan('{store}/catalogue.sqlite', 'parts')",
    "WITH q AS (SELECT * FROM read_csv('/etc/passwd')) SELECT * FROM q",
    "DESCRIBE SELECT * FROM read_csv('/etc/passwd')",
    "SUMMARIZE '{outside}/secret.csv'",
    "SELECT * FROM statement",  # a variable of ours
]
WRONG = [
    "",
    "  ;  ",
    "-- nothing",
    "SELECT 1; SELECT 2",
    "SELECT 1; COPY (SELECT 1) TO '{part}'",
    "SELEC 1",
    "SELECT * FROM cadles",
    "EXPLAIN EXPLAIN SELECT 1",
]


@pytest.mark.parametrize("statement", [*WRITING, *ESCAPING, *READING_ELSEWHERE, *WRONG])
def test_everything_else_is_refused_and_changes_nothing(
    store: Path, tmp_path: Path, statement: str
) -> None:
    (tmp_path / "secret.csv").write_text("secret\n1\n", encoding="utf-8")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    text = statement.format(part=part_of(store), store=store, outside=tmp_path)
    with pytest.raises(UsageError) as caught:
        answer(store, text)
    assert caught.value.fix
    assert "secret\n1" not in str(caught.value)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_more_rows_than_asked_for_are_announced(store: Path) -> None:
    few = answer(store, "SELECT open_ts FROM candles ORDER BY 1", rows_max=3)
    assert (len(few.rows), few.more) == (3, True)
    exact = answer(store, "SELECT 1 FROM candles", rows_max=1000)
    assert (len(exact.rows), exact.more) == (1000, False)
    assert len(answer(store, "SELECT 1 FROM candles").rows) == 1000


def test_a_wrong_name_brings_the_nearest(store: Path) -> None:
    with pytest.raises(UsageError, match='Did you mean "candles"'):
        answer(store, "SELECT * FROM cadles")


@pytest.mark.parametrize("keep", [0, 300])
def test_a_damaged_part_is_an_error_of_the_outside(store: Path, keep: int) -> None:
    path = part_of(store)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(OutsideError, match=path.name):
        answer(store, "SELECT sum(close) FROM candles")
    assert answer(store, "SELECT 1").rows == ((1,),)


_ENDLESS = """
import signal
import sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have had it ignored
from pathlib import Path
from sigma_cli.store import query
try:
    sys.stdout.write("asking\\n")
    sys.stdout.flush()
    query.ask(
        Path(sys.argv[1]),
        "SELECT count(*) FROM range(1000000000) a, range(1000000) b"
        " WHERE hash(a.range, b.range) = 1",
        rows_max=None, memory_mb=512, threads=2,
    )
except KeyboardInterrupt:
    sys.exit(130)
"""


def test_ctrl_c_ends_a_query_that_never_ends(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", _ENDLESS, str(tmp_path)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "asking\n"
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=1)
        process.send_signal(signal.SIGINT)
        try:
            assert process.wait(timeout=20) == 130
        finally:
            process.kill()
