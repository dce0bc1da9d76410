"""What operators decide, in the tables of the embedded store: manual listings, the allowlist, and the log of both."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from blacklist.core.indicator import Indicator, parse_one
from blacklist.core.listing import Allowed, Listing
from blacklist.core.overlay import Change, Edit
from blacklist.errors import Conflict
from blacklist.store.database import Database
from blacklist.store.interface import KEPT_CHANGES, KEPT_KEYS, KEY_LIFE, Once
from blacklist.store.records import dump_entry, read_edit

EDITS_SCHEMA = """
CREATE TABLE counter (value INTEGER NOT NULL);
INSERT INTO counter VALUES (0);
CREATE TABLE entry (
    allowlist INTEGER, indicator TEXT, entry TEXT NOT NULL, PRIMARY KEY (allowlist, indicator)
) WITHOUT ROWID;
CREATE TABLE change (
    generation INTEGER, place INTEGER, allowlist INTEGER, indicator TEXT, entry TEXT, PRIMARY KEY (generation, place)
) WITHOUT ROWID;
CREATE TABLE once (key TEXT PRIMARY KEY, digest TEXT NOT NULL, at INTEGER NOT NULL, generation INTEGER)
"""


class SqliteEdits:
    """The half of Store that operators write. One counter numbers what both halves do."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def version(self) -> int:
        """A number that differs after a commit of any other connection. Costs microseconds."""
        return self._database.data_version()

    def counter(self) -> int:
        """See Store."""
        found = self._database.row("SELECT value FROM counter")
        return int(found[0]) if found else 0

    def allowlist(self) -> Sequence[Allowed]:
        """See Store."""
        return [Allowed(indicator, **values) for indicator, values in self._entries(allowlist=True)]

    def manual(self) -> Sequence[Listing]:
        """See Store."""
        return [Listing(indicator, **values) for indicator, values in self._entries(allowlist=False)]

    def edit(self, edits: Sequence[Edit], *, at: int, once: Once | None = None) -> int | None:
        """See Store."""
        with self._database.transaction():
            if once is not None and (done := self._done(once)) is not None:
                return done[0]
            changed = [edit for edit in edits if self._apply(edit)]
            generation = self._count() if changed else None
            for place, edit in enumerate(changed):
                row = (generation, place, edit.allowlist, str(edit.indicator), dump_entry(edit))
                self._database.run("INSERT INTO change VALUES (?, ?, ?, ?, ?)", row)
            if generation is not None:
                self._database.run("DELETE FROM change WHERE generation <= ?", (generation - KEPT_CHANGES,))
            if once is not None:
                self._remember(once, at, generation)
            return generation

    def changes(self, since: int) -> Sequence[Change]:
        """See Store."""
        rows = self._database.rows(
            "SELECT generation, allowlist, indicator, entry FROM change"
            " WHERE generation > ? ORDER BY generation, place",
            (since,),
        )
        return [
            Change(generation, read_edit(bool(allowlist), text, entry)) for generation, allowlist, text, entry in rows
        ]

    def _count(self) -> int:
        self._database.run("UPDATE counter SET value = value + 1")
        return self.counter()

    def _entries(self, *, allowlist: bool) -> list[tuple[Indicator, dict[str, Any]]]:
        rows = self._database.rows("SELECT indicator, entry FROM entry WHERE allowlist = ?", (allowlist,))
        return sorted(((parse_one(text), json.loads(entry)) for text, entry in rows), key=lambda row: row[0])

    def _apply(self, edit: Edit) -> bool:
        """Whether it changed anything."""
        where = (edit.allowlist, str(edit.indicator))
        if edit.entry is None:
            return self._database.run("DELETE FROM entry WHERE allowlist = ? AND indicator = ?", where) > 0
        self._database.run("INSERT OR REPLACE INTO entry VALUES (?, ?, ?)", (*where, dump_entry(edit)))
        return True

    def _done(self, once: Once) -> tuple[int | None] | None:
        row = self._database.row("SELECT digest, generation FROM once WHERE key = ?", (once.key,))
        if row is None:
            return None
        if row[0] != once.digest:
            raise Conflict("this Idempotency-Key was used for another request: take a new key for a new request")
        return (row[1],)

    def _remember(self, once: Once, at: int, generation: int | None) -> None:
        self._database.run("DELETE FROM once WHERE at <= ?", (at - KEY_LIFE,))
        self._database.run(
            "DELETE FROM once WHERE key NOT IN (SELECT key FROM once ORDER BY at DESC LIMIT ?)", (KEPT_KEYS - 1,)
        )
        self._database.run("INSERT INTO once VALUES (?, ?, ?, ?)", (once.key, once.digest, at, generation))
