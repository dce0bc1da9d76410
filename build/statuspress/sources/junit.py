"""A test run as pytest and others write it: `junit.xml`."""

from __future__ import annotations

from datetime import datetime

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from statuspress.sources.report import Reading, ReportError, ReportKind, instant, seconds, whole


def read_junit(raw: bytes) -> Reading:
    """The sums over the outermost suites, as their tool counted them; an error is a failure."""
    try:
        root = ElementTree.fromstring(raw)
    except (ElementTree.ParseError, DefusedXmlException, ValueError):
        raise ReportError("It is not XML.") from None
    if root.tag not in {"testsuites", "testsuite"}:
        raise ReportError(f"Its root is <{root.tag}>, not <testsuites>.")
    suites = [root] if root.tag == "testsuite" else root.findall("testsuite")
    total = failed = skipped = 0
    duration = 0.0
    times: list[datetime] = []
    for suite in suites:
        attributes = {"failures": "0", "errors": "0", "skipped": "0", "time": "0", **suite.attrib}
        total += whole(attributes, "tests", "a <testsuite>")
        failed += whole(attributes, "failures", "a <testsuite>") + whole(attributes, "errors", "a <testsuite>")
        skipped += whole(attributes, "skipped", "a <testsuite>")
        duration += seconds(attributes, "time", "a <testsuite>")
        if started := instant(suite.get("timestamp")):
            times.append(started)
    if total == 0:
        raise ReportError("No test ran.")
    if failed + skipped > total:
        raise ReportError("It claims more failed and skipped tests than there are.")
    figures = {
        "tests.total": (total, "{test}"),
        "tests.passed": (total - failed - skipped, "{test}"),
        "tests.failed": (failed, "{test}"),
        "tests.skipped": (skipped, "{test}"),
        "tests.duration": (duration, "s"),
    }
    return Reading(figures, min(times, default=None))


JUNIT = ReportKind(
    "`make test`",
    {"junit.xml": read_junit},
    {
        "tests.total": "Tests",
        "tests.passed": "Tests passed",
        "tests.failed": "Tests failed",
        "tests.skipped": "Tests skipped",
        "tests.duration": "Time the tests took",
    },
)
