"""Real Redis servers for tests, on free ports of the loopback: one, a set that Sentinels watch, a cluster.

They keep nothing on disk unless asked to, and end with the test, by their process ids.
"""

from __future__ import annotations

import random
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import Any, ParamSpec

import redis

_P = ParamSpec("_P")
SERVICE = "blacklist"
_FORGETFUL = ("--save", "", "--appendonly", "no")


@dataclass(slots=True)
class Server:
    """A redis-server: its port, and the process that can be stopped, killed and started again."""

    port: int
    folder: Path
    options: Sequence[str]
    process: subprocess.Popen[bytes] = field(init=False)

    def start(self) -> None:
        """Starts it, and waits until it answers anything."""
        self.folder.mkdir(parents=True, exist_ok=True)
        first = self.options[:1] if self.options and not self.options[0].startswith("--") else ()
        port = () if "--port" in self.options else ("--port", str(self.port))
        place = ("--bind", "127.0.0.1", "--dir", str(self.folder), "--logfile", str(self.folder / "redis.log"))
        command = ["redis-server", *first, *port, *place, *self.options[len(first) :]]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        _until(lambda: self.process.poll() is not None or _listening(self.port))
        if self.process.poll() is not None:
            raise RuntimeError(f"redis-server ended: {(self.folder / 'redis.log').read_text()[-2000:]}")

    def freeze(self) -> None:
        """Stops the process where it is; `thaw` lets it go on."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Lets it go on."""
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """Ends it at once, whatever it does."""
        self.process.kill()
        self.process.wait()

    def end(self) -> None:
        """Ends it, frozen or not."""
        if self.process.poll() is None:
            self.thaw()
            self.kill()

    def client(self) -> redis.Redis:
        """A client of this server for the test itself."""
        return redis.Redis(host="127.0.0.1", port=self.port, socket_timeout=5, protocol=2)

    def ask(self, *command: str | int) -> Any:
        """The answer to one command."""
        with closing(self.client()) as client:
            return asked(client, *command)

    @property
    def url(self) -> str:
        """The store's URL of this server."""
        return f"redis://127.0.0.1:{self.port}"


@dataclass(frozen=True, slots=True)
class Watched:
    """A primary and its replicas, and the Sentinels that watch them."""

    servers: Sequence[Server]
    sentinels: Sequence[Server]

    @property
    def url(self) -> str:
        """The store's URL."""
        return f"redis+sentinel://{','.join(f'127.0.0.1:{one.port}' for one in self.sentinels)}/{SERVICE}"

    def primary(self) -> Server:
        """The server that the first Sentinel calls the primary."""
        _, port = self.sentinels[0].ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", SERVICE)
        return next(server for server in self.servers if server.port == int(port))


@dataclass(frozen=True, slots=True)
class Cluster:
    """The nodes of a cluster, each with a part of the slots."""

    nodes: Sequence[Server]

    @property
    def url(self) -> str:
        """The store's URL."""
        return f"redis+cluster://{','.join(f'127.0.0.1:{node.port}' for node in self.nodes)}"


@contextmanager
def running_redis(folder: Path, *options: str) -> Iterator[Server]:
    """One server; options are those of redis-server."""
    for attempt in range(5):
        server = Server(free_port(), folder, options or _FORGETFUL)
        try:
            server.start()
            break
        except RuntimeError:  # another process was faster to take the port
            if attempt == 4:
                raise
    try:
        yield server
    finally:
        server.end()


@contextmanager
def running_sentinels(folder: Path, *, replicas: int = 1, sentinels: int = 3) -> Iterator[Watched]:
    """A primary, its replicas, and Sentinels that call it dead after a second."""
    with ExitStack() as stack:
        settings = (*_FORGETFUL, "--repl-diskless-sync-delay", "0")
        primary = stack.enter_context(running_redis(folder / "primary", *settings))
        of = ("--replicaof", "127.0.0.1", str(primary.port))
        others = [
            stack.enter_context(running_redis(folder / f"replica{number}", *settings, *of))
            for number in range(replicas)
        ]
        for server in others:
            _until(_replicates, server)
        watching = []
        for number in range(sentinels):
            place = folder / f"sentinel{number}"
            place.mkdir(parents=True)
            (place / "sentinel.conf").write_text(
                f"sentinel monitor {SERVICE} 127.0.0.1 {primary.port} {sentinels // 2 + 1}\n"
                f"sentinel down-after-milliseconds {SERVICE} 1000\n"
                f"sentinel failover-timeout {SERVICE} 3000\n"
            )
            watching.append(stack.enter_context(_running_sentinel(place)))
        for server in watching:
            _until(_sees, server, sentinels - 1, replicas)
        yield Watched([primary, *others], watching)


@contextmanager
def running_cluster(folder: Path, *, nodes: int = 3) -> Iterator[Cluster]:
    """A cluster without replicas."""
    with ExitStack() as stack:
        options = (*_FORGETFUL, "--cluster-enabled", "yes", "--cluster-node-timeout", "2000")
        servers = [stack.enter_context(running_redis(folder / f"node{number}", *options)) for number in range(nodes)]
        for number, server in enumerate(servers):
            server.ask("CLUSTER", "ADDSLOTS", *range(16384 * number // nodes, 16384 * (number + 1) // nodes))
            server.ask("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
        for server in servers[1:]:
            servers[0].ask("CLUSTER", "MEET", "127.0.0.1", server.port)
        for server in servers:
            _until(_covers, server)
        yield Cluster(servers)


def free_port() -> int:
    """A free port whose number plus 10,000 is free too: that is where the nodes of a cluster talk to each other."""
    while True:
        port = random.randrange(15_000, 22_000)
        with suppress(OSError), closing(socket.socket()) as one, closing(socket.socket()) as other:
            one.bind(("127.0.0.1", port))
            other.bind(("127.0.0.1", port + 10_000))
            return port


def asked(client: Any, *command: str | int) -> Any:
    """The answer to a command, as Redis gave it."""
    client.response_callbacks.clear()
    return client.execute_command(*command)


@contextmanager
def _running_sentinel(folder: Path) -> Iterator[Server]:
    server = Server(free_port(), folder, (str(folder / "sentinel.conf"), "--sentinel"))
    server.start()
    try:
        yield server
    finally:
        server.end()


def _replicates(server: Server) -> bool:
    role = server.ask("ROLE")
    return bool(role[0] == b"slave" and role[3] == b"connected")


def _sees(sentinel: Server, others: int, replicas: int) -> bool:
    values = sentinel.ask("SENTINEL", "MASTER", SERVICE)
    known = dict(zip(values[::2], values[1::2], strict=True))
    return (int(known[b"num-other-sentinels"]), int(known[b"num-slaves"])) == (others, replicas)


def _covers(server: Server) -> bool:
    return b"cluster_state:ok" in server.ask("CLUSTER", "INFO")


def _listening(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _until(holds: Callable[_P, bool], *arguments: _P.args, **named: _P.kwargs) -> None:
    deadline = monotonic() + 15
    while not holds(*arguments, **named):
        if monotonic() > deadline:
            raise RuntimeError("the Redis servers did not come up in time")
        sleep(0.02)
