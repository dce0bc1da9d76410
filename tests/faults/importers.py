"""Importers that die, meet, or wake up late: the servers hold the old content or the new, and never go back."""

from __future__ import annotations

import random
import signal
from collections.abc import Sequence
from functools import partial
from time import monotonic, sleep

from cluster import FEED, LISTED, Cluster, until, window

_LONGEST = 1.5  # seconds until an importer is killed


def contents(cluster: Cluster) -> list[frozenset[str]]:
    """What each server lists of the feed."""
    found = []
    for replica in cluster.replicas:
        with cluster.client(replica) as client:
            found.append(frozenset(client.get(f"/api/v1/lists/{FEED}.txt").raise_for_status().text.split()))
    return found


def killed(cluster: Cluster, times: int, *, patient: bool) -> int:
    """Kills an importer so often, at random moments; how often it had published. No server's content may be torn.

    `patient` waits for the dead one's lease to end; else it is taken away, as an operator may.
    """
    published, old = 0, contents(cluster)[0]
    for turn in range(times):
        entries = window(1 + turn % 100)
        new = frozenset({LISTED, *entries})
        process = cluster.importer(entries, name="killed")
        sleep(random.uniform(0, _LONGEST))
        process.kill()
        process.communicate()
        after = contents(cluster)
        assert all(one in {old, new} for one in after), "a server lists neither the old content nor the new"
        published += new in after
        _free(cluster, patient=patient)
        cluster.imports(entries)
        until(partial(_everywhere, cluster, new))
        old = new
    return published


def two_at_once(cluster: Cluster) -> Sequence[int]:
    """Starts two importers together; their exit codes. One is refused, and the other's content is everywhere."""
    wanted = [window(101), window(102)]
    processes = [cluster.importer(entries, name=f"together{place}") for place, entries in enumerate(wanted)]
    said = [process.communicate(timeout=60)[1] for process in processes]
    codes = [process.returncode for process in processes]
    winners = [frozenset({LISTED, *entries}) for entries, code in zip(wanted, codes, strict=True) if code == 0]
    assert winners, said
    assert all(code == 0 or "another import" in text for code, text in zip(codes, said, strict=True)), said
    until(lambda: len(set(contents(cluster))) == 1 and contents(cluster)[0] in winners)
    return codes


def paused(cluster: Cluster, *, patient: bool) -> float:
    """Pauses an importer that has the lease until another has imported; how long that took.

    The late one must be refused, and change nothing.
    """
    late, next_one = cluster.importer(window(103), name="late"), window(104)
    until(lambda: cluster.redis.ask("EXISTS", "{blacklist}:lease") == 1 or late.poll() is not None)
    late.send_signal(signal.SIGSTOP)
    begun = monotonic()
    assert late.poll() is None, "it was too fast to be paused"
    _free(cluster, patient=patient)
    cluster.imports(next_one)
    took = monotonic() - begun
    late.send_signal(signal.SIGCONT)
    _, said = late.communicate(timeout=60)
    assert late.returncode != 0, said
    sleep(0.5)
    assert contents(cluster) == [frozenset({LISTED, *next_one})] * len(cluster.replicas)
    return took


def _everywhere(cluster: Cluster, content: frozenset[str]) -> bool:
    return contents(cluster) == [content] * len(cluster.replicas)


def _free(cluster: Cluster, *, patient: bool) -> None:
    if patient:
        until(lambda: cluster.redis.ask("EXISTS", "{blacklist}:lease") == 0, seconds=60)
    else:
        cluster.redis.ask("DEL", "{blacklist}:lease")
