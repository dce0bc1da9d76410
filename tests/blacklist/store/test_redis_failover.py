"""Failover: the primary is killed under writes, a replica takes over, and no acknowledged write is lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from time import monotonic, sleep

import pytest

from blacklist.core.indicator import Indicator
from blacklist.core.listing import Allowed
from blacklist.core.overlay import Edit
from blacklist.errors import StoreError
from blacklist.store.redis import RedisStore
from redises import Watched, running_sentinels

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


def test_writes_go_on_within_ten_seconds_of_the_primary_s_end_and_none_that_was_acknowledged_is_lost(
    watched: Watched,
) -> None:
    acknowledged: list[int] = []
    with closing(RedisStore(f"{watched.url}?replicas=1&prefix=failover", wait=1.0)) as store:
        for number in range(200):
            assert write(store, number)
            acknowledged.append(number)
        first = watched.primary()
        first.kill()
        killed, number, missed, resumed = monotonic(), 200, 0, 0.0
        while len(acknowledged) < 300:
            assert monotonic() < killed + 15, f"{missed} writes were refused, and {len(acknowledged) - 200} made"
            if write(store, number):
                acknowledged.append(number)
                resumed = resumed or monotonic() - killed
            else:
                missed += 1
                sleep(0.05)
            number += 1
        assert missed > 0
        assert resumed < 10
        assert watched.primary() is not first
        found = {entry.indicator.start - _FIRST for entry in store.allowlist()}
        assert set(acknowledged) <= found
        generations = [change.generation for change in store.changes(0)]
        assert generations == sorted(set(generations))
        assert store.counter() >= generations[-1]


def test_a_write_that_too_few_replicas_have_is_not_acknowledged(watched: Watched) -> None:
    with (
        closing(RedisStore(f"{watched.url}?replicas=5&prefix=few", wait=0.5)) as store,
        pytest.raises(StoreError, match="of 5 replicas have the change: it may be lost"),
    ):
        store.touch()
