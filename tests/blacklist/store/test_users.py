"""Operators, sessions and signing keys in the store; and that servers hear of every change."""

from __future__ import annotations

from dataclasses import replace

import pytest

from blacklist.access.tokens import new_signing_key
from blacklist.store.accounts import KEPT_SESSIONS, Renewal, Session, UserRecord
from blacklist.store.interface import KeyRecord
from places import AnyKeys, Place

NOW = 1_900_000_000
WEEK = 7 * 86_400
ALICE = UserRecord("alice", "hash", frozenset({"lookup", "lists"}), NOW)
KEY = KeyRecord("id", "test", bytes(32), frozenset({"lookup"}), (), NOW)


def session(id: str, token: str = "t1", at: int = NOW) -> Session:
    return Session(id, "alice", token, at, at + WEEK)


def renew(store: AnyKeys, token: str, fresh: str, at: int = NOW + 1) -> Renewal:
    return store.renew("s", token, fresh, at=at, expires_at=at + WEEK)[0]


@pytest.fixture
def store(place: Place) -> AnyKeys:
    opened = place.keys()
    assert opened.add_user(ALICE)
    return opened


def test_an_operator_comes_back_as_stored_and_a_name_is_taken_once(store: AnyKeys) -> None:
    assert store.user("alice") == ALICE
    assert store.users() == [ALICE]
    assert not store.add_user(replace(ALICE, password="other"))  # pragma: allowlist secret
    assert store.user("alice") == ALICE
    assert store.user("nobody") is None


def test_a_refresh_token_is_good_once_and_used_twice_it_ends_the_session(store: AnyKeys) -> None:
    assert store.open_session(session("s"), "hash")
    assert renew(store, "t1", "t2") is Renewal.RENEWED
    assert renew(store, "t2", "t3") is Renewal.RENEWED
    assert renew(store, "t1", "t4") is Renewal.REUSED
    assert renew(store, "t3", "t5") is Renewal.REFUSED
    assert store.revoked_sessions(NOW) == {"s"}


def test_a_session_that_is_unknown_or_over_is_refused(store: AnyKeys) -> None:
    assert renew(store, "t1", "t2") is Renewal.REFUSED
    store.open_session(session("s"), "hash")
    assert renew(store, "t1", "t2", at=NOW + WEEK) is Renewal.REFUSED


def test_a_new_password_and_the_end_of_an_account_end_its_sessions(store: AnyKeys) -> None:
    store.open_session(session("s"), "hash")
    assert store.set_password("alice", "new", NOW + 5)
    assert store.revoked_sessions(NOW) == {"s"}
    assert not store.open_session(session("late"), "hash")  # a login that was under way with the old password
    assert store.open_session(session("s2"), "new")
    assert store.disable_user("alice", NOW + 6)
    assert store.revoked_sessions(NOW) == {"s", "s2"}
    assert not store.open_session(session("s3"), "new")
    assert not store.set_password("nobody", "new", NOW)
    assert not store.disable_user("nobody", NOW)


def test_the_oldest_session_ends_when_there_would_be_too_many(store: AnyKeys) -> None:
    for place in range(KEPT_SESSIONS + 2):
        assert store.open_session(session(f"s{place}", at=NOW + place), "hash")
    assert store.revoked_sessions(NOW) == {"s0", "s1"}


def test_sessions_that_are_over_are_forgotten(store: AnyKeys) -> None:
    store.open_session(session("s"), "hash")
    store.revoke_session("s", NOW + 1)
    store.open_session(session("later", at=NOW + 2 * 86_400), "hash")
    assert store.revoked_sessions(0) == frozenset()


def test_two_signing_keys_are_kept_the_newest_first(store: AnyKeys) -> None:
    keys = [new_signing_key(NOW + place) for place in range(3)]
    for key in keys:
        store.rotate_signing_key(key)
    assert [key.id for key in store.signing_keys()] == [keys[2].id, keys[1].id]
    assert [key.retired_at for key in store.signing_keys()] == [None, NOW + 2]


def test_a_rotated_key_ends_after_the_overlap_or_when_it_would_have(store: AnyKeys) -> None:
    store.add(KEY)
    store.add(replace(KEY, id="short", expires_at=NOW + 10))
    assert store.replace("id", replace(KEY, id="fresh", created_at=NOW), NOW + 60)
    assert store.replace("short", replace(KEY, id="fresh2", created_at=NOW), NOW + 60)
    ends = {record.id: record.expires_at for record in store.records()}
    assert ends == {"id": NOW + 60, "fresh": None, "short": NOW + 10, "fresh2": None}


def test_a_key_that_has_ended_is_not_rotated(store: AnyKeys) -> None:
    store.add(replace(KEY, revoked_at=NOW))
    store.add(replace(KEY, id="over", expires_at=NOW))
    for id in ("id", "over", "unknown"):
        assert not store.replace(id, replace(KEY, id="fresh", created_at=NOW), NOW + 60)
    assert {record.id for record in store.records()} == {"id", "over"}


def test_the_last_use_of_a_key_only_moves_on(store: AnyKeys) -> None:
    store.note_uses({"id": NOW})
    store.note_uses({"id": NOW - 5, "other": NOW})
    assert store.uses() == {"id": NOW, "other": NOW}


def test_every_change_that_servers_must_know_of_moves_the_version_and_no_other(place: Place) -> None:
    here, there = place.keys(), place.keys()
    seen = [(here.version(), there.version())]

    def moved() -> list[bool]:
        now = here.version(), there.version()
        seen.append(now)
        assert now[0] == now[1]
        return [now != seen[-2]]

    there.add_user(ALICE)
    moved()
    for change in (
        lambda: there.add(KEY),
        lambda: there.replace("id", replace(KEY, id="fresh"), NOW + 9),
        lambda: there.revoke("id", NOW),
        lambda: there.rotate_signing_key(new_signing_key(NOW)),
        lambda: there.open_session(session("s"), "hash") and there.revoke_session("s", NOW),
        lambda: there.set_password("alice", "new", NOW),
        lambda: there.disable_user("alice", NOW),
    ):
        change()
        assert moved() == [True]
    there.note_uses({"id": NOW})
    assert moved() == [False]
