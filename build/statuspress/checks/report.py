"""The report: evidence, history and thresholds brought together at one instant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from statuspress.checks.components import Component, assess
from statuspress.checks.registry import make_scorecard
from statuspress.checks.thresholds import Thresholds
from statuspress.core.evidence import Dossier, Evidence
from statuspress.core.history import make_series
from statuspress.core.past import Past
from statuspress.core.report import Project, Report
from statuspress.core.resource_changes import IDS, changes
from statuspress.core.slo import Objective
from statuspress.core.standing import standings

SERIES = (
    "probe.lookup.p50",
    "probe.lookup.p95",
    "probe.lookup.p99",
    "probe.lookup.failed",
    "service.lookup.p50",
    "service.lookup.p95",
    "service.lookup.p99",
    "service.batch.p95",
    "service.requests",
    "service.errors",
    "service.memory",
    "service.cpu",
    "service.uptime",
    "service.entries",
    "service.listings",
    "service.feeds.failing",
    "service.snapshot.age",
    "tests.total",
    "tests.failed",
    "coverage.lines",
    "bandit.high",
    "bandit.medium",
    "audit.vulnerable",
    "git.commits.90d",
)
SERIES_DAYS = 30


def make_report(  # noqa: PLR0913, PLR0917 - everything a report is made of
    dossier: Dossier,
    past: Past,
    thresholds: Thresholds,
    components: Sequence[Component],
    project: Project,
    now: datetime,
    objectives: Sequence[Objective] = (),
) -> Report:
    """The report at `now`. The deployed version, if known, is written into the project.

    The commit is the repository's, and is given only while the repository has the version that is deployed.
    """
    recent = [sample for sample in past.samples if sample.at >= now - timedelta(days=SERIES_DAYS)]
    series = {name: make_series(recent, name, now) for name in SERIES}
    version = _text(dossier, "service.version", now)
    same = version and version == _text(dossier, "git.version", now)
    commit = _text(dossier, "git.commit", now) if same else ""
    return Report(
        now,
        replace(project, version=version, commit=commit),
        dossier,
        make_scorecard(dossier, thresholds, now),
        assess(components, past, dossier, thresholds, now),
        {name: points for name, points in series.items() if points},
        standings(objectives, past, now),
        changes=tuple(change for id in IDS for change in changes(past, id)),
    )


def _text(dossier: Dossier, id: str, now: datetime) -> str:
    found = dossier.known(id, now)
    return found.value if isinstance(found, Evidence) and isinstance(found.value, str) else ""
