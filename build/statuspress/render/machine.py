"""The documents for machines: evidence, scorecard, status. The first holds all that pages print."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from statuspress.core.component import ComponentStatus
from statuspress.core.document import dump_dossier, dump_item, rfc3339
from statuspress.core.evidence import Evidence, Gap
from statuspress.core.finding import Finding
from statuspress.core.report import Report
from statuspress.core.score import CriterionScore
from statuspress.core.state import worst
from statuspress.render.chart import LONGEST
from statuspress.render.derive import Derived


def encode(document: Mapping[str, Any]) -> bytes:
    """JSON as it is published."""
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"


def evidence_document(
    report: Report, derived: Mapping[str, Derived], absent: Mapping[str, Gap], drawn: frozenset[str]
) -> dict[str, Any]:
    """The collection as it came; what was computed from it, with the inputs; what pages asked for in vain.

    Series are those of the ids in `drawn`, over the longest period a chart covers.
    """
    since = report.now - LONGEST
    return {
        **dump_dossier(report.dossier),
        "built_at": rfc3339(report.now),
        "derived": [
            *({**dump_item(one.item), "inputs": list(one.inputs)} for one in derived.values()),
            *({**dump_item(absent[name]), "inputs": []} for name in sorted(absent)),
        ],
        "scorecard": scorecard_document(report),
        "components": [_history(component) for component in report.components],
        "series": {
            name: [[rfc3339(point.at), point.value] for point in points if point.at >= since]
            for name, points in report.series.items()
            if name in drawn
        },
    }


def scorecard_document(report: Report) -> dict[str, Any]:
    """The scorecard. `score` and `overall` are null when inconclusive."""
    card = report.scorecard
    return {
        "version": 1,
        "built_at": rfc3339(report.now),
        "overall": card.overall,
        "coverage": card.coverage,
        "low": card.low,
        "high": card.high,
        "criteria": [_criterion(criterion) for criterion in card.criteria],
    }


def status_document(report: Report, derived: Mapping[str, Derived]) -> dict[str, Any]:
    """States now. A reader must take a state as unknown from its `valid_until` on."""
    overall = derived["status.overall"].item
    return {
        "version": 1,
        "built_at": rfc3339(report.now),
        "project": {"name": report.project.name, "url": report.project.url, "version": report.project.version},
        "state": worst(component.state for component in report.components).value,
        "valid_until": _until(overall),
        "components": [
            {
                "id": component.id,
                "name": component.name,
                "group": component.group,
                "state": component.state.value,
                "reason": component.reason,
                "valid_until": rfc3339(component.valid_until) if component.valid_until else None,
                "evidence": list(component.evidence),
                "availability": component.availability.share,
                "known": component.availability.coverage,
            }
            for component in report.components
        ],
    }


def _until(item: Evidence | Gap) -> str | None:
    return rfc3339(item.valid_until) if isinstance(item, Evidence) and item.valid_until else None


def _criterion(criterion: CriterionScore) -> dict[str, Any]:
    return {
        "id": criterion.id,
        "title": criterion.title,
        "weight": criterion.weight,
        "score": criterion.score,
        "coverage": criterion.coverage,
        "findings": [
            {
                "check": finding.check,
                "title": finding.title,
                "outcome": finding.outcome.value,
                "score": finding.score,
                "weight": finding.weight,
                "reason": finding.reason,
                "remediation": finding.remediation,
                "threshold": _threshold(finding),
                "evidence": list(finding.evidence),
            }
            for finding in criterion.findings
        ],
        "evidence": list(dict.fromkeys(name for finding in criterion.findings for name in finding.evidence)),
    }


def _threshold(finding: Finding) -> dict[str, float] | None:
    return {"good": finding.threshold[0], "bad": finding.threshold[1]} if finding.threshold else None


def _history(component: ComponentStatus) -> dict[str, Any]:
    held = component.availability
    return {
        "id": component.id,
        "availability": {"up": held.up, "known": held.known, "period": held.period},
        "days": [
            {
                "date": day.date.isoformat(),
                "length": day.length,
                "seconds": {state.value: seconds for state, seconds in day.seconds.items()},
            }
            for day in component.days
        ],
    }
