"""Clocks that are five minutes off, as a broken time service leaves them: nothing expires by it, nothing revives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cluster import Cluster, Replica, until, window
from importers import contents

OFF = 300  # seconds
AHEAD, BEHIND = OFF, -OFF
_LIBRARY = "/usr/lib/*/faketime/libfaketimeMT.so.1"
_LASTING, _ENDED = "2001:db8:c::1", "2001:db8:c::2"


@contextmanager
def off(cluster: Cluster) -> Iterator[None]:
    """The first server's clock is ahead, the second's behind, and those of all imports within ahead."""
    first, second = cluster.replicas[:2]
    try:
        _restart(first, faked(AHEAD))
        _restart(second, faked(BEHIND))
        yield
    finally:
        _restart(first, {})
        _restart(second, {})


def drifted(cluster: Cluster) -> list[frozenset[str]]:
    """What each server lists of the feed after imports by a clock that is off; hand-made listings must stand as before.

    One lasts for another hour; one ended before its listing was removed.
    """
    client = cluster.client(cluster.replicas[-1])
    with client:
        for address, ends in ((_LASTING, timedelta(hours=1)), (_ENDED, timedelta(seconds=1))):
            ends_at = (datetime.now(UTC) + ends).strftime("%Y-%m-%dT%H:%M:%SZ")
            body = {"indicator": address, "reason": "drill", "expires_at": ends_at, "allow_special": True}
            client.post("/api/v1/listings", json=body).raise_for_status()
    until(lambda: not any(cluster.listed(replica, _ENDED) for replica in cluster.replicas))
    with off(cluster):
        cluster.imports(window(110), **faked(AHEAD))
        ahead = contents(cluster)
        assert all(cluster.listed(replica, _LASTING) for replica in cluster.replicas), "an hour ended in five minutes"
        cluster.imports(window(111), **faked(BEHIND))
        behind = cluster.replicas[1]
        assert all(cluster.listed(replica, _LASTING) for replica in cluster.replicas)
        assert not any(cluster.listed(one, _ENDED) for one in cluster.replicas if one is not behind), "it was revived"
    assert all(cluster.listed(replica, _LASTING) for replica in cluster.replicas)
    assert not any(cluster.listed(replica, _ENDED) for replica in cluster.replicas)
    return [*ahead, *contents(cluster)]


def faked(seconds: int) -> Mapping[str, str]:
    """The variables of a process whose clock is so many seconds off."""
    library = next(iter(Path("/").glob(_LIBRARY.removeprefix("/"))), None)
    if library is None:
        raise RuntimeError("libfaketime is missing: apt-get install faketime")
    return {"LD_PRELOAD": str(library), "FAKETIME": f"{seconds:+d}", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


def _restart(replica: Replica, variables: Mapping[str, str]) -> None:
    replica.terminate()
    for name in faked(0):
        replica.environment.pop(name, None)
    replica.environment.update(variables)
    replica.start()
