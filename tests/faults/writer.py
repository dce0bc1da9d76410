"""Operators under a fault: manual listings at a steady pace, and what became of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from threading import Event, Thread
from time import monotonic
from types import TracebackType
from typing import Self

import httpx

from cluster import Cluster

_PAUSE = 0.1  # seconds between writes
_numbers = count(1)  # an address of its own for each write of a process


@dataclass(frozen=True, slots=True)
class Write:
    """One listing: its address, when it was sent (of `monotonic`), its status (0: no answer) and seconds."""

    address: str
    at: float
    status: int
    seconds: float


class Writer:
    """Writes at each server in turn, within the block only."""

    def __init__(self, cluster: Cluster) -> None:
        self.writes: list[Write] = []
        self._cluster, self._ended = cluster, Event()
        self._thread = Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ended.set()
        self._thread.join(20)

    def acknowledged(self) -> Sequence[str]:
        """The addresses whose listing was answered with 201."""
        return [write.address for write in self.writes if write.status == 201]

    def refused(self) -> Sequence[Write]:
        """The writes that were not acknowledged."""
        return [write for write in self.writes if write.status != 201]

    def _run(self) -> None:
        for turn in count():
            if self._ended.wait(_PAUSE):
                return
            replica = self._cluster.replicas[turn % len(self._cluster.replicas)]
            self.writes.append(write(self._cluster, replica.url))


def write(cluster: Cluster, url: str) -> Write:
    """Lists the next address by hand at a server."""
    address, begun = f"2001:db8::{next(_numbers):x}", monotonic()
    body = {"indicator": address, "reason": "drill", "allow_special": True}
    try:
        headers = {"x-api-key": cluster.key}
        answer = httpx.post(f"{url}/api/v1/listings", json=body, headers=headers, trust_env=False, timeout=5)
        status = answer.status_code
    except httpx.TransportError:
        status = 0
    return Write(address, begun, status, monotonic() - begun)


def lost(cluster: Cluster, addresses: Sequence[str]) -> Sequence[str]:
    """Those of the addresses that some server does not list."""
    missing: set[str] = set()
    for replica in cluster.replicas:
        with cluster.client(replica) as client:
            for start in range(0, len(addresses), 10_000):
                asked = {"addresses": list(addresses[start : start + 10_000])}
                results = client.post("/api/v1/lookup", json=asked).json()["results"]
                missing |= {result["address"] for result in results if not result["listed"]}
    return sorted(missing)
