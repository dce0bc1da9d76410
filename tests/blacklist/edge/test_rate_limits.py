"""Rate limits of a running server: who pays, how much, and what a caller is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import httpx
import pytest

from running import Service, eventually, fill, make_key, make_token, serving

LOOKUP = "/api/v1/lookup/192.0.2.1"
LIMITS = {"BLACKLIST_RATE_LIMIT": "200/h", "BLACKLIST_RATE_LIMIT_ADDRESS": "100/h"}
_POLICY = re.compile(r'"(key|address)";q=(\d+);w=(\d+)')
_LIMIT = re.compile(r'"(key|address)";r=(\d+);t=(\d+)')


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    data = tmp_path_factory.mktemp("limited")
    fill(data, entries={"192.0.2.1": None})
    networks = {"BLACKLIST_TRUSTED_PROXIES": "127.0.0.0/8", "BLACKLIST_METRICS_NETWORKS": "127.0.0.0/8"}
    with serving(data, **LIMITS, **networks) as running:
        yield running


@contextmanager
def ready_client(service: Service, *scopes: str) -> Iterator[httpx.Client]:
    """A client with a key of its own, which the server knows by now; until then other addresses pay."""
    others = count(1)
    with service.client(make_key(service.data, *scopes)) as client:
        eventually(lambda: client.get(LOOKUP, headers={"x-forwarded-for": f"198.18.0.{next(others)}"}).is_success)
        yield client


def left(answer: httpx.Response) -> int:
    found = _LIMIT.fullmatch(answer.headers["ratelimit"])
    assert found, answer.headers["ratelimit"]
    return int(found[2])


def asked(client: httpx.Client) -> int:
    """What is left, asked with a batch of one: its answer always says so."""
    return left(client.post("/api/v1/lookup", json={"addresses": ["192.0.2.1"]}))


def test_an_answer_to_a_key_says_what_is_left_of_its_quota(limited: Service) -> None:
    with ready_client(limited, "lookup") as client:
        answer = client.post("/api/v1/lookup", json={"addresses": ["192.0.2.1"]})
        policy = _POLICY.fullmatch(answer.headers["ratelimit-policy"])
        assert policy is not None
        assert policy.groups() == ("key", "200", "3600")
        client.get(LOOKUP)
        assert asked(client) == left(answer) - 2


def test_a_lookup_says_it_from_when_half_is_spent(limited: Service) -> None:
    with ready_client(limited, "lookup") as client:
        answers = [client.get(LOOKUP) for _ in range(150)]
    told = ["ratelimit" in answer.headers for answer in answers]
    assert told == sorted(told)
    assert 45 <= told.count(True) <= 55
    assert left(answers[-1]) <= 50


def test_a_spent_quota_is_a_429_that_says_when_to_come_again(limited: Service) -> None:
    with ready_client(limited, "lookup") as client:
        answers = [client.get(LOOKUP) for _ in range(205)]
        statuses = [answer.status_code for answer in answers]
        refused = answers[-1]
        assert statuses[0] == 200
        assert statuses == sorted(statuses)
        assert refused.status_code == 429
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["type"] == "urn:blacklist:problem:rate-limited"
        assert 1 <= int(refused.headers["retry-after"]) <= 18  # a unit of 200 an hour
        assert left(refused) == 0
        metrics = httpx.get(f"{limited.url}/metrics", trust_env=False).text
    assert 'blacklist_rate_limited_total{quota="key"}' in metrics
    with ready_client(limited, "lookup") as another:
        assert another.get(LOOKUP).status_code == 200


def test_a_batch_costs_its_size(limited: Service) -> None:
    with ready_client(limited, "lookup") as client:
        before = asked(client)
        batch = client.post("/api/v1/lookup", json={"addresses": ["192.0.2.1"] * 100})
        assert (batch.status_code, left(batch)) == (200, before - 100)
        refused = client.post("/api/v1/lookup", json={"addresses": ["192.0.2.1"] * 150})
        assert refused.status_code == 429
        assert client.post("/api/v1/lookup", json={"addresses": ["192.0.2.1"] * 50}).status_code == 200


def test_a_list_costs_more_than_a_lookup(limited: Service) -> None:
    with ready_client(limited, "lookup", "lists") as client:
        before = asked(client)
        assert left(client.get("/api/v1/lists/all.txt")) == before - 100


def test_refused_keys_use_up_what_their_address_has_and_shut_out_no_key(limited: Service) -> None:
    guesser = {"x-forwarded-for": "203.0.113.1", "x-api-key": "blk_guess"}

    def guess() -> httpx.Response:
        return httpx.get(limited.url + LOOKUP, headers=guesser, trust_env=False)

    assert [guess().status_code for _ in range(12)] == [401] * 10 + [429] * 2
    refused = guess()
    assert refused.headers["ratelimit"].startswith('"address";r=')
    assert "retry-after" in refused.headers
    other = httpx.get(limited.url + LOOKUP, headers=guesser | {"x-forwarded-for": "203.0.113.2"}, trust_env=False)
    assert other.status_code == 401
    with ready_client(limited, "lookup") as client:
        assert client.get(LOOKUP, headers={"x-forwarded-for": "203.0.113.1"}).status_code == 200


def test_addresses_of_one_ipv6_customer_pay_together(limited: Service) -> None:
    def guess(address: str) -> int:
        headers = {"x-forwarded-for": address, "x-api-key": "blk_guess"}
        return httpx.get(limited.url + LOOKUP, headers=headers, trust_env=False).status_code

    assert [guess(f"2001:db8::{number}") for number in range(11)] == [401] * 10 + [429]
    assert guess("2001:db8:0:1::1") == 401


def test_who_lives_and_who_is_ready_is_never_limited(limited: Service) -> None:
    with limited.client("") as client:
        assert {client.get("/healthz").status_code for _ in range(120)} == {200}


def test_public_lookups_are_paid_by_the_address(tmp_path: Path) -> None:
    fill(tmp_path, entries={"192.0.2.1": None})
    settings = {"BLACKLIST_PUBLIC_LOOKUP": "1", "BLACKLIST_RATE_LIMIT_ADDRESS": "5/h"}
    with serving(tmp_path, **settings) as service, service.client("") as client:
        assert [client.get(LOOKUP).status_code for _ in range(6)] == [200] * 5 + [429]


def test_who_sends_a_valid_key_pays_with_it_even_where_none_is_needed(tmp_path: Path) -> None:
    fill(tmp_path, entries={"192.0.2.1": None})
    key = make_key(tmp_path, "lists")
    expired, token = make_key(tmp_path, "lookup", expires_at=1), make_token(tmp_path, "lists")
    limits = {"BLACKLIST_RATE_LIMIT": "200/h", "BLACKLIST_RATE_LIMIT_ADDRESS": "100/h"}
    opened = {"BLACKLIST_PUBLIC_LOOKUP": "1", "BLACKLIST_LEGACY_NETWORKS": "127.0.0.0/8"}
    with serving(tmp_path, **limits, **opened) as service, service.client("") as client:

        def paid_by(path: str, **headers: str) -> str:
            answer = client.post(path, json={"addresses": ["192.0.2.1"]}, headers=headers)
            assert answer.status_code == 200
            return answer.headers["ratelimit"].partition(";")[0]

        batch = "/api/v1/lookup"
        assert paid_by(batch) == '"address"'
        assert paid_by(batch, **{"x-api-key": key}) == '"key"'
        assert paid_by(batch, authorization=f"Bearer {token}") == '"key"'
        for wrong in ({"x-api-key": expired}, {"x-api-key": "blk_guess"}, {"authorization": f"Bearer {token}x"}):
            assert paid_by(batch, **wrong) == '"address"'
        assert '"key"' in client.get("/api/search/192.0.2.1", headers={"x-api-key": key}).headers["ratelimit"]
        assert '"address"' in client.get("/api/search/192.0.2.1").headers["ratelimit"]


def test_pages_that_anybody_may_open_cost_nothing(tmp_path: Path) -> None:
    with serving(tmp_path, BLACKLIST_RATE_LIMIT_ADDRESS="1/h") as service, service.client("") as client:
        for path in ("/static/pages.css", "/static/icon.svg", "/monitoring/login", "/healthz"):
            assert [client.get(path).status_code for _ in range(3)] == [200] * 3
        assert [client.get(LOOKUP).status_code for _ in range(2)] == [401, 429]  # a refused one costs all there was


def test_a_limit_of_0_is_none(tmp_path: Path) -> None:
    fill(tmp_path, entries={"192.0.2.1": None})
    with serving(tmp_path, BLACKLIST_RATE_LIMIT="0") as service, service.client() as client:
        assert "ratelimit" not in client.get(LOOKUP).headers
