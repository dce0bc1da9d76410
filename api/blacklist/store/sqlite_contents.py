"""Everything that the embedded store holds: read in one transaction of each of its files, and loaded in another.

The two are read at moments a few milliseconds apart, first the feeds and edits, then the keys: the audit log may tell
of a change more, never of one less. Loaded, both are committed one right after the other. A process that dies between
the two leaves the store marked, and nothing but a restore opens it.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import AbstractContextManager
from pathlib import Path

from blacklist.store.chain import Head
from blacklist.store.contents import Row, not_empty, unusable
from blacklist.store.database import BUSY, UNFINISHED
from blacklist.store.sqlite import VERSION, SqliteStore
from blacklist.store.sqlite_keys import SqliteKeyStore
from blacklist.store.sqlite_tables import EDITS, FEED, KEYS

_BY_KIND = {table.kind: table for table in (FEED, *EDITS, *KEYS)}


class _Feeds(SqliteStore):
    """The half that the importer and operators write."""

    def rows(self) -> Generator[Row, None, None]:
        """Its rows; the first one is there once what they show is settled."""
        with self._database.reading():
            if self._database.version() == UNFINISHED:
                raise self._database.unfinished()
            yield Row("counter", {"value": self.counter()})
            for found in self._database.stream(FEED.select):
                row = FEED.row(found)
                name = row.values["name"]
                yield row._replace(data=self._data(name, held=False))
                if row.values["held"] is not None:
                    yield Row("held", {"feed": name}, self._data(name, held=True))
            for table in EDITS:
                yield from map(table.row, self._database.stream(table.select))

    def writing(self) -> AbstractContextManager[None]:
        """All of the changes within, or none of them."""
        return self._database.transaction()

    def clear(self) -> bool:
        """Removes everything but the counter; False when there was nothing."""
        run = self._database.run
        found = [run("DELETE FROM feed"), run("DELETE FROM entry"), run("DELETE FROM change"), run("DELETE FROM once")]
        run("DELETE FROM content")
        return any(found)

    def take(self, row: Row) -> None:
        """Adds a row in the transaction that is open."""
        if row.kind == "counter":
            beyond = self.counter() + 1 if self.counter() else 0
            self.raise_to(max(beyond, int(row.values["value"])))
            return
        if row.kind != "held":
            self._database.run(_BY_KIND[row.kind].insert, _BY_KIND[row.kind].values(row.values))
        if row.data:
            held = row.kind == "held"
            name = row.values["feed" if held else "name"]
            self._database.run("INSERT INTO content (feed, held, data) VALUES (?, ?, ?)", (name, held, row.data))

    def raise_to(self, counter: int) -> None:
        """Raises the counter to that, unless it is there already."""
        self._database.run("UPDATE counter SET value = max(value, ?)", (counter,))

    def mark(self, version: int) -> None:
        """Gives the file that version."""
        self._database.run(f"PRAGMA user_version = {version:d}")

    def _data(self, name: str, *, held: bool) -> bytes:
        row = self._database.row("SELECT data FROM content WHERE feed = ? AND held = ?", (name, held))
        return b"" if row is None else bytes(row[0])


class _Keys(SqliteKeyStore):
    """The half that says who may ask."""

    def rows(self) -> Generator[Row, None, None]:
        """Its rows; the first one, a counter of nothing, is there once what they show is settled."""
        with self._database.reading():
            yield Row("counter", {"value": 0})
            for table in KEYS:
                yield from map(table.row, self._database.stream(table.select))

    def clear(self) -> bool:
        """Removes everything; False when there was nothing."""
        run = self._database.run
        found = [
            run("DELETE FROM key"),
            run("DELETE FROM key_use"),
            run("DELETE FROM user"),
            run("DELETE FROM session"),
            run("DELETE FROM signing_key"),
            run("DELETE FROM audit"),
            run("DELETE FROM audit_end"),
            run("DELETE FROM pull"),
        ]
        self._changed()
        return any(found)

    def take(self, row: Row) -> None:
        """Adds a row in the transaction that is open."""
        self._database.run(_BY_KIND[row.kind].insert, _BY_KIND[row.kind].values(row.values))
        if row.kind == "audit_end" and row.values["name"] == "head":
            self._appended.append(Head(row.values["number"], bytes.fromhex(row.values["hash"])))


class SqliteContents:
    """See Contents."""

    def __init__(self, store: Path, keys: Path, *, wait: float = BUSY) -> None:
        """Opens both files, or makes them. `wait` is how many seconds a writer waits for another."""
        self._feeds = _Feeds(store, wait=wait, unfinished=True)
        try:
            self._keys = _Keys(keys, wait=wait)
        except BaseException:
            self._feeds.close()
            raise
        self._path = store

    def rows(self) -> Generator[Row, None, None]:
        """See Contents. Never raises Overtaken."""
        feeds, keys = self._feeds.rows(), self._keys.rows()
        try:
            first = next(feeds)
            next(keys)
            yield first
            yield from feeds
            yield from keys
        finally:
            feeds.close()
            keys.close()

    def load(self, rows: Iterable[Row], *, replace: bool, beyond: int = 0) -> int:
        """See Contents."""
        with self._keys.transaction(), self._feeds.writing():
            if any((self._feeds.clear(), self._keys.clear())) and not replace:
                raise not_empty(self._path)
            for row in rows:
                half = self._keys if row.kind in _OF_KEYS else self._feeds
                try:
                    half.take(row)
                except (KeyError, TypeError, ValueError) as error:
                    raise unusable(row, self._path) from error
            self._feeds.raise_to(beyond)
            self._feeds.mark(UNFINISHED)
        self._feeds.mark(VERSION)
        return self._feeds.counter()

    def close(self) -> None:
        """See Contents."""
        self._feeds.close()
        self._keys.close()


_OF_KEYS = frozenset(table.kind for table in KEYS)
