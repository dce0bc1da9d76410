"""Listings, the allowlist, changes and statistics, asked of a running server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, time
from typing import Any

import httpx
import pytest

from blacklist.core.listing import Facts
from running import Service, blacklist, eventually, fill, serving


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A server of its own: these tests change what it serves."""
    data = tmp_path_factory.mktemp("listings")
    entries: dict[str, Facts | None] = {f"192.0.2.{number}": None for number in range(0, 250, 2)}
    fill(data, feed="one", category="attacks", entries=entries | {"192.0.2.0/25": None, "2001:db8::/64": None})
    low = Facts("", 10, "KR", "seen once", 1_000_000_000, 0, 0)
    fill(data, feed="two", category="scans", entries={"192.0.2.4": low, "198.51.100.0/24": low})
    with serving(data) as running:
        yield running


@pytest.fixture
def client(service: Service) -> Iterator[httpx.Client]:
    with service.client() as opened:
        yield opened


def post(client: httpx.Client, path: str = "listings", *, key: str | None = None, **body: Any) -> httpx.Response:
    headers = {"idempotency-key": key} if key else {}
    return client.post(f"/api/v1/{path}", json={"reason": "by hand", **body}, headers=headers)


def listed(client: httpx.Client, address: str) -> bool:
    return bool(client.get(f"/api/v1/lookup/{address}").json()["listed"])


def found(client: httpx.Client, **query: Any) -> list[tuple[str, str]]:
    answer = client.get("/api/v1/listings", params=query)
    assert answer.status_code == 200, answer.text
    return [(one["indicator"], one["feed"]) for one in answer.json()["listings"]]


def test_listings_are_paged_without_loss_or_repetition(client: httpx.Client) -> None:
    seen: list[tuple[str, str]] = []
    cursor: str | None = None
    while True:
        page = client.get("/api/v1/listings", params={"limit": 7} | ({"cursor": cursor} if cursor else {})).json()
        seen += [(one["indicator"], one["feed"]) for one in page["listings"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 129
    assert seen[:3] == [("192.0.2.0/25", "one"), ("192.0.2.0", "one"), ("192.0.2.2", "one")]


def test_filters_find_what_they_say(client: httpx.Client) -> None:
    assert found(client, contains="192.0.2.4") == [("192.0.2.0/25", "one"), ("192.0.2.4", "one"), ("192.0.2.4", "two")]
    assert found(client, within="192.0.2.4/31", feed="one") == [("192.0.2.4", "one")]
    assert found(client, category="scans") == [("192.0.2.4", "two"), ("198.51.100.0/24", "two")]
    assert found(client, within="2001:db8::/32") == [("2001:db8::/64", "one")]
    assert found(client, feed="two", min_confidence=11) == []
    assert found(client, feed="two", since="2020-01-01T00:00:00Z") == []


@pytest.mark.parametrize(
    "query",
    [
        {"contains": "192.0.2.0/24"},
        {"within": "nowhere"},
        {"limit": "0"},
        {"limit": "1001"},
        {"min_confidence": "-1"},
        {"since": "yesterday"},
        {"since": "2030-01-01T00:00:00"},
        {"cursor": "x"},
        {"cursor": "NC0xMDAwMDAwMDAtMzI="},
        {"colour": "red"},
    ],
)
def test_a_filter_that_is_none_is_a_problem(client: httpx.Client, query: dict[str, str]) -> None:
    answer = client.get("/api/v1/listings", params=query)
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:blacklist:problem:invalid-parameter")


def test_a_manual_listing_is_in_force_when_its_answer_comes_and_ends_when_it_is_removed(client: httpx.Client) -> None:
    assert not listed(client, "203.0.113.7")
    answer = post(client, indicator="203.0.113.0/28", confidence=77, country="KR", allow_special=True)
    assert answer.status_code == 201
    assert answer.json()["listing"]["category"] == "operator"
    (one,) = client.get("/api/v1/lookup/203.0.113.7").json()["listings"]
    assert (one["feed"], one["confidence"], one["reason"]) == ("manual", 77, "by hand")
    assert found(client, feed="manual") == [("203.0.113.0/28", "manual")]
    assert client.get("/api/v1/lookup/203.0.113.7").json()["generation"] >= answer.json()["generation"]
    assert client.delete("/api/v1/listings/203.0.113.0%2F28").status_code == 200
    assert not listed(client, "203.0.113.7")
    assert found(client, feed="manual") == []
    assert client.delete("/api/v1/listings/203.0.113.0/28").status_code == 404


def test_an_allowance_wins_at_once_and_the_lists_follow(client: httpx.Client) -> None:
    assert listed(client, "198.51.100.9")
    assert post(client, "allowlist", indicator="198.51.100.9").status_code == 201
    assert not listed(client, "198.51.100.9")
    entries = client.get("/api/v1/allowlist").json()["entries"]
    assert [(entry["indicator"], entry["reason"]) for entry in entries] == [("198.51.100.9", "by hand")]
    eventually(lambda: "198.51.100.8" in client.get("/api/v1/lists/two.txt").text.split(), seconds=60)
    assert "198.51.100.9" not in client.get("/api/v1/lists/two.txt").text.split()
    assert client.delete("/api/v1/allowlist/198.51.100.9").status_code == 200
    assert listed(client, "198.51.100.9")


def test_a_request_with_a_key_happens_once_and_another_request_with_it_is_refused(client: httpx.Client) -> None:
    first = post(client, key="a", indicator="203.0.113.50", allow_special=True)
    client.delete("/api/v1/listings/203.0.113.50")
    again = post(client, key="a", indicator="203.0.113.50", allow_special=True)
    assert (again.status_code, again.json()["generation"]) == (201, first.json()["generation"])
    assert not listed(client, "203.0.113.50")
    other = post(client, key="a", indicator="203.0.113.51", allow_special=True)
    assert (other.status_code, other.json()["type"]) == (422, "urn:blacklist:problem:key-reused")


def test_a_listing_ends_at_its_expiry_without_a_new_snapshot(client: httpx.Client) -> None:
    ends = int(time()) + 2
    text = datetime.fromtimestamp(ends, UTC).isoformat()
    assert post(client, indicator="203.0.113.60", expires_at=text, allow_special=True).status_code == 201
    assert listed(client, "203.0.113.60")
    eventually(lambda: not listed(client, "203.0.113.60"), seconds=4)
    assert time() >= ends


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"indicator": "nonsense"},
        {"indicator": 7},
        {"indicator": "203.0.113.1"},
        {"indicator": "0.0.0.0/0", "allow_special": True},
        {"indicator": "8.8.8.8", "reason": ""},
        {"indicator": "8.8.8.8", "reason": "x" * 501},
        {"indicator": "8.8.8.8", "confidence": 101},
        {"indicator": "8.8.8.8", "confidence": True},
        {"indicator": "8.8.8.8", "country": "kr"},
        {"indicator": "8.8.8.8", "category": "one"},
        {"indicator": "8.8.8.8", "category": "../x"},
        {"indicator": "8.8.8.8", "expires_at": "2001-01-01T00:00:00Z"},
        {"indicator": "8.8.8.8", "expires_at": "2039-01-01T00:00:00"},
        {"indicator": "8.8.8.8", "expires_at": 5},
        {"indicator": "8.8.8.8", "colour": "red"},
    ],
)
def test_a_listing_that_makes_no_sense_is_refused_and_changes_nothing(
    client: httpx.Client, body: dict[str, Any]
) -> None:
    answer = post(client, **body)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:blacklist:problem:invalid-body")
    assert not listed(client, "8.8.8.8")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"reason": ""}, "reason must be a text that says why, of at most 500 characters."),
        (
            {"category": "one"},
            "category can't be 'one', the name of a list. Take 'operator', a feed's category, or a new name.",
        ),
    ],
)
def test_what_a_listing_may_say_is_told(client: httpx.Client, body: dict[str, Any], told: str) -> None:
    assert post(client, **{"indicator": "8.8.8.8", **body}).json()["detail"] == told


def changed(client: httpx.Client, since: int, key: str, indicator: str) -> dict[str, Any]:
    """The changes after `since`, once `indicator` is among them: earlier tests' changes may be compiled before it."""

    def known() -> dict[str, Any]:
        body: dict[str, Any] = client.get("/api/v1/changes", params={"since": since}).json()
        return body

    eventually(lambda: indicator in known()[key], seconds=60)
    return known()


def test_changes_lead_from_a_generation_to_the_next(client: httpx.Client) -> None:
    since = client.get("/api/v1/stats").json()["generation"]
    post(client, indicator="203.0.113.99", allow_special=True)
    body = changed(client, since, "added", "203.0.113.99")
    assert body["generation"] > since
    again = client.get("/api/v1/changes", params={"since": body["generation"]}).json()
    assert (again["added"], again["removed"]) == ([], [])
    client.delete("/api/v1/listings/203.0.113.99")
    after = changed(client, body["generation"], "removed", "203.0.113.99")
    assert (after["added"], after["removed"]) == ([], ["203.0.113.99"])


def test_changes_since_a_generation_out_of_reach_are_gone(client: httpx.Client) -> None:
    for since, status in (("999999", 410), ("-1", 400), ("", 400)):
        assert client.get("/api/v1/changes", params={"since": since}).status_code == status
    assert client.get("/api/v1/changes").status_code == 400


def test_statistics_count_by_feed_category_family_and_country(client: httpx.Client) -> None:
    body = client.get("/api/v1/stats").json()
    assert (body["feeds"]["one"], body["feeds"]["two"]) == (127, 2)
    assert body["overlap"]["one"]["two"] == 1
    assert body["countries"]["KR"] >= 2
    assert sum(body["families"].values()) == sum(body["categories"].values()) == body["listings"]
    assert body["growth"][-1]["listings"] == body["listings"]


def test_a_change_by_another_process_reaches_a_server_within_a_second_and_survives_its_restart(tmp_path: Path) -> None:
    fill(tmp_path, entries={"192.0.2.0/24": None})
    with serving(tmp_path) as service, service.client() as client:
        assert listed(client, "192.0.2.7")
        done = blacklist(tmp_path, "allow", "add", "192.0.2.7", "--reason", "ours")
        changed = monotonic()
        assert done.returncode == 0
        eventually(lambda: not listed(client, "192.0.2.7"))
        assert monotonic() - changed < 1
    with serving(tmp_path) as service, service.client() as client:
        assert not listed(client, "192.0.2.7")


def test_while_the_store_is_away_writes_are_503_within_a_second_and_lookups_go_on(tmp_path: Path) -> None:
    fill(tmp_path, entries={"192.0.2.0/24": None})
    with serving(tmp_path) as service, service.client() as client:
        (tmp_path / "blacklist.sqlite3").rename(tmp_path / "away")
        (tmp_path / "blacklist.sqlite3").mkdir()
        begun = monotonic()
        answer = post(client, indicator="203.0.113.1", allow_special=True)
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:blacklist:problem:store-unavailable")
        assert monotonic() - begun < 1.5
        assert listed(client, "192.0.2.7")
