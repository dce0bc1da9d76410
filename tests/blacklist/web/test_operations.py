"""Health, readiness and metrics of a running server, through its states."""

from __future__ import annotations

from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from running import Service, allow, eventually, fill, serving


def metrics(client: httpx.Client) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def test_health_names_the_components(client: httpx.Client) -> None:
    body = client.get("/health").json()
    assert body["status"] == "ok"
    assert body["store"] == {"kind": "sqlite", "state": "up", "error": None}
    assert {feed["name"]: feed["entries"] for feed in body["feeds"]} == {"allowed-away": 1, "one": 4, "two": 2}
    assert body["snapshot"]["listings"] == 7
    assert body["generation"] == client.get("/api/v1/lookup/192.0.2.1").json()["generation"]


def test_an_address_where_nothing_is_names_the_page_of_what_there_is(client: httpx.Client) -> None:
    answer = client.get("/")
    assert (answer.status_code, answer.json()["detail"]) == (404, "There is nothing at /: /docs shows what there is.")


def test_metrics_count_lookups_by_route_and_outcome_and_never_by_address(client: httpx.Client) -> None:
    before = metrics(client)
    for address in ("192.0.2.1", "203.0.113.1", "198.51.100.7", "junk"):
        client.get(f"/api/v1/lookup/{address}")
    after = metrics(client)

    def grown(name: str, **labels: str) -> float:
        key = name, tuple(sorted(labels.items()))
        return after[key] - before.get(key, 0)

    for outcome in ("listed", "unlisted", "allowlisted", "invalid"):
        assert grown("blacklist_lookups_total", outcome=outcome) == 1
    route = "/api/v1/lookup/{address}"
    assert grown("blacklist_http_requests_total", route=route, method="GET", status="200") == 3
    assert grown("blacklist_http_requests_total", route=route, method="GET", status="400") == 1
    assert grown("blacklist_http_request_duration_seconds_count", route=route) == 4
    assert not any("192.0.2.1" in str(key) for key in after)


def test_metrics_tell_the_snapshot_and_the_feeds(client: httpx.Client) -> None:
    found = metrics(client)
    assert found["blacklist_snapshot_listings", ()] == 7
    assert found["blacklist_snapshot_entries", (("family", "6"),)] == 1
    assert found["blacklist_feed_entries", (("feed", "one"),)] == 4
    assert found["blacklist_store_up", ()] == 1
    assert found["process_resident_memory_bytes", ()] > 1_000_000


def test_before_the_first_import_lookups_and_lists_are_503_and_the_process_is_alive(tmp_path: Path) -> None:
    with serving(tmp_path) as service, service.client() as client:
        assert client.get("/healthz").status_code == 200
        for path in ("/ready", "/health", "/api/v1/lookup/192.0.2.1", "/api/v1/lists/all.txt"):
            answer = client.get(path)
            assert answer.status_code == 503, path
        assert answer.json()["type"] == "urn:blacklist:problem:not-ready"
        fill(tmp_path, entries={"192.0.2.1": None})
        eventually(lambda: client.get("/ready").status_code == 200)
        assert client.get("/api/v1/lookup/192.0.2.1").json()["listed"] is True


def test_a_change_is_served_within_a_second_and_generations_only_grow(tmp_path: Path) -> None:
    first = fill(tmp_path, entries={"192.0.2.1": None})
    with serving(tmp_path) as service, service.client() as client:
        assert client.get("/api/v1/lookup/192.0.2.1").json()["generation"] == first
        second = allow(tmp_path, "192.0.2.1", "ours")
        eventually(lambda: client.get("/api/v1/lookup/192.0.2.1").json()["listed"] is False, seconds=1)
        eventually(lambda: client.get("/api/v1/lookup/192.0.2.1").json()["generation"] == second)
        assert second > first


def test_a_damaged_snapshot_is_refused_and_the_old_one_serves(tmp_path: Path) -> None:
    generation = fill(tmp_path, entries={"192.0.2.1": None})
    with serving(tmp_path) as service, service.client() as client:
        (good,) = (tmp_path / "snapshots").iterdir()
        damaged = bytearray(good.read_bytes())
        damaged[len(damaged) // 2] ^= 1
        (tmp_path / "snapshots" / f"snapshot-{generation + 1:012d}.blk").write_bytes(damaged)
        eventually(lambda: metrics(client)["blacklist_snapshots_refused_total", ()] == 1)
        body = client.get("/api/v1/lookup/192.0.2.1").json()
        assert (body["listed"], body["generation"]) == (True, generation)
        assert "refused the snapshot" in (tmp_path / "server.log").read_text()


def test_after_a_kill_the_server_starts_from_its_snapshot_even_without_its_store(tmp_path: Path) -> None:
    fill(tmp_path, entries={"192.0.2.1": None})
    with serving(tmp_path) as service:
        service.process.kill()
        service.process.wait(15)
    (tmp_path / "blacklist.sqlite3").write_bytes(b"damaged")
    with serving(tmp_path) as service, service.client() as client:
        assert client.get("/api/v1/lookup/192.0.2.1").json()["listed"] is True
        eventually(lambda: client.get("/health").json()["status"] == "degraded")
        assert metrics(client)["blacklist_store_up", ()] == 0


def test_sigterm_ends_the_server(service: Service, tmp_path: Path) -> None:
    fill(tmp_path, entries={"192.0.2.1": None})
    with serving(tmp_path) as other:
        other.process.terminate()
        assert other.process.wait(10) in {0, -15}
