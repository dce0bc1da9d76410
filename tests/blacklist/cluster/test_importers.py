"""One importer at a time, wherever it runs; one that comes late changes nothing."""

from __future__ import annotations

from time import sleep, time

import pytest

from blacklist.cli import turn
from blacklist.cli.pipeline import publish_everywhere
from blacklist.cli.turn import one_at_a_time
from blacklist.core.generation import EMPTY
from blacklist.errors import StoreError
from blacklist.replica.share import newest_generation, share
from blacklist.store.interface import FeedInfo, ImportRecord
from blacklist.store.opening import open_snapshots, open_store
from clustered import Clustered
from running import blacklist, eventually

RECORD = ImportRecord("late", 1, "imported")


def current(cluster: Clustered) -> int:
    source = open_snapshots(cluster.settings())
    published = source.current()
    source.close()
    return published.generation if published is not None else 0


def test_a_second_importer_leaves_with_a_clear_message_and_a_scheduled_one_quietly(cluster: Clustered) -> None:
    arguments = ("import", "--publish")
    with one_at_a_time(cluster.settings("first"), wait=False):
        second = blacklist(cluster.folder / "second", *arguments, BLACKLIST_STORE=cluster.redis.url)
        assert second.returncode == 1
        assert "another import is running" in second.stderr
        assert "it runs on" in second.stderr
        scheduled = blacklist(cluster.folder / "second", "import", "--due", BLACKLIST_STORE=cluster.redis.url)
        assert (scheduled.returncode, scheduled.stderr) == (0, "")
    assert blacklist(cluster.folder / "second", *arguments, BLACKLIST_STORE=cluster.redis.url).returncode == 0


def test_an_importer_that_comes_late_can_neither_store_nor_publish(cluster: Clustered) -> None:
    with one_at_a_time(cluster.settings("late"), wait=False) as late:
        store = open_store(cluster.settings("late"), fence=late.fence)
        publish_everywhere(store, cluster.settings("late"), int(time()), late)
        cluster.redis.ask("DEL", "{blacklist}:lease")  # as when it was paused for longer than the lease lasts
        with one_at_a_time(cluster.settings("next"), wait=False) as other:
            assert (other.fence or 0) > (late.fence or 0)
            with pytest.raises(StoreError, match="another importer has taken over"):
                store.commit(FeedInfo("late", "spam"), EMPTY, RECORD)
            before = current(cluster)
            source = open_snapshots(cluster.settings())
            with pytest.raises(StoreError, match="another importer has taken over"):
                source.put(before + 1, [b"late"], fence=late.fence)
            source.close()
            assert current(cluster) == before
        store.close()


def test_an_importer_on_an_empty_disk_continues_the_snapshot_of_the_one_before(cluster: Clustered) -> None:
    before = current(cluster)
    settings = cluster.settings("moved")
    with one_at_a_time(settings, wait=False) as ours:
        store = open_store(settings, fence=ours.fence)
        store.touch()
        assert publish_everywhere(store, settings, int(time()), ours) > before
        store.close()
    assert newest_generation(settings.snapshots) == current(cluster) > before


def test_a_snapshot_that_was_written_but_not_published_is_published_next(cluster: Clustered) -> None:
    settings = cluster.settings("importer")
    cluster.add("192.0.2.1", "198.51.100.0/24", "203.0.113.7")
    generation = newest_generation(settings.snapshots)
    cluster.redis.ask("DEL", "{blacklist}:snapshot:published")  # as when it was killed between the two
    assert current(cluster) == 0
    with one_at_a_time(settings, wait=False) as ours:
        store = open_store(settings, fence=ours.fence)
        assert publish_everywhere(store, settings, int(time()), ours) == generation
        store.close()
    assert current(cluster) == generation


def test_an_older_snapshot_is_never_published_over_a_newer_one(cluster: Clustered) -> None:
    before = current(cluster)
    settings = cluster.settings("older")
    source = open_snapshots(settings)
    (settings.snapshots).mkdir(parents=True)
    (settings.snapshots / "snapshot-000000000001.blk").write_bytes(b"old")
    share(source, settings.snapshots, fence=None)
    source.close()
    assert current(cluster) == before


def test_a_lease_that_was_lost_ends_the_import(cluster: Clustered, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn, "_RENEWED", 0.05)
    with turn.one_at_a_time(cluster.settings("lost"), wait=False) as ours:
        ours.check()
        cluster.redis.ask("DEL", "{blacklist}:lease")

        def lost() -> bool:
            try:
                ours.check()
            except StoreError as error:
                return "nothing more is written" in str(error)
            return False

        eventually(lost)


def test_a_lease_is_renewed_while_the_import_lasts(cluster: Clustered, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn, "_RENEWED", 0.05)
    monkeypatch.setattr(turn, "LEASE", 0.4)
    with turn.one_at_a_time(cluster.settings("long"), wait=False) as ours:
        sleep(1)
        ours.check()
        with pytest.raises(turn.Busy), turn.one_at_a_time(cluster.settings("other"), wait=False):
            pass
