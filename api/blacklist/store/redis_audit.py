"""The audit log in Redis: a stream whose ids are the entries' numbers, pruned at its start, and never changed between.

The head is in a document that moves with each entry, and where there is a `witness` also in a file of this process: it
finds what was cut off with its head, by somebody or by a failover.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from blacklist.store.chain import KEPT_SECONDS, Broken, Event, Head, canonical, check, link, pruning
from blacklist.store.redis_documents import Documents
from blacklist.store.witness import Witness

KEPT_ENTRIES = 50_000  # of some 300 bytes
_SLACK = 1_000  # entries or more are pruned at once
_PAGE = 1_000
_ATTEMPTS = 3  # to read a log that is pruned meanwhile


class RedisAudit:
    """The half of KeyStore that is written to and not read by the service."""

    def __init__(self, documents: Documents, witness: Path | None) -> None:
        self._documents = documents
        self._appended: list[Head] = []
        self._witness = None if witness is None else Witness(witness)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Changes and their entries: all or none."""
        self._appended.clear()
        with self._documents.transaction():
            yield
        if self._witness is not None and self._appended:
            self._witness.note(self._appended[-1])

    def log(self, event: Event) -> Head:
        """Appends one entry in a transaction of its own; the new head."""
        with self.transaction():
            return self.append(event)

    def append(self, event: Event) -> Head:
        """Appends one entry within a transaction that the caller holds; the new head."""
        head = self._append(event)
        first = next(self._entries(0, head.number, page=1), None)
        if first is not None and (
            head.number - first[0] >= KEPT_ENTRIES + _SLACK or event.at - _at(first[1]) >= KEPT_SECONDS + 86_400
        ):
            head = self._prune(head, event.at)
        self._appended.append(head)
        return head

    def head(self) -> Head:
        """The last entry's number and hash."""
        return self._ends()[1]

    def entries(self) -> Iterator[tuple[int, str, bytes]]:
        """Number, text and hash of every entry, in order."""
        return self._entries(0, self.head().number)

    def verify(self, *noted: Head) -> Broken | None:
        """Where the log is not what was written; None when it is. `noted` are heads that were kept elsewhere."""
        witness = self._witness.head() if self._witness is not None else None
        witnesses = [*noted, *([witness] if witness is not None else [])]
        for attempt in range(_ATTEMPTS):
            base, head = self._ends()
            broken = check(base, self._entries(0, None if attempt == 0 else head.number), head, witnesses)
            if broken is None or (base, head) == self._ends():
                return broken
        return broken

    def _entries(self, after: int, last: int | None, *, page: int = _PAGE) -> Iterator[tuple[int, str, bytes]]:
        documents = self._documents
        end = "+" if last is None else f"{last}-0"
        while True:
            rows = documents.link.call("XRANGE", documents.key("audit"), f"({after}-0", end, "COUNT", page)
            for id, fields in rows:
                after = int(id.partition(b"-")[0])
                yield after, fields[b"record"].decode(), bytes.fromhex(fields[b"hash"].decode())
            if len(rows) < page:
                return

    def _append(self, event: Event) -> Head:
        before = self.head()
        number = before.number + 1
        record = canonical(number, event)
        head = Head(number, link(before.hash, record))
        queue, stream = self._documents.queue, self._documents.key("audit")
        queue("XADD", stream, f"{number}-0", "record", record, "hash", head.hash.hex())
        self._move("head", head)
        return head

    def _prune(self, head: Head, now: int) -> Head:
        base = None
        for number, record, digest in self._entries(0, head.number):
            if number > head.number - KEPT_ENTRIES and _at(record) > now - KEPT_SECONDS:
                break
            base = Head(number, digest)
        if base is None:
            return head
        self._documents.queue("XTRIM", self._documents.key("audit"), "MINID", f"{base.number + 1}-0")
        self._move("base", base)
        return self._append(pruning(base, now))

    def _ends(self) -> tuple[Head, Head]:
        """Up to where the log was pruned, and its last entry."""
        base, head = (
            Head() if values is None else Head(values["number"], bytes.fromhex(values["hash"]))
            for values in self._documents.some("audit_end", ["base", "head"])
        )
        return base, head

    def _move(self, name: str, head: Head) -> None:
        self._documents.put("audit_end", name, {"number": head.number, "hash": head.hash.hex()})


def _at(record: str) -> int:
    return int(json.loads(record)["at"])
