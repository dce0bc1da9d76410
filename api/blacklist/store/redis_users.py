"""Operators, their sessions and the signing keys, in Redis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from blacklist.store.accounts import KEPT_REVOKED, KEPT_SESSIONS, Renewal, Session, SigningKey, UserRecord
from blacklist.store.redis_documents import Documents

_CLEARED = 1_000  # sessions at most that are over and are forgotten at once


class RedisUsers:
    """See AccountStore. Each change is one transaction, or part of one that the caller holds.

    Beside the sessions are three indexes: `live` of each operator, `ends` by when to forget them, `revoked` by when
    they were.
    """

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def users(self) -> Sequence[UserRecord]:
        """See AccountStore."""
        return [_user(name, document) for name, document in sorted(self._documents.all("user").items())]

    def user(self, name: str) -> UserRecord | None:
        """See AccountStore."""
        document = self._documents.get("user", name)
        return None if document is None else _user(name, document)

    def add_user(self, record: UserRecord) -> bool:
        """See AccountStore."""
        with self._documents.joined():
            if self.user(record.name) is not None:
                return False
            self._put_user(record)
        return True

    def set_password(self, name: str, password: str, at: int) -> bool:
        """See AccountStore."""
        return self._change_user(name, at, {"password": password})

    def set_scopes(self, name: str, scopes: frozenset[str], at: int) -> bool:
        """See AccountStore."""
        return self._change_user(name, at, {"scopes": scopes})

    def enable_user(self, name: str) -> bool:
        """See AccountStore."""
        with self._documents.joined():
            user = self.user(name)
            if user is not None:
                self._put_user(replace(user, disabled_at=None))
        return user is not None

    def disable_user(self, name: str, at: int) -> bool:
        """See AccountStore."""
        with self._documents.joined():
            user = self.user(name)
            disabled_at = at if user is None or user.disabled_at is None else user.disabled_at
            return self._change_user(name, at, {"disabled_at": disabled_at})

    def open_session(self, session: Session, password: str) -> bool:
        """See AccountStore."""
        with self._documents.joined():
            user = self.user(session.user)
            if user is None or user.disabled_at is not None or user.password != password:
                return False
            now = session.created_at
            self._forget_sessions(now)
            live = [one for one in self._live(session.user) if one.expires_at > now]
            self._put_session(session)
            self._documents.put(f"live:{session.user}", session.id, now)
            live.sort(key=lambda one: one.created_at, reverse=True)
            for one in live[KEPT_SESSIONS - 1 :]:
                self._revoke(one, now)
        return True

    def renew(
        self, session: str, token: str, fresh: str, *, at: int, expires_at: int
    ) -> tuple[Renewal, Session | None]:
        """See AccountStore."""
        with self._documents.joined():
            found = self._session(session)
            if found is None or found.revoked_at is not None or found.expires_at <= at:
                return Renewal.REFUSED, found
            if found.token != token:
                self._revoke(found, at)
                return Renewal.REUSED, found
            self._put_session(replace(found, token=fresh, expires_at=expires_at))
        return Renewal.RENEWED, found

    def revoke_session(self, session: str, at: int) -> bool:
        """See AccountStore."""
        with self._documents.joined():
            found = self._session(session)
            if found is None or found.revoked_at is not None:
                return False
            self._revoke(found, at)
        return True

    def revoked_sessions(self, since: int) -> frozenset[str]:
        """See AccountStore."""
        documents = self._documents
        found = documents.link.call("ZRANGE", documents.key("revoked"), since, "+inf", "BYSCORE")
        return frozenset(id.decode() for id in found)

    def signing_keys(self) -> Sequence[SigningKey]:
        """See AccountStore."""
        keys = [_signing_key(id, document) for id, document in self._documents.all("signing_key").items()]
        return sorted(keys, key=lambda key: (key.retired_at is not None, -(key.retired_at or 0)))

    def rotate_signing_key(self, fresh: SigningKey) -> None:
        """See AccountStore."""
        with self._documents.joined():
            for key in self.signing_keys():
                if key.retired_at is None:
                    self._put_signing_key(replace(key, retired_at=fresh.created_at))
                else:
                    self._documents.drop("signing_key", key.id)
            self._put_signing_key(fresh)
            self._documents.moved()

    def _change_user(self, name: str, at: int, values: dict[str, Any]) -> bool:
        """Changes an operator and ends their sessions; False when there is no such operator."""
        with self._documents.joined():
            user = self.user(name)
            if user is None:
                return False
            self._put_user(replace(user, **values))
            for session in self._live(name):
                self._revoke(session, at)
            self._documents.moved()
        return True

    def _put_user(self, record: UserRecord) -> None:
        self._documents.put("user", record.name, asdict(record) | {"scopes": sorted(record.scopes)})

    def _put_signing_key(self, key: SigningKey) -> None:
        self._documents.put("signing_key", key.id, asdict(key) | {"secret": key.secret.hex()})

    def _session(self, id: str) -> Session | None:
        values = self._documents.get("session", id)
        return None if values is None else Session(**values)

    def _live(self, user: str) -> list[Session]:
        """The sessions of an operator that nobody ended, in the order of their making."""
        found = self._documents.all(f"live:{user}")
        rows = self._documents.some("session", sorted(found, key=lambda id: (found[id], id)))
        return [Session(**values) for values in rows if values is not None]

    def _put_session(self, session: Session) -> None:
        self._documents.put("session", session.id, asdict(session))
        forget_at = session.expires_at
        if session.revoked_at is not None:
            forget_at = min(forget_at, session.revoked_at + KEPT_REVOKED)
        self._documents.queue("ZADD", self._documents.key("ends"), forget_at, session.id)

    def _revoke(self, session: Session, at: int) -> None:
        self._put_session(replace(session, revoked_at=at))
        self._documents.queue("ZADD", self._documents.key("revoked"), at, session.id)
        self._documents.drop(f"live:{session.user}", session.id)
        self._documents.moved()

    def _forget_sessions(self, now: int) -> None:
        documents = self._documents
        ends = documents.key("ends")
        over = documents.link.call("ZRANGE", ends, "-inf", now, "BYSCORE", "LIMIT", 0, _CLEARED)
        ids = [id.decode() for id in over]
        for id, values in zip(ids, documents.some("session", ids), strict=True):
            documents.drop("session", id)
            documents.queue("ZREM", ends, id)
            documents.queue("ZREM", documents.key("revoked"), id)
            if values is not None:
                documents.drop(f"live:{values['user']}", id)


def _user(name: str, document: dict[str, Any]) -> UserRecord:
    return UserRecord(**document | {"name": name, "scopes": frozenset(document["scopes"])})


def _signing_key(id: str, document: dict[str, Any]) -> SigningKey:
    return SigningKey(**document | {"id": id, "secret": bytes.fromhex(document["secret"])})
