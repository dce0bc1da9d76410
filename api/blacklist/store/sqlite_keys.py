"""API keys in a SQLite file of their own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from blacklist.core.indicator import parse_one
from blacklist.store.database import Database
from blacklist.store.interface import KeyRecord

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


class SqliteKeyStore:
    """See KeyStore. Opening makes the file where there is none."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path, _SCHEMA, VERSION)
        self._own_changes = 0  # `data_version` tells of other connections' commits only

    def version(self) -> int:
        """See KeyStore."""
        return self._database.data_version() + self._own_changes

    def records(self) -> Sequence[KeyRecord]:
        """See KeyStore."""
        rows = self._database.rows(
            "SELECT id, name, digest, scopes, networks, created_at, expires_at, revoked_at FROM key"
            " ORDER BY created_at, rowid"
        )
        return [
            KeyRecord(
                id,
                name,
                key_digest,
                frozenset(json.loads(scopes)),
                tuple(map(parse_one, json.loads(networks))),
                created_at,
                expires_at,
                revoked_at,
            )
            for id, name, key_digest, scopes, networks, created_at, expires_at, revoked_at in rows
        ]

    def add(self, record: KeyRecord) -> None:
        """See KeyStore."""
        scopes, networks = json.dumps(sorted(record.scopes)), json.dumps([str(network) for network in record.networks])
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
        self._own_changes += 1

    def revoke(self, id: str, at: int) -> bool:
        """See KeyStore."""
        found = self._database.run("UPDATE key SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?", (at, id))
        self._own_changes += 1
        return found > 0

    def close(self) -> None:
        """See KeyStore."""
        self._database.close()
