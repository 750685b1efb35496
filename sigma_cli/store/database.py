"""One SQLite file in WAL mode: how it is made, opened, read and written, and how its errors read.

Knows nothing of the tables inside. Any number of processes may use the same file.
"""

import shutil
import sqlite3
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sigma_cli.errors import HeldError, OutsideError
from sigma_cli.store.files import disk_errors

BUSY_MAX_S: Final = 30.0
"""A writer holds the lock for milliseconds: after half a minute something is stuck."""

_RESTORE: Final = "restore it from a backup, or ingest into another --store"
_SPACE: Final = "free some space, then run the same command again"
_SHARED_MEMORY_BYTES: Final = 1 << 16
"""Room that even a reader needs beside a database in WAL mode."""
_OWNER: Final = "check the owner and the permissions of the store"
_UNWRITABLE: Final = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)
_FIXES: Final = {
    sqlite3.SQLITE_FULL: _SPACE,
    sqlite3.SQLITE_READONLY: _OWNER,
    sqlite3.SQLITE_CANTOPEN: _OWNER,
    sqlite3.SQLITE_NOTADB: _RESTORE,
    sqlite3.SQLITE_CORRUPT: _RESTORE,
}


class Database:
    """The database at `path`, made with `schema` (numbered `version`) when first written to.

    `upgrades` say what leads from a version to the next. Reading a file that does not exist finds
    every table empty and creates nothing; one on a disk that is read-only is read as it is.
    """

    def __init__(
        self,
        path: Path,
        schema: str,
        version: int,
        busy_max_s: float = BUSY_MAX_S,
        upgrades: Mapping[int, str] | None = None,
    ) -> None:
        self.path = path
        self._schema = schema
        self._version = version
        self._upgrades = upgrades or {}
        self._busy_max_s = busy_max_s
        self._connection: sqlite3.Connection | None = None

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give a connection for queries, which all see one moment."""
        with self._translated():
            if self._connection is None and not self.path.exists():
                db = self._empty()
            else:
                db = self._readable()
            db.execute("BEGIN")
            try:
                yield db
            finally:
                db.execute("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Give a connection inside a transaction that holds the one lock: be brief."""
        with self._translated():
            db = self._opened()
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            finally:
                if db.in_transaction:
                    db.execute("ROLLBACK")

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = self._connect(str(self.path))
        return self._connection

    def _readable(self) -> sqlite3.Connection:
        try:
            return self._opened()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in _UNWRITABLE:
                raise
        # What no writer has left open can be read without the files of shared memory.
        write_ahead = self.path.with_name(f"{self.path.name}-wal")
        how = "mode=ro" if write_ahead.exists() else "mode=ro&immutable=1"
        self._connection = self._connect(f"{self.path.absolute().as_uri()}?{how}")
        return self._connection

    def _empty(self) -> sqlite3.Connection:
        return self._connect(":memory:")

    def _connect(self, name: str) -> sqlite3.Connection:
        db = sqlite3.connect(
            name,
            timeout=self._busy_max_s,
            isolation_level=None,
            check_same_thread=False,
            uri=name.startswith("file:"),
        )
        weakref.finalize(self, db.close)
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("PRAGMA synchronous = FULL")
        if self._version_of(db) == 0:
            db.execute("PRAGMA journal_mode = WAL")
        while self._next_step(self._version_of(db)):
            self._step(db)
        if self._version_of(db) != self._version:
            raise OutsideError(
                f"{self.path.name} has schema {self._version_of(db)}, not {self._version}",
                where=str(self.path),
                fix="it was written by a newer sigma: upgrade, or choose another --store",
            )
        return db

    def _next_step(self, version: int) -> str | None:
        """Return what makes a newer version of this one; an empty file is version 0."""
        return self._schema if version == 0 else self._upgrades.get(version)

    def _step(self, db: sqlite3.Connection) -> None:
        """Make the next version in one transaction, unless another process has just done so."""
        db.execute("BEGIN IMMEDIATE")
        try:
            version = self._version_of(db)
            if statements := self._next_step(version):
                for statement in statements.split(";"):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {version + 1 if version else self._version}")
            db.execute("COMMIT")
        finally:
            if db.in_transaction:
                db.execute("ROLLBACK")

    @staticmethod
    def _version_of(db: sqlite3.Connection) -> int:
        return int(db.execute("PRAGMA user_version").fetchone()[0])

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Turn what SQLite and the disk say into something a person can act on."""
        try:
            with disk_errors(self.path):
                yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte is the class
            if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise HeldError(
                    f"another process has held {self.path.name} for {self._busy_max_s:g} seconds",
                    where=str(self.path),
                    fix="wait for it, or stop it: an ingest that is killed loses nothing",
                ) from error
            full = self._disk_is_full()
            raise OutsideError(
                f"{self.path.name} can't be used: {'the disk is full' if full else error}",
                where=str(self.path),
                fix=_SPACE if full else _FIXES.get(code, "check the disk, then try again"),
            ) from error

    def _disk_is_full(self) -> bool:
        """Return whether there is no room; SQLite then says no more than `disk I/O error`."""
        try:
            return shutil.disk_usage(self.path.parent).free < _SHARED_MEMORY_BYTES
        except OSError:
            return False
