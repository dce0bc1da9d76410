"""Figures computed from evidence: states, availability, scores. Each names its formula, inputs and end of validity.

A computed figure is as old as its oldest input and holds until the first of them goes stale.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from statuspress.core.component import ComponentStatus
from statuspress.core.evidence import Evidence, Gap, Value
from statuspress.core.finding import Outcome
from statuspress.core.report import Report
from statuspress.core.score import MINIMUM_COVERAGE, CriterionScore, Scorecard
from statuspress.core.state import State, worst
from statuspress.render.numbers import floored_percent
from statuspress.render.texts import Texts

SOURCE = "statuspress"


@dataclass(frozen=True, slots=True)
class Derived:
    """A computed item and the ids it was computed from."""

    item: Evidence | Gap
    inputs: tuple[str, ...]


def derive(report: Report, texts: Texts) -> dict[str, Derived]:
    """Everything pages print that no source measured, by id."""
    made = [
        *_overall(report, texts),
        *(item for component in report.components for item in _component(report, component, texts)),
        *_scorecard(report, texts),
        *(item for criterion in report.scorecard.criteria for item in _criterion(report, criterion, texts)),
    ]
    return {one.item.id: one for one in made}


def _overall(report: Report, texts: Texts) -> list[Derived]:
    state = worst(component.state for component in report.components)
    inputs = tuple(f"component.{component.id}.state" for component in report.components)
    label = texts("derived.overall_state")
    if state is State.UNKNOWN:
        return [Derived(Gap("status.overall", label, SOURCE, texts("derived.no_state"), report.now), inputs)]
    ends = [component.valid_until for component in report.components if component.valid_until]
    query = "worst(" + ", ".join(inputs) + ")"
    start = min((_start(report, component.evidence) for component in report.components), default=report.now)
    return [Derived(_made("status.overall", label, state.value, "{state}", query, start, min(ends, default=None)), inputs)]


def _component(report: Report, component: ComponentStatus, texts: Texts) -> list[Derived]:
    prefix = f"component.{component.id}"
    label = texts("derived.component_state", name=component.name)
    state: Evidence | Gap
    start = _start(report, component.evidence)
    if component.state is State.UNKNOWN or (component.valid_until and component.valid_until <= report.now):
        reason = component.reason or texts("derived.no_state")
        state = Gap(f"{prefix}.state", label, SOURCE, reason, _since(report, component))
    else:
        query = "worst(" + ", ".join(component.evidence) + ")"
        state = _made(
            f"{prefix}.state", label, component.state.value, "{state}", query, start, component.valid_until
        )
    made = [Derived(state, component.evidence)]
    held = component.availability
    label = texts("derived.availability", name=component.name)
    if held.known:
        query = f"floor(10000 × up {held.up} s ÷ known {held.known} s) ÷ 100"
        share = floored_percent(held.up, held.known)
        available: Evidence | Gap = _made(f"{prefix}.availability", label, share, "%", query, report.now, None)
    else:
        available = Gap(f"{prefix}.availability", label, SOURCE, texts("derived.no_time"), report.now)
    query = f"floor(10000 × known {held.known} s ÷ period {held.period} s) ÷ 100"
    share = floored_percent(held.known, held.period) if held.period else 0.0
    label = texts("derived.known_share", name=component.name)
    known = _made(f"{prefix}.known", label, share, "%", query, report.now, None)
    return [*made, Derived(available, ()), Derived(known, ())]


def _scorecard(report: Report, texts: Texts) -> list[Derived]:
    card = report.scorecard
    inputs = tuple(f"criterion.{criterion.id}.score" for criterion in card.criteria)
    start, end = _window(report, _evidence_of(card.criteria))
    overall: Evidence | Gap
    label = texts("derived.overall_score")
    if card.overall is None:
        reason = texts("derived.inconclusive", minimum=round(MINIMUM_COVERAGE * 100))
        overall = Gap("scorecard.overall", label, SOURCE, reason, report.now, texts("derived.inconclusive_remedy"))
    else:
        query = "sum(weight × coverage × score) ÷ sum(weight × coverage)"
        overall = _made("scorecard.overall", label, round(card.overall, 4), "{score}", query, start, end)
    share = _floored(card.coverage * 100)
    query = "sum(weight × coverage) ÷ sum(weight)"
    coverage = _made("scorecard.coverage", texts("derived.coverage"), share, "%", query, start, end)
    return [Derived(overall, inputs), Derived(coverage, inputs), *_range(card, inputs, start, end, texts)]


def _range(
    card: Scorecard, inputs: tuple[str, ...], start: datetime, end: datetime | None, texts: Texts
) -> list[Derived]:
    weighted = "sum(weight × coverage × score)"
    low = f"{weighted} ÷ sum(weight)"
    high = f"({weighted} + 10 × sum(weight × (1 − coverage))) ÷ sum(weight)"
    return [
        Derived(_made("scorecard.low", texts("derived.low"), round(card.low, 4), "{score}", low, start, end), inputs),
        Derived(_made("scorecard.high", texts("derived.high"), round(card.high, 4), "{score}", high, start, end), inputs),
    ]


def _criterion(report: Report, criterion: CriterionScore, texts: Texts) -> list[Derived]:
    ids = tuple(_evidence_of([criterion]))
    start, end = _window(report, ids)
    label = texts("derived.criterion", name=criterion.title)
    score: Evidence | Gap
    if criterion.score is None:
        reasons = " ".join(finding.reason for finding in criterion.findings[:1]) or texts("derived.no_check")
        remedies = next((f.remediation for f in criterion.findings if f.remediation), "")
        score = Gap(f"criterion.{criterion.id}.score", label, SOURCE, reasons, report.now, remedies)
    else:
        judged = [f for f in criterion.findings if f.outcome is not Outcome.INCONCLUSIVE]
        terms = " + ".join(f"{f.weight:g} × {f.score:g}" for f in judged)
        query = f"({terms}) ÷ {sum(f.weight for f in judged):g}"
        score = _made(f"criterion.{criterion.id}.score", label, round(criterion.score, 4), "{score}", query, start, end)
    return [Derived(score, ids)]


def _evidence_of(criteria: Iterable[CriterionScore]) -> list[str]:
    """The ids that conclusive findings rest on, each once."""
    findings = (f for criterion in criteria for f in criterion.findings if f.outcome is not Outcome.INCONCLUSIVE)
    return list(dict.fromkeys(id for finding in findings for id in finding.evidence))


def _window(report: Report, ids: Iterable[str]) -> tuple[datetime, datetime | None]:
    """From the oldest measurement to the first end of validity; records neither age nor end."""
    items = [report.dossier.known(id, report.now) for id in ids]
    living = [item for item in items if isinstance(item, Evidence) and item.valid_until is not None]
    if not living:
        return report.now, None
    return min(item.collected_at for item in living), min(item.valid_until for item in living if item.valid_until)


def _start(report: Report, ids: Sequence[str]) -> datetime:
    return _window(report, ids)[0]


def _since(report: Report, component: ComponentStatus) -> datetime:
    gaps = [report.dossier.known(id, report.now) for id in component.evidence]
    return max((gap.since for gap in gaps if isinstance(gap, Gap)), default=component.valid_until or report.now)


def _floored(percent: float) -> float:
    return int(percent * 100 + 1e-9) / 100


def _made(
    id: str, label: str, value: Value, unit: str, query: str, start: datetime, end: datetime | None
) -> Evidence:
    digest = sha256(json.dumps([id, value, unit, query], ensure_ascii=False).encode()).hexdigest()
    valid_for: timedelta | None = None if end is None else max(timedelta(0), end - start)
    return Evidence(id, label, value, unit, SOURCE, query, start, valid_for, digest)
