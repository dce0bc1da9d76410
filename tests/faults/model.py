"""The load of a cluster on its Redis: commands and bytes at rest and by an update, for so many servers and feeds.

python tests/faults/model.py
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import NamedTuple

from cluster import Cluster, running_servers, until

REPLICAS, FEEDS = (3, 10), (1, 10, 100)
BEYOND = (30, 300)  # servers, extrapolated
ENTRIES = 1_000  # of each feed
_REST = 20.0  # seconds


class Traffic(NamedTuple):
    """Commands, and bytes that Redis received and sent."""

    commands: float
    received: float
    sent: float


@dataclass(frozen=True, slots=True)
class Load:
    """At rest for each second; and for one update of one feed, beyond what rest would have cost."""

    rest: Traffic
    update: Traffic


def measured(cluster: Cluster, feeds: int) -> Load:
    """Imports so many feeds, rests, then updates one of them."""
    _import(cluster, feeds, 0)
    sleep(2)
    begun, before = monotonic(), _traffic(cluster)
    sleep(_REST)
    rest = _scaled(_less(_traffic(cluster), before), 1 / (monotonic() - begun))
    begun, before = monotonic(), _traffic(cluster)
    _import(cluster, feeds, 1)
    sleep(1)
    update = _less(_less(_traffic(cluster), before), _scaled(rest, monotonic() - begun))
    return Load(rest, update)


def extrapolated(few: tuple[int, Traffic], many: tuple[int, Traffic], replicas: int) -> Traffic:
    """The straight line through two measurements, at so many servers."""
    share = (replicas - few[0]) / (many[0] - few[0])
    return Traffic(*(one + (other - one) * share for one, other in zip(few[1], many[1], strict=True)))


def main() -> int:
    """Prints the table in Markdown."""
    found: dict[tuple[int, int], Load] = {}
    for replicas in REPLICAS:
        with tempfile.TemporaryDirectory() as folder, running_servers(Path(folder), replicas=replicas) as cluster:
            for feeds in FEEDS:
                print(f"model: {replicas} servers, {feeds} feeds", file=sys.stderr, flush=True)
                found[replicas, feeds] = measured(cluster, feeds)
    print("| servers | feeds | commands/s at rest | kB/s at rest | commands by an update | kB by an update |")
    print("|---|---|---|---|---|---|")
    for replicas in (*REPLICAS, *BEYOND):
        for feeds in FEEDS:
            known = found.get((replicas, feeds))
            rest = known.rest if known else _beyond(found, feeds, replicas, "rest")
            update = known.update if known else _beyond(found, feeds, replicas, "update")
            cells = (rest.commands, _kilobytes(rest), update.commands, _kilobytes(update))
            print(
                f"| {replicas}{'' if known else ' (extrapolated)'} | {feeds} | " + " | ".join(map(_cell, cells)) + " |"
            )
    return 0


def _beyond(found: dict[tuple[int, int], Load], feeds: int, replicas: int, what: str) -> Traffic:
    few, many = REPLICAS
    return extrapolated((few, getattr(found[few, feeds], what)), (many, getattr(found[many, feeds], what)), replicas)


def _import(cluster: Cluster, feeds: int, version: int) -> None:
    """One import of feeds by a feeds.toml, of which only the first changes with the version."""
    lines: list[str] = []
    for number in range(feeds):
        path = cluster.folder / f"feed{number}.txt"
        shift = version if number == 0 else 0
        path.write_text("".join(f"2001:db8:{number:x}::{place + shift:x}\n" for place in range(1, ENTRIES + 1)))
        lines += ["[[feed]]", f'name = "many{number}"', f'path = "{path}"', 'format = "plain"']
        lines += ['category = "drill"', "allow_special = true", ""]
    catalogue = cluster.folder / "feeds.toml"
    catalogue.write_text("\n".join(lines))
    process = cluster.importing("--feeds", str(catalogue))
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    last = f"2001:db8::{ENTRIES + version:x}"
    until(lambda: all(cluster.listed(replica, last) for replica in cluster.replicas), seconds=120)


def _traffic(cluster: Cluster) -> Traffic:
    text: str = cluster.redis.ask("INFO", "stats").decode()
    values = dict(line.split(":", 1) for line in text.split("\r\n") if ":" in line)
    names = ("total_commands_processed", "total_net_input_bytes", "total_net_output_bytes")
    return Traffic(*(float(values[name]) for name in names))


def _less(one: Traffic, other: Traffic) -> Traffic:
    return Traffic(*(mine - theirs for mine, theirs in zip(one, other, strict=True)))


def _scaled(one: Traffic, factor: float) -> Traffic:
    return Traffic(*(value * factor for value in one))


def _kilobytes(traffic: Traffic) -> float:
    return (traffic.received + traffic.sent) / 1000


def _cell(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:,.1f}"


if __name__ == "__main__":
    raise SystemExit(main())
