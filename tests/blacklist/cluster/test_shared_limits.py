"""Quotas and failed logins count at all servers; without Redis, quotas count at each and nobody logs in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from time import sleep

import httpx
import pytest

from blacklist.access.passwords import hash_password
from blacklist.access.shared_limits import SharedBuckets
from blacklist.settings import Quota
from blacklist.store.accounts import UserRecord
from blacklist.store.opening import open_keys
from blacklist.store.redis_attempts import RedisAttempts
from blacklist.store.redis_limits import RedisLimits
from blacklist.web.attempts import RULES
from clustered import Clustered
from running import eventually, make_key

Pair = tuple[httpx.Client, httpx.Client]
QUOTA = 200


@pytest.fixture(scope="module")
def limited(cluster: Clustered) -> Iterator[Pair]:
    """Clients of two servers that give each key 200 an hour."""
    with ExitStack() as stack:
        services = [stack.enter_context(cluster.serving(name, BLACKLIST_RATE_LIMIT=f"{QUOTA}/h")) for name in "ab"]
        one, other = (stack.enter_context(service.client()) for service in services)
        yield one, other


def _looks_up(client: httpx.Client, headers: dict[str, str]) -> bool:
    return client.get("/api/v1/lookup/192.0.2.1", headers=headers).status_code == 200


def test_what_was_taken_at_one_server_is_missing_at_another(cluster: Clustered, limited: Pair) -> None:
    headers = {"x-api-key": make_key(cluster.folder / "importer", "lookup", store_url=cluster.redis.url)}
    one, other = limited
    for client in limited:
        eventually(partial(_looks_up, client, headers))
    for _ in range(QUOTA - 20):
        assert one.get("/api/v1/lookup/192.0.2.1", headers=headers).status_code == 200
    statuses = []
    for _ in range(60):
        statuses.append(other.get("/api/v1/lookup/192.0.2.1", headers=headers).status_code)
        if statuses[-1] == 429:
            break
        sleep(0.1)
    assert statuses[-1] == 429  # alone, this server would have given three times as many


def test_the_store_adds_up_what_servers_tell_and_nobody_owes_more_than_two_quotas(cluster: Clustered) -> None:
    one, other = (RedisLimits(cluster.redis.url) for _ in range(2))
    assert one.spend("key", 100, 50, {"id": 20})["id"] == pytest.approx(10, abs=0.5)
    assert other.spend("key", 100, 50, {"id": 40, "new": 2}) == pytest.approx({"id": 30, "new": 1}, abs=0.5)
    assert one.spend("key", 100, 50, {"id": 10_000})["id"] == pytest.approx(100, abs=0.5)
    assert one.spend("address", 100, 50, {"id": 2})["id"] == pytest.approx(1, abs=0.5)
    assert one.spend("key", 100, 50, {}) == {}
    one.close()
    other.close()


def test_a_server_tells_what_was_taken_once_and_believes_the_higher_debt() -> None:
    buckets = SharedBuckets("key", Quota(100, 100))
    assert buckets.take("id", 30, 0.0) == 30
    assert buckets.take("id", 80, 0.0) > 100  # refused, so it is not told
    assert buckets.told() == {"id": 30}
    assert buckets.told() == {}
    buckets.owe("id", 90, 0.0)
    assert buckets.take("id", 5, 0.0) == 95
    buckets.owe("id", 10, 0.0)
    assert buckets.take("id", 5, 0.0) == 100
    assert buckets.take("id", 1, 0.0) > 100


def test_failures_count_wherever_they_are_made_and_a_success_ends_them(cluster: Clustered) -> None:
    one, other = (RedisAttempts(cluster.redis.url, RULES) for _ in range(2))
    for number in range(RULES.free):
        assert (one if number % 2 else other).begin("ann", "4-1") == (0.0, False)
    wait, known = other.begin("ann", "4-1")
    assert 0 < wait <= RULES.first_delay
    assert known is False
    assert one.begin("ann", "4-2")[0] == 0  # another network
    assert one.begin("bob", "4-1")[0] == 0  # another account
    one.succeeded("ann", "4-1")
    assert other.begin("ann", "4-1") == (0.0, True)
    one.close()
    other.close()


def test_what_came_to_no_decision_is_no_failure(cluster: Clustered) -> None:
    attempts = RedisAttempts(cluster.redis.url, RULES)
    for _ in range(3 * RULES.free_of_network):
        assert attempts.begin("carl", "4-3")[0] == 0
        attempts.not_counted("carl", "4-3")
    attempts.close()


def test_a_name_that_was_typed_is_not_in_the_store(cluster: Clustered) -> None:
    attempts = RedisAttempts(cluster.redis.url, RULES)
    attempts.begin("my-passw0rd", "4-4")
    attempts.close()
    assert not [key for key in cluster.redis.ask("KEYS", "*") if b"passw0rd" in key]


def test_failed_logins_at_one_server_delay_at_another_and_none_is_let_in_without_redis(
    cluster: Clustered, limited: Pair
) -> None:
    store = open_keys(cluster.settings())
    store.add_user(UserRecord("dora", hash_password("right horse battery"), frozenset({"lookup"}), 1))
    store.close()
    one, other = limited

    def login(client: httpx.Client, password: str) -> int:
        body = {"username": "dora", "password": password}
        return client.post("/api/v1/auth/token", json=body, headers={"x-api-key": ""}).status_code

    eventually(lambda: login(other, "right horse battery") == 200)
    cluster.redis.freeze()
    try:
        assert login(other, "right horse battery") == 503
    finally:
        cluster.redis.thaw()
    eventually(lambda: login(other, "right horse battery") == 200)
    assert [login(one, "wrong") for _ in range(2)] == [401, 401]
    for failures in cluster.redis.ask("KEYS", "*:login:failed:*"):  # as after many more, which would take minutes
        cluster.redis.ask("HSET", failures.decode(), "count", 20)
    assert login(other, "right horse battery") == 429
    assert login(one, "right horse battery") == 429
