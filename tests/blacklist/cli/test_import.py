"""`blacklist import`, and the server that runs it on a schedule."""

from __future__ import annotations

import fcntl
import json
import random
import subprocess
import sys
from pathlib import Path
from time import sleep

import pytest

from blacklist.replica.local import load_newest
from running import blacklist, eventually, serving

FEEDS = """
[[feed]]
name = "networks"
path = "networks.netset"
format = "netset"
category = "attacks"
allow_special = true

[[feed]]
name = "counted"
path = "counted.txt"
format = "ipsum"
category = "suspicious"
allow_special = true
"""


@pytest.fixture
def feeds(tmp_path: Path) -> Path:
    (tmp_path / "feeds").mkdir()
    (tmp_path / "feeds" / "networks.netset").write_text("# one\n192.0.2.0/25\n198.51.100.7\n2001:db8::/33\n")
    (tmp_path / "feeds" / "counted.txt").write_text("# IPsum\n192.0.2.9\t3\n203.0.113.77\t8\n")
    path = tmp_path / "feeds" / "feeds.toml"
    path.write_text(FEEDS)
    return path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def exported(data: Path, name: str = "all") -> str:
    return blacklist(data, "export", f"{name}.txt").stdout


def test_every_configured_feed_is_imported_and_one_snapshot_published(data: Path, feeds: Path) -> None:
    done = blacklist(data, "import", "--feeds", str(feeds), "--json")
    assert done.returncode == 0
    summary = json.loads(done.stdout)
    outcomes = [(feed["feed"], feed["outcome"], feed["accepted"], feed["rejected"]) for feed in summary["feeds"]]
    assert outcomes == [("networks", "imported", 3, 0), ("counted", "imported", 2, 0)]
    assert summary["generation"] == 3
    assert exported(data).splitlines() == ["192.0.2.0/25", "192.0.2.9", "198.51.100.7", "203.0.113.77", "2001:db8::/33"]
    confidence = json.loads(blacklist(data, "lookup", "203.0.113.77", "--json").stdout)[0]["listings"][0]["confidence"]
    assert confidence == 100


def test_importing_the_same_again_changes_nothing(data: Path, feeds: Path) -> None:
    first = blacklist(data, "import", "--feeds", str(feeds), "--json")
    again = blacklist(data, "import", "--feeds", str(feeds), "--json")
    assert {feed["outcome"] for feed in json.loads(again.stdout)["feeds"]} == {"unchanged"}
    assert json.loads(again.stdout)["generation"] == json.loads(first.stdout)["generation"]


def test_what_leaves_a_feed_is_not_listed_any_more_and_what_stays_keeps_its_first_seen(data: Path, feeds: Path) -> None:
    def first_seen() -> str:
        found = json.loads(blacklist(data, "lookup", "192.0.2.1", "--json").stdout)[0]["listings"]
        return str(found[0]["first_seen"])

    blacklist(data, "import", "--feeds", str(feeds))
    before = first_seen()
    sleep(1.1)
    (feeds.parent / "networks.netset").write_text("192.0.2.0/25\n2001:db8::/33\n")
    assert blacklist(data, "import", "networks", "--feeds", str(feeds)).returncode == 0
    assert "198.51.100.7" not in exported(data)
    assert first_seen() == before


def test_a_doubtful_update_is_quarantined_with_3_and_the_last_good_one_serves(data: Path, feeds: Path) -> None:
    blacklist(data, "import", "--feeds", str(feeds))
    before = exported(data)
    (feeds.parent / "networks.netset").write_text("<!DOCTYPE html><html><body>Sign in</body></html>\n")
    done = blacklist(data, "import", "--feeds", str(feeds))
    assert done.returncode == 3
    assert "networks: quarantined" in done.stderr
    assert exported(data) == before
    assert "held back" in blacklist(data, "feeds").stdout


def test_what_is_held_back_says_which_lines_and_how_to_accept_special_addresses(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "own.txt"
    file.write_text("198.51.100.7\nfoo\n")
    done = blacklist(data, "import", "--file", str(file), "--feed", "own")
    assert done.returncode == 3
    assert "  line 2: 'foo': " in done.stderr
    assert "0 held back, 2 rejected" in done.stderr
    assert "see `blacklist feeds show own`, then `blacklist feeds approve own` or `… reject own`" in done.stderr
    assert "--allow-special" in done.stderr


def test_a_feed_that_cannot_be_read_ends_with_1_and_the_others_are_imported(data: Path, feeds: Path) -> None:
    (feeds.parent / "networks.netset").unlink()
    done = blacklist(data, "import", "--feeds", str(feeds))
    assert done.returncode == 1
    assert "networks: failed" in done.stderr
    assert exported(data) == "192.0.2.9\n203.0.113.77\n"


def test_a_dry_run_stores_and_publishes_nothing(data: Path, feeds: Path) -> None:
    done = blacklist(data, "import", "--feeds", str(feeds), "--dry-run", "--json")
    assert json.loads(done.stdout)["feeds"][0]["accepted"] == 3
    assert json.loads(blacklist(data, "feeds", "--json").stdout) == []
    assert not (data / "snapshots").exists()


def test_one_file_is_imported_as_one_feed(data: Path, feeds: Path) -> None:
    file = str(feeds.parent / "counted.txt")
    done = blacklist(data, "import", "--file", file, "--feed", "mine", "--format", "ipsum", "--allow-special")
    assert done.returncode == 0
    assert exported(data, "mine") == exported(data, "custom") == "192.0.2.9\n203.0.113.77\n"


def test_special_purpose_addresses_are_refused_unless_the_feed_may_list_them(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "poison.txt"
    file.write_text("10.0.0.0/8\n127.0.0.1\n0.0.0.0/0\n224.0.0.0/3\n" + "".join(f"8.8.{n}.0/24\n" for n in range(200)))
    done = blacklist(data, "import", "--file", str(file), "--feed", "poison", "--json")
    record = json.loads(done.stdout)["feeds"][0]
    assert (record["accepted"], record["rejected"]) == (200, 4)
    assert not any(line.startswith(("10.", "127.", "0.", "224.")) for line in exported(data).splitlines())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("import", "network"), "there is no feed 'network'; did you mean 'networks'?"),
        (("import", "--file", "missing.txt", "--feed", "x"), "missing.txt: there is no such file or folder"),
        (("import", "--file", "missing.txt"), "--file and --feed go together"),
        (("import", "--publish", "networks"), "--publish imports nothing"),
        (("import", "--format", "plain"), "--format goes with --file"),
        (("import", "--file", "/dev/null", "--feed", "../x"), "'../x': the name must be"),
        (("import", "--file", "/dev/null", "--feed", "attacks"), "that is a category, and a feed can't be named like"),
        (("import", "--file", "/dev/null", "--feed", "all"), "'all': that is the list of everything"),
        (("import", "--file", "/dev/null", "--feed", "manual"), "'manual': that is the feed of listings made by hand"),
        (("import", "--file", "/dev/null", "--feed", "operator"), "'operator': that is the category of listings made"),
        (("import", "--file", "/dev/null", "--feed", "x", "--category", "x"), "'x': that is a category"),
        (("import", "--file", "/dev/null", "--feed", "x", "--category", "manual"), "'manual': that is the feed of"),
        (("import", "--file", "/dev/null", "--feed", "x", "--category", "networks"), "'networks': that is a feed"),
        (("import", "--file", "/dev/null", "--feed", "x", "--format", "xls"), "'xls': the format must be one of plain"),
    ],
)
def test_a_mistake_is_one_line_and_stores_nothing(
    data: Path, feeds: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = blacklist(data, *arguments, BLACKLIST_FEEDS=str(feeds))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert said in done.stderr
    assert not (data / "blacklist.sqlite3").exists()


def test_a_mistake_in_feeds_toml_names_its_line_and_the_nearest_key(data: Path, feeds: Path) -> None:
    feeds.write_text(FEEDS.replace("allow_special", "allow_specail", 1))
    done = blacklist(data, "import", "--feeds", str(feeds))
    assert "feeds.toml:7: there is no key 'allow_specail'; did you mean 'allow_special'?" in done.stderr


def test_only_one_import_runs_at_a_time(data: Path, feeds: Path) -> None:
    data.mkdir()
    with (data / "import.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = blacklist(data, "import", "--feeds", str(feeds))
    assert done.returncode == 1
    assert "another import is running" in done.stderr
    assert blacklist(data, "import", "--feeds", str(feeds)).returncode == 0


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path, feeds: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = blacklist(tmp_path / "file", "import", "--feeds", str(feeds))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "cannot be written" in done.stderr


def test_protected_networks_are_allowed_from_the_next_import_on_whatever_a_feed_says(data: Path, feeds: Path) -> None:
    blacklist(data, "import", "--feeds", str(feeds))
    blacklist(data, "import", "--feeds", str(feeds), BLACKLIST_PROTECTED_NETWORKS="192.0.2.0/24, 203.0.113.0/24")
    assert exported(data) == "198.51.100.7\n2001:db8::/33\n"
    blacklist(data, "import", "--feeds", str(feeds))
    assert "192.0.2.9" in exported(data)


def test_a_killed_import_leaves_the_old_generation_or_the_new_one(data: Path, feeds: Path) -> None:
    networks = feeds.parent / "networks.netset"
    networks.write_text("".join(f"192.0.2.{number}\n" for number in range(250)))
    blacklist(data, "import", "--feeds", str(feeds))
    (data / "snapshots" / ".snapshot-000000000009.blk.1").write_text("left by an earlier kill")
    randomly = random.Random(7)
    seen = load_newest(data / "snapshots").head.generation
    for round_ in range(1, 9):
        networks.write_text("".join(f"192.0.2.{number}\n" for number in range(round_, 250)))
        command = [sys.executable, "-m", "blacklist", "import", "--feeds", str(feeds), "--data", str(data)]
        child = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        sleep(randomly.uniform(0.05, 0.35))
        child.kill()
        child.wait()
        newest = load_newest(data / "snapshots").head.generation
        assert newest >= seen
        seen = newest
    assert blacklist(data, "import", "--feeds", str(feeds)).returncode == 0
    assert exported(data, "networks").splitlines() == [f"192.0.2.{number}" for number in range(8, 250)]
    assert sorted(path.suffix for path in (data / "snapshots").iterdir()) == [".blk", ".blk"]


def test_the_server_imports_on_its_schedule_and_serves_what_came(data: Path, feeds: Path) -> None:
    data.mkdir()
    settings = {"BLACKLIST_IMPORT_EVERY": "1s", "BLACKLIST_FEEDS": str(feeds)}
    with serving(data, **settings) as service, service.client() as client:
        eventually(lambda: client.get("/ready").status_code == 200)
        assert client.get("/api/v1/lookup/198.51.100.7").json()["listed"] is True
        (feeds.parent / "networks.netset").write_text("192.0.2.0/25\n198.51.100.8\n2001:db8::/33\n")
        eventually(lambda: client.get("/api/v1/lookup/198.51.100.8").json()["listed"] is True)
        assert client.get("/api/v1/lookup/198.51.100.7").json()["listed"] is False
        eventually(lambda: 'blacklist_imports_total{result="ok"}' in client.get("/metrics").text)
