"""What a server keeps of a shared store for a restart without it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from blacklist.core.indicator import parse_one
from blacklist.core.listing import Allowed, Listing
from blacklist.core.overlay import Change, Edit
from blacklist.replica.keeping import Keeper
from blacklist.replica.kept import Kept, KeptError, confirm_kept, read_kept, write_kept
from blacklist.replica.keys import KnownKeys
from blacklist.store.accounts import SigningKey
from blacklist.store.interface import KeyRecord

STORE = "redis://store:6379"
ONE = parse_one("192.0.2.1")
KEYS = KnownKeys(
    7,
    (KeyRecord("id", "name", b"\x01" * 32, frozenset({"lookup"}), (parse_one("198.51.100.0/24"),), 1, 2, 3),),
    (SigningKey("key", b"\x02" * 32, 4, None),),
    frozenset({"session"}),
)
CHANGES = (
    Change(5, Edit(ONE, allowlist=False, entry=Listing(ONE, "manual", "operator", 90, "KR", "näh", 1, 2, None))),
    Change(6, Edit(ONE, allowlist=True, entry=Allowed(ONE, "ours", 3, 4))),
    Change(7, Edit(ONE, allowlist=False, entry=None)),
)


def test_what_is_kept_comes_back_as_it_was_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "kept.json"
    write_kept(path, Kept(STORE, KEYS, CHANGES))
    confirm_kept(path)
    kept = read_kept(path, STORE)
    assert kept is not None
    assert (kept.keys, kept.changes) == (KEYS, CHANGES)
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_its_age_is_that_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "kept.json"
    write_kept(path, Kept(STORE, KEYS, ()))
    os.utime(path, (1_000, 1_000))
    keeper = Keeper(path, STORE)
    assert keeper.load() is not None
    assert keeper.at == 1_000


def test_what_was_kept_of_another_store_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "kept.json"
    write_kept(path, Kept(STORE, KEYS, CHANGES))
    assert read_kept(path, "redis://other:6379") is None
    assert read_kept(tmp_path / "none", STORE) is None


@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: data.replace(b"lookup", b"listed"), bytes])
def test_a_damaged_file_is_refused_and_told_and_the_server_goes_on_without(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: object
) -> None:
    path = tmp_path / "kept.json"
    write_kept(path, Kept(STORE, KEYS, CHANGES))
    assert callable(damage)
    path.write_bytes(damage(path.read_bytes()) if damage is not bytes else b"")
    with pytest.raises(KeptError, match="damaged"):
        read_kept(path, STORE)
    assert Keeper(path, STORE).load() is None
    assert "local copies" in caplog.text


def test_a_disk_that_takes_nothing_leaves_the_file_that_was_there(tmp_path: Path) -> None:
    path = tmp_path / "kept.json"
    write_kept(path, Kept(STORE, KEYS, CHANGES))
    before = path.read_bytes()
    (tmp_path / f".kept.json.{os.getpid()}").mkdir()
    with pytest.raises(OSError, match="directory"):
        write_kept(path, Kept(STORE, KEYS, ()))
    assert path.read_bytes() == before
