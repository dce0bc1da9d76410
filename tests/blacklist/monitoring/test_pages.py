"""The pages of the service in a real browser: right, accessible, on their own, and never wider than the screen."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect
from prometheus_client.parser import text_string_to_metric_families

from blacklist.store.sqlite_keys import SqliteKeyStore
from running import Service, fill, make_key, make_user, serving

pytestmark = pytest.mark.browser

WIDTHS = (360, 1280)
LOOKUP = "/api/v1/lookup/{address}"


@pytest.fixture
def page(chromium: Browser, service: Service) -> Iterator[Page]:
    """A page; console messages and requests to anybody else fail the test."""
    with chromium.new_context(base_url=service.url) as context:
        page = context.new_page()
        wrong: list[str] = []

        def said(message: ConsoleMessage) -> None:
            if message.type in {"error", "warning"} and "status of 401" not in message.text:  # what a refusal is
                wrong.append(message.text)

        page.on("console", said)
        page.on("pageerror", lambda error: wrong.append(str(error)))

        def asked(request: Request) -> None:
            if not request.url.startswith(service.url):
                wrong.append(f"a request to {request.url}")

        page.on("request", asked)
        yield page
        assert wrong == []


def log_in(page: Page, key: str) -> None:
    page.goto("/monitoring/dashboard")
    expect(page).to_have_title("Log in · blacklist")
    page.click("text=With an API key instead")
    page.fill("#key", key)
    page.click("text=Log in with the key")
    page.wait_for_url("**/monitoring/dashboard")
    expect(page.locator("#live")).to_contain_text("Live, ")


def metrics(client: httpx.Client) -> dict[str, dict[str, float]]:
    """Totals of the metrics: by outcome of a lookup, and by route."""
    found: dict[str, dict[str, float]] = {"outcome": {}, "route": {}}
    for family in text_string_to_metric_families(client.get("/metrics").text):
        for sample in family.samples:
            if sample.name == "blacklist_lookups_total":
                found["outcome"][sample.labels["outcome"]] = sample.value
            if sample.name == "blacklist_http_requests_total":
                route = sample.labels["route"]
                found["route"][route] = found["route"].get(route, 0) + sample.value
            if sample.name == "blacklist_snapshot_listings":
                found["listings"] = {"": sample.value}
    return found


def test_the_figures_are_those_of_the_metrics(page: Page, service: Service, client: httpx.Client) -> None:
    log_in(page, service.key)
    for number in range(30):
        client.get(f"/api/v1/lookup/192.0.2.{number % 3}")
        client.get(f"/api/v1/lookup/203.0.113.{number}")
    client.get("/api/v1/lookup/198.51.100.7")
    client.post("/api/v1/lookup", json={"addresses": ["192.0.2.1", "nonsense", "203.0.113.200"]})

    told = metrics(client)

    for outcome, count in told["outcome"].items():
        expect(page.locator(f'[data-outcome="{outcome}"] td').nth(1)).to_have_text(f"{count:,.0f}")
    listed, total = told["outcome"]["listed"], sum(told["outcome"].values())
    expect(page.locator("#fig-listed .val")).to_have_text(f"{100 * listed / total:,.1f}%")
    expect(page.locator("#fig-listed .fact")).to_contain_text(f"{listed:,.0f} of {total:,.0f}")
    expect(page.locator("#fig-generation .fact")).to_contain_text(f"{told['listings']['']:,.0f} listings")
    assert page.locator(f'[data-route="{LOOKUP}"]').count() == 1
    assert "192.0.2.1" in page.locator("#asked").inner_text()
    expect(page.locator("#fig-latency .val")).to_contain_text("ms")
    expect(page.locator("#now h2")).to_have_text("Operational")
    for chart in ("requests", "latency", "verdicts"):
        assert page.locator(f"#chart-{chart} path.l").count() > 0


def test_clients_whose_quota_is_spent_are_shown_as_the_metrics_count_them(chromium: Browser, tmp_path: Path) -> None:
    fill(tmp_path, entries={"192.0.2.1": None})
    key = make_key(tmp_path, "lookup")
    settings = {"BLACKLIST_RATE_LIMIT_ADDRESS": "20/h", "BLACKLIST_TRUSTED_PROXIES": "127.0.0.0/8"}
    with serving(tmp_path, BLACKLIST_RATE_LIMIT="500/h", **settings) as service, service.client(key) as client:
        batch = [client.post("/api/v1/lookup", json={"addresses": ["192.0.2.1"] * 400}).status_code for _ in range(4)]
        assert batch == [200, 429, 429, 429]
        with service.client("blk_guess") as guesser:
            for address, times in (("203.0.113.1", 4), ("2001:db8::1", 2), ("2001:db8::2", 2)):
                for _ in range(times):
                    guesser.get("/metrics", headers={"x-forwarded-for": address})
        with service.client() as another:
            text = another.get("/metrics").text
            assert 'blacklist_rate_limited_total{quota="key"} 3.0' in text
            assert 'blacklist_rate_limited_total{quota="address"} 4.0' in text
        with chromium.new_context(base_url=service.url) as context:
            page = context.new_page()
            log_in(page, service.key)
            for chart in ("requests", "latency", "verdicts"):
                assert page.locator(f"#chart-{chart} .gap").count() > 0  # this server is younger than five minutes
            rows = [row.split("\t") for row in page.locator("#limited").inner_text().splitlines()]
    assert [row[:3] for row in rows] == [
        [key[4:16], "key", "3"],
        ["2001:db8::/64", "address", "2"],
        ["203.0.113.1", "address", "2"],
    ]


def test_the_percentiles_are_what_prometheus_would_reckon(page: Page, service: Service, client: httpx.Client) -> None:
    log_in(page, service.key)
    for _ in range(40):
        client.get("/api/v1/lookup/192.0.2.1")
    text = page.locator(f'[data-route="{LOOKUP}"] td')
    expect(text.nth(1)).to_have_text(re.compile(r"\d"))
    p50, p95, p99 = (float(text.nth(place).inner_text().replace(",", "")) for place in (1, 2, 3))
    assert 0 < p50 <= p95 <= p99 < 5000


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_breaks_a_rule_of_accessibility_or_overflows(
    page: Page, service: Service, width: int, scheme: Any
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    page.goto("/monitoring/login")
    _assert_fine(page, width)
    log_in(page, service.key)
    _assert_fine(page, width)
    page.context.set_extra_http_headers({"x-api-key": service.key})
    page.goto("/docs")
    _assert_fine(page, width)


def _assert_fine(page: Page, width: int) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{page.url} is wider than the screen"
    axe: Any = import_module("axe_playwright_python.sync_playwright").Axe()  # it comes without types
    found = axe.run(page, options={"resultTypes": ["violations"]}).response["violations"]
    broken = [(v["id"], [node["html"][:200] for node in v["nodes"][:3]]) for v in found]
    assert broken == [], f"{page.url} at {width} px: {json.dumps(broken, indent=1)}"


def test_a_refused_key_is_told_so_and_can_be_typed_again(page: Page, service: Service) -> None:
    page.goto("/monitoring/login")
    page.click("text=With an API key instead")
    page.fill("#key", "blk_nonsense")
    with page.expect_response("**/monitoring/login") as answer:
        page.keyboard.press("Enter")
    assert answer.value.status == 401
    expect(page.get_by_role("alert")).to_have_text("This key is not accepted.")


def test_an_operator_logs_in_with_a_password_and_the_page_renews_its_tokens(page: Page, service: Service) -> None:
    make_user(service.data, "alice", "correct horse battery", "dashboard")
    page.goto("/monitoring/login")
    page.fill("#username", "alice")
    page.fill("#password", "correct horse battery")
    page.keyboard.press("Enter")
    page.wait_for_url("**/monitoring/dashboard")
    expect(page.locator("#live")).to_contain_text("Live, ")
    before = {cookie["name"]: cookie for cookie in page.context.cookies()}
    assert before.keys() == {"blacklist-access", "blacklist-refresh"}
    assert all(cookie["httpOnly"] and cookie["sameSite"] == "Strict" for cookie in before.values())
    page.context.clear_cookies(name="blacklist-access")  # as when it has expired

    page.reload()

    expect(page.locator("#live")).to_contain_text("Live, ", timeout=15_000)
    after = {cookie["name"]: cookie for cookie in page.context.cookies()}
    assert after["blacklist-refresh"]["value"] != before["blacklist-refresh"]["value"]
    page.click("text=Log out")
    expect(page).to_have_title("Log in · blacklist")
    assert page.context.cookies() == []
    ended = {"name": "blacklist-refresh", "value": str(after["blacklist-refresh"]["value"]), "url": service.url}
    page.context.add_cookies([ended])  # type: ignore[list-item] # the library's own type is a private one
    page.goto("/monitoring/dashboard")
    page.wait_for_url("**/monitoring/login", timeout=15_000)


def test_the_cookie_is_out_of_reach_and_logging_out_ends_it(page: Page, service: Service) -> None:
    log_in(page, service.key)
    (cookie,) = page.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    assert page.evaluate("document.cookie") == ""
    page.click("text=Log out")
    expect(page).to_have_title("Log in · blacklist")
    assert page.context.cookies() == []


def test_a_revoked_key_leads_an_open_page_to_the_login(page: Page, service: Service) -> None:
    key = make_key(service.data, "dashboard")
    page.wait_for_timeout(300)
    log_in(page, key)
    store = SqliteKeyStore(service.data / "keys.sqlite3")
    store.revoke(key[4:16], 1)
    store.close()
    page.wait_for_url("**/monitoring/login", timeout=15_000)


def test_a_browser_asks_its_user_for_a_key_where_the_contract_is_and_a_login_comes_before_that_key(
    chromium: Browser, service: Service
) -> None:
    reader, watcher = make_key(service.data, "lists"), make_key(service.data, "dashboard")
    typed = {"username": reader[4:16], "password": reader}
    with chromium.new_context(base_url=service.url, http_credentials=typed) as context:  # type: ignore[arg-type] # a private type
        page = context.new_page()
        asked = page.goto("/api/v1/listings")
        assert asked is not None
        assert asked.status == 401  # what a page asks for in the background must never make the browser ask
        for path in ("/openapi.json", "/docs"):
            answer = page.goto(path)
            assert answer is not None
            assert answer.status == 200, path
        expect(page.locator("h1")).to_have_text("The lookup API")
        log_in(page, watcher)  # the browser sends the other key to every path by now
        store = SqliteKeyStore(service.data / "keys.sqlite3")
        store.revoke(watcher[4:16], 1)
        store.close()
        page.wait_for_url("**/monitoring/login", timeout=15_000)


def test_when_the_server_is_gone_everything_turns_unknown(chromium: Browser, tmp_path: Path) -> None:
    fill(tmp_path, entries={"192.0.2.1": None})
    with serving(tmp_path) as service, chromium.new_context(base_url=service.url) as context:
        page = context.new_page()
        log_in(page, service.key)
        service.process.kill()
        expect(page.locator("#now h2")).to_have_text("Unknown", timeout=15_000)
        expect(page.locator("#now p")).to_contain_text("No figure has come since ")
        assert page.locator(".fig .void").all_inner_texts() == ["Unknown"] * 4
        expect(page.locator("#live")).to_contain_text("Nothing heard since")
