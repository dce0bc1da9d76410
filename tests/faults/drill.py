"""One drill: a fault under load, and what it cost. The rest before it is what it is measured against."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from time import monotonic, sleep

from cluster import LISTED, Cluster, Replica, until
from load import Load, errors, p99
from writer import Writer, lost, write

RATE = 200  # requests a second, of all servers together
PATHS = (
    f"/api/v1/lookup/{LISTED}",
    "/api/v1/lookup/198.51.100.77",
    "/api/v1/lookup/2001:db8:ffff::1",
    "/api/v1/lists/documentation.txt",
)
Fault = Callable[[Cluster], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a drill found. Times are in seconds; `recovered` counts from the fault's end to a write that all servers
    show; `refused` is the statuses of writes that were not acknowledged, and `slowest` the longest of them took.
    """

    requests: int
    errors: Counter[int | str]
    p99_at_rest: float
    p99: float
    recovered: float
    acknowledged: int
    refused: Counter[int]
    slowest: float
    lost: int


def drill(cluster: Cluster, fault: Fault, *, rest: float, held: float) -> Outcome:
    """Holds the fault for so many seconds after a rest, with lookups, lists and writes going on all the time."""
    _warm(cluster)
    with Load(cluster.urls, cluster.key, rate=RATE, paths=PATHS) as load, Writer(cluster) as writer:
        begun = monotonic()
        sleep(rest)
        broken = monotonic()
        with fault(cluster):
            sleep(held)
            mended = monotonic()
        until(lambda: _writes_everywhere(cluster))
        ended = monotonic()
        sleep(1)
    refused = writer.refused()
    return Outcome(
        len(load.answers),
        errors(load.answers),
        p99(load.between(begun, broken)),
        p99(load.between(broken, ended)),
        ended - mended,
        len(writer.acknowledged()),
        Counter(one.status for one in refused),
        max((one.seconds for one in refused), default=0.0),
        len(lost(cluster, writer.acknowledged())),
    )


def _warm(cluster: Cluster) -> None:
    """Asks for everything once: a list of a new generation is rendered first."""
    for replica in cluster.replicas:
        for path in PATHS:
            until(partial(_answers, replica, path, cluster.key))


def _answers(replica: Replica, path: str, key: str) -> bool:
    return replica.get(path, key) == 200


def _writes_everywhere(cluster: Cluster) -> bool:
    for replica in cluster.replicas:
        done = write(cluster, replica.url)
        if done.status != 201 or not all(cluster.listed(other, done.address) for other in cluster.replicas):
            return False
    return True
