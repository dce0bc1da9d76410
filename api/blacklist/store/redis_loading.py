"""Rows become the documents of a store in Redis, written by the same code that writes them one by one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any

from blacklist.core.generation import GenerationError, decode
from blacklist.core.indicator import parse_one
from blacklist.store.accounts import Session, SigningKey, UserRecord
from blacklist.store.chain import Head, canonical, link, pruning
from blacklist.store.contents import Row, unusable
from blacklist.store.interface import KeyRecord
from blacklist.store.pulls import Pull, Taken
from blacklist.store.redis_audit import KEPT_ENTRIES
from blacklist.store.redis_keys import RedisKeyStore
from blacklist.store.redis_staging import StagedDocuments, Staging

Values = dict[str, Any]
_SLACK = 1_000  # entries more than are kept, before the log is cut


class Loader:
    """Writes rows into a staging. The audit log is cut to what Redis keeps of one, and the cut is written into it."""

    def __init__(self, staging: Staging, now: int) -> None:
        """`now` is when the log is cut."""
        self.counter = 0
        self._staging, self._now = staging, now
        self._store = StagedDocuments(staging, "store")
        self._keys = _Keys(StagedDocuments(staging, "keys"))
        self._feed: Values = {}

    @property
    def head(self) -> Head:
        """The audit log's, once all is taken."""
        return self._keys.last

    def take(self, rows: Iterable[Row]) -> None:
        """Writes all of them. Raises StoreError for a row that can't be one."""
        taking: Mapping[str, Callable[[Values], None]] = {
            "counter": self._take_counter,
            "entry": self._take_entry,
            "change": self._take_change,
            "once": self._take_once,
            **self._keys.taking(),
        }
        for row in rows:
            try:
                if row.kind in {"feed", "held"}:
                    self._take_feed(row)
                else:
                    taking[row.kind](row.values)
            except (KeyError, TypeError, ValueError, GenerationError) as error:
                raise unusable(row, self._staging.link.name) from error
        self._keys.finish(self._now)

    def _take_counter(self, values: Values) -> None:
        self.counter = int(values["value"])

    def _take_feed(self, row: Row) -> None:
        """A feed, or what is held back of the feed before."""
        blob = asdict(self._staging.blob(row.data)) if row.data else None
        if row.kind == "held":
            self._feed |= {"held_content": blob, "held_entries": len(decode(row.data))}
        else:
            self._feed = row.values | {"content": blob, "held_content": None, "held_entries": 0}
        self._store.put("feed", self._feed["name"], {key: it for key, it in self._feed.items() if key != "name"})

    def _take_entry(self, values: Values) -> None:
        self._store.put(_table(values), values["indicator"], values["entry"])

    def _take_change(self, values: Values) -> None:
        fields = ["table", _table(values), "indicator", values["indicator"]]
        if values["entry"] is not None:
            fields += ["entry", json.dumps(values["entry"], ensure_ascii=False)]
        place = f"{values['generation']}-{values['place']}"
        self._store.queue("XADD", self._store.key("changes"), place, *fields)

    def _take_once(self, values: Values) -> None:
        self._store.put("once", values["key"], {name: values[name] for name in ("key", "digest", "generation")})
        self._store.queue("ZADD", self._store.key("once", "at"), values["at"], values["key"])


class _Keys(RedisKeyStore):
    """The half that says who may ask, on its way."""

    def __init__(self, documents: StagedDocuments) -> None:
        self._documents = documents
        self.last = Head()
        self._base: Head | None = None
        self._places = self._cut = 0

    def taking(self) -> Mapping[str, Callable[[Values], None]]:
        """What takes the values of which kind."""
        return {
            "key": self._take_key,
            "use": self._take_use,
            "user": self._take_user,
            "session": self._take_session,
            "signing_key": self._take_signing_key,
            "audit_end": self._take_end,
            "audit": self._take_entry,
            "pull": self._take_pull,
        }

    def finish(self, now: int) -> None:
        """What can be written at the end alone."""
        if self._places:
            self._documents.put("state", "places", self._places)
        if self._base is not None:
            self._move("base", self._base)
            number = self.last.number + 1
            record = canonical(number, pruning(self._base, now))
            self.last = Head(number, link(self.last.hash, record))
            self._add_entry(number, record, self.last.hash)
            self._move("head", self.last)

    def _take_key(self, values: Values) -> None:
        self._places += 1
        sets = {"digest": bytes.fromhex(values["digest"]), "scopes": frozenset(values["scopes"])}
        self._put(KeyRecord(**values | sets | {"networks": tuple(map(parse_one, values["networks"]))}), self._places)

    def _take_use(self, values: Values) -> None:
        self._documents.put("use", values["id"], int(values["at"]))

    def _take_user(self, values: Values) -> None:
        self._put_user(UserRecord(**values | {"scopes": frozenset(values["scopes"])}))

    def _take_session(self, values: Values) -> None:
        session = Session(**values)
        self._put_session(session)
        if session.revoked_at is None:
            self._documents.put(f"live:{session.user}", session.id, session.created_at)
        else:
            self._documents.queue("ZADD", self._documents.key("revoked"), session.revoked_at, session.id)

    def _take_signing_key(self, values: Values) -> None:
        self._put_signing_key(SigningKey(**values | {"secret": bytes.fromhex(values["secret"])}))

    def _take_end(self, values: Values) -> None:
        """The ends come before the entries, the base first."""
        end = Head(int(values["number"]), bytes.fromhex(values["hash"]))
        self._move(values["name"], end)
        if values["name"] == "base":
            self._cut = end.number
        elif end.number - self._cut > KEPT_ENTRIES + _SLACK:
            self._cut = end.number - KEPT_ENTRIES
        self.last = end

    def _take_entry(self, values: Values) -> None:
        number, digest = int(values["number"]), bytes.fromhex(values["hash"])
        if number > self._cut:
            self._add_entry(number, values["record"], digest)
        elif number == self._cut:
            self._base = Head(number, digest)

    def _take_pull(self, values: Values) -> None:
        taken = Taken(values["consumer"], values["list"], values["query"])
        particulars = {name: value for name, value in values.items() if name not in Taken._fields}
        self._put_pull(Pull(taken, **particulars))

    def _add_entry(self, number: int, record: str, digest: bytes) -> None:
        self._documents.queue(
            "XADD", self._documents.key("audit"), f"{number}-0", "record", record, "hash", digest.hex()
        )


def _table(values: Values) -> str:
    return "allowlist" if values["allowlist"] else "manual"
