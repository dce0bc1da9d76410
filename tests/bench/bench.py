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
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from crowdsec import crowdsec
from figures import access, batches, lookups, memory, pod, start, swap, swaps
from importing import imports
from replicas import replicas
from rows import FULL, SMALL, Row, Size, say
from store import store
from visible import visible

PARTS: dict[str, Callable[[Path, Size], list[Row]]] = {
    "lookups": lookups,
    "access": access,
    "batches": batches,
    "memory": memory,
    "swaps": swaps,
    "pod": pod,
    "start": start,
    "swap": swap,
    "imports": imports,
    "replicas": replicas,
    "store": store,
    "crowdsec": crowdsec,
    "visible": visible,
}


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
