"""The audit log in SQLite: appended to, pruned at its start by age and size, and never changed between.

The head is kept twice: in the database, moved with each entry, and in a small file beside it, written after the commit.
A crash between the two leaves the file behind, never ahead, and a log that is shorter than the file says was cut.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from blacklist.errors import StoreError
from blacklist.store.chain import KEPT_SECONDS, ORIGIN, Broken, Event, Head, canonical, check, link, pruning
from blacklist.store.database import Database
from blacklist.store.witness import Witness

KEPT_ENTRIES = 250_000
_SLACK = 1_000  # entries or more are pruned at once
_PAGE = 1_000
AUDIT_SCHEMA = """
CREATE TABLE audit (number INTEGER PRIMARY KEY, at INTEGER NOT NULL, record TEXT NOT NULL, hash BLOB NOT NULL);
CREATE TABLE audit_end (name TEXT PRIMARY KEY, number INTEGER NOT NULL, hash BLOB NOT NULL)
"""


class SqliteAudit:
    """The half of KeyStore that is written to and not read by the service."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._appended: list[Head] = []
        self._witness = Witness(database.path.with_name("audit-head.json"))
        database.extend("audit", AUDIT_SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Changes and their entries: all or none."""
        self._appended.clear()
        with self._database.transaction():
            yield
        for head in self._appended[-1:]:
            self._witness.note(head)

    def log(self, event: Event) -> Head:
        """Appends one entry in a transaction of its own; the new head."""
        with self.transaction():
            return self.append(event)

    def append(self, event: Event) -> Head:
        """Appends one entry within a transaction that the caller holds; the new head."""
        head = self._append(event)
        first = self._database.row("SELECT number, at FROM audit ORDER BY number LIMIT 1")
        if first is not None and (
            head.number - first[0] >= KEPT_ENTRIES + _SLACK or event.at - first[1] >= KEPT_SECONDS + 86_400
        ):
            head = self._prune(head, event.at)
        self._appended.append(head)
        return head

    def head(self) -> Head:
        """The last entry's number and hash."""
        return self._end("head")

    def entries(self) -> Iterator[tuple[int, str, bytes]]:
        """Number, text and hash of every entry, in order."""
        last = -1
        while True:
            rows = self._database.rows(
                "SELECT number, record, hash FROM audit WHERE number > ? ORDER BY number LIMIT ?", (last, _PAGE)
            )
            yield from rows
            if len(rows) < _PAGE:
                return
            last = rows[-1][0]

    def verify(self, *noted: Head) -> Broken | None:
        """Where the log is not what was written; None when it is. `noted` are heads that were kept elsewhere."""
        with self._database.transaction():  # nobody appends meanwhile
            return check(self._end("base"), self.entries(), self.head(), (self._noted_head(), *noted))

    def _noted_head(self) -> Head:
        noted = self._witness.head()
        if noted is None and self.head().number:
            raise StoreError("the file with the audit log's head is missing", path=self._witness.path)
        return noted or Head()

    def _append(self, event: Event) -> Head:
        before = self.head()
        number = before.number + 1
        record = canonical(number, event)
        head = Head(number, link(before.hash, record))
        self._database.run("INSERT INTO audit VALUES (?, ?, ?, ?)", (number, event.at, record, head.hash))
        self._move("head", head)
        return head

    def _prune(self, head: Head, now: int) -> Head:
        row = self._database.row(
            "SELECT number, hash FROM audit WHERE number <= ? OR at <= ? ORDER BY number DESC LIMIT 1",
            (head.number - KEPT_ENTRIES, now - KEPT_SECONDS),
        )
        if row is None:
            return head
        base = Head(*row)
        self._database.run("DELETE FROM audit WHERE number <= ?", (base.number,))
        self._move("base", base)
        return self._append(pruning(base, now))

    def _end(self, name: str) -> Head:
        row = self._database.row("SELECT number, hash FROM audit_end WHERE name = ?", (name,))
        return Head(0, ORIGIN) if row is None else Head(*row)

    def _move(self, name: str, head: Head) -> None:
        self._database.run("INSERT OR REPLACE INTO audit_end VALUES (?, ?, ?)", (name, head.number, head.hash))
