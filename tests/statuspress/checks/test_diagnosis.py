"""The doctor's findings: one sentence a cause, and a broken way from outside told apart from a broken service."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from statuspress.checks.diagnosis import Health, Outside, Trouble, diagnose, judge_outside
from statuspress.core.evidence import Dossier, Evidence, Gap

NOW = datetime(2031, 3, 18, 14, 2, tzinfo=UTC)
URL = "https://service.example/health"
Known = Callable[..., Dossier]


def gap(id: str, reason: str, remedy: str = "Mend it.", source: str = "one") -> Gap:
    return Gap(id, id, source, reason, NOW, remedy)


def figure(id: str, source: str = "one") -> Evidence:
    return Evidence(id, id, 1, "1", source, "asked", NOW, None, "0" * 64)


def dossier(*items: Evidence | Gap) -> Dossier:
    return Dossier(NOW, {item.id: item for item in items})


def test_a_source_is_well_partly_well_or_failed() -> None:
    found = diagnose(
        dossier(figure("a"), figure("b", "two"), gap("c", "Why.", source="two"), gap("d", "Why.", source="three")),
        ("one", "two", "three"),
    )
    assert [(one.source, one.health, one.figures) for one in found] == [
        ("one", Health.WELL, 1),
        ("two", Health.PARTLY, 1),
        ("three", Health.FAILED, 0),
    ]


def test_one_cause_is_told_once_with_all_that_it_costs() -> None:
    (one,) = diagnose(dossier(gap("a", "It refused."), gap("b", "It refused."), gap("c", "Other.")), ("one",))
    assert one.troubles == (Trouble("It refused.", "Mend it.", ("a", "b")), Trouble("Other.", "Mend it.", ("c",)))


def test_what_happens_alike_at_all_paths_of_a_system_is_told_of_the_system() -> None:
    (one,) = diagnose(
        dossier(
            gap("a", "http://one.example:80/health refused the connection."),
            gap("b", "http://one.example:80/metrics refused the connection."),
            gap("c", "http://two.example/health refused the connection."),
        ),
        ("one",),
    )
    assert [trouble.reason for trouble in one.troubles] == [
        "http://one.example:80 refused the connection.",
        "http://two.example/health refused the connection.",
    ]


def test_an_open_way_from_outside_is_no_trouble(known: Known) -> None:
    assert judge_outside(Outside(URL, 200), known(service_ready=True), NOW) is None


@pytest.mark.parametrize("status", [404, 502, 503])
def test_a_failure_outside_while_the_inside_is_ready_lies_between(known: Known, status: int) -> None:
    trouble = judge_outside(Outside(URL, status), known(service_ready=True), NOW)
    assert trouble is not None
    assert trouble.reason == (
        f"{URL} answers {status} outside. Inside, the service is ready: the fault lies in the way between."
    )
    assert "proxy or ingress" in trouble.remedy


def test_a_failure_outside_of_a_service_that_is_not_ready_is_the_service_s(known: Known) -> None:
    trouble = judge_outside(Outside(URL, 502), known(service_ready=False), NOW)
    assert trouble is not None
    assert "Inside, the service says that it is not ready." in trouble.reason
    assert trouble.remedy == "Mend the service first."


def test_with_nothing_known_inside_the_place_of_the_fault_is_not_guessed(known: Known) -> None:
    inside = Gap("service.ready", "Ready", "service", "It refused the connection.", NOW, "Start it.")
    trouble = judge_outside(Outside(URL, None, "It has no certificate.", "Check it."), known(inside), NOW)
    assert trouble == Trouble(
        "It has no certificate. Inside, nothing is known: It refused the connection.", "Check it.", ()
    )
