"""Exports, byte for byte, over one small snapshot with hostile reasons."""

from __future__ import annotations

import csv
import io
import json
import unicodedata

import pytest

from blacklist.core.compiler import CompiledFeed, compile_snapshot
from blacklist.core.generation import GenerationBuilder
from blacklist.core.listing import Facts
from blacklist.core.selection import Criteria, Selection
from blacklist.core.snapshot import Snapshot
from blacklist.formats.interface import Tally, TooLargeError
from blacklist.formats.registry import EXPORTS
from listed import HOSTILE, NOW, Entries, compiled, hostile, small, written

PLAIN = "192.0.2.0/24\n192.0.2.1\n198.51.100.0/31\n2001:db8::/32\n"
APART = "192.0.2.0/24\n198.51.100.0/31\n2001:db8::/32\n"
EXPECTED = {
    "txt": PLAIN,
    "edl": PLAIN,
    "haproxy": PLAIN,
    "squid": APART,
    "nginx": APART.replace("\n", " 1;\n"),
    "netset": "#\n# blacklist: all\n#\n# This File Date : 2030-03-17T17:46:40Z\n# Generation     : 7\n"
    "# Entries        : 4 networks (3 IPv4, 1 IPv6)\n#\n" + PLAIN,
    "nft": "table inet blacklist {\n"
    "\tset v4 {\n\t\ttype ipv4_addr\n\t\tflags interval\n\t}\n"
    "\tset v6 {\n\t\ttype ipv6_addr\n\t\tflags interval\n\t}\n}\n"
    "flush set inet blacklist v4\nflush set inet blacklist v6\n"
    "add element inet blacklist v4 {\n192.0.2.0/24,\n198.51.100.0/31\n}\n"
    "add element inet blacklist v6 {\n2001:db8::/32\n}\n",
    "ipset": "create blacklist-all-v4 hash:net family inet maxelem 16777216 -exist\n"
    "create blacklist-all-v4.new hash:net family inet maxelem 16777216 -exist\n"
    "flush blacklist-all-v4.new\n"
    "add blacklist-all-v4.new 192.0.2.0/24\nadd blacklist-all-v4.new 192.0.2.1\n"
    "add blacklist-all-v4.new 198.51.100.0/31\n"
    "swap blacklist-all-v4.new blacklist-all-v4\ndestroy blacklist-all-v4.new\n"
    "create blacklist-all-v6 hash:net family inet6 maxelem 16777216 -exist\n"
    "create blacklist-all-v6.new hash:net family inet6 maxelem 16777216 -exist\n"
    "flush blacklist-all-v6.new\nadd blacklist-all-v6.new 2001:db8::/32\n"
    "swap blacklist-all-v6.new blacklist-all-v6\ndestroy blacklist-all-v6.new\n",
    "mikrotik": '/ip firewall address-list remove [find where list="blacklist-all"]\n/ip firewall address-list\n'
    'add list="blacklist-all" timeout=7d address=192.0.2.0/24\n'
    'add list="blacklist-all" timeout=7d address=192.0.2.1\n'
    'add list="blacklist-all" timeout=7d address=198.51.100.0/31\n'
    '/ipv6 firewall address-list remove [find where list="blacklist-all"]\n/ipv6 firewall address-list\n'
    'add list="blacklist-all" timeout=7d address=2001:db8::/32\n',
    "checkpoint": "#UNIQ-NAME,VALUE,TYPE,CONFIDENCE,SEVERITY,PRODUCT,COMMENT\n"
    "blacklist-192.0.2.0-24,192.0.2.0-192.0.2.255,IP Range,medium,medium,AB,attacks by one\n"
    "blacklist-192.0.2.1,192.0.2.1,IP,high,high,AB,attacks by one two: brute force ssh\n"
    "blacklist-198.51.100.0-31,198.51.100.0-198.51.100.1,IP Range,medium,medium,AB,spam by two\n",
    "rbldnsd": "$DATASET ip4trie @\n:127.0.0.2:Listed\n"
    "192.0.2.0/24 Listed as attacks by one\n"
    "192.0.2.1 Listed as attacks by one, two: brute force, ssh\n"
    "198.51.100.0/31 Listed as spam by two\n"
    "$DATASET ip6trie @\n:127.0.0.2:Listed\n2001:db8::/32 Listed as attacks by one\n",
    "cilium": 'apiVersion: cilium.io/v2\nkind: CiliumCIDRGroup\nmetadata:\n  name: "blacklist-all-1"\n'
    '  labels:\n    blacklist: "all"\nspec:\n  externalCIDRs:\n'
    '    - "192.0.2.0/24"\n    - "192.0.2.1/32"\n    - "198.51.100.0/31"\n    - "2001:db8::/32"\n',
    "csv": "indicator,feed,category,confidence,reason,country,first_seen,last_seen,expires_at\n"
    "192.0.2.0/24,one,attacks,50,,,2030-03-17T17:45:40Z,2030-03-17T17:46:35Z,\n"
    '192.0.2.1,one,attacks,90,"brute force, ""ssh""",KR,'
    "2030-03-17T17:45:40Z,2030-03-17T17:46:35Z,2030-03-17T17:47:40Z\n"
    "192.0.2.1,two,spam,50,,,2030-03-17T17:45:40Z,2030-03-17T17:46:35Z,\n"
    "198.51.100.0/31,two,spam,50,,,2030-03-17T17:45:40Z,2030-03-17T17:46:35Z,\n"
    "2001:db8::/32,one,attacks,50,,,2030-03-17T17:45:40Z,2030-03-17T17:46:35Z,\n",
}


@pytest.mark.parametrize("suffix", EXPECTED)
def test_a_list_is_exactly_what_its_consumer_expects(suffix: str) -> None:
    data, tally = written(small(), suffix)
    assert data.decode() == EXPECTED[suffix]
    assert tally.entries == (3 if EXPORTS[suffix].disjoint or suffix == "checkpoint" else 4)
    assert tally.omitted == (1 if suffix == "checkpoint" else 0)


def test_suricata_numbers_categories_and_scores_each() -> None:
    lines = written(small(), "suricata")[0].decode().splitlines()
    heads, rows = [line for line in lines if line[0] == "#"], [line for line in lines if line[0] != "#"]
    assert heads[0] == "# 1,attacks,attacks"
    assert "# 7,spam,spam" in heads
    assert rows == [
        "192.0.2.0/24,1,64",
        "192.0.2.1,1,114",
        "192.0.2.1,7,64",
        "198.51.100.0/31,7,64",
        "2001:db8::/32,1,64",
    ]


def test_suricata_has_sixty_categories_and_counts_what_is_beyond() -> None:
    entries: Entries = {f"192.0.2.{n}": Facts(f"kind-{n:02}", n, "", "", NOW, 0, 0) for n in range(70)}
    data, tally = written(compiled({"one": entries}), "suricata")
    rows = [line.split(",") for line in data.decode().splitlines() if line[0] != "#"]
    assert {int(number) for _, number, _ in rows} <= set(range(1, 61))
    assert {int(score) for *_, score in rows} <= set(range(1, 128))
    assert tally.entries + tally.omitted == 70
    assert tally.omitted == 20


def test_json_and_ndjson_tell_every_listing_in_full() -> None:
    whole = json.loads(written(small(), "json")[0])
    assert (whole["list"], whole["generation"], whole["as_of"]) == ("all", 7, "2030-03-17T17:46:40Z")
    lines = written(small(), "ndjson")[0].decode().splitlines()
    assert list(map(json.loads, lines)) == whole["listings"]
    assert whole["listings"][1] == {
        "indicator": "192.0.2.1",
        "feed": "one",
        "category": "attacks",
        "confidence": 90,
        "reason": 'brute force, "ssh"',
        "country": "KR",
        "first_seen": "2030-03-17T17:45:40Z",
        "last_seen": "2030-03-17T17:46:35Z",
        "expires_at": "2030-03-17T17:47:40Z",
    }
    assert [listing["indicator"] for listing in whole["listings"]].count("192.0.2.1") == 2


@pytest.mark.parametrize("suffix", EXPORTS)
def test_the_same_state_gives_the_same_bytes(suffix: str) -> None:
    assert written(small(), suffix)[0] == written(small(), suffix)[0]


@pytest.mark.parametrize("suffix", sorted(set(EXPORTS) - {"mmdb", "stix", "json"}))
def test_no_reason_breaks_a_line(suffix: str) -> None:
    plain = compiled({"one": dict.fromkeys([*(f"192.0.2.{n}" for n in range(10, 22)), "2001:db8::1"])})
    calm, told = written(plain, suffix)[0].decode(), written(hostile(), suffix)[0].decode()
    own_category = 1 if suffix == "suricata" else 0  # which the hostile listing has: one more comment
    assert len(told.splitlines()) == len(calm.splitlines()) + own_category
    assert not [letter for letter in told if unicodedata.category(letter)[0] == "C" and letter not in "\n\t"]
    assert max(map(len, told.split("\n"))) < (40_000 if suffix == "ndjson" else 3000)


def test_no_reason_breaks_a_quote_or_a_field() -> None:
    rows = list(csv.reader(io.StringIO(written(hostile(), "csv")[0].decode()), strict=True))
    assert {len(row) for row in rows} == {9}
    assert not [field for row in rows for field in row if field.startswith(("=", "+", "-", "@"))]
    assert rows[1][4].startswith("say \"hi\", 'or' not; drop `it` # \\ $1 $$ ]]> add element x")
    fields = [line.split(",") for line in written(hostile(), "checkpoint")[0].decode().splitlines()]
    assert {len(line) for line in fields} == {7}
    listings = json.loads(written(hostile(), "json")[0])["listings"]
    assert listings[0]["reason"] == HOSTILE
    assert json.loads(written(hostile(), "stix")[0])["objects"][1]["description"].endswith(HOSTILE)


def test_a_dollar_is_doubled_and_a_template_begins_with_a_word_of_ours() -> None:
    lines = written(hostile(), "rbldnsd")[0].decode().splitlines()
    rows = [line.partition(" ")[2] for line in lines if line[0] in "12"]
    assert len(rows) == 13
    for row in rows:
        assert row.startswith("Listed as ")
        assert row.replace("$$", "").count("$") == 0
        assert len(row) <= 255


def test_stix_names_the_same_network_alike_in_every_bundle() -> None:
    one, other = (json.loads(written(small(), "stix", Criteria(name))[0]) for name in ("all", "one"))
    ids = {thing["name"]: thing["id"] for thing in one["objects"]}
    assert {thing["name"]: thing["id"] for thing in other["objects"]}.items() <= ids.items()
    assert one["id"] != other["id"]
    listed = one["objects"][2]
    assert (listed["pattern"], listed["valid_from"]) == ("[ipv4-addr:value = '192.0.2.1']", "2030-03-17T17:45:40.000Z")
    assert one["objects"][-1]["pattern"] == "[ipv6-addr:value ISSUBSET '2001:db8::/32']"


@pytest.mark.parametrize("suffix", ["nft", "ipset", "mikrotik", "rbldnsd"])
def test_a_family_that_is_not_wanted_is_not_touched(suffix: str) -> None:
    text = written(small(), suffix, Criteria(family=4))[0].decode()
    assert "v6" not in text
    assert "ip6" not in text
    assert "2001" not in text


def test_a_family_that_is_empty_is_emptied_but_never_added_to() -> None:
    text = written(small(), "nft", Criteria("two"))[0].decode()
    assert "flush set inet blacklist v6" in text
    assert "add element inet blacklist v6" not in text
    assert (
        'remove [find where list="blacklist-two"]\n/ipv6' in written(small(), "mikrotik", Criteria("two"))[0].decode()
    )


def test_a_list_of_more_than_a_group_may_hold_is_several_groups() -> None:
    builder = GenerationBuilder()
    builder.add_addresses(range(0xC0000200, 0xC0000200 + 20_000), builder.fact(Facts("", 50, "", "", NOW, 0, 0)))
    feeds = [CompiledFeed("one", "attacks", NOW, builder.finish())]
    data, tally = written(Snapshot(b"".join(compile_snapshot(feeds, [], generation=1, now=NOW))), "cilium")
    documents = data.decode().split("---\n")
    assert [document.count("/32") for document in documents] == [16_384, 3_616]
    assert max(map(len, documents)) < 1_000_000
    assert tally.entries == 20_000


def test_a_long_name_of_a_list_fits_an_ipset() -> None:
    name = "a-feed-with-a-very-long-name-indeed-as-long-as-can-be"
    text = written(compiled({name: {"192.0.2.1": None}, "one": {}}), "ipset", Criteria(name))[0].decode()
    names = {word for line in text.splitlines() for word in line.split()[1:2]}
    assert len(names) == 4
    assert max(map(len, names)) <= 31


def test_what_grows_beyond_its_room_is_given_up() -> None:
    with pytest.raises(TooLargeError, match="larger than 1 MiB"):
        Tally(room=1 << 20).check((1 << 20) + 1)
    Tally(room=1 << 20).check(1 << 20)
    Tally().check(1 << 60)


def test_pieces_come_before_the_end_is_known() -> None:
    builder = GenerationBuilder()
    builder.add_addresses(range(0xC0000200, 0xC0000200 + 20_000), builder.fact(Facts("", 50, "", "", NOW, 0, 0)))
    feeds = [CompiledFeed("one", "attacks", NOW, builder.finish())]
    snapshot = Snapshot(b"".join(compile_snapshot(feeds, [], generation=1, now=NOW)))
    for suffix in ("txt", "csv", "ndjson", "stix"):
        tally = Tally()
        pieces = EXPORTS[suffix].write(Selection(snapshot, Criteria(), NOW), tally)
        while not tally.entries:
            next(pieces)
        assert tally.entries < 10_000


def test_nothing_is_no_bytes_of_a_plain_list() -> None:
    assert written(small(), "txt", Criteria("two", family=6))[0] == b""
