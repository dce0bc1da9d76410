"""A connection to Redis: found by its URL, bounded in time, its errors turned into what to do about them.

redis-py is imported when the first link is made and not before: it would double the time of a server to its first
answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from blacklist.errors import StoreError
from blacklist.store.redis_url import Kind, RedisUrl, parse_url

if TYPE_CHECKING:
    from redis.client import PubSub

WAIT = 10.0  # seconds
FORMAT = 1  # of everything below the prefix; a program refuses a newer one
_PATIENCE = 0.5  # seconds for one answer
_IDLE = 15  # seconds after which a connection is asked for a sign of life before it is used


class Link:
    """Commands to one Redis, in whatever set it is. Only one thread may use it at a time."""

    def __init__(self, url: str, *, wait: float = WAIT) -> None:
        """Connects. Raises StoreError when that fails, or what is there is of a newer version.

        `wait` is how many seconds a writer waits for another; an answer is waited for at most half a second of them.
        """
        try:
            self._url = parse_url(url)
        except ValueError as error:
            raise StoreError(f"the URL of the store {error}") from None
        self.name = repr(self._url)
        self.wait = wait
        self.away = False  # whether the last command met no server
        self._patience = min(_PATIENCE, wait)
        authority = self._url.authority
        if authority and not Path(authority).is_file():
            raise StoreError("the authority to trust (ca) can't be read: check the file", path=authority)
        with self._translated():
            self._client = _connect(self._url, self._patience)
        try:
            self._refuse_newer()
        except BaseException:
            self.close()
            raise

    def key(self, *parts: str) -> str:
        """A key under the one hash tag, so that a cluster keeps all of them on one node."""
        return ":".join((f"{{{self._url.prefix}}}", *parts))

    def call(self, *command: bytes | str | float) -> Any:
        """The answer to a command that may be sent twice: again at once when its connection turns out to be dead."""
        problems = _problems()

        with self._translated():
            try:
                return self._client.execute_command(*command)
            except (problems.AuthenticationError, problems.BusyLoadingError):
                raise
            except problems.ConnectionError:
                return self._client.execute_command(*command)

    def run(self, script: str, keys: Sequence[str], arguments: Sequence[bytes | str | int]) -> Any:
        """The answer to a Lua script, sent once, and once enough replicas have what it wrote."""
        command = ("EVAL", script, len(keys), *keys, *arguments)
        with self._translated():
            if not self._url.replicas:
                return self._client.execute_command(*command)
            pipeline = self._writer(keys[0]).pipeline(transaction=False)  # WAIT is about its own connection
            pipeline.execute_command(*command)
            pipeline.execute_command("WAIT", self._url.replicas, int(self._patience * 800))
            answer, replicas = pipeline.execute(raise_on_error=False)
            for one in (answer, replicas):
                if isinstance(one, Exception):
                    raise one
        if replicas < self._url.replicas:
            message = (
                f"{replicas} of {self._url.replicas} replicas have the change: it may be lost when the primary fails;"
                " check the replicas, and send the change again"
            )
            raise StoreError(message, path=self.name)
        return answer

    def subscription(self, channel: str) -> PubSub:
        """Messages of a channel from now on."""
        with self._translated():
            opened: PubSub = self._client.pubsub(ignore_subscribe_messages=True)
            opened.subscribe(channel)
            return opened

    def next_message(self, subscription: PubSub, seconds: float) -> bytes | None:
        """The next message, or None when there was none in that time."""
        with self._translated():
            message = subscription.get_message(timeout=seconds)
        return message["data"] if message else None

    def close(self) -> None:
        """Closes every connection. Idempotent."""
        with suppress(StoreError), self._translated():
            self._client.close()

    def _writer(self, key: str) -> Any:
        """The client of the one server that has the key."""
        if self._url.kind is not Kind.CLUSTER:
            return self._client
        return self._client.get_redis_connection(self._client.get_node_from_key(key))

    def _refuse_newer(self) -> None:
        found = int(self.call("GET", self.key("format")) or 0)
        if found > FORMAT:
            message = f"a store of version {found}; this program reads version {FORMAT}: run the newer program"
            raise StoreError(message, path=self.name)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        problems = _problems()

        try:
            yield
        except (problems.RedisError, problems.RedisClusterException, OSError) as error:
            self.away = not isinstance(error, problems.ResponseError)
            # Not `from error`: what redis-py says of a command may have its values in it.
            raise StoreError(_advice(error), path=self.name) from None
        else:
            self.away = False


def _problems() -> Any:
    """What redis-py raises."""
    return import_module("redis.exceptions")


def _connect(url: RedisUrl, patience: float) -> Any:
    redis: Any = import_module("redis")  # its commands and sets have no types
    options: dict[str, Any] = {
        "socket_timeout": patience,
        "socket_connect_timeout": patience,
        "socket_keepalive": True,
        "health_check_interval": _IDLE,
        "retry": redis.retry.Retry(redis.backoff.NoBackoff(), 0),  # `Link.call` knows what may be repeated
        "protocol": 2,
        "driver_info": None,
    }
    if url.tls:
        options |= {"ssl": True, "ssl_cert_reqs": "required", "ssl_check_hostname": True}
        options |= {"ssl_ca_certs": url.authority} if url.authority else {}
    user = {"username": url.user or None, "password": url.password or None}
    if url.kind is Kind.CLUSTER:
        nodes = [redis.cluster.ClusterNode(*host) for host in url.hosts]
        return redis.RedisCluster(startup_nodes=nodes, **options, **user)
    if url.kind is Kind.SENTINEL:
        least = max(0.1, patience / 2)
        asking = options | {"socket_timeout": least, "socket_connect_timeout": least}
        asking |= {"username": url.sentinel_user or None, "password": url.sentinel_password or None}
        sentinel = redis.sentinel.Sentinel(url.hosts, sentinel_kwargs=asking, db=url.database, **options, **user)
        return sentinel.master_for(url.service)
    ((host, port),) = url.hosts
    return redis.Redis(host=host, port=port, db=url.database, **options, **user)


def _advice(error: Exception) -> str:
    problems = _problems()

    text = str(error)
    if isinstance(error, problems.BusyLoadingError):
        return "Redis is loading its data: wait until it has, and try again"
    if isinstance(error, problems.AuthenticationError) or "WRONGPASS" in text or "NOAUTH" in text:
        return "Redis refuses the user or the password: check those in the URL of the store"
    if isinstance(error, problems.TimeoutError):
        return "Redis does not answer in time: check the server and the network, and try again"
    known = {
        "maxmemory": "Redis is out of memory: raise its maxmemory; nothing was changed",
        "noreplicas": "Redis has too few replicas to take a write: check them",
        "read only replica": "this Redis is a replica: name its primary, or its Sentinels, in the URL of the store",
        "noperm": "the user may not do this: see the documentation for what its ACL must allow",
        "no permissions": "the user may not do this: see the documentation for what its ACL must allow",
        "misconf": "Redis can't write to its disk: make room there; nothing was changed",
        "clusterdown": "the cluster is down: check its nodes",
    }
    for mark, advice in known.items():
        if mark in text.lower():
            return advice
    text = text.partition(", with args")[0][:200]
    if isinstance(error, (problems.ConnectionError, problems.RedisClusterException, OSError)):
        return f"Redis can't be reached: check the server, the network and the URL of the store: {text}"
    return f"Redis failed: {text}"
