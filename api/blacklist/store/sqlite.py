"""The embedded store: one SQLite file. A feed's generation is one compressed blob, replaced by one transaction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from blacklist.core.generation import EMPTY, Generation, GenerationError, decode, encode
from blacklist.errors import StoreError
from blacklist.store.database import BUSY, Database
from blacklist.store.interface import FeedInfo, FeedState, ImportRecord
from blacklist.store.records import dump_record, read_record
from blacklist.store.sqlite_edits import EDITS_SCHEMA, SqliteEdits

VERSION = 1
_SCHEMA = """
CREATE TABLE feed (
    name TEXT PRIMARY KEY,
    info TEXT NOT NULL,
    last TEXT NOT NULL,
    last_success INTEGER NOT NULL DEFAULT 0,
    generation INTEGER NOT NULL DEFAULT 0,
    entries INTEGER NOT NULL DEFAULT 0,
    held TEXT,
    held_info TEXT,
    good TEXT
) WITHOUT ROWID;
CREATE TABLE content (feed TEXT, held INTEGER, data BLOB NOT NULL, PRIMARY KEY (feed, held))
"""
_STATE = "SELECT info, generation, entries, last_success, last, held, good FROM feed"


class SqliteStore(SqliteEdits):
    """See Store. Opening makes the file where there is none."""

    def __init__(self, path: Path, *, wait: float = BUSY, unfinished: bool = False) -> None:
        """`wait` is how many seconds a writer waits for another. With `unfinished`, also after a restore that died."""
        database = Database(path, f"{EDITS_SCHEMA};{_SCHEMA}", VERSION, wait=wait, unfinished=unfinished)
        super().__init__(database)

    def feeds(self) -> Sequence[FeedState]:
        """See Store."""
        return [_state(row) for row in self._database.rows(f"{_STATE} ORDER BY name")]

    def feed(self, name: str) -> FeedState | None:
        """See Store."""
        row = self._database.row(f"{_STATE} WHERE name = ?", (name,))
        return None if row is None else _state(row)

    def generation(self, name: str) -> Generation:
        """See Store. Raises StoreError when its bytes are damaged."""
        return self._content(name, held=False) or EMPTY

    def commit(self, info: FeedInfo, generation: Generation, record: ImportRecord) -> int:
        """See Store."""
        data = encode(generation)
        with self._database.transaction():
            number = self._count()
            self._note(info, record)
            self._database.run(
                "UPDATE feed SET info = ?, generation = ?, entries = ?, last_success = ?, good = ?, held = NULL"
                " WHERE name = ?",
                (json.dumps(asdict(info)), number, len(generation), record.at, dump_record(record), info.name),
            )
            self._database.run("DELETE FROM content WHERE feed = ?", (info.name,))
            self._database.run("INSERT INTO content VALUES (?, 0, ?)", (info.name, data))
        return number

    def confirm(self, name: str, record: ImportRecord) -> None:
        """See Store."""
        with self._database.transaction():
            self._database.run(
                "UPDATE feed SET last = ?, last_success = ?, good = ?, held = NULL WHERE name = ?",
                (dump_record(record), record.at, dump_record(record), name),
            )
            self._database.run("DELETE FROM content WHERE feed = ? AND held = 1", (name,))

    def hold(self, info: FeedInfo, generation: Generation, record: ImportRecord) -> None:
        """See Store."""
        data = encode(generation)
        with self._database.transaction():
            self._note(info, record)
            values = (dump_record(record), json.dumps(asdict(info)), info.name)
            self._database.run("UPDATE feed SET held = ?, held_info = ? WHERE name = ?", values)
            self._database.run("INSERT OR REPLACE INTO content VALUES (?, 1, ?)", (info.name, data))

    def held(self, name: str) -> Generation | None:
        """See Store. Raises StoreError when its bytes are damaged."""
        return self._content(name, held=True)

    def approve(self, name: str, at: int) -> int | None:
        """See Store."""
        approved = self.held(name)
        with self._database.transaction():
            row = self._database.row("SELECT held, held_info FROM feed WHERE name = ? AND held IS NOT NULL", (name,))
            if row is None or approved is None:
                return None
            held = read_record(row[0])
            record = replace(held, outcome="imported", error="", guards=(), approved=held.error)
            number = self._count()
            self._database.run(
                "UPDATE feed SET info = ?, generation = ?, entries = ?, last_success = ?, last = ?, good = ?,"
                " held = NULL WHERE name = ?",
                (
                    row[1],
                    number,
                    len(approved),
                    held.at,
                    dump_record(replace(record, at=at)),
                    dump_record(record),
                    name,
                ),
            )
            self._database.run("DELETE FROM content WHERE feed = ? AND held = 0", (name,))
            self._database.run("UPDATE content SET held = 0 WHERE feed = ?", (name,))
        return number

    def reject(self, name: str, at: int) -> bool:
        """See Store."""
        with self._database.transaction():
            row = self._database.row("SELECT held FROM feed WHERE name = ? AND held IS NOT NULL", (name,))
            if row is None:
                return False
            record = replace(read_record(row[0]), at=at, outcome="rejected")
            self._database.run("UPDATE feed SET held = NULL, last = ? WHERE name = ?", (dump_record(record), name))
            self._database.run("DELETE FROM content WHERE feed = ? AND held = 1", (name,))
        return True

    def fail(self, info: FeedInfo, record: ImportRecord) -> None:
        """See Store."""
        with self._database.transaction():
            self._note(info, record)

    def remove(self, name: str) -> int | None:
        """See Store."""
        with self._database.transaction():
            if not self._database.run("DELETE FROM feed WHERE name = ?", (name,)):
                return None
            self._database.run("DELETE FROM content WHERE feed = ?", (name,))
            return self._count()

    def touch(self, beyond: int = 0) -> int:
        """See Store."""
        with self._database.transaction():
            self._database.run("UPDATE counter SET value = max(value, ?)", (beyond,))
            return self._count()

    def close(self) -> None:
        """See Store."""
        self._database.close()

    def _content(self, name: str, *, held: bool) -> Generation | None:
        row = self._database.row("SELECT data FROM content WHERE feed = ? AND held = ?", (name, held))
        if row is None:
            return None
        try:
            return decode(row[0])
        except GenerationError as error:
            raise StoreError(f"the feed {name!r}: {error}; import it again", path=self._database.path) from error

    def _note(self, info: FeedInfo, record: ImportRecord) -> None:
        """Notes an import. What is known of the feed besides stays as its last good generation had it."""
        self._database.run(
            "INSERT INTO feed (name, info, last) VALUES (?, ?, ?)"
            " ON CONFLICT (name) DO UPDATE SET last = excluded.last",
            (info.name, json.dumps(asdict(info)), dump_record(record)),
        )


def _state(row: tuple[Any, ...]) -> FeedState:
    info, generation, entries, last_success, last, held, good = row
    return FeedState(
        FeedInfo(**json.loads(info)),
        generation,
        entries,
        last_success,
        read_record(last),
        None if held is None else read_record(held),
        None if good is None else read_record(good),
    )
