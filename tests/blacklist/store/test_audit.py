"""The audit log: what is appended stays, and whatever else is done to it is found."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from blacklist.errors import StoreError
from blacklist.store import redis_audit, sqlite_audit
from blacklist.store.chain import Event, Head, canonical, link
from blacklist.store.interface import KeyRecord
from blacklist.store.redis_keys import RedisKeyStore
from blacklist.store.sqlite_keys import SqliteKeyStore
from places import AnyKeys, Place

NOW = 1_900_000_000


def event(target: str, at: int = NOW) -> Event:
    return Event(at, "cli:tester", "key.create", target, "local", "request")


Entry = tuple[int, str, bytes]


@pytest.fixture
def store(place: Place) -> AnyKeys:
    opened = place.keys()
    for number in range(1, 6):
        opened.log(event(f"key {number}"))
    return opened


def rewrite(store: AnyKeys, entries: list[Entry], *, head: int = 5, base: int = 0) -> None:
    """Puts these entries in the place of the log's, and moves its head and its base to where those numbers were."""
    hashes = {number: digest for number, _, digest in [*store.entries(), *entries]}
    ends = {"head": (head, hashes[head])} | ({"base": (base, hashes[base])} if base else {})
    if isinstance(store, RedisKeyStore):
        link, key = store._documents.link, store._documents.key
        link.call("DEL", key("audit"))
        for number, record, digest in entries:
            link.call("XADD", key("audit"), f"{number}-0", "record", record, "hash", digest.hex())
        for name, (number, digest) in ends.items():
            link.call("HSET", key("audit_end"), name, json.dumps({"number": number, "hash": digest.hex()}))
        return
    with closing(sqlite3.connect(store._database.path)) as connection, connection:
        connection.execute("DELETE FROM audit")
        connection.executemany("INSERT INTO audit VALUES (?, 0, ?, ?)", entries)
        for name, (number, digest) in ends.items():
            connection.execute("INSERT OR REPLACE INTO audit_end VALUES (?, ?, ?)", (name, number, digest))


def tampered(store: AnyKeys, entries: list[Entry], *, head: int = 5, base: int = 0) -> str:
    rewrite(store, entries, head=head, base=base)
    broken = store.verify()
    return "" if broken is None else f"{broken.number}: {broken.reason}"


def test_a_log_that_nobody_touched_is_intact(store: AnyKeys) -> None:
    assert store.verify() is None
    assert [json.loads(record)["target"] for _, record, _ in store.entries()] == [f"key {n}" for n in range(1, 6)]
    assert store.head().number == 5
    assert tampered(store, list(store.entries())) == ""


def test_an_empty_log_is_intact(place: Place) -> None:
    assert place.keys().verify() is None


def test_a_changed_entry_is_found(store: AnyKeys) -> None:
    entries = list(store.entries())
    entries[2] = (3, entries[2][1].replace("key 3", "key 9"), entries[2][2])
    assert tampered(store, entries) == "3: entry 3 was changed, or the one before it was"


def test_a_changed_entry_with_a_hash_that_fits_breaks_the_next(store: AnyKeys) -> None:
    entries = list(store.entries())
    record = canonical(3, event("key 9"))
    entries[2] = (3, record, link(entries[1][2], record))
    assert tampered(store, entries).startswith("4: entry 4 was changed")


def test_a_removed_entry_is_found(store: AnyKeys) -> None:
    entries = list(store.entries())
    assert tampered(store, entries[:1] + entries[2:]).startswith("2: entry 2 is missing")


def test_entries_that_changed_places_are_found(store: AnyKeys) -> None:
    one, two, three, *rest = store.entries()
    entries = [one, (2, *three[1:]), (3, *two[1:]), *rest]
    assert tampered(store, entries).startswith("2: entry 2 is out of order")


def test_an_entry_that_was_put_in_is_found(store: AnyKeys) -> None:
    entries = list(store.entries())
    assert tampered(store, [*entries, (6, *entries[4][1:])]).startswith("6: entry 6 is out of order")


def test_a_log_that_was_cut_short_is_found(store: AnyKeys) -> None:
    assert "cut short" in tampered(store, list(store.entries())[:3])


def test_a_log_that_was_cut_short_with_its_head_is_found_by_the_witness(store: AnyKeys) -> None:
    found = tampered(store, list(store.entries())[:3], head=3)
    assert found == "5: entry 5 was noted as the head, but the log ends before it"


def test_a_log_that_was_written_anew_is_found_by_a_head_that_was_kept_elsewhere(store: AnyKeys, tmp_path: Path) -> None:
    noted = store.head()
    other = SqliteKeyStore(tmp_path / "other" / "keys.sqlite3")
    for number in range(5):
        other.log(event(f"other {number}"))
    (tmp_path / "other" / "audit-head.json").replace(tmp_path / "audit-head.json")
    entries = list(other.entries())
    other.close()
    rewrite(store, entries)
    assert store.verify() is None
    broken = store.verify(noted)
    assert broken is not None
    assert broken.reason == "entry 5 is not the one that was noted as the head"


def test_a_start_that_was_cut_off_is_found(store: AnyKeys) -> None:
    found = tampered(store, list(store.entries())[2:], base=2)
    assert found == "2: entries up to 2 are gone, and no entry says that they were pruned"


def test_a_text_that_is_no_json_is_found(store: AnyKeys) -> None:
    entries = list(store.entries())
    entries[3] = (4, "{", entries[3][2])
    assert tampered(store, entries).startswith("4:")


def test_a_damaged_witness_is_an_error_not_a_pass(store: AnyKeys, tmp_path: Path) -> None:
    (tmp_path / "audit-head.json").write_text("{")
    with pytest.raises(StoreError, match="can't be read"):
        store.verify()


def test_a_missing_witness_is_an_error_beside_a_file_and_none_where_a_process_comes_and_goes(
    store: AnyKeys, tmp_path: Path
) -> None:
    (tmp_path / "audit-head.json").unlink()
    if isinstance(store, RedisKeyStore):
        assert store.verify() is None
    else:
        with pytest.raises(StoreError, match="missing"):
            store.verify()


def test_a_crash_before_the_head_file_is_written_leaves_an_intact_log(store: AnyKeys, tmp_path: Path) -> None:
    before = (tmp_path / "audit-head.json").read_text()
    store.log(event("one more"))
    (tmp_path / "audit-head.json").write_text(before)
    assert store.verify() is None


def test_a_change_and_its_entry_are_made_both_or_neither(store: AnyKeys) -> None:
    record = KeyRecord("id", "test", bytes(32), frozenset({"lookup"}), (), NOW)

    def add_twice() -> None:
        with store.audited(event("twice")):
            store.add(record)
            store.add(record)

    with pytest.raises(StoreError, match=r"UNIQUE|is there already"):
        add_twice()
    assert (store.records(), store.head().number) == ([], 5)
    with store.audited(event("once")):
        store.add(record)
    assert ([one.id for one in store.records()], store.head().number) == (["id"], 6)


def test_too_many_entries_are_pruned_at_the_start_and_an_entry_says_so(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (sqlite_audit, redis_audit):
        monkeypatch.setattr(module, "KEPT_ENTRIES", 10)
        monkeypatch.setattr(module, "_SLACK", 5)
    store = place.keys()
    for number in range(40):
        store.log(event(f"{number}"))
        assert store.verify() is None
    entries = [json.loads(record) for _, record, _ in store.entries()]
    assert len(entries) <= 16
    assert any(entry["what"] == "audit.prune" for entry in entries)
    assert store.verify(Head(3, bytes(32))) is None  # a head noted before what was pruned can't be compared any more


def test_old_entries_are_pruned(place: Place) -> None:
    store = place.keys()
    store.log(event("old"))
    store.log(event("newer", NOW + 10 * 86_400))
    store.log(event("new", NOW + 402 * 86_400))
    assert [json.loads(record)["what"] for _, record, _ in store.entries()] == [
        "key.create",
        "key.create",
        "audit.prune",
    ]
    assert store.verify() is None


def test_two_processes_append_to_one_chain(place: Place, store: AnyKeys) -> None:
    other = place.keys()
    for number in range(5):
        other.log(event(f"other {number}"))
        store.log(event(f"this {number}"))
    assert store.verify() is None
    assert store.head().number == 15
