"""Searching listings: every filter against brute force, and pages that lose and repeat nothing."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from blacklist.core.compiler import CompiledFeed, compile_snapshot
from blacklist.core.generation import GenerationBuilder
from blacklist.core.index import Index
from blacklist.core.indicator import WIDTH, Indicator
from blacklist.core.listing import Facts, Listing
from blacklist.core.overlay import MANUAL, OPERATOR, Change, Edit, Overlay
from blacklist.core.search import Position, Query, search
from blacklist.core.snapshot import Snapshot

NOW = 1_900_000_000
BASES = {4: 0xC0000200, 6: 0x20010DB8 << 96}


@st.composite
def indicators(draw: st.DrawFn) -> Indicator:
    version = draw(st.sampled_from([4, 6]))
    width = WIDTH[version]
    length = draw(st.integers(width - 3, width))
    return Indicator(
        version, BASES[version] | draw(st.integers(0, (1 << length - width + 3) - 1)) << width - length, length
    )


FACTS = st.builds(
    Facts,
    st.sampled_from(["", "scans"]),
    st.sampled_from([10, 90]),
    st.just(""),
    st.just(""),
    st.sampled_from([100, 200]),
    st.just(300),
    st.sampled_from([0, NOW - 1, NOW + 1]),
)
FEEDS = st.dictionaries(indicators(), FACTS, max_size=8)


def listing(feed: str, indicator: Indicator, facts: Facts) -> Listing:
    return Listing(
        indicator,
        feed,
        facts.category or "attacks",
        facts.confidence,
        facts.country,
        facts.reason,
        facts.first_seen,
        facts.last_seen,
        facts.expires_at or None,
    )


def by_hand(indicator: Indicator) -> Edit:
    return Edit(indicator, allowlist=False, entry=Listing(indicator, MANUAL, OPERATOR, 100, "", "", 150, 150, None))


def matches(one: Listing, query: Query) -> bool:
    within, indicator = query.within, one.indicator
    inside = within is None or (within.version, within.start) <= (indicator.version, indicator.start)
    return (
        (one.expires_at is None or one.expires_at > NOW)
        and query.feed in {"", one.feed}
        and query.category in {"", one.category}
        and one.confidence >= query.min_confidence
        and one.first_seen >= query.since
        and inside
        and (within is None or (within.version == indicator.version and indicator.end <= within.end))
        and (
            query.contains is None
            or (query.contains[0] == indicator.version and indicator.start <= query.contains[1] <= indicator.end)
        )
    )


FEW = st.lists(indicators(), max_size=4)
ADDRESSES = st.sampled_from([(version, BASES[version] + offset) for version in (4, 6) for offset in range(8)])
QUERIES = st.builds(
    Query,
    st.sampled_from(["", "one", MANUAL]),
    st.sampled_from(["", "attacks", "scans", OPERATOR]),
    st.sampled_from([0, 50]),
    st.none() | ADDRESSES,
    st.none() | indicators(),
    st.sampled_from([0, 150]),
)


@given(
    FEEDS,
    FEEDS,
    st.lists(indicators(), max_size=4),
    st.lists(indicators(), max_size=4),
    QUERIES,
    st.integers(1, 5),
    st.integers(1, 5),
)
def test_pages_together_hold_every_live_listing_that_matches_once_and_in_order(
    one: dict[Indicator, Facts],
    manual: dict[Indicator, Facts],
    added: list[Indicator],
    removed: list[Indicator],
    query: Query,
    scan: int,
    most: int,
) -> None:
    feeds = []
    for name, entries in (("one", one), (MANUAL, manual)):
        builder = GenerationBuilder()
        for indicator, facts in entries.items():
            builder.add(indicator, builder.fact(facts))
        feeds.append(CompiledFeed(name, "attacks", 300, builder.finish()))
    snapshot = Snapshot(b"".join(compile_snapshot(feeds, [], generation=1, now=1)))
    edits = [*map(by_hand, added), *(Edit(indicator, allowlist=False, entry=None) for indicator in removed)]
    index = Index(snapshot, Overlay(Change(2 + place, edit) for place, edit in enumerate(edits)))

    hand = {indicator: listing(MANUAL, indicator, facts) for indicator, facts in manual.items()}
    for edit in edits:
        hand.pop(edit.indicator, None)
        if isinstance(edit.entry, Listing):
            hand[edit.indicator] = edit.entry
    everything = [*(listing("one", indicator, facts) for indicator, facts in one.items()), *hand.values()]
    expected = [found for found in everything if matches(found, query)]

    found: list[Listing] = []
    after: Position | None = None
    while True:
        page = search(index, replace(query, after=after, most=most), NOW, scan=scan)
        found += page.listings
        after = page.after
        if after is None:
            break
    assert sorted(found, key=repr) == sorted(expected, key=repr)
    assert [item.indicator for item in found] == sorted(item.indicator for item in found)
