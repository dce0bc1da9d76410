"""MaxMind's reader and the STIX validator take the lists as their own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import maxminddb
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from blacklist.core.compiler import CompiledFeed, compile_snapshot
from blacklist.core.generation import GenerationBuilder
from blacklist.core.index import Index
from blacklist.core.indicator import Indicator, format_address
from blacklist.core.listing import Allowed, Facts
from blacklist.core.selection import Criteria
from blacklist.core.snapshot import Snapshot
from listed import NOW, compiled, hostile, small, written

VALIDATOR = str(Path(sys.executable).with_name("stix2_validator"))


def database(path: Path, snapshot: Snapshot) -> maxminddb.reader.Reader:
    path.write_bytes(written(snapshot, "mmdb")[0])
    return maxminddb.open_database(path, maxminddb.MODE_MEMORY)


def test_maxminddb_finds_networks_with_all_that_is_said_around_them(tmp_path: Path) -> None:
    with database(tmp_path / "all.mmdb", small()) as reader:
        meta = reader.metadata()
        assert (meta.database_type, meta.ip_version, meta.build_epoch, meta.record_size) == ("blacklist", 6, NOW, 24)
        alone = {"feeds": ["one"], "category": "attacks", "confidence": 50}
        assert reader.get_with_prefix_len("192.0.2.200") == (alone, 25)
        assert reader.get("192.0.2.1") == {"feeds": ["one", "two"], "category": "attacks", "confidence": 90}
        assert reader.get("::ffff:192.0.2.200") == alone
        assert reader.get_with_prefix_len("2001:db8::7") == (alone, 32)
        assert reader.get("198.51.100.2") is None
        assert reader.get("2001:db9::") is None


def test_maxminddb_reads_a_list_of_one_family_and_hostile_texts(tmp_path: Path) -> None:
    with database(tmp_path / "six.mmdb", compiled({"one": {"2001:db8::1": None}})) as reader:
        assert reader.get_with_prefix_len("2001:db8::1")[1] == 128
        assert reader.get("192.0.2.1") is None
    with database(tmp_path / "hostile.mmdb", hostile()) as reader:
        assert reader.get("192.0.2.10") == {"feeds": ["one"], "category": "attacks", "confidence": 50}
        found = reader.get("2001:db8::1")
        assert isinstance(found, dict)
        assert str(found["category"]).startswith("say")


def test_networks_where_ipv4_is_are_left_out_of_an_mmdb_and_counted() -> None:
    snapshot = compiled({"one": {"::/90": None, "::7/128": None, "192.0.2.1": None, "2001:db8::/32": None}})
    assert (written(snapshot, "mmdb")[1].entries, written(snapshot, "mmdb")[1].omitted) == (2, 2)


nets4 = st.builds(
    lambda value, length: Indicator(4, (0xC0000200 | value) >> (32 - length) << (32 - length), length),
    st.integers(0, 255),
    st.integers(20, 32),
)
nets6 = st.builds(
    lambda value, length: Indicator(6, (0x20010DB8 << 96 | value) >> (128 - length) << (128 - length), length),
    st.integers(0, 255),
    st.integers(119, 128),
)


@settings(max_examples=60)
@given(st.lists(st.one_of(nets4, nets6), min_size=1, max_size=25), st.lists(nets4, max_size=3))
def test_every_address_has_in_the_mmdb_what_a_lookup_says(
    tmp_path_factory: pytest.TempPathFactory, listed: list[Indicator], allowed: list[Indicator]
) -> None:
    feeds = []
    for name in ("one", "two"):
        builder = GenerationBuilder()
        for place, network in enumerate(listed):
            if (place % 2 == 0) == (name == "one") or place % 5 == 0:
                builder.add(network, builder.fact(Facts("", place, "", "", NOW, 0, 0)))
        feeds.append(CompiledFeed(name, "attacks", NOW, builder.finish()))
    allowlist = [Allowed(network, "ours", 1, None) for network in set(allowed)]
    snapshot = Snapshot(b"".join(compile_snapshot(feeds, allowlist, generation=1, now=NOW)))
    index = Index(snapshot)
    with database(tmp_path_factory.mktemp("mmdb") / "all.mmdb", snapshot) as reader:
        for version, base in ((4, 0xC0000100), (6, 0x20010DB8 << 96)):
            for value in range(base, base + 1024, 3):
                verdict = index.lookup(version, value, NOW)
                listings = [index.listing(verdict, match) for match in verdict.matches]
                expected = {
                    "feeds": sorted({listing.feed for listing in listings}),
                    "category": "attacks",
                    "confidence": max((listing.confidence for listing in listings), default=0),
                }
                assert reader.get(format_address(version, value)) == (expected if verdict.listed else None)


@pytest.mark.parametrize("make", [small, hostile])
def test_the_stix_validator_finds_nothing_wrong(tmp_path: Path, make: object) -> None:
    """Version 5 identifiers are what the standard has for names; the validator knows only its advice of version 4."""
    path = tmp_path / "all.json"
    path.write_bytes(written(small() if make is small else hostile(), "stix")[0])
    command = [VALIDATOR, "--version", "2.1", "--strict", "--disable", "uuid-check", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_stix_validator_would_find_a_broken_pattern(tmp_path: Path) -> None:
    bundle = json.loads(written(small(), "stix")[0])
    bundle["objects"][1]["pattern"] = "[ipv4-addr:value = 192.0.2.1"
    path = tmp_path / "all.json"
    path.write_text(json.dumps(bundle))
    command = [VALIDATOR, "--version", "2.1", str(path)]
    assert subprocess.run(command, capture_output=True, timeout=120, check=False).returncode != 0


def test_yaml_reads_cilium_groups() -> None:
    groups = list(yaml.safe_load_all(written(small(), "cilium", Criteria("one"))[0]))
    assert [group["kind"] for group in groups] == ["CiliumCIDRGroup"]
    assert groups[0]["metadata"] == {"name": "blacklist-one-1", "labels": {"blacklist": "one"}}
    assert groups[0]["spec"]["externalCIDRs"] == ["192.0.2.0/24", "192.0.2.1/32", "2001:db8::/32"]
