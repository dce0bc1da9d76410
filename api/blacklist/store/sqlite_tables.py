"""The tables of the embedded store as rows of `contents`: which columns they have, and how their values are JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from blacklist.store.contents import Row


class Table(NamedTuple):
    """A table of the kind of row that it is. Columns of `texts` hold JSON, of `bytes` bytes, of `flags` 0 or 1."""

    kind: str
    columns: tuple[str, ...]
    select: str
    insert: str
    texts: frozenset[str] = frozenset()
    bytes: frozenset[str] = frozenset()
    flags: frozenset[str] = frozenset()

    def row(self, found: Sequence[Any]) -> Row:
        """The row of what `select` found."""
        return Row(self.kind, {name: self._read(name, value) for name, value in zip(self.columns, found, strict=True)})

    def values(self, values: Mapping[str, Any]) -> list[Any]:
        """What `insert` takes for a row of these values. Raises KeyError, TypeError or ValueError for others."""
        return [self._written(name, values[name]) for name in self.columns]

    def _read(self, name: str, value: Any) -> Any:
        if value is None:
            return None
        if name in self.texts:
            return json.loads(value)
        return value.hex() if name in self.bytes else bool(value) if name in self.flags else value

    def _written(self, name: str, value: Any) -> Any:
        if value is None:
            return None
        if name in self.texts:
            return json.dumps(value, ensure_ascii=False)
        return bytes.fromhex(value) if name in self.bytes else value


FEED = Table(
    "feed",
    ("name", "info", "last", "last_success", "generation", "entries", "held", "held_info", "good"),
    "SELECT name, info, last, last_success, generation, entries, held, iif(held IS NULL, NULL, held_info), good"
    " FROM feed ORDER BY name",
    "INSERT INTO feed (name, info, last, last_success, generation, entries, held, held_info, good)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    texts=frozenset({"info", "last", "held", "held_info", "good"}),
)
EDITS = (
    Table(
        "entry",
        ("allowlist", "indicator", "entry"),
        "SELECT allowlist, indicator, entry FROM entry ORDER BY allowlist, indicator",
        "INSERT INTO entry (allowlist, indicator, entry) VALUES (?, ?, ?)",
        texts=frozenset({"entry"}),
        flags=frozenset({"allowlist"}),
    ),
    Table(
        "change",
        ("generation", "place", "allowlist", "indicator", "entry"),
        "SELECT generation, place, allowlist, indicator, entry FROM change ORDER BY generation, place",
        "INSERT INTO change (generation, place, allowlist, indicator, entry) VALUES (?, ?, ?, ?, ?)",
        texts=frozenset({"entry"}),
        flags=frozenset({"allowlist"}),
    ),
    Table(
        "once",
        ("key", "digest", "at", "generation"),
        "SELECT key, digest, at, generation FROM once ORDER BY key",
        "INSERT INTO once (key, digest, at, generation) VALUES (?, ?, ?, ?)",
    ),
)
KEYS = (
    Table(
        "key",
        ("id", "name", "digest", "scopes", "networks", "created_at", "expires_at", "revoked_at"),
        "SELECT id, name, digest, scopes, networks, created_at, expires_at, revoked_at FROM key"
        " ORDER BY created_at, rowid",
        "INSERT INTO key (id, name, digest, scopes, networks, created_at, expires_at, revoked_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        texts=frozenset({"scopes", "networks"}),
        bytes=frozenset({"digest"}),
    ),
    Table("use", ("id", "at"), "SELECT id, at FROM key_use ORDER BY id", "INSERT INTO key_use (id, at) VALUES (?, ?)"),
    Table(
        "user",
        ("name", "password", "scopes", "created_at", "disabled_at"),
        "SELECT name, password, scopes, created_at, disabled_at FROM user ORDER BY name",
        "INSERT INTO user (name, password, scopes, created_at, disabled_at) VALUES (?, ?, ?, ?, ?)",
        texts=frozenset({"scopes"}),
    ),
    Table(
        "session",
        ("id", "user", "token", "created_at", "expires_at", "revoked_at"),
        "SELECT id, user, token, created_at, expires_at, revoked_at FROM session ORDER BY id",
        "INSERT INTO session (id, user, token, created_at, expires_at, revoked_at) VALUES (?, ?, ?, ?, ?, ?)",
    ),
    Table(
        "signing_key",
        ("id", "secret", "created_at", "retired_at"),
        "SELECT id, secret, created_at, retired_at FROM signing_key ORDER BY id",
        "INSERT INTO signing_key (id, secret, created_at, retired_at) VALUES (?, ?, ?, ?)",
        bytes=frozenset({"secret"}),
    ),
    Table(
        "audit_end",
        ("name", "number", "hash"),
        "SELECT name, number, hash FROM audit_end ORDER BY name",
        "INSERT INTO audit_end (name, number, hash) VALUES (?, ?, ?)",
        bytes=frozenset({"hash"}),
    ),
    Table(
        "audit",
        ("number", "at", "record", "hash"),
        "SELECT number, at, record, hash FROM audit ORDER BY number",
        "INSERT INTO audit (number, at, record, hash) VALUES (?, ?, ?, ?)",
        bytes=frozenset({"hash"}),
    ),
    Table(
        "pull",
        ("consumer", "list", "query", "device", "generation", "entries", "sent", "first_at", "at", "count", "every"),
        "SELECT consumer, list, query, device, generation, entries, sent, first_at, at, count, every FROM pull"
        " ORDER BY consumer, list, query",
        "INSERT INTO pull (consumer, list, query, device, generation, entries, sent, first_at, at, count, every)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        flags=frozenset({"sent"}),
    ),
)
