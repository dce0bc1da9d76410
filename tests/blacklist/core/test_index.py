"""Verdicts from a compiled snapshot, against brute force over the same listings."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blacklist.core.compiler import CompiledFeed, compile_snapshot
from blacklist.core.generation import GenerationBuilder
from blacklist.core.index import Index
from blacklist.core.indicator import WIDTH, Indicator, parse_address, parse_one
from blacklist.core.listing import Allowed, Facts
from blacklist.core.snapshot import Snapshot

NOW = 1_900_000_000


def facts(confidence: int = 50, *, category: str = "", reason: str = "", expires_at: int = 0) -> Facts:
    return Facts(category, confidence, "", reason, NOW - 100, 0, expires_at)


def feed(name: str, *entries: str | tuple[str, Facts], category: str = "attacks") -> CompiledFeed:
    builder = GenerationBuilder()
    for entry in entries:
        text, said = (entry, facts()) if isinstance(entry, str) else entry
        builder.add(parse_one(text), builder.fact(said))
    return CompiledFeed(name, category, NOW - 10, builder.finish())


def index(*feeds: CompiledFeed, allow: Sequence[Allowed] = (), now: int = NOW) -> Index:
    return Index(Snapshot(b"".join(compile_snapshot(feeds, allow, generation=7, now=now))))


def allow(text: str, *, expires_at: int | None = None) -> Allowed:
    return Allowed(parse_one(text), "ours", NOW - 5, expires_at)


def listed_by(found: Index, address: str, now: float = NOW) -> list[tuple[str, str]]:
    verdict = found.lookup(*parse_address(address), now)
    return [
        (str(listing.indicator), listing.feed)
        for listing in (found.listing(verdict, match) for match in verdict.matches)
    ]


def test_all_covering_listings_of_all_feeds_are_answered_longest_network_first() -> None:
    found = index(
        feed("one", "192.0.2.0/24", "192.0.2.128/25", "192.0.2.200"),
        feed("two", "192.0.2.0/24", "192.0.2.200", "192.0.0.0/16"),
    )
    assert listed_by(found, "192.0.2.200") == [
        ("192.0.2.200", "one"),
        ("192.0.2.200", "two"),
        ("192.0.2.128/25", "one"),
        ("192.0.2.0/24", "one"),
        ("192.0.2.0/24", "two"),
        ("192.0.0.0/16", "two"),
    ]
    assert listed_by(found, "192.0.1.1") == [("192.0.0.0/16", "two")]
    assert listed_by(found, "192.1.0.0") == []


def test_a_sibling_that_starts_between_does_not_hide_the_network_around_both() -> None:
    found = index(feed("one", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24"))
    assert listed_by(found, "10.1.3.0") == [("10.1.0.0/16", "one"), ("10.0.0.0/8", "one")]
    assert listed_by(found, "10.2.0.0") == [("10.0.0.0/8", "one")]
    assert listed_by(found, "11.0.0.0") == []


def test_the_first_and_last_address_of_both_families_can_be_listed() -> None:
    ends = ["0.0.0.0", "255.255.255.255", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"]
    found = index(feed("one", *ends))
    assert [listed_by(found, end) for end in ends] == [[(end, "one")] for end in ends]
    assert listed_by(found, "::1") == []


def test_addresses_that_share_their_upper_half_are_told_apart() -> None:
    found = index(feed("one", "2001:db8::1", "2001:db8::3", "2001:db8::8/125"))
    answers = {str(n): bool(listed_by(found, f"2001:db8::{n:x}")) for n in range(17)}
    assert [n for n, listed in answers.items() if listed] == ["1", "3", *map(str, range(8, 16))]


def test_a_listing_comes_back_with_everything_its_feed_said() -> None:
    said = Facts("malware", 90, "KR", "SBL1, “quoted”", NOW - 500, NOW - 50, NOW + 60)
    found = index(feed("one", ("192.0.2.1", said)))
    verdict = found.lookup(*parse_address("192.0.2.1"), NOW)
    listing = found.listing(verdict, verdict.matches[0])
    assert (listing.category, listing.confidence, listing.country, listing.reason) == said[:4]
    assert (listing.first_seen, listing.last_seen, listing.expires_at) == said[4:]


def test_last_seen_is_the_last_success_of_a_feed_that_gives_no_dates() -> None:
    found = index(feed("one", "192.0.2.1"))
    verdict = found.lookup(*parse_address("192.0.2.1"), NOW)
    assert found.listing(verdict, verdict.matches[0]).last_seen == NOW - 10


def test_a_listing_ends_at_its_expiry_and_not_a_second_before() -> None:
    found = index(feed("one", ("192.0.2.1", facts(expires_at=NOW + 60))))
    assert listed_by(found, "192.0.2.1", NOW + 59.9) != []
    assert listed_by(found, "192.0.2.1", NOW + 60) == []


def test_what_has_expired_is_not_compiled() -> None:
    found = index(feed("one", ("192.0.2.1", facts(expires_at=NOW)), ("192.0.2.2", facts(expires_at=NOW + 1))))
    assert found.snapshot.entries[4] == 1


def test_the_allowlist_wins_and_the_verdict_shows_both() -> None:
    found = index(feed("one", "192.0.2.0/24"), allow=[allow("192.0.2.7"), allow("198.51.100.0/24")])
    verdict = found.lookup(*parse_address("192.0.2.7"), NOW)
    assert not verdict.listed
    assert verdict.matches
    allowance = found.allowance(verdict)
    assert allowance is not None
    assert (str(allowance.indicator), allowance.reason) == ("192.0.2.7", "ours")
    assert found.lookup(*parse_address("192.0.2.8"), NOW).listed
    assert found.allowance(found.lookup(*parse_address("192.0.2.8"), NOW)) is None


def test_an_allowance_ends_at_its_expiry() -> None:
    found = index(feed("one", "192.0.2.0/24"), allow=[allow("192.0.2.7", expires_at=NOW + 60)])
    assert not found.lookup(*parse_address("192.0.2.7"), NOW + 59).listed
    assert found.lookup(*parse_address("192.0.2.7"), NOW + 60).listed


def test_nothing_loaded_lists_nothing() -> None:
    found = index()
    assert listed_by(found, "192.0.2.1") == []
    assert listed_by(found, "2001:db8::1") == []


def networks(version: int) -> st.SearchStrategy[Indicator]:
    """Networks crowded into a few bits, so that they nest, repeat and touch."""
    width = WIDTH[version]

    def make(low: int, shift: int, length: int) -> Indicator:
        value = low << shift if shift + 6 <= width else low
        host = width - length
        return Indicator(version, value >> host << host, length)

    lengths = st.one_of(st.integers(width - 6, width), st.integers(0, width))
    return st.builds(make, st.integers(0, 63), st.sampled_from([0, 16, 26, 60, 64, 122]), lengths)


@pytest.mark.parametrize("version", [4, 6])
@given(data=st.data())
def test_verdicts_are_those_of_brute_force(version: int, data: st.DataObject) -> None:
    lists = data.draw(st.lists(st.lists(networks(version), max_size=12), max_size=3))
    allowed = data.draw(st.lists(networks(version), max_size=3, unique=True))
    feeds = [feed(f"feed{number}", *map(str, entries)) for number, entries in enumerate(lists)]
    found = index(*feeds, allow=[allow(str(entry)) for entry in allowed])
    around = {
        bound + step
        for entry in [*chain.from_iterable(lists), *allowed]
        for bound in (entry.start, entry.end)
        for step in (-1, 0, 1)
        if 0 <= bound + step < 1 << WIDTH[version]
    }
    for value in around:
        verdict = found.lookup(version, value, NOW)
        expected = sorted(
            {
                (-entry.length, f"feed{n}")
                for n, entries in enumerate(lists)
                for entry in entries
                if covers(entry, value)
            }
        )
        got = [(-length, found.snapshot.record(number).feed) for length, number in verdict.matches]
        assert got == expected
        widest = max((entry.length for entry in allowed if covers(entry, value)), default=None)
        assert (verdict.allowed and verdict.allowed[0]) == widest


def covers(network: Indicator, value: int) -> bool:
    return network.start <= value <= network.end
