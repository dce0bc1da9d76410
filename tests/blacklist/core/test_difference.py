"""What changed between snapshots: exactly the difference of their lists, and a log of it that a cursor can follow."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blacklist.core.compiler import CompiledFeed, compile_snapshot
from blacklist.core.difference import KEPT_ENTRIES, TooOld, changes_since, difference
from blacklist.core.generation import GenerationBuilder
from blacklist.core.indicator import Indicator, parse_one
from blacklist.core.listing import Allowed, Facts
from blacklist.core.selection import select
from blacklist.core.snapshot import Snapshot

NOW = 1_900_000_000
State = tuple[Sequence[Indicator], Sequence[Indicator], Sequence[Indicator]]


def compiled(generation: int, state: State, previous: Snapshot | None = None) -> Snapshot:
    """A snapshot of two feeds and an allowlist."""
    feeds = []
    for name, entries in zip(("one", "two"), state, strict=False):
        builder = GenerationBuilder()
        fact = builder.fact(Facts("", 50, "", "", NOW, NOW, 0))
        for indicator in entries:
            builder.add(indicator, fact)
        feeds.append(CompiledFeed(name, "attacks", NOW, builder.finish()))
    allowlist = [Allowed(indicator, "", NOW, None) for indicator in state[2]]
    parts = compile_snapshot(feeds, allowlist, generation=generation, now=NOW, previous=previous)
    return Snapshot(b"".join(parts))


@st.composite
def indicators(draw: st.DrawFn) -> Indicator:
    version, base, width = draw(st.sampled_from([(4, 0xC0000200, 32), (6, 0x20010DB8 << 96, 128)]))
    length = draw(st.integers(width - 4, width))
    return Indicator(version, base | draw(st.integers(0, (1 << length - width + 4) - 1)) << width - length, length)


STATES = st.tuples(
    *[st.lists(indicators(), max_size=8, unique=True)] * 2, st.lists(indicators(), max_size=2, unique=True)
)


@settings(max_examples=40)
@given(STATES, STATES)
def test_a_difference_is_that_of_the_lists_of_everything(before: State, after: State) -> None:
    old, new = compiled(1, before), compiled(2, after)
    lists = [set(select(snapshot, "all", NOW)) for snapshot in (old, new)]
    found = difference(old, new)
    assert (set(found.added), set(found.removed)) == (lists[1] - lists[0], lists[0] - lists[1])
    assert found.added == sorted(found.added)


@settings(max_examples=20)
@given(st.lists(STATES, min_size=2, max_size=4), st.data())
def test_who_follows_the_changes_from_any_generation_has_the_current_list(
    states: list[State], data: st.DataObject
) -> None:
    snapshots: list[Snapshot] = []
    for number, state in enumerate(states):
        snapshots.append(compiled(10 * number + 10, state, snapshots[-1] if snapshots else None))
    held = data.draw(st.sampled_from(snapshots))
    entries = set(select(held, "all", NOW))
    current = set(select(snapshots[-1], "all", NOW))
    found = changes_since(snapshots[-1], held.head.generation)
    assert set(found.added) == current - entries
    assert set(found.removed) == entries - current


def network(text: str) -> list[Indicator]:
    return [parse_one(text)]


def test_a_removal_is_told_only_when_no_feed_lists_the_indicator_any_more() -> None:
    one = network("192.0.2.1")
    first = compiled(1, (one, one, []))
    second = compiled(2, (one, [], []), first)
    third = compiled(3, ([], [], []), second)
    assert changes_since(second, 1) == ([], [])
    assert changes_since(third, 1).removed == network("192.0.2.1")


@pytest.mark.parametrize("generation", [0, 9, 31, 10**9])
def test_a_cursor_that_the_log_does_not_reach_is_refused(generation: int) -> None:
    first = compiled(10, (network("192.0.2.1"), [], []))
    second = compiled(30, ([], [], []), first)
    with pytest.raises(TooOld, match="since generation 10, up to 30"):
        changes_since(second, generation)


def test_a_cursor_between_two_snapshots_is_served_from_the_one_before_it() -> None:
    first = compiled(10, (network("192.0.2.1"), [], []))
    second = compiled(30, (network("192.0.2.2"), [], []), first)
    assert changes_since(second, 17) == changes_since(second, 10)
    assert changes_since(second, 30) == ([], [])


def test_the_log_forgets_its_oldest_steps_when_it_grows_too_long() -> None:
    first = compiled(1, ([], [], []))
    many = [Indicator(4, 0x0B000000 + number, 32) for number in range(KEPT_ENTRIES // 2 + 1)]
    second = compiled(2, (many, [], []), first)
    assert len(changes_since(second, 1).added) == len(many)
    third = compiled(3, ([], [], []), second)
    assert len(changes_since(third, 2).removed) == len(many)
    with pytest.raises(TooOld):
        changes_since(third, 1)


def test_the_log_begins_anew_when_almost_everything_is_another() -> None:
    lists = [[Indicator(4, first + number, 32) for number in range(KEPT_ENTRIES + 1)] for first in (11 << 24, 12 << 24)]
    first = compiled(1, (lists[0], [], []), compiled(0, ([], [], [])))
    second = compiled(2, (lists[1], [], []), first)
    assert second.meta["changes"] == []
    assert changes_since(second, 2) == ([], [])
    with pytest.raises(TooOld, match="since generation 2, up to 2"):
        changes_since(second, 1)


@given(STATES, STATES)
def test_how_far_apart_two_tables_are_is_the_count_of_addresses_in_one_alone(before: State, after: State) -> None:
    old, new = compiled(1, before), compiled(2, after)
    for version, width in ((4, 32), (6, 128)):
        one, other = (
            {*new.listings[version].minus(old.listings[version])},
            {*old.listings[version].minus(new.listings[version])},
        )
        counted = new.listings[version].apart(old.listings[version])
        assert counted == sum(indicator.length == width for indicator in one | other)


def test_statistics_count_listings_by_family_category_and_pairs_of_feeds() -> None:
    state: State = (network("192.0.2.1") + network("2001:db8::/32"), network("192.0.2.1") + network("192.0.2.2"), [])
    meta = compiled(1, state).meta
    assert meta["families"] == {"v4": 3, "v6": 1}
    assert meta["categories"] == {"attacks": 4}
    assert meta["overlap"] == {"one": {"two": 1}, "two": {"one": 1}}
    assert meta["growth"] == [{"day": "2030-03-17", "listings": 4}]
