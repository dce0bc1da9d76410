"""The Redis that the chart brings: what many listings take of it, and of the importer, beside the chart's limits."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from secrets import token_hex
from typing import Any

import redis

from charting import containers, find, included_redis, manifests
from importing import run_measured, write_feed
from parts import peak_of
from rows import FULL, Row, Size, row, say
from running import eventually

_IMPORTS = 3  # what is replaced stays in Redis for ten minutes: so many large imports come in them at the most


def store(folder: Path, size: Size) -> list[Row]:
    """Imports lists that share no address, one after the other."""
    say(f"the chart's Redis, {size.many:,} listings replaced by others again and again")
    objects = manifests({})
    home = folder / "store"
    home.mkdir()
    importing = 0.0
    password = token_hex()
    command, port = included_redis(objects, home)
    process = subprocess.Popen(command, env=os.environ | {"REDIS_PASSWORD": password}, stdout=subprocess.DEVNULL)
    client = redis.Redis(port=port, password=password, protocol=2)
    try:
        eventually(lambda: _answers(client))
        url = f"redis://:{password}@127.0.0.1:{port}"
        environment = os.environ | {"BLACKLIST_STORE": url, "BLACKLIST_DATA": str(home / "data")}
        for number in range(_IMPORTS if size is FULL else 1):
            feed = write_feed(home / "feed.txt", size.many, seed=number)
            given = ["import", "--file", str(feed), "--feed", "replaced"]
            command = [sys.executable, "-m", "blacklist", *given]
            importing = max(importing, run_measured(command, environment)[1])
        told: Any = client.info("memory")
        held, most = told["used_memory_peak"] / (1 << 20), peak_of(process)
        largest: Any = client.config_get("maxmemory")
    finally:
        client.close()
        process.terminate()
        process.wait(30)
    limits = [
        _limit(objects, *one) for one in (("StatefulSet", "blacklist-redis"), ("Deployment", "blacklist-importer"))
    ]
    keeps = int(largest["maxmemory"]) / (1 << 20)
    return [
        row(f"kept by the chart's Redis, {size.many:,} listings", held, "MiB", "redis.maxMemory", keeps, at_most=1.0),
        row("its most memory", most, "MiB", "its limit", limits[0], at_most=1.0),
        row(
            "most memory of those imports",
            importing,
            "MiB",
            "the importer's limit",
            limits[1],
            at_most=1.0,
        ),
    ]


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


def _limit(objects: list[dict[str, Any]], kind: str, name: str) -> float:
    (container,) = containers(find(objects, kind, name)["spec"]["template"])
    return float(container["resources"]["limits"]["memory"].removesuffix("Mi"))
