"""Servers on one Redis for tests, each with a data folder of its own, as pods have."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from blacklist.access.scopes import Scope
from blacklist.settings import Settings, read_settings
from redises import Server, running_redis
from running import Service, blacklist, make_key, serving

PERSISTENT = ("--save", "", "--appendonly", "yes")  # a Redis that was killed has what it acknowledged


@dataclass(frozen=True, slots=True)
class Clustered:
    """A Redis, a key with every scope, and the servers that were started on it; they end with it."""

    folder: Path
    redis: Server
    key: str
    stack: ExitStack = field(default_factory=ExitStack)

    def settings(self, name: str = "importer") -> Settings:
        """The settings of a server or an importer whose data folder has that name."""
        return read_settings({"BLACKLIST_DATA": str(self.folder / name), "BLACKLIST_STORE": self.redis.url})

    @contextmanager
    def serving(self, name: str, **settings: str) -> Iterator[Service]:
        """A server, which ends with the block."""
        data = self.folder / name
        data.mkdir(exist_ok=True)
        with serving(data, self.key, BLACKLIST_STORE=self.redis.url, **settings) as service:
            yield service

    def serve(self, name: str, **settings: str) -> Service:
        """A server, which ends with the cluster."""
        return self.stack.enter_context(self.serving(name, **settings))

    def add(self, *lines: str, feed: str = "one") -> None:
        """Imports a list of these lines."""
        path = self.folder / f"{feed}.txt"
        path.write_text("".join(f"{line}\n" for line in lines))
        arguments = ("import", "--file", str(path), "--feed", feed, "--allow-special")
        done = blacklist(self.folder / "importer", *arguments, BLACKLIST_STORE=self.redis.url)
        assert done.returncode == 0, done.stderr


@contextmanager
def clustered(folder: Path) -> Iterator[Clustered]:
    """A Redis with a snapshot of two listings."""
    with running_redis(folder / "redis", *PERSISTENT) as redis:
        (folder / "importer").mkdir()
        made = Clustered(folder, redis, make_key(folder / "importer", *Scope, store_url=redis.url))
        with made.stack:
            made.add("192.0.2.1", "198.51.100.0/24")
            yield made
