"""What the cluster's store does beyond the contract: fenced importers, readers in the midst, news of changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from blacklist.core.generation import Generation, GenerationBuilder
from blacklist.core.indicator import parse_one
from blacklist.core.listing import Allowed, Facts
from blacklist.core.overlay import Edit
from blacklist.errors import StoreError
from blacklist.store import redis_edits
from blacklist.store.accounts import SigningKey
from blacklist.store.interface import FeedInfo, ImportRecord, Once
from blacklist.store.redis import RedisStore
from blacklist.store.redis_blobs import Blob
from blacklist.store.redis_keys import RedisKeyStore
from blacklist.store.redis_lease import Lease
from blacklist.store.redis_news import News
from running import eventually

INFO = FeedInfo("one", "attacks")
RECORD = ImportRecord("one", 1_000, "imported")


def generation(*texts: str) -> Generation:
    builder = GenerationBuilder()
    for text in texts:
        builder.add(parse_one(text), builder.fact(Facts("", 50, "", "", 100, 0, 0)))
    return builder.finish()


def allowed(number: int) -> Edit:
    indicator = parse_one(f"192.0.2.{number}")
    return Edit(indicator, allowlist=True, entry=Allowed(indicator, "ours", 5, None))


@pytest.fixture
def store(redis_url: str) -> Iterator[RedisStore]:
    with closing(RedisStore(redis_url)) as opened:
        yield opened


def test_an_importer_whose_lease_another_has_changes_nothing(store: RedisStore, redis_url: str) -> None:
    with closing(Lease(redis_url)) as lease:
        first = lease.acquire("one", 60)
        assert first is not None
        with closing(RedisStore(redis_url, fence=first)) as late:
            late.commit(INFO, generation("192.0.2.1"), RECORD)
            late.hold(INFO, generation("192.0.2.2"), RECORD)
            assert lease.release()
            assert lease.acquire("two", 60) is not None
            before, counter = store.feeds(), store.counter()
            writes: list[Callable[[], object]] = [
                lambda: late.commit(INFO, generation("192.0.2.9"), RECORD),
                lambda: late.confirm("one", RECORD),
                lambda: late.hold(INFO, generation("192.0.2.9"), RECORD),
                lambda: late.fail(INFO, RECORD),
                lambda: late.remove("one"),
                late.touch,
            ]
            for write in writes:
                with pytest.raises(StoreError, match="another importer has taken over"):
                    write()
    assert (store.feeds(), store.counter()) == (before, counter)
    assert [str(indicator) for indicator, _ in store.generation("one")] == ["192.0.2.1"]
    assert store.edit([allowed(1)], at=5) == counter + 1  # operators hold no lease


def test_a_reader_in_the_midst_of_a_generation_that_is_replaced_gets_the_new_one(
    store: RedisStore, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.commit(INFO, generation("192.0.2.1"), RECORD)
    read = store._blobs.read

    def replaced(blob: Blob) -> Iterator[bytes]:
        monkeypatch.setattr(store._blobs, "read", read)
        with closing(RedisStore(redis_url)) as other:
            other.commit(INFO, generation("192.0.2.9"), RECORD)
        return read(blob)

    monkeypatch.setattr(store._blobs, "read", replaced)
    assert [str(indicator) for indicator, _ in store.generation("one")] == ["192.0.2.9"]


def test_content_that_is_damaged_or_missing_is_told(store: RedisStore) -> None:
    store.commit(INFO, generation("192.0.2.1"), RECORD)
    link, (key,) = store._documents.link, store._documents.link.call("KEYS", f"{store._documents.key('blob')}*")
    link.call("SET", key, b"BLKGEN\x00\x01damaged")
    with pytest.raises(StoreError, match="the feed 'one': damaged"):
        store.generation("one")
    link.call("DEL", key)
    with pytest.raises(StoreError, match="the feed 'one': a part of its content is missing; import it again"):
        store.generation("one")


def test_replaced_rejected_and_removed_content_leaves_nothing_behind(store: RedisStore) -> None:
    for number in range(3):
        store.commit(INFO, generation(f"192.0.2.{number}"), RECORD)
        store.hold(INFO, generation(f"198.51.100.{number}"), RECORD)
    store.approve("one", 5)
    store.hold(INFO, generation("192.0.2.1"), RECORD)
    store.hold(INFO, generation("192.0.2.2"), RECORD)
    store.reject("one", 5)
    chunks = store._documents.link.call("KEYS", f"{store._documents.key('blob')}*")
    assert len(chunks) == 1
    store.remove("one")
    assert store._documents.link.call("KEYS", f"{store._documents.key('blob')}*") == []


def test_changes_are_kept_for_so_many_generations(store: RedisStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_edits, "KEPT_CHANGES", 5)
    for number in range(12):
        store.edit([allowed(number), allowed(number + 1)], at=5)
    assert [change.generation for change in store.changes(0)] == [n for n in range(8, 13) for _ in range(2)]


def test_more_changes_than_a_page_are_read_whole_and_in_order(
    store: RedisStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_edits, "_PAGE", 4)
    edits = [allowed(number) for number in range(10)]
    for start in (0, 3, 6):
        store.edit(edits[start : start + 3], at=5)
    assert [change.edit for change in store.changes(0)] == edits[:9]
    assert [change.edit for change in store.changes(2)] == edits[6:9]


def test_keys_of_idempotency_are_capped_the_oldest_goes_first(
    store: RedisStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_edits, "KEPT_KEYS", 3)
    for number in range(5):
        store.edit([allowed(number)], at=number, once=Once(f"key {number}", "digest"))
    assert sorted(store._documents.all("once")) == ["key 2", "key 3", "key 4"]


def test_a_change_is_told_to_whoever_listens_with_its_area_and_version(store: RedisStore, redis_url: str) -> None:
    with closing(News(redis_url)) as news, closing(RedisKeyStore(redis_url)) as keys:
        assert news.wait(0) == {}
        store.edit([allowed(1)], at=5)
        assert news.wait(5) == {"store": store.version()}
        keys.rotate_signing_key(SigningKey("id", bytes(32), 5))
        assert news.wait(5) == {"keys": keys.version()}
        store.edit([allowed(2)], at=5)
        store.edit([allowed(3)], at=5)
        eventually(lambda: news.wait(1).get("store") == store.version())


def test_two_installations_share_a_server_by_their_prefixes(store: RedisStore, redis_url: str) -> None:
    store.edit([allowed(1)], at=5)
    with closing(RedisStore(f"{redis_url}-other")) as other:
        assert (other.counter(), list(other.allowlist())) == (0, [])


def test_all_keys_are_under_the_prefix_in_braces(store: RedisStore, redis_url: str) -> None:
    store.commit(INFO, generation("192.0.2.1"), RECORD)
    store.edit([allowed(1)], at=5, once=Once("key", "digest"))
    prefix = redis_url.partition("prefix=")[2]
    keys = {key.decode() for key in store._documents.link.call("KEYS", "*") if prefix.encode() in key}
    assert len(keys) > 5
    assert all(key.startswith(f"{{{prefix}}}:") for key in keys)
