"""Manual listings: how soon every server shows one, and whether one that was acknowledged is ever lost."""

from __future__ import annotations

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event, Thread
from time import monotonic, sleep

from cluster import Cluster, until
from writer import Write, lost, write

_DOWN = 0.3  # seconds that Redis stays away


def propagation(cluster: Cluster, times: int) -> Sequence[float]:
    """Lists at one server after another; the seconds from each request to the answer of all servers that show it."""
    seconds = []
    for turn in range(times):
        done = write(cluster, cluster.replicas[turn % len(cluster.replicas)].url)
        assert done.status == 201, done
        until(partial(_shown, cluster, done.address))
        seconds.append(monotonic() - done.at)
    return seconds


def _shown(cluster: Cluster, address: str) -> bool:
    return all(cluster.listed(replica, address) for replica in cluster.replicas)


def killings(
    cluster: Cluster, wanted: int, *, between: tuple[float, float]
) -> tuple[Sequence[Write], int, Sequence[str]]:
    """Has four writers write until Redis, killed and started at random, acknowledged so many over one kill or more.

    They are so many seconds apart, from the least to the most. All writes, how often Redis was killed, and the
    acknowledged addresses that are lost.
    """
    ended, kills = Event(), 0

    def kill() -> None:
        nonlocal kills
        while not ended.wait(random.uniform(*between)):
            cluster.redis.kill()
            kills += 1
            sleep(_DOWN)
            cluster.redis.start()

    def enter(place: int) -> list[Write]:
        mine: list[Write] = []
        while len(mine) < 50 * wanted and (not kills or sum(one.status == 201 for one in mine) < wanted / 4):
            mine.append(write(cluster, cluster.replicas[place % len(cluster.replicas)].url))
            if mine[-1].status != 201:
                sleep(0.05)
        return mine

    killer = Thread(target=kill, daemon=True)
    killer.start()
    try:
        with ThreadPoolExecutor(4) as pool:
            writes = [one for mine in pool.map(enter, range(4)) for one in mine]
    finally:
        ended.set()
        killer.join(20)
    kept = [one.address for one in writes if one.status == 201]
    until(lambda: write(cluster, cluster.replicas[0].url).status == 201)
    sleep(1)
    return writes, kills, lost(cluster, kept)
