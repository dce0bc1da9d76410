"""The figures, as ratios taken in one run: `make bench`, or `make bench SMALL=1` to prove that it works.

Each rate is the median of interleaved rounds, the server on one core and the load generator on the other. Absolute
figures are those of this machine at this hour; the ratios are what can be compared.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import sleep

from redis import Redis

from parts import (
    Load,
    ask_for,
    blacklist_command,
    free_port,
    key_of,
    load,
    make_listings,
    pinned,
    redis_server,
    reference_command,
    wait_for,
    write_paths,
)
from reference import MEMBERS


@dataclass(frozen=True, slots=True)
class Size:
    """How large a run is: listings, rounds, seconds a round."""

    listings: int
    many: int
    rounds: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Row:
    """One figure beside its reference. `target` says what the ratio must reach; `met` whether it did."""

    figure: str
    value: float
    unit: str
    reference: str
    reference_value: float
    ratio: float
    target: str
    met: bool


FULL, SMALL = Size(100_000, 1_000_000, 3, 5), Size(2_000, 5_000, 1, 1)
LOOKUP = "/api/v1/lookup/"


def say(message: str) -> None:
    """Progress, for people."""
    print(message, file=sys.stderr, flush=True)


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
        _row(
            "single lookup", rates["lookup"], "requests/s", "constant Starlette route", rates["constant"], at_least=0.85
        ),
        _row("single lookup", rates["lookup"], "requests/s", "one SISMEMBER a request", rates["naive"], at_least=3.0),
        _row("single lookup, p99", p99s["lookup"], "s", "constant Starlette route", p99s["constant"], at_most=1.3),
    ]


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
        status = Path(f"/proc/{process.pid}/status").read_text()
    peak = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    return [_row(f"peak memory at {size.many:,} listings", peak, "MiB", "the pod's limit", 96.0, at_most=1.0)]


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
        _row(
            f"start to first answer, {size.many:,} listings",
            median(ours),
            "s",
            "bare uvicorn and Starlette",
            median(theirs),
            at_most=1.3,
        )
    ]


PARTS: dict[str, Callable[[Path, Size], list[Row]]] = {"lookups": lookups, "memory": memory, "start": start}


def _interleaved(targets: dict[str, tuple[int, Path]], key: str, size: Size) -> dict[str, list[Load]]:
    found: dict[str, list[Load]] = {name: [] for name in targets}
    for number in range(size.rounds):
        for name, (port, paths) in targets.items():
            run = load(port, paths, key, size.seconds)
            say(f"  round {number + 1}: {name} {run.rate:,.0f} requests/s, p99 {run.p99 * 1000:.1f} ms")
            found[name].append(run)
    return found


def _row(
    figure: str,
    value: float,
    unit: str,
    reference: str,
    reference_value: float,
    *,
    at_least: float | None = None,
    at_most: float | None = None,
) -> Row:
    ratio = value / reference_value
    met = ratio >= at_least if at_least is not None else ratio <= (at_most or 0)
    target = f"≥ {at_least:g} x" if at_least is not None else f"≤ {at_most:g} x"
    return Row(figure, value, unit, reference, reference_value, ratio, target, met)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def main() -> int:
    """Runs the parts asked for, prints a table and writes bench.json."""
    parser = argparse.ArgumentParser("bench", description=__doc__)
    parser.add_argument("parts", nargs="*", default=list(PARTS), metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--small", action="store_true", help="tiny data and short rounds: proves that it works")
    parser.add_argument("--out", type=Path, default=Path("bench.json"))
    options = parser.parse_args()
    size = SMALL if options.small else FULL
    with tempfile.TemporaryDirectory(prefix="blacklist-bench-") as name:
        rows = [row for part in options.parts for row in PARTS[part](Path(name), size)]
    print(f"{'figure':44} {'measured':>18}  {'reference':28} {'measured':>12} {'ratio':>7}  target")
    for row in rows:
        measured = f"{_number(row.value)} {row.unit}"
        sign = "met" if row.met else "MISSED"
        print(
            f"{row.figure:44} {measured:>18}  {row.reference:28} {_number(row.reference_value):>12}"
            f" {row.ratio:7.2f}  {row.target} {sign}"
        )
    document = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "small": options.small,
        "rows": [asdict(row) for row in rows],
    }
    options.out.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    say(f"bench: wrote {options.out}" + ("; figures of a small run say nothing" if options.small else ""))
    return 0


if __name__ == "__main__":
    sys.exit(main())
