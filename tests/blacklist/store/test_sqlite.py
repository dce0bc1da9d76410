"""The SQLite files: what damage, a newer version and a forbidden place look like; a kill loses nothing."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from blacklist.errors import StoreError
from blacklist.store import sqlite_keys
from blacklist.store.database import Database
from blacklist.store.interface import KeyRecord
from blacklist.store.sqlite import SqliteStore
from blacklist.store.sqlite_keys import SqliteKeyStore


def test_a_store_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    SqliteStore(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"store\.sqlite3: a store of version 99; this program reads version 1"):
        SqliteStore(path)
    assert path.read_bytes() == before


def test_a_file_that_is_no_store_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    path.write_bytes(b"something else" * 100)
    with pytest.raises(StoreError, match="not a store"):
        SqliteStore(path)
    assert path.read_bytes() == b"something else" * 100


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    with pytest.raises(StoreError, match=r"data/store\.sqlite3: cannot open the store"):
        SqliteStore(tmp_path / "data" / "store.sqlite3")


def test_the_files_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    SqliteKeyStore(tmp_path / "keys.sqlite3").close()
    assert (tmp_path / "keys.sqlite3").stat().st_mode & 0o077 == 0


def test_what_was_acknowledged_before_a_kill_is_there_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    program = textwrap.dedent(f"""
        from pathlib import Path
        from blacklist.core.indicator import Indicator
        from blacklist.core.listing import Allowed
        from blacklist.core.overlay import Edit
        from blacklist.store.sqlite import SqliteStore

        store = SqliteStore(Path({str(path)!r}))
        for number in range(100_000):
            indicator = Indicator(4, 0xC0000200 + number, 32)
            store.edit([Edit(indicator, True, Allowed(indicator, "", 0, None))], at=0)
            print(number, flush=True)
    """)
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    acknowledged = [int(child.stdout.readline()) for _ in range(25)]
    time.sleep(os.getpid() % 7 / 1000)
    child.kill()
    acknowledged += [int(line) for line in child.stdout.read().splitlines() if line]
    child.stdout.close()
    child.wait()
    store = SqliteStore(path)
    found = {entry.indicator.start - 0xC0000200 for entry in store.allowlist()}
    assert store.counter() == len(found)
    store.close()
    assert set(acknowledged) <= found <= {*acknowledged, acknowledged[-1] + 1}


def test_many_processes_may_open_a_new_store_at_once(tmp_path: Path) -> None:
    path = tmp_path / "new.sqlite3"
    program = (
        f"from pathlib import Path; from blacklist.store.sqlite import SqliteStore; SqliteStore(Path({str(path)!r}))"
    )
    children = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(6)]
    assert [child.wait() for child in children] == [0] * 6


def test_a_store_of_before_operators_gets_their_tables_and_stays_readable_before(tmp_path: Path) -> None:
    path = tmp_path / "keys.sqlite3"
    before = Database(path, sqlite_keys._SCHEMA, 1)
    now = SqliteKeyStore(path)
    now.add(KeyRecord("id", "test", bytes(32), frozenset({"lookup"}), (), 1))
    assert before.rows("SELECT id FROM key") == [("id",)]
    version = now.version()
    before.run("UPDATE key SET revoked_at = 1")  # the program before revokes without a word about versions
    assert now.version() != version
    Database(path, sqlite_keys._SCHEMA, 1).close()
    before.close()
    now.close()


def test_two_writers_do_not_wait_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "keys.sqlite3"
    SqliteKeyStore(path).close()
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="another process is writing"):
        SqliteKeyStore(path, wait=0.05)
    writer.close()
