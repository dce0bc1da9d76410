"""Reading and loading a store in Redis while others use it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from blacklist.errors import StoreError
from blacklist.store import redis_loading
from blacklist.store.contents import Overtaken, Row
from blacklist.store.interface import FeedInfo, ImportRecord
from blacklist.store.redis import RedisStore
from blacklist.store.redis_contents import RedisContents
from blacklist.store.redis_lease import Lease
from blacklist.store.redis_link import Link
from blacklist.store.redis_staging import Staging
from everything import AT, contents, event, fill_with_everything
from places import Place
from redises import running_redis
from running import eventually


@pytest.fixture
def shared(redis_url: str, tmp_path: Path) -> Iterator[Place]:
    """A Redis store with one of everything."""
    place = Place(tmp_path, redis_url)
    with place.opened:
        fill_with_everything(place)
        yield place


@pytest.fixture
def rows(tmp_path: Path) -> list[Row]:
    """One of everything."""
    folder = tmp_path / "embedded"
    folder.mkdir()
    place = Place(folder)
    with place.opened:
        fill_with_everything(place)
        return list(contents(place).rows())


def names(place: Place) -> set[str]:
    """The keys below the place's prefix that stay."""
    link = Link(place.url)
    found = [key.decode() for key in link.call("KEYS", "*") if key.startswith(link.key("").encode())]
    staying = {key.removeprefix(link.key("")) for key in found if link.call("TTL", key) == -1}
    assert not [key for key in found if ":restore:" in key]
    link.close()
    return staying


def test_a_load_leaves_what_the_store_needs_and_no_more(shared: Place, rows: list[Row]) -> None:
    def plain(found: set[str]) -> set[str]:
        return {name for name in found if ":blob:" not in name}

    before, blobs = plain(names(shared)), len(names(shared))
    contents(shared).load(rows, replace=True)
    assert plain(names(shared)) == before
    assert len(names(shared)) == blobs


def test_a_load_that_fails_leaves_nothing(shared: Place, rows: list[Row]) -> None:
    before = names(shared)
    with pytest.raises(StoreError, match="can't be read"):
        contents(shared).load([*rows, Row("user", {})], replace=True)
    assert names(shared) == before


def test_a_load_without_the_lease_changes_nothing(shared: Place, rows: list[Row]) -> None:
    lease = Lease(shared.url)
    fence = lease.acquire("one", 10)
    lease.release()
    assert fence is not None
    assert lease.acquire("another", 10)
    held = RedisContents(shared.url, fence=fence)
    before = list(held.rows())
    with pytest.raises(StoreError, match="another importer has taken over: nothing was changed"):
        held.load(rows, replace=True)
    assert list(held.rows()) == before
    held.close()
    lease.close()


def test_a_change_that_is_open_during_a_load_is_refused(shared: Place, rows: list[Row]) -> None:
    keys = shared.keys()

    def change() -> None:
        with keys.audited(event("late")):
            keys.note_uses({"aa": AT + 9})
            contents(shared).load(rows, replace=True)

    with pytest.raises(StoreError, match="lost its turn: nothing was changed"):
        change()
    assert shared.keys().verify() is None
    assert shared.keys().uses() == {"zz": AT + 3}


def test_staged_rows_that_were_cleared_away_are_missed(shared: Place, rows: list[Row]) -> None:
    held = contents(shared)
    before = list(held.rows())

    def slow() -> Iterator[Row]:
        yield from rows
        link = Link(shared.url)
        gone = [
            key
            for key in link.call("KEYS", "*")
            if link.key("store", "blob").encode() in key and link.call("TTL", key) > 0
        ]
        assert gone
        link.call("DEL", *gone[:1])
        link.close()

    with pytest.raises(StoreError, match="cleared away: nothing was changed"):
        held.load(slow(), replace=True)
    assert list(held.rows()) == before


def test_a_swap_whose_answer_never_came_may_have_happened_and_is_not_undone(tmp_path: Path) -> None:
    with running_redis(tmp_path / "redis") as server, closing(Link(server.url)) as link:
        staging = Staging(link)
        blob = staging.blob(b"a generation")
        staging.add("SET", staging.key("store", "feed"), "kept")
        staging.add("SET", staging.key("keys", "key"), "kept")
        staging._flush()
        server.freeze()
        with pytest.raises(StoreError, match="in time"):
            staging.swap(counter=9, fence=None, replace=False)
        staging.drop()
        server.thaw()
        with closing(Link(server.url)) as fresh:
            eventually(lambda: bool(fresh.call("EXISTS", fresh.key("store", "feed"))))
            assert fresh.call("TTL", *staging.blobs.keys(blob)) == -1


def test_reading_says_when_a_feed_was_replaced_before_it_was_read(shared: Place) -> None:
    reading = contents(shared).rows()
    next(reading)
    store = shared.store()
    info = FeedInfo("plain", "attacks")
    store.commit(info, store.generation("allowing"), ImportRecord("plain", AT, "imported"))
    with pytest.raises(Overtaken, match="imported while it was read"):
        list(reading)


def test_reading_says_when_the_audit_log_was_cut_before_it_was_read(
    shared: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("blacklist.store.redis_audit.KEPT_ENTRIES", 1)
    monkeypatch.setattr("blacklist.store.redis_audit._SLACK", 1)
    reading = contents(shared).rows()
    next(reading)
    keys = shared.keys()
    for number in range(4):
        keys.log(event(f"later {number}"))
    with pytest.raises(Overtaken, match="cut while it was read"):
        list(reading)
    assert len([row for row in contents(shared).rows() if row.kind == "audit"]) > 1


def test_a_log_that_somebody_has_tampered_with_is_backed_up_as_it_is(shared: Place) -> None:
    shared.opened.callback(lambda: None)
    link = Link(shared.url)
    link.call("XDEL", link.key("keys", "audit"), "2-0")
    link.close()
    assert [row.values["number"] for row in contents(shared).rows() if row.kind == "audit"] == [1, 3]


def test_a_longer_log_than_redis_keeps_is_cut_and_says_so(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "long"
    folder.mkdir()
    long = Place(folder)
    monkeypatch.setattr(redis_loading, "KEPT_ENTRIES", 5)
    monkeypatch.setattr(redis_loading, "_SLACK", 3)
    with long.opened:
        for number in range(20):
            long.keys().log(event(f"entry {number + 1}"))
        long_rows = list(contents(long).rows())
    short = Place(tmp_path, redis_url)
    with short.opened:
        contents(short).load(long_rows, replace=False)
        keys = short.keys()
        assert keys.verify() is None
        assert [number for number, _, _ in keys.entries()] == [16, 17, 18, 19, 20, 21]
        assert "audit.prune" in list(keys.entries())[-1][1]
        assert keys.log(event("after")).number == 22
        assert keys.verify() is None


def test_many_rows_take_many_steps(redis_url: str, tmp_path: Path) -> None:
    many = [Row("counter", {"value": 3})]
    many += [
        Row("entry", {"allowlist": True, "indicator": f"2001:db8::{number:x}", "entry": _ALLOWED})
        for number in range(1, 3_000)
    ]
    place = Place(tmp_path, redis_url)
    with place.opened:
        contents(place).load(many, replace=False)
        assert isinstance(store := place.store(), RedisStore)
        assert len(store.allowlist()) == 2_999


_ALLOWED = {"reason": "ours", "added_at": AT, "expires_at": None, "origin": "operator"}
