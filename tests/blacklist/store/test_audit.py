"""The audit log: what is appended stays, and whatever else is done to it is found."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from blacklist.errors import StoreError
from blacklist.store import sqlite_audit
from blacklist.store.chain import Event, Head, canonical, link
from blacklist.store.interface import KeyRecord
from blacklist.store.sqlite_keys import SqliteKeyStore

NOW = 1_900_000_000


def event(target: str, at: int = NOW) -> Event:
    return Event(at, "cli:tester", "key.create", target, "local", "request")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteKeyStore]:
    opened = SqliteKeyStore(tmp_path / "keys.sqlite3")
    for number in range(1, 6):
        opened.log(event(f"key {number}"))
    yield opened
    opened.close()


def tampered(store: SqliteKeyStore, *statements: str) -> str:
    with sqlite3.connect(store._database.path) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()
    broken = store.verify()
    return "" if broken is None else f"{broken.number}: {broken.reason}"


def test_a_log_that_nobody_touched_is_intact(store: SqliteKeyStore) -> None:
    assert store.verify() is None
    assert [json.loads(record)["target"] for _, record, _ in store.entries()] == [f"key {n}" for n in range(1, 6)]
    assert store.head().number == 5


def test_an_empty_log_is_intact(tmp_path: Path) -> None:
    empty = SqliteKeyStore(tmp_path / "keys.sqlite3")
    assert empty.verify() is None
    empty.close()


def test_a_changed_entry_is_found(store: SqliteKeyStore) -> None:
    statement = "UPDATE audit SET record = replace(record, 'key 3', 'key 9') WHERE number = 3"
    assert tampered(store, statement) == "3: entry 3 was changed, or the one before it was"


def test_a_changed_entry_with_a_hash_that_fits_breaks_the_next(store: SqliteKeyStore) -> None:
    entries = list(store.entries())
    record = canonical(3, event("key 9"))
    digest = link(entries[1][2], record).hex()
    found = tampered(store, f"UPDATE audit SET record = '{record}', hash = x'{digest}' WHERE number = 3")
    assert found.startswith("4: entry 4 was changed")


def test_a_removed_entry_is_found(store: SqliteKeyStore) -> None:
    assert tampered(store, "DELETE FROM audit WHERE number = 2").startswith("2: entry 2 is missing")


def test_entries_that_changed_places_are_found(store: SqliteKeyStore) -> None:
    swap = ("SET number = -2 WHERE number = 2", "SET number = 2 WHERE number = 3", "SET number = 3 WHERE number = -2")
    assert tampered(store, *(f"UPDATE audit {part}" for part in swap)).startswith("2: entry 2 is out of order")


def test_an_entry_that_was_put_in_is_found(store: SqliteKeyStore) -> None:
    found = tampered(store, "INSERT INTO audit SELECT 6, at, record, hash FROM audit WHERE number = 5")
    assert found.startswith("6: entry 6 is out of order")


def test_a_log_that_was_cut_short_is_found(store: SqliteKeyStore) -> None:
    assert "cut short" in tampered(store, "DELETE FROM audit WHERE number > 3")


def test_a_log_that_was_cut_short_with_its_head_is_found_by_the_file_beside_it(store: SqliteKeyStore) -> None:
    moved = "UPDATE audit_end SET number = 3, hash = (SELECT hash FROM audit WHERE number = 3) WHERE name = 'head'"
    found = tampered(store, "DELETE FROM audit WHERE number > 3", moved)
    assert found == "5: entry 5 was noted as the head, but the log ends before it"


def test_a_log_that_was_written_anew_is_found_by_a_head_that_was_kept_elsewhere(
    store: SqliteKeyStore, tmp_path: Path
) -> None:
    noted = store.head()
    other = SqliteKeyStore(tmp_path / "other" / "keys.sqlite3")
    for number in range(6):
        other.log(event(f"other {number}"))
    assert other.verify() is None
    broken = other.verify(noted)
    assert broken is not None
    assert broken.reason == "entry 5 is not the one that was noted as the head"
    other.close()


def test_a_start_that_was_cut_off_is_found(store: SqliteKeyStore) -> None:
    base = "INSERT INTO audit_end SELECT 'base', number, hash FROM audit WHERE number = 2"
    found = tampered(store, base, "DELETE FROM audit WHERE number <= 2")
    assert found == "2: entries up to 2 are gone, and no entry says that they were pruned"


def test_a_text_that_is_no_json_is_found(store: SqliteKeyStore) -> None:
    assert tampered(store, "UPDATE audit SET record = '{' WHERE number = 4").startswith("4:")


def test_a_missing_or_damaged_head_file_is_an_error_not_a_pass(store: SqliteKeyStore, tmp_path: Path) -> None:
    (tmp_path / "audit-head.json").write_text("{")
    with pytest.raises(StoreError, match="can't be read"):
        store.verify()
    (tmp_path / "audit-head.json").unlink()
    with pytest.raises(StoreError, match="missing"):
        store.verify()


def test_a_crash_before_the_head_file_is_written_leaves_an_intact_log(store: SqliteKeyStore, tmp_path: Path) -> None:
    before = (tmp_path / "audit-head.json").read_text()
    store.log(event("one more"))
    (tmp_path / "audit-head.json").write_text(before)
    assert store.verify() is None


def test_a_change_and_its_entry_are_made_both_or_neither(store: SqliteKeyStore) -> None:
    record = KeyRecord("id", "test", bytes(32), frozenset({"lookup"}), (), NOW)

    def add_twice() -> None:
        with store.audited(event("twice")):
            store.add(record)
            store.add(record)

    with pytest.raises(StoreError, match="UNIQUE"):
        add_twice()
    assert (store.records(), store.head().number) == ([], 5)
    with store.audited(event("once")):
        store.add(record)
    assert ([one.id for one in store.records()], store.head().number) == (["id"], 6)


def test_too_many_entries_are_pruned_at_the_start_and_an_entry_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_audit, "KEPT_ENTRIES", 10)
    monkeypatch.setattr(sqlite_audit, "_SLACK", 5)
    store = SqliteKeyStore(tmp_path / "keys.sqlite3")
    for number in range(40):
        store.log(event(f"{number}"))
        assert store.verify() is None
    entries = [json.loads(record) for _, record, _ in store.entries()]
    assert len(entries) <= 16
    assert any(entry["what"] == "audit.prune" for entry in entries)
    assert store.verify(Head(3, bytes(32))) is None  # a head noted before what was pruned can't be compared any more
    store.close()


def test_old_entries_are_pruned(tmp_path: Path) -> None:
    store = SqliteKeyStore(tmp_path / "keys.sqlite3")
    store.log(event("old"))
    store.log(event("newer", NOW + 10 * 86_400))
    store.log(event("new", NOW + 402 * 86_400))
    assert [json.loads(record)["what"] for _, record, _ in store.entries()] == [
        "key.create",
        "key.create",
        "audit.prune",
    ]
    assert store.verify() is None
    store.close()


def test_two_processes_append_to_one_chain(store: SqliteKeyStore) -> None:
    other = SqliteKeyStore(store._database.path)
    for number in range(5):
        other.log(event(f"other {number}"))
        store.log(event(f"this {number}"))
    assert store.verify() is None
    assert store.head().number == 15
    other.close()
