"""The end of a Redis, or its standstill, under writes: whoever takes over, no acknowledged write is lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Timer
from time import monotonic, sleep

import pytest

from blacklist.core.indicator import Indicator
from blacklist.core.listing import Allowed
from blacklist.core.overlay import Edit
from blacklist.errors import StoreError
from blacklist.store.interface import Once
from blacklist.store.redis import RedisStore
from redises import Watched, running_redis, running_sentinels

_FIRST = 0xC0000200


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """A primary and two replicas, for this file alone."""
    with running_sentinels(tmp_path_factory.mktemp("failover"), replicas=2) as made:
        yield made


def write(store: RedisStore, number: int) -> bool:
    """Whether the write of that number was acknowledged."""
    indicator = Indicator(4, _FIRST + number, 32)
    try:
        store.edit([Edit(indicator, allowlist=True, entry=Allowed(indicator, "", 5, None))], at=5)
    except StoreError:
        return False
    return True


def write_until(store: RedisStore, first: int, enough: int) -> tuple[list[int], float]:
    """Writes numbers from the first on until so many are acknowledged; those, and the longest time that none was."""
    acknowledged: list[int] = []
    number, last, longest = first, monotonic(), 0.0
    while len(acknowledged) < enough:
        if write(store, number):
            acknowledged.append(number)
            longest, last = max(longest, monotonic() - last), monotonic()
        else:
            sleep(0.05)
        assert monotonic() < last + 15, f"{len(acknowledged)} writes were acknowledged and no more"
        number += 1
    return acknowledged, longest


def listed(store: RedisStore) -> set[int]:
    return {entry.indicator.start - _FIRST for entry in store.allowlist()}


def test_a_primary_that_wakes_up_after_a_failover_acknowledges_nothing_that_is_lost(watched: Watched) -> None:
    url = f"{watched.url}?replicas=1&prefix=frozen"
    with closing(RedisStore(url, wait=1.0)) as store, closing(RedisStore(url, wait=1.0)) as unaware:
        before, _ = write_until(store, 0, 50)
        assert write(unaware, 1_000)
        first = watched.primary()
        first.freeze()
        try:
            after, longest = write_until(store, 50, 50)
        finally:
            first.thaw()
        assert longest < 10
        late = [number for number in range(1_001, 1_004) if write(unaware, number)]
        assert {*before, *after, *late} <= listed(store)


def test_writes_go_on_within_ten_seconds_of_the_primary_s_end_and_none_that_was_acknowledged_is_lost(
    watched: Watched,
) -> None:
    with closing(RedisStore(f"{watched.url}?replicas=1&prefix=killed", wait=1.0)) as store:
        before, _ = write_until(store, 0, 200)
        first = watched.primary()
        first.kill()
        after, longest = write_until(store, 200, 100)
        assert 0 < longest < 10
        assert watched.primary() is not first
        assert {*before, *after} <= listed(store)
        generations = [change.generation for change in store.changes(0)]
        assert generations == sorted(set(generations))
        assert store.counter() >= generations[-1]


def test_a_write_that_too_few_replicas_have_is_not_acknowledged(watched: Watched, cluster_url: str) -> None:
    for url in (watched.url, cluster_url):
        with (
            closing(RedisStore(f"{url}?replicas=5&prefix=few", wait=0.5)) as store,
            pytest.raises(StoreError, match="of 5 replicas have the change: it may be lost"),
        ):
            store.touch()


def test_a_request_that_is_sent_again_is_not_acknowledged_either_while_too_few_replicas_have_it(
    watched: Watched,
) -> None:
    edit = Edit(Indicator(4, _FIRST, 32), allowlist=True, entry=Allowed(Indicator(4, _FIRST, 32), "", 5, None))
    with closing(RedisStore(f"{watched.url}?replicas=5&prefix=again", wait=0.5)) as store:
        for _ in range(2):
            with pytest.raises(StoreError, match="of 5 replicas have the change"):
                store.edit([edit], at=5, once=Once("key", "digest"))
    with closing(RedisStore(f"{watched.url}?prefix=again")) as store:  # which asks for no replica
        assert store.edit([edit], at=5, once=Once("key", "digest")) == 1


def test_what_was_acknowledged_is_there_after_a_kill_where_redis_writes_before_it_answers(tmp_path: Path) -> None:
    options = ("--save", "", "--appendonly", "yes", "--appendfsync", "always")
    with running_redis(tmp_path / "redis", *options) as server, closing(RedisStore(server.url, wait=0.5)) as store:
        acknowledged: list[int] = []
        for kill in range(3):
            killer = Timer(0.05 + kill / 50, server.kill)
            killer.start()
            number = 1_000 * kill
            while write(store, number):
                acknowledged.append(number)
                number += 1
            killer.join()
            server.start()
            acknowledged += write_until(store, number + 1, 1)[0]
            assert set(acknowledged) <= listed(store)
        assert len(acknowledged) > 3
