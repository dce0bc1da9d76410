"""`blacklist feeds`, and imports of what is due."""

from __future__ import annotations

import json
from pathlib import Path
from time import sleep

import pytest

from blacklist.cli.pipeline import publish_changes
from blacklist.core.index import Index
from blacklist.core.indicator import parse_address
from blacklist.core.policy import FeedPolicy
from blacklist.feeds.catalogue import Feed
from blacklist.feeds.importer import import_feed
from blacklist.replica.local import load_newest
from blacklist.settings import read_settings
from blacklist.store.sqlite import SqliteStore
from running import blacklist

FEEDS = """
[[feed]]
name = "one"
path = "one.txt"
format = "plain"
category = "attacks"
allow_special = true
{more}
"""


@pytest.fixture
def feeds(tmp_path: Path) -> Path:
    path = tmp_path / "feeds.toml"
    path.write_text(FEEDS.format(more=""))
    (tmp_path / "one.txt").write_text("".join(f"192.0.2.{number}\n" for number in range(100)) + "nonsense\n")
    return path


@pytest.fixture
def data(tmp_path: Path, feeds: Path) -> Path:
    data = tmp_path / "data"
    assert blacklist(data, "import", "--feeds", str(feeds)).returncode == 0
    return data


def exported(data: Path) -> list[str]:
    return blacklist(data, "export", "one.txt").stdout.splitlines()


def hold(data: Path, feeds: Path) -> None:
    (feeds.parent / "one.txt").write_text("203.0.113.1\n192.0.2.5\n")
    assert blacklist(data, "import", "--feeds", str(feeds)).returncode == 3


def test_what_is_held_back_is_shown_with_what_it_would_change(data: Path, feeds: Path) -> None:
    hold(data, feeds)
    shown = blacklist(data, "feeds", "show", "one").stdout
    for text in ("it shrank from 100 to 2 entries", "would add", "203.0.113.1", "would remove", "192.0.2.0"):
        assert text in shown
    held = json.loads(blacklist(data, "feeds", "show", "one", "--json").stdout)["held"]
    assert (held["guards"], held["change"]["added"], held["change"]["removed"]) == (["shrunk"], 1, 99)


def test_rejected_lines_are_shown(data: Path) -> None:
    shown = blacklist(data, "feeds", "show", "one").stdout
    assert "100 accepted, 1 rejected, 0 skipped" in shown
    assert shown.splitlines()[-1].split() == ["101", "nonsense", "not", "an", "address,", "network", "or", "range"]


def test_an_approved_update_is_published_at_once(data: Path, feeds: Path) -> None:
    hold(data, feeds)
    done = blacklist(data, "feeds", "approve", "one")
    assert (done.returncode, "approved one; generation" in done.stderr) == (0, True)
    assert exported(data) == ["192.0.2.5", "203.0.113.1"]
    assert blacklist(data, "import", "--feeds", str(feeds)).returncode == 0


def test_a_rejected_update_leaves_what_is_in_use(data: Path, feeds: Path) -> None:
    hold(data, feeds)
    assert blacklist(data, "feeds", "reject", "one").returncode == 0
    assert len(exported(data)) == 100
    assert json.loads(blacklist(data, "feeds", "show", "one", "--json").stdout)["held"] is None


@pytest.mark.parametrize("action", ["approve", "reject"])
def test_there_must_be_something_to_decide_on(data: Path, action: str) -> None:
    done = blacklist(data, "feeds", action, "one")
    assert (done.returncode, "nothing of 'one' is held back" in done.stderr) == (1, True)
    done = blacklist(data, "feeds", action, "two")
    assert (done.returncode, "there is no feed 'two'; there are: one" in done.stderr) == (1, True)


def imported(data: Path, feeds: Path) -> list[str]:
    done = blacklist(data, "import", "--due", "--json", "--feeds", str(feeds))
    return [feed["outcome"] for feed in json.loads(done.stdout)["feeds"]]


def test_what_is_not_due_is_left_alone_and_what_was_published_stays(data: Path, feeds: Path) -> None:
    assert imported(data, feeds) == []
    assert len(exported(data)) == 100
    feeds.write_text(FEEDS.format(more='interval = "1s"'))
    sleep(2)
    assert imported(data, feeds) == ["unchanged"]
    done = blacklist(data, "import", "--due", "--file", str(feeds), "--feed", "x", "--feeds", str(feeds))
    assert (done.returncode, "--due is for the configured feeds" in done.stderr) == (2, True)


def test_a_feed_that_is_away_lists_nothing_after_its_ttl_and_one_that_is_there_always_does(tmp_path: Path) -> None:
    file = tmp_path / "one.txt"
    file.write_text("192.0.2.5\n")
    feed = Feed("one", path=file, category="attacks", policy=FeedPolicy(allow_special=True), ttl=86_400)
    settings = read_settings({}, {"data": str(tmp_path)})
    store = SqliteStore(settings.store_path)

    def listed(now: int) -> bool:
        index = Index(load_newest(settings.snapshots))
        return index.lookup(*parse_address("192.0.2.5"), now).listed

    hours = range(0, 72 * 3600, 3600)
    for now in hours:
        assert import_feed(store, feed, now=now + 1).outcome == ("unchanged" if now else "imported")
        publish_changes(store, settings, now + 1)
        assert listed(now + 3600)
    file.unlink()
    for now in (hours[-1] + 3600, hours[-1] + 80_000):
        assert import_feed(store, feed, now=now).outcome == "failed"
        publish_changes(store, settings, now)
    assert listed(hours[-1] + 12 * 3600)
    assert not listed(hours[-1] + 86_402)
    store.close()
