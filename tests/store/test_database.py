import sqlite3
from pathlib import Path

import pytest

from sigma_cli.errors import HeldError, OutsideError
from sigma_cli.store.database import Database

SCHEMA = "CREATE TABLE t (a INTEGER) STRICT; CREATE INDEX i ON t (a)"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store" / "some.sqlite"


def count(database: Database) -> int:
    with database.reading() as db:
        return int(db.execute("SELECT count(*) FROM t").fetchone()[0])


def add(database: Database) -> None:
    with database.writing() as db:
        db.execute("INSERT INTO t VALUES (1)")


def test_reading_what_is_not_there_creates_nothing(path: Path) -> None:
    assert count(Database(path, SCHEMA, 1)) == 0
    assert not path.parent.exists()


def test_what_is_written_is_seen_by_others(path: Path) -> None:
    reader, writer = Database(path, SCHEMA, 1), Database(path, SCHEMA, 1)
    assert count(reader) == 0
    add(writer)
    assert count(reader) == 1


def test_an_error_inside_writes_nothing_and_frees_the_lock(path: Path) -> None:
    database = Database(path, SCHEMA, 1)
    with pytest.raises(ZeroDivisionError), database.writing() as db:
        db.execute("INSERT INTO t VALUES (1)")
        raise ZeroDivisionError
    add(Database(path, SCHEMA, 1, busy_max_s=0))
    assert count(database) == 1


def test_a_commit_survives_power_loss(path: Path) -> None:
    database = Database(path, SCHEMA, 1)
    with database.writing() as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert db.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL


def test_a_newer_schema_is_refused_with_the_way_out(path: Path) -> None:
    add(Database(path, SCHEMA, 1))
    with pytest.raises(OutsideError, match="schema 1, not 2") as caught:
        add(Database(path, SCHEMA, 2))
    assert "upgrade" in caught.value.fix
    assert caught.value.where == str(path)


def test_another_file_is_refused(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"this is no database, whatever it is called" * 100)
    with pytest.raises(OutsideError, match="not a database"):
        count(Database(path, SCHEMA, 1))


def test_a_lock_held_too_long_is_reported_as_held(path: Path) -> None:
    holder = Database(path, SCHEMA, 1)
    waiting = Database(path, SCHEMA, 1, busy_max_s=0.01)
    with holder.writing(), pytest.raises(HeldError, match="another process"):
        add(waiting)


def test_a_mistake_of_ours_is_not_swallowed(path: Path) -> None:
    database = Database(path, SCHEMA, 1)
    with pytest.raises(OutsideError) as caught, database.reading() as db:
        db.execute("SELECT * FROM nowhere")
    assert isinstance(caught.value.__cause__, sqlite3.OperationalError)
