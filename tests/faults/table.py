"""All faults of a cluster, as a table: what was asked meanwhile, what failed, and what was lost.

python tests/faults/table.py [--long] [NAME ...]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median

import clocks
import importers
import servers
import writes
from cluster import ALWAYS, EVERY_SECOND, Cluster, running_servers
from drill import Fault, drill
from faults import REDIS
from load import errors


@dataclass(frozen=True, slots=True)
class Effort:
    """How long, in seconds, and how often."""

    rest: float
    held: float
    kills: int
    changes: int
    writes: int
    between: tuple[float, float]  # kills of Redis
    patient: bool


QUICK = Effort(rest=1.5, held=2, kills=2, changes=20, writes=100, between=(0.2, 2), patient=False)
LONG = Effort(rest=10, held=25, kills=100, changes=1000, writes=10_000, between=(2, 10), patient=True)


@dataclass(frozen=True, slots=True)
class Row:
    """One fault. What a drill does not measure is empty."""

    fault: str
    requests: str = ""
    errors: str = "0"
    p99: str = ""  # against that at rest
    recovered: str = ""
    lost: str = "0"
    note: str = ""


def redis_row(name: str, fault: Fault, cluster: Cluster, effort: Effort) -> Row:
    """A fault of Redis."""
    found = drill(cluster, fault, rest=effort.rest, held=effort.held)
    refused = ", ".join(f"{count} x {status}" for status, count in found.refused.items())
    return Row(
        name,
        f"{found.requests:,}",
        str(found.errors.total()),
        f"{found.p99 / found.p99_at_rest:.2f} x",
        f"{found.recovered:.1f} s",
        str(found.lost),
        f"{found.acknowledged} writes kept; refused: {refused or 'none'}, in {found.slowest:.2f} s at most",
    )


def _rolling(cluster: Cluster, _: Effort) -> Row:
    answers, codes = servers.rolling_restart(cluster)
    return Row("rolling restart", f"{len(answers):,}", str(errors(answers).total()), note=f"exit codes {codes}")


def _killed_server(cluster: Cluster, _: Effort) -> Row:
    took, failed = servers.killed(cluster)
    note = "; ".join(f"{count} x {what}" for what, count in failed.items()) + " of connections to it"
    return Row("server killed, Redis away", errors=str(failed.total()), recovered=f"{took:.1f} s", note=note)


def _newcomer(cluster: Cluster, _: Effort) -> Row:
    return Row("server on an empty disk", recovered=f"{servers.from_nothing(cluster):.1f} s", note="no importer runs")


def _importer_killed(cluster: Cluster, effort: Effort) -> Row:
    published = importers.killed(cluster, effort.kills, patient=effort.patient)
    return Row("importer killed", note=f"{effort.kills} times, of which {published} after it had published")


def _two_importers(cluster: Cluster, _: Effort) -> Row:
    return Row("two importers at once", note=f"exit codes {importers.two_at_once(cluster)}")


def _paused_importer(cluster: Cluster, effort: Effort) -> Row:
    took = importers.paused(cluster, patient=effort.patient)
    return Row("importer paused, wakes up late", note=f"refused; another had imported after {took:.1f} s")


def _clocks(cluster: Cluster, _: Effort) -> Row:
    clocks.drifted(cluster)
    return Row(
        "clocks 5 minutes off", note="one server's ahead, one's behind, importers' both: nothing ended or revived"
    )


def _propagation(cluster: Cluster, effort: Effort) -> Row:
    seconds = sorted(writes.propagation(cluster, effort.changes))
    worst = seconds[-(-len(seconds) * 99 // 100) - 1]
    note = f"{len(seconds)} changes, visible at all servers: median {median(seconds):.3f} s, p99 {worst:.3f} s"
    return Row("none: propagation", note=note)


def _writes(cluster: Cluster, effort: Effort) -> Row:
    made, kills, lost = writes.killings(cluster, effort.writes, between=effort.between)
    kept = sum(one.status == 201 for one in made)
    return Row("Redis killed again and again", lost=str(len(lost)), note=f"{kept:,} writes kept over {kills} kills")


ROWS: Mapping[str, Callable[[Cluster, Effort], Row]] = {
    **{name: partial(redis_row, name, fault) for name, fault in REDIS.items()},
    "rolling restart": _rolling,
    "server killed": _killed_server,
    "empty disk": _newcomer,
    "importer killed": _importer_killed,
    "two importers": _two_importers,
    "paused importer": _paused_importer,
    "clocks": _clocks,
    "propagation": _propagation,
    "writes": _writes,
}


def main(arguments: Sequence[str]) -> int:
    """Runs the faults that are named, or all; prints a table and writes faults.json."""
    parser = argparse.ArgumentParser(description="The faults of a cluster, as a table.")
    parser.add_argument("name", nargs="*", help=f"some of: {', '.join(ROWS)}")
    parser.add_argument("--long", action="store_true", help="hold each for long, and kill often: about half an hour")
    parser.add_argument("--fsync", choices=(ALWAYS, EVERY_SECOND), default=ALWAYS, help="Redis's appendfsync (always)")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.name if name not in ROWS]
    if unknown:
        parser.error(f"there is no fault {unknown[0]!r}; there are: {', '.join(ROWS)}")
    rows = []
    with tempfile.TemporaryDirectory() as folder, running_servers(Path(folder), fsync=options.fsync) as cluster:
        for name in options.name or ROWS:
            print(f"faults: {name}", file=sys.stderr, flush=True)
            rows.append(ROWS[name](cluster, LONG if options.long else QUICK))
    _print(rows)
    Path("faults.json").write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
    return 0


def _print(rows: Sequence[Row]) -> None:
    heads = ("fault", "requests", "errors", "p99", "recovered", "lost", "")
    table = [heads, *(tuple(asdict(row).values()) for row in rows)]
    widths = [max(len(line[column]) for line in table) for column in range(len(heads))]
    for line in table:
        print("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
