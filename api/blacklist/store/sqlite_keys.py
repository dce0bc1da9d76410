"""Who may ask, and who took what: API keys, operators, audit log and pull log, in a SQLite file of their own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from blacklist.core.indicator import parse_one
from blacklist.store.chain import Event
from blacklist.store.database import BUSY, Database
from blacklist.store.interface import KeyRecord
from blacklist.store.sqlite_audit import SqliteAudit
from blacklist.store.sqlite_pulls import SqlitePulls
from blacklist.store.sqlite_users import SqliteUsers

VERSION = 1
_SCHEMA = """
CREATE TABLE key (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    digest BLOB NOT NULL,
    scopes TEXT NOT NULL,
    networks TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER
)
"""
# `revision` moves with what servers keep in memory; when a key was last used, and the logs, leave it alone. A
# trigger moves it for keys, so that it moves too when a program before operators writes them.
_REVISION_SCHEMA = """
CREATE TABLE revision (value INTEGER NOT NULL);
INSERT INTO revision VALUES (1);
CREATE TRIGGER key_added AFTER INSERT ON key BEGIN UPDATE revision SET value = value + 1; END;
CREATE TRIGGER key_changed AFTER UPDATE ON key BEGIN UPDATE revision SET value = value + 1; END;
CREATE TABLE key_use (id TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID
"""
_KEY = "SELECT id, name, digest, scopes, networks, created_at, expires_at, revoked_at FROM key"


class SqliteKeyStore(SqliteUsers, SqliteAudit, SqlitePulls):
    """See KeyStore, AccountStore and PullStore. Opening makes the file where there is none."""

    def __init__(self, path: Path, *, wait: float = BUSY) -> None:
        """`wait` is how many seconds a writer waits for another."""
        self._database = Database(path, _SCHEMA, VERSION, wait=wait)
        self._database.extend("revision", _REVISION_SCHEMA)
        SqliteUsers.__init__(self, self._database)
        SqliteAudit.__init__(self, self._database)
        SqlitePulls.__init__(self, self._database)
        self._seen: tuple[int, int] | None = None  # data_version, revision

    def version(self) -> int:
        """See KeyStore."""
        current = self._database.data_version()
        if self._seen is None or self._seen[0] != current:
            self._seen = current, self._revision()
        return self._seen[1]

    @contextmanager
    def audited(self, event: Event) -> Iterator[None]:
        """A change and its entry in the audit log: both, or neither."""
        with self.transaction():
            yield
            self.append(event)

    def records(self) -> Sequence[KeyRecord]:
        """See KeyStore."""
        return [_record(row) for row in self._database.rows(f"{_KEY} ORDER BY created_at, rowid")]

    def record(self, id: str) -> KeyRecord | None:
        """See KeyStore."""
        row = self._database.row(f"{_KEY} WHERE id = ?", (id,))
        return None if row is None else _record(row)

    def add(self, record: KeyRecord) -> None:
        """See KeyStore."""
        scopes, networks = json.dumps(sorted(record.scopes)), json.dumps([str(network) for network in record.networks])
        with self._database.joined():
            self._database.run(
                "INSERT INTO key VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    record.id,
                    record.name,
                    record.digest,
                    scopes,
                    networks,
                    record.created_at,
                    record.expires_at,
                    record.revoked_at,
                ),
            )
            self._seen = None

    def revoke(self, id: str, at: int) -> bool:
        """See KeyStore."""
        with self._database.joined():
            found = self._database.run("UPDATE key SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?", (at, id))
            self._seen = None
        return found > 0

    def replace(self, id: str, fresh: KeyRecord, expires_at: int) -> bool:
        """See KeyStore."""
        with self._database.joined():
            found = self._database.run(
                "UPDATE key SET expires_at = min(coalesce(expires_at, ?), ?)"
                " WHERE id = ? AND revoked_at IS NULL AND coalesce(expires_at > ?, 1)",
                (expires_at, expires_at, id, fresh.created_at),
            )
            if found:
                self.add(fresh)
        return found > 0

    def uses(self) -> Mapping[str, int]:
        """See KeyStore."""
        return dict(self._database.rows("SELECT id, at FROM key_use"))

    def note_uses(self, uses: Mapping[str, int]) -> None:
        """See KeyStore."""
        with self._database.joined():
            for id, at in uses.items():
                self._database.run(
                    "INSERT INTO key_use VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET at = max(at, excluded.at)",
                    (id, at),
                )

    def close(self) -> None:
        """See KeyStore."""
        self._database.close()

    def _changed(self) -> None:
        super()._changed()
        self._seen = None  # `data_version` tells of other connections' commits only

    def _revision(self) -> int:
        row = self._database.row("SELECT value FROM revision")
        return int(row[0]) if row else 0


def _record(row: tuple[Any, ...]) -> KeyRecord:
    id, name, digest, scopes, networks, created_at, expires_at, revoked_at = row
    sources = tuple(map(parse_one, json.loads(networks)))
    return KeyRecord(id, name, digest, frozenset(json.loads(scopes)), sources, created_at, expires_at, revoked_at)
