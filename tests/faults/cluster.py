"""A cluster of this service on one machine: a Redis, servers that follow it, and imports by the command line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep, time

import httpx

from blacklist.access.keys import digest, new_key
from blacklist.access.scopes import Scope
from blacklist.store.interface import KeyRecord
from blacklist.store.redis_keys import RedisKeyStore
from redises import Server, free_port, running_redis

ALWAYS, EVERY_SECOND = "always", "everysec"  # when Redis has its disk keep what it has written
DURABLE = ("--save", "", "--appendonly", "yes", "--appendfsync")
FEED = "documentation"
LISTED = "192.0.2.1"  # by every import of a cluster here
_QUIET = {
    "BLACKLIST_RATE_LIMIT": "0",
    "BLACKLIST_RATE_LIMIT_ADDRESS": "0",
    "BLACKLIST_IMPORT_EVERY": "0",
    "BLACKLIST_DRAIN": "1s",
}


@dataclass(slots=True)
class Replica:
    """One server: its address, which stays the same over restarts, its folder, and its process."""

    url: str
    folder: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes] = field(init=False)

    def start(self) -> None:
        """Starts it, and waits until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "server.log").open("a") as log:
            command = [sys.executable, "-m", "blacklist", "serve", "--port", self.url.rpartition(":")[2]]
            self.process = subprocess.Popen(command, env=self.environment, stderr=log)
        until(lambda: self.get("/healthz") == 200)

    def get(self, path: str, key: str = "") -> int:
        """The status of a request; 0 when there is no answer."""
        try:
            headers = {"x-api-key": key}
            return httpx.get(self.url + path, headers=headers, trust_env=False, timeout=5).status_code
        except httpx.TransportError:
            return 0

    def terminate(self) -> int:
        """Ends it as a cluster does; its exit code."""
        self.process.terminate()
        return self.process.wait(20)

    def kill(self) -> None:
        """Ends it at once, whatever it does."""
        self.process.kill()
        self.process.wait()


@dataclass(frozen=True, slots=True)
class Cluster:
    """Servers on one Redis, and a key with every scope."""

    redis: Server
    replicas: Sequence[Replica]
    key: str
    folder: Path

    @property
    def urls(self) -> list[str]:
        """The servers' addresses."""
        return [replica.url for replica in self.replicas]

    def client(self, replica: Replica) -> httpx.Client:
        """A client of one server, with the key."""
        return httpx.Client(base_url=replica.url, headers={"x-api-key": self.key}, trust_env=False, timeout=5)

    def importer(self, entries: Sequence[str], name: str = "importer", **variables: str) -> subprocess.Popen[str]:
        """Starts an import of these documentation addresses, from a folder of its own."""
        path = self.folder / f"{name}.txt"
        path.write_text("".join(f"{entry}\n" for entry in (LISTED, *entries)))
        return self.importing("--file", str(path), "--feed", FEED, "--allow-special", name=name, **variables)

    def importing(self, *arguments: str, name: str = "importer", **variables: str) -> subprocess.Popen[str]:
        """Starts an import with these arguments, whose data folder has that name."""
        place = {"BLACKLIST_DATA": str(self.folder / name), "BLACKLIST_STORE": self.redis.url}
        command = [sys.executable, "-m", "blacklist", "import", *arguments]
        return subprocess.Popen(command, env=os.environ | _QUIET | place | variables, stderr=subprocess.PIPE, text=True)

    def imports(self, entries: Sequence[str], **variables: str) -> None:
        """Imports these addresses, and waits until every server answers from them."""
        process = self.importer(entries, **variables)
        _, said = process.communicate(timeout=60)
        assert process.returncode == 0, said
        last = entries[-1] if entries else LISTED
        until(lambda: all(self.listed(replica, last) for replica in self.replicas))

    def listed(self, replica: Replica, address: str) -> bool:
        """Whether a server says that an address is listed; False when it does not answer."""
        try:
            with self.client(replica) as client:
                answer = client.get(f"/api/v1/lookup/{address}")
                return answer.status_code == 200 and bool(answer.json()["listed"])
        except httpx.TransportError:
            return False


@contextmanager
def running_servers(folder: Path, *, replicas: int = 3, fsync: str = ALWAYS) -> Iterator[Cluster]:
    """A cluster that has imported once, and whose servers are ready."""
    with running_redis(folder / "redis", *DURABLE, fsync) as server:
        key, id = new_key()
        with closing(RedisKeyStore(server.url)) as keys:
            keys.add(KeyRecord(id, "faults", digest(key.encode()), frozenset(Scope), (), int(time())))
        made = [_replica(folder / f"replica{number}", server.url) for number in range(replicas)]
        cluster = Cluster(server, made, key, folder)
        try:
            for replica in made:
                replica.start()
            cluster.imports(window(0))
            yield cluster
        finally:
            for replica in made:
                if hasattr(replica, "process") and replica.process.poll() is None:
                    replica.process.send_signal(signal.SIGCONT)
                    replica.kill()


def window(number: int) -> list[str]:
    """Sixty documentation addresses; each number's are others, and the last is in no window before it."""
    return [f"192.0.2.{place}" for place in range(2 + number, 62 + number)]


def until(holds: Callable[[], bool], seconds: float = 30.0) -> float:
    """Waits until it holds, and returns how long that took; fails after so many seconds."""
    begun = monotonic()
    while not holds():
        assert monotonic() - begun < seconds, "it did not come true in time"
        sleep(0.02)
    return monotonic() - begun


def _replica(folder: Path, store: str) -> Replica:
    environment = os.environ | _QUIET | {"BLACKLIST_DATA": str(folder), "BLACKLIST_STORE": store}
    return Replica(f"http://127.0.0.1:{free_port()}", folder, dict(environment))
