"""Servers that are restarted, killed, or begin with nothing, behind a balancer and under load."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from shutil import rmtree
from time import monotonic, sleep

from balancer import Balancer
from cluster import LISTED, Cluster, until
from drill import PATHS, RATE
from load import Answer, Load, errors


def rolling_restart(cluster: Cluster) -> tuple[Sequence[Answer], Sequence[int]]:
    """Restarts each server in turn under load; all answers, and the exit codes."""
    codes = []
    with Balancer(cluster.urls) as balancer:
        until(lambda: balancer.ready == len(cluster.replicas))
        with Load([balancer.url] * 4, cluster.key, rate=RATE, paths=PATHS) as load:
            sleep(1)
            for replica in cluster.replicas:
                codes.append(replica.terminate())
                replica.start()
                until(lambda: balancer.ready == len(cluster.replicas))
            sleep(1)
    return load.answers, codes


def killed(cluster: Cluster) -> tuple[float, Counter[int | str]]:
    """Kills a server while Redis is away, and starts it; seconds until it answered from what it keeps.

    Also the errors of the load that a balancer took to all servers meanwhile.
    """
    victim = cluster.replicas[0]
    with Balancer(cluster.urls) as balancer:
        until(lambda: balancer.ready == len(cluster.replicas))
        with Load([balancer.url] * 2, cluster.key, rate=RATE, paths=PATHS[:3]) as load:
            sleep(1)
            cluster.redis.freeze()
            try:
                victim.kill()
                begun = monotonic()
                victim.start()
                until(lambda: cluster.listed(victim, LISTED))
                took = monotonic() - begun
            finally:
                cluster.redis.thaw()
            sleep(1)
    return took, errors(load.answers)


def from_nothing(cluster: Cluster) -> float:
    """Starts a server on an empty disk, with no importer running; seconds until it answered."""
    newcomer = cluster.replicas[-1]
    newcomer.terminate()
    rmtree(newcomer.folder)
    begun = monotonic()
    newcomer.start()
    until(lambda: cluster.listed(newcomer, LISTED))
    return monotonic() - begun
