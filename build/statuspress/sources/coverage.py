"""Coverage as coverage.py writes it: `coverage.json`, or `coverage.xml` (Cobertura)."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from statuspress.sources.report import Reading, ReportError, ReportKind, instant, whole


def read_coverage_json(raw: bytes) -> Reading:
    """`totals.covered_lines` over `totals.num_statements`: lines alone, whether or not branches were measured."""
    try:
        document = json.loads(raw)
        totals, meta = document["totals"], document.get("meta", {})
        lines = {"covered_lines": totals["covered_lines"], "num_statements": totals["num_statements"]}
        at = instant(meta.get("timestamp"))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ReportError("It is not the JSON report of coverage.py.") from None
    return _reading(whole(lines, "covered_lines", "its totals"), whole(lines, "num_statements", "its totals"), at)


def read_coverage_xml(raw: bytes) -> Reading:
    """`lines-covered` over `lines-valid`; `timestamp` is in milliseconds since 1970, or in seconds."""
    try:
        root = ElementTree.fromstring(raw)
    except (ElementTree.ParseError, DefusedXmlException, ValueError):
        raise ReportError("It is not XML.") from None
    if root.tag != "coverage":
        raise ReportError(f"Its root is <{root.tag}>, not <coverage>.")
    at = None
    if root.get("timestamp", "").isdigit():
        stamp = int(root.get("timestamp", ""))
        try:
            at = datetime.fromtimestamp(stamp / 1000 if stamp > 10**11 else stamp, UTC)
        except (ValueError, OverflowError, OSError):
            at = None
    attributes = dict(root.attrib)
    covered, total = (whole(attributes, name, "<coverage>") for name in ("lines-covered", "lines-valid"))
    return _reading(covered, total, at)


def _reading(covered: int, total: int, at: datetime | None) -> Reading:
    if total == 0:
        raise ReportError("It measured no line.")
    if covered > total:
        raise ReportError("It claims more covered lines than there are.")
    return Reading({"coverage.lines": (100 * covered / total, "%")}, at)


COVERAGE = ReportKind(
    "`make test`",
    {"coverage.json": read_coverage_json, "coverage.xml": read_coverage_xml},
    {"coverage.lines": "Lines covered by tests"},
)
