"""Figures of servers that share a Redis: how they start from nothing and from local copies, how changes travel."""

from __future__ import annotations

import json
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path
from shutil import rmtree
from statistics import median, quantiles
from time import perf_counter, sleep

from parts import (
    blacklist_command,
    free_port,
    make_listings,
    pinned,
    redis_server,
    reference_command,
    wait_for,
)
from rows import FULL, Row, Size, row, say
from running import eventually, make_key

LOOKUP = "/api/v1/lookup/192.0.2.1"


def replicas(folder: Path, size: Size) -> list[Row]:
    """The start of a replica beside that of a bare server, and the time from a change here to its effect there."""
    say(f"replicas on one Redis, {size.many:,} listings")
    home = folder / "importer"
    with redis_server(folder) as redis_port:
        url = f"redis://127.0.0.1:{redis_port}"
        make_listings(home, size.many, store_url=url)
        key = make_key(home, "lookup", "listings:write", "listings:read", store_url=url)
        rows = _starts(folder, size, url, key)
        return [*rows, *_changes(folder, size, url, key)]


def _starts(folder: Path, size: Size, url: str, key: str) -> list[Row]:
    data = folder / "replica"
    fresh: list[float] = []
    kept: list[float] = []
    bare: list[float] = []
    for _ in range(max(size.rounds, 5) if size is FULL else 1):
        rmtree(data, ignore_errors=True)
        for times in (fresh, kept):
            port = free_port()
            with pinned(blacklist_command(port), BLACKLIST_DATA=str(data), BLACKLIST_STORE=url) as process:
                times.append(wait_for(port, LOOKUP, key))
                eventually((data / "kept.json").exists)
                peak = _peak(process.pid)
        port = free_port()
        with pinned(reference_command(port)):
            bare.append(wait_for(port, "/constant/192.0.2.1", key))
    reference = ("bare uvicorn and Starlette", median(bare))
    return [
        row("start from an empty disk", median(fresh), "s", *reference, at_most=2.5),
        row("start from local copies", median(kept), "s", *reference, at_most=1.3),
        row("most memory of a replica after its start", peak, "MiB", "the pod's limit", 96.0, at_most=1.0),
    ]


def _changes(folder: Path, size: Size, url: str, key: str) -> list[Row]:
    times: list[float] = []
    with ExitStack() as stack:
        ports = []
        for name in ("one", "other"):
            port = free_port()
            stack.enter_context(pinned(blacklist_command(port), BLACKLIST_DATA=str(folder / name), BLACKLIST_STORE=url))
            wait_for(port, LOOKUP, key)
            ports.append(port)
        sleep(2)
        here, there = (HTTPConnection("127.0.0.1", port, timeout=5) for port in ports)
        for number in range(1_000 if size is FULL else 20):
            address = f"8.8.{number >> 8}.{number & 255}"
            body = json.dumps({"indicator": address, "reason": "bench"})
            began = perf_counter()
            _ask(here, "POST", "/api/v1/listings", key, body)
            while not _ask(there, "GET", f"/api/v1/lookup/{address}", key)["listed"]:
                sleep(0.001)
            times.append(perf_counter() - began)
    p99 = quantiles(times, n=100)[98]
    return [
        row(
            "a change here, asked for to seen there",
            1_000 * median(times),
            "ms",
            "what it may take",
            100.0,
            at_most=1.0,
        ),
        row("the same, 99th percentile", 1_000 * p99, "ms", "what it may take", 1_000.0, at_most=1.0),
    ]


def _ask(connection: HTTPConnection, method: str, path: str, key: str, body: str | None = None) -> dict[str, object]:
    connection.request(method, path, body, {"X-Api-Key": key, "Content-Type": "application/json"})
    answer = connection.getresponse()
    value: dict[str, object] = json.loads(answer.read())
    if answer.status not in {200, 201}:
        raise RuntimeError(f"{method} {path} was answered {answer.status}: {value}")
    return value


def _peak(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
