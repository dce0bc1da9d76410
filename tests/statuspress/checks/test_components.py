"""Components: each state, from the evidence that leads to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from statuspress.checks.components import Component, assess, held_states, parse_components
from statuspress.checks.rules import RULES
from statuspress.checks.thresholds import Thresholds
from statuspress.core.component import ComponentStatus
from statuspress.core.evidence import Dossier, Gap, Value
from statuspress.core.history import Held, Sample
from statuspress.core.past import Past
from statuspress.core.state import State
from statuspress.errors import ContentError

NOW = datetime(2031, 3, 18, 14, 2, tzinfo=UTC)
CONTENT = Path(__file__).parents[3] / "content"
WELL: dict[str, Value] = {
    "service_ready": True,
    "probe_lookup_count": 50,
    "probe_lookup_failed": 0,
    "probe_lookup_p95": 0.004,
    "probe_batch_ok": True,
    "service_feeds": 4,
    "service_feeds_failing": 0,
    "service_snapshot_age": 600,
    "service_store_up": True,
    "registry_tag": "v1.2.3",
    "registry_digest": "sha256:12",
    "argocd_healthy": True,
    "argocd_health": "Healthy",
    "argocd_synced": True,
    "github_runners": 3,
    "github_runners_online": 3,
    "github_pages_answers": True,
    "github_pages_built": True,
    "blackbox_up": True,
    "blackbox_status": 200,
}
Known = Callable[..., Dossier]
Judge = Callable[..., ComponentStatus]


@pytest.fixture
def judge(known: Known, thresholds: Thresholds) -> Judge:
    """Judges one component with everything well but for what is changed."""

    def run(id: str, now: datetime = NOW, **changed: Value) -> ComponentStatus:
        return assess([Component(id, id, "group")], Past(), known(**(WELL | changed)), thresholds, now)[0]

    return run


@pytest.mark.parametrize(
    ("id", "changed", "state", "reason"),
    [
        ("lookup", {}, State.OPERATIONAL, "All of 50 lookups were answered."),
        ("lookup", {"service_ready": False}, State.MAJOR, "The service says that it is not ready."),
        ("lookup", {"probe_lookup_failed": 50}, State.MAJOR, "All of 50 lookups failed."),
        ("lookup", {"probe_lookup_failed": 1}, State.PARTIAL, "1 of 50 lookups failed."),
        ("lookup", {"probe_lookup_p95": 0.06}, State.DEGRADED, "Lookups are slow: 95 of 100 take up to 60\u202fms."),
        ("batch", {}, State.OPERATIONAL, "A batch was answered with its verdicts."),
        ("batch", {"probe_batch_ok": False}, State.MAJOR, "A batch was not answered with its verdicts."),
        ("batch", {"service_ready": False}, State.MAJOR, "The service says that it is not ready."),
        ("feeds", {}, State.OPERATIONAL, "All of 4 feeds were imported."),
        ("feeds", {"service_feeds_failing": 1}, State.PARTIAL, "Of 4 feeds, 1 failed or quarantined."),
        ("feeds", {"service_feeds_failing": 4}, State.MAJOR, "None of 4 feeds imports."),
        ("feeds", {"service_feeds": 0}, State.MAJOR, "No feed has been imported."),
        ("feeds", {"service_snapshot_age": 172_800}, State.DEGRADED, "The snapshot is 2\u202fd old."),
        ("store", {}, State.OPERATIONAL, "The store answers."),
        ("store", {"service_store_up": False}, State.MAJOR, "The store does not answer; lookups go on from memory."),
        ("external", {}, State.OPERATIONAL, "The address outside answers."),
        (
            "external",
            {"blackbox_up": False, "blackbox_status": 502},
            State.MAJOR,
            "The address outside answers 502, while the service inside is ready: the way between is broken.",
        ),
        (
            "external",
            {"blackbox_up": False, "blackbox_status": 503, "service_ready": False},
            State.MAJOR,
            "The address outside answers 503, and the service inside is not ready.",
        ),
        ("argocd", {}, State.OPERATIONAL, "The application is healthy and in sync."),
        (
            "argocd",
            {"argocd_healthy": False, "argocd_health": "Degraded"},
            State.PARTIAL,
            "Argo CD finds the application degraded.",
        ),
        (
            "argocd",
            {"argocd_synced": False},
            State.DEGRADED,
            "The cluster runs something else than the repository says.",
        ),
        ("registry", {}, State.OPERATIONAL, "The registry serves v1.2.3."),
        ("runners", {}, State.OPERATIONAL, "All of 3 runners are online."),
        ("runners", {"github_runners_online": 2}, State.DEGRADED, "Of 3 runners, 2 are online."),
        ("runners", {"github_runners_online": 0}, State.MAJOR, "None of 3 runners is online."),
        ("runners", {"github_runners": 0, "github_runners_online": 0}, State.MAJOR, "There is no runner."),
        ("pages", {}, State.OPERATIONAL, "The published site answers."),
        ("pages", {"github_pages_answers": False}, State.MAJOR, "The published site does not answer."),
        (
            "pages",
            {"github_pages_built": False},
            State.DEGRADED,
            "The last build of the site failed; the one before is served.",
        ),
    ],
)
def test_a_state_follows_from_evidence(
    judge: Judge, id: str, changed: dict[str, Value], state: State, reason: str
) -> None:
    status = judge(id, **changed)
    assert (status.state, status.reason) == (state, reason)
    assert (status.valid_until is None) == (state is State.UNKNOWN)
    assert status.evidence


def test_a_prober_without_answers_leaves_the_component_unknown_and_not_down(
    known: Known, thresholds: Thresholds
) -> None:
    gap = Gap("service.ready", "Answers lookups", "service", "It refused the connection.", NOW)
    status = assess([Component("lookup", "Lookup", "")], Past(), known(gap), thresholds, NOW)[0]
    assert (status.state, status.reason) == (State.UNKNOWN, "It refused the connection.")


def test_a_state_is_unknown_from_the_instant_its_evidence_is_stale(judge: Judge) -> None:
    status = judge("store")
    assert status.valid_until == NOW + timedelta(minutes=15)
    later = judge("store", now=status.valid_until)
    assert (later.state, later.reason) == (State.UNKNOWN, "The measurement is too old.")


def test_history_keeps_a_state_as_long_as_it_may_be_believed(judge: Judge) -> None:
    assert held_states([judge("store"), judge("feeds", service_feeds="some")], NOW) == {
        "store": Held(State.OPERATIONAL, 900),
        "feeds": Held(State.UNKNOWN, 0),
    }


def test_days_and_availability_come_from_samples(known: Known, thresholds: Thresholds) -> None:
    samples = [
        Sample(NOW - timedelta(hours=2), {}, {}, {"store": Held(State.OPERATIONAL, 900)}),
        Sample(NOW - timedelta(hours=1), {}, {}, {"store": Held(State.MAJOR, 100)}),
    ]
    status = assess([Component("store", "Store", "")], Past(tuple(samples)), known(), thresholds, NOW)[0]
    assert len(status.days) == 90
    assert status.days[-1].seconds == {State.OPERATIONAL: 900, State.MAJOR: 100}
    assert status.availability.share == 0.9
    assert status.availability.period == 89 * 86_400 + 14 * 3600 + 120


def test_the_project_s_own_components_are_read() -> None:
    path = CONTENT / "components.toml"
    components = parse_components(path.read_text(), str(path))
    assert [component.id for component in components] == list(RULES)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[[component]]\nid = "lookup"\nname = "L"\n', "components.toml:1: component.0.group is missing"),
        (
            '[[component]]\nid = "look"\nname = "L"\ngroup = "G"\n',
            "components.toml:2: no rule judges 'look'; known: lookup",
        ),
        ('[component]\nid = "lookup"\n', "components.toml:1: component must be written as [[component]]"),
        ('[[components]]\nid = "lookup"\n', "components.toml:1: unknown key components; did you mean component?"),
        (
            '[[component]]\nid = "store"\nname = "L"\ngroup = "G"\n' * 2,
            "components.toml:6: 'store' is named twice",
        ),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(ContentError) as caught:
        parse_components(text, "components.toml")
    assert str(caught.value).startswith(message)


def test_a_maintained_component_is_kept_as_such_whatever_was_measured(known: Known, thresholds: Thresholds) -> None:
    statuses = assess(
        [Component("store", "Store", ""), Component("lookup", "Lookup", "")],
        Past(),
        known(service_store_up=False),
        thresholds,
        NOW,
    )
    held = held_states(statuses, NOW, {"store", "lookup"}, timedelta(minutes=10))
    assert statuses[0].state is State.MAJOR
    assert held == {"store": Held(State.MAINTENANCE, 1800), "lookup": Held(State.MAINTENANCE, 1800)}
    assert held_states(statuses, NOW)["store"].state is State.MAJOR
