"""The overlay: lookups through it say what lookups of the next snapshot will say."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from blacklist.core.compiler import CompiledFeed, compile_snapshot
from blacklist.core.generation import GenerationBuilder
from blacklist.core.index import Index
from blacklist.core.indicator import Indicator, parse_address, parse_one
from blacklist.core.listing import Allowed, Facts, Listing
from blacklist.core.overlay import MANUAL, Change, Edit, Overlay
from blacklist.core.snapshot import Snapshot

NOW = 1_900_000_000


def manual(indicator: Indicator, *, expires_at: int | None = None) -> Listing:
    return Listing(indicator, MANUAL, "operator", 100, "", "by hand", NOW, NOW, expires_at)


def allowed(indicator: Indicator, *, expires_at: int | None = None) -> Allowed:
    return Allowed(indicator, "ours", NOW, expires_at)


def compiled(
    feed: Sequence[Indicator], listings: Sequence[Listing], allowlist: Sequence[Allowed], generation: int
) -> Snapshot:
    feeds = []
    by_hand = [
        (one.indicator, Facts("operator", 100, "", "by hand", NOW, NOW, one.expires_at or 0)) for one in listings
    ]
    from_feed = [(one, Facts("", 50, "", "", NOW, NOW, 0)) for one in feed]
    for name, entries in (("feed", from_feed), (MANUAL, by_hand)):
        builder = GenerationBuilder()
        for indicator, facts in entries:
            builder.add(indicator, builder.fact(facts))
        feeds.append(CompiledFeed(name, "attacks", NOW, builder.finish()))
    return Snapshot(b"".join(compile_snapshot(feeds, allowlist, generation=generation, now=NOW)))


def seen(index: Index, version: int, value: int, now: int) -> tuple[bool, list[Listing], Allowed | None]:
    verdict = index.lookup(version, value, now)
    listings = sorted((index.listing(verdict, match) for match in verdict.matches), key=repr)
    return verdict.listed, listings, index.allowance(verdict)


@st.composite
def indicators(draw: st.DrawFn) -> Indicator:
    length = draw(st.integers(28, 32))
    return Indicator(4, 0xC0000200 | draw(st.integers(0, (1 << length - 28) - 1)) << 32 - length, length)


CHANGES = st.lists(st.tuples(indicators(), st.booleans(), st.sampled_from(["add", "brief", "remove"])), max_size=12)


@given(st.lists(indicators(), max_size=4), CHANGES, CHANGES)
def test_lookups_through_an_overlay_answer_as_the_next_snapshot_does(
    feed: list[Indicator],
    before: list[tuple[Indicator, bool, str]],
    after: list[tuple[Indicator, bool, str]],
) -> None:
    listings: dict[Indicator, Listing] = {}
    allowlist: dict[Indicator, Allowed] = {}

    def change(generation: int, indicator: Indicator, allowing: bool, what: str) -> Change:
        expires_at = NOW + 50 if what == "brief" else None
        if what == "remove":
            (allowlist if allowing else listings).pop(indicator, None)
            return Change(generation, Edit(indicator, allowing, None))
        entry = allowed(indicator, expires_at=expires_at) if allowing else manual(indicator, expires_at=expires_at)
        if isinstance(entry, Allowed):
            allowlist[indicator] = entry
        else:
            listings[indicator] = entry
        return Change(generation, Edit(indicator, allowing, entry))

    for step in before:
        change(1, *step)
    old = compiled(feed, list(listings.values()), list(allowlist.values()), 1)
    overlay = Overlay(change(2 + number, *step) for number, step in enumerate(after))
    new = compiled(feed, list(listings.values()), list(allowlist.values()), 2 + len(after))
    through, expected = Index(old, overlay), Index(new)
    for value in range(0xC0000200, 0xC0000210):
        for now in (NOW, NOW + 100):
            assert seen(through, 4, value, now) == seen(expected, 4, value, now)


def test_the_overlay_raises_the_generation() -> None:
    snapshot = compiled([parse_one("192.0.2.0/28")], [], [], 7)
    assert Index(snapshot).generation == 7
    change = Change(9, Edit(parse_one("192.0.2.1"), allowlist=True, entry=allowed(parse_one("192.0.2.1"))))
    index = Index(snapshot, Overlay([change]))
    assert index.generation == 9
    assert not index.lookup(*parse_address("192.0.2.1"), NOW).listed
    assert index.lookup(*parse_address("192.0.2.2"), NOW).listed


def test_an_operator_cannot_take_back_what_the_settings_allow() -> None:
    network = parse_one("192.0.2.0/28")
    snapshot = compiled([network], [], [Allowed(network, "protected", 0, None, "protected")], 7)
    gone = Change(8, Edit(network, allowlist=True, entry=None))
    assert not Index(snapshot, Overlay([gone])).lookup(*parse_address("192.0.2.1"), NOW).listed
