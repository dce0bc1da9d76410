"""Transactions in Redis: whole or not at all, one at a time, and never by one that has lost its turn."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from blacklist.errors import StoreError
from blacklist.store.redis_blobs import CHUNK, BlobGone, Blobs
from blacklist.store.redis_documents import Documents
from blacklist.store.redis_link import Link


@contextmanager
def opened(url: str, *, wait: float = 10.0, fence: int | None = None) -> Iterator[Documents]:
    with closing(Link(url, wait=wait)) as link:
        yield Documents(link, "area", fence=fence)


@pytest.fixture
def documents(redis_url: str) -> Iterator[Documents]:
    with opened(redis_url) as made:
        yield made


def test_a_transaction_reads_what_it_wrote_and_others_do_not_before_its_end(
    documents: Documents, redis_url: str
) -> None:
    with opened(redis_url) as other:
        with documents.transaction():
            documents.put("table", "a", {"text": "é"})
            documents.put("table", "b", 2)
            documents.drop("table", "b")
            assert (documents.get("table", "a"), documents.all("table")) == ({"text": "é"}, {"a": {"text": "é"}})
            assert documents.some("table", ["b", "a"]) == [None, {"text": "é"}]
            assert other.all("table") == {}
        assert other.all("table") == {"a": {"text": "é"}}


def test_an_error_within_leaves_everything_as_it_was(documents: Documents) -> None:
    def fail() -> None:
        with documents.transaction():
            documents.put("table", "a", 1)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert documents.all("table") == {}
    with documents.transaction():
        documents.put("table", "a", 2)
    assert documents.all("table") == {"a": 2}


def test_a_transaction_that_lost_its_turn_changes_nothing(documents: Documents, redis_url: str) -> None:
    def paused() -> None:
        with documents.transaction():
            documents.put("table", "a", "late")
            documents.link.call("DEL", documents.key("lock"))  # as time does
            with opened(redis_url) as other, other.transaction():
                other.put("table", "a", "in time")

    with pytest.raises(StoreError, match="lost its turn: nothing was changed"):
        paused()
    assert documents.get("table", "a") == "in time"


def test_the_lock_of_one_that_never_came_back_ends(documents: Documents) -> None:
    link, lock = documents.link, documents.key("lock")
    with documents.transaction():
        assert 0 < link.call("PTTL", lock) <= 5_000
        documents.put("table", "a", 1)
    assert link.call("EXISTS", lock) == 0


def test_a_writer_that_waited_too_long_says_what_for(documents: Documents, redis_url: str) -> None:
    with opened(redis_url, wait=0.05) as other, documents.transaction():
        with pytest.raises(StoreError, match="another process is writing"), other.transaction():
            pass
        documents.put("table", "a", 1)
    assert documents.all("table") == {"a": 1}


def test_many_writers_at_once_lose_no_change(documents: Documents, redis_url: str) -> None:
    def count() -> None:
        with opened(redis_url) as mine:
            for _ in range(10):
                with mine.transaction():
                    mine.put("table", "count", (mine.get("table", "count") or 0) + 1)

    threads = [threading.Thread(target=count) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert documents.get("table", "count") == 50


def test_the_version_moves_when_asked_to_and_grows(documents: Documents) -> None:
    versions = [documents.version()]
    for moved in (True, False, True):
        with documents.transaction():
            documents.put("table", "a", 1)
            if moved:
                documents.moved()
        versions.append(documents.version())
    assert versions[0] < versions[1] == versions[2] < versions[3]


def test_a_version_that_a_failover_lost_does_not_come_again(documents: Documents) -> None:
    with documents.transaction():
        documents.put("table", "a", 1)
        documents.moved()
    lost = documents.version()
    documents.link.call("SET", documents.key("version"), 0)
    with documents.transaction():
        documents.put("table", "a", 2)
        documents.moved()
    assert documents.version() > lost


def test_a_fence_holds_off_an_importer_whose_lease_another_has(documents: Documents, redis_url: str) -> None:
    documents.link.call("SET", documents.link.key("lease", "fence"), 8)
    with opened(redis_url, fence=8) as holder, holder.transaction():
        holder.put("table", "a", 1)
    with (
        opened(redis_url, fence=7) as late,
        pytest.raises(StoreError, match="another importer has taken over"),
        late.transaction(),
    ):
        pass

    def overtaken() -> None:
        with documents.transaction(fence=8):
            documents.put("table", "a", 2)
            documents.link.call("SET", documents.link.key("lease", "fence"), 9)

    with pytest.raises(StoreError, match="another importer has taken over"):
        overtaken()
    assert documents.get("table", "a") == 1
    with documents.transaction():
        documents.put("table", "a", 3)


def test_changing_outside_of_a_transaction_is_a_mistake_that_is_told(documents: Documents) -> None:
    with pytest.raises(RuntimeError):
        documents.put("table", "a", 1)


def test_a_large_value_is_kept_in_chunks_that_end_by_themselves_unless_they_are_kept(documents: Documents) -> None:
    blobs = Blobs(documents)
    value = bytes(range(256)) * 3_000
    blob = blobs.write([value[:5], value[5:]])
    assert (blob.size, blob.chunks) == (len(value), len(value) // CHUNK + 1)
    keys = [blobs._key(blob.id, number) for number in range(blob.chunks)]
    assert all(documents.link.call("TTL", key) > 0 for key in keys)
    with documents.transaction():
        blobs.keep(blob)
    assert all(documents.link.call("TTL", key) == -1 for key in keys)
    assert b"".join(blobs.read(blob)) == value
    with documents.transaction():
        blobs.drop(blob)
    with pytest.raises(BlobGone):
        list(blobs.read(blob))


def test_chunks_that_ended_before_they_were_kept_make_the_transaction_fail(documents: Documents) -> None:
    blobs = Blobs(documents)
    blob = blobs.write([b"x"])
    documents.link.call("DEL", blobs._key(blob.id, 0))

    def keep() -> None:
        with documents.transaction():
            blobs.keep(blob)
            documents.put("table", "a", 1)

    with pytest.raises(StoreError, match="cleared away: nothing was changed"):
        keep()
    assert documents.all("table") == {}
