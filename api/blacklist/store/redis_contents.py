"""Everything that a store in Redis holds: its documents read under the locks of both halves, and loaded in one step.

Writers wait while the documents are read: some milliseconds, a second for a hundred thousand listings by hand. Then
they go on: generations of feeds are immutable, and logs are only appended to, and cut at their start. Where one was
replaced or cut before it was read, reading has to start again.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import Any

from blacklist.store.contents import Overtaken, Row, not_empty
from blacklist.store.pulls import Taken
from blacklist.store.redis_blobs import Blob, BlobGone, Blobs
from blacklist.store.redis_documents import Documents
from blacklist.store.redis_link import WAIT, Link
from blacklist.store.redis_loading import Loader
from blacklist.store.redis_staging import TABLES, Staging
from blacklist.store.witness import Witness

_SCORED = "once:at"
_STREAMS = frozenset({"changes", "audit"})
_DERIVED = frozenset({"ends", "revoked"})  # of the sessions
_READ_TABLES = tuple(
    (area, table)
    for area, names in TABLES.items()
    for table in ("state", *names)
    if table not in _STREAMS and table not in _DERIVED
)
_PAGE = 1_000


class RedisContents:
    """See Contents. Opening connects, and writes nothing."""

    def __init__(self, url: str, *, wait: float = WAIT, fence: int | None = None, witness: Path | None = None) -> None:
        """As RedisStore and RedisKeyStore."""
        self._link = Link(url, wait=wait)
        self._store, self._keys = Documents(self._link, "store"), Documents(self._link, "keys")
        self._fence = fence
        self._witness = None if witness is None else Witness(witness)

    def rows(self) -> Generator[Row, None, None]:
        """See Contents."""
        tables = self._tables()
        counter = int(tables["store", "state"].get("counter", 0))
        yield Row("counter", {"value": counter})
        yield from self._feeds(tables["store", "feed"])
        yield from _edits(tables)
        yield from self._changes(counter)
        yield from _onces(tables["store", "once"], tables["store", "once:at"])
        yield from _keys(tables["keys", "key"])
        yield from _accounts(tables)
        ends = list(_documents(tables["keys", "audit_end"]))
        for name, values in ends:
            yield Row("audit_end", {"name": name, **values})
        numbers = {name: int(values["number"]) for name, values in ends}
        yield from self._audit(numbers.get("base", 0), numbers.get("head", 0))
        yield from _pulls(tables["keys", "pull"])

    def load(self, rows: Iterable[Row], *, replace: bool, beyond: int = 0) -> int:
        """See Contents. Raises StoreError once another importer has the lease."""
        if not replace and self._link.call("EXISTS", *self._places()):
            raise not_empty(self._link.name)
        staging = Staging(self._link)
        try:
            loader = Loader(staging, int(self._link.call("TIME")[0]))
            loader.take(rows)
            counter = staging.swap(counter=max(loader.counter, beyond), fence=self._fence, replace=replace)
        except BaseException:
            staging.drop()
            raise
        if self._witness is not None and loader.head.number:
            self._witness.note(loader.head)
        return counter

    def close(self) -> None:
        """See Contents."""
        self._link.close()

    def _places(self) -> list[str]:
        return [self._link.key(area, table) for area, names in TABLES.items() for table in names]

    def _tables(self) -> dict[tuple[str, str], dict[str, str]]:
        """The documents, while nobody writes: a thousand at a time, so that Redis answers others in between."""
        with self._store.transaction(), self._keys.transaction():
            before = self._store.version(), self._keys.version()
            tables = {place: dict(self._scan(*place)) for place in _READ_TABLES}
            if before != (self._store.version(), self._keys.version()):
                raise Overtaken("the store was written to while it was read: try again", path=self._link.name)
        return tables

    def _scan(self, area: str, table: str) -> Iterator[tuple[str, str]]:
        command, cursor = ("ZSCAN" if table == _SCORED else "HSCAN"), -1
        while cursor:
            cursor, found = self._link.call(command, self._link.key(area, table), max(cursor, 0), "COUNT", _PAGE)
            for id, value in found.items() if isinstance(found, dict) else found:
                yield id.decode(), value.decode() if isinstance(value, bytes) else str(value)

    def _feeds(self, table: dict[str, str]) -> Iterator[Row]:
        blobs = Blobs(self._store)
        for name, document in _documents(table):
            content, held_content = document.pop("content"), document.pop("held_content")
            document.pop("held_entries")
            yield Row("feed", {"name": name, **document}, self._data(blobs, content))
            if document["held"] is not None:
                yield Row("held", {"feed": name}, self._data(blobs, held_content))

    def _data(self, blobs: Blobs, content: dict[str, Any] | None) -> bytes:
        try:
            return b"" if content is None else b"".join(blobs.read(Blob(**content)))
        except BlobGone:
            raise Overtaken("a feed was imported while it was read: try again", path=self._link.name) from None

    def _changes(self, last: int) -> Iterator[Row]:
        for id, fields in self._stream(self._store.key("changes"), last):
            generation, _, place = id.partition("-")
            entry = fields.get(b"entry")
            values: dict[str, Any] = {"generation": int(generation), "place": int(place)}
            values |= {"allowlist": fields[b"table"] == b"allowlist", "indicator": fields[b"indicator"].decode()}
            yield Row("change", values | {"entry": None if entry is None else json.loads(entry)})

    def _audit(self, base: int, head: int) -> Iterator[Row]:
        expected = base
        for id, fields in self._stream(self._keys.key("audit"), head) if head else ():
            number, record = int(id.partition("-")[0]), fields[b"record"].decode()
            expected += 1
            if number != expected:
                self._refuse_cut(base)
            expected = number
            values = {"number": number, "at": _at(record), "record": record, "hash": fields[b"hash"].decode()}
            yield Row("audit", values)
        if expected != head:
            self._refuse_cut(base)

    def _refuse_cut(self, base: int) -> None:
        """An entry is missing: raises Overtaken unless somebody else than the service has removed it."""
        values = self._keys.get("audit_end", "base")
        if values is not None and int(values["number"]) != base:
            raise Overtaken("the audit log was cut while it was read: try again", path=self._link.name)

    def _stream(self, key: str, last: int) -> Iterator[tuple[str, dict[bytes, bytes]]]:
        """The entries of a stream up to those of that number, in order."""
        place = "-"
        while True:
            rows = self._link.call("XRANGE", key, place, str(last), "COUNT", _PAGE)
            for id, fields in rows:
                yield id.decode(), fields
            if len(rows) < _PAGE:
                return
            place = f"({rows[-1][0].decode()}"


def _documents(table: dict[str, str]) -> Iterator[tuple[str, Any]]:
    """The documents of a table by their ids, in order."""
    return ((id, json.loads(table[id])) for id in sorted(table))


def _edits(tables: dict[tuple[str, str], dict[str, str]]) -> Iterator[Row]:
    for table in ("manual", "allowlist"):
        for indicator, entry in _documents(tables["store", table]):
            yield Row("entry", {"allowlist": table == "allowlist", "indicator": indicator, "entry": entry})


def _onces(table: dict[str, str], at: dict[str, str]) -> Iterator[Row]:
    for key, document in _documents(table):
        yield Row("once", {**document, "key": key, "at": int(float(at.get(key, 0)))})


def _keys(table: dict[str, str]) -> Iterator[Row]:
    for id, document in sorted(_documents(table), key=lambda row: (row[1]["created_at"], row[1]["place"])):
        del document["place"]
        yield Row("key", {"id": id, **document})


def _accounts(tables: dict[tuple[str, str], dict[str, str]]) -> Iterator[Row]:
    for id, at in _documents(tables["keys", "use"]):
        yield Row("use", {"id": id, "at": at})
    for name, document in _documents(tables["keys", "user"]):
        yield Row("user", {**document, "name": name})
    for kind in ("session", "signing_key"):
        for id, document in _documents(tables["keys", kind]):
            yield Row(kind, {**document, "id": id})


def _pulls(table: dict[str, str]) -> Iterator[Row]:
    for document in sorted((json.loads(text) for text in table.values()), key=lambda one: one["taken"]):
        taken = Taken(*document.pop("taken"))
        yield Row("pull", {**taken._asdict(), **document})


def _at(record: str) -> int:
    """When an entry of the audit log is from; 0 when somebody has made it unreadable."""
    try:
        return int(json.loads(record)["at"])
    except (KeyError, TypeError, ValueError):
        return 0
