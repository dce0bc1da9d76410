"""Where a test's stores are: a folder for SQLite, or a prefix of its own on a Redis that other tests use too."""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

from blacklist.store.redis import RedisStore
from blacklist.store.redis_keys import RedisKeyStore
from blacklist.store.sqlite import SqliteStore
from blacklist.store.sqlite_keys import SqliteKeyStore

AnyKeys = SqliteKeyStore | RedisKeyStore
KINDS = ("sqlite", "redis", "sentinel", "cluster")


@dataclass(frozen=True, slots=True)
class Place:
    """Opens stores, all of the same content, and closes them when the test is over. `url` is empty for SQLite."""

    folder: Path
    url: str = ""
    opened: ExitStack = field(default_factory=ExitStack)

    def store(self) -> SqliteStore | RedisStore:
        """A store of feeds and edits."""
        made = RedisStore(self.url) if self.url else SqliteStore(self.folder / "store.sqlite3")
        return self.opened.enter_context(closing(made))

    def keys(self) -> AnyKeys:
        """A store of keys and operators, whose audit log has a witness in the folder."""
        if self.url:
            made: AnyKeys = RedisKeyStore(self.url, witness=self.folder / "audit-head.json")
        else:
            made = SqliteKeyStore(self.folder / "keys.sqlite3")
        return self.opened.enter_context(closing(made))
