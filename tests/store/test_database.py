import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

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


def test_an_older_schema_is_brought_up_to_date_step_by_step(path: Path) -> None:
    add(Database(path, SCHEMA, 1))
    steps = {1: "CREATE TABLE u (b INTEGER)", 2: "INSERT INTO u VALUES (5)"}
    database = Database(path, "", 3, upgrades=steps)
    assert count(database) == 1
    with Database(path, "", 3, upgrades=steps).reading() as db:
        assert db.execute("SELECT b FROM u").fetchall() == [(5,)]


READ_ONLY = """
import os, sys
from pathlib import Path
from sigma_cli.errors import OutsideError
from sigma_cli.store.database import Database
os.seteuid(int(sys.argv[2]))
database = Database(Path(sys.argv[1]), "", 1)
with database.reading() as db:
    print(db.execute("SELECT count(*) FROM t").fetchone()[0])
try:
    with Database(Path(sys.argv[1]), "", 1).writing() as db:
        db.execute("INSERT INTO t VALUES (1)")
except OutsideError as error:
    print(error.fix)
"""


def test_a_store_that_may_not_be_written_can_be_read() -> None:
    with TemporaryDirectory() as folder:  # pytest's are closed to other users
        path = Path(folder) / "store" / "some.sqlite"
        add(Database(path, SCHEMA, 1))
        for place, mode in ((folder, 0o755), (path, 0o444), (path.parent, 0o555)):
            Path(place).chmod(mode)
        user = 65534 if os.geteuid() == 0 else os.geteuid()  # root may write everywhere
        words = [sys.executable, "-c", READ_ONLY, str(path), str(user)]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        assert done.stdout == "1\ncheck the owner and the permissions of the store\n"
        path.parent.chmod(0o755)
