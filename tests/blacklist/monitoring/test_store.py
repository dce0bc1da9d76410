"""The live page of a server on a shared store: whether it follows, who imports, and what happens without the store."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from clustered import clustered
from running import Service, fill, serving

pytestmark = pytest.mark.browser


def opened(chromium: Browser, service: Service) -> Page:
    page = chromium.new_page(base_url=service.url, extra_http_headers={"x-api-key": service.key})
    page.goto("/monitoring/dashboard")
    expect(page.locator("#live")).to_contain_text("Live, ")
    return page


def test_a_server_on_a_shared_store_tells_its_store_its_lag_and_its_copies(chromium: Browser, tmp_path: Path) -> None:
    with clustered(tmp_path) as cluster:
        service = cluster.serve("one")
        page = opened(chromium, service)
        rows = page.locator("#store tr")
        expect(rows).to_have_count(4)
        expect(rows.nth(0)).to_contain_text("Redis, shared")
        expect(rows.nth(0)).to_contain_text("Answers")
        expect(rows.nth(1)).to_contain_text("Follows")
        expect(rows.nth(1)).to_contain_text("0 generations behind")
        expect(rows.nth(2)).to_contain_text("changes reach no list: start blacklist import --watch")
        expect(rows.nth(3)).to_contain_text("Kept")
        cluster.redis.kill()
        expect(rows.nth(0)).to_contain_text("Away", timeout=15_000)
        expect(page.locator("#now h2")).to_have_text("Degraded")
        page.close()


def test_a_server_with_a_store_of_its_own_has_nothing_to_follow(chromium: Browser, tmp_path: Path) -> None:
    fill(tmp_path, entries={"192.0.2.1": None})
    with serving(tmp_path) as service:
        page = opened(chromium, service)
        expect(page.locator("#store tr")).to_have_count(1)
        expect(page.locator("#store")).to_contain_text("SQLite, of this server")
        page.close()
