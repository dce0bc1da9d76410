"""`blacklist users`, `keys rotate` and `audit` as a person types them."""

from __future__ import annotations

import json
import os
import pty
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from blacklist.access.passwords import verify_password
from blacklist.store.sqlite_keys import SqliteKeyStore
from running import blacklist, fill

PASSWORD = "correct horse battery"


def create(data: Path, name: str = "alice") -> subprocess.CompletedProcess[str]:
    return blacklist(data, "users", "create", name, "--scopes", "lookup,dashboard", stdin=f"{PASSWORD}\n")


def audit(data: Path) -> list[tuple[str, str]]:
    done = blacklist(data, "audit", "export")
    assert done.returncode == 0, done.stderr
    entries = [json.loads(line) for line in done.stdout.splitlines()]
    assert all(entry["who"].startswith("cli:") for entry in entries)
    assert {(entry["source"], entry["outcome"]) for entry in entries} == {("local", "done")}
    return [(entry["what"], entry["target"]) for entry in entries]


def test_an_operator_is_created_with_a_password_from_stdin_that_is_kept_as_a_hash(tmp_path: Path) -> None:
    done = create(tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    store = SqliteKeyStore(tmp_path / "keys.sqlite3")
    user = store.user("alice")
    store.close()
    assert user is not None
    assert verify_password(PASSWORD, user.password)
    listed = blacklist(tmp_path, "users", "list", "--json").stdout
    assert json.loads(listed)[0].keys() == {"name", "scopes", "created_at", "disabled_at"}
    assert PASSWORD.encode() not in b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert audit(tmp_path) == [("user.create", "alice")]


def test_a_password_is_asked_for_twice_at_a_terminal_and_not_shown(tmp_path: Path) -> None:
    for second, code in (("something else here", 2), (PASSWORD, 0)):
        leader, follower = pty.openpty()
        command = [sys.executable, "-m", "blacklist", "users", "create", "alice", "--scopes", "lookup"]
        environment = os.environ | {"BLACKLIST_DATA": str(tmp_path)}
        process = subprocess.Popen(
            command, env=environment, stdin=follower, stdout=follower, stderr=follower, start_new_session=True
        )
        os.close(follower)
        shown = b""
        for answer in (PASSWORD, second):
            while not shown.endswith((b"Password: ", b"Again: ")):
                shown += os.read(leader, 1_000)
            os.write(leader, answer.encode() + b"\n")
            shown += b" "
        while True:
            try:
                shown += os.read(leader, 1_000)
            except OSError:  # the other end is closed
                break
        assert process.wait(30) == code, shown
        assert PASSWORD.encode() not in shown
        os.close(leader)
    assert audit(tmp_path) == [("user.create", "alice")]


def test_accounts_are_changed_disabled_and_enabled(tmp_path: Path) -> None:
    create(tmp_path)
    assert "alice has a new password" in blacklist(tmp_path, "users", "password", "alice", stdin="x" * 12).stderr
    assert blacklist(tmp_path, "users", "scopes", "alice", "--scopes", "lists").returncode == 0
    assert "alice is disabled" in blacklist(tmp_path, "users", "disable", "alice").stderr
    (user,) = json.loads(blacklist(tmp_path, "users", "list", "--json").stdout)
    assert (user["scopes"], user["disabled_at"] is None) == (["lists"], False)
    assert blacklist(tmp_path, "users", "enable", "alice").returncode == 0
    assert "alice  lists" in blacklist(tmp_path, "users", "list").stdout
    assert blacklist(tmp_path, "users", "rotate-signing-key").returncode == 0
    changes = ["create", "password", "scopes", "disable", "enable"]
    assert [what for what, _ in audit(tmp_path)] == [*(f"user.{change}" for change in changes), "signing-key.rotate"]


@pytest.mark.parametrize(
    ("arguments", "stdin", "message"),
    [
        (("create", "alice", "--scopes", "lookup"), "too short\n", "at least 12 characters"),
        (("create", "alice", "--scopes", "lookup"), "", "at least 12 characters"),
        (("create", "alice", "--scopes", "everything"), PASSWORD, "'everything' is not a valid Scope"),
        (("create", "Alice Smith", "--scopes", "lookup"), PASSWORD, "an operator's name is of"),
        (("create", "../alice", "--scopes", "lookup"), PASSWORD, "an operator's name is of"),
        (("password", "nobody"), PASSWORD, "there is no operator 'nobody'"),
        (("disable", "nobody"), "", "there is no operator 'nobody'"),
        (("scopes", "nobody", "--scopes", "lookup"), "", "there is no operator 'nobody'"),
        (("enable", "nobody"), "", "there is no operator 'nobody'"),
    ],
)
def test_a_mistake_is_told_and_changes_nothing(
    tmp_path: Path, arguments: tuple[str, ...], stdin: str, message: str
) -> None:
    done = blacklist(tmp_path, "users", *arguments, stdin=stdin)
    assert done.returncode == (1 if "there is no operator" in message else 2)
    assert message in done.stderr
    assert json.loads(blacklist(tmp_path, "users", "list", "--json").stdout) == []
    assert blacklist(tmp_path, "audit", "export").stdout == ""


def test_a_name_is_taken_once_and_a_password_is_no_argument(tmp_path: Path) -> None:
    create(tmp_path)
    again = create(tmp_path)
    assert again.returncode == 1
    assert "there is an operator 'alice' already" in again.stderr
    assert blacklist(tmp_path, "users", "password", "alice", PASSWORD).returncode == 2


def rotated(data: Path, *arguments: str) -> tuple[dict[str, Any], dict[str, Any]]:
    create = ("keys", "create", "firewall", "--scopes", "lists", "--networks", "192.0.2.0/24", "--json")
    old = json.loads(blacklist(data, *create).stdout)
    done = blacklist(data, "keys", "rotate", old["id"], *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return old, json.loads(done.stdout)


def test_a_key_is_rotated_with_an_overlap_of_a_day_or_as_told(tmp_path: Path) -> None:
    for arguments, overlap in (((), 86_400), (("--overlap", "15m"), 900), (("--overlap", "0"), 0)):
        old, fresh = rotated(tmp_path, *arguments)
        same = ("name", "scopes", "networks", "expires_at")
        assert [fresh[member] for member in same] == [old[member] for member in same]
        assert fresh["key"] != old["key"]
        assert fresh["replaces"] == old["id"]
        assert fresh["replaced_expires_at"] - fresh["created_at"] == overlap
        assert audit(tmp_path)[-2:] == [("key.create", old["id"]), ("key.rotate", f"{old['id']} to {fresh['id']}")]


def test_a_key_that_is_unknown_or_revoked_is_not_rotated(tmp_path: Path) -> None:
    old, _ = rotated(tmp_path)
    assert "there is no key 'x'" in blacklist(tmp_path, "keys", "rotate", "x").stderr
    assert "--overlap='soon'" in blacklist(tmp_path, "keys", "rotate", old["id"], "--overlap", "soon").stderr
    assert blacklist(tmp_path, "keys", "revoke", old["id"]).returncode == 0
    refused = blacklist(tmp_path, "keys", "rotate", old["id"])
    assert refused.returncode == 1
    assert "was revoked or has expired" in refused.stderr
    assert len(json.loads(blacklist(tmp_path, "keys", "list", "--json").stdout)) == 2


def test_when_a_key_was_last_used_is_listed(tmp_path: Path) -> None:
    old, fresh = rotated(tmp_path)
    store = SqliteKeyStore(tmp_path / "keys.sqlite3")
    store.note_uses({old["id"]: 1_900_000_000})
    store.close()
    keys = json.loads(blacklist(tmp_path, "keys", "list", "--json").stdout)
    assert {key["id"]: key["last_used"] for key in keys} == {old["id"]: 1_900_000_000, fresh["id"]: None}
    assert "2030-03-17 17:46:40Z" in blacklist(tmp_path, "keys", "list").stdout


def test_changes_of_the_allowlist_and_of_feeds_are_written_down(tmp_path: Path) -> None:
    fill(tmp_path, entries={"192.0.2.1": None})
    (tmp_path / "list.txt").write_text("192.0.2.7\n")
    for arguments in (
        ("allow", "add", "198.51.100.1", "--reason", "a partner"),
        ("allow", "remove", "198.51.100.1"),
        ("import", "--file", str(tmp_path / "list.txt"), "--feed", "mine", "--allow-special"),
        ("feeds", "remove", "mine"),
    ):
        done = blacklist(tmp_path, *arguments)
        assert done.returncode == 0, done.stderr
    assert blacklist(tmp_path, "allow", "remove", "198.51.100.1").returncode == 1
    assert audit(tmp_path) == [
        ("allowlist.add", "198.51.100.1"),
        ("allowlist.remove", "198.51.100.1"),
        ("feed.import", "mine"),
        ("feed.remove", "mine"),
    ]


def test_verify_prints_a_head_that_finds_a_log_written_anew(tmp_path: Path) -> None:
    create(tmp_path)
    done = blacklist(tmp_path, "audit", "verify")
    assert done.returncode == 0
    head = done.stdout.strip()
    assert blacklist(tmp_path, "audit", "verify", "--head", head).returncode == 0
    create(tmp_path / "other", "mallory")
    found = blacklist(tmp_path / "other", "audit", "verify", "--head", head)
    assert found.returncode == 1
    assert "entry 1 is not the one that was noted as the head" in found.stderr
    assert "NUMBER:HASH" in blacklist(tmp_path, "audit", "verify", "--head", "1:zz").stderr


def test_verify_ends_with_1_and_says_where_when_an_entry_was_changed(tmp_path: Path) -> None:
    create(tmp_path)
    create(tmp_path, "bob")
    with sqlite3.connect(tmp_path / "keys.sqlite3") as connection:
        connection.execute("UPDATE audit SET record = replace(record, 'alice', 'carol')")
    connection.close()
    done = blacklist(tmp_path, "audit", "verify", "--json")
    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert (told["intact"], told["broken"]["number"]) == (False, 1)
    assert "entry 1 was changed" in done.stderr
    exported = json.loads(blacklist(tmp_path, "audit", "export", "--json").stdout)
    assert [entry["number"] for entry in exported] == [1, 2]
