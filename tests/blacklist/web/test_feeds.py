"""Feeds asked of a running server, and the decision on an update that is held back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from running import Service, blacklist, eventually, serving

FEEDS = """
[[feed]]
name = "networks"
path = "networks.netset"
format = "netset"
category = "attacks"
licence = "MIT"
attribution = "Somebody"
allow_special = true

[[feed]]
name = "resolvers"
path = "resolvers.json"
format = "misp-warninglist"
role = "allowlist"
category = "good"
"""
MANY = "# Last update: 2026-01-10\n" + "".join(f"192.0.2.{number}\n" for number in range(100)) + "nonsense\n"
FEW = "# Last update: 2026-01-11\n192.0.2.1\n203.0.113.7\n"


@pytest.fixture
def feeds(tmp_path: Path) -> Path:
    (tmp_path / "networks.netset").write_text(MANY)
    (tmp_path / "resolvers.json").write_text('{"description": "Resolvers", "list": ["192.0.2.53"], "type": "cidr"}')
    path = tmp_path / "feeds.toml"
    path.write_text(FEEDS)
    return path


@pytest.fixture
def service(tmp_path: Path, feeds: Path) -> Iterator[Service]:
    data = tmp_path / "data"
    assert blacklist(data, "import", "--feeds", str(feeds)).returncode == 0
    with serving(data, BLACKLIST_FEEDS=str(feeds)) as running:
        yield running


@pytest.fixture
def client(service: Service) -> Iterator[httpx.Client]:
    with service.client() as opened:
        eventually(lambda: len(opened.get("/api/v1/feeds").json()["feeds"]) == 2)
        yield opened


def feed(client: httpx.Client, name: str = "networks") -> dict[str, Any]:
    answer = client.get(f"/api/v1/feeds/{name}")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def listed(client: httpx.Client, address: str) -> bool:
    return bool(client.get(f"/api/v1/lookup/{address}").json()["listed"])


def metrics(client: httpx.Client) -> dict[tuple[str, str, str], float]:
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {
        (
            sample.name,
            sample.labels["feed"],
            sample.labels.get("reason") or sample.labels.get("guard") or "",
        ): sample.value
        for family in families
        for sample in family.samples
        if "feed" in sample.labels
    }


def hold(service: Service, client: httpx.Client, feeds: Path) -> None:
    (feeds.parent / "networks.netset").write_text(FEW)
    assert blacklist(service.data, "import", "networks", "--feeds", str(feeds)).returncode == 3
    eventually(lambda: feed(client)["quarantine"] is not None)


def test_a_feed_tells_its_origin_its_age_and_what_was_rejected(client: httpx.Client, feeds: Path) -> None:
    found = feed(client)
    assert (found["entries"], found["accepted"], found["rejected"], found["state"]) == (100, 100, 1, "imported")
    assert (found["licence"], found["attribution"], found["category"]) == ("MIT", "Somebody", "attacks")
    assert found["url"] == str(feeds.parent / "networks.netset")
    assert found["source_date"] == "2026-01-10T00:00:00Z"
    assert found["age_seconds"] > 0
    assert found["samples"] == [{"line": 102, "text": "nonsense", "reason": "not an address, network or range"}]
    assert found["reasons"] == {"not an address, network or range": 1}
    assert (found["quarantine"], found["last_error"]) == (None, None)
    assert [one["name"] for one in client.get("/api/v1/feeds").json()["feeds"]] == ["networks", "resolvers"]


def test_what_an_allowlist_feed_names_is_never_listed_and_the_feed_is_the_reason(client: httpx.Client) -> None:
    found = client.get("/api/v1/lookup/192.0.2.53").json()
    assert found["listed"] is False
    assert found["allowlisted"]["reason"] == "resolvers: Resolvers"
    assert [one["feed"] for one in found["listings"]] == ["networks"]
    assert feed(client, "resolvers")["role"] == "allowlist"
    assert "192.0.2.53" not in client.get("/api/v1/lists/all.txt").text.split()
    assert client.get("/api/v1/lists/resolvers.txt").status_code == 404


def test_what_is_held_back_is_shown_with_what_it_would_change(
    service: Service, client: httpx.Client, feeds: Path
) -> None:
    hold(service, client, feeds)
    quarantine = feed(client)["quarantine"]
    assert quarantine["error"] == "it shrank from 100 to 2 entries"
    assert (quarantine["guards"], quarantine["added"], quarantine["removed"]) == (["shrunk"], 1, 99)
    assert quarantine["change"]["added_samples"] == ["203.0.113.7"]
    assert quarantine["change"]["removed_samples"][0] == "192.0.2.0"
    assert listed(client, "192.0.2.2")
    assert not listed(client, "203.0.113.7")
    found = metrics(client)
    assert found["blacklist_feed_held", "networks", ""] == found["blacklist_feed_guard", "networks", "shrunk"] == 1


def test_an_approved_update_is_served_and_the_next_import_finds_nothing_new(
    service: Service, client: httpx.Client, feeds: Path
) -> None:
    hold(service, client, feeds)
    answer = client.post("/api/v1/feeds/networks/quarantine/approve")
    assert answer.status_code == 200
    assert feed(client)["quarantine"] is None
    eventually(lambda: listed(client, "203.0.113.7") and not listed(client, "192.0.2.2"))
    assert client.get("/api/v1/lookup/203.0.113.7").json()["generation"] > answer.json()["generation"]
    assert blacklist(service.data, "import", "networks", "--feeds", str(feeds)).returncode == 0
    again = client.post("/api/v1/feeds/networks/quarantine/approve")
    assert (again.status_code, again.json()["type"]) == (409, "urn:blacklist:problem:nothing-held")


def test_a_rejected_update_is_dropped_and_what_is_in_use_stays(
    service: Service, client: httpx.Client, feeds: Path
) -> None:
    hold(service, client, feeds)
    assert client.post("/api/v1/feeds/networks/quarantine/reject").status_code == 200
    found = feed(client)
    assert (found["quarantine"], found["state"], found["entries"]) == (None, "rejected", 100)
    assert found["source_date"] == "2026-01-10T00:00:00Z"
    assert client.post("/api/v1/feeds/networks/quarantine/reject").status_code == 409


def test_a_refresh_is_asked_for_and_follows_soon(client: httpx.Client, feeds: Path) -> None:
    (feeds.parent / "networks.netset").write_text(MANY.replace("192.0.2.0\n", "203.0.113.9\n"))
    answer = client.post("/api/v1/feeds/networks/refresh")
    assert (answer.status_code, answer.json()) == (202, {"name": "networks", "requested": True})
    eventually(lambda: listed(client, "203.0.113.9"))


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("POST", "/refresh"), ("POST", "/quarantine/approve"), ("POST", "/quarantine/reject")],
)
def test_an_unknown_feed_is_404_that_names_the_others(client: httpx.Client, method: str, path: str) -> None:
    answer = client.request(method, f"/api/v1/feeds/network{path}")
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:blacklist:problem:unknown-feed")
    assert "networks, resolvers" in answer.json()["detail"]


def test_without_its_store_feeds_are_still_shown_and_a_decision_is_503_within_a_second(
    service: Service, client: httpx.Client
) -> None:
    (service.data / "blacklist.sqlite3").write_bytes(b"damaged")
    assert feed(client)["entries"] == 100
    begun = monotonic()
    answer = client.post("/api/v1/feeds/networks/quarantine/approve")
    assert (answer.status_code, monotonic() - begun < 1.5) == (503, True)


def test_metrics_count_what_the_guards_refused(client: httpx.Client) -> None:
    found = metrics(client)
    assert found["blacklist_feed_refused_lines", "networks", "not an address, network or range"] == 1
    assert found["blacklist_feed_source_timestamp_seconds", "networks", ""] == 1768003200
    assert found["blacklist_feed_held", "networks", ""] == 0
