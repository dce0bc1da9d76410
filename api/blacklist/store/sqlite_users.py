"""Operators, their sessions and the signing keys, in the SQLite file of the API keys."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from blacklist.store.accounts import KEPT_REVOKED, KEPT_SESSIONS, Renewal, Session, SigningKey, UserRecord
from blacklist.store.database import Database

USERS_SCHEMA = """
CREATE TABLE user (
    name TEXT PRIMARY KEY, password TEXT NOT NULL, scopes TEXT NOT NULL, created_at INTEGER NOT NULL,
    disabled_at INTEGER
) WITHOUT ROWID;
CREATE TABLE session (
    id TEXT PRIMARY KEY, user TEXT NOT NULL, token TEXT NOT NULL, created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL, revoked_at INTEGER
) WITHOUT ROWID;
CREATE INDEX session_user ON session (user);
CREATE TABLE signing_key (
    id TEXT PRIMARY KEY, secret BLOB NOT NULL, created_at INTEGER NOT NULL, retired_at INTEGER
) WITHOUT ROWID
"""
_USER = "SELECT name, password, scopes, created_at, disabled_at FROM user"
_SESSION = "SELECT id, user, token, created_at, expires_at, revoked_at FROM session"


class SqliteUsers:
    """See AccountStore. Each change is one transaction, or part of one that the caller holds."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.extend("user", USERS_SCHEMA)

    def users(self) -> Sequence[UserRecord]:
        """See AccountStore."""
        return [_user(row) for row in self._database.rows(f"{_USER} ORDER BY name")]

    def user(self, name: str) -> UserRecord | None:
        """See AccountStore."""
        row = self._database.row(f"{_USER} WHERE name = ?", (name,))
        return None if row is None else _user(row)

    def add_user(self, record: UserRecord) -> bool:
        """See AccountStore."""
        scopes = json.dumps(sorted(record.scopes))
        values = (record.name, record.password, scopes, record.created_at, record.disabled_at)
        return self._database.run("INSERT OR IGNORE INTO user VALUES (?, ?, ?, ?, ?)", values) > 0

    def set_password(self, name: str, password: str, at: int) -> bool:
        """See AccountStore."""
        with self._database.joined():
            found = self._database.run("UPDATE user SET password = ? WHERE name = ?", (password, name)) > 0
            self._end_sessions(name, at)
        return found

    def set_scopes(self, name: str, scopes: frozenset[str], at: int) -> bool:
        """See AccountStore."""
        with self._database.joined():
            values = (json.dumps(sorted(scopes)), name)
            found = self._database.run("UPDATE user SET scopes = ? WHERE name = ?", values) > 0
            self._end_sessions(name, at)
        return found

    def enable_user(self, name: str) -> bool:
        """See AccountStore."""
        return self._database.run("UPDATE user SET disabled_at = NULL WHERE name = ?", (name,)) > 0

    def disable_user(self, name: str, at: int) -> bool:
        """See AccountStore."""
        with self._database.joined():
            statement = "UPDATE user SET disabled_at = coalesce(disabled_at, ?) WHERE name = ?"
            found = self._database.run(statement, (at, name)) > 0
            self._end_sessions(name, at)
        return found

    def open_session(self, session: Session, password: str) -> bool:
        """See AccountStore."""
        with self._database.joined():
            user = self.user(session.user)
            if user is None or user.disabled_at is not None or user.password != password:
                return False
            now = session.created_at
            self._database.run(
                "DELETE FROM session WHERE expires_at <= ? OR revoked_at <= ?", (now, now - KEPT_REVOKED)
            )
            values = (session.id, session.user, session.token, now, session.expires_at)
            self._database.run("INSERT INTO session VALUES (?, ?, ?, ?, ?, NULL)", values)
            changed = self._database.run(
                "UPDATE session SET revoked_at = ? WHERE user = ? AND revoked_at IS NULL AND id NOT IN ("
                "SELECT id FROM session WHERE user = ? AND revoked_at IS NULL"
                " ORDER BY created_at DESC, id = ? DESC LIMIT ?)",
                (now, session.user, session.user, session.id, KEPT_SESSIONS),
            )
            if changed:
                self._changed()
        return True

    def renew(
        self, session: str, token: str, fresh: str, *, at: int, expires_at: int
    ) -> tuple[Renewal, Session | None]:
        """See AccountStore."""
        with self._database.joined():
            row = self._database.row(f"{_SESSION} WHERE id = ?", (session,))
            if row is None:
                return Renewal.REFUSED, None
            found = Session(*row)
            if found.revoked_at is not None or found.expires_at <= at:
                return Renewal.REFUSED, found
            if found.token != token:
                self.revoke_session(session, at)
                return Renewal.REUSED, found
            values = (fresh, expires_at, session)
            self._database.run("UPDATE session SET token = ?, expires_at = ? WHERE id = ?", values)
        return Renewal.RENEWED, found

    def revoke_session(self, session: str, at: int) -> bool:
        """See AccountStore."""
        with self._database.joined():
            statement = "UPDATE session SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL"
            changed = self._database.run(statement, (at, session)) > 0
            if changed:
                self._changed()
        return changed

    def revoked_sessions(self, since: int) -> frozenset[str]:
        """See AccountStore."""
        return frozenset(id for (id,) in self._database.rows("SELECT id FROM session WHERE revoked_at >= ?", (since,)))

    def signing_keys(self) -> Sequence[SigningKey]:
        """See AccountStore."""
        rows = self._database.rows(
            "SELECT id, secret, created_at, retired_at FROM signing_key"
            " ORDER BY retired_at IS NOT NULL, retired_at DESC"
        )
        return [SigningKey(*row) for row in rows]

    def rotate_signing_key(self, fresh: SigningKey) -> None:
        """See AccountStore."""
        with self._database.joined():
            self._database.run("DELETE FROM signing_key WHERE retired_at IS NOT NULL")
            self._database.run("UPDATE signing_key SET retired_at = ?", (fresh.created_at,))
            values = (fresh.id, fresh.secret, fresh.created_at)
            self._database.run("INSERT INTO signing_key VALUES (?, ?, ?, NULL)", values)
            self._changed()

    def _end_sessions(self, name: str, at: int) -> None:
        self._database.run("UPDATE session SET revoked_at = ? WHERE user = ? AND revoked_at IS NULL", (at, name))
        self._changed()

    def _changed(self) -> None:
        """Tells every process that what it knows is old."""
        self._database.run("UPDATE revision SET value = value + 1")


def _user(row: tuple[Any, ...]) -> UserRecord:
    name, password, scopes, created_at, disabled_at = row
    return UserRecord(name, password, frozenset(json.loads(scopes)), created_at, disabled_at)
