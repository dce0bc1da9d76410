"""Each figure of `make bench`: what is measured, beside what, in one run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import sleep

from redis import Redis

from importing import write_feed
from parts import (
    LOAD_CORE,
    LOOKUP,
    Load,
    ask_for,
    bare_command,
    blacklist_command,
    free_port,
    get,
    held_by,
    key_of,
    load,
    make_listings,
    memory_group,
    nginx_geo,
    peak_of,
    pinned,
    redis_server,
    reference_command,
    republish,
    slow_connections,
    wait_for,
    wait_for_generation,
    write_paths,
)
from reference import MEMBERS
from rows import FULL, Row, Size, row, say
from running import make_key

BATCH = 10_000  # addresses
SLOW = 500  # connections that never end their head


def lookups(folder: Path, size: Size) -> list[Row]:
    """Single lookups against the constant route and against one SISMEMBER a request."""
    data = folder / "lookups"
    say(f"single lookups over {size.listings:,} listings, {size.rounds} rounds of {size.seconds} s each")
    listed = make_listings(data, size.listings)
    key, addresses = key_of(data), ask_for(listed)
    ours, theirs = free_port(), free_port()
    with redis_server(folder) as redis_port:
        redis = Redis(port=redis_port)
        redis.sadd(MEMBERS, *listed, *(f"198.18.{n >> 8 & 255}.{n & 255}.{n}" for n in range(size.listings)))
        redis.close()
        with (
            pinned(blacklist_command(ours), BLACKLIST_DATA=str(data)),
            pinned(reference_command(theirs, redis_port)),
        ):
            wait_for(ours, LOOKUP + "192.0.2.1", key)
            wait_for(theirs, "/constant/192.0.2.1", key)
            targets = {
                "lookup": (ours, write_paths(folder / "lookup.paths", LOOKUP, addresses)),
                "constant": (theirs, write_paths(folder / "constant.paths", "/constant/", addresses)),
                "naive": (theirs, write_paths(folder / "naive.paths", "/naive/", addresses)),
            }
            rounds = _interleaved(targets, key, size)
    rates = {name: median(run.rate for run in runs) for name, runs in rounds.items()}
    p99s = {name: median(run.p99 for run in runs) for name, runs in rounds.items()}
    return [
        row(
            "single lookup", rates["lookup"], "requests/s", "constant Starlette route", rates["constant"], at_least=0.85
        ),
        row("single lookup", rates["lookup"], "requests/s", "one SISMEMBER a request", rates["naive"], at_least=3.0),
        row("single lookup, p99", p99s["lookup"], "s", "constant Starlette route", p99s["constant"], at_most=1.3),
    ]


def access(folder: Path, size: Size) -> list[Row]:
    """What the key check, the rate limit, the metrics, the log and bounded connections cost a lookup; what 500 slow
    connections cost the others.
    """
    data = folder / "access"
    say(f"the cost of access over {size.listings:,} listings, {size.rounds} rounds of {size.seconds} s each")
    addresses = ask_for(make_listings(data, size.listings))
    key, paths = key_of(data), write_paths(folder / "access.paths", LOOKUP, addresses)
    ours, bare = free_port(), free_port()
    with pinned(blacklist_command(ours), BLACKLIST_DATA=str(data)), pinned(bare_command(bare, data)):
        wait_for(ours, LOOKUP + "192.0.2.1", key)
        wait_for(bare, LOOKUP + "192.0.2.1", key)
        rounds = _interleaved({"lookup": (ours, paths), "bare lookup": (bare, paths)}, key, size)
        besides = []
        for number in range(size.rounds):
            with slow_connections(ours, SLOW):
                besides.append(load(ours, paths, key, size.seconds).rate)
            say(f"  round {number + 1}: beside {SLOW} slow connections {besides[-1]:,.0f} requests/s")
    rates = {name: median(run.rate for run in runs) for name, runs in rounds.items()}
    return [
        row(
            "lookup with all of access",
            rates["lookup"],
            "requests/s",
            "bare lookup",
            rates["bare lookup"],
            at_least=0.85,
        ),
        row(
            f"beside {SLOW} slow connections",
            median(besides),
            "requests/s",
            "without them",
            rates["lookup"],
            at_least=0.8,
        ),
    ]


def batches(folder: Path, size: Size) -> list[Row]:
    """Batches of 10,000 addresses, a tenth listed, against the constant route and nginx's `geo`, one at a time."""
    data = folder / "batches"
    say(f"batches of {BATCH:,} over {size.listings:,} listings, {size.rounds} rounds of {size.seconds} s each")
    listed = make_listings(data, size.listings)
    key, addresses = key_of(data), ask_for(listed, BATCH)
    body = folder / "batch.txt"
    body.write_text("\n".join(addresses))
    ours, theirs = free_port(), free_port()
    with (
        nginx_geo(folder, data) as geo,
        pinned(blacklist_command(ours), BLACKLIST_DATA=str(data)),
        pinned(reference_command(theirs)),
    ):
        wait_for(ours, LOOKUP + "192.0.2.1", key)
        wait_for(theirs, "/constant/192.0.2.1", key)
        wait_for(geo, "/192.0.2.1", key)
        targets = {
            "batch": (ours, write_paths(folder / "batch.paths", "/api/v1/lookup", [""])),
            "constant": (theirs, write_paths(folder / "constant.paths", "/constant/", addresses)),
            "geo": (geo, write_paths(folder / "geo.paths", "/", addresses)),
        }
        rounds = _interleaved(targets, key, size, bodies={"batch": body})
    rates = {name: median(run.rate for run in runs) for name, runs in rounds.items()}
    rate = rates["batch"] * BATCH
    return [
        row("batch of 10,000", rate, "addresses/s", "constant Starlette route", rates["constant"], at_least=35),
        row("batch of 10,000", rate, "addresses/s", "nginx geo, one at a time", rates["geo"], at_least=4),
    ]


def swap(folder: Path, size: Size) -> list[Row]:
    """The p99 of lookups while a snapshot is built and swapped, against the p99 at rest."""
    data = folder / "swap"
    say(f"lookups over {size.listings:,} listings while a snapshot is built and swapped")
    listed = make_listings(data, size.listings)
    key, port = key_of(data), free_port()
    paths = write_paths(folder / "swap.paths", LOOKUP, ask_for(listed))
    feed = write_feed(folder / "swap.txt", size.listings)
    rest, busy = [], []
    with pinned(blacklist_command(port), BLACKLIST_DATA=str(data)):
        wait_for(port, LOOKUP + "192.0.2.1", key)
        for number in range(size.rounds):
            rest.append(load(port, paths, key, size.seconds).p99)
            with feed.open("a") as file:
                file.write(f"9.9.{number}.9\n")
            importer = ["nice", "taskset", "--cpu-list", LOAD_CORE, sys.executable, "-m", "blacklist", "import"]
            importer += ["--file", str(feed), "--feed", "swapped"]
            with subprocess.Popen(importer, env=os.environ | {"BLACKLIST_DATA": str(data)}, stderr=subprocess.DEVNULL):
                busy.append(load(port, paths, key, size.seconds).p99)
    return [row("lookup p99 during a swap", median(busy), "s", "its p99 at rest", median(rest), at_most=2.0)]


def memory(folder: Path, size: Size) -> list[Row]:
    """Peak memory of a server, with lookups running, through a swap to a new snapshot."""
    data = folder / "many"
    say(f"memory over {size.many:,} listings, through a swap")
    listed = make_listings(data, size.many)
    key, port = key_of(data), free_port()
    paths = write_paths(folder / "many.paths", LOOKUP, ask_for(listed))
    with pinned(blacklist_command(port), BLACKLIST_DATA=str(data)) as process:
        wait_for(port, LOOKUP + "192.0.2.1", key)
        load(port, paths, key, size.seconds)
        make_listings(data, size.many, seed=3)
        sleep(1)
        load(port, paths, key, size.seconds)
        peak = peak_of(process)
    return [row(f"peak memory at {size.many:,} listings", peak, "MiB", "the pod's limit", 96.0, at_most=1.0)]


def swaps(folder: Path, size: Size) -> list[Row]:
    """Memory after many swaps against memory after a tenth of them: old mappings are let go of."""
    say(f"{size.swaps} swaps of {size.listings:,} listings")
    data = folder / "swaps"
    make_listings(data, size.listings)
    key, port = key_of(data), free_port()
    held = []
    with pinned(blacklist_command(port), BLACKLIST_DATA=str(data)) as process:
        wait_for(port, LOOKUP + "192.0.2.1", key)
        for _ in range(size.swaps):
            wait_for_generation(port, key, republish(data))
            status = Path(f"/proc/{process.pid}/status").read_text()
            held.append(int(status.partition("VmRSS:")[2].split()[0]) / 1024)
    early = held[max(len(held) // 10 - 1, 0)]
    return [row(f"memory after {size.swaps} swaps", held[-1], "MiB", "after a tenth of them", early, at_most=1.05)]


def pod(folder: Path, size: Size) -> list[Row]:
    """A server in a memory cgroup of the pod's limit, under load, through list downloads and a swap."""
    say(f"a memory cgroup of 96 MiB, {size.many:,} listings, lookups, lists and a swap")
    data = folder / "pod"
    listed = make_listings(data, size.many)
    paths = write_paths(folder / "pod.paths", LOOKUP, ask_for(listed))
    key, port, peak = make_key(data, "lookup", "lists"), free_port(), 0
    with memory_group(96 << 20) as group:
        if group is None:
            say("  not measured: making a memory cgroup takes root")
            return []
        enter = ["sh", "-c", f'echo $$ >{group}/cgroup.procs; exec "$@"', "sh"]
        with pinned([*enter, *blacklist_command(port)], BLACKLIST_DATA=str(data)) as process:
            wait_for(port, LOOKUP + "192.0.2.1", key)
            for seed in (3, 4):
                load(port, paths, key, size.seconds)
                get(port, "/api/v1/lists/all.txt", key)
                peak = max(peak, held_by(group))
                make_listings(data, size.many, seed=seed)
                load(port, paths, key, size.seconds)
                peak = max(peak, held_by(group))
            if process.poll() is not None:
                raise RuntimeError("the server was killed in its memory cgroup")
    figure = f"a 96 MiB cgroup, {size.many:,} listings"
    return [row(figure, peak / (1 << 20), "MiB", "its limit", 96.0, at_most=1.0)]


def start(folder: Path, size: Size) -> list[Row]:
    """From the start of the process to the first answered lookup, the snapshot of `memory` on disk."""
    data = folder / "many"
    say("start to first answer")
    key = key_of(data)
    ours, theirs = [], []
    for _ in range(max(size.rounds, 3) if size is FULL else 1):
        port = free_port()
        with pinned(blacklist_command(port), BLACKLIST_DATA=str(data)):
            ours.append(wait_for(port, LOOKUP + "192.0.2.1", key))
        port = free_port()
        with pinned(reference_command(port)):
            theirs.append(wait_for(port, "/constant/192.0.2.1", key))
    return [
        row(
            f"start to first answer, {size.many:,} listings",
            median(ours),
            "s",
            "bare uvicorn and Starlette",
            median(theirs),
            at_most=1.3,
        )
    ]


def _interleaved(
    targets: dict[str, tuple[int, Path]], key: str, size: Size, bodies: dict[str, Path] | None = None
) -> dict[str, list[Load]]:
    found: dict[str, list[Load]] = {name: [] for name in targets}
    for number in range(size.rounds):
        for name, (port, paths) in targets.items():
            run = load(port, paths, key, size.seconds, (bodies or {}).get(name))
            say(f"  round {number + 1}: {name} {run.rate:,.0f} requests/s, p99 {run.p99 * 1000:.1f} ms")
            found[name].append(run)
    return found
