"""Figures computed from evidence: states, availability, scores. Each names its formula, inputs and end of validity.

A computed figure is as old as its oldest input and holds until the first of them goes stale.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import timedelta

from statuspress.core.component import ComponentStatus
from statuspress.core.evidence import Evidence, Gap, Value
from statuspress.core.finding import Outcome
from statuspress.core.report import Report
from statuspress.core.score import MINIMUM_COVERAGE, CriterionScore
from statuspress.core.slo import Standing
from statuspress.core.state import State, worst
from statuspress.render.deliveries import deliveries
from statuspress.render.derived import SOURCE, Derived, Window, made
from statuspress.render.numbers import floored_percent
from statuspress.render.savings import savings
from statuspress.render.texts import Texts


def derive(report: Report, texts: Texts) -> dict[str, Derived]:
    """Everything pages print that no source measured, by id."""
    found = [_overall(report, texts)]
    for component in report.components:
        found += [_state(report, component, texts), *_availability(report, component, texts)]
    found += _scorecard(report, texts)
    for criterion in report.scorecard.criteria:
        found += [_criterion(report, criterion, texts), _coverage(report, criterion, texts)]
    for standing in report.standings:
        found += _objective(report, standing, texts)
    found += [*deliveries(report, texts), *savings(report, texts), _findings(report, texts), _items(report, texts)]
    return {one.item.id: one for one in found}


def _overall(report: Report, texts: Texts) -> Derived:
    state = worst(component.state for component in report.components)
    inputs = tuple(f"component.{component.id}.state" for component in report.components)
    label = texts("derived.overall_state")
    if state is State.UNKNOWN:
        return Derived(Gap("status.overall", label, SOURCE, texts("derived.some_unknown"), report.now), inputs)
    starts = [_window(report, component.evidence)[0] for component in report.components]
    ends = [component.valid_until for component in report.components if component.valid_until]
    window = (min(starts, default=report.now), min(ends, default=None))
    query = f"worst({', '.join(inputs)})"
    return Derived(made("status.overall", label, (state.value, "{state}"), query, window), inputs)


def _state(report: Report, component: ComponentStatus, texts: Texts) -> Derived:
    name = f"component.{component.id}.state"
    label = texts("derived.component_state", name=component.name)
    if component.state is State.UNKNOWN or (component.valid_until and component.valid_until <= report.now):
        reason = component.reason or texts("derived.no_state")
        items = [report.dossier.known(one, report.now) for one in component.evidence]
        since = max((item.since for item in items if isinstance(item, Gap)), default=report.now)
        return Derived(Gap(name, label, SOURCE, reason, since), component.evidence)
    window = (_window(report, component.evidence)[0], component.valid_until)
    query = f"worst({', '.join(component.evidence)})"
    return Derived(made(name, label, (component.state.value, "{state}"), query, window), component.evidence)


def _availability(report: Report, component: ComponentStatus, texts: Texts) -> list[Derived]:
    """Two records of the period that ends now; they do not go stale, for they say which period they are of."""
    prefix = f"component.{component.id}"
    held = component.availability
    window = (report.now, None)
    label = texts("derived.availability", name=component.name)
    available: Evidence | Gap
    if held.known:
        query = f"floor(10000 * up {held.up} s / known {held.known} s) / 100"
        value = (floored_percent(held.up, held.known), "%")
        available = made(f"{prefix}.availability", label, value, query, window)
    else:
        available = Gap(f"{prefix}.availability", label, SOURCE, texts("derived.no_time"), report.now)
    label = texts("derived.known_share", name=component.name)
    query = f"100 * known {held.known} s / period {held.period} s"
    value = (math.floor(held.coverage * 1e8) / 1e6, "%")
    known = made(f"{prefix}.known", label, value, query, window)
    return [Derived(available, ()), Derived(known, ())]


def _objective(report: Report, standing: Standing, texts: Texts) -> list[Derived]:
    """Records of the window that ends now: what it counted, what is left of the budget, whether it burns too fast."""
    objective, events = standing.objective, standing.events
    prefix, window, inputs = f"slo.{objective.id}", (report.now, None), (objective.total,)
    days = objective.window.days
    labels = {name: texts(f"derived.slo_{name}", name=objective.name, days=days) for name in ("left", "bad", "burning")}
    left: Evidence | Gap
    if standing.left is None:
        left = Gap(f"{prefix}.left", labels["left"], SOURCE, texts("derived.no_events"), report.now)
    else:
        query = f"100 * (1 - (bad {events.bad} / all {events.total}) / (1 - {objective.target}))"
        value = math.floor(standing.left * 10_000) / 100
        left = made(f"{prefix}.left", labels["left"], (value, "%"), query, window)
    rule = f"{objective.bad}" if objective.bad else f"{objective.total} above {objective.within:g} s"
    words = texts("derived.slo_events", bad=events.bad, total=events.total)
    bad = made(f"{prefix}.bad", labels["bad"], (words, ""), f"increase({rule}) of increase({objective.total})", window)
    burning: Evidence | Gap
    if standing.burning is None:
        burning = Gap(f"{prefix}.burning", labels["burning"], SOURCE, texts("derived.no_events"), report.now)
    else:
        query = "; ".join(
            f"{_hours(burn.pair.long)} h and {_hours(burn.pair.short)} h > {float(burn.pair.above):g}"
            for burn in standing.burns
        )
        burning = made(f"{prefix}.burning", labels["burning"], (standing.burning, ""), query, window)
    return [Derived(item, inputs if objective.total in report.dossier.items else ()) for item in (left, bad, burning)]


def _hours(length: timedelta) -> str:
    return f"{length / timedelta(hours=1):.3g}"


def _scorecard(report: Report, texts: Texts) -> list[Derived]:
    card = report.scorecard
    window = _window(report, _evidence_of(card.criteria))
    points, weight = "sum(weight * coverage * score)", "sum(weight)"
    overall: Evidence | Gap
    label = texts("derived.overall_score")
    if card.overall is None:
        reason = texts("derived.inconclusive", minimum=round(MINIMUM_COVERAGE * 100))
        overall = Gap("scorecard.overall", label, SOURCE, reason, report.now, texts("derived.inconclusive_remedy"))
    else:
        value = (round(card.overall, 4), "{score}")
        overall = made("scorecard.overall", label, value, f"{points} / sum(weight * coverage)", window)
    figures: list[tuple[str, tuple[Value, str], str]] = [
        ("coverage", (_percent(card.coverage), "%"), f"sum(weight * coverage) / {weight}"),
        ("low", (round(card.low, 4), "{score}"), f"{points} / {weight}"),
        ("high", (round(card.high, 4), "{score}"), f"({points} + 10 * sum(weight * (1 - coverage))) / {weight}"),
    ]
    others = [
        made(f"scorecard.{name}", texts(f"derived.{name}"), value, query, window) for name, value, query in figures
    ]
    inputs = tuple(f"criterion.{criterion.id}.score" for criterion in card.criteria)
    return [Derived(item, inputs) for item in (overall, *others)]


def _criterion(report: Report, criterion: CriterionScore, texts: Texts) -> Derived:
    name = f"criterion.{criterion.id}.score"
    inputs = tuple(_evidence_of([criterion]))
    label = texts("derived.criterion", name=criterion.title)
    if criterion.score is None:
        reason = next((f.reason for f in criterion.findings), texts("derived.no_check"))
        remedy = next((f.remediation for f in criterion.findings if f.remediation), "")
        return Derived(Gap(name, label, SOURCE, reason, report.now, remedy), inputs)
    judged = [f for f in criterion.findings if f.outcome is not Outcome.INCONCLUSIVE]
    terms = " + ".join(f"{f.weight:g} * {f.score:g}" for f in judged)
    query = f"({terms}) / {sum(f.weight for f in judged):g}"
    value = (round(criterion.score, 4), "{score}")
    return Derived(made(name, label, value, query, _window(report, inputs)), inputs)


def _coverage(report: Report, criterion: CriterionScore, texts: Texts) -> Derived:
    name = f"criterion.{criterion.id}.coverage"
    inputs = tuple(_evidence_of([criterion]))
    judged = sum(f.weight for f in criterion.findings if f.outcome is not Outcome.INCONCLUSIVE)
    query = f"{judged:g} / {sum(f.weight for f in criterion.findings):g}"
    value = (_percent(criterion.coverage), "%")
    label = texts("derived.criterion_coverage", name=criterion.title)
    return Derived(made(name, label, value, query, _window(report, inputs)), inputs)


def _findings(report: Report, texts: Texts) -> Derived:
    outcomes = [finding.outcome for criterion in report.scorecard.criteria for finding in criterion.findings]
    words = texts(
        "derived.findings_value",
        passed=outcomes.count(Outcome.PASS),
        failed=outcomes.count(Outcome.FAIL),
        open=outcomes.count(Outcome.INCONCLUSIVE),
    )
    inputs = tuple(_evidence_of(report.scorecard.criteria))
    window = _window(report, inputs)
    query = "count(findings) by outcome"
    return Derived(made("scorecard.findings", texts("derived.findings"), (words, ""), query, window), inputs)


def _items(report: Report, texts: Texts) -> Derived:
    """A record of this build: it says what was known then."""
    items = [report.dossier.known(item.id, report.now) for item in report.dossier]
    gaps = sum(isinstance(item, Gap) for item in items)
    words = texts("derived.items_value", known=len(items) - gaps, gaps=gaps)
    query = "count(items) by valid at the time of the build"
    window = (report.now, None)
    return Derived(made("collection.items", texts("derived.items"), (words, ""), query, window), ())


def _percent(share: float) -> float:
    """A share in percent, rounded down to two decimals."""
    return int(share * 10_000 + 1e-6) / 100


def _evidence_of(criteria: Iterable[CriterionScore]) -> list[str]:
    """The ids that conclusive findings rest on, each once."""
    findings = (f for criterion in criteria for f in criterion.findings if f.outcome is not Outcome.INCONCLUSIVE)
    return list(dict.fromkeys(name for finding in findings for name in finding.evidence))


def _window(report: Report, ids: Iterable[str]) -> Window:
    """From the oldest measurement to the first end of validity; records neither age nor end."""
    items = [report.dossier.known(name, report.now) for name in ids]
    living = [item for item in items if isinstance(item, Evidence) and item.valid_until is not None]
    if not living:
        return report.now, None
    return min(item.collected_at for item in living), min(item.valid_until for item in living if item.valid_until)
