"""What operators decide, in Redis: manual listings, the allowlist, and the log of both, a stream by generation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

from blacklist.core.indicator import Indicator, parse_one
from blacklist.core.listing import Allowed, Listing
from blacklist.core.overlay import Change, Edit
from blacklist.errors import Conflict
from blacklist.store.interface import KEPT_CHANGES, KEPT_KEYS, KEY_LIFE, Once
from blacklist.store.records import dump_entry, read_edit
from blacklist.store.redis_documents import Documents

_PAGE = 1_000  # changes


class _Asked(NamedTuple):
    """An edit as it is written down; an entry of None removes."""

    table: str
    indicator: str
    entry: str | None


class RedisEdits:
    """The half of Store that operators write. One counter numbers what both halves do."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def version(self) -> int:
        """A number that differs after a commit of any process."""
        return self._documents.version()

    def counter(self) -> int:
        """See Store."""
        return int(self._documents.get("state", "counter") or 0)

    def allowlist(self) -> Sequence[Allowed]:
        """See Store."""
        return [Allowed(indicator, **values) for indicator, values in self._entries("allowlist")]

    def manual(self) -> Sequence[Listing]:
        """See Store."""
        return [Listing(indicator, **values) for indicator, values in self._entries("manual")]

    def edit(self, edits: Sequence[Edit], *, at: int, once: Once | None = None) -> int | None:
        """See Store."""
        documents = self._documents
        asked = [_Asked(_table(edit), str(edit.indicator), dump_entry(edit)) for edit in edits]
        with documents.transaction():
            if once is not None and (done := self._done(once)) is not None:
                return done[0]
            changed = self._apply(asked)
            generation = self._count() if changed else None
            for place, edit in enumerate(changed):
                fields = ["table", edit.table, "indicator", edit.indicator]
                fields += [] if edit.entry is None else ["entry", edit.entry]
                documents.queue("XADD", documents.key("changes"), f"{generation}-{place}", *fields)
            if generation is not None and generation > KEPT_CHANGES:
                documents.queue("XTRIM", documents.key("changes"), "MINID", generation - KEPT_CHANGES + 1)
            if once is not None:
                self._remember(once, at, generation)
            return generation

    def changes(self, since: int) -> Sequence[Change]:
        """See Store."""
        return list(self._changes(since))

    def _changes(self, since: int) -> Iterator[Change]:
        place = f"{since + 1}-0"
        while True:
            rows = self._documents.link.call("XRANGE", self._documents.key("changes"), place, "+", "COUNT", _PAGE)
            for id, fields in rows:
                entry = fields.get(b"entry")
                text = None if entry is None else entry.decode()
                edit = read_edit(fields[b"table"] == b"allowlist", fields[b"indicator"].decode(), text)
                yield Change(int(id.partition(b"-")[0]), edit)
            if len(rows) < _PAGE:
                return
            place = f"({rows[-1][0].decode()}"

    def _count(self, beyond: int = 0) -> int:
        """Raises the counter in the transaction that is open; the new counter."""
        number = max(self.counter(), beyond) + 1
        self._documents.put("state", "counter", number)
        self._documents.moved()
        return number

    def _entries(self, table: str) -> list[tuple[Indicator, dict[str, Any]]]:
        rows = ((parse_one(text), entry) for text, entry in self._documents.all(table).items())
        return sorted(rows, key=lambda row: row[0])

    def _apply(self, asked: Sequence[_Asked]) -> list[_Asked]:
        """The edits that change anything."""
        there = {table: self._there(table, asked) for table in ("manual", "allowlist")}
        changed = []
        for edit in asked:
            if edit.entry is not None:
                there[edit.table].add(edit.indicator)
                self._documents.put_text(edit.table, edit.indicator, edit.entry)
            elif edit.indicator in there[edit.table]:
                there[edit.table].discard(edit.indicator)
                self._documents.drop(edit.table, edit.indicator)
            else:
                continue
            changed.append(edit)
        return changed

    def _there(self, table: str, asked: Sequence[_Asked]) -> set[str]:
        """Those indicators that are to be removed from the table and are in it."""
        texts = sorted({edit.indicator for edit in asked if edit.table == table and edit.entry is None})
        found = self._documents.some(table, texts)
        return {text for text, entry in zip(texts, found, strict=True) if entry is not None}

    def _done(self, once: Once) -> tuple[int | None] | None:
        found = self._documents.get("once", once.key)
        if found is None:
            return None
        if found["digest"] != once.digest:
            raise Conflict("this Idempotency-Key was used for another request: take a new key for a new request")
        return (found["generation"],)

    def _remember(self, once: Once, at: int, generation: int | None) -> None:
        documents, order = self._documents, self._documents.key("once", "at")
        old = documents.link.call("ZRANGE", order, "-inf", at - KEY_LIFE, "BYSCORE")
        over = documents.link.call("ZCARD", order) - (KEPT_KEYS - 1)
        if over > 0:
            old += documents.link.call("ZRANGE", order, 0, over - 1)
        for key in {key.decode() for key in old}:
            documents.drop("once", key)
            documents.queue("ZREM", order, key)
        documents.put("once", once.key, asdict(once) | {"generation": generation})
        documents.queue("ZADD", order, at, once.key)


def _table(edit: Edit) -> str:
    return "allowlist" if edit.allowlist else "manual"
