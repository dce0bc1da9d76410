"""The whole site: every figure leads to its record, every record to evidence.json, every link to a page."""

from __future__ import annotations

import gzip
import json
import posixpath
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest

from statuspress.core.component import Availability
from statuspress.core.document import load_dossier
from statuspress.core.evidence import Dossier
from statuspress.core.report import Report
from statuspress.core.score import score_card
from statuspress.render.build import BuildResult, build_site

PROJECT = Path(__file__).parents[3]
BASE = "https://site.example/blacklist/"
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class _Page(HTMLParser):
    """Tags of one page, with unclosed and repeated ones noted."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))
        self.wrong += [f"<{tag}> is not closed" for tag in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> closes another tag")

    def values(self, name: str) -> list[str]:
        return [attributes[name] for _, attributes in self.tags if name in attributes]


def _build(report: Report, out: Path, root: Path = PROJECT) -> BuildResult:
    return build_site(report, root=root, out=out, base_url=BASE, strict=True)


@pytest.fixture
def site(report: Report, tmp_path: Path) -> Path:
    """The project's own content, built from the sample report."""
    _build(report, tmp_path / "site")
    return tmp_path / "site"


def _pages(site: Path) -> Iterator[tuple[Path, _Page]]:
    found = sorted(site.rglob("*.html"))
    assert len(found) > 10
    for path in found:
        yield path, _Page(path)


def test_every_mark_leads_to_a_record_and_every_record_to_an_item_of_the_evidence(site: Path) -> None:
    document = json.loads((site / "api/evidence.json").read_text())
    items = {item["id"] for item in [*document["items"], *document["derived"]]}
    marks = 0
    for path, page in _pages(site):
        found = [attributes["href"] for tag, attributes in page.tags if attributes.get("class") == "ev"]
        records = {a["id"]: a["data-evidence"] for tag, a in page.tags if "data-evidence" in a}
        assert {mark.removeprefix("#") for mark in found} == set(records), path
        assert set(records.values()) <= items, path
        marks += len(found)
    assert marks > 150


def test_the_evidence_document_is_the_collection_without_loss(report: Report, site: Path) -> None:
    assert load_dossier(json.loads((site / "api/evidence.json").read_text())) == report.dossier


def test_inputs_of_computed_figures_are_items_too(site: Path) -> None:
    document = json.loads((site / "api/evidence.json").read_text())
    items = {item["id"] for item in [*document["items"], *document["derived"]]}
    for item in document["derived"]:
        assert set(item["inputs"]) <= items, item["id"]


def test_availability_can_be_computed_again_from_the_document(site: Path) -> None:
    document = json.loads((site / "api/evidence.json").read_text())
    derived = {item["id"]: item for item in document["derived"]}
    for component in document["components"]:
        held = component["availability"]
        known = up = 0
        for day in component["days"]:
            seconds = day["seconds"]
            known += sum(n for state, n in seconds.items() if state not in {"unknown", "under_maintenance"})
            up += sum(n for state, n in seconds.items() if state in {"operational", "degraded_performance"})
        assert (held["up"], held["known"]) == (up, known)
        share = derived[f"component.{component['id']}.availability"]["value"]
        assert share == up * 10_000 // known / 100


def test_the_overall_score_can_be_computed_again_from_the_document(site: Path) -> None:
    document = json.loads((site / "api/evidence.json").read_text())
    terms = []
    for criterion in document["scorecard"]["criteria"]:
        judged = [f for f in criterion["findings"] if f["score"] is not None]
        weight = sum(f["weight"] for f in judged)
        coverage = weight / sum(f["weight"] for f in criterion["findings"])
        score = sum(f["score"] * f["weight"] for f in judged) / weight if judged else 0
        terms.append((criterion["weight"] * coverage, score))
    overall = sum(w * s for w, s in terms) / sum(w for w, _ in terms)
    derived = {item["id"]: item for item in document["derived"]}
    assert derived["scorecard.overall"]["value"] == pytest.approx(overall, abs=1e-4)
    assert derived["scorecard.coverage"]["value"] == pytest.approx(
        100 * sum(w for w, _ in terms) / sum(c["weight"] for c in document["scorecard"]["criteria"]), abs=0.01
    )


@pytest.mark.parametrize("base", ["/", "/blacklist/"])
def test_every_link_leads_to_something_under_any_base_path(report: Report, tmp_path: Path, base: str) -> None:
    host = "https://site.example"
    site = tmp_path / "site"
    build_site(report, root=PROJECT, out=site, base_url=host + base, strict=True)
    pages = dict(_pages(site))
    ids = {path: set(page.values("id")) for path, page in pages.items()}
    for path, page in pages.items():
        address = host + base + path.relative_to(site).as_posix().removesuffix("index.html")
        for target in page.values("href") + page.values("src"):
            parts = urlsplit(urljoin(address, target))
            if parts.netloc != "site.example":
                continue
            assert parts.path.startswith(base), (path, target)
            name = posixpath.normpath(parts.path.removeprefix(base) or ".")
            file = site / name / "index.html" if parts.path.endswith("/") else site / name
            assert file.is_file(), (path, target)
            if parts.fragment and file in ids:
                assert parts.fragment in ids[file], (path, target)


def test_pages_are_well_formed_and_hold_nothing_the_policy_forbids(site: Path) -> None:
    for path, page in _pages(site):
        assert page.wrong == [], path
        ids = page.values("id")
        assert len(ids) == len(set(ids)), path
        assert page.values("style") == [], path
        assert not [tag for tag, attributes in page.tags if tag == "style"], path
        assert not [tag for tag, a in page.tags if tag == "script" and "src" not in a], path
        assert not [name for _, a in page.tags for name in a if name.startswith("on")], path
        policies = [a["content"] for _, a in page.tags if a.get("http-equiv") == "Content-Security-Policy"]
        assert len(policies) == 1
        assert "default-src 'self'" in policies[0]


def test_no_page_weighs_more_than_100_kilobytes_compressed(site: Path) -> None:
    shared = sum(len(gzip.compress(path.read_bytes())) for path in (site / "static").iterdir())
    for path in site.rglob("*.html"):
        assert len(gzip.compress(path.read_bytes())) + shared < 100_000, path


def test_a_stale_figure_is_unknown_and_its_last_value_is_nowhere_on_the_pages(site: Path) -> None:
    text = (site / "reports/latest/index.html").read_text(encoding="utf-8")
    record = re.search(r'data-evidence="service\.version">.*?</article>', text, re.DOTALL)
    assert record
    assert "The measurement is too old." in record[0]
    assert "4.2.0" not in record[0]


def test_once_everything_is_stale_no_page_shows_a_state_or_a_live_figure(report: Report, tmp_path: Path) -> None:
    later = report.now + timedelta(days=1)
    _build(replace(report, now=later), tmp_path / "site")
    status = json.loads((tmp_path / "site/api/evidence.json").read_text())
    for item in status["derived"]:
        if item["id"].endswith(".state"):
            assert "value" not in item, item["id"]


def test_a_report_of_nothing_is_a_whole_site_that_says_so(report: Report, root: Path, tmp_path: Path) -> None:
    empty = replace(
        report,
        dossier=Dossier(report.now, {}),
        scorecard=score_card(()),
        components=(),
        series={},
        project=replace(report.project, version="", commit="", repository=""),
    )
    result = build_site(empty, root=root, out=tmp_path / "site", base_url=BASE, strict=False)

    assert result.pages > 8
    assert "nothing is being watched" in (tmp_path / "site/index.html").read_text()
    text = (tmp_path / "site/reports/latest/index.html").read_text()
    assert text.count("no source of it is connected") > 10
    assert "NaN" not in text


def test_the_report_has_all_its_sections(site: Path) -> None:
    text = (site / "reports/latest/index.html").read_text()
    for words in (
        "Executive summary",
        "Scorecard",
        "Infrastructure components",
        "Argo CD",
        "Container registry",
        "Kubernetes",
        "Performance",
        "Application",
        "Infrastructure",
        "Evolution timeline",
        "Deployment flow",
        "Resource optimisation",
        "Service endpoints",
        "Known issues and solutions",
        "Operational commands",
        "Monitoring and maintenance",
        "Authentication",
        "Container",
        "Network",
        "Next steps",
        "Conclusion",
    ):
        assert re.search(rf"<h[23][^>]*>{words}</h[23]>", text), words


def test_prose_prints_figures_and_leaves_code_alone(report: Report, root: Path, tmp_path: Path) -> None:
    _build(report, tmp_path / "site", root)
    text = (tmp_path / "site/projects/case/index.html").read_text()
    body = text[text.index('<div class="body">') : text.index("</article>")]
    assert re.search(r"Lookups take <span class=\"nb\"><span data-v[^>]*>6\.2<small>", body)
    assert '<span class="void" data-gap="github.runs">Unknown</span>' in body
    assert "{{ not a shortcode }}" in re.sub(r"<[^>]+>", "", body)
    assert 'class="highlight"' in body


def test_drafts_are_not_published(report: Report, root: Path, tmp_path: Path) -> None:
    _build(report, tmp_path / "site", root)
    assert not (tmp_path / "site/posts/later").exists()
    assert "Not yet" not in "".join(path.read_text() for path in (tmp_path / "site").rglob("*.html"))


def test_two_builds_of_the_same_report_are_the_same_bytes(report: Report, tmp_path: Path) -> None:
    _build(report, tmp_path / "a")
    _build(report, tmp_path / "b")
    assert _files(tmp_path / "a") == _files(tmp_path / "b")


def test_the_output_is_the_golden_folder(report: Report, root: Path, tmp_path: Path, golden: bool) -> None:
    expected = PROJECT / "tests" / "golden" / "site"
    small = replace(
        report, components=report.components[:2], series={name: p[-9:] for name, p in report.series.items()}
    )
    out = expected if golden else tmp_path / "site"
    _build(small, out, root)
    if golden:
        shutil.rmtree(expected / "static")  # these are the files of site/static
    found, wanted = _files(out, static=False), _files(expected, static=False)
    assert sorted(found) == sorted(wanted), "pages came or went: make golden, and read the diff"
    for name in wanted:
        assert found[name].decode() == wanted[name].decode(), f"{name} changed: make golden, and read the diff"


def _files(folder: Path, *, static: bool = True) -> dict[str, bytes]:
    """Everything below a folder; `static` files are the same wherever they lie."""
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return files if static else {name: data for name, data in files.items() if not name.startswith("static/")}


def test_availability_over_too_little_time_is_unknown_and_names_the_time(
    sample: Report, root: Path, tmp_path: Path
) -> None:
    held = Availability(up=7200, known=7200, period=90 * 86_400)
    components = tuple(replace(component, availability=held) for component in sample.components)
    build_site(replace(sample, components=components), root=root, out=tmp_path / "out", base_url=BASE, strict=False)
    for page in ("index.html", "status/index.html"):
        text = (tmp_path / "out" / page).read_text()
        assert "Measured for 2 hours of 90 days: below 1 %, so no availability is given." in text
        assert f'data-v="component.{components[0].id}.availability"' not in text
