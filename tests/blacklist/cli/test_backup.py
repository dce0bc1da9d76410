"""`blacklist backup`, `restore` and `migrate` as a person types them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from secrets import token_hex
from typing import Any

import pytest

from blacklist.access.scopes import Scope
from blacklist.settings import read_settings
from blacklist.store.contents import Row
from blacklist.store.opening import open_contents, open_store
from redises import Server, running_redis
from running import Service, allow, blacklist, eventually, fill, make_key, serving

ADDRESSES = ["192.0.2.1", "192.0.2.77", "198.51.100.7", "203.0.113.9", "2001:db8::1"]
PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with feeds, an allowlist and an operator. Tests add keys and entries of the audit log."""
    data = tmp_path_factory.mktemp("source")
    fill(data, entries={"192.0.2.0/24": None, "2001:db8::/32": None})
    fill(data, feed="two", category="scanners", entries={"198.51.100.0/24": None})
    allow(data, "192.0.2.77", "a partner")
    done = blacklist(data, "users", "create", "alice", "--scopes", "lookup", stdin=f"{PASSWORD}\n")
    assert done.returncode == 0, done.stderr
    return data


@pytest.fixture(scope="module")
def backup(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of it."""
    path = tmp_path_factory.mktemp("backup") / "backup"
    done = blacklist(source, "backup", str(path))
    assert done.returncode == 0, done.stderr
    return path


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis_url(redis_server: Server) -> str:
    """A part of the Redis that no other test uses."""
    return f"{redis_server.url}?prefix={token_hex(8)}"


def rows(data: Path, url: str = "") -> list[Row]:
    """All that a store holds but its counter, and the audit log's entries of backups and restores."""
    with closing(open_contents(read_settings({"BLACKLIST_DATA": str(data), "BLACKLIST_STORE": url}))) as contents:
        return [row for row in contents.rows() if row.kind not in {"counter", "audit_end"} and not _of_moving(row)]


def _of_moving(row: Row) -> bool:
    return row.kind == "audit" and '"what":"store.' in row.values["record"]


def counter(data: Path, url: str = "") -> int:
    with closing(open_store(read_settings({"BLACKLIST_DATA": str(data), "BLACKLIST_STORE": url}))) as store:
        return store.counter()


def logged(data: Path, url: str = "") -> list[tuple[str, str]]:
    done = blacklist(data, "audit", "export", BLACKLIST_STORE=url)
    entries = [json.loads(line) for line in done.stdout.splitlines()]
    return [(entry["what"], entry["target"]) for entry in entries]


def verdicts(service: Service) -> list[Any]:
    """What the service says of the addresses, but for when and of which generation."""
    with service.client() as client:
        found = [client.get(f"/api/v1/lookup/{address}").json() for address in ADDRESSES]
    return [{name: value for name, value in one.items() if name not in {"generation", "as_of"}} for one in found]


def limited(data: Path, size: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a command that can't make a file larger than that: what a full disk does, at the same places."""
    program = (
        "import resource, sys; from blacklist.cli import main;"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size})); sys.exit(main(sys.argv[1:]))"
    )
    environment = os.environ | {"BLACKLIST_DATA": str(data)}
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("shared", [False, True], ids=["sqlite", "redis"])
def test_after_the_loss_of_everything_a_backup_gives_the_same_verdicts_to_the_same_keys(
    tmp_path: Path, redis_url: str, *, shared: bool
) -> None:
    before, after, path = tmp_path / "before", tmp_path / "after", tmp_path / "backup"
    before.mkdir()
    after.mkdir()
    fill(before, entries={"192.0.2.0/24": None, "2001:db8::/32": None})
    allow(before, "192.0.2.77", "a partner")
    key = make_key(before, *Scope)
    with serving(before, key) as service:
        manual = {"indicator": "203.0.113.9", "reason": "by hand", "allow_special": True}
        with service.client() as client:
            made = client.post("/api/v1/listings", json=manual)
            assert made.status_code == 201, made.text
        said = verdicts(service)
        taken = blacklist(before, "backup", str(path))
        assert taken.returncode == 0, taken.stderr
        service.process.kill()
    published = counter(before)
    shutil.rmtree(before)
    url = redis_url if shared else ""
    done = blacklist(after, "restore", str(path), BLACKLIST_STORE=url)
    assert done.returncode == 0, done.stderr
    with serving(after, key, BLACKLIST_STORE=url) as service:
        assert verdicts(service) == said
        with service.client() as client:
            assert client.get("/metrics").status_code == 200
    assert counter(after, url) > published
    assert blacklist(after, "audit", "verify", BLACKLIST_STORE=url).returncode == 0
    assert logged(after, url)[-1][0] == "store.restore"


def test_a_migration_there_and_back_again_brings_everything(source: Path, tmp_path: Path, redis_url: str) -> None:
    back = f"sqlite:///{tmp_path / 'back' / 'blacklist.sqlite3'}"
    there = blacklist(tmp_path / "one", "migrate", f"sqlite:///{source / 'blacklist.sqlite3'}", redis_url)
    assert there.returncode == 0, there.stderr
    assert rows(tmp_path, redis_url) == rows(source)
    again = blacklist(tmp_path / "back", "migrate", redis_url, back, "--json")
    assert again.returncode == 0, again.stderr
    assert rows(tmp_path / "back") == rows(source)
    told = json.loads(again.stdout)
    assert told["from"] == redis_url.partition("?")[0]
    assert told["published"] == told["generation"] == counter(tmp_path / "back") > counter(source)
    assert [what for what, _ in logged(tmp_path / "back")][-2:] == ["store.migrate", "store.migrate"]
    assert blacklist(tmp_path / "back", "audit", "verify").returncode == 0
    assert json.loads(blacklist(tmp_path / "back", "lookup", "192.0.2.1", "--json").stdout)[0]["listed"]


def test_a_migration_to_an_embedded_store_publishes_where_the_store_is(source: Path, tmp_path: Path) -> None:
    stores = [f"sqlite:///{folder / 'blacklist.sqlite3'}" for folder in (source, tmp_path / "new")]
    environment = {name: value for name, value in os.environ.items() if name != "BLACKLIST_DATA"}
    command = [sys.executable, "-m", "blacklist", "migrate", *stores]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"is published in {tmp_path / 'new'}: give it as --data" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["new"]
    assert json.loads(blacklist(tmp_path / "new", "lookup", "192.0.2.1", "--json").stdout)[0]["listed"]


def test_a_backup_over_another_takes_its_place(source: Path, tmp_path: Path) -> None:
    (tmp_path / "backup").write_text("before")
    done = blacklist(source, "backup", str(tmp_path / "backup"))
    assert (done.returncode, " kB" in done.stderr) == (0, True)
    assert blacklist(tmp_path / "new", "restore", str(tmp_path / "backup")).returncode == 0


def test_a_backup_is_for_its_owner_alone_and_is_told_and_written_down(source: Path, tmp_path: Path) -> None:
    path = tmp_path / "backup"
    done = blacklist(source, "backup", str(path), "--json")
    told = json.loads(done.stdout)
    assert (told["size"], told["generation"]) == (path.stat().st_size, counter(source))
    assert (told["rows"]["feed"], told["rows"]["entry"], told["rows"]["user"]) == (2, 1, 1)
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]
    assert logged(source)[-1] == ("store.backup", str(path))
    assert PASSWORD.encode() not in path.read_bytes()


def test_a_store_that_is_not_empty_is_replaced_only_on_demand(backup: Path, source: Path, tmp_path: Path) -> None:
    generation = fill(tmp_path, feed="old", entries={"203.0.113.0/24": None})
    before = rows(tmp_path)
    refused = blacklist(tmp_path, "restore", str(backup))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "the store is not empty: --replace replaces all that it holds" in refused.stderr
    assert rows(tmp_path) == before
    done = blacklist(tmp_path, "restore", str(backup), "--replace", "--json")
    assert done.returncode == 0, done.stderr
    assert rows(tmp_path) == rows(source)
    assert json.loads(done.stdout)["published"] > generation
    found = json.loads(blacklist(tmp_path, "lookup", "203.0.113.1", "192.0.2.1", "--json").stdout)
    assert [one["listed"] for one in found] == [False, True]


def test_a_running_server_goes_over_to_what_is_restored(backup: Path, source: Path, tmp_path: Path) -> None:
    fill(tmp_path, feed="old", entries={"203.0.113.0/24": None})
    theirs = make_key(source, "lookup")
    path = tmp_path / "backup"
    assert blacklist(source, "backup", str(path)).returncode == 0
    with serving(tmp_path) as service, service.client() as old, service.client(theirs) as new:
        assert old.get("/api/v1/lookup/203.0.113.9").json()["listed"]
        assert new.get("/api/v1/lookup/203.0.113.9").status_code == 401
        done = blacklist(tmp_path, "restore", str(path), "--replace")
        assert done.returncode == 0, done.stderr
        eventually(lambda: new.get("/api/v1/lookup/192.0.2.1").status_code == 200)
        eventually(lambda: new.get("/api/v1/lookup/192.0.2.1").json()["listed"])
        assert not new.get("/api/v1/lookup/203.0.113.9").json()["listed"]
        eventually(lambda: old.get("/api/v1/lookup/192.0.2.1").status_code == 401)


def test_a_backup_that_is_not_whole_is_refused_before_anything_happens(backup: Path, tmp_path: Path) -> None:
    path, data = tmp_path / "cut", tmp_path / "data"
    path.write_bytes(backup.read_bytes()[:-1])
    done = blacklist(data, "restore", str(path), "--replace")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{path}: the backup is cut short" in done.stderr
    assert not data.exists()


def test_a_backup_may_go_through_a_pipe(source: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "blacklist"]
    taking = subprocess.run(
        [*command, "backup", "-"],
        env=os.environ | {"BLACKLIST_DATA": str(source)},
        capture_output=True,
        timeout=60,
        check=True,
    )
    environment = os.environ | {"BLACKLIST_DATA": str(tmp_path)}
    subprocess.run([*command, "restore", "-"], env=environment, input=taking.stdout, timeout=60, check=True)
    assert rows(tmp_path) == rows(source)
    assert logged(tmp_path)[-1][1].startswith("stdin of 20")


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a generation of some 150 KB."""
    data = tmp_path_factory.mktemp("large")
    random = Random(1)
    fill(data, entries={f"2001:db8:{random.randrange(65536):x}:{number:x}::/64": None for number in range(40_000)})
    make_key(data, "lookup")
    return data


def test_a_full_disk_leaves_no_backup_and_says_nothing_of_one(large: Path, tmp_path: Path) -> None:
    done = limited(large, 40_000, "backup", str(tmp_path / "backup"))
    assert done.returncode == 1
    assert "File too large; nothing is left of it" in done.stderr
    assert list(tmp_path.iterdir()) == []
    assert logged(large) == []


def test_a_full_disk_leaves_the_store_as_it_was(large: Path, tmp_path: Path) -> None:
    path, data = tmp_path / "backup", tmp_path / "data"
    assert blacklist(large, "backup", str(path)).returncode == 0
    assert path.stat().st_size > 130_000
    fill(data, feed="old", entries={"203.0.113.0/24": None})
    make_key(data, "lists")
    before = rows(data)
    done = limited(data, 120_000, "restore", str(path), "--replace")
    assert done.returncode == 1
    assert "blacklist.sqlite3: the store failed" in done.stderr
    assert rows(data) == before
    assert blacklist(data, "restore", str(path), "--replace").returncode == 0
    assert rows(data) == rows(large)


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (["backup", "-", "--json"], 2, "--json goes with a FILE"),
        (["backup", "FOLDER/missing/file"], 1, "cannot be written: No such file or directory"),
        (["backup", "FOLDER"], 1, "is there and is not a file"),
        (["restore", "FOLDER/missing"], 1, "can't be read: No such file or directory"),
        (["restore", "FOLDER"], 1, "can't be read: Is a directory"),
        (["backup", "FOLDER/file", "--store", "sqlite:////nowhere/at/all"], 1, "there is no store: check --store"),
        (["migrate", "ftp://one", "redis://two"], 2, "FROM: must be sqlite:///path"),
        (["migrate", "redis://one", ""], 2, "TO must be the address of a store"),
        (["migrate", "redis://one", "redis://x y"], 2, "TO: must name each host"),
        (["migrate", "redis://one", "redis://one"], 2, "FROM and TO are the same store"),
        (["migrate", "sqlite:////a/one", "sqlite:////a/two"], 2, "in the same folder, which share their keys"),
        (
            ["migrate", "redis://ann:hunter2@127.0.0.1:1", "sqlite:///FOLDER/x"],
            1,
            "redis://127.0.0.1:1: Redis can't be",
        ),
    ],
)
def test_what_can_not_be_is_told(source: Path, tmp_path: Path, arguments: list[str], code: int, reason: str) -> None:
    done = blacklist(source, *(one.replace("FOLDER", str(tmp_path)) for one in arguments))
    assert (done.returncode, done.stdout) == (code, "")
    assert reason in done.stderr
    assert "hunter2" not in done.stderr
    assert not [path for path in tmp_path.iterdir() if path.name != "x"]


def test_an_empty_store_gives_no_backup(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with closing(open_contents(read_settings({"BLACKLIST_DATA": str(data)}))):
        pass
    done = blacklist(data, "backup", str(tmp_path / "backup"))
    assert done.returncode == 1
    assert "the store holds nothing: check --store and --data" in done.stderr
    assert not (tmp_path / "backup").exists()
