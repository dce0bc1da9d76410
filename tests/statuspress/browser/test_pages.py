"""Every page in a real browser: accessible, quiet, on its own, and never wider than the screen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request

pytestmark = pytest.mark.browser

WIDTHS = (360, 768, 1280)
COLOUR_RULES = ("color-contrast", "link-in-text-block")  # no other rule looks at colours


def _names(site: Path) -> list[str]:
    root = site / "blacklist"
    found = [path.relative_to(root).as_posix().removesuffix("index.html") for path in sorted(root.rglob("*.html"))]
    assert len(found) > 10
    return found


@pytest.fixture
def page(browser: Browser, now: datetime) -> Iterator[Page]:
    """A page whose clock stands a minute after the build; console messages and foreign requests fail the test."""
    with browser.new_context() as context:
        page = context.new_page()
        wrong: list[str] = []
        page.on("console", lambda message: wrong.append(message.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))

        def asked(request: Request) -> None:
            if not request.url.startswith("http://127.0.0.1:"):
                wrong.append(f"a request to {request.url}")

        page.on("request", asked)

        def failed(request: Request) -> None:
            if request.failure != "net::ERR_ABORTED":  # by leaving the page
                wrong.append(f"{request.url}: {request.failure}")

        page.on("requestfailed", failed)
        page.clock.set_fixed_time(now + timedelta(minutes=1))
        yield page
        assert wrong == []


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_breaks_a_rule_of_accessibility_or_overflows(page: Page, site: Path, address: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    axe: Any = import_module("axe_playwright_python.sync_playwright").Axe()  # it comes without types
    for name in _names(site):
        page.emulate_media(color_scheme="light")
        page.goto(address + name)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} is wider than the screen"
        coloured = width != WIDTHS[1]  # colours of the middle width are those of the wide one
        options = {"resultTypes": ["violations"], "rules": {rule: {"enabled": coloured} for rule in COLOUR_RULES}}
        _assert_clean(axe.run(page, options=options).response, f"{name} at {width} px, light")
        if width == WIDTHS[2]:
            page.emulate_media(color_scheme="dark")
            script = "rules => axe.run({ runOnly: rules, resultTypes: ['violations'] })"
            _assert_clean(page.evaluate(script, list(COLOUR_RULES)), f"{name} at {width} px, dark")


def _assert_clean(found: dict[str, Any], place: str) -> None:
    broken = [(v["id"], [node["html"][:200] for node in v["nodes"][:3]]) for v in found["violations"]]
    assert broken == [], f"{place}: {json.dumps(broken, indent=1)}"


def test_figures_and_states_turn_unknown_once_their_time_has_passed(page: Page, address: str, now: datetime) -> None:
    page.goto(address)
    value = page.locator(".fig").filter(has_text="95th percentile").locator(".val")
    assert "6.2" in value.inner_text()
    assert page.locator(".now h2").inner_text().startswith("Major outage")

    page.clock.set_fixed_time(now + timedelta(minutes=13))
    page.reload()

    assert value.inner_text().startswith("Unknown")
    assert value.locator("use").get_attribute("href") == "#d-gap"
    assert "nothing valid" in (value.locator(".ev").get_attribute("aria-label") or "")
    assert page.locator(".now h2").inner_text().startswith("Unknown")
    assert "now unknown" in (page.locator(".now").get_attribute("class") or "")
    assert not page.locator(".tally").is_visible()
    records = page.locator(".rec .val").all_inner_texts()
    assert not [words for words in records if words.endswith("ms")]


def test_an_open_page_ages_without_being_loaded_again(page: Page, address: str, now: datetime) -> None:
    page.clock.install(time=now + timedelta(minutes=1))
    page.goto(address + "status/")
    chip = page.locator("#lookup .state")
    assert chip.inner_text() == "Operational"
    assert page.locator("time[data-ago]").inner_text() == "4 minutes ago"

    page.clock.fast_forward(12 * 60 * 1000)

    assert chip.inner_text() == "Unknown"
    assert page.locator("time[data-ago]").inner_text() == "16 minutes ago"


def test_records_never_go_stale(page: Page, address: str, now: datetime) -> None:
    page.clock.set_fixed_time(now + timedelta(days=400))
    page.goto(address + "reports/latest/")
    record = page.locator('[data-evidence="tests.passed"] .val')
    assert record.inner_text().startswith("1,284")


def test_a_dial_drains_with_the_age_of_its_figure(page: Page, address: str, now: datetime) -> None:
    page.goto(address + "performance/")
    mark = page.locator("a.ev").first.locator("use")
    drawn = []
    for minutes in (-3, 2, 6, 10):
        page.clock.set_fixed_time(now + timedelta(minutes=minutes))
        page.reload()
        drawn.append(mark.get_attribute("href"))
    assert drawn == ["#d-4", "#d-3", "#d-2", "#d-1"]


def test_a_mark_opens_its_record_and_the_record_leads_back(page: Page, address: str) -> None:
    page.goto(address + "performance/")
    page.locator("a.ev").first.click()
    panel = page.locator(".rec:target")
    assert "GET http://192.0.2.10:8080/metrics: service.lookup.p50" in panel.inner_text()
    panel.locator(".close").click()
    assert page.url.endswith("#f1")
    assert page.locator(".rec:target").count() == 0


def test_the_choice_of_theme_is_kept_over_pages(page: Page, address: str) -> None:
    page.emulate_media(color_scheme="light")
    page.goto(address)
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.locator("label[for=theme-dark]").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != paper

    page.goto(address + "status/")
    assert page.locator("#theme-dark").is_checked()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != paper
    page.locator("label[for=theme-auto]").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == paper


def test_pages_can_be_read_without_a_script(browser: Browser, address: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(address)
        assert page.locator(".now time").inner_text() == "3 minutes before this page was built"
        assert "Unknown after 14:17 UTC" in page.locator(".now").inner_text()
        page.goto(address + "scorecard/#e1")
        assert page.locator("#e1").is_visible()
        assert "Overall score" in page.locator("#e1").inner_text()


def test_on_paper_the_report_shows_its_ledger_and_no_navigation(page: Page, address: str) -> None:
    page.emulate_media(media="print", color_scheme="dark")
    page.goto(address + "reports/latest/")
    assert not page.locator(".nav").is_visible()
    assert page.locator(".ledger").is_visible()
    assert page.locator("a.ev i").first.is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
