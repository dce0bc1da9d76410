"""From a manual listing's request to the lookup that shows it, at the server that took it and at another one."""

from __future__ import annotations

import json
import random
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path
from statistics import quantiles
from time import perf_counter, sleep
from typing import Self

from parts import LOOKUP, blacklist_command, free_port, make_listings, pinned, wait_for
from rows import Row, Size, row, say
from running import make_key

_PATIENCE = 10.0  # seconds
_APART = 0.2  # seconds between changes, at most


def visible(folder: Path, size: Size) -> list[Row]:
    """Median and p99 of changes, one after the other, at two servers on one store."""
    say(f"{size.changes} manual listings over {size.listings:,} others, until two servers show them")
    data = folder / "visible"
    make_listings(data, size.listings)
    key = make_key(data, "lookup", "listings:write")
    times: dict[str, list[float]] = {"the same server": [], "another server": []}
    with ExitStack() as stack:
        ports = [free_port() for _ in times]
        for port in ports:
            stack.enter_context(pinned(blacklist_command(port), BLACKLIST_DATA=str(data)))
        for port in ports:
            wait_for(port, LOOKUP + "192.0.2.1", key)
        clients = [stack.enter_context(_Client(port, key)) for port in ports]
        randomly = random.Random(6)
        for number in range(size.changes):
            sleep(randomly.uniform(0, _APART))  # changes come whenever they like, not when a server has just looked
            address = f"198.18.{number >> 8}.{number & 255}"
            begun = perf_counter()
            clients[0].list(address)
            for client, seen in zip(clients, times.values(), strict=True):
                seen.append(client.shown(address, begun))
    rows = []
    for where, seen in times.items():
        cuts = quantiles(seen, n=100, method="inclusive")
        say(f"  at {where}: median {cuts[49] * 1000:.0f} ms, p99 {cuts[98] * 1000:.0f} ms, at most {max(seen):.2f} s")
        rows.append(row(f"manual listing seen at {where}, median", cuts[49], "s", "what is promised", 0.1, at_most=1))
        rows.append(row(f"manual listing seen at {where}, p99", cuts[98], "s", "what is promised", 1.0, at_most=1))
    return rows


class _Client:
    """One connection to a server."""

    def __init__(self, port: int, key: str) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
        self._headers = {"X-Api-Key": key, "Content-Type": "application/json"}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def list(self, address: str) -> None:
        """Makes a manual listing."""
        body = json.dumps({"indicator": address, "reason": "measured", "allow_special": True})
        status, answer = self._ask("POST", "/api/v1/listings", body)
        if status != 201:
            raise RuntimeError(f"a manual listing was answered {status}: {answer!r}")

    def shown(self, address: str, begun: float) -> float:
        """How long after `begun` a lookup shows the listing, in seconds."""
        while perf_counter() - begun < _PATIENCE:
            if json.loads(self._ask("GET", LOOKUP + address)[1])["listed"]:
                return perf_counter() - begun
            sleep(0.001)
        raise RuntimeError(f"{address} was not shown within {_PATIENCE:g} s")

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[int, bytes]:
        self._connection.request(method, path, body, self._headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()
