"""Snapshots in Redis: whole, never older than the one before, and readable for a while after they were replaced."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing

import pytest

from blacklist.errors import SnapshotUnavailable, StoreError
from blacklist.store.redis_blobs import Blob
from blacklist.store.redis_lease import Lease
from blacklist.store.redis_news import News
from blacklist.store.redis_snapshots import RedisSnapshots

LARGE = os.urandom(700_000) + bytes(5_000_000)


@pytest.fixture
def snapshots(redis_url: str) -> Iterator[RedisSnapshots]:
    with closing(RedisSnapshots(redis_url)) as opened:
        yield opened


def read(snapshots: RedisSnapshots) -> bytes:
    current = snapshots.current()
    assert current is not None
    return b"".join(snapshots.chunks(current))


def test_there_is_none_before_the_first(snapshots: RedisSnapshots) -> None:
    assert snapshots.current() is None


def test_what_was_published_is_read_back_in_pieces(snapshots: RedisSnapshots) -> None:
    assert snapshots.put(5, [LARGE[:100], LARGE[100:]])
    current = snapshots.current()
    assert current is not None
    assert (current.generation, current.size) == (5, len(LARGE))
    assert current.blob.size < len(LARGE) / 2
    pieces = list(snapshots.chunks(current))
    assert max(map(len, pieces)) <= 1_048_576
    assert b"".join(pieces) == LARGE


def test_an_older_generation_or_the_same_one_is_not_taken(snapshots: RedisSnapshots) -> None:
    assert snapshots.put(5, [b"five"])
    assert not snapshots.put(4, [b"four"])
    assert not snapshots.put(5, [b"other five"])
    assert read(snapshots) == b"five"


def test_one_that_was_overtaken_while_it_wrote_is_not_taken(snapshots: RedisSnapshots, redis_url: str) -> None:
    def parts() -> Iterator[bytes]:
        yield b"five"
        with closing(RedisSnapshots(redis_url)) as other:
            assert other.put(6, [b"six"])

    assert not snapshots.put(5, parts())
    assert read(snapshots) == b"six"


def test_a_late_importer_publishes_nothing(snapshots: RedisSnapshots, redis_url: str) -> None:
    with closing(Lease(redis_url)) as lease:
        late = lease.acquire("one", 60)
        assert snapshots.put(1, [b"one"], fence=late)
        lease.release()
        lease.acquire("two", 60)
    with pytest.raises(StoreError, match="another importer has taken over"):
        snapshots.put(2, [b"two"], fence=late)
    assert read(snapshots) == b"one"


def test_the_one_before_can_be_read_to_its_end_and_then_goes(snapshots: RedisSnapshots) -> None:
    snapshots.put(1, [LARGE])
    before = snapshots.current()
    assert before is not None
    reading = snapshots.chunks(before)
    first = next(reading)
    snapshots.put(2, [b"two"])
    assert first + b"".join(reading) == LARGE
    link, keys = snapshots._documents.link, [snapshots._blobs._key(before.blob.id, n) for n in range(2)]
    assert all(0 < link.call("TTL", key) <= 60 for key in keys)
    link.call("DEL", keys[1])
    with pytest.raises(SnapshotUnavailable, match="generation 1 was replaced while it was read"):
        list(snapshots.chunks(before))


def test_damage_is_told(snapshots: RedisSnapshots) -> None:
    snapshots.put(1, [LARGE[:1_000]])
    current = snapshots.current()
    assert current is not None
    link, key = snapshots._documents.link, snapshots._blobs._key(current.blob.id, 0)
    whole = link.call("GET", key)
    for damaged in (b"?" + whole[1:], whole[:500], b""):
        link.call("SET", key, damaged)
        with pytest.raises(SnapshotUnavailable, match="generation 1 is damaged"):
            list(snapshots.chunks(current))


def test_a_writer_that_was_killed_leaves_chunks_that_end_by_themselves(snapshots: RedisSnapshots) -> None:
    blob = snapshots._blobs.write([b"half"])
    assert isinstance(blob, Blob)
    assert 0 < snapshots._documents.link.call("TTL", snapshots._blobs._key(blob.id, 0)) <= 600
    assert snapshots.current() is None


def test_a_new_snapshot_is_told_to_whoever_listens(snapshots: RedisSnapshots, redis_url: str) -> None:
    with closing(News(redis_url)) as news:
        snapshots.put(1, [b"one"])
        assert set(news.wait(5)) == {"snapshot"}
