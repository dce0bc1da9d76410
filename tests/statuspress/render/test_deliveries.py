"""The DORA figures: from a log that a source brought home, unknown where it cannot tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from statuspress.core.deployment import Deployment, dump_deployments
from statuspress.core.dora import Impairment
from statuspress.core.evidence import Dossier, Evidence, Gap, Value
from statuspress.core.report import Report
from statuspress.render.deliveries import IDS, deliveries
from statuspress.render.texts import load_texts

TEXTS = load_texts(Path(__file__).parents[3] / "site/i18n/en.toml")
HOUR = timedelta(hours=1)


def figures(report: Report, source: str, log: str, *impairments: Impairment) -> dict[str, Value | None]:
    item = Evidence(f"{source}.deployments.log", "Log", log, "", source, "asked", report.now, HOUR, "0" * 64)
    changed = replace(report, dossier=Dossier(report.now, {item.id: item}), impairments=impairments)
    found = [one.item for one in deliveries(changed, TEXTS)]
    assert tuple(item.id for item in found) == IDS
    return {item.id.partition(".")[2]: None if isinstance(item, Gap) else item.value for item in found}


def log(now: datetime, *, fails: bool = True) -> str:
    commits = [now - 10 * HOUR, None, now - 5 * HOUR]
    return dump_deployments(
        Deployment(now - hours * HOUR, not (fails and hours == 6), f"rev{hours}", committed=at)
        for hours, at in zip((8, 6, 3), commits, strict=True)
    )


def test_the_log_of_github_tells_all_that_it_can(report: Report) -> None:
    assert figures(report, "github", log(report.now)) == {
        "lead_time": 7200.0,
        "frequency": pytest.approx(2 * 7 / 90, abs=1e-4),
        "recovery_time": 3 * 3600.0,
        "change_fail_rate": pytest.approx(100 / 3, abs=1e-4),
        "rework_rate": None,
    }


def test_an_incident_makes_the_deployment_that_caused_it_a_failed_one(report: Report) -> None:
    told = Impairment(report.now - 3 * HOUR, report.now - HOUR, "rev3")
    found = figures(report, "github", log(report.now, fails=False), told)
    assert found["change_fail_rate"] == pytest.approx(100 / 3, abs=1e-4)
    assert found["recovery_time"] == 7200.0


def test_argo_cd_cannot_tell_how_much_failed(report: Report) -> None:
    found = figures(report, "argocd", log(report.now, fails=False))
    assert found["frequency"] == pytest.approx(3 * 7 / 90, abs=1e-4)
    assert (found["change_fail_rate"], found["recovery_time"]) == (None, None)


@pytest.mark.parametrize("text", ["", "nonsense", "2031-01-01T00:00:00Z success x - - -"])
def test_a_log_that_tells_nothing_leaves_all_unknown(report: Report, text: str) -> None:
    assert set(figures(report, "github", text).values()) == {None}


def test_without_a_log_all_are_gaps_that_say_so(report: Report) -> None:
    found = [one.item for one in deliveries(report, TEXTS)]
    assert [item.reason for item in found if isinstance(item, Gap)] == [
        "No source has brought a log of deployments home."
    ] * 5
