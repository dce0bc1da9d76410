"""A real server for tests: `blacklist serve` on a free port of the loopback, over a store filled for the occasion."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from time import monotonic, sleep, time

import httpx

from blacklist.access.accounts import open_session
from blacklist.access.audit import event
from blacklist.access.keys import digest, new_key
from blacklist.access.passwords import hash_password
from blacklist.access.scopes import Scope
from blacklist.cli.pipeline import publish_changes
from blacklist.core.generation import GenerationBuilder
from blacklist.core.indicator import parse_one
from blacklist.core.listing import Allowed, Facts
from blacklist.core.overlay import Edit
from blacklist.settings import read_settings
from blacklist.store.accounts import UserRecord
from blacklist.store.interface import FeedInfo, ImportRecord, KeyRecord
from blacklist.store.opening import open_keys
from blacklist.store.sqlite import SqliteStore
from blacklist.store.sqlite_keys import SqliteKeyStore
from promised import hold

# Nothing happens by itself, all tests come from one address, and nobody waits for the end.
_QUIET = {"BLACKLIST_IMPORT_EVERY": "0", "BLACKLIST_RATE_LIMIT_ADDRESS": "0", "BLACKLIST_DRAIN": "0"}


@dataclass(frozen=True, slots=True)
class Service:
    """A running server, its data folder, and a key with every scope."""

    url: str
    data: Path
    key: str
    process: subprocess.Popen[bytes]

    def client(self, key: str | None = None) -> httpx.Client:
        """A client with the key with every scope, or with another one, or with none (an empty one).

        It holds every answer against the contract.
        """
        key = self.key if key is None else key
        headers = {"x-api-key": key} if key else {}
        return httpx.Client(base_url=self.url, headers=headers, trust_env=False, event_hooks={"response": [hold]})


def fill(data: Path, *, entries: dict[str, Facts | None], feed: str = "one", category: str = "attacks") -> int:
    """Commits one generation of one feed and publishes a snapshot; its generation."""
    builder = GenerationBuilder()
    for text, facts in entries.items():
        builder.add(parse_one(text), builder.fact(facts or Facts("", 50, "", "", int(time()) - 60, 0, 0)))
    settings = read_settings({"BLACKLIST_DATA": str(data)})
    store = SqliteStore(settings.store_path)
    record = ImportRecord(feed, int(time()), "imported", accepted=len(builder), rejected=2)
    store.commit(FeedInfo(feed, category), builder.finish(), record)
    generation = publish_changes(store, settings, int(time()))
    store.close()
    return generation


def allow(data: Path, text: str, reason: str) -> int:
    """Allows an indicator and publishes a snapshot; its generation."""
    settings = read_settings({"BLACKLIST_DATA": str(data)})
    store = SqliteStore(settings.store_path)
    entry = Allowed(parse_one(text), reason, int(time()), None)
    store.edit([Edit(entry.indicator, allowlist=True, entry=entry)], at=int(time()))
    generation = publish_changes(store, settings, int(time()))
    store.close()
    return generation


def make_key(
    data: Path,
    *scopes: str,
    networks: tuple[str, ...] = (),
    expires_at: int | None = None,
    revoked_at: int | None = None,
    store_url: str = "",
) -> str:
    """Stores a key with these scopes, in the embedded store or in another one; the key."""
    key, id = new_key()
    store = open_keys(read_settings({"BLACKLIST_DATA": str(data), "BLACKLIST_STORE": store_url}))
    sources = tuple(map(parse_one, networks))
    store.add(
        KeyRecord(id, "test", digest(key.encode()), frozenset(scopes), sources, int(time()), expires_at, revoked_at)
    )
    store.close()
    return key


def make_user(data: Path, name: str, password: str, *scopes: str) -> None:
    """Stores an operator."""
    store = SqliteKeyStore(data / "keys.sqlite3")
    assert store.add_user(UserRecord(name, hash_password(password), frozenset(scopes), int(time())))
    store.close()


def make_token(data: Path, *scopes: str, at: int | None = None) -> str:
    """The access token of a login at that time, by an operator of its own; the token."""
    store = SqliteKeyStore(data / "keys.sqlite3")
    user = UserRecord(f"op-{token_hex(6)}", "no hash: nobody logs in by it", frozenset(scopes), 0)
    store.add_user(user)
    pair = open_session(store, user, event(f"user:{user.name}", "login", user.name), at or int(time()))
    store.close()
    assert pair is not None
    return pair.access


def blacklist(
    data: Path, *arguments: str, stdin: str | None = None, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Runs one command as a person types it; `stdin` is what is piped into it."""
    environment = os.environ | {"BLACKLIST_DATA": str(data)} | settings
    command = [sys.executable, "-m", "blacklist", *arguments]
    return subprocess.run(
        command, env=environment, input=stdin, capture_output=True, text=True, timeout=60, check=False
    )


@contextmanager
def serving(data: Path, key: str = "", **settings: str) -> Iterator[Service]:
    """Starts a server on a free port; ends it by SIGTERM. Without a key of before, it makes one with every scope."""
    key = key or make_key(data, *Scope, store_url=settings.get("BLACKLIST_STORE", ""))
    environment = os.environ | {"BLACKLIST_DATA": str(data)} | _QUIET | settings
    command = [sys.executable, "-m", "blacklist", "serve", "--port", "0"]
    log = data / "server.log"
    with log.open("w") as stderr:
        process = subprocess.Popen(command, env=environment, stderr=stderr)
    try:
        eventually(lambda: "listening on http" in log.read_text() or process.poll() is not None)
        assert process.poll() is None, log.read_text()
        url = log.read_text().partition("listening on ")[2].partition("\n")[0]
        service = Service(url, data, key, process)
        with service.client() as client:
            eventually(lambda: client.get("/metrics").status_code == 200)
        yield service
    finally:
        process.terminate()
        process.wait(15)


def eventually(holds: Callable[[], bool], seconds: float = 10.0) -> None:
    """Waits until it holds; fails after that many seconds."""
    deadline = monotonic() + seconds
    while True:
        try:
            if holds():
                return
        except httpx.TransportError:
            pass
        assert monotonic() < deadline, "it did not come true in time"
        sleep(0.02)
