"""The importer: how long one import takes, and how much memory."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from statistics import median

from blacklist.core.indicator import format_address
from rows import Row, Size, row, say

_PUBLIC = [octet for octet in range(1, 223) if octet not in {10, 100, 127, 169, 172, 192, 198, 203}]


def imports(folder: Path, size: Size) -> list[Row]:
    """An import, from the file to the published snapshot, against reading the file and sorting its different lines; and
    the memory of one whose lines all say something else.
    """
    say(f"import of {size.lines:,} lines")
    feed = write_feed(folder / "import.txt", size.lines)
    reference = f"lines = open({str(feed)!r}).read().split('\\n'); sorted(set(lines))"
    ours, theirs, peak = [], [], 0.0
    for number in range(size.rounds):
        environment = os.environ | {"BLACKLIST_DATA": str(folder / f"import-{number}")}
        command = [sys.executable, "-m", "blacklist", "import", "--file", str(feed), "--feed", "measured"]
        seconds, memory_used = run_measured(command, environment)
        ours.append(seconds)
        peak = max(peak, memory_used)
        theirs.append(run_measured([sys.executable, "-c", reference], dict(os.environ))[0])
    told = write_told_feed(folder / "told.csv", size.lines)
    command = [sys.executable, "-m", "blacklist", "import", "--file", str(told), "--feed", "told", "--format", "csv"]
    peaks = [run_measured(command, os.environ | {"BLACKLIST_DATA": str(folder / "told")})[1] for _ in range(2)]
    sorting = "sorted(set(lines))"
    return [
        row(f"import of {size.lines:,} lines", median(ours), "s", sorting, median(theirs), at_most=6.0),
        row("peak memory of that import", peak, "MiB", "what it may take", 200.0, at_most=1.0),
        row("… a reason for each line, twice", max(peaks), "MiB", "the importer's budget", 256.0, at_most=1.0),
    ]


def write_feed(path: Path, lines: int, *, seed: int = 4) -> Path:
    """A plain list of so many lines, 5 % of them IPv6, 3 % networks."""
    randomly = random.Random(seed)
    with path.open("w") as file:
        for _ in range(lines):
            if randomly.random() < 0.05:
                text = format_address(6, 0x2A01 << 112 | randomly.getrandbits(100))
            else:
                text = format_address(4, randomly.choice(_PUBLIC) << 24 | randomly.getrandbits(24))
                text += f"/{randomly.randrange(16, 32)}" if randomly.random() < 0.03 else ""
            file.write(f"{text}\n")
    return path


def write_told_feed(path: Path, lines: int) -> Path:
    """A table of so many addresses, each with a reason, dates, a country and a confidence of its own."""
    randomly = random.Random(5)
    with path.open("w") as file:
        file.write("ip,reason,confidence,country,first_seen,last_seen\n")
        for number in range(lines):
            address = format_address(4, randomly.choice(_PUBLIC) << 24 | randomly.getrandbits(24))
            country = "".join(randomly.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ", k=2))
            seen = 1_700_000_000 + randomly.randrange(5_000_000)
            reason = f"report {number} of honeypot {randomly.getrandbits(64):x}: logins by brute force again and again"
            file.write(f"{address},{reason},{randomly.randrange(101)},{country},{seen},{seen + 1000}\n")
    return path


def run_measured(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """How long a command takes, in seconds, and the most memory it holds, in MiB.

    A small process starts it and tells: a child's peak begins with that of the process it was forked from.
    """
    program = (
        "import json, resource, subprocess, sys, time; begun = time.perf_counter();"
        " subprocess.run(sys.argv[1:], check=True, stderr=subprocess.DEVNULL);"
        " peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss;"
        " print(json.dumps([time.perf_counter() - begun, peak / 1024]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *command], env=environment, stdout=subprocess.PIPE, check=True
    )
    seconds, peak = json.loads(done.stdout)
    return seconds, peak
