"""Secure by default: every route, its scope, and what a caller without it gets."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from time import monotonic, time

import httpx
import pytest

from blacklist.access.scopes import Scope
from blacklist.settings import read_settings
from blacklist.store.sqlite_keys import SqliteKeyStore
from blacklist.web.auditing import ACTIONS
from blacklist.web.authz import Authz
from blacklist.web.credentials import ANY_KEY
from blacklist.web.endpoint import Endpoint
from blacklist.web.lookup import Lookup
from blacklist.web.routes import routes
from blacklist.web.state import State
from running import Service, eventually, fill, make_key, make_token, serving

ROUTES = {
    ("GET", "/api/v1/lookup/192.0.2.1"): Scope.LOOKUP,
    ("POST", "/api/v1/lookup"): Scope.LOOKUP,
    ("GET", "/api/v1/lists/one.txt"): Scope.LISTS,
    ("GET", "/api/blacklist/active"): Scope.LISTS,
    ("GET", "/api/fortigate"): Scope.LISTS,
    ("GET", "/api/search/192.0.2.1"): Scope.LOOKUP,
    ("GET", "/api/stats"): Scope.LISTINGS_READ,
    ("GET", "/api/v1/pulls"): Scope.DASHBOARD,
    ("GET", "/api/v1/listings"): Scope.LISTINGS_READ,
    ("POST", "/api/v1/listings"): Scope.LISTINGS_WRITE,
    ("DELETE", "/api/v1/listings/192.0.2.1"): Scope.LISTINGS_WRITE,
    ("GET", "/api/v1/allowlist"): Scope.LISTINGS_READ,
    ("POST", "/api/v1/allowlist"): Scope.LISTINGS_WRITE,
    ("DELETE", "/api/v1/allowlist/192.0.2.1"): Scope.LISTINGS_WRITE,
    ("GET", "/api/v1/changes?since=999999"): Scope.LISTINGS_READ,
    ("GET", "/api/v1/stats"): Scope.LISTINGS_READ,
    ("GET", "/api/v1/feeds"): Scope.LISTINGS_READ,
    ("GET", "/api/v1/feeds/one"): Scope.LISTINGS_READ,
    ("POST", "/api/v1/feeds/none/refresh"): Scope.FEEDS_ADMIN,
    ("POST", "/api/v1/feeds/one/quarantine/approve"): Scope.FEEDS_ADMIN,
    ("POST", "/api/v1/feeds/one/quarantine/reject"): Scope.FEEDS_ADMIN,
    ("GET", "/api/v1/keys"): Scope.KEYS_ADMIN,
    ("POST", "/api/v1/keys"): Scope.KEYS_ADMIN,
    ("DELETE", "/api/v1/keys/none"): Scope.KEYS_ADMIN,
    ("POST", "/api/v1/keys/none/rotate"): Scope.KEYS_ADMIN,
    ("POST", "/api/v1/auth/token"): None,
    ("POST", "/api/v1/auth/refresh"): None,
    ("POST", "/api/v1/auth/revoke"): None,
    ("GET", "/authz"): Scope.LOOKUP,
    ("DELETE", "/authz/any/thing"): Scope.LOOKUP,
    ("GET", "/metrics"): Scope.METRICS,
    ("GET", "/monitoring/dashboard"): Scope.DASHBOARD,
    ("GET", "/monitoring/events"): Scope.DASHBOARD,
    ("GET", "/monitoring/login"): None,
    ("POST", "/monitoring/login"): None,
    ("POST", "/monitoring/renew"): None,
    ("POST", "/monitoring/logout"): None,
    ("GET", "/openapi.json"): ANY_KEY,
    ("GET", "/docs"): ANY_KEY,
    ("GET", "/static/icon.svg"): None,
    ("GET", "/health"): None,
    ("GET", "/healthz"): None,
    ("GET", "/ready"): None,
}


def ask(service: Service, method: str, path: str, key: str, *, bearer: bool = False) -> httpx.Response:
    body = {"addresses": ["192.0.2.1"]} if method == "POST" else None  # what all others refuse, with a 422
    headers = {"authorization": f"Bearer {key}"} if bearer else {}
    with (
        service.client("" if bearer else key) as client,
        client.stream(method, path, json=body, headers=headers) as answer,
    ):
        return answer


def test_the_table_below_knows_every_route(service: Service) -> None:
    state = State(read_settings({}), lists=None, importer=None, started_at=0)  # type: ignore[arg-type]
    for route in routes(state):
        asked = [(method, path.partition("?")[0]) for method, path in ROUTES]
        known = [
            1
            for method, path in asked
            if (route.methods is None or method in route.methods) and route.path_regex.match(path)
        ]
        assert known, route.path
        assert isinstance(route.endpoint, Endpoint | Lookup | Authz)


def _unasked(method: str, path: str) -> int:
    """What a route that asks for no key answers: of `ask`'s bodies, forms are from no page of ours."""
    return 200 if method == "GET" else 403 if path.startswith("/monitoring/") else 422


@pytest.fixture(scope="session")
def callers(service: Service) -> dict[tuple[Scope, str], str]:
    """A credential of each kind for each scope, all of them known to the server."""
    now = int(time())
    made: dict[tuple[Scope, str], str] = {}
    for scope in Scope:
        others = set(Scope) - {scope}
        made |= {
            (scope, "a key of no other scope"): make_key(service.data, scope),
            (scope, "a key of every other scope"): make_key(service.data, *others),
            (scope, "a key that has expired"): make_key(service.data, *Scope, expires_at=now),
            (scope, "a key that was revoked"): make_key(service.data, *Scope, revoked_at=now),
            (scope, "a key for elsewhere"): make_key(service.data, *Scope, networks=("192.0.2.0/24",)),
            (scope, "a token of no other scope"): make_token(service.data, scope),
            (scope, "a token of every other scope"): make_token(service.data, *others),
            (scope, "a token that has expired"): make_token(service.data, *Scope, at=now - 2_000),
            (scope, "a token that was revoked"): make_token(service.data, *Scope),
        }
    with service.client("") as client:
        for (_, kind), token in made.items():
            if kind == "a token that was revoked":
                assert client.post("/api/v1/auth/revoke", json={"token": token}).status_code == 204
    last = make_key(service.data, *Scope)
    eventually(lambda: ask(service, "GET", "/metrics", last).status_code == 200)
    return made


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_route_answers_the_right_scope_and_no_other(
    service: Service, callers: dict[tuple[Scope, str], str], method: str, path: str
) -> None:
    wanted = ROUTES[method, path]
    if wanted is None:
        assert ask(service, method, path, "").status_code == _unasked(method, path)
        return
    for (scope, kind), credential in callers.items():
        if scope is not (Scope.LISTS if wanted == ANY_KEY else wanted):
            continue
        answer = ask(service, method, path, credential, bearer=True)
        challenge = answer.headers.get("www-authenticate", "")
        if kind.endswith("of no other scope") or (wanted == ANY_KEY and kind.endswith("of every other scope")):
            assert answer.status_code in {200, 404, 409, 410, 422}, kind
            assert not challenge, kind
        elif kind.endswith("of every other scope"):
            assert answer.status_code == 403, kind
            assert f'error="insufficient_scope", scope="{wanted}"' in challenge, kind
        else:
            assert answer.status_code == 401, kind
            assert 'error="invalid_token"' in challenge, kind
            assert answer.headers["cache-control"] == "no-store", kind
    refused = ask(service, method, path, "")
    assert refused.status_code == 401
    first = "Basic" if wanted == ANY_KEY else "Bearer"  # a browser asks its user for the first
    assert refused.headers["www-authenticate"].startswith(first)
    assert 'Bearer realm="blacklist"' in refused.headers["www-authenticate"]
    assert "error" not in refused.headers["www-authenticate"]
    assert refused.headers["content-type"] == "application/problem+json"
    assert ask(service, method, path, "blk_nonsense").status_code == 401


MALFORMED = {
    "empty": "Bearer",
    "a word": "Bearer x",
    "two words": "Bearer x y",
    "no scheme": "x",
    "another scheme": 'Digest username="x"',
    "Basic without base64": "Basic !",
    "Basic without a key": f"Basic {b64encode(b'alice:correct horse battery').decode()}",
    "a long key": f"Bearer blk_{'a' * 10_000}",
    "a token without a signature": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9.",
    "a long token": f"Bearer eyJ{'a' * 10_000}.b.c",
    "a token as Basic password": f"Basic {b64encode(b'x:eyJhbGciOiJub25lIn0.e30.').decode()}",
}


@pytest.mark.parametrize("header", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_credential_is_401_with_a_challenge_and_no_hint(service: Service, header: str) -> None:
    answer = httpx.get(f"{service.url}/metrics", headers={"authorization": header}, trust_env=False)
    assert answer.status_code == 401
    assert 'Bearer realm="blacklist", error="invalid_token"' in answer.headers["www-authenticate"]
    assert answer.json()["detail"] in {
        "The API key was refused: it is mistyped, or no key of this service.",
        "The access token was refused: invalid.",
    }


def test_a_token_is_no_api_key(service: Service) -> None:
    token = make_token(service.data, *Scope)
    eventually(lambda: ask(service, "GET", "/metrics", token, bearer=True).status_code == 200)
    assert ask(service, "GET", "/metrics", token).status_code == 401


def test_every_route_that_changes_something_is_written_down() -> None:
    state = State(read_settings({}), lists=None, importer=None, started_at=0)  # type: ignore[arg-type]
    changing = {Scope.LISTINGS_WRITE, Scope.FEEDS_ADMIN}  # those of keys are written down with the change itself
    found = {
        (method, endpoint.template)
        for route in routes(state)
        if isinstance(endpoint := route.endpoint, Endpoint) and endpoint.scope in changing
        for method in route.methods or ()
    }
    assert found == set(ACTIONS)


def test_a_scope_that_is_missing_is_named_in_the_challenge(service: Service) -> None:
    key = make_key(service.data, Scope.LISTS)
    eventually(lambda: ask(service, "GET", "/api/v1/lists/one.txt", key).status_code == 200)
    refused = ask(service, "GET", "/metrics", key)
    assert 'error="insufficient_scope", scope="metrics"' in refused.headers["www-authenticate"]


def test_a_firewall_may_use_basic_with_the_id_and_the_key(service: Service) -> None:
    basic = b64encode(f"{service.key[4:16]}:{service.key}".encode()).decode()
    headers = {"authorization": f"Basic {basic}"}
    assert httpx.get(f"{service.url}/api/v1/lists/one.txt", headers=headers, trust_env=False).status_code == 200


CHANGING = [(method, path) for (method, path), scope in ROUTES.items() if method != "GET" and scope]
CHANGES = [one for one in CHANGING if ROUTES[one] is not Scope.LOOKUP]


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_a_browser_knows_changes_nothing_for_a_page_of_another_site(service: Service, site: str) -> None:
    basic = b64encode(f"{service.key[4:16]}:{service.key}".encode()).decode()
    with service.client("") as browser:
        browser.headers.update({"authorization": f"Basic {basic}", "sec-fetch-site": site})
        for method, path in CHANGES:
            answer = browser.request(method, path)
            assert (answer.status_code, answer.json()["type"]) == (403, "urn:blacklist:problem:foreign-origin"), path
        for method, path in set(CHANGING) - set(CHANGES):  # /authz is sent what the client of a proxy sent
            assert browser.request(method, path).status_code in {200, 415}, path
        assert browser.get("/api/v1/stats").status_code == 200
        for own in ("same-origin", "none"):
            assert browser.post("/api/v1/feeds/none/refresh", headers={"sec-fetch-site": own}).status_code == 404
    with service.client() as program:  # no browser sends this by itself
        answer = program.post("/api/v1/feeds/none/refresh", headers={"sec-fetch-site": site})
        assert answer.status_code == 404


def test_a_revocation_is_in_force_within_a_second(service: Service) -> None:
    key = make_key(service.data, Scope.LOOKUP)
    path = "/api/v1/lookup/192.0.2.1"
    eventually(lambda: ask(service, "GET", path, key).status_code == 200)
    store = SqliteKeyStore(service.data / "keys.sqlite3")
    store.revoke(key[4:16], 1)
    store.close()
    revoked = monotonic()
    eventually(lambda: ask(service, "GET", path, key).status_code == 401)
    assert monotonic() - revoked < 1


def test_a_key_bound_to_a_network_is_refused_from_another(service: Service) -> None:
    here, elsewhere = (make_key(service.data, Scope.LOOKUP, networks=(net,)) for net in ("127.0.0.0/8", "192.0.2.0/24"))
    path = "/api/v1/lookup/192.0.2.1"
    eventually(lambda: ask(service, "GET", path, here).status_code == 200)
    assert ask(service, "GET", path, elsewhere).status_code == 401


def test_lookups_alone_can_be_opened_and_metrics_to_a_network(tmp_path: Path) -> None:
    fill(tmp_path, entries={"192.0.2.1": None})
    settings = {"BLACKLIST_PUBLIC_LOOKUP": "1", "BLACKLIST_METRICS_NETWORKS": "127.0.0.0/8"}
    with serving(tmp_path, **settings) as service:
        for (method, path), scope in ROUTES.items():
            expected = 200 if scope in {None, Scope.LOOKUP, Scope.METRICS} else 401
            if scope is None:
                expected = _unasked(method, path)
            assert ask(service, method, path, "").status_code == expected, path


def test_addresses_of_the_service_before_this_one_can_be_opened_to_a_network(tmp_path: Path) -> None:
    fill(tmp_path, entries={"192.0.2.1": None})
    with serving(tmp_path, BLACKLIST_LEGACY_NETWORKS="127.0.0.0/8") as service:
        opened = ("/api/blacklist/active", "/api/fortigate", "/api/search/192.0.2.1", "/api/stats")
        assert [ask(service, "GET", path, "").status_code for path in opened] == [200] * 4
        assert ask(service, "GET", "/api/v1/lists/all.txt", "").status_code == 401
        assert ask(service, "GET", "/api/v1/lookup/192.0.2.1", "").status_code == 401
        assert ask(service, "GET", "/api/fortigate", "").text == "192.0.2.1\n"
    with serving(tmp_path, BLACKLIST_LEGACY_NETWORKS="198.51.100.0/24") as service:
        assert ask(service, "GET", "/api/fortigate", "").status_code == 401


def test_what_there_is_not_is_a_problem_with_or_without_a_key(service: Service) -> None:
    for key in ("", service.key):
        answer = ask(service, "GET", "/api/v1/nothing", key)
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:blacklist:problem:not-found")


def test_no_key_is_ever_logged(service: Service) -> None:
    ask(service, "GET", "/metrics", service.key)
    assert service.key[17:] not in (service.data / "server.log").read_text()
