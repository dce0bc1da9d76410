"""What every store promises, asked of each one there is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from blacklist.core.generation import EMPTY, Generation, GenerationBuilder
from blacklist.core.impact import Impact
from blacklist.core.indicator import parse_one
from blacklist.core.listing import Allowed, Facts, Listing
from blacklist.core.overlay import Change, Edit
from blacklist.errors import Conflict
from blacklist.store.interface import FeedInfo, ImportRecord, Once, Rejected, Store
from places import Place

INFO = FeedInfo("one", "attacks", "https://feeds.example/one.txt", "CC0-1.0", "Somebody")


def generation(*texts: str) -> Generation:
    builder = GenerationBuilder()
    fact = builder.fact(Facts("", 50, "KR", "seen", 100, 0, 0))
    for text in texts:
        builder.add(parse_one(text), fact)
    return builder.finish()


def record(outcome: str = "imported", *, at: int = 1_000, error: str = "") -> ImportRecord:
    samples = (Rejected(3, "1.2.3", "not an address"),)
    return ImportRecord("one", at, outcome, 2, 1, reasons={"not an address": 1}, samples=samples, error=error)


@pytest.fixture
def store(place: Place) -> Store:
    return place.store()


def test_a_new_store_is_empty(store: Store) -> None:
    assert store.counter() == 0
    assert list(store.feeds()) == []
    assert store.feed("one") is None
    assert store.generation("one") is EMPTY
    assert list(store.allowlist()) == []


def test_a_commit_is_read_back_whole(store: Store) -> None:
    made = generation("192.0.2.1", "192.0.2.0/24", "2001:db8::/32")
    number = store.commit(INFO, made, record())
    state = store.feed("one")
    assert state is not None
    assert (state.info, state.generation, state.entries, state.last_success) == (INFO, number, 3, 1_000)
    assert (state.last, state.held) == (record(), None)
    assert list(store.generation("one")) == list(made)
    assert list(store.feeds()) == [state]


def test_the_counter_grows_with_what_changes_lookups_and_with_nothing_else(store: Store) -> None:
    first = store.commit(INFO, generation("192.0.2.1"), record())
    store.confirm("one", record("unchanged", at=2_000))
    store.fail(INFO, record("failed", at=3_000))
    store.hold(INFO, generation(), record("quarantined", at=4_000))
    assert store.counter() == first
    second = store.edit([allowed("192.0.2.1")], at=1)
    third = store.edit([gone(allowed("192.0.2.1"))], at=2)
    assert second is not None
    assert third is not None
    assert first < second < third == store.counter()


def test_an_unchanged_feed_moves_its_last_success_alone(store: Store) -> None:
    number = store.commit(INFO, generation("192.0.2.1"), record())
    store.confirm("one", record("unchanged", at=2_000))
    state = store.feed("one")
    assert state is not None
    assert (state.generation, state.last_success, state.last.outcome) == (number, 2_000, "unchanged")


def test_a_failed_or_held_update_leaves_the_last_good_generation(store: Store) -> None:
    store.commit(INFO, generation("192.0.2.1"), record())
    store.fail(INFO, record("failed", at=2_000, error="no route"))
    store.hold(INFO, generation("192.0.2.9"), record("quarantined", at=3_000, error="it shrank"))
    state = store.feed("one")
    assert state is not None
    assert (state.entries, state.last_success) == (1, 1_000)
    assert state.held is not None
    assert state.held.error == "it shrank"
    assert [str(indicator) for indicator, _ in store.generation("one")] == ["192.0.2.1"]


def test_a_good_update_clears_the_quarantine(store: Store) -> None:
    store.hold(INFO, generation("192.0.2.9"), record("quarantined"))
    store.commit(INFO, generation("192.0.2.1"), record(at=2_000))
    state = store.feed("one")
    assert state is not None
    assert state.held is None


def test_a_feed_that_comes_back_to_its_last_good_content_leaves_the_quarantine(store: Store) -> None:
    store.commit(INFO, generation("192.0.2.1"), record())
    store.hold(INFO, generation("192.0.2.9"), record("quarantined", at=2_000))
    store.confirm("one", record("unchanged", at=3_000))
    state = store.feed("one")
    assert state is not None
    assert state.held is None


def test_a_feed_s_category_changes_with_its_next_generation_and_not_before(store: Store) -> None:
    other = FeedInfo("one", "scans")
    store.commit(INFO, generation("192.0.2.1"), record())
    store.hold(other, generation("192.0.2.9"), record("quarantined"))
    store.fail(other, record("failed"))
    assert [state.info.category for state in store.feeds()] == ["attacks"]
    store.commit(other, generation("192.0.2.1"), record())
    assert [state.info.category for state in store.feeds()] == ["scans"]


def test_a_feed_that_never_succeeded_is_known_with_its_error(store: Store) -> None:
    store.fail(INFO, record("failed", error="no route"))
    state = store.feed("one")
    assert state is not None
    assert (state.generation, state.entries, state.last_success, state.last.error) == (0, 0, 0, "no route")


def allowed(text: str, reason: str = "ours") -> Edit:
    return Edit(parse_one(text), allowlist=True, entry=Allowed(parse_one(text), reason, 5, 9))


def listed(text: str, confidence: int = 90) -> Edit:
    indicator = parse_one(text)
    entry = Listing(indicator, "manual", "operator", confidence, "KR", 'a "reason"', 5, 5, None)
    return Edit(indicator, allowlist=False, entry=entry)


def gone(edit: Edit) -> Edit:
    return Edit(edit.indicator, edit.allowlist, None)


def test_edits_are_read_back_sorted_and_the_last_one_of_an_indicator_holds(store: Store) -> None:
    store.edit([allowed("198.51.100.0/24"), allowed("192.0.2.1", "old"), listed("192.0.2.1", 10)], at=5)
    store.edit([allowed("192.0.2.1", "new"), listed("192.0.2.1"), listed("2001:db8::/32")], at=6)
    assert list(store.allowlist()) == [allowed("192.0.2.1", "new").entry, allowed("198.51.100.0/24").entry]
    assert list(store.manual()) == [listed("192.0.2.1").entry, listed("2001:db8::/32").entry]


def test_edits_of_one_call_share_a_generation_and_are_logged_in_order(store: Store) -> None:
    edits = [listed("192.0.2.1"), allowed("192.0.2.1"), gone(listed("192.0.2.1"))]
    first = store.edit(edits, at=5)
    assert first is not None
    second = store.edit([gone(allowed("192.0.2.1"))], at=6)
    assert second == store.counter() > first
    assert list(store.changes(0)) == [
        *(Change(first, edit) for edit in edits),
        Change(second, gone(allowed("192.0.2.1"))),
    ]
    assert [change.generation for change in store.changes(first)] == [second]
    assert list(store.changes(second)) == []


def test_removing_what_is_not_there_changes_nothing(store: Store) -> None:
    assert store.edit([gone(allowed("192.0.2.1")), gone(listed("192.0.2.1"))], at=5) is None
    assert (store.counter(), list(store.changes(0))) == (0, [])


def test_a_request_with_a_key_happens_once(store: Store) -> None:
    first = store.edit([listed("192.0.2.1")], at=5, once=Once("key", "digest"))
    store.edit([gone(listed("192.0.2.1"))], at=6)
    again = store.edit([listed("192.0.2.1")], at=7, once=Once("key", "digest"))
    assert again == first
    assert list(store.manual()) == []


def test_a_key_that_was_used_for_another_request_is_refused_and_changes_nothing(store: Store) -> None:
    store.edit([listed("192.0.2.1")], at=5, once=Once("key", "digest"))
    with pytest.raises(Conflict, match="used for another request"):
        store.edit([listed("192.0.2.2")], at=6, once=Once("key", "other"))
    assert len(store.manual()) == 1


def test_a_key_is_forgotten_after_a_day(store: Store) -> None:
    first = store.edit([listed("192.0.2.1")], at=5, once=Once("key", "digest"))
    store.edit([listed("192.0.2.2")], at=5 + 86_400, once=Once("another", "digest"))
    assert store.edit([listed("192.0.2.1")], at=6 + 86_400, once=Once("key", "digest")) != first


def test_a_removed_feed_is_forgotten(store: Store) -> None:
    before = store.commit(INFO, generation("192.0.2.1"), record())
    after = store.remove("one")
    assert after is not None
    assert after > before
    assert store.feed("one") is None
    assert store.generation("one") is EMPTY
    assert store.remove("one") is None


def test_a_touch_raises_the_counter_alone(store: Store) -> None:
    store.commit(INFO, generation("192.0.2.1"), record())
    state = store.feed("one")
    assert store.touch() == 2
    assert store.touch(beyond=7) == 8
    assert store.touch(beyond=3) == 9
    assert store.feed("one") == state


def test_what_is_held_is_read_back_with_what_it_would_change(store: Store) -> None:
    store.commit(INFO, generation("192.0.2.1"), record())
    assert store.held("one") is None
    change = Impact(1, 1, ("192.0.2.9",), ("192.0.2.1",))
    held = replace(record("quarantined", at=2_000, error="it shrank"), guards=("shrunk",), change=change)
    made = generation("192.0.2.9")
    store.hold(INFO, made, held)
    state, found = store.feed("one"), store.held("one")
    assert state is not None
    assert found is not None
    assert (state.held, list(found)) == (held, list(made))


def test_an_approved_update_becomes_the_generation_with_the_info_it_came_with(store: Store) -> None:
    first = store.commit(INFO, generation("192.0.2.1"), record())
    store.hold(FeedInfo("one", "scans"), generation("192.0.2.9"), record("quarantined", at=2_000, error="it shrank"))
    number = store.approve("one", 5_000)
    assert number is not None
    assert number > first
    state = store.feed("one")
    assert state is not None
    assert (state.generation, state.entries, state.last_success, state.held) == (number, 1, 2_000, None)
    assert state.info.category == "scans"
    assert (state.last.outcome, state.last.at) == ("imported", 5_000)
    assert state.good is not None
    assert (state.good.at, state.good.error, state.good.approved) == (2_000, "", "it shrank")
    assert [str(indicator) for indicator, _ in store.generation("one")] == ["192.0.2.9"]
    assert store.held("one") is None
    assert store.approve("one", 6_000) is None


def test_a_rejected_update_is_forgotten_and_the_counter_stays(store: Store) -> None:
    first = store.commit(INFO, generation("192.0.2.1"), record())
    store.hold(INFO, generation("192.0.2.9"), record("quarantined", at=2_000))
    assert store.reject("one", 5_000) is True
    assert store.reject("one", 6_000) is False
    state = store.feed("one")
    assert state is not None
    assert (state.held, state.last.outcome, state.last.at, state.last_success) == (None, "rejected", 5_000, 1_000)
    assert (store.counter(), store.held("one"), state.good) == (first, None, record())


def test_deciding_on_a_feed_that_there_is_not_changes_nothing(store: Store) -> None:
    assert (store.approve("one", 1), store.reject("one", 1), store.held("one"), store.counter()) == (
        None,
        False,
        None,
        0,
    )


def test_the_last_accepted_import_is_kept_whatever_comes_after_it(store: Store) -> None:
    store.commit(INFO, generation("192.0.2.1"), record())
    store.hold(INFO, generation("192.0.2.9"), record("quarantined", at=2_000))
    store.fail(INFO, record("failed", at=3_000))
    state = store.feed("one")
    assert state is not None
    assert state.good == record()
    store.confirm("one", record("unchanged", at=4_000))
    state = store.feed("one")
    assert state is not None
    assert state.good == record("unchanged", at=4_000)


def test_a_feed_that_never_succeeded_can_be_approved(store: Store) -> None:
    store.hold(INFO, generation("192.0.2.9"), record("quarantined"))
    assert store.approve("one", 2_000) == 1
    assert len(store.generation("one")) == 1
