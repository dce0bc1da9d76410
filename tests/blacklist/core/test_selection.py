"""What a list holds: sorted, each network once, less the allowlist exactly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blacklist.core.compiler import CompiledFeed, compile_snapshot
from blacklist.core.generation import GenerationBuilder
from blacklist.core.indicator import Indicator, parse_one
from blacklist.core.listing import Allowed, Facts
from blacklist.core.selection import list_names, select, subtract
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
    return [str(indicator) for indicator in select(snapshot(*allowed), name, now)]


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


small = st.builds(
    lambda start, length: Indicator(4, start >> (32 - length) << (32 - length), length),
    st.integers(0, 255),
    st.integers(22, 32),
)


@given(st.lists(small, max_size=12), st.lists(small, max_size=6))
def test_subtraction_is_exact(networks: list[Indicator], allowed: list[Indicator]) -> None:
    left = list(subtract(sorted(set(networks)), sorted(set(allowed))))
    assert left == sorted(set(left))
    expected = addresses(networks) - addresses(allowed)
    assert addresses(left) == expected


def addresses(networks: list[Indicator]) -> set[int]:
    return {address for network in networks for address in range(network.start, network.end + 1)}
