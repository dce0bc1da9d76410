"""One SQLite file: opened with its schema, written in transactions, its errors turned into what to do about them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from blacklist.errors import StoreError

BUSY = 10.0  # seconds
UNFINISHED = 1_000_000  # the version of a file while a restore is between two files


class Database:
    """A connection in WAL mode: readers never wait. Only one thread may use it at a time."""

    def __init__(self, path: Path, schema: str, version: int, *, wait: float = BUSY, unfinished: bool = False) -> None:
        """Opens the file, or makes it with the schema. Raises StoreError when it can't, or is of a newer version.

        `wait` is how many seconds a writer waits for another. With `unfinished`, also opens a file whose restore died.
        """
        self.path = path
        self._unfinished = unfinished
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
        except OSError as error:
            raise StoreError(f"cannot open the store: {error.strerror}", path=path) from error
        with self._translated():
            self._connection = sqlite3.connect(path, timeout=wait, isolation_level=None, check_same_thread=False)
            try:
                self._prepare(schema, version)
            except BaseException:
                self._connection.close()
                raise

    def rows(self, statement: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows of a statement."""
        with self._translated():
            return self._connection.execute(statement, values).fetchall()

    def row(self, statement: str, values: Sequence[object] = ()) -> tuple[Any, ...] | None:
        """The first row of a statement, or None."""
        return next(iter(self.rows(statement, values)), None)

    def stream(self, statement: str, values: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows of a statement, each when it is asked for. Within `reading`, whatever is written meanwhile."""
        with self._translated():
            yield from self._connection.execute(statement, values)

    def run(self, statement: str, values: Sequence[object] = ()) -> int:
        """Runs one statement; how many rows it changed."""
        with self._translated():
            return self._connection.execute(statement, values).rowcount

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the statements within, or none of them. Waits for another process's transaction."""
        with self._translated():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[None]:
        """The reads within see the file as it is now. Keeps nobody from writing."""
        with self._translated():
            self._connection.execute("BEGIN")
            try:
                self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
                yield
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    @contextmanager
    def joined(self) -> Iterator[None]:
        """A part of the transaction that is open, or one of its own."""
        if self._connection.in_transaction:
            yield
            return
        with self.transaction():
            yield

    def extend(self, table: str, schema: str) -> None:
        """Makes the tables of a schema, whose statements end their line, where `table` is missing.

        The version stays: a program that does not know them leaves them alone, so that a rollback finds its store.
        """
        if self.row("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)):
            return
        with self.transaction():
            if not self.row("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)):
                for statement in schema.split(";\n"):
                    self.run(statement)

    def version(self) -> int:
        """The version of its schema, or UNFINISHED."""
        found = self.row("PRAGMA user_version")
        return int(found[0]) if found else 0

    def unfinished(self) -> StoreError:
        """It is not to be used: half of it is what was there, half is what was restored."""
        return StoreError("a restore into this store did not end: restore again, with --replace", path=self.path)

    def data_version(self) -> int:
        """A number that differs after another connection's commit. Costs microseconds."""
        found = self.row("PRAGMA data_version")
        return int(found[0]) if found else 0

    def close(self) -> None:
        """Closes the file. Idempotent."""
        self._connection.close()

    def _prepare(self, schema: str, version: int) -> None:
        connection = self._connection
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")  # an acknowledged write survives a power failure
        connection.execute("BEGIN IMMEDIATE")
        found = connection.execute("PRAGMA user_version").fetchone()[0]
        if found == UNFINISHED and not self._unfinished:
            connection.execute("ROLLBACK")
            raise self.unfinished()
        if version < found != UNFINISHED:
            connection.execute("ROLLBACK")
            message = f"a store of version {found}; this program reads version {version}: run the newer program"
            raise StoreError(message, path=self.path)
        if found < version:
            for statement in schema.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {version:d}")
        connection.execute("COMMIT")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(_advice(error), path=self.path) from error


def _advice(error: sqlite3.Error) -> str:
    name = getattr(error, "sqlite_errorname", "")
    advice = {
        "SQLITE_BUSY": "another process is writing: let it end, and try again",
        "SQLITE_FULL": "the disk is full: make room; nothing was changed",
        "SQLITE_READONLY": "the file may not be written: give this user the right to, or name another BLACKLIST_DATA",
        "SQLITE_CANTOPEN": "the file cannot be opened: check the folder and its permissions",
        "SQLITE_NOTADB": "not a store: move the file away, or name another BLACKLIST_DATA",
        "SQLITE_CORRUPT": "the store is damaged: restore a backup, or move it away and import again",
    }
    known = next((text for code, text in advice.items() if name.startswith(code)), "")
    return known or f"the store failed: {error}"
