"""Argo CD: an application as it is described, with parts renamed, left out or wrong, and every way to be refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from answering import Answering, Reply, answering, as_json
from argocd_answers import NAME, REVISION, application, error
from statuspress.config import Config
from statuspress.core.deployment import load_deployments
from statuspress.core.evidence import Dossier, Evidence, Gap
from statuspress.settings.argocd import ArgocdSettings

PATH = f"/api/v1/applications/{NAME}"
TOKEN = "a-token-for-tests"
LOGIN = Reply(b"<!doctype html><form action=/login>", 200, "text/html")
Ask = Callable[..., Dossier]


@pytest.fixture
def argocd() -> Iterator[Answering]:
    """An Argo CD whose application is well."""
    with answering() as server:
        server.set(PATH, as_json(application()))
        yield server


@pytest.fixture
def ask(argocd: Answering, configure: Callable[..., Config], gather: Callable[[Config], Dossier]) -> Ask:
    """Collects from it after an answer is put in place of its own, if one is given."""

    def run(reply: Reply | None = None, **settings: Any) -> Dossier:
        if reply:
            argocd.set(PATH, reply)
        section = ArgocdSettings(url=argocd.url, token=TOKEN, **settings)
        return gather(replace(configure(argocd.url), sources={"argocd": section}))

    return run


def value(dossier: Dossier, id: str) -> object:
    item = dossier.items[id]
    assert isinstance(item, Evidence), item
    return item.value


def gap(dossier: Dossier, id: str) -> Gap:
    item = dossier.items[id]
    assert isinstance(item, Gap), item
    return item


def test_an_application_that_is_well_has_no_gap(ask: Ask, argocd: Answering) -> None:
    dossier = ask()
    values = {item.id: item.value for item in dossier if isinstance(item, Evidence)}
    log = values.pop("argocd.deployments.log")
    assert values == {
        "argocd.synced": True,
        "argocd.sync": "Synced",
        "argocd.healthy": True,
        "argocd.health": "Healthy",
        "argocd.automated": True,
        "argocd.automated.sync": True,
        "argocd.automated.prune": True,
        "argocd.automated.heal": True,
        "argocd.revision": REVISION,
        "argocd.target": "main",
        "argocd.reconciled.age": 120,
        "argocd.deployments": 2,
        "argocd.deployed.age": 7320,
        "argocd.deployed.revision": REVISION,
        "argocd.deploy.duration": 120,
        "argocd.operation": "Succeeded",
        "argocd.operation.duration": 210,
        "argocd.conditions": 1,
        "argocd.conditions.errors": 0,
        "argocd.conditions.kinds": "OrphanedResourceWarning",
        "argocd.resources": 3,
        "argocd.resources.unsynced": 1,
        "argocd.resources.unhealthy": 1,
        "argocd.images": "redis:7, registry.example/blacklist:1.2.3",
    }
    assert [one.revision for one in load_deployments(str(log))] == ["a" * 40, REVISION]
    assert not [item for item in dossier if isinstance(item, Gap)]
    (asked,) = argocd.asked
    assert (asked.path, asked.key) == (PATH, TOKEN)


def test_a_figure_says_what_was_asked_and_leads_to_the_page_for_people(ask: Ask, argocd: Answering) -> None:
    item = ask().items["argocd.sync"]
    assert isinstance(item, Evidence)
    assert item.query == f"GET {argocd.url}{PATH}: .status.sync.status"
    assert item.link == f"{argocd.url}/applications/{NAME}"
    assert len(item.digest) == 64


@pytest.mark.parametrize(
    ("policy", "automatic"),
    [
        (None, (False, False, False, False)),
        ({}, (False, False, False, False)),
        ({"automated": {}}, (False, True, False, False)),
        ({"automated": {"prune": True}}, (False, True, True, False)),
        ({"automated": {"prune": True, "selfHeal": True}}, (True, True, True, True)),
        ({"automated": {"prune": True, "selfHeal": True, "enabled": True}}, (True, True, True, True)),
        ({"automated": {"prune": True, "selfHeal": True, "enabled": False}}, (False, False, False, False)),
    ],
)
def test_automation_is_what_the_policy_says_and_nothing_without_one(
    ask: Ask, policy: dict[str, Any] | None, automatic: tuple[bool, ...]
) -> None:
    document = application()
    document["spec"]["syncPolicy"] = policy
    dossier = ask(as_json(document))
    names = ("argocd.automated", "argocd.automated.sync", "argocd.automated.prune", "argocd.automated.heal")
    assert tuple(value(dossier, name) for name in names) == automatic


@pytest.mark.parametrize(
    ("status", "id", "reason"),
    [
        (
            {"sync": {"status": "Unknown"}},
            "argocd.synced",
            "Argo CD itself does not know: status.sync.status is Unknown.",
        ),
        ({"sync": {"state": "Synced"}}, "argocd.synced", "Argo CD does not say status.sync.status."),
        ({"sync": None}, "argocd.revision", "Argo CD does not say status.sync.revision."),
        ({"sync": {"status": ["Synced"]}}, "argocd.sync", "Argo CD gives status.sync.status, but not as a short text."),
        (
            {"health": {"status": "Unknown"}},
            "argocd.healthy",
            "Argo CD itself does not know: status.health.status is Unknown.",
        ),
        (
            {"health": {"status": "x" * 300}},
            "argocd.health",
            "Argo CD gives status.health.status, but not as a short text.",
        ),
        ({"history": None}, "argocd.deployed.age", "Argo CD remembers no deployment of it."),
        ({"history": "none"}, "argocd.deployments", "Argo CD gives status.history, but not as a list of objects."),
        ({"history": [7]}, "argocd.deployments", "Argo CD gives status.history, but not as a list of objects."),
        (
            {"history": [{"deployedAt": "soon"}]},
            "argocd.deployments.log",
            "Argo CD gives deployedAt, but not as a time.",
        ),
        (
            {"history": [{"deployedAt": "2031-03-18T12:00:00"}]},
            "argocd.deployed.age",
            "Argo CD gives deployedAt, but not as a time.",
        ),
        (
            {"history": [{"deployedAt": "2031-03-18T12:00:00Z"}]},
            "argocd.deploy.duration",
            "Argo CD does not say how long any of its deployments took.",
        ),
        (
            {"history": [{"deployedAt": "2031-03-18T12:00:00Z"}]},
            "argocd.deployed.revision",
            "Argo CD does not say the revision of the last deployment.",
        ),
        (
            {"operationState": {"startedAt": "2031-03-18T12:00:00Z", "finishedAt": "2031-03-18T11:00:00Z"}},
            "argocd.operation.duration",
            "Argo CD gives an operation that ended before it began.",
        ),
        ({"reconciledAt": None}, "argocd.conditions", "Argo CD does not say status.reconciledAt."),
        (
            {"reconciledAt": "0001-01-01T00:00:00+14:00"},
            "argocd.reconciled.age",
            "Argo CD gives status.reconciledAt, but no time that can be.",
        ),
        (
            {"reconciledAt": "2031-03-18T15:00:00Z"},
            "argocd.reconciled.age",
            "The time of its last look lies ahead of this machine's clock.",
        ),
        (
            {"history": [{"deployedAt": "2031-03-19T12:00:00Z"}]},
            "argocd.deployed.age",
            "The time of the last deployment lies ahead of this machine's clock.",
        ),
        ({"resources": None}, "argocd.resources.unsynced", "Argo CD lists no resource of it."),
        (
            {"summary": {"images": [1]}},
            "argocd.images",
            "Argo CD gives status.summary.images, but not as a list of short texts.",
        ),
    ],
)
def test_what_is_renamed_left_out_or_wrong_is_a_gap_and_the_rest_is_read(
    ask: Ask, status: dict[str, Any], id: str, reason: str
) -> None:
    dossier = ask(as_json(application(**status)))
    assert gap(dossier, id).reason == reason
    assert value(dossier, "argocd.automated") is True


def test_no_condition_is_none_and_not_a_gap(ask: Ask) -> None:
    dossier = ask(as_json(application(conditions=None)))
    assert (value(dossier, "argocd.conditions"), value(dossier, "argocd.conditions.kinds")) == (0, "none")


@pytest.mark.parametrize(("state", "good"), [("Progressing", False), ("Degraded", False), ("Missing", False)])
def test_an_application_that_is_not_healthy_yet_is_not_healthy(ask: Ask, state: str, good: bool) -> None:
    assert value(ask(as_json(application(health={"status": state}))), "argocd.healthy") is good


@pytest.mark.parametrize(
    ("reply", "reason", "remedy"),
    [
        (
            as_json(error(16, "no session information"), 401),
            "answered 401: the token is missing, wrong or expired.",
            "Put a valid token of Argo CD into STATUSPRESS_ARGOCD_TOKEN.",
        ),
        (
            as_json(error(7, "permission denied"), 403),
            "answered 403: the token may not read that application, or there is none of that name.",
            "Allow its account `applications, get` on blacklist, and check that name.",
        ),
        (as_json(error(5, "not found"), 404), "answered 404: there is no such application.", "Check `application`."),
        (Reply(b"<h1>Bad Gateway</h1>", 502, "text/html"), "answered 502 with a web page", "proxy"),
        (LOGIN, "answered 200 with a web page instead of JSON.", "login page"),
        (as_json([]), "answered 200 with something else instead of an application.", "Check that"),
        (as_json({"metadata": {"name": NAME}}), "instead of an application.", "Check that"),
        (as_json(application() | {"metadata": {"name": "other"}}), "another application", "Check what answers"),
    ],
)
def test_every_refusal_is_one_sentence_for_all_figures(ask: Ask, reply: Reply, reason: str, remedy: str) -> None:
    dossier = ask(reply)
    gaps = [item for item in dossier if isinstance(item, Gap)]
    assert len(gaps) == len(dossier.items) > 20
    (said,) = {item.reason for item in gaps}
    assert reason in said
    assert remedy in gaps[0].remedy


def test_html_in_a_field_stays_text(ask: Ask) -> None:
    hostile = '<img src=x onerror="alert(1)">'
    dossier = ask(as_json(application(conditions=[{"type": hostile}])))
    assert value(dossier, "argocd.conditions.kinds") == hostile


def test_the_name_of_the_application_cannot_leave_its_place_in_the_address(ask: Ask, argocd: Answering) -> None:
    dossier = ask(application="../../x?y#z")
    assert argocd.asked[0].path == "/api/v1/applications/..%2F..%2Fx%3Fy%23z"
    assert "404" in gap(dossier, "argocd.sync").reason
