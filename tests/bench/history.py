"""How large history grows, how fast a build reads it, and what rolling up costs: years of made-up samples.

    .venv/bin/python tests/bench/history.py [--days 1826] [--series 50] [--every 300]

Samples are written day by day and compacted each month, as late as that may be; then a report is loaded and scored in a
process of its own, whose memory is measured.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time

from statuspress.archive import Archive
from statuspress.checks.components import parse_components
from statuspress.checks.objectives import parse_objectives
from statuspress.checks.registry import CRITERIA
from statuspress.checks.report import make_report
from statuspress.checks.thresholds import parse_thresholds
from statuspress.compaction import compact
from statuspress.core.availability import DAYS
from statuspress.core.evidence import Dossier
from statuspress.core.histogram import Histogram
from statuspress.core.history import Held, Sample, dump_sample
from statuspress.core.report import Project
from statuspress.core.state import State
from statuspress.rollups import remember

CONTENT = Path(__file__).parents[2] / "content"
START = datetime(2031, 1, 1, tzinfo=UTC)
COMPONENTS = ("lookup", "batch", "feeds", "store", "registry", "argocd", "runners", "pages")
BOUNDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1)
COUNTERS = ("service.requests", "service.errors", "service.lookup.count")


class Life:
    """A service that is sampled: counters that grow and reset, gauges that wander, states that now and then fail."""

    def __init__(self, series: int) -> None:
        self._random = random.Random(6)
        self._series = series
        self._counts = [0] * len(COUNTERS)
        self._buckets = [0] * (len(BOUNDS) + 1)

    def sample(self, at: datetime) -> Sample:
        """What a collection of that time finds."""
        chance = self._random
        if chance.random() < 0.0001:
            self._counts, self._buckets = [0] * len(COUNTERS), [0] * (len(BOUNDS) + 1)
        requests = chance.randrange(2000)
        added = (requests, chance.randrange(3), requests)
        self._counts = [count + more for count, more in zip(self._counts, added, strict=True)]
        self._buckets = [count + requests * min(10, place) // 10 for place, count in enumerate(self._buckets, 1)]
        values: dict[str, float | None] = dict(zip(COUNTERS, self._counts, strict=True))
        for place in range(self._series - len(values)):
            values[f"service.gauge.{place}"] = round(chance.gauss(50, 5), 3) if place % 2 else chance.randrange(10**8)
        if chance.random() < 0.001:
            values = dict.fromkeys(values)
        state = State.MAJOR if chance.random() < 0.0005 else State.OPERATIONAL
        return Sample(
            at,
            values,
            {"service": 900},
            {name: Held(state, 900) for name in COMPONENTS},
            {"service.lookup.count": Histogram(BOUNDS, tuple(self._buckets))},
        )


def grow(folder: Path, days: int, series: int, every: int) -> float:
    """Fills a data folder with that many days and half of another; the seconds that compacting took."""
    archive, life = Archive(folder), Life(series)
    archive.history.mkdir(parents=True)
    spent = 0.0
    for day in range(days + 1):
        midnight = START + timedelta(days=day)
        length = 86_400 if day < days else 43_200
        lines = [dump_sample(life.sample(midnight + timedelta(seconds=s))) + "\n" for s in range(0, length, every)]
        (archive.history / f"{midnight.date()}.jsonl").write_text("".join(lines))
        if day % 30 == 0 or day == days:
            started = process_time()
            compact(archive, midnight + timedelta(hours=12))
            spent += process_time() - started
    return spent


def load(folder: Path, now: datetime) -> dict[str, float]:
    """Seconds of the processor to read the past, to score it and to roll up; the peak of the memory in MiB."""
    texts = {name: (CONTENT / f"{name}.toml").read_text() for name in ("scorecard", "components", "slo")}
    archive = Archive(folder)
    begin = process_time()
    past, _ = remember(archive, now, DAYS)
    read = process_time()
    thresholds = parse_thresholds(texts["scorecard"], "scorecard.toml", CRITERIA)
    components = parse_components(texts["components"], "components.toml")
    objectives = parse_objectives(texts["slo"], "slo.toml")
    project = Project("", "", "", "", "")
    report = make_report(Dossier(now, {}), past, thresholds, components, project, now, objectives)
    scored = process_time()
    (archive.history / "hours" / f"{(now - timedelta(days=1)).date()}.jsonl").unlink()
    compact(archive, now)
    ended = process_time()
    if not report.components[0].availability.known or any(one.left is None for one in report.standings):
        raise SystemExit("the report knows nothing: the samples were not read")
    return {
        "read": read - begin,
        "score": scored - read,
        "roll up the day that closed": ended - scored,
        "all": ended - begin,
        "MiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main() -> None:
    """Prints the figures as JSON."""
    parser = argparse.ArgumentParser(description="Measures history.")
    parser.add_argument("--days", type=int, default=1826)
    parser.add_argument("--series", type=int, default=50)
    parser.add_argument("--every", type=int, default=300)
    parser.add_argument("--load", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    now = START + timedelta(days=options.days, hours=12)
    if options.load:
        print(json.dumps(load(options.load, now)))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "data"
        spent = grow(folder, options.days, options.series, options.every)
        parts = {"all": "*", "samples": "history/*.jsonl", "hours": "hours/*", "days": "days/*"}
        sizes = {
            part: sum(path.stat().st_size for path in folder.rglob(pattern) if path.is_file()) / 1e6
            for part, pattern in parts.items()
        }
        command = [sys.executable, __file__, "--days", str(options.days), "--load", str(folder)]
        loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    print(json.dumps({"days": options.days, "MB": sizes, "compacting": spent, "load": json.loads(loaded)}, indent=1))


if __name__ == "__main__":
    main()
