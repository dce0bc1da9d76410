"""nftables and ipset take the lists, apply them, and hold exactly what they say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from blacklist.core.compiler import CompiledFeed, compile_snapshot
from blacklist.core.generation import GenerationBuilder
from blacklist.core.listing import Facts
from blacklist.core.selection import Criteria
from blacklist.core.snapshot import Snapshot
from listed import NOW, compiled, hostile, small, written

Fixture = Any


def made(path: Path, snapshot: Snapshot, suffix: str, criteria: Criteria | None = None) -> Path:
    path.write_bytes(written(snapshot, suffix, criteria)[0])
    return path


def many(count: int) -> Snapshot:
    builder = GenerationBuilder()
    builder.add_addresses(range(0xC0000000, 0xC0000000 + 2 * count, 2), builder.fact(Facts("", 50, "", "", NOW, 0, 0)))
    feeds = [CompiledFeed("one", "attacks", NOW, builder.finish())]
    return Snapshot(b"".join(compile_snapshot(feeds, [], generation=1, now=NOW)))


def elements(listing: str) -> set[str]:
    """The networks in `nft -j list ruleset`."""
    found = set()
    for item in json.loads(listing)["nftables"]:
        for element in item.get("set", {}).get("elem", []):
            prefix = element.get("prefix") if isinstance(element, dict) else None
            found.add(f"{prefix['addr']}/{prefix['len']}" if prefix else element)
    return found


def test_nft_takes_the_file_as_often_as_it_comes(find: Fixture, isolated: Fixture, tmp_path: Path) -> None:
    find("nft", "nftables")
    first, second = made(tmp_path / "1.nft", hostile(), "nft"), made(tmp_path / "2.nft", small(), "nft")
    done = isolated(f"nft -c -f {first}; nft -f {first}; nft -f {second}; nft -f {second}; nft -j list ruleset")
    assert (done.returncode, done.stderr) == (0, "")
    assert elements(done.stdout) == {"192.0.2.0/24", "198.51.100.0/31", "2001:db8::/32"}


def test_nft_takes_a_list_without_a_family(find: Fixture, isolated: Fixture, tmp_path: Path) -> None:
    find("nft", "nftables")
    four = made(tmp_path / "4.nft", small(), "nft", Criteria("two"))
    done = isolated(f"nft -f {made(tmp_path / 'all.nft', small(), 'nft')}; nft -f {four}; nft -j list ruleset")
    assert (done.returncode, done.stderr) == (0, "")
    assert elements(done.stdout) == {"192.0.2.1", "198.51.100.0/31"}


def test_nft_takes_a_hundred_thousand(find: Fixture, isolated: Fixture, tmp_path: Path) -> None:
    find("nft", "nftables")
    done = isolated(f"nft -f {made(tmp_path / 'many.nft', many(100_000), 'nft')}; nft -j list ruleset")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(elements(done.stdout)) == 100_000


def test_nft_would_refuse_an_overlap(find: Fixture, isolated: Fixture, tmp_path: Path) -> None:
    find("nft", "nftables")
    path = made(tmp_path / "1.nft", small(), "nft")
    path.write_text(path.read_text().replace("192.0.2.0/24,\n", "192.0.2.0/24,\n192.0.2.1,\n"))
    assert "conflicting intervals" in isolated(f"nft -c -f {path}").stderr


def saved(output: str) -> set[tuple[str, ...]]:
    return {tuple(line.split()[1:3]) for line in output.splitlines() if line.startswith("add ")}


@pytest.fixture
def sets(find: Fixture, isolated: Fixture) -> Fixture:
    """Runs a command that uses sets of the kernel, which a namespace of its own has."""
    find("ipset", "ipset")
    probe = isolated("ipset list -n")
    if probe.returncode != 0:
        pytest.fail(f"this kernel has no sets: modprobe ip_set ip_set_hash_net ({probe.stderr.strip()})")
    return isolated


def test_ipset_swaps_the_new_list_for_the_old_one(sets: Fixture, tmp_path: Path) -> None:
    first, second = made(tmp_path / "1.ipset", hostile(), "ipset"), made(tmp_path / "2.ipset", small(), "ipset")
    done = sets(f"ipset restore -f {first}; ipset restore -f {second}; ipset restore -f {second}; ipset save")
    assert (done.returncode, done.stderr) == (0, "")
    four = {("blacklist-all-v4", network) for network in ("192.0.2.0/24", "192.0.2.1", "198.51.100.0/31")}
    assert saved(done.stdout) == four | {("blacklist-all-v6", "2001:db8::/32")}
    assert ".new" not in done.stdout


def test_ipset_holds_more_than_its_default_and_goes_on_after_a_run_that_broke_off(
    sets: Fixture, tmp_path: Path
) -> None:
    path = made(tmp_path / "many.ipset", many(70_000), "ipset")
    half = tmp_path / "half.ipset"
    half.write_text("\n".join(path.read_text().splitlines()[:1000]) + "\n")
    done = sets(f"ipset restore -f {half}; ipset restore -f {path}; ipset save")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(saved(done.stdout)) == 70_000


def test_ipset_takes_the_longest_names(sets: Fixture, tmp_path: Path) -> None:
    name = "a-feed-with-a-very-long-name-indeed-as-long-as-can-be"
    path = made(tmp_path / "long.ipset", compiled({name: {"192.0.2.1": None}}), "ipset", Criteria(name))
    done = sets(f"ipset restore -f {path}; ipset save")
    assert (done.returncode, len(saved(done.stdout))) == (0, 1), done.stderr
