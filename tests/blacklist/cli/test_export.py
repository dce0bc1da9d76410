"""`blacklist export`, as a person types it; and what it writes, imported again."""

from __future__ import annotations

import gzip
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from time import time

import pytest

from blacklist.core.compiler import CompiledFeed, compile_snapshot
from blacklist.core.generation import GenerationBuilder
from blacklist.core.indicator import parse_one
from blacklist.core.listing import Allowed, Facts
from blacklist.core.selection import Criteria
from blacklist.formats.registry import EXPORTS, READERS
from blacklist.lists.options import PARAMETERS, arguments_of
from blacklist.replica.local import publish
from running import blacklist, fill

NETWORKS = ["192.0.2.0/25", "192.0.2.9", "198.51.100.7", "2001:db8::/33", "2001:db8:ffff::1"]
# What an export is read as: every one of a format that there is a reader for.
ROUND_TRIPS = {"txt": "plain", "edl": "plain", "haproxy": "plain", "netset": "netset"}
ROUND_TRIPS |= {"csv": "csv", "json": "json", "ndjson": "ndjson"}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    first = int(time()) - 60
    sure = Facts("", 90, "KR", 'say "hi", = all', first, 0, 0)
    fill(folder, entries={network: sure if network == "192.0.2.9" else None for network in NETWORKS})
    return folder


@pytest.mark.parametrize("suffix", EXPORTS)
def test_every_format_is_written_to_stdout_and_whole_to_a_file(data: Path, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"all.{suffix}"
    done = blacklist(data, "export", f"all.{suffix}", str(path), "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["format"], told["sha256"]) == (suffix, hashlib.sha256(path.read_bytes()).hexdigest())
    assert told["entries"] + told["omitted"] == (4 if EXPORTS[suffix].disjoint else 5)
    assert list(tmp_path.iterdir()) == [path]
    if suffix != "mmdb":
        assert blacklist(data, "export", f"all.{suffix}").stdout == path.read_text()


def test_what_a_format_can_not_hold_is_told(data: Path) -> None:
    done = blacklist(data, "export", "all.checkpoint")
    assert "3 entries" in done.stderr
    assert "2 that checkpoint can't hold were left out" in done.stderr


def test_options_narrow_a_list(data: Path) -> None:
    assert blacklist(data, "export", "all.txt", "--min-confidence", "90").stdout == "192.0.2.9\n"
    assert blacklist(data, "export", "all.txt", "--family=6", "--max-entries=1").stdout == "2001:db8::/33\n"
    assert blacklist(data, "export", "all.txt", "--aggregate", "--family=4").stdout == "192.0.2.0/25\n198.51.100.7\n"
    assert blacklist(data, "export", "all.txt", "--category=attacks").stdout.split() == NETWORKS


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("all.txt", "--family", "5"), "family='5': it must be 4 or 6"),
        (("all.txt", "--max-entries", "0"), "max_entries='0': it must be a whole number from 1"),
        (("all.txt", "--category", "nobody"), "there is no such category; there are: attacks"),
        (("all.stix", "--aggregate"), "stix tells who lists each network"),
        (("all.doc",), "there is no format 'doc'; there are: txt, edl, netset, nft, ipset"),
    ],
)
def test_wrong_options_are_told_with_what_there_is(data: Path, arguments: tuple[str, ...], message: str) -> None:
    done = blacklist(data, "export", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


def test_a_list_beyond_its_room_is_given_up_and_leaves_the_old_file(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "all.txt"
    path.write_text("before\n")
    done = blacklist(data, "export", "all.txt", str(path), "--json", "--room=10")
    assert (done.returncode, json.loads(done.stdout)) == (1, {"too_large": True})
    assert "would be larger" in done.stderr
    assert path.read_text() == "before\n"
    assert list(tmp_path.iterdir()) == [path]


def test_a_compressed_file_lies_beside_and_holds_the_same(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "all.txt"
    assert blacklist(data, "export", "all.txt", str(path), "--packed").returncode == 0
    packed = (tmp_path / "all.txt.gz").read_bytes()
    assert gzip.decompress(packed) == path.read_bytes()
    assert blacklist(data, "export", "all.txt", str(path), "--packed").returncode == 0
    assert (tmp_path / "all.txt.gz").read_bytes() == packed


def test_every_parameter_is_an_option() -> None:
    criteria = Criteria("all", 1, "spam", 4, 5, aggregate=True)
    options = ["--min-confidence=1", "--category=spam", "--family=4", "--max-entries=5", "--aggregate"]
    assert arguments_of(criteria) == options
    assert len(options) == len(PARAMETERS)
    assert arguments_of(Criteria()) == []


@pytest.mark.parametrize(("suffix", "reader"), [pair for pair in ROUND_TRIPS.items() if pair[1] in READERS])
def test_an_export_imported_again_is_the_same_list(data: Path, tmp_path: Path, suffix: str, reader: str) -> None:
    path = tmp_path / f"again.{suffix}"
    assert blacklist(data, "export", f"all.{suffix}", str(path)).returncode == 0
    arguments = ("--file", str(path), "--feed", "again", "--format", reader, "--allow-special")
    done = blacklist(tmp_path, "import", *arguments)
    assert done.returncode == 0, done.stderr
    assert blacklist(tmp_path, "export", "again.txt").stdout.split() == NETWORKS


def peak(data: Path, *arguments: str) -> int:
    """The peak of a command's resident memory, in MiB.

    A small process starts it and tells: a child's peak begins with that of the process it was forked from.
    """
    program = (
        "import resource, subprocess, sys;"
        " subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL);"
        " print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    command = [sys.executable, "-m", "blacklist", "export", *arguments, "--data", str(data)]
    done = subprocess.run([sys.executable, "-c", program, *command], capture_output=True, text=True, check=True)
    return int(done.stdout) >> 10


def test_a_long_list_takes_no_more_memory_than_a_short_one(data: Path, tmp_path: Path) -> None:
    builder = GenerationBuilder()
    facts = [builder.fact(Facts("", confidence, "", "why", 1, 0, 0)) for confidence in range(50)]
    builder.add_addresses(range(1 << 28, (1 << 28) + 600_000, 3), (facts[number % 50] for number in range(200_000)))
    feeds = [CompiledFeed("one", "attacks", 1, builder.finish())]
    allowlist = [Allowed(parse_one("16.0.0.7"), "ours", 1, None)]
    publish(tmp_path / "snapshots", compile_snapshot(feeds, allowlist, generation=1, now=1), 1)
    for suffix in ("txt", "nft", "csv", "ndjson", "stix"):
        short, long = (peak(place, f"all.{suffix}") for place in (data, tmp_path))
        assert long - short < 16, suffix
    assert peak(tmp_path, "all.txt", "--max-entries=100000") < 128
    assert peak(tmp_path, "all.mmdb") < 128
