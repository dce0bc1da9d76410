"""The command line as a person types it: what it prints, how it ends, what it says of a mistake."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from blacklist.cli.health import _told
from blacklist.core.indicator import parse_one
from blacklist.core.listing import Allowed
from blacklist.core.overlay import Edit
from blacklist.store.sqlite import SqliteStore
from running import blacklist, fill, serving


@pytest.fixture
def data(tmp_path: Path) -> Path:
    fill(tmp_path, entries={"192.0.2.1": None, "192.0.2.0/24": None, "2001:db8::/32": None})
    return tmp_path


def test_lookup_answers_from_the_snapshot_without_a_server(data: Path) -> None:
    done = blacklist(data, "lookup", "192.0.2.1", "203.0.113.1", "--json")
    assert done.returncode == 0
    first, second = json.loads(done.stdout)
    assert (first["address"], first["listed"], len(first["listings"])) == ("192.0.2.1", True, 2)
    assert second["listed"] is False


def test_lookup_for_people_shows_who_lists_it(data: Path) -> None:
    done = blacklist(data, "lookup", "192.0.2.1")
    assert done.stdout.startswith("192.0.2.1: listed\n  192.0.2.1 by one (attacks, confidence 50) since 20")


def test_lookup_of_a_bad_address_answers_the_others_and_ends_with_1(data: Path) -> None:
    done = blacklist(data, "lookup", "192.0.2.1", "1.2.3")
    assert done.returncode == 1
    assert "192.0.2.1: listed" in done.stdout
    assert "1.2.3: error: '1.2.3' is not an IPv4 or IPv6 address" in done.stdout


def test_lookup_before_the_first_import_says_what_to_do(tmp_path: Path) -> None:
    done = blacklist(tmp_path, "lookup", "192.0.2.1")
    assert (done.returncode, done.stdout) == (1, "")
    assert "nothing has been imported yet: run `blacklist import`" in done.stderr


def test_lookup_reads_the_snapshot_before_when_the_newest_is_cut_short(data: Path) -> None:
    (good,) = (data / "snapshots").iterdir()
    (data / "snapshots" / "snapshot-000000000099.blk").write_bytes(good.read_bytes()[:-9])
    assert json.loads(blacklist(data, "lookup", "192.0.2.1", "--json").stdout)[0]["generation"] == 2


def test_lookup_knows_what_operators_changed_since_the_snapshot(data: Path) -> None:
    store = SqliteStore(data / "blacklist.sqlite3")
    indicator = parse_one("192.0.2.1")
    store.edit([Edit(indicator, allowlist=True, entry=Allowed(indicator, "ours", 5, None))], at=5)
    store.close()
    assert "because 192.0.2.1 is allowed: ours" in blacklist(data, "lookup", "192.0.2.1").stdout


def test_lookup_goes_on_without_a_store_that_cannot_be_read_and_says_so(data: Path) -> None:
    (data / "blacklist.sqlite3").write_bytes(b"damaged" * 100)
    done = blacklist(data, "lookup", "192.0.2.1")
    assert (done.returncode, done.stdout[:17]) == (0, "192.0.2.1: listed")
    assert "answering without the changes since generation 2" in done.stderr


def test_export_writes_a_list_to_stdout_or_whole_to_a_file(data: Path) -> None:
    assert blacklist(data, "export", "all.txt").stdout == "192.0.2.0/24\n192.0.2.1\n2001:db8::/32\n"
    done = blacklist(data, "export", "one.txt", str(data / "one.txt"), "--json")
    assert json.loads(done.stdout)["entries"] == 3
    assert (data / "one.txt").read_text().count("\n") == 3


@pytest.mark.parametrize(
    ("arguments", "said", "code"),
    [
        (("export", "nobody.txt"), "there is no list 'nobody'; there are: all, attacks, one", 2),
        (("export", "all.docx"), "there is no format 'docx'; there are: txt", 2),
        (("export", "all.txt", "missing/folder/list.txt"), "missing/folder/list.txt: cannot be written", 1),
        (("keys", "revoke", "nobody"), "there is no key 'nobody'", 1),
        (("keys", "create", "x", "--scopes", "lokup"), "'lokup' is not a valid Scope; there are: lookup", 2),
        (("keys", "create", "x", "--scopes", "lookup", "--networks", "1.2.3"), "--networks='1.2.3'", 2),
        (("keys", "create", "x", "--scopes", "lookup", "--expires", "soon"), "--expires='soon': must be a number", 2),
        (("allow", "add", "1.2.3", "--reason", "x"), "'1.2.3' is not an IPv4 or IPv6 address", 2),
        (("allow", "remove", "198.51.100.1"), "198.51.100.1 is not on the allowlist", 1),
        (("feeds", "remove", "nobody"), "there is no feed 'nobody'; there are: one", 1),
        (("serve", "--port", "http"), "--port='http': must be a number from 0 to 65535", 2),
        (("health", "http://127.0.0.1:1"), "is the server running?", 1),
        (("health", "nonsense"), "'nonsense' is not an address such as http://127.0.0.1:2541", 2),
    ],
)
def test_a_mistake_is_one_line_that_says_what_to_do(
    data: Path, arguments: tuple[str, ...], said: str, code: int
) -> None:
    done = blacklist(data, *arguments)
    assert done.returncode == code
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert said in done.stderr


@pytest.mark.parametrize("arguments", [(), ("lokup",), ("lookup",), ("keys", "create", "x"), ("serve", "--prot", "1")])
def test_wrong_usage_ends_with_2(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = blacklist(tmp_path, *arguments)
    assert done.returncode == 2
    assert "usage: blacklist" in done.stderr


def test_a_key_is_shown_once_and_never_again(data: Path) -> None:
    made = json.loads(blacklist(data, "keys", "create", "edge", "--scopes", "lists,lookup", "--json").stdout)
    assert made["key"].startswith(f"blk_{made['id']}_")
    assert made["scopes"] == ["lists", "lookup"]
    listed = blacklist(data, "keys", "list", "--json").stdout
    assert json.loads(listed)[0]["id"] == made["id"]
    assert made["key"] not in listed
    assert blacklist(data, "keys", "revoke", made["id"]).returncode == 0
    assert json.loads(blacklist(data, "keys", "list", "--json").stdout)[0]["revoked_at"] > 0
    assert made["id"] in blacklist(data, "keys", "list").stdout


def test_a_key_for_people_is_all_that_stands_on_stdout(data: Path) -> None:
    bounds = ("--networks", "192.0.2.0/24", "--expires", "90d")
    done = blacklist(data, "keys", "create", "edge", "--scopes", "lookup", *bounds)
    assert len(done.stdout.strip()) == 55
    assert "192.0.2.0/24" in blacklist(data, "keys", "list").stdout


def test_what_is_allowed_is_not_listed_any_more_and_comes_back(data: Path) -> None:
    def listed() -> bool:
        return bool(json.loads(blacklist(data, "lookup", "192.0.2.1", "--json").stdout)[0]["listed"])

    assert listed()
    done = blacklist(data, "allow", "add", "192.0.2.0/28", "--reason", "our office")
    assert "192.0.2.0/28 is allowed; generation 4 is published" in done.stderr
    assert not listed()
    assert "because 192.0.2.0/28 is allowed: our office" in blacklist(data, "lookup", "192.0.2.1").stdout
    assert json.loads(blacklist(data, "allow", "list", "--json").stdout)[0]["reason"] == "our office"
    blacklist(data, "allow", "remove", "192.0.2.0/28")
    assert listed()


def test_a_removed_feed_is_not_listed_any_more(data: Path) -> None:
    fill(data, feed="two", entries={"198.51.100.1": None})
    assert "removed one; generation 6" in blacklist(data, "feeds", "remove", "one").stderr
    assert blacklist(data, "export", "all.txt").stdout == "198.51.100.1\n"
    assert [feed["name"] for feed in json.loads(blacklist(data, "feeds", "--json").stdout)] == ["two"]


def test_the_last_feed_that_is_removed_is_not_listed_any_more_either(data: Path) -> None:
    assert "removed one; generation" in blacklist(data, "feeds", "remove", "one").stderr
    assert json.loads(blacklist(data, "lookup", "192.0.2.1", "--json").stdout)[0]["listed"] is False


def test_a_new_store_beside_old_snapshots_goes_on_from_their_generation(data: Path) -> None:
    before = json.loads(blacklist(data, "lookup", "192.0.2.1", "--json").stdout)[0]["generation"]
    for path in data.glob("blacklist.sqlite3*"):
        path.unlink()
    fill(data, feed="two", entries={"198.51.100.1": None})
    verdict = json.loads(blacklist(data, "lookup", "198.51.100.1", "--json").stdout)[0]
    assert verdict["listed"] is True
    assert verdict["generation"] > before


@pytest.mark.parametrize("indicator", ["0.0.0.0/0", "::/0", "8.0.0.0/7", "2a00::/18"])
def test_an_allowance_that_would_undo_most_of_the_lists_must_be_meant(data: Path, indicator: str) -> None:
    done = blacklist(data, "allow", "add", indicator, "--reason", "x")
    assert (done.returncode, "--force if that is meant" in done.stderr) == (2, True)
    assert "192.0.2.1" in blacklist(data, "export", "all.txt").stdout
    assert blacklist(data, "allow", "add", indicator, "--reason", "x", "--force").returncode == 0


@pytest.mark.parametrize(
    "command", [("lookup", "192.0.2.1"), ("export", "all.txt"), ("serve", "--port", "0"), ("feeds",)]
)
def test_a_data_folder_that_is_a_file_is_one_line(tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "file").write_text("in the way")
    done = blacklist(tmp_path, *command, "--data", str(tmp_path / "file"))
    assert done.returncode in {1, 2}
    assert done.stderr.count("\n") == 1
    said = ("Not a directory", "cannot be the data folder", "cannot open the store")
    assert any(text in done.stderr for text in said)


def test_serve_says_when_its_feeds_are_not_there(data: Path) -> None:
    done = blacklist(data, "serve", "--port", "0", "--feeds", "missing.toml")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "missing.toml: there is no such file of feeds" in done.stderr


@pytest.mark.parametrize("before", [True, False])
def test_options_may_stand_before_or_after_an_action(data: Path, tmp_path: Path, before: bool) -> None:
    options = ("--data", str(data), "--json")
    command = ("feeds", *options, "list") if before else ("feeds", "list", *options)
    assert [feed["name"] for feed in json.loads(blacklist(tmp_path / "elsewhere", *command).stdout)] == ["one"]


def test_json_of_an_export_needs_a_file(data: Path) -> None:
    done = blacklist(data, "export", "all.txt", "--json")
    assert (done.returncode, done.stdout, "--json goes with a FILE" in done.stderr) == (2, "", True)


def test_serve_says_when_its_port_is_taken(data: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = blacklist(data, "serve", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 2
    assert "Address already in use; choose another with --port or BLACKLIST_PORT" in done.stderr


@pytest.mark.parametrize(("variable", "value"), [("BLACKLIST_PORT", "0"), ("PORT", "0")])
def test_the_port_may_come_from_the_environment(data: Path, variable: str, value: str) -> None:
    done = blacklist(data, "serve", "--host", "nowhere.invalid", **{variable: value})
    assert "cannot listen on nowhere.invalid:0" in done.stderr


def test_health_ends_with_0_when_lookups_are_answered_and_with_1_when_not(data: Path, tmp_path: Path) -> None:
    with serving(data) as service:
        done = blacklist(data, "health", service.url)
        assert (done.returncode, done.stdout) == (0, "ok: generation 2, version 0.1.0\n")
    empty = tmp_path / "empty"
    empty.mkdir()
    with serving(empty) as service:
        done = blacklist(data, "health", service.url)
        assert (done.returncode, done.stdout) == (1, "unavailable: no snapshot is loaded, version 0.1.0\n")


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ({"store": {"error": "it is gone"}}, "  the store is away: it is gone"),
        ({"replica": {"lag_seconds": 40}}, "  it has been behind the store for 40 s"),
        ({"unpublished_seconds": 130}, "  a change by an operator has been in no list for 130 s"),
        ({"replica": {"watching": False}}, "  no importer is there: start `blacklist import --watch`"),
        (
            {"feeds": [{"name": "one", "state": "quarantined", "last_error": "it is halved"}]},
            "  feed one is held back: it is halved",
        ),
        ({"feeds": [{"name": "one", "state": "failed", "last_error": "404"}]}, "  feed one failed: 404"),
    ],
)
def test_health_tells_the_reasons(body: dict[str, object], line: str) -> None:
    told = list(_told({"status": "degraded", "generation": 7, "version": "1", **body}))
    assert told == ["degraded: generation 7, version 1", line]


def test_a_store_of_a_newer_version_is_refused_in_one_line(data: Path) -> None:
    connection = sqlite3.connect(data / "blacklist.sqlite3")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    done = blacklist(data, "feeds")
    assert done.returncode == 1
    assert "a store of version 99; this program reads version 1: run the newer program" in done.stderr


def test_output_into_a_closed_pipe_is_no_trace(data: Path) -> None:
    command = f"{sys.executable} -m blacklist export all.txt | true"
    done = subprocess.run(["sh", "-c", command], env=os.environ | {"BLACKLIST_DATA": str(data)}, capture_output=True)  # noqa: PLW1510
    assert b"Traceback" not in done.stderr
