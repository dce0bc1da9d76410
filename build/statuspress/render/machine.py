"""The documents for machines: evidence, scorecard, status. The first holds all that pages print."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from typing import Any

from statuspress.core.component import ComponentStatus
from statuspress.core.document import dump_dossier, dump_item, rfc3339
from statuspress.core.evidence import Evidence, Gap
from statuspress.core.finding import Finding
from statuspress.core.report import Point, Report
from statuspress.core.score import CriterionScore
from statuspress.core.slo import Standing
from statuspress.core.state import worst
from statuspress.render.chart import LONGEST
from statuspress.render.derived import Derived


def encode(document: Mapping[str, Any]) -> bytes:
    """JSON as it is published."""
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"


def evidence_document(
    report: Report, derived: Mapping[str, Derived], absent: Mapping[str, Gap], drawn: frozenset[str]
) -> dict[str, Any]:
    """The collection as it came; what was computed from it, with the inputs; what pages asked for in vain.

    Series are those of the ids in `drawn`, over the longest period a chart covers, and the point before it.
    """
    return {
        **dump_dossier(report.dossier),
        "built_at": rfc3339(report.now),
        "project": asdict(report.project),
        "derived": [
            *({**dump_item(one.item), "inputs": list(one.inputs)} for one in derived.values()),
            *({**dump_item(absent[name]), "inputs": []} for name in sorted(absent)),
        ],
        "scorecard": scorecard_document(report),
        "components": [_history(component) for component in report.components],
        "objectives": [_standing(one) for one in report.standings],
        "impairments": [
            {
                "started": rfc3339(one.started),
                "resolved": rfc3339(one.resolved) if one.resolved else None,
                "revision": one.revision,
            }
            for one in report.impairments
        ],
        "changes": [{**asdict(one), "since": rfc3339(one.since), "at": rfc3339(one.at)} for one in report.changes],
        "series": {
            name: [[rfc3339(point.at), point.value] for point in _drawn(points, report.now - LONGEST)]
            for name, points in report.series.items()
            if name in drawn
        },
    }


def seal(document: Mapping[str, Any], files: Mapping[str, bytes]) -> dict[str, Any]:
    """The document with the SHA-256 of every other file of the site, and one of itself: whoever signs it signs all."""
    sealed = {**document, "files": {name: sha256(files[name]).hexdigest() for name in sorted(files)}}
    return {**sealed, "digest": own_digest(sealed)}


def own_digest(document: Mapping[str, Any]) -> str:
    """The SHA-256, in hex, of the document as it is published without its `digest`."""
    return sha256(encode({key: value for key, value in document.items() if key != "digest"})).hexdigest()


def _drawn(points: Sequence[Point], since: datetime) -> Sequence[Point]:
    first = next((place for place, point in enumerate(points) if point.at >= since), len(points))
    return points[max(0, first - 1) :]


def _standing(one: Standing) -> dict[str, Any]:
    objective = one.objective
    return {
        "id": objective.id,
        "name": objective.name,
        "target": str(objective.target),
        "window": int(objective.window.total_seconds()),
        "total": objective.total,
        "bad": objective.bad,
        "within": objective.within,
        "events": asdict(one.events),
        "left": None if one.left is None else math.floor(one.left * 1_000_000) / 1_000_000,
        "burning": one.burning,
        "burns": [
            {
                "long": {"window": int(burn.pair.long.total_seconds()), **asdict(burn.long)},
                "short": {"window": int(burn.pair.short.total_seconds()), **asdict(burn.short)},
                "above": float(burn.pair.above),
                "burning": burn.burning,
            }
            for burn in one.burns
        ],
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
        "name": component.name,
        "group": component.group,
        "state": component.state.value,
        "reason": component.reason,
        "evidence": list(component.evidence),
        "valid_until": rfc3339(component.valid_until) if component.valid_until else None,
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
