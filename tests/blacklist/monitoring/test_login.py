"""The login of a browser, and the stream of figures, asked of a running server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import pytest

from blacklist.access.scopes import Scope
from blacklist.store.sqlite_keys import SqliteKeyStore
from blacklist.web.dashboard import STREAMS
from running import Service, eventually, fill, make_key, make_user, serving

LOGIN = "/monitoring/login"
PAGE = "/monitoring/dashboard"
EVENTS = "/monitoring/events"
HTML = {"accept": "text/html,*/*"}


@pytest.fixture
def browser(service: Service) -> Iterator[httpx.Client]:
    """A client without a key, as a browser that shows the login page."""
    with service.client("") as client:
        client.headers.update({"origin": service.url, "sec-fetch-site": "same-origin", **HTML})
        yield client


def log_in(browser: httpx.Client, key: str) -> httpx.Response:
    return browser.post(LOGIN, data={"key": key})


def events(client: httpx.Client, most: int) -> list[tuple[str, Any]]:
    """The first events of the stream."""
    found: list[tuple[str, Any]] = []
    with client.stream("GET", EVENTS, timeout=20) as answer:
        assert answer.status_code == 200
        name = ""
        for line in answer.iter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                found.append((name, json.loads(line.removeprefix("data: "))))
                if len(found) == most:
                    break
    return found


def test_a_browser_without_a_login_goes_to_the_login_page_and_a_program_is_refused(browser: httpx.Client) -> None:
    moved = browser.get(PAGE)
    assert (moved.status_code, moved.headers["location"]) == (303, LOGIN)
    assert browser.get(PAGE, headers={"accept": "*/*"}).status_code == 401
    assert browser.get(EVENTS, headers={"accept": "text/event-stream"}).status_code == 401


def test_a_key_with_the_scope_opens_a_session_that_scripts_and_other_sites_never_get(
    service: Service, browser: httpx.Client
) -> None:
    answer = log_in(browser, service.key)
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    cookie = answer.headers["set-cookie"]
    assert "httponly" in cookie.lower()
    assert "samesite=strict" in cookie.lower()
    assert "secure" not in cookie.lower()  # over plain HTTP on loopback a browser would not take it
    assert service.key[17:] not in cookie
    assert browser.get(PAGE).status_code == 200
    assert browser.get(PAGE).headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")


@pytest.mark.parametrize("origin", ["https://blacklist.example", "http://blacklist.example", "https://127.0.0.1"])
def test_anywhere_but_on_loopback_the_cookie_is_secure(service: Service, browser: httpx.Client, origin: str) -> None:
    answer = browser.post(LOGIN, data={"key": service.key}, headers={"origin": origin})
    assert answer.headers["set-cookie"].startswith("__Host-blacklist-session=")
    assert "; Path=/; SameSite=strict; Secure" in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"sec-fetch-site": "", "origin": "https://elsewhere.example"},
        {"sec-fetch-site": "", "origin": "null"},
        {"sec-fetch-site": "", "origin": ""},
    ],
)
def test_a_form_of_another_site_is_refused(service: Service, browser: httpx.Client, headers: dict[str, str]) -> None:
    for path in (LOGIN, "/monitoring/renew", "/monitoring/logout"):
        answer = browser.post(path, data={"key": service.key}, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:blacklist:problem:foreign-origin")
        assert "set-cookie" not in answer.headers


def test_an_old_browser_is_known_by_its_origin(service: Service, browser: httpx.Client) -> None:
    del browser.headers["sec-fetch-site"]
    assert log_in(browser, service.key).status_code == 303


def test_a_key_that_is_wrong_or_lacks_the_scope_is_told_so_on_the_page(service: Service, browser: httpx.Client) -> None:
    other = make_key(service.data, *(set(Scope) - {Scope.DASHBOARD}))
    eventually(lambda: "lacks the scope" in log_in(browser, other).text)
    for key in ("blk_nonsense", "ключ", "<script>", "x" * 5000):
        answer = log_in(browser, key)
        assert answer.status_code == 401
        assert "This key is not accepted." in answer.text
        assert "<script>" not in answer.text
    assert "set-cookie" not in answer.headers
    assert browser.post(LOGIN, json={"key": service.key}).status_code == 415
    assert browser.post(LOGIN, data={"key": "x" * (1 << 21)}).status_code == 413


def test_a_password_that_is_wrong_or_an_operator_without_the_scope_is_told_so_on_the_page(
    service: Service, browser: httpx.Client
) -> None:
    make_user(service.data, "bob", "correct horse battery", "lookup")
    for form, told in (
        ({"username": "bob", "password": "correct horse battery"}, "This operator lacks the scope dashboard."),
        ({"username": "bob", "password": "wrong"}, "The name or the password is wrong."),
        ({"username": "nobody", "password": "wrong"}, "The name or the password is wrong."),
        ({"username": "<b>"}, "The name or the password is wrong."),
    ):
        answer = browser.post(LOGIN, data=form)
        assert (answer.status_code, told in answer.text) == (401, True), form
        assert "set-cookie" not in answer.headers
    assert browser.post("/monitoring/renew").status_code == 401


def test_logging_out_ends_the_session_on_the_server(service: Service, browser: httpx.Client) -> None:
    log_in(browser, service.key)
    ((name, value),) = browser.cookies.items()
    assert browser.post("/monitoring/logout").headers["location"] == LOGIN
    assert not dict(browser.cookies)
    browser.cookies.set(name, value)
    assert browser.get(PAGE).status_code == 303


def test_the_stream_begins_with_the_past_and_goes_on_with_figures(service: Service, client: httpx.Client) -> None:
    client.get("/api/v1/lookup/192.0.2.1")
    (history, points), (figures, first), (_, second) = events(client, 3)
    assert (history, figures) == ("history", "figures")
    assert all(len(point) == 9 for point in points)
    assert 0 < second["at"] - first["at"] < 6
    assert second["health"]["status"] == "ok"
    assert {"address": "192.0.2.1", "count": 1}.keys() == second["asked"][0].keys()
    assert sum(row["total"] for row in second["routes"]) <= second["requests"]["total"]


def test_a_revoked_key_ends_its_stream_and_its_session_within_a_second_or_two(
    service: Service, browser: httpx.Client
) -> None:
    key = make_key(service.data, Scope.DASHBOARD)
    eventually(lambda: log_in(browser, key).status_code == 303)
    with browser.stream("GET", EVENTS, timeout=20) as answer:
        lines = answer.iter_lines()
        assert next(lines) == "retry: 2000"
        store = SqliteKeyStore(service.data / "keys.sqlite3")
        store.revoke(key[4:16], 1)
        store.close()
        revoked = monotonic()
        for _ in lines:
            pass
        assert monotonic() - revoked < 2
    assert browser.get(PAGE).status_code == 303


def test_basic_opens_the_page_by_its_scope_and_a_login_comes_before_it(service: Service, browser: httpx.Client) -> None:
    other = make_key(service.data, Scope.LISTS)
    eventually(lambda: browser.get("/docs", auth=(other[4:16], other)).status_code == 200)
    assert browser.head(EVENTS, auth=(service.key[4:16], service.key)).status_code == 200
    browser.auth = httpx.BasicAuth(other[4:16], other)
    assert browser.get(PAGE).headers["location"] == LOGIN
    assert browser.head(EVENTS, headers={"accept": "*/*"}).status_code == 403
    log_in(browser, service.key)
    assert browser.get(PAGE).status_code == 200
    assert browser.head(EVENTS, headers={"accept": "*/*"}).status_code == 200


def test_only_so_many_pages_can_be_open(tmp_path: Path) -> None:
    fill(tmp_path, entries={"192.0.2.1": None})
    with serving(tmp_path) as service, service.client() as client:
        asked = client.build_request("GET", EVENTS)
        opened = [client.send(asked, stream=True) for _ in range(STREAMS)]
        read = [answer.iter_lines() for answer in opened]
        assert {next(lines) for lines in read} == {"retry: 2000"}
        refused = client.send(asked, stream=True)
        assert (refused.status_code, refused.json()["type"]) == (503, "urn:blacklist:problem:busy")
        assert client.get("/api/v1/lookup/192.0.2.1").status_code == 200
        for answer in opened:
            answer.close()

        def free() -> bool:
            answer = client.send(asked, stream=True)
            answer.close()
            return answer.status_code == 200

        eventually(free)


def test_what_is_asked_for_is_never_in_the_metrics_or_the_log(service: Service, client: httpx.Client) -> None:
    client.get("/api/v1/lookup/203.0.113.9")
    assert "203.0.113.9" in [row["address"] for row in events(client, 2)[1][1]["asked"]]
    assert "203.0.113.9" not in client.get("/metrics").text
    assert "203.0.113.9" not in (service.data / "server.log").read_text()
