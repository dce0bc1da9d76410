"""Verifying a site: a changed digit anywhere is found, sealed again or not, and by whom it was signed."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from statuspress.checks.components import parse_components
from statuspress.checks.objectives import parse_objectives
from statuspress.checks.registry import CRITERIA
from statuspress.checks.report import make_report
from statuspress.checks.thresholds import parse_thresholds
from statuspress.core.deployment import Deployment, dump_deployments
from statuspress.core.evidence import Dossier, Evidence, Gap, Value
from statuspress.core.histogram import Histogram
from statuspress.core.history import Held, Sample
from statuspress.core.past import Past
from statuspress.core.report import Project, Report
from statuspress.core.state import State
from statuspress.errors import DataError
from statuspress.render.build import build_site
from statuspress.render.machine import encode, own_digest
from statuspress.render.marks import read_marks
from statuspress.render.verify import seal_faults, verify_site

PROJECT = Path(__file__).parents[3]
NOW = datetime(2031, 3, 18, 14, 5, tzinfo=UTC)
BASE = "https://site.example/blacklist/"
EVIDENCE = "api/evidence.json"
FIGURES: dict[str, tuple[Value, str]] = {
    "service.ready": (True, ""),
    "service.health": ("ok", ""),
    "service.version": ("4.2.0", ""),
    "service.generation": (17, "1"),
    "service.uptime": (266_400, "s"),
    "service.snapshot.age": (1234, "s"),
    "service.listings": (552_310, "{listing}"),
    "service.feeds": (12, "{feed}"),
    "service.feeds.failing": (1, "{feed}"),
    "service.store.up": (True, ""),
    "service.requests": (18_412, "{request}"),
    "service.errors": (3, "{request}"),
    "service.lookup.p50": (0.00042, "s"),
    "service.lookup.p95": (0.0062, "s"),
    "service.lookup.p99": (0.0113, "s"),
    "service.memory": (92_274_688, "By"),
    "service.cpu": (41.25, "s"),
    "probe.lookup.p50": (0.0051, "s"),
    "probe.lookup.p95": (0.0312, "s"),
    "probe.lookup.count": (50, "{lookup}"),
    "probe.lookup.failed": (0, "{lookup}"),
    "tests.failed": (0, "{test}"),
    "tests.skipped": (2, "{test}"),
    "coverage.lines": (93.1, "%"),
}


def _report() -> Report:
    """A report as the command line makes it: scored and judged from evidence and history."""
    items: dict[str, Evidence | Gap] = {
        id: Evidence(id, f"Label of {id}", value, unit, "service", "asked", NOW - timedelta(minutes=3),
                     timedelta(minutes=15), "9f2c" * 16)
        for id, (value, unit) in FIGURES.items()
    }  # fmt: skip
    log = dump_deployments([Deployment(NOW - timedelta(days=n), n != 2, f"rev{n}") for n in range(1, 6)])
    items["github.deployments.log"] = Evidence(
        "github.deployments.log", "Log", log, "", "github", "asked", NOW, None, ""
    )
    items["probe.lookup.p99"] = Gap("probe.lookup.p99", "p99", "service", "It hung for 10 s.", NOW - timedelta(hours=2))
    samples = []
    for number in range(300, 0, -1):
        state = State.MAJOR if 100 < number < 110 else State.OPERATIONAL
        values: dict[str, float | None] = {
            "service.lookup.p95": 0.005 + number % 7 / 1000 if not 40 < number < 60 else None,
            "service.memory": 90_000_000 + number * 1000,
            "service.requests": 10_000 - number * 30,
            "kubernetes.memory.limit": (128 if number > 200 else 96) * 2**20,
            "service.errors": 9 - number // 40,
            "service.lookup.count": 29 * (300 - number),
        }
        counted = Histogram((0.005, 0.01), (14 * (300 - number), 28 * (300 - number), 29 * (300 - number)))
        held = {"lookup": Held(state, 900), "store": Held(State.OPERATIONAL, 900)}
        at = NOW - timedelta(minutes=5 * number - 2)
        samples.append(Sample(at, values, {"service": 900}, held, {"service.lookup.count": counted}))
    content = {name: (PROJECT / f"content/{name}.toml").read_text() for name in ("scorecard", "components", "slo")}
    return make_report(
        Dossier(NOW - timedelta(minutes=3), items),
        Past(tuple(samples)),
        parse_thresholds(content["scorecard"], "scorecard.toml", CRITERIA),
        parse_components(content["components"], "components.toml"),
        Project("blacklist", BASE, "https://code.example/blacklist", "", ""),
        NOW,
        parse_objectives(content["slo"], "slo.toml"),
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's own site, of that report."""
    out = tmp_path_factory.mktemp("built") / "site"
    build_site(_report(), root=PROJECT, out=out, base_url=BASE, strict=False)
    return out


@pytest.fixture
def site(built: Path, tmp_path: Path) -> Path:
    """A copy, to be changed at will."""
    shutil.copytree(built, tmp_path / "site")
    return tmp_path / "site"


def faults(site: Path) -> tuple[str, ...]:
    return verify_site(site, PROJECT).faults


def published(site: Path) -> dict[str, bytes]:
    return {p.relative_to(site).as_posix(): p.read_bytes() for p in sorted(site.rglob("*")) if p.is_file()}


def seal_again(site: Path, change: Callable[[Any], None] = lambda _: None) -> None:
    """What somebody would do who wants a change to stay unseen: new digests of every file, and of the evidence."""
    document = json.loads((site / EVIDENCE).read_text())
    change(document)
    document["files"] = {name: sha256((site / name).read_bytes()).hexdigest() for name in document["files"]}
    document["digest"] = own_digest(document)
    (site / EVIDENCE).write_bytes(encode(document))


def other_digit(data: bytes, place: int) -> bytes:
    digit = b"0123456789"[(data[place] - 48 + 1) % 10 :][:1]
    return data[:place] + digit + data[place + 1 :]


def test_a_site_is_as_computed(built: Path) -> None:
    verdict = verify_site(built, PROJECT)
    assert verdict.faults == ()
    assert verdict.figures > 1000
    assert verdict.files == len(published(built))


def test_one_changed_digit_in_any_file_is_found(built: Path) -> None:
    files = published(built)
    document = json.loads(files[EVIDENCE])
    tried = 0
    for name, data in files.items():
        places = [found.start() for found in re.finditer(rb"[0-9]", data)]
        for place in {places[0], places[len(places) // 2], places[-1]} if places else ():
            changed = other_digit(data, place)
            if name == EVIDENCE:
                found = list(seal_faults(json.loads(changed), files))
            else:
                found = list(seal_faults(document, files | {name: changed}))
            assert found, (name, place)
            assert found[0].startswith(f"{name}: "), (name, place)
            tried += 1
    assert tried > 60


def test_a_changed_figure_of_any_page_is_found_though_it_was_sealed_again(site: Path) -> None:
    """By its mark alone: the first digit of every element that prints a value, all at once, each named by itself."""
    changed: dict[str, int] = {}
    for path in site.rglob("*.html"):
        text = path.read_text()
        flipped, count = re.subn(
            r"(<(?:span|td)[^>]* data-(?:v|seconds|highest)=[^>]*>[^<0-9]*)([0-9])",
            lambda found: f"{found[1]}{(int(found[2]) + 1) % 10}",
            text,
        )
        path.write_text(flipped)
        changed[path.relative_to(site).as_posix()] = count
    seal_again(site)
    found = [fault for fault in faults(site) if "by its evidence it is" in fault]
    for name, count in changed.items():
        assert sum(fault.startswith(f"{name}:") for fault in found) == count, name
    assert sum(changed.values()) > 300


UNMARKED = {
    "status/index.html": r'<path class="run[^"]*" d="M(\d)',  # a drawing
    "performance/index.html": r'<path class="l l1" d="M(\d)',  # another
    "scorecard/index.html": r"Weight (\d)",
    "feed.xml": r"<updated>(\d)",
    "posts/unknown-is-a-state/index.html": r"<time[^>]*>(\d)",  # written by a person
    "api/status.json": r'"known": 0\.(\d)',
    "api/scorecard.json": r'"coverage": 0\.(\d)',
    "static/style.css": r"(\d)",
}


def test_what_no_mark_tells_of_is_found_by_making_it_again(site: Path) -> None:
    for name, pattern in UNMARKED.items():
        data = (site / name).read_bytes()
        found = re.search(pattern.encode(), data)
        assert found, name
        (site / name).write_bytes(other_digit(data, found.start(1)))
    seal_again(site)
    (site / "about/index.html").unlink()
    (site / "extra.html").write_text("<p>1</p>")
    said = faults(site)
    # The evidence now holds other digests.
    assert {fault.partition(":")[0] for fault in said} == {*UNMARKED, EVIDENCE, "about/index.html", "extra.html"}
    assert {"about/index.html: is missing", "extra.html: is not of this site"} <= set(said)


def _item(document: Any, id: str) -> Any:
    return next(item for item in [*document["items"], *document["derived"]] if item["id"] == id)


def _component(document: Any, id: str) -> Any:
    return next(one for one in document["components"] if one["id"] == id)


def test_evidence_that_was_changed_and_sealed_again_contradicts_what_follows_from_it(site: Path) -> None:
    def change(document: Any) -> None:
        _item(document, "coverage.lines").update(value=95.1)
        _item(document, "service.feeds.failing").update(value=0)
        _item(document, "component.store.state").update(value="major_outage")
        document["scorecard"].update(coverage=0.99)
        document["scorecard"]["criteria"][0].update(score=9.9)
        lookup, batch, feeds, store = (_component(document, id) for id in ("lookup", "batch", "feeds", "store"))
        lookup["availability"].update(up=1)
        batch.update(state="operational")
        store["days"][-1]["seconds"].update(major_outage=1)
        document["objectives"][0].update(left=1.0)
        document["objectives"][1]["events"].update(bad=0)
        assert feeds["state"] == "partial_outage"

    seal_again(site, change)
    found = "\n".join(faults(site))
    for place in (
        "findings[testing.coverage].score is 9.45",
        "components[feeds].state is",
        'derived[component.store.state].value is "major_outage"',
        "scorecard.coverage is 0.99",
        "scorecard.criteria[source-control].score is 9.9",
        "components[lookup].availability.up is 1;",
        'components[batch].state is "operational"',
        "components[store].availability.known is",
        "objectives[answered].left is 1.0",
        "objectives[quick].left is",
    ):
        assert place in found, place


def test_evidence_that_contradicts_nothing_but_the_pages_is_found_by_them(site: Path) -> None:
    seal_again(site, lambda d: d["series"].update({"service.memory": d["series"]["service.lookup.p95"]}))
    found = {fault.partition(":")[0] for fault in faults(site)}
    assert found == {"index.html", "ko/index.html", "performance/index.html", "ko/performance/index.html", EVIDENCE}


def test_a_mark_that_prints_a_gap_or_names_nothing_is_found(site: Path) -> None:
    path = site / "status/index.html"
    text = path.read_text().replace('data-gap="probe.lookup.p99">Unknown', 'data-v="probe.lookup.p99">3 ms')
    path.write_text(text.replace("</main>", '<span data-v="made.up">9</span></main>'))
    seal_again(site)
    found = "\n".join(faults(site))
    assert "probe.lookup.p99 is printed as '3 ms'; by its evidence it is 'Unknown'" in found
    assert "data-v='made.up' names nothing that is in the evidence" in found


def test_a_site_judged_by_other_checks_is_not_called_right(site: Path) -> None:
    seal_again(site, lambda d: d["scorecard"]["criteria"].pop())
    assert any("verify it with the version that built it" in fault for fault in faults(site))


@pytest.mark.parametrize("text", ["", "[]", "{", "7"])
def test_what_is_no_evidence_is_refused_with_its_place(site: Path, text: str) -> None:
    (site / EVIDENCE).write_text(text)
    with pytest.raises(DataError, match=r"api/evidence\.json: is n"):
        verify_site(site, PROJECT)


def test_a_folder_that_holds_no_site_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="name the folder that `statuspress build` wrote"):
        verify_site(tmp_path, PROJECT)


def test_a_document_that_lacks_a_part_is_a_fault(site: Path) -> None:
    seal_again(site, lambda d: d.pop("objectives"))
    assert "api/evidence.json: it lacks 'objectives'" in faults(site)


def test_every_figure_of_a_page_is_marked(built: Path) -> None:
    """Each mark of the ledger follows an element that says whose value it is."""
    for path in built.rglob("*.html"):
        text = path.read_text()
        records = set(re.findall(r'data-evidence="([^"]+)"', text))
        marked = {mark.of for mark in read_marks(text) if mark.kind in {"data-v", "data-gap"}}
        assert records <= marked, path


def test_a_change_of_a_limit_and_the_dora_measures_are_on_the_report(built: Path) -> None:
    page = (built / "reports/latest/index.html").read_text()
    printed = {mark.of: mark.text for mark in read_marks(page) if mark.kind in {"data-v", "data-gap"}}
    assert printed["resources.memory.limit.1"] == "128\u202fMiB before, 96\u202fMiB after"
    assert printed["resources.memory.limit.saved"] == "32\u202fMiB"
    assert printed["dora.change_fail_rate"] == "20\u202f%"
    assert printed["dora.recovery_time"] == "24\u202fh"
    assert printed["dora.rework_rate"] == "Unknown"


def test_a_row_of_a_chart_s_table_shows_its_own_stretch(built: Path) -> None:
    document = json.loads((built / EVIDENCE).read_text())
    page = read_marks((built / "performance/index.html").read_text())
    cells = [mark.text for mark in page if mark.kind == "data-highest" and mark.of.startswith("service.memory ")]
    assert len(cells) == 12
    assert len(set(cells)) > 1
    assert document["series"]["service.memory"][-1][1] / 2**20 == pytest.approx(
        float(cells[-1].split("\u202f")[0]), 0.1
    )
