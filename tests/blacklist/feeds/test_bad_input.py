"""Bad input of every kind: whatever comes, the last good generation stays byte for byte."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from blacklist.core.policy import FeedPolicy
from blacklist.feeds.catalogue import Feed
from blacklist.feeds.importer import import_feed
from blacklist.store.sqlite import SqliteStore

NOW = 1_900_000_000
LISTED = b"".join(b"192.0.2.%d\n" % number for number in range(200))
LARGE = b"".join(b"198.%d.%d.%d\n" % (18 + (n >> 16), n >> 8 & 255, n & 255) for n in range(60_000))
POLICY = FeedPolicy(allow_special=True, max_growth=1000)


def kept(store: SqliteStore) -> tuple[int, bytes]:
    """The counter, and the bytes of the last good generation."""
    row = store._database.row("SELECT data FROM content WHERE feed = 'one' AND held = 0")
    assert row is not None
    return store.counter(), row[0]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "list.txt"
    path.write_bytes(LISTED)
    return path


@pytest.fixture
def local(store: SqliteStore, file: Path) -> Feed:
    feed = Feed("one", path=file, category="attacks", policy=POLICY)
    assert import_feed(store, feed, now=NOW).outcome == "imported"
    return feed


@pytest.fixture
def remote(store: SqliteStore, server: Any) -> Feed:
    feed = Feed("one", url=server.gives(LISTED), category="attacks", policy=POLICY, allow_http=True, allow_private=True)
    assert import_feed(store, feed, now=NOW).outcome == "imported"
    return feed


@pytest.mark.parametrize(
    ("content", "outcome", "error"),
    [
        (b"\xff\xfe\x00\x01" * 5000, "quarantined", "1 of 1 lines were rejected"),
        (b"\n".join(b"\xff\xfe%d" % number for number in range(200)), "quarantined", "200 of 200 lines were rejected"),
        (b"\n".join(b"192.0.2.%d\x00" % number for number in range(200)), "quarantined", "200 of 200 lines"),
        (b"<!DOCTYPE html>\n" + LISTED, "quarantined", "it is a web page (HTML), not a list"),
        (b"\x1f\x8b\x08" + os.urandom(1000), "quarantined", "it is empty"),
        (b"x" * 5_000_000, "quarantined", "1 of 1 lines were rejected"),
        (b"\r" * 100_000, "quarantined", "it is empty"),
    ],
)
def test_bytes_that_are_no_list_change_nothing(
    store: SqliteStore, local: Feed, file: Path, content: bytes, outcome: str, error: str
) -> None:
    before = kept(store)
    file.write_bytes(content)
    record = import_feed(store, local, now=NOW + 60)
    assert record.outcome == outcome
    assert error in record.error
    assert kept(store) == before


def test_a_file_of_two_gigabytes_without_a_line_end_is_a_failure(store: SqliteStore, local: Feed, file: Path) -> None:
    before = kept(store)
    with file.open("r+b") as opened:
        opened.truncate(2 << 30)  # sparse: a line of NUL bytes that takes no room
    record = import_feed(store, local, now=NOW + 60)
    assert (record.outcome, record.error) == ("failed", f"{file}: it is larger than 268435456 bytes")
    assert kept(store) == before


def answer_bomb() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    data = b"".join(packer.compress(b"192.0.2.1\n" * 100_000) for _ in range(300))
    return data + packer.flush()


@pytest.mark.parametrize(
    ("body", "headers", "error"),
    [
        (answer_bomb, {"Content_Encoding": "gzip"}, "times as large when decompressed"),
        (lambda: gzip.compress(LISTED)[:-9], {"Content_Encoding": "gzip"}, "it is truncated: its gzip encoding"),
        (lambda: LISTED, {"Content_Encoding": "gzip"}, "its gzip encoding is damaged"),
        (lambda: LISTED, {"Content_Encoding": "br"}, "which was not asked for"),
        (lambda: LISTED, {"Content_Length": "99999"}, "cut short"),
        (lambda: b"", {"Content_Length": str(1 << 40)}, "it is larger than"),
    ],
)
def test_an_answer_that_is_damaged_or_a_bomb_changes_nothing(
    store: SqliteStore, remote: Feed, server: Any, body: Callable[[], bytes], headers: dict[str, str], error: str
) -> None:
    before = kept(store)
    server.gives(body(), **headers)
    record = import_feed(store, remote, now=NOW + 60)
    assert record.outcome == "failed"
    assert error in record.error
    assert kept(store) == before


def test_a_file_that_another_takes_the_place_of_is_read_whole(store: SqliteStore, local: Feed, file: Path) -> None:
    file.write_bytes(LARGE)
    done: list[bool] = []

    def replace_once(_: int) -> None:
        if not done:
            new = file.with_name("new")
            new.write_bytes(LISTED)
            new.replace(file)
            done.append(True)

    record = import_feed(store, local, now=NOW + 60, progress=replace_once)
    assert done
    assert (record.outcome, record.accepted) == ("imported", 60_000)


@pytest.mark.parametrize("change", ["append", "truncate", "rewrite"])
def test_a_file_that_is_written_while_it_is_read_changes_nothing(
    store: SqliteStore, local: Feed, file: Path, change: str
) -> None:
    before = kept(store)
    file.write_bytes(LARGE)
    done: list[bool] = []

    def write_once(_: int) -> None:
        if done:
            return
        done.append(True)
        if change == "truncate":
            os.truncate(file, 300_000)
            return
        with file.open("ab" if change == "append" else "r+b") as opened:
            opened.write(b"203.0.113.1\n")
        os.utime(file, (NOW, NOW))

    record = import_feed(store, local, now=NOW + 60, progress=write_once)
    assert record.outcome == "failed"
    assert "it was written while it was read" in record.error
    assert kept(store) == before
