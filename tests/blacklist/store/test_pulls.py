"""The pull log in the store: of all servers, over restarts, within its bounds."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blacklist.store.pulls import KEPT_PULL_SECONDS, KEPT_PULLS, Pull, Taken, kept, merge
from blacklist.store.sqlite_keys import SqliteKeyStore
from places import AnyKeys, Place

NOW = 1_900_000_000


def pulled(at: int, *, consumer: str = "one", count: int = 1, first_at: int | None = None, entries: int = 5) -> Pull:
    first = at if first_at is None else first_at
    return Pull(
        Taken(consumer, "all.txt", "family=4"), "pan-os", 7, entries, sent=True, first_at=first, at=at, count=count
    )


@pytest.fixture
def store(place: Place) -> AnyKeys:
    return place.keys()


def test_a_pull_comes_back_as_noted_by_another_server_and_after_a_restart(place: Place, store: AnyKeys) -> None:
    pull = replace(pulled(NOW, count=3, first_at=NOW - 600), sent=False, every=300)
    store.note_pulls([pull], NOW)
    assert place.keys().pulls() == [pull]


def test_what_two_servers_saw_of_one_consumer_is_one_record(store: AnyKeys) -> None:
    store.note_pulls([pulled(NOW)], NOW)
    store.note_pulls([pulled(NOW + 300, entries=6)], NOW + 300)
    store.note_pulls([pulled(NOW + 600, entries=7)], NOW + 600)
    (only,) = store.pulls()
    assert (only.first_at, only.at, only.count, only.every, only.entries) == (NOW, NOW + 600, 3, 300, 7)


def test_a_server_that_hands_over_late_counts_but_does_not_undo_the_last_pull(store: AnyKeys) -> None:
    store.note_pulls([pulled(NOW + 50, entries=6)], NOW + 60)
    store.note_pulls([pulled(NOW + 20, entries=5)], NOW + 61)
    (only,) = store.pulls()
    assert (only.first_at, only.at, only.count, only.entries) == (NOW + 20, NOW + 50, 2, 6)


def test_records_come_the_latest_last(store: AnyKeys) -> None:
    store.note_pulls([pulled(NOW, consumer="b"), pulled(NOW - 9, consumer="a")], NOW)
    assert [pull.taken.consumer for pull in store.pulls()] == ["a", "b"]


def test_a_consumer_that_stayed_away_for_90_days_is_forgotten(store: AnyKeys) -> None:
    store.note_pulls([pulled(NOW)], NOW)
    store.note_pulls([], NOW + KEPT_PULL_SECONDS)
    assert len(store.pulls()) == 1
    store.note_pulls([], NOW + KEPT_PULL_SECONDS + 1)
    assert store.pulls() == []


def test_the_log_is_bounded_and_forgets_the_one_longest_ago(store: AnyKeys) -> None:
    store.note_pulls([pulled(NOW + number, consumer=str(number)) for number in range(KEPT_PULLS + 5)], NOW)
    consumers = [pull.taken.consumer for pull in store.pulls()]
    assert (len(consumers), consumers[0], consumers[-1]) == (KEPT_PULLS, "5", str(KEPT_PULLS + 4))


def test_noting_pulls_is_no_news_to_those_who_hold_keys_in_memory(store: AnyKeys) -> None:
    before = store.version()
    store.note_pulls([pulled(NOW)], NOW)
    assert store.version() == before


def test_a_store_of_before_the_pull_log_gets_one(tmp_path: Path) -> None:
    SqliteKeyStore(tmp_path / "keys.sqlite3").close()
    with closing(sqlite3.connect(tmp_path / "keys.sqlite3")) as older:
        older.execute("DROP TABLE pull")
    again = SqliteKeyStore(tmp_path / "keys.sqlite3")
    again.note_pulls([pulled(NOW)], NOW)
    assert len(again.pulls()) == 1
    again.close()


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=8), st.lists(st.integers(0, 10_000), max_size=8))
def test_merging_loses_no_pull_and_keeps_the_first_and_the_last(ours: list[int], theirs: list[int]) -> None:
    whole: Pull | None = None
    for at in ours + theirs:
        whole = merge(whole, pulled(at))
    assert whole is not None
    assert whole.count == len(ours + theirs)
    assert (whole.first_at, whole.at) == (min(ours + theirs), max(ours + theirs))
    assert 0 <= whole.every <= 10_000


def test_what_is_kept_is_the_same_for_every_store(store: AnyKeys) -> None:
    """Whoever has no SQL sorts and cuts by `kept`."""
    old = pulled(NOW - KEPT_PULL_SECONDS - 1, consumer="old")
    many = [pulled(NOW + number, consumer=str(number)) for number in range(KEPT_PULLS + 1)]
    store.note_pulls([old, *many], NOW)
    assert kept([*many, old], NOW) == list(store.pulls())
