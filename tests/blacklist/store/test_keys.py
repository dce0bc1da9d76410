"""API keys in the store, asked of each one there is."""

from __future__ import annotations

from blacklist.core.indicator import parse_one
from blacklist.store.interface import KeyRecord
from places import Place


def key(id: str) -> KeyRecord:
    networks = (parse_one("192.0.2.0/24"),)
    return KeyRecord(id, "a firewall", bytes(32), frozenset({"lists"}), networks, 1, expires_at=9)


def test_keys_are_read_back_as_they_were_added(place: Place) -> None:
    store = place.keys()
    store.add(key("b"))
    store.add(key("a"))
    assert list(store.records()) == [key("b"), key("a")]


def test_revoking_twice_keeps_the_first_time_and_an_unknown_id_is_told(place: Place) -> None:
    store = place.keys()
    store.add(key("a"))
    assert store.revoke("a", 5)
    assert store.revoke("a", 7)
    assert not store.revoke("b", 5)
    (record,) = store.records()
    assert record.revoked_at == 5


def test_the_version_moves_with_every_change_own_or_another_process_s(place: Place) -> None:
    one, other = place.keys(), place.keys()
    seen = [one.version()]
    other.add(key("a"))
    seen.append(one.version())
    one.revoke("a", 5)
    seen.append(one.version())
    assert len(set(seen)) == 3
    assert one.version() == seen[-1]
