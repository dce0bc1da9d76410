"""Trivy's reports: counts by severity and facts of the image; nothing of a secret but its severity."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from statuspress.sources.report import ReportError
from statuspress.sources.trivy import TRIVY, TRIVY_CONFIG, read_trivy, read_trivy_config

MATCH = "a-password-in-an-image"


def report(*results: dict[str, Any], **changed: Any) -> bytes:
    """A report of an image."""
    document: dict[str, Any] = {
        "SchemaVersion": 2,
        "Trivy": {"Version": "0.70.0"},
        "CreatedAt": "2031-03-17T10:00:00.000000005Z",
        "ArtifactName": "registry.example/blacklist:1.2.3",
        "ArtifactType": "container_image",
        "Metadata": {
            "Size": 70_000_000,
            "OS": {"Family": "debian", "Name": "13.2"},
            "ImageID": "sha256:" + "1" * 64,
            "RepoDigests": ["registry.example/blacklist@sha256:" + "2" * 64],
            "ImageConfig": {"created": "2031-03-16T10:00:00Z", "config": {"User": "1001"}},
        },
        "Results": list(results),
    }
    return json.dumps(document | changed).encode()


def packages(*severities: str, fixed: str = "") -> dict[str, Any]:
    found = [{"VulnerabilityID": "CVE-0", "PkgName": "a", "Severity": severity} for severity in severities]
    if fixed:
        found[0]["FixedVersion"] = fixed
    return {"Target": "debian", "Class": "os-pkgs", "Type": "debian", "Vulnerabilities": found}


CLEAN = {"Target": "debian", "Class": "os-pkgs", "Type": "debian"}
SECRETS = {
    "Target": "/etc/settings",
    "Class": "secret",
    "Secrets": [
        {"RuleID": "r", "Severity": "CRITICAL", "Title": "A password", "Match": MATCH, "Code": {"Lines": [MATCH]}},
        {"RuleID": "r", "Severity": "LOW", "Title": "A password", "Match": MATCH},
    ],
}
CONFIG = {
    "Target": "deployment.yaml",
    "Class": "config",
    "MisconfSummary": {"Successes": 26, "Failures": 1},
    "Misconfigurations": [{"ID": "KSV-1", "Severity": "HIGH", "Status": "FAIL"}],
}


def values(raw: bytes) -> dict[str, object]:
    return {name: value for name, (value, _) in read_trivy(raw).figures.items()}


def test_vulnerabilities_are_counted_by_severity_over_all_results() -> None:
    reading = read_trivy(report(packages("CRITICAL", "HIGH", "HIGH", fixed="1.2"), packages("LOW", "NEW-WORD")))
    found = {name: value for name, (value, _) in reading.figures.items()}
    assert found == {
        "trivy.critical": 1,
        "trivy.high": 2,
        "trivy.medium": 0,
        "trivy.low": 1,
        "trivy.unknown": 1,
        "trivy.fixable": 1,
        "trivy.version": "0.70.0",
        "trivy.image.name": "registry.example/blacklist:1.2.3",
        "trivy.image.digest": "sha256:" + "2" * 64,
        "trivy.image.os": "debian 13.2",
        "trivy.image.supported": True,
        "trivy.image.size": 70_000_000,
        "trivy.image.user": "1001",
        "trivy.image.created": "2031-03-16T10:00:00Z",
    }
    assert reading.at == datetime(2031, 3, 17, 10, tzinfo=UTC)
    assert {*reading.figures, *reading.missing} == set(TRIVY.ids)


def test_a_scan_without_findings_is_zero_because_it_looked() -> None:
    assert values(report(CLEAN))["trivy.critical"] == 0


def test_no_secret_found_proves_nothing_for_trivy_does_not_say_whether_it_looked() -> None:
    reading = read_trivy(report(CLEAN))
    assert "trivy.secrets" not in reading.figures
    assert "or did not look for any" in reading.missing["trivy.secrets"]


def test_secrets_are_counted_and_what_matched_is_in_nothing_that_is_read() -> None:
    reading = read_trivy(report(CLEAN, SECRETS))
    assert reading.figures["trivy.secrets"] == (2, "{secret}")
    assert reading.figures["trivy.secrets.serious"] == (1, "{secret}")
    assert MATCH not in repr(reading)


def test_the_scan_of_a_folder_has_no_facts_of_an_image() -> None:
    reading = read_trivy(report(packages("LOW"), ArtifactType="repository"))
    assert reading.figures["trivy.low"] == (1, "{vulnerability}")
    assert set(reading.missing) >= {name for name in TRIVY.ids if name.startswith("trivy.image.")}


def test_an_image_without_a_user_runs_as_root_and_one_without_a_digest_has_its_id() -> None:
    metadata = {
        "OS": {"Family": "alpine", "Name": "3.10.2", "EOSL": True},
        "ImageID": "sha256:1",
        "ImageConfig": {"config": {}},
    }
    found = values(report(CLEAN, Metadata=metadata))
    assert found["trivy.image.user"] == "root"
    assert found["trivy.image.digest"] == "sha256:1"
    assert found["trivy.image.supported"] is False


def test_what_a_report_says_stays_text_of_one_line() -> None:
    hostile = '<script>alert("1")</script>\x1b[2J\n\u202ename'
    found = values(report(CLEAN, ArtifactName=hostile))
    assert found["trivy.image.name"] == '<script>alert("1")</script> [2J name'


def test_misconfigurations_are_those_that_failed() -> None:
    passed = {"ID": "KSV-2", "Severity": "CRITICAL", "Status": "PASS"}
    reading = read_trivy_config(report(CONFIG, CONFIG | {"Misconfigurations": [passed]}))
    assert {name: value for name, (value, _) in reading.figures.items()} == {
        "trivy.config.critical": 0,
        "trivy.config.high": 1,
        "trivy.config.medium": 0,
        "trivy.config.low": 0,
        "trivy.config.unknown": 0,
        "trivy.config.passed": 52,
    }
    assert set(reading.figures) == set(TRIVY_CONFIG.ids)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "not JSON"),
        (report(CLEAN)[:200], "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"<html>", "not JSON"),
        (b"[]", "not the JSON report"),
        (b'{"Results": []}', "not the JSON report"),
        (report(CLEAN, SchemaVersion=1), "SchemaVersion is 1"),
        (report(), "nothing was scanned"),
        (report(CLEAN, Results=None), "nothing was scanned"),
        (report(CLEAN, Results="none"), "not a list of results"),
        (report(CLEAN, Results=[7]), "not a list of results"),
        (report(CONFIG), "looked at no package"),
        (report(CLEAN | {"Class": []}), "looked at no package"),
        (report(CLEAN | {"Vulnerabilities": "none"}), "not a list of findings"),
        (report(CLEAN | {"Vulnerabilities": [None]}), "not a list of findings"),
        (report(CLEAN, Metadata={"Size": -1}), "is negative"),
        (report(CLEAN, Metadata={"Size": 1e30}), "too large"),
    ],
)
def test_a_broken_report_is_refused_with_its_reason(raw: bytes, said: str) -> None:
    with pytest.raises(ReportError, match=said):
        read_trivy(raw)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (report(CLEAN), "looked at no configuration"),
        (report(CONFIG | {"MisconfSummary": {"Successes": "many"}}), "does not count its successes"),
        (report(CONFIG | {"MisconfSummary": {}}), "does not count its successes"),
    ],
)
def test_a_broken_report_of_configuration_is_refused_with_its_reason(raw: bytes, said: str) -> None:
    with pytest.raises(ReportError, match=said):
        read_trivy_config(raw)
