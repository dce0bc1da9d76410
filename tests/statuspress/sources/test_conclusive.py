"""From answers to scores: with Argo CD, GitHub and Trivy read, their criteria are conclusive, and well or badly so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import argocd_answers
import github_answers
from answering import Answering, Reply, answering, as_json
from statuspress.checks.components import Component, assess
from statuspress.checks.registry import CRITERIA, make_scorecard
from statuspress.checks.thresholds import Thresholds, parse_thresholds
from statuspress.config import Config
from statuspress.core.evidence import Dossier
from statuspress.core.past import Past
from statuspress.core.score import CriterionScore
from statuspress.core.state import State
from statuspress.settings.argocd import ArgocdSettings
from statuspress.settings.github import GithubSettings

NOW = datetime(2031, 3, 18, 14, 2, tzinfo=UTC)
SCORECARD = Path(__file__).parents[3] / "content/scorecard.toml"
COMPONENTS = tuple(Component(id, id, "Delivery") for id in ("argocd", "runners", "pages"))
APPLICATION = f"/api/v1/applications/{argocd_answers.NAME}"


@pytest.fixture(scope="module")
def thresholds() -> Thresholds:
    """The project's own."""
    return parse_thresholds(SCORECARD.read_text(), str(SCORECARD), CRITERIA)


@pytest.fixture
def systems() -> Iterator[Answering]:
    """Argo CD and GitHub at one address, both well."""
    with answering() as server:
        github_answers.install(server)
        server.set(APPLICATION, as_json(argocd_answers.application()))
        yield server


@pytest.fixture
def read(
    systems: Answering, configure: Callable[..., Config], gather: Callable[[Config], Dossier], tmp_path: Path
) -> Callable[[], Dossier]:
    """Collects from both."""
    github = GithubSettings(
        repository=github_answers.NAME, url=systems.url, pages=f"{systems.url}/site", cache=tmp_path / "github.json"
    )
    sources = {"argocd": ArgocdSettings(url=systems.url), "github": github}
    return lambda: gather(replace(configure(systems.url), sources=sources))


def criteria(dossier: Dossier, thresholds: Thresholds) -> dict[str, CriterionScore]:
    return {one.id: one for one in make_scorecard(dossier, thresholds, NOW).criteria}


def test_all_checks_of_delivery_are_conclusive(read: Callable[[], Dossier], thresholds: Thresholds) -> None:
    dossier = read()
    found = criteria(dossier, thresholds)
    for id in ("argocd", "ci-cd", "github-pages", "runners"):
        assert found[id].coverage == 1.0, found[id]
    assert {id: found[id].score for id in ("argocd", "github-pages", "runners")} == {
        "argocd": 10.0,
        "github-pages": 10.0,
        "runners": 10.0,
    }
    # Thresholds stand where they stood: 9 minutes of 8 to 12 are 7.5, 3 of 2 to 4 are 5; two of three runs of 95 to 50.
    scores = {finding.check: finding.score for finding in found["ci-cd"].findings}
    assert scores["ci-cd.build"] == pytest.approx(7.5)
    assert scores["ci-cd.deploy"] == pytest.approx(5.0)
    assert scores["ci-cd.passed"] == pytest.approx(10 * (200 / 3 - 50) / 45)
    states = {one.id: one.state for one in assess(COMPONENTS, Past(), dossier, thresholds, NOW)}
    assert states == {"argocd": State.OPERATIONAL, "runners": State.DEGRADED, "pages": State.OPERATIONAL}


@pytest.mark.parametrize(
    ("answer", "scores"),
    [
        (as_json(github_answers.protection()), (10.0, 10.0, 10.0, 10.0, 0.0)),
        (as_json(github_answers.error("Branch not protected"), 404), (0.0,) * 5),
        (as_json(github_answers.error("Not Found"), 404), (None,) * 5),
    ],
    ids=["protected", "unprotected", "not allowed to see it"],
)
def test_each_rule_of_the_protection_is_scored_for_itself_and_never_good_unseen(
    read: Callable[[], Dossier],
    systems: Answering,
    thresholds: Thresholds,
    answer: Reply,
    scores: tuple[float | None, ...],
) -> None:
    github_answers.install(systems, {"/branches/main/protection": lambda _: answer})
    found = {one.check: one.score for one in criteria(read(), thresholds)["source-control"].findings}
    rules = ("reviewed", "tested", "history", "administrators", "signatures")
    assert tuple(found[f"source-control.{rule}"] for rule in rules) == scores


def test_what_is_bad_is_scored_so(read: Callable[[], Dossier], systems: Answering, thresholds: Thresholds) -> None:
    document = argocd_answers.application(sync={"status": "OutOfSync"}, health={"status": "Degraded"})
    document["spec"]["syncPolicy"] = {}
    systems.set(APPLICATION, as_json(document))
    github_answers.install(
        systems,
        {
            "/branches/main": github_answers.branch(protected=False),
            "/actions/runners": {"total_count": 1, "runners": [github_answers.runner(1, "offline")]},
            "/pages": github_answers.pages(status="errored", https_enforced=False),
        },
    )
    dossier = read()
    found = criteria(dossier, thresholds)
    assert {id: found[id].score for id in ("argocd", "github-pages", "runners")} == {
        "argocd": 0.0,
        "github-pages": 0.0,
        "runners": 0.0,
    }
    protected = {finding.check: finding.score for finding in found["source-control"].findings}
    assert protected["source-control.protected"] == 0.0
    states = {one.id: one.state for one in assess(COMPONENTS, Past(), dossier, thresholds, NOW)}
    assert states == {"argocd": State.PARTIAL, "runners": State.MAJOR, "pages": State.DEGRADED}


def test_systems_that_are_away_leave_their_criteria_inconclusive_and_their_components_unknown(
    read: Callable[[], Dossier], systems: Answering, thresholds: Thresholds
) -> None:
    systems.answers.clear()
    dossier = read()
    found = criteria(dossier, thresholds)
    assert {id: found[id].score for id in ("argocd", "ci-cd", "github-pages", "runners")} == dict.fromkeys(
        ("argocd", "ci-cd", "github-pages", "runners")
    )
    assert {one.state for one in assess(COMPONENTS, Past(), dossier, thresholds, NOW)} == {State.UNKNOWN}
