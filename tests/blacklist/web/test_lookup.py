"""The single lookup, asked of a running server."""

from __future__ import annotations

import httpx
import pytest


def test_a_listed_address_names_every_listing_longest_network_first(client: httpx.Client) -> None:
    answer = client.get("/api/v1/lookup/192.0.2.1")
    assert answer.status_code == 200
    body = answer.json()
    assert (body["address"], body["listed"], body["allowlisted"]) == ("192.0.2.1", True, None)
    found = [(listing["indicator"], listing["feed"], listing["confidence"]) for listing in body["listings"]]
    assert found == [("192.0.2.1", "one", 90), ("192.0.2.1", "two", 50), ("192.0.2.0/24", "one", 50)]
    first = body["listings"][0]
    assert (first["category"], first["country"], first["reason"]) == ("attacks", "KR", 'brute force, "ssh"')
    assert first["expires_at"] is None
    assert first["first_seen"] < first["last_seen"] <= body["as_of"]


def test_an_address_that_nobody_lists_is_not_listed(client: httpx.Client) -> None:
    body = client.get("/api/v1/lookup/203.0.113.1").json()
    assert (body["listed"], body["listings"], body["allowlisted"]) == (False, [], None)


def test_an_allowed_address_shows_both_its_listings_and_who_allowed_it(client: httpx.Client) -> None:
    body = client.get("/api/v1/lookup/198.51.100.7").json()
    assert body["listed"] is False
    assert [listing["indicator"] for listing in body["listings"]] == ["198.51.100.7", "198.51.100.0/24"]
    assert body["allowlisted"] == {"indicator": "198.51.100.7", "reason": "a partner"}


@pytest.mark.parametrize(
    ("asked", "answered"),
    [("::ffff:192.0.2.1", "192.0.2.1"), ("2001:DB8:0::1", "2001:db8::1"), ("2001%3adb8::1", "2001:db8::1")],
)
def test_an_address_is_answered_in_its_normal_form(client: httpx.Client, asked: str, answered: str) -> None:
    body = client.get(f"/api/v1/lookup/{asked}").json()
    assert (body["address"], body["listed"]) == (answered, True)


@pytest.mark.parametrize(
    "text",
    ["1.2.3", "01.2.3.4", "192.0.2.1%20", "192.0.2.0/24", "192.0.2.0%2F24", "fe80::1%25eth0", "", "x" * 3000, "%00"],
)
def test_anything_else_is_a_problem_that_says_what_an_address_is(client: httpx.Client, text: str) -> None:
    answer = client.get(f"/api/v1/lookup/{text}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == "urn:blacklist:problem:invalid-address"
    assert len(problem["detail"]) < 200


def test_head_answers_as_get_does_without_the_body(client: httpx.Client) -> None:
    get, head = (client.request(method, "/api/v1/lookup/192.0.2.1") for method in ("GET", "HEAD"))
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["content-length"] == str(len(get.content))


def test_another_method_is_refused_and_the_right_ones_named(client: httpx.Client) -> None:
    answer = client.delete("/api/v1/lookup/192.0.2.1")
    assert answer.status_code == 405
    assert answer.headers["content-type"] == "application/problem+json"
    assert "GET" in answer.headers["allow"]


def test_answers_are_not_sniffed_and_not_stored(client: httpx.Client) -> None:
    headers = client.get("/api/v1/lookup/192.0.2.1").headers
    assert (headers["x-content-type-options"], headers["cache-control"]) == ("nosniff", "no-store")
