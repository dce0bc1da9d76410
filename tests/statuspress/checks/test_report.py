"""The report: what is put together, and that nothing is put in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from statuspress.checks.components import Component
from statuspress.checks.report import SERIES, make_report
from statuspress.checks.thresholds import Thresholds
from statuspress.core.evidence import Dossier
from statuspress.core.history import Sample
from statuspress.core.past import Past
from statuspress.core.report import Point, Project
from statuspress.core.state import State
from statuspress.sources.registry import SOURCES

NOW = datetime(2031, 3, 18, 14, 2, tzinfo=UTC)
PROJECT = Project("blacklist", "https://example.org/", "https://example.org/r", "", "")
COMPONENTS = [Component("lookup", "Lookup API", "Service")]
Known = Callable[..., Dossier]


def test_without_a_collection_everything_is_unknown(thresholds: Thresholds) -> None:
    report = make_report(Dossier(NOW, {}), Past(), thresholds, COMPONENTS, PROJECT, NOW)
    assert report.project == PROJECT
    assert report.scorecard.overall is None
    assert [status.state for status in report.components] == [State.UNKNOWN]
    assert report.components[0].availability.known == 0
    assert report.series == {}


def test_the_deployed_version_is_the_service_s_own(known: Known, thresholds: Thresholds) -> None:
    dossier = known(service_version="1.2.3", git_version="1.2.4", git_commit="c0ffee")
    project = make_report(dossier, Past(), thresholds, COMPONENTS, PROJECT, NOW).project
    assert (project.version, project.commit) == ("1.2.3", "")


def test_the_commit_is_given_while_the_repository_has_the_deployed_version(
    known: Known, thresholds: Thresholds
) -> None:
    dossier = known(service_version="1.2.3", git_version="1.2.3", git_commit="c0ffee")
    assert make_report(dossier, Past(), thresholds, COMPONENTS, PROJECT, NOW).project.commit == "c0ffee"
    stale = NOW + timedelta(days=1)
    assert make_report(dossier, Past(), thresholds, COMPONENTS, PROJECT, stale).project.version == ""


def test_series_are_those_that_history_has_within_their_days(thresholds: Thresholds) -> None:
    old = Sample(NOW - timedelta(days=31), {"probe.lookup.p95": 1.0}, {"probe": 900}, {})
    new = Sample(NOW - timedelta(minutes=5), {"probe.lookup.p95": None, "service.memory": 7.0}, {"service": 900}, {})
    report = make_report(Dossier(NOW, {}), Past((old, new)), thresholds, COMPONENTS, PROJECT, NOW)
    assert report.series == {
        "probe.lookup.p95": (Point(new.at, None),),
        "service.memory": (Point(new.at, 7.0),),
    }


def test_every_series_is_one_that_a_source_reports() -> None:
    assert set(SERIES) <= {id for source in SOURCES for id in source.ids}
