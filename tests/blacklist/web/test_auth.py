"""Logins: what is right, what is refused, what is too much, and what happens while the store is away."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from math import log2
from pathlib import Path
from time import monotonic, perf_counter
from typing import Any

import httpx
import pytest

from blacklist.access.throttle import FREE, FREE_OF_NETWORK
from running import Service, blacklist, eventually, fill, make_user, serving

TOKEN, REFRESH, REVOKE = (f"/api/v1/auth/{action}" for action in ("token", "refresh", "revoke"))
PASSWORD = "correct horse battery"
LOOKUP = "/api/v1/lookup/192.0.2.1"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Service]:
    """A server whose failures of login are its own."""
    fill(tmp_path, entries={"192.0.2.1": None})
    make_user(tmp_path, "alice", PASSWORD, "lookup", "listings:write")
    with serving(tmp_path) as running:
        yield running


@pytest.fixture
def client(own: Service) -> Iterator[httpx.Client]:
    with own.client("") as opened:
        yield opened


def login(client: httpx.Client, username: str = "alice", password: str = PASSWORD) -> httpx.Response:
    return client.post(TOKEN, json={"username": username, "password": password})


def pair(client: httpx.Client) -> dict[str, Any]:
    answer = login(client)
    assert answer.status_code == 200, answer.text
    got: dict[str, Any] = answer.json()
    return got


def status(client: httpx.Client, token: str) -> int:
    return client.get(LOOKUP, headers={"authorization": f"Bearer {token}"}).status_code


def refresh(client: httpx.Client, token: str) -> httpx.Response:
    return client.post(REFRESH, json={"refresh_token": token})


def test_a_login_gives_a_pair_that_works_wherever_keys_do(client: httpx.Client) -> None:
    answer = login(client)
    assert answer.headers["cache-control"] == "no-store"
    got = answer.json()
    assert got["token_type"] == "Bearer"
    assert 0 <= 900 - got["expires_in"] <= 2  # what has passed since
    assert 0 <= 7 * 86_400 - got["refresh_expires_in"] <= 2
    assert (got["user"], got["scopes"]) == ("alice", ["listings:write", "lookup"])
    assert status(client, got["access_token"]) == 200
    assert status(client, got["refresh_token"]) == 401
    headers = {"authorization": f"Bearer {got['access_token']}"}
    assert client.get("/metrics", headers=headers).status_code == 403
    listing = {"indicator": "198.51.100.9", "reason": "x", "allow_special": True}
    assert client.post("/api/v1/listings", json=listing, headers=headers).status_code == 201


def test_a_refresh_token_used_twice_ends_all_that_came_of_the_login(client: httpx.Client) -> None:
    first, other = pair(client), pair(client)
    second = refresh(client, first["refresh_token"]).json()
    assert status(client, second["access_token"]) == 200
    reused = refresh(client, first["refresh_token"])
    assert reused.status_code == 401
    assert reused.headers["www-authenticate"] == 'Bearer realm="blacklist", error="invalid_token"'
    assert refresh(client, second["refresh_token"]).status_code == 401
    assert [status(client, one["access_token"]) for one in (first, second, other)] == [401, 401, 200]


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_either_token_ends_its_login_at_once_and_a_bad_one_tells_nothing(client: httpx.Client, which: str) -> None:
    got = pair(client)
    assert client.post(REVOKE, json={"token": "nonsense"}).status_code == 204
    assert status(client, got["access_token"]) == 200
    assert client.post(REVOKE, json={"token": got[which]}).status_code == 204
    assert status(client, got["access_token"]) == 401
    assert refresh(client, got["refresh_token"]).status_code == 401


def test_an_unknown_name_a_wrong_password_and_a_disabled_account_say_the_same(
    own: Service, client: httpx.Client
) -> None:
    make_user(own.data, "bob", PASSWORD, "lookup")
    assert blacklist(own.data, "users", "disable", "bob").returncode == 0
    answers = [login(client, "alice", "wrong"), login(client, "nobody"), login(client, "bob"), login(client, "a\0b")]
    assert [answer.status_code for answer in answers] == [401] * 4
    assert len({answer.content for answer in answers}) == 1
    assert {answer.headers["www-authenticate"] for answer in answers} == {'Bearer realm="blacklist"'}
    own_to_each = {"date", "x-request-id"}
    fields = [[field for field in answer.headers.items() if field[0] not in own_to_each] for answer in answers]
    assert all(field == fields[0] for field in fields)


def test_an_unknown_name_takes_as_long_as_a_wrong_password(own: Service, client: httpx.Client) -> None:
    make_user(own.data, "bob", PASSWORD, "lookup")
    login(client, "carol", "wrong")

    def seconds(name: str) -> float:
        started = perf_counter()
        assert login(client, name, "wrong").status_code == 401
        return perf_counter() - started

    times = [(seconds(known), seconds(unknown)) for known, unknown in 2 * [("alice", "dave"), ("bob", "eve")]]
    known, unknown = (min(side) for side in zip(*times, strict=True))
    assert 1 / 3 < known / unknown < 3


def test_who_fails_too_often_waits_and_the_right_password_does_not_help(client: httpx.Client) -> None:
    for _ in range(FREE):
        assert login(client, password="wrong").status_code == 401
    answer = login(client)
    assert (answer.status_code, answer.json()["type"]) == (429, "urn:blacklist:problem:too-many-logins")
    assert answer.headers["retry-after"] == "1"
    assert answer.headers["cache-control"] == "no-store"
    eventually(lambda: login(client).status_code == 200)


def test_a_flood_of_logins_is_told_to_come_back_and_lookups_go_on(own: Service, client: httpx.Client) -> None:
    def one(place: int) -> tuple[int, bool]:
        with own.client("") as another:
            answer = login(another, f"user{place}", "wrong")
            return answer.status_code, "retry-after" in answer.headers

    begun = monotonic()
    with ThreadPoolExecutor(40) as pool:
        flood = [pool.submit(one, place) for place in range(80)]
        with own.client() as asking:
            assert all(asking.get(LOOKUP).status_code == 200 for _ in range(20))
        answers = [future.result() for future in flood]
    assert {status for status, _ in answers} <= {401, 429, 503}
    assert all(told for status, told in answers if status != 401)
    waited = int(log2(1 + monotonic() - begun))  # a second, then two, then four: each lets one more try
    assert sum(status == 401 for status, _ in answers) <= FREE_OF_NETWORK + waited


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (TOKEN, {}),
        (TOKEN, {"username": "alice"}),
        (TOKEN, {"username": "alice", "password": ""}),
        (TOKEN, {"username": "alice", "password": 1}),
        (TOKEN, {"username": ["alice"], "password": PASSWORD}),
        (TOKEN, {"username": "alice", "password": "x" * 5_000}),
        (TOKEN, {"username": "alice", "password": PASSWORD, "scope": "all"}),
        (TOKEN, [PASSWORD]),
        (REFRESH, {}),
        (REFRESH, {"refresh_token": 1}),
        (REVOKE, {"token": None}),
    ],
)
def test_a_body_that_is_wrong_is_422_and_does_not_repeat_the_password(
    service: Service, path: str, body: object
) -> None:
    with service.client("") as asking:
        answer = asking.post(path, json=body)
    assert answer.status_code == 422
    assert PASSWORD not in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_a_body_that_is_no_json_or_too_large_is_refused(service: Service) -> None:
    with service.client("") as asking:
        json_type = {"content-type": "application/json"}
        assert asking.post(TOKEN, content=b"{", headers=json_type).status_code == 400
        assert asking.post(TOKEN, content=b"\xff", headers=json_type).status_code == 400
        assert asking.post(TOKEN, content=b"x" * 20_000, headers=json_type).status_code == 413
        assert asking.post(TOKEN, data={"username": "alice"}).status_code == 415
        assert asking.get(TOKEN).status_code == 405


@pytest.mark.parametrize("token", ["x", "eyJ.a.b", "\0", "é", "a" * 4_000, "eyJhbGciOiJub25lIn0.e30."])
def test_a_refresh_token_that_is_none_is_401(service: Service, token: str) -> None:
    with service.client("") as asking:
        assert refresh(asking, token).status_code == 401


def test_logins_and_changes_are_503_within_a_second_while_the_store_is_away_and_known_callers_are_served(
    own: Service, client: httpx.Client
) -> None:
    got = pair(client)
    away = sqlite3.connect(own.data / "keys.sqlite3", isolation_level=None)
    away.execute("BEGIN IMMEDIATE")
    headers = {"authorization": f"Bearer {got['access_token']}"}
    try:
        for path, body in (
            (TOKEN, {"username": "alice", "password": PASSWORD}),
            (TOKEN, {"username": "alice", "password": "wrong"}),
            (REFRESH, {"refresh_token": got["refresh_token"]}),
            (REVOKE, {"token": got["access_token"]}),
            ("/api/v1/keys", {"name": "x", "scopes": ["lookup"]}),
        ):
            started = monotonic()
            with own.client() as admin:
                answer = admin.post(path, json=body)
            assert answer.status_code == 503, path
            assert "retry-after" in answer.headers
            assert monotonic() - started < 1.1, path
        assert status(client, got["access_token"]) == 200
        listing = {"indicator": "198.51.100.9", "reason": "x", "allow_special": True}
        unwritten = client.post("/api/v1/listings", json=listing, headers=headers)
        assert (unwritten.status_code, unwritten.json()["type"]) == (503, "urn:blacklist:problem:audit-unavailable")
    finally:
        away.close()
    assert login(client).status_code == 200
    assert refresh(client, got["refresh_token"]).status_code == 200
    with own.client() as asking:
        assert "blacklist_audit_failures_total 1.0" in asking.get("/metrics").text


def test_commands_end_logins_within_a_second(own: Service, client: httpx.Client) -> None:
    for arguments, word in ((("password", "alice"), PASSWORD + "!"), (("disable", "alice"), "")):
        answer = login(client, password=PASSWORD)
        token = answer.json()["access_token"]
        assert status(client, token) == 200
        done = blacklist(own.data, "users", *arguments, stdin=f"{word}\n")
        assert done.returncode == 0, done.stderr
        ended = monotonic()
        eventually(lambda: status(client, token) == 401)  # noqa: B023 - it is called before the next turn
        assert monotonic() - ended < 1
        if word:
            assert login(client).status_code == 401
            assert login(client, password=word).status_code == 200
            blacklist(own.data, "users", "password", "alice", stdin=f"{PASSWORD}\n")


def test_a_signing_key_is_rotated_with_an_overlap_and_twice_ends_every_login(
    own: Service, client: httpx.Client
) -> None:
    before = pair(client)
    assert blacklist(own.data, "users", "rotate-signing-key").returncode == 0
    after = refresh(client, before["refresh_token"]).json()
    assert [status(client, one["access_token"]) for one in (before, after)] == [200, 200]
    assert before["access_token"].partition(".")[0] != after["access_token"].partition(".")[0]
    assert blacklist(own.data, "users", "rotate-signing-key").returncode == 0
    eventually(lambda: status(client, before["access_token"]) == 401)
    assert status(client, after["access_token"]) == 200


def test_every_login_is_in_the_audit_log_and_no_password_is_anywhere(own: Service, client: httpx.Client) -> None:
    got = pair(client)
    login(client, "alice", "hunter2 hunter2")
    login(client, "a password typed as name", "x")
    client.post(REVOKE, json={"token": got["access_token"]})
    done = blacklist(own.data, "audit", "export", "--json")
    entries = [(e["who"], e["what"], e["target"], e["outcome"]) for e in json.loads(done.stdout)]
    assert entries[:3] == [
        ("user:alice", "login", "alice", "done"),
        ("unknown", "login", "alice", "refused"),
        ("unknown", "login", "unknown", "refused"),
    ]
    assert entries[3][:2] == ("user:alice", "session.end")
    written = done.stdout + (own.data / "server.log").read_text()
    for secret in (PASSWORD, "hunter2", "typed as name", got["access_token"], got["refresh_token"]):
        assert secret not in written
    with own.client() as asking:
        metrics = asking.get("/metrics").text
    assert 'blacklist_logins_total{outcome="done"} 1.0' in metrics
    assert 'blacklist_logins_total{outcome="refused"} 2.0' in metrics
    assert "blacklist_audit_entries_total 4.0" in metrics


def test_a_revocation_by_one_server_is_in_force_at_another_within_a_second(own: Service, client: httpx.Client) -> None:
    got = pair(client)
    other_data = own.data / "other"
    other_data.mkdir()
    fill(other_data, entries={"192.0.2.1": None})
    (other_data / "keys.sqlite3").symlink_to(own.data / "keys.sqlite3")
    with serving(other_data) as other, other.client("") as there:
        eventually(lambda: status(there, got["access_token"]) == 200)
        assert client.post(REVOKE, json={"token": got["access_token"]}).status_code == 204
        ended = monotonic()
        eventually(lambda: status(there, got["access_token"]) == 401)
        assert monotonic() - ended < 1


def test_a_change_that_may_have_been_made_is_written_down_as_failed(own: Service) -> None:
    away = sqlite3.connect(own.data / "blacklist.sqlite3", isolation_level=None)
    away.execute("BEGIN IMMEDIATE")
    try:
        with own.client() as admin:
            listing = {"indicator": "198.51.100.9", "reason": "x", "allow_special": True}
            started = monotonic()
            assert admin.post("/api/v1/listings", json=listing).status_code == 503
            assert monotonic() - started < 1.1
    finally:
        away.close()
    (entry,) = json.loads(blacklist(own.data, "audit", "export", "--json").stdout)
    assert (entry["what"], entry["target"], entry["outcome"]) == ("listing.add", "198.51.100.9", "failed")
    assert entry["who"] == own.key[4:16]


def test_logins_and_renewals_are_paid_from_the_quota_of_the_address(tmp_path: Path) -> None:
    fill(tmp_path, entries={"192.0.2.1": None})
    with serving(tmp_path, BLACKLIST_RATE_LIMIT_ADDRESS="250/h") as limited, limited.client("") as asking:
        answers = [refresh(asking, "x"), asking.post(REVOKE, json={"token": "x"}), login(asking)]
        assert [answer.status_code for answer in answers] == [401, 204, 429]
        assert answers[2].json()["type"] == "urn:blacklist:problem:rate-limited"
        assert "retry-after" in answers[2].headers


def test_failures_behind_a_trusted_proxy_are_those_of_its_client(tmp_path: Path) -> None:
    fill(tmp_path, entries={"192.0.2.1": None})
    make_user(tmp_path, "alice", PASSWORD, "lookup")
    with serving(tmp_path, BLACKLIST_TRUSTED_PROXIES="127.0.0.0/8") as proxied, proxied.client("") as asking:
        attacker, alice = ({"x-forwarded-for": f"198.51.100.{host}", "x-request-id": f"r{host}"} for host in (1, 2))
        for _ in range(FREE):
            asking.post(TOKEN, json={"username": "alice", "password": "wrong"}, headers=attacker)
        asked = {"username": "alice", "password": PASSWORD}
        assert asking.post(TOKEN, json=asked, headers=attacker).status_code == 429
        assert asking.post(TOKEN, json=asked, headers=alice).status_code == 200
        entries = json.loads(blacklist(tmp_path, "audit", "export", "--json").stdout)
        told = [(entry["source"], entry["request_id"], entry["outcome"]) for entry in entries]
        assert told == [("198.51.100.1", "r1", "refused")] * FREE + [("198.51.100.2", "r2", "done")]


def test_a_server_starts_without_what_only_logins_need() -> None:
    code = "import blacklist.cli.serve, sys; print(sorted({'jwt', 'argon2'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert "jwt" not in done.stdout
    assert "argon2" not in done.stdout
