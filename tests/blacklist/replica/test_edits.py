"""What operators change is read from where a server has come to, and anew where the store has lost some."""

from __future__ import annotations

from pathlib import Path

from blacklist.core.indicator import parse_one
from blacklist.core.listing import Allowed
from blacklist.core.overlay import Change, Edit
from blacklist.replica.edits import _later
from blacklist.store.sqlite import SqliteStore


def edit(store: SqliteStore, text: str) -> None:
    indicator = parse_one(text)
    store.edit([Edit(indicator, allowlist=True, entry=Allowed(indicator, "ours", 1, None))], at=1)


def texts(changes: list[Change]) -> list[str]:
    return [str(change.edit.indicator) for change in changes]


def test_known_changes_stay_new_ones_come_and_those_in_the_snapshot_go(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.sqlite3")
    edit(store, "192.0.2.1")
    edit(store, "192.0.2.2")
    known = _later(store, [], 0)
    assert texts(known) == ["192.0.2.1", "192.0.2.2"]
    edit(store, "192.0.2.3")
    known = _later(store, known, 0)
    assert texts(known) == ["192.0.2.1", "192.0.2.2", "192.0.2.3"]
    assert texts(_later(store, known, 2)) == ["192.0.2.3"]
    assert texts(_later(store, known, 9)) == []
    store.close()


def test_after_a_restore_of_an_older_store_its_changes_are_read_anew(tmp_path: Path) -> None:
    store, older = SqliteStore(tmp_path / "store.sqlite3"), SqliteStore(tmp_path / "older.sqlite3")
    for text in ("192.0.2.1", "192.0.2.2", "192.0.2.3"):
        edit(store, text)
    edit(older, "198.51.100.1")
    assert texts(_later(older, _later(store, [], 0), 0)) == ["198.51.100.1"]
    store.close()
    older.close()
