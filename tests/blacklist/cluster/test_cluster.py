"""Servers on one Redis: what one of them is told, all know; and none of them needs Redis to answer."""

from __future__ import annotations

import subprocess
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import pytest

from blacklist.access.keys import new_key
from blacklist.store.opening import open_requests, open_snapshots
from clustered import Clustered
from running import blacklist, eventually, fill, make_key

Pair = tuple[httpx.Client, httpx.Client]
SOON = 5.0  # seconds: on a quiet machine it is a tenth of one


def listed(client: httpx.Client, address: str) -> bool:
    answer = client.get(f"/api/v1/lookup/{address}")
    assert answer.status_code == 200, answer.text
    return bool(answer.json()["listed"])


def health(client: httpx.Client) -> dict[str, Any]:
    answer: dict[str, Any] = client.get("/health").json()
    return answer


def test_an_import_reaches_every_server(cluster: Clustered, pair: Pair) -> None:
    cluster.add("203.0.113.1", feed="two")
    for client in pair:
        eventually(partial(listed, client, "203.0.113.1"), SOON)
        assert listed(client, "192.0.2.1")


def test_a_manual_listing_made_at_one_server_is_seen_at_another(pair: Pair) -> None:
    one, other = pair
    body = {"indicator": "8.8.4.4", "reason": "test", "confidence": 90}
    eventually(lambda: one.post("/api/v1/listings", json=body).status_code == 201)
    assert listed(one, "8.8.4.4")
    eventually(lambda: listed(other, "8.8.4.4"), SOON)
    assert one.delete("/api/v1/listings/8.8.4.4").status_code == 200
    eventually(lambda: not listed(other, "8.8.4.4"), SOON)


def test_a_key_revoked_at_one_server_is_refused_at_another(cluster: Clustered, pair: Pair) -> None:
    one, other = pair
    made = one.post("/api/v1/keys", json={"name": "test", "scopes": ["lookup"]}).json()
    headers = {"x-api-key": made["key"]}
    eventually(lambda: other.get("/api/v1/lookup/192.0.2.1", headers=headers).status_code == 200, SOON)
    assert one.delete(f"/api/v1/keys/{made['id']}").status_code == 200
    assert one.get("/api/v1/lookup/192.0.2.1", headers=headers).status_code == 401
    eventually(lambda: other.get("/api/v1/lookup/192.0.2.1", headers=headers).status_code == 401, SOON)


def test_a_new_server_on_an_empty_disk_needs_no_importer(cluster: Clustered) -> None:
    with cluster.serving("fresh") as service, service.client() as client:
        eventually(lambda: client.get("/ready").status_code == 200)
        assert listed(client, "192.0.2.1")
        assert health(client)["replica"]["generations_behind"] == 0


def test_commands_on_an_empty_disk_fetch_what_the_store_has(cluster: Clustered, tmp_path: Path) -> None:
    found = blacklist(tmp_path / "new", "lookup", "192.0.2.1", BLACKLIST_STORE=cluster.redis.url)
    assert (found.returncode, found.stdout[:17]) == (0, "192.0.2.1: listed"), found.stderr
    cluster.add("203.0.113.44", feed="later")
    listed = blacklist(tmp_path / "new", "export", "later.txt", BLACKLIST_STORE=cluster.redis.url)
    assert listed.stdout == "203.0.113.44\n"


def test_without_the_store_commands_answer_from_their_disk_or_say_what_is_wrong(tmp_path: Path) -> None:
    away = "redis://127.0.0.1:1"
    refused = blacklist(tmp_path / "new", "lookup", "192.0.2.1", BLACKLIST_STORE=away)
    assert (refused.returncode, "Redis can't be reached" in refused.stderr) == (1, True)
    generation = fill(tmp_path, entries={"192.0.2.1": None})
    found = blacklist(tmp_path, "lookup", "192.0.2.1", BLACKLIST_STORE=away)
    assert found.stdout.startswith("192.0.2.1: listed")
    assert f"answering from generation {generation}, the newest that is here" in found.stderr


def test_a_request_for_a_refresh_reaches_the_importer(cluster: Clustered, pair: Pair) -> None:
    requests = open_requests(cluster.settings())
    eventually(lambda: any(feed["name"] == "one" for feed in health(pair[0])["feeds"]))
    requests.take()
    assert pair[0].post("/api/v1/feeds/one/refresh").status_code == 202
    eventually(lambda: requests.take() == frozenset({"one"}))
    requests.close()


@pytest.mark.parametrize("fault", ["freeze", "kill"])
def test_without_redis_lookups_go_on_and_changes_are_refused_until_it_is_back(
    cluster: Clustered, pair: Pair, fault: str
) -> None:
    one, _ = pair
    listing = {"indicator": "8.8.4.4", "reason": "test", "confidence": 90}
    getattr(cluster.redis, fault)()
    try:
        for _ in range(3):
            began = monotonic()
            refused = one.post("/api/v1/listings", json=listing)
            assert (refused.status_code, refused.json()["type"]) == (503, "urn:blacklist:problem:store-unavailable")
            assert monotonic() - began < 3  # one second, on a machine that does nothing else
            assert all(listed(client, "192.0.2.1") for client in pair)
        eventually(lambda: health(one)["store"]["state"] == "down")
        assert health(one)["status"] == "degraded"
    finally:
        cluster.redis.thaw() if fault == "freeze" else cluster.redis.start()
    eventually(lambda: one.post("/api/v1/listings", json=listing).status_code == 201)
    eventually(lambda: health(one)["status"] == "ok" and health(one)["replica"]["lag_seconds"] == 0)
    eventually(lambda: listed(pair[1], "8.8.4.4"))
    assert one.delete("/api/v1/listings/8.8.4.4").status_code == 200


def test_a_restart_without_redis_serves_lookups_with_keys_and_changes_as_they_were(cluster: Clustered) -> None:
    ended = make_key(cluster.folder / "importer", "lookup", revoked_at=1, store_url=cluster.redis.url)
    with cluster.serving("kept") as service, service.client() as client:
        body = {"indicator": "8.8.4.4", "reason": "test"}
        eventually(lambda: client.post("/api/v1/listings", json=body).status_code == 201)
        kept = cluster.folder / "kept" / "kept.json"
        eventually(lambda: kept.exists() and "8.8.4.4" in kept.read_text())
    cluster.redis.kill()
    try:
        with cluster.serving("kept") as service, service.client() as client, service.client(ended) as other:
            assert listed(client, "192.0.2.1")
            assert listed(client, "8.8.4.4")
            assert other.get("/api/v1/lookup/192.0.2.1").status_code == 401
            with service.client(new_key()[0]) as unknown:  # it may have been made since
                assert unknown.get("/api/v1/lookup/192.0.2.1").status_code == 503
            eventually(lambda: health(client)["store"]["state"] == "down")
            assert health(client)["replica"]["local_copies_age_seconds"] >= 0
            assert client.get("/ready").status_code == 200
    finally:
        cluster.redis.start()


def test_commands_on_a_shared_store_work_anywhere(cluster: Clustered, pair: Pair) -> None:
    def command(*arguments: str) -> str:
        done = blacklist(cluster.folder / "elsewhere", *arguments, BLACKLIST_STORE=cluster.redis.url)
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    assert "the importer has been asked" in command("allow", "add", "192.0.2.1", "--reason", "ours")
    eventually(lambda: not listed(pair[1], "192.0.2.1"), SOON)
    command("allow", "remove", "192.0.2.1")
    eventually(lambda: listed(pair[1], "192.0.2.1"), SOON)
    assert "one" in command("feeds", "list")
    assert "intact" in command("audit", "verify")
    assert "test" in command("keys", "list")


def test_promtool_has_nothing_to_say_about_the_metrics_of_a_replica(pair: Pair) -> None:
    eventually(lambda: "blacklist_replica_lag_seconds 0.0" in pair[0].get("/metrics").text)
    text = pair[0].get("/metrics").text
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_damaged_snapshot_is_refused_and_counted_and_the_next_good_one_is_taken(
    cluster: Clustered, pair: Pair
) -> None:
    client = pair[0]
    before = client.get("/api/v1/lookup/192.0.2.1").json()["generation"]
    source = open_snapshots(cluster.settings())
    assert source.put(before + 10, [b"no snapshot"])
    source.close()
    eventually(lambda: "blacklist_snapshots_refused_total 1.0" in client.get("/metrics").text)
    assert listed(client, "192.0.2.1")
    eventually(lambda: health(client)["replica"]["generations_behind"] > 0)
    cluster.add("203.0.113.99", feed="two")
    eventually(lambda: listed(client, "203.0.113.99"))
    assert health(client)["replica"]["generations_behind"] == 0


def test_a_redis_that_lost_everything_takes_neither_keys_nor_listings_away(cluster: Clustered, pair: Pair) -> None:
    body = {"indicator": "8.8.8.8", "reason": "test"}
    eventually(lambda: pair[0].post("/api/v1/listings", json=body).status_code == 201)
    eventually(lambda: listed(pair[1], "8.8.8.8"))
    cluster.redis.ask("FLUSHALL")
    eventually(lambda: health(pair[1])["store"]["state"] == "down")
    assert "the store is empty" in health(pair[1])["store"]["error"]
    for client in pair:
        assert listed(client, "192.0.2.1")
        assert listed(client, "8.8.8.8")
