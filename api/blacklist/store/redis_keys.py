"""Who may ask, and who took what: API keys, operators, audit log and pull log, in Redis, apart from feeds.

A revocation waits for no import.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from blacklist.core.indicator import parse_one
from blacklist.errors import StoreError
from blacklist.store.chain import Event
from blacklist.store.interface import KeyRecord
from blacklist.store.redis_audit import RedisAudit
from blacklist.store.redis_documents import Documents
from blacklist.store.redis_link import WAIT, Link
from blacklist.store.redis_pulls import RedisPulls
from blacklist.store.redis_users import RedisUsers


class RedisKeyStore(RedisUsers, RedisAudit, RedisPulls):
    """See KeyStore, AccountStore and PullStore. Opening connects, and writes nothing."""

    def __init__(self, url: str, *, wait: float = WAIT, witness: Path | None = None) -> None:
        """`wait` is how many seconds a writer waits for another; `witness` a file that notes the audit log's head."""
        self._documents = Documents(Link(url, wait=wait), "keys")
        RedisUsers.__init__(self, self._documents)
        RedisAudit.__init__(self, self._documents, witness)
        RedisPulls.__init__(self, self._documents)

    def version(self) -> int:
        """See KeyStore."""
        return self._documents.version()

    @contextmanager
    def audited(self, event: Event) -> Iterator[None]:
        """A change and its entry in the audit log: both, or neither."""
        with self.transaction():
            yield
            self.append(event)

    def records(self) -> Sequence[KeyRecord]:
        """See KeyStore."""
        documents = self._documents.all("key").items()
        rows = sorted(documents, key=lambda row: (row[1]["created_at"], row[1]["place"]))
        return [_record(id, document) for id, document in rows]

    def record(self, id: str) -> KeyRecord | None:
        """See KeyStore."""
        document = self._documents.get("key", id)
        return None if document is None else _record(id, document)

    def add(self, record: KeyRecord) -> None:
        """See KeyStore. Raises StoreError when there is one of that id."""
        with self._documents.joined():
            if self._documents.get("key", record.id) is not None:
                raise StoreError(f"a key of the id {record.id} is there already", path=self._documents.link.name)
            place = int(self._documents.get("state", "places") or 0) + 1
            self._documents.put("state", "places", place)
            self._put(record, place)

    def revoke(self, id: str, at: int) -> bool:
        """See KeyStore."""
        with self._documents.joined():
            document = self._documents.get("key", id)
            if document is None:
                return False
            record = _record(id, document)
            if record.revoked_at is None:
                self._put(replace(record, revoked_at=at), document["place"])
        return True

    def replace(self, id: str, fresh: KeyRecord, expires_at: int) -> bool:
        """See KeyStore."""
        with self._documents.joined():
            document = self._documents.get("key", id)
            if document is None:
                return False
            record = _record(id, document)
            ended = record.expires_at is not None and record.expires_at <= fresh.created_at
            if record.revoked_at is not None or ended:
                return False
            end = expires_at if record.expires_at is None else min(record.expires_at, expires_at)
            self._put(replace(record, expires_at=end), document["place"])
            self.add(fresh)
        return True

    def uses(self) -> Mapping[str, int]:
        """See KeyStore."""
        return self._documents.all("use")

    def note_uses(self, uses: Mapping[str, int]) -> None:
        """See KeyStore."""
        with self._documents.joined():
            ids = sorted(uses)
            for id, before in zip(ids, self._documents.some("use", ids), strict=True):
                if before is None or before < uses[id]:
                    self._documents.put("use", id, uses[id])

    def close(self) -> None:
        """See KeyStore."""
        self._documents.link.close()

    def _put(self, record: KeyRecord, place: int) -> None:
        """`place` is its place among keys of the same second."""
        document = {
            "name": record.name,
            "digest": record.digest.hex(),
            "scopes": sorted(record.scopes),
            "networks": [str(network) for network in record.networks],
            "created_at": record.created_at,
            "expires_at": record.expires_at,
            "revoked_at": record.revoked_at,
            "place": place,
        }
        self._documents.put("key", record.id, document)
        self._documents.moved()


def _record(id: str, document: dict[str, Any]) -> KeyRecord:
    values = {name: value for name, value in document.items() if name != "place"}
    values |= {"digest": bytes.fromhex(document["digest"]), "scopes": frozenset(document["scopes"])}
    return KeyRecord(id=id, **values | {"networks": tuple(map(parse_one, document["networks"]))})
