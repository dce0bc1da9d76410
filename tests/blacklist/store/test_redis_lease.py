"""The importer's lease: one holder, tokens that only grow, and nothing for one whose time is over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from time import time

import pytest

from blacklist.store.redis_lease import Lease
from running import eventually


@pytest.fixture
def leases(redis_url: str) -> Iterator[tuple[Lease, Lease]]:
    with closing(Lease(redis_url)) as one, closing(Lease(redis_url)) as other:
        yield one, other


def test_one_at_a_time_holds_the_lease(leases: tuple[Lease, Lease]) -> None:
    one, other = leases
    first = one.acquire("one", 60)
    assert first is not None
    assert other.acquire("other", 60) is None
    assert not other.release()
    assert not other.renew(60)
    assert one.release()
    second = other.acquire("other", 60)
    assert second is not None
    assert second > first
    assert not one.renew(60)
    assert not one.release()


def test_the_holder_is_named_with_its_times(leases: tuple[Lease, Lease]) -> None:
    one, other = leases
    assert one.holder() is None
    token = one.acquire('a "name"', 60)
    holder = other.holder()
    assert holder is not None
    assert (holder.owner, holder.token) == ('a "name"', token)
    assert abs(holder.since - time()) < 10
    assert 50 < holder.until - holder.since < 62


def test_a_lease_ends_unless_it_is_renewed(leases: tuple[Lease, Lease]) -> None:
    one, other = leases
    assert one.acquire("one", 0.05) is not None
    assert one.renew(60)
    assert other.acquire("other", 60) is None
    assert one.renew(0.05)
    eventually(lambda: other.acquire("other", 60) is not None)
    assert not one.renew(60)


def test_tokens_grow_even_after_redis_lost_the_last_one(leases: tuple[Lease, Lease]) -> None:
    one, other = leases
    link = one._link
    first = one.acquire("one", 60)
    link.call("DEL", link.key("lease"), link.key("lease", "fence"))
    second = other.acquire("other", 60)
    assert first is not None
    assert second is not None
    assert second > first
