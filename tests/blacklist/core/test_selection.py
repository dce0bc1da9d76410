"""What a list holds: sorted, each network once, less the allowlist exactly."""

from __future__ import annotations

import pytest

from blacklist.core.compiler import CompiledFeed, compile_snapshot
from blacklist.core.generation import GenerationBuilder
from blacklist.core.indicator import parse_one
from blacklist.core.listing import Allowed, Facts
from blacklist.core.selection import Criteria, Selection, category_names, list_names
from blacklist.core.snapshot import Snapshot

NOW = 1_900_000_000


def snapshot(*allowed: str) -> Snapshot:
    feeds = []
    for name, category, entries in (
        ("one", "attacks", ["192.0.2.0/24", "192.0.2.9", "2001:db8::/32"]),
        ("two", "spam", ["192.0.2.9", "198.51.100.0/30"]),
    ):
        builder = GenerationBuilder()
        for entry in entries:
            builder.add(parse_one(entry), builder.fact(Facts("", 50, "", "", 1, 0, 0)))
        builder.add(parse_one("203.0.113.1"), builder.fact(Facts("", 50, "", "", 1, 0, NOW + 10)))
        feeds.append(CompiledFeed(name, category, 5, builder.finish()))
    allowlist = [Allowed(parse_one(text), "ours", 1, None) for text in allowed]
    return Snapshot(b"".join(compile_snapshot(feeds, allowlist, generation=1, now=NOW)))


def texts(name: str, *allowed: str, now: float = NOW) -> list[str]:
    return listed(Selection(snapshot(*allowed), Criteria(name), now))


def listed(selection: Selection) -> list[str]:
    return [str(network) for version in (4, 6) for network in selection.networks(version)]


def test_lists_are_all_feeds_and_categories() -> None:
    assert list_names(snapshot()) == {"all", "one", "two", "attacks", "spam"}


def test_all_names_each_network_once_in_order() -> None:
    expected = ["192.0.2.0/24", "192.0.2.9", "198.51.100.0/30", "203.0.113.1", "2001:db8::/32"]
    assert texts("all") == expected


@pytest.mark.parametrize("name", ["two", "spam"])
def test_a_feed_and_its_category_hold_their_own(name: str) -> None:
    assert texts(name) == ["192.0.2.9", "198.51.100.0/30", "203.0.113.1"]


def test_what_has_expired_since_the_snapshot_is_left_out() -> None:
    assert texts("two", now=NOW + 10) == ["192.0.2.9", "198.51.100.0/30"]


def test_an_allowed_address_splits_the_network_around_it_into_the_fewest_that_remain() -> None:
    assert texts("two", "198.51.100.1") == ["192.0.2.9", "198.51.100.0", "198.51.100.2/31", "203.0.113.1"]


def test_a_network_inside_an_allowed_one_is_gone() -> None:
    assert texts("one", "192.0.2.0/23", "2001:db8::/16") == ["203.0.113.1"]


def ranked() -> Snapshot:
    feeds = []
    for name, entries in (
        ("one", {"192.0.2.0/25": (90, 5), "192.0.2.128/25": (40, 5), "198.51.100.1": (70, 5), "198.51.100.3": (70, 9)}),
        ("two", {"198.51.100.2": (70, 5), "198.51.100.1": (10, 5), "2001:db8::1": (70, 9)}),
    ):
        builder = GenerationBuilder()
        for text, (confidence, last_seen) in entries.items():
            category = "spam" if confidence == 40 else ""
            builder.add(parse_one(text), builder.fact(Facts(category, confidence, "", "", 1, last_seen, 0)))
        feeds.append(CompiledFeed(name, "attacks", 5, builder.finish()))
    return Snapshot(b"".join(compile_snapshot(feeds, [], generation=1, now=NOW)))


def chosen(criteria: Criteria, *, disjoint: bool = False) -> list[str]:
    return listed(Selection(ranked(), criteria, NOW, disjoint=disjoint))


def test_a_category_of_a_single_listing_is_a_list_too() -> None:
    assert category_names(ranked()) == {"attacks", "spam"}
    assert chosen(Criteria("spam")) == ["192.0.2.128/25"]
    assert chosen(Criteria("one", category="spam")) == ["192.0.2.128/25"]


def test_a_listing_below_the_confidence_does_not_count_but_another_feeds_may() -> None:
    assert "198.51.100.1" in chosen(Criteria(min_confidence=70))
    assert chosen(Criteria("two", min_confidence=70)) == ["198.51.100.2", "2001:db8::1"]


def test_a_family_leaves_the_other_out() -> None:
    assert chosen(Criteria(family=6)) == ["2001:db8::1"]
    assert "2001:db8::1" not in chosen(Criteria(family=4))


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (1, ["192.0.2.0/25"]),  # the most confident
        (2, ["192.0.2.0/25", "198.51.100.1"]),  # then the one that two feeds list
        (3, ["192.0.2.0/25", "198.51.100.1", "198.51.100.3"]),  # then the one seen last; of equals the lower address
        (4, ["192.0.2.0/25", "198.51.100.1", "198.51.100.3", "2001:db8::1"]),
        (5, ["192.0.2.0/25", "198.51.100.1", "198.51.100.2", "198.51.100.3", "2001:db8::1"]),
        (99, ["192.0.2.0/25", "192.0.2.128/25", "198.51.100.1", "198.51.100.2", "198.51.100.3", "2001:db8::1"]),
    ],
)
def test_the_best_ranked_are_kept_in_order_of_address(limit: int, expected: list[str]) -> None:
    assert chosen(Criteria(max_entries=limit)) == expected


def test_an_aggregate_is_the_fewest_networks_and_ranks_as_its_best() -> None:
    whole = ["192.0.2.0/24", "198.51.100.1", "198.51.100.2/31", "2001:db8::1"]
    assert chosen(Criteria(aggregate=True)) == whole
    assert chosen(Criteria(aggregate=True, max_entries=2)) == ["192.0.2.0/24", "198.51.100.1"]


def test_networks_inside_others_are_left_out_where_they_must_be_apart() -> None:
    selection = Selection(snapshot(), Criteria("one"), NOW, disjoint=True)
    assert listed(selection) == ["192.0.2.0/24", "203.0.113.1", "2001:db8::/32"]


def test_the_pieces_of_a_network_keep_its_records_and_share_those_of_an_equal_one() -> None:
    builder = GenerationBuilder()
    fact = builder.fact(Facts("", 50, "", "", 1, 0, 0))
    for text in ("192.0.2.0/30", "192.0.2.0/31"):
        builder.add(parse_one(text), fact)
    other = GenerationBuilder()
    other.add(parse_one("192.0.2.0/31"), other.fact(Facts("", 90, "", "", 1, 0, 0)))
    feeds = [CompiledFeed("one", "a", 5, builder.finish()), CompiledFeed("two", "a", 5, other.finish())]
    allowlist = [Allowed(parse_one("192.0.2.3"), "ours", 1, None)]
    compiled = Snapshot(b"".join(compile_snapshot(feeds, allowlist, generation=1, now=NOW)))
    selection = Selection(compiled, Criteria(), NOW)
    told = {
        str(network): {selection.record(number).feed for number in numbers} for network, numbers in selection.entries(4)
    }
    assert told == {"192.0.2.0/31": {"one", "two"}, "192.0.2.2": {"one"}}


def test_reading_it_again_gives_the_same() -> None:
    selection = Selection(ranked(), Criteria(max_entries=4), NOW)
    assert listed(selection) == listed(selection)
