"""Imports every file of folders of real feeds, and compares verdicts with brute force.

Each file is imported by a process of its own, as `blacklist import` is one, so that its peak memory is its own.
"""

from __future__ import annotations

import json
import random
import resource
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import asdict
from fnmatch import fnmatch
from pathlib import Path
from time import perf_counter, time
from typing import Any, NamedTuple

from tests.real.brute_force import BruteForce, Network

from blacklist.cli.pipeline import publish_changes
from blacklist.core.index import Index
from blacklist.core.indicator import WIDTH, format_address, parse_address
from blacklist.core.policy import FeedPolicy
from blacklist.feeds.catalogue import Feed
from blacklist.feeds.importer import import_feed
from blacklist.replica.local import load_newest
from blacklist.settings import read_settings
from blacklist.store.sqlite import SqliteStore

FORMATS = (
    ("*.netset", "netset"),
    ("*.ipset", "ipset"),
    ("ipsum-*.txt", "ipsum"),
    ("spamhaus_drop*.json", "spamhaus-json"),
    ("spamhaus_drop*.txt", "spamhaus-text"),
    ("inbound_ipv6.txt", "plain"),
    ("feodo_ipblocklist*.csv", "feodo"),
    ("sslipblacklist*.csv", "sslbl"),
    ("tor_exit-addresses*.txt", "tor-exits"),
    ("warninglists/*.json", "misp-warninglist"),
    ("*csv_decisions", "crowdsec-csv"),
    ("*decisions.csv", "crowdsec-csv"),
    ("*decisions.json", "crowdsec-json"),
)
ALLOWLISTS = {"misp-warninglist"}
UNLISTED = ("10.0.0.1", "127.0.0.1", "192.168.1.1", "224.0.0.1")
RANDOM, LISTED = 10_000, 10_000  # addresses; boundaries of all networks come on top
BY_IPADDRESS = 40  # of these are checked against ipaddress itself, network by network
ROW = "{:42} {:12} {:>8} {:>9} {:>9} {:>7} {:>7}  {}"


def main(folders: list[Path]) -> int:
    """Prints the table and the comparison; 1 when anything differs, or a file has no reader."""
    there = [folder for folder in folders if folder.is_dir()]
    if not there:
        print(f"check-real: there is no folder {folders[0]}: nothing was checked (this check is optional)")
        return 0
    with tempfile.TemporaryDirectory() as data:
        imported: list[tuple[Path, str]] = []
        unsupported = 0
        print(ROW.format("file", "outcome", "lines", "accepted", "rejected", "time", "peak", "mainly because"))
        for folder in there:
            files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "README.md")
            found = _import_all(files, folder, Path(data))
            imported += found.imported
            unsupported += found.unsupported
        if not imported or unsupported:
            print(f"check-real: {unsupported} files have no reader, {len(imported)} were imported")
            return 1
        _time_slowest(Path(data), imported)
        settings = read_settings({}, {"data": data})
        store = SqliteStore(settings.store_path)
        started = perf_counter()
        publish_changes(store, settings, int(time()))
        index = Index(load_newest(settings.snapshots))
        entries = {state.info.name: state.entries for state in store.feeds() if state.generation}
        store.close()
        print(f"\ncompiled, published and loaded in {perf_counter() - started:.2f} s: {index.snapshot.entries}")
        return _compare(index, imported, entries)


class Imported(NamedTuple):
    """The files of a folder that were imported, with their format, and how many have no reader."""

    imported: list[tuple[Path, str]]
    unsupported: int


def import_one(file: Path, kind: str, store_path: Path) -> None:
    """Imports one file, in a process of its own; prints the record, the seconds and the peak memory as JSON."""
    store = SqliteStore(store_path)
    started = perf_counter()
    role, policy = ("allowlist", FeedPolicy(allow_special=True)) if kind in ALLOWLISTS else ("blocklist", FeedPolicy())
    feed = Feed(_name(file), path=file, format=kind, category="real", role=role, policy=policy)
    record = import_feed(store, feed, now=int(time()))
    seconds = perf_counter() - started
    store.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps(asdict(record) | {"seconds": seconds, "peak": peak}))


def _import_all(files: list[Path], folder: Path, data: Path) -> Imported:
    imported, unsupported = [], 0
    store_path = read_settings({}, {"data": str(data)}).store_path
    for file in files:
        name = str(file.relative_to(folder))
        kind = next((kind for pattern, kind in FORMATS if fnmatch(name, pattern)), None)
        lines = file.read_bytes().count(b"\n")
        if kind is None:
            print(ROW.format(name, "unsupported", lines, "", "", "", "", "no reader for this format yet"))
            unsupported += 1
            continue
        record = _import_alone(_fresh(file, kind, data), kind, store_path)
        reason = record["error"] or next((f"{count} {why}" for why, count in record["reasons"].items()), "")
        timing = f"{record['seconds']:.2f} s", f"{record['peak'] // 1024} MiB"
        counts = lines, record["accepted"], record["rejected"]
        print(ROW.format(name, record["outcome"], *counts, *timing, reason))
        if record["outcome"] == "imported":
            imported.append((file, kind))
    return Imported(imported, unsupported)


def _import_alone(file: Path, kind: str, store_path: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.real.check_real", "--one", str(file), kind, str(store_path)]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return found


def _fresh(file: Path, kind: str, data: Path) -> Path:
    """The file; of one with durations, which count from when it was written, a copy that is written now."""
    if not kind.startswith("crowdsec"):
        return file
    return Path(shutil.copyfile(file, data / file.name))


def _time_slowest(data: Path, imported: list[tuple[Path, str]]) -> None:
    """Compares the import of the largest file with what merely sorting its lines takes."""
    file, kind = max(imported, key=lambda one: one[0].stat().st_size)
    seconds = _import_alone(file, kind, data / "timing.sqlite3")["seconds"]
    started = perf_counter()
    sorted(set(file.read_bytes().split(b"\n")))
    plain = perf_counter() - started
    print(f"\n{file.name}: imported in {seconds / plain:.1f} times the {plain:.3f} s of sorted(set(lines))")


def _compare(index: Index, imported: list[tuple[Path, str]], entries: dict[str, int]) -> int:
    brute_force = BruteForce()
    for file, kind in imported:
        brute_force.read(_name(file), file, kind, allowing=kind in ALLOWLISTS)
    addresses = _addresses(brute_force.networks() + brute_force.allowances())
    now = time()
    problems = [
        f"{name}: {entries.get(name)} entries in the store, {count} by brute force"
        for name, count in brute_force.counts.items()
        if entries.get(name) != count
    ]
    kinds: Counter[str] = Counter()
    for version, value in addresses:
        verdict = index.lookup(version, value, now)
        listings = (index.listing(verdict, match) for match in verdict.matches)
        got = sorted((str(listing.indicator), listing.feed, listing.confidence) for listing in listings)
        expected = sorted(brute_force.covering(version, value))
        allowed = brute_force.allowed(version, value)
        kinds["allowed" if allowed else "listed" if expected else "not listed"] += 1
        if got != expected or verdict.listed != (bool(expected) and not allowed):
            problems.append(f"{format_address(version, value)}: {got} instead of {expected}")
    print(f"compared {len(addresses)} verdicts with brute force: {dict(kinds)}")
    for version, value in random.Random(2).sample(addresses, BY_IPADDRESS):
        if brute_force.listed_by_ipaddress(version, value) != bool(brute_force.covering(version, value)):
            problems.append(f"{format_address(version, value)}: the brute force itself differs from ipaddress")
    print(f"compared {BY_IPADDRESS} of them with ipaddress, network by network")
    poisoned = [text for text in UNLISTED if index.lookup(*parse_address(text), now).listed]
    problems += [f"{text} is listed, and must not be" for text in poisoned]
    print(f"looked up {', '.join(UNLISTED)}")
    for problem in problems[:20]:
        print(f"  wrong: {problem}")
    print(f"check-real: {len(problems)} differences")
    return 1 if problems else 0


def _addresses(networks: list[Network]) -> list[tuple[int, int]]:
    """Random addresses, listed ones, and every boundary of every network that is more than one address."""
    chance = random.Random(1)
    found = [(4, chance.getrandbits(32)) for _ in range(RANDOM)]
    found += [(6, 1 << 125 | chance.getrandbits(125)) for _ in range(RANDOM // 5)]
    for version, start, end in chance.sample(networks, min(LISTED, len(networks))):
        found.append((version, chance.randint(start, end)))
    for version, start, end in networks:
        if start < end or version == 6:
            found += [
                (version, bound) for bound in (start - 1, start, end, end + 1) if 0 <= bound < 1 << WIDTH[version]
            ]
    return found


def _name(file: Path) -> str:
    return file.name.lower().replace(" ", "-")[:63]


if __name__ == "__main__":
    if sys.argv[1] == "--one":
        import_one(Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4]))
    else:
        sys.exit(main([Path(name) for name in sys.argv[1:]]))
