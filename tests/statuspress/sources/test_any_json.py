"""Whatever JSON another system writes: its readers give figures or say why not, and never fall over."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import argocd_answers
import github_answers
from statuspress.core.number import NumberError
from statuspress.sources import github_figures as figures
from statuspress.sources import github_resources as resources
from statuspress.sources.argocd_application import application_figures
from statuspress.sources.cyclonedx import read_cyclonedx
from statuspress.sources.fields import Fields, each
from statuspress.sources.figure import Figure
from statuspress.sources.github_pipeline import pipeline_figures, read_pipeline, read_runs, run_figures
from statuspress.sources.interface import Unavailable
from statuspress.sources.projection import project
from statuspress.sources.report import Reading, ReportError
from statuspress.sources.trivy import read_trivy, read_trivy_config

NOW = datetime(2031, 3, 18, 14, 2, tzinfo=UTC)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["2031-03-18T12:00:00Z", "0001-01-01T00:00:00+23:59", "success", "completed", "Synced", "FAIL"])
)
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)
DOCUMENTS = github_answers.documents()
TRIVY = {
    "SchemaVersion": 2,
    "ArtifactType": "container_image",
    "Metadata": {"OS": {"Family": "a"}, "Size": 1, "RepoDigests": ["a@b"], "ImageConfig": {"config": {"User": "1"}}},
    "Results": [
        {
            "Class": "os-pkgs",
            "Vulnerabilities": [{"Severity": "LOW", "FixedVersion": "1"}],
            "Secrets": [{"Severity": "LOW"}],
        },
        {"Class": "config", "MisconfSummary": {"Successes": 1}, "Misconfigurations": [{"Severity": "LOW"}]},
    ],
}
BOM = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "metadata": {"timestamp": "2031-03-18T12:00:00Z", "tools": {"components": [{"name": "a", "version": "1"}]}},
    "components": [{"name": "a", "licenses": [{}], "purl": "pkg:a", "components": [{"name": "b"}]}],
}


def spoilt(document: Any, data: st.DataObject) -> Any:
    """The document with something else in one place of it."""
    place = document
    while isinstance(place, dict | list) and place:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        inner: Any = place[key]
        if not isinstance(inner, dict | list) or not inner or data.draw(st.booleans()):
            place[key] = data.draw(JSON)
            return document
        place = inner
    return document


def read_all(table: Mapping[str, Figure]) -> None:
    for figure in table.values():
        with suppress(Unavailable, NumberError):
            value = figure.read()
            assert isinstance(value, str | bool) or (math.isfinite(value) and value >= 0)


@given(st.data())
def test_an_application_spoilt_anywhere_is_read_as_far_as_it_goes(data: st.DataObject) -> None:
    read_all(application_figures(Fields("Argo CD", spoilt(argocd_answers.application(), data)), NOW))


def _runs(document: Any) -> None:
    runs = read_runs(each("GitHub", document.get("workflow_runs") if isinstance(document, dict) else None, "runs"))
    read_all(run_figures(runs))


def _jobs(document: Any) -> None:
    (run,) = read_runs([Fields("GitHub", github_answers.run(1, "success"))])
    jobs = document.get("jobs") if isinstance(document, dict) else None
    read_all(pipeline_figures([read_pipeline(run, each("GitHub", jobs, "jobs"))], "deploy.yml"))


def _runners(document: Any) -> None:
    runners = document.get("runners") if isinstance(document, dict) else None
    read_all(figures.runner_figures(list(each("GitHub", runners, "runners"))))


@pytest.mark.parametrize(
    ("path", "shape", "read"),
    [
        ("/branches/main", resources.branch("main").shape, lambda d: read_all(figures.branch_figures(Fields("", d)))),
        (
            "/branches/main/protection",
            resources.protection("main").shape,
            lambda d: read_all(figures.protection_figures(Fields("", d))),
        ),
        ("/actions/runs", resources.runs("main", "").shape, _runs),
        ("/actions/runs/1/jobs", resources.jobs(1).shape, _jobs),
        (
            "/releases",
            resources.RELEASES.shape,
            lambda d: read_all(figures.release_figures(list(each("", d, "")), NOW)),
        ),
        ("/pages", resources.PAGES.shape, lambda d: read_all(figures.pages_figures(Fields("", d)))),
        ("/actions/runners", resources.RUNNERS.shape, _runners),
        ("/pulls", resources.PULLS.shape, lambda d: read_all(figures.pull_figures(list(each("", d, "")), NOW))),
    ],
)
def test_an_answer_of_github_spoilt_anywhere_is_read_as_far_as_it_goes(
    path: str, shape: Mapping[str, Any], read: Callable[[Any], None]
) -> None:
    @given(st.data())
    def check(data: st.DataObject) -> None:
        kept = project(json.loads(json.dumps(DOCUMENTS[path])), shape)
        with suppress(Unavailable):
            read(project(spoilt(kept, data), shape))

    check()


@pytest.mark.parametrize(
    ("document", "reader"), [(TRIVY, read_trivy), (TRIVY, read_trivy_config), (BOM, read_cyclonedx)]
)
def test_a_report_spoilt_anywhere_is_read_or_refused(document: Any, reader: Callable[[bytes], Reading]) -> None:
    @given(st.data())
    def check(data: st.DataObject) -> None:
        raw = json.dumps(spoilt(json.loads(json.dumps(document)), data)).encode()
        with suppress(ReportError):
            values = [value for value, _ in reader(raw).figures.values()]
            assert all(isinstance(value, str | bool) or (math.isfinite(value) and value >= 0) for value in values)

    check()
