"""API keys over the API: made, listed, rotated, revoked; and nobody hands out more than they have."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from blacklist.access.scopes import Scope
from blacklist.store.sqlite_keys import SqliteKeyStore
from running import Service, blacklist, eventually, make_key, make_token, serving

KEYS = "/api/v1/keys"
LOOKUP = "/api/v1/lookup/192.0.2.1"


def create(client: httpx.Client, **members: Any) -> dict[str, Any]:
    answer = client.post(KEYS, json={"name": "firewall", "scopes": ["lookup"]} | members)
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    made: dict[str, Any] = answer.json()
    return made


def listed(client: httpx.Client, id: str) -> dict[str, Any]:
    (found,) = [key for key in client.get(KEYS).json()["keys"] if key["id"] == id]
    return dict(found)


def status(service: Service, key: str) -> int:
    with service.client(key) as client:
        return client.get(LOOKUP).status_code


def test_a_key_is_shown_once_and_works_at_once(service: Service, client: httpx.Client) -> None:
    made = create(client, networks=["127.0.0.0/8"], expires_at="2050-01-02T03:04:05Z")
    assert status(service, made["key"]) == 200
    kept = listed(client, made["id"])
    assert kept["scopes"] == ["lookup"]
    assert (kept["networks"], kept["expires_at"]) == (["127.0.0.0/8"], "2050-01-02T03:04:05Z")
    assert made["key"] not in client.get(KEYS).text


def test_when_a_key_was_last_used_is_seen_at_once(service: Service, client: httpx.Client) -> None:
    made = create(client)
    assert listed(client, made["id"])["last_used"] is None
    status(service, made["key"])
    assert listed(client, made["id"])["last_used"].startswith("20")


def test_a_rotated_key_and_its_successor_are_both_good_until_the_overlap_is_over(
    service: Service, client: httpx.Client
) -> None:
    made = create(client, networks=["127.0.0.0/8"])
    answer = client.post(f"{KEYS}/{made['id']}/rotate", json={"overlap_seconds": 2})
    assert answer.status_code == 201
    fresh = answer.json()
    assert (fresh["name"], fresh["scopes"], fresh["networks"]) == ("firewall", ["lookup"], ["127.0.0.0/8"])
    assert fresh["replaces"] == made["id"]
    assert [status(service, key["key"]) for key in (made, fresh)] == [200, 200]
    eventually(lambda: status(service, made["key"]) == 401)
    assert status(service, fresh["key"]) == 200
    assert client.post(f"{KEYS}/{made['id']}/rotate", json={}).status_code == 409


def test_a_revoked_key_is_refused_at_once_and_revoking_twice_keeps_the_first_time(
    service: Service, client: httpx.Client
) -> None:
    made = create(client)
    first = client.delete(f"{KEYS}/{made['id']}")
    assert first.status_code == 200
    assert status(service, made["key"]) == 401
    assert client.delete(f"{KEYS}/{made['id']}").json() == first.json()
    assert client.post(f"{KEYS}/{made['id']}/rotate", json={}).status_code == 409


@pytest.mark.parametrize("kind", ["key", "token"])
def test_nobody_hands_out_a_scope_that_they_do_not_have(service: Service, client: httpx.Client, kind: str) -> None:
    make = make_key if kind == "key" else make_token
    credential = make(service.data, Scope.KEYS_ADMIN, Scope.LOOKUP)
    other = create(client, scopes=["lookup", "metrics"])
    headers = {"authorization": f"Bearer {credential}"}
    with httpx.Client(base_url=service.url, headers=headers, trust_env=False) as limited:
        eventually(lambda: limited.get(KEYS).status_code == 200)
        refused = limited.post(KEYS, json={"name": "more", "scopes": ["lookup", "metrics"]})
        assert (refused.status_code, refused.json()["type"]) == (403, "urn:blacklist:problem:scope-not-held")
        assert "lacks: metrics" in refused.json()["detail"]
        assert limited.post(f"{KEYS}/{other['id']}/rotate", json={}).status_code == 403
        assert limited.post(KEYS, json={"name": "as much", "scopes": ["lookup"]}).status_code == 201


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "x" * 101},
        {"name": "a\nb"},
        {"name": 1},
        {"scopes": []},
        {"scopes": ["everything"]},
        {"scopes": "lookup"},
        {"scopes": [1]},
        {"networks": ["192.0.2.300"]},
        {"networks": "192.0.2.0/24"},
        {"networks": ["192.0.2.0/24"] * 101},
        {"expires_at": "tomorrow"},
        {"expires_at": "2001-01-01T00:00:00Z"},
        {"secret": "mine"},
    ],
)
def test_a_body_that_is_wrong_makes_no_key(client: httpx.Client, wrong: dict[str, Any]) -> None:
    before = len(client.get(KEYS).json()["keys"])
    answer = client.post(KEYS, json={"name": "firewall", "scopes": ["lookup"]} | wrong)
    assert answer.status_code == 422
    assert len(client.get(KEYS).json()["keys"]) == before


@pytest.mark.parametrize("overlap", [-1, 1e9, "1h", True, None, 30 * 86_400 + 1])
def test_an_overlap_that_is_wrong_rotates_nothing(client: httpx.Client, overlap: object) -> None:
    made = create(client)
    assert client.post(f"{KEYS}/{made['id']}/rotate", json={"overlap_seconds": overlap}).status_code == 422
    assert listed(client, made["id"])["expires_at"] is None


def test_a_key_that_there_is_not_is_404(client: httpx.Client) -> None:
    assert client.delete(f"{KEYS}/nobody").status_code == 404
    assert client.post(f"{KEYS}/nobody/rotate", json={}).status_code == 404


def test_every_change_is_in_the_audit_log_without_a_secret(service: Service, client: httpx.Client) -> None:
    made = create(client)
    fresh = client.post(f"{KEYS}/{made['id']}/rotate", json={}).json()
    client.delete(f"{KEYS}/{fresh['id']}")
    client.post("/api/v1/listings", json={"indicator": "198.51.100.9", "reason": "x", "allow_special": True})
    client.delete("/api/v1/listings/198.51.100.9")
    client.delete("/api/v1/listings/198.51.100.10")  # a 404 changes nothing
    client.post("/api/v1/allowlist", json={"indicator": "198.51.100.11", "reason": "x"})
    client.delete("/api/v1/allowlist/198.51.100.11")
    client.post("/api/v1/feeds/one/refresh")
    done = blacklist(service.data, "audit", "export", "--json")
    entries = json.loads(done.stdout)[-8:]
    assert [(entry["what"], entry["target"]) for entry in entries] == [
        ("key.create", made["id"]),
        ("key.rotate", f"{made['id']} to {fresh['id']}"),
        ("key.revoke", fresh["id"]),
        ("listing.add", "198.51.100.9"),
        ("listing.remove", "198.51.100.9"),
        ("allowlist.add", "198.51.100.11"),
        ("allowlist.remove", "198.51.100.11"),
        ("feed.refresh", "one"),
    ]
    assert {entry["who"] for entry in entries} == {service.key[4:16]}
    assert {entry["source"] for entry in entries} == {"127.0.0.1"}
    assert {entry["outcome"] for entry in entries} == {"done"}
    assert len({entry["request_id"] for entry in entries}) == 8
    assert made["key"][17:] not in done.stdout
    assert blacklist(service.data, "audit", "verify").returncode == 0


def test_when_keys_were_used_is_written_when_the_server_ends(tmp_path_factory: pytest.TempPathFactory) -> None:
    data = tmp_path_factory.mktemp("used")
    with serving(data) as service:
        pass
    store = SqliteKeyStore(data / "keys.sqlite3")
    assert store.uses().keys() == {service.key[4:16]}
    store.close()
