"""Snapshots on their way between a folder and a store, a real Redis."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from secrets import token_hex

import pytest

from blacklist.core.compiler import compile_snapshot
from blacklist.core.snapshot import verified
from blacklist.replica.local import load_newest, published, snapshot_path
from blacklist.replica.share import RefusedSnapshotError, fetch, newest_generation, share
from blacklist.store.redis_snapshots import RedisSnapshots
from redises import Server, running_redis


def snapshot(generation: int) -> bytes:
    return b"".join(compile_snapshot([], [], generation=generation, now=1_900_000_000))


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def source(redis_server: Server) -> Iterator[RedisSnapshots]:
    """A store without a snapshot."""
    opened = RedisSnapshots(f"{redis_server.url}?prefix={token_hex(8)}")
    yield opened
    opened.close()


def test_a_snapshot_goes_through_a_store_and_arrives_byte_for_byte(source: RedisSnapshots, tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    snapshot_path(here, 7).write_bytes(snapshot(7))
    assert share(source, here, fence=None) == 7
    assert fetch(source, there, 0) == 7
    assert snapshot_path(there, 7).read_bytes() == snapshot(7)
    assert load_newest(there).head.generation == 7


@pytest.mark.parametrize("size", [80, 4096, 100_000_000])
def test_pieces_of_any_size_are_verified_on_their_way(size: int) -> None:
    data = snapshot(3)
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    assert b"".join(verified([b"", *pieces, b""])) == data


def flipped(data: bytes) -> bytes:
    return data[:-9] + bytes([data[-9] ^ 1]) + data[-8:]


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-1],
        lambda data: data + b"x",
        flipped,
        lambda data: data[:8] + b"\x63" + data[9:],  # of another format
        lambda data: b"<html>" + data,
        lambda data: data[:0],
    ],
)
def test_what_is_damaged_or_of_another_format_never_gets_a_name(
    source: RedisSnapshots, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    snapshot_path(tmp_path, 6).write_bytes(snapshot(6))
    assert source.put(7, [damage(snapshot(7))])
    with pytest.raises(RefusedSnapshotError):
        fetch(source, tmp_path, 6)
    assert [path.name for path in tmp_path.iterdir()] == [snapshot_path(tmp_path, 6).name]


@pytest.mark.parametrize("have", [7, 8])
def test_nothing_is_fetched_that_is_not_newer(source: RedisSnapshots, tmp_path: Path, have: int) -> None:
    assert fetch(source, tmp_path, have) == 0
    source.put(7, [snapshot(7)])
    assert fetch(source, tmp_path, have) == 7
    assert published(tmp_path) == []


def test_a_store_that_loses_a_part_in_between_leaves_none_here(
    source: RedisSnapshots, redis_server: Server, tmp_path: Path
) -> None:
    source.put(7, [snapshot(7)])
    for key in redis_server.ask("KEYS", "*:blob:*"):
        redis_server.ask("DEL", key)
    with pytest.raises(RefusedSnapshotError) as caught:
        fetch(source, tmp_path, 0)
    assert caught.value.generation == 7
    assert list(tmp_path.iterdir()) == []
    assert newest_generation(tmp_path) == 0
