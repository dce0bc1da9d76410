"""Feeds as they enter a snapshot: allowlists, and listings that expire when they are not seen."""

from __future__ import annotations

import pytest

from blacklist.core.compiler import CompiledFeed, compile_snapshot
from blacklist.core.generation import Generation, GenerationBuilder
from blacklist.core.index import Index
from blacklist.core.indicator import Indicator, parse_address, parse_one
from blacklist.core.listing import Facts
from blacklist.core.snapshot import Snapshot

NOW = 1_900_000_000


def generation(*texts: str, last_seen: int = 0, expires_at: int = 0, reason: str = "") -> Generation:
    builder = GenerationBuilder()
    fact = builder.fact(Facts("", 50, "", reason, NOW - 100, last_seen, expires_at))
    for text in texts:
        builder.add(parse_one(text), fact)
    return builder.finish()


def index(*feeds: CompiledFeed, now: int = NOW) -> Index:
    return Index(Snapshot(b"".join(compile_snapshot(feeds, [], generation=1, now=now))))


def listed(found: Index, address: str, now: int = NOW) -> bool:
    return found.lookup(*parse_address(address), now).listed


def test_what_an_allowlist_feed_names_wins_over_every_listing_with_the_feed_as_the_reason() -> None:
    bad = CompiledFeed("bad", "attacks", NOW, generation("192.0.2.0/24", "2001:db8::1"))
    good = CompiledFeed("good", "x", NOW, generation("192.0.2.53", "2001:db8::/64", reason="Resolvers"), "allowlist")
    found = index(bad, good)
    assert listed(found, "192.0.2.52")
    assert not listed(found, "192.0.2.53")
    assert not listed(found, "2001:db8::1")
    allowed = found.allowance(found.lookup(*parse_address("192.0.2.53"), NOW))
    assert allowed is not None
    assert (str(allowed.indicator), allowed.reason) == ("192.0.2.53", "good: Resolvers")
    assert [feed["name"] for feed in found.snapshot.meta["feeds"]] == ["bad"]
    assert [feed["name"] for feed in found.snapshot.meta["allowlists"]] == ["good"]
    assert found.snapshot.meta["listings"] == 2


def test_a_large_allowlist_feed_costs_one_record() -> None:
    builder = GenerationBuilder()
    fact = builder.fact(Facts("", 50, "", "Resolvers", NOW, 0, 0))
    for value in range(62_745):
        builder.add(Indicator(4, 0xC0000200 + 3 * value, 32), fact)
    found = index(CompiledFeed("good", "x", NOW, builder.finish(), "allowlist"))
    assert len(found.snapshot) == 1


def test_an_allowance_that_expired_allows_no_longer() -> None:
    bad = CompiledFeed("bad", "attacks", NOW, generation("192.0.2.1"))
    good = CompiledFeed("good", "x", NOW, generation("192.0.2.1", expires_at=NOW + 10), "allowlist")
    assert [listed(index(bad, good), "192.0.2.1", NOW + second) for second in (0, 9, 10)] == [False, False, True]
    assert listed(index(bad, good, now=NOW + 10), "192.0.2.1", NOW + 10)


@pytest.mark.parametrize(
    ("last_seen", "expires_at", "end"),
    [
        (0, 0, NOW - 50 + 600),  # seen whenever the feed was
        (NOW - 200, 0, NOW - 200 + 600),  # seen when the feed says so
        (0, NOW + 30, NOW + 30),  # what the feed says comes first
        (0, NOW + 9_000, NOW - 50 + 600),
    ],
)
def test_listings_of_a_feed_with_a_ttl_expire_that_long_after_they_were_seen(
    last_seen: int, expires_at: int, end: int
) -> None:
    seen = generation("192.0.2.1", last_seen=last_seen, expires_at=expires_at)
    found = index(CompiledFeed("bad", "attacks", NOW - 50, seen, ttl=600))
    assert listed(found, "192.0.2.1", end - 1)
    assert not listed(found, "192.0.2.1", end)
