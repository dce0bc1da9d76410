"""The faults of Redis, of servers and of importers, each as a block within which it holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from cluster import Cluster, until
from drill import Fault


@contextmanager
def stopped(cluster: Cluster) -> Iterator[None]:
    """Redis is killed, and later started again on what it has on disk."""
    cluster.redis.kill()
    yield
    cluster.redis.start()


@contextmanager
def frozen(cluster: Cluster) -> Iterator[None]:
    """Redis accepts connections and says nothing."""
    cluster.redis.freeze()
    yield
    cluster.redis.thaw()


@contextmanager
def out_of_memory(cluster: Cluster) -> Iterator[None]:
    """Redis refuses to write: its memory is full."""
    cluster.redis.ask("CONFIG", "SET", "maxmemory", "1")
    yield
    cluster.redis.ask("CONFIG", "SET", "maxmemory", "0")


@contextmanager
def read_only(cluster: Cluster) -> Iterator[None]:
    """Redis is a replica of a primary that is gone."""
    cluster.redis.ask("REPLICAOF", "127.0.0.1", 1)
    yield
    cluster.redis.ask("REPLICAOF", "NO", "ONE")


@contextmanager
def loading(cluster: Cluster) -> Iterator[None]:
    """Redis starts, and takes its time to read what it has on disk."""
    redis = cluster.redis
    redis.ask("BGREWRITEAOF")
    until(lambda: b"aof_rewrite_in_progress:0" in redis.ask("INFO", "persistence"))
    redis.kill()
    options = redis.options
    redis.options = (*options, "--key-load-delay", "100000", "--loading-process-events-interval-bytes", "1024")
    redis.start()
    redis.options = options
    yield


REDIS: Mapping[str, Fault] = {
    "Redis stopped": stopped,
    "Redis frozen": frozen,
    "Redis out of memory": out_of_memory,
    "Redis read-only": read_only,
    "Redis loading": loading,
}
