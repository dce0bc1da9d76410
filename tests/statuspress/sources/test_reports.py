"""Reports as their tools write them, cut short, empty, forged and full of wrong numbers."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from statuspress.config import Config
from statuspress.core.evidence import Dossier, Evidence, Gap
from statuspress.settings.reports import ReportsSettings
from statuspress.sources.bandit import read_bandit
from statuspress.sources.collector import collect
from statuspress.sources.coverage import read_coverage_json, read_coverage_xml
from statuspress.sources.junit import read_junit
from statuspress.sources.pip_audit import read_pip_audit
from statuspress.sources.report import ReportError

NOW = datetime(2031, 3, 18, 14, 2, tzinfo=UTC)

JUNIT = b"""<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests">
<testsuite errors="1" failures="2" skipped="3" tests="20" time="12.5" timestamp="2031-03-17T10:00:00+00:00">
<testcase classname="a" name="b" time="0.1"/></testsuite></testsuites>"""
COVERAGE = json.dumps(
    {
        "meta": {"format": 3, "timestamp": "2031-03-17T10:00:00+00:00"},
        "totals": {"covered_lines": 942, "num_statements": 1000, "percent_covered": 91.0, "num_branches": 50},
    }
).encode()
COVERAGE_XML = b'<coverage version="7" timestamp="1931508000000" lines-valid="400" lines-covered="399" line-rate="1"/>'
BANDIT = json.dumps(
    {
        "errors": [{"filename": "a.py", "reason": "syntax error"}],
        "generated_at": "2031-03-17T10:00:00Z",
        "metrics": {"_totals": {"SEVERITY.HIGH": 1, "SEVERITY.MEDIUM": 2, "SEVERITY.LOW": 3, "loc": 500}},
        "results": [],
    }
).encode()
AUDIT = json.dumps(
    {
        "dependencies": [
            {"name": "one", "version": "1", "vulns": []},
            {"name": "two", "version": "2", "vulns": [{"id": "PYSEC-0"}, {"id": "PYSEC-1"}]},
            {"name": "three", "skip_reason": "not found"},
        ],
        "fixes": [],
    }
).encode()
BOMB = b'<!DOCTYPE a [<!ENTITY x "y"><!ENTITY z "&x;&x;&x;">]><coverage>&z;</coverage>'
OUTSIDE = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><testsuites>&x;</testsuites>'


@pytest.fixture
def read(configure: Callable[..., Config], tmp_path: Path) -> Callable[..., Dossier]:
    """Collects from a folder with those files."""

    def run(**files: bytes) -> Dossier:
        folder = tmp_path / "reports"
        folder.mkdir(exist_ok=True)
        for name, raw in files.items():
            (folder / name.replace("__", "-").replace("_", ".")).write_bytes(raw)
        config = replace(configure("http://127.0.0.1:9"), sources={"reports": ReportsSettings(folder=folder)})
        return asyncio.run(collect(config, NOW, lambda _: None))

    return run


def test_all_reports_give_their_figures_as_records_of_their_own_time(read: Callable[..., Dossier]) -> None:
    dossier = read(junit_xml=JUNIT, coverage_json=COVERAGE, bandit_json=BANDIT, pip__audit_json=AUDIT)
    values = {item.id: item.value for item in dossier if isinstance(item, Evidence)}
    assert values == {
        "tests.total": 20,
        "tests.passed": 14,
        "tests.failed": 3,
        "tests.skipped": 3,
        "tests.duration": 12.5,
        "coverage.lines": pytest.approx(94.2),
        "bandit.high": 1,
        "bandit.medium": 2,
        "bandit.low": 3,
        "bandit.unread": 1,
        "bandit.lines": 500,
        "audit.vulnerable": 1,
        "audit.packages": 2,
        "audit.skipped": 1,
    }
    tests = dossier.items["tests.total"]
    assert isinstance(tests, Evidence)
    assert tests.collected_at == datetime(2031, 3, 17, 10, tzinfo=UTC)
    assert tests.valid_for is None


def test_a_report_without_a_time_has_that_of_its_file(read: Callable[..., Dossier], tmp_path: Path) -> None:
    read(pip__audit_json=AUDIT)
    written = NOW - timedelta(days=3)
    os.utime(tmp_path / "reports/pip-audit.json", (written.timestamp(), written.timestamp()))
    item = read().items["audit.vulnerable"]
    assert isinstance(item, Evidence)
    assert item.collected_at == written


def test_a_missing_report_is_a_gap_that_names_the_file(read: Callable[..., Dossier]) -> None:
    dossier = read(junit_xml=JUNIT)
    gap = dossier.items["coverage.lines"]
    assert isinstance(gap, Gap)
    assert gap.reason == "There is no coverage.json or coverage.xml in reports/."
    assert isinstance(dossier.items["tests.total"], Evidence)


def test_a_report_from_the_future_is_a_gap(read: Callable[..., Dossier]) -> None:
    gap = read(bandit_json=BANDIT.replace(b"2031-03-17", b"2031-03-19")).items["bandit.high"]
    assert isinstance(gap, Gap)
    assert gap.reason == "bandit.json is not usable: Its time, 2031-03-19 10:00 UTC, lies ahead."


def test_lines_alone_are_counted_in_xml_too_and_not_its_rounded_rate() -> None:
    reading = read_coverage_xml(COVERAGE_XML)
    assert reading.figures["coverage.lines"] == (99.75, "%")
    assert reading.at == datetime(2031, 3, 17, 10, tzinfo=UTC)


def test_an_audit_that_skipped_everything_knows_nothing() -> None:
    raw = json.dumps({"dependencies": [{"name": "one", "skip_reason": "not found"}]}).encode()
    with pytest.raises(ReportError, match="audited no package and skipped 1"):
        read_pip_audit(raw)


def test_the_older_list_of_pip_audit_is_read() -> None:
    raw = json.dumps([{"name": "one", "version": "1", "vulns": [{"id": "PYSEC-0"}]}]).encode()
    assert read_pip_audit(raw).figures["audit.vulnerable"] == (1, "{package}")


@pytest.mark.parametrize(
    ("reader", "raw", "reason"),
    [
        (read_junit, b"", "not XML"),
        (read_junit, JUNIT[:150], "not XML"),
        (read_junit, b"<html/>", "root is <html>"),
        (read_junit, b"<testsuites/>", "No test ran"),
        (read_junit, JUNIT.replace(b'tests="20"', b'tests="-20"'), "negative"),
        (read_junit, JUNIT.replace(b'tests="20"', b'tests="2"'), "more failed and skipped tests"),
        (read_junit, JUNIT.replace(b'tests="20"', b""), "has no tests"),
        (read_junit, JUNIT.replace(b'time="12.5"', b'time="nan"'), "not a measurement"),
        (read_junit, OUTSIDE, "not XML"),
        (read_coverage_xml, BOMB, "not XML"),
        (read_coverage_xml, b"<testsuites/>", "root is <testsuites>"),
        (read_coverage_xml, b"<coverage/>", "has no lines-covered"),
        (read_coverage_xml, COVERAGE_XML.replace(b'"400"', b'"0"'), "measured no line"),
        (read_coverage_xml, COVERAGE_XML.replace(b'"400"', b'"398"'), "more covered lines"),
        (read_coverage_json, b"<html>", "not the JSON report"),
        (read_coverage_json, b"[]", "not the JSON report"),
        (read_coverage_json, b'{"totals": {}}', "not the JSON report"),
        (read_coverage_json, COVERAGE.replace(b"942", b"NaN"), "not a measurement"),
        (read_coverage_json, COVERAGE.replace(b"942", b"1e400"), "not a measurement"),
        (read_coverage_json, COVERAGE.replace(b"942", b'"' + b"9" * 5000 + b'"'), "not a measurement"),
        (read_bandit, b"{", "not JSON"),
        (read_bandit, b"{}", "not the JSON report"),
        (read_bandit, BANDIT.replace(b'"loc": 500', b'"loc": 0'), "scanned no line"),
        (read_bandit, BANDIT.replace(b'"SEVERITY.HIGH": 1', b'"SEVERITY.HIGH": "x"'), "is not a number"),
        (read_pip_audit, b"{}", "not the JSON report"),
        (read_pip_audit, b"null", "not the JSON report"),
        (read_pip_audit, b'{"dependencies": [{"name": "one"}]}', "not the JSON report"),
        (read_pip_audit, b'{"dependencies": []}', "audited no package"),
    ],
)
def test_a_broken_report_is_refused_with_its_reason(reader: Callable[[bytes], object], raw: bytes, reason: str) -> None:
    with pytest.raises(ReportError, match=reason):
        reader(raw)


def test_a_broken_report_is_a_gap_and_the_others_are_read(read: Callable[..., Dossier]) -> None:
    dossier = read(junit_xml=JUNIT[:150], bandit_json=BANDIT, coverage_xml=COVERAGE_XML)
    gap = dossier.items["tests.failed"]
    assert isinstance(gap, Gap)
    assert gap.reason == "junit.xml is not usable: It is not XML."
    assert isinstance(dossier.items["bandit.high"], Evidence)
    assert isinstance(dossier.items["coverage.lines"], Evidence)
