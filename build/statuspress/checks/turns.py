"""Turns: components and criteria whose state is another one than in the collection before: worth a message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from statuspress.checks.components import Component, assess
from statuspress.checks.registry import make_scorecard
from statuspress.checks.thresholds import Thresholds
from statuspress.core.evidence import Dossier
from statuspress.core.finding import Outcome
from statuspress.core.past import Past
from statuspress.core.score import CriterionScore


class Kind(StrEnum):
    """What turned."""

    COMPONENT = "component"
    CRITERION = "criterion"


@dataclass(frozen=True, slots=True)
class Standing:
    """A state in one word, and why it is so."""

    name: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class Turn:
    """One that turned. States are those of components (`operational` …), or `pass`, `fail`, `inconclusive`."""

    kind: Kind
    id: str
    name: str
    before: str
    after: str
    reason: str


def turns(before: Dossier, after: Dossier, thresholds: Thresholds, components: Sequence[Component]) -> tuple[Turn, ...]:
    """What turned between two collections, each judged at its own time: components first, then criteria."""
    judged = [
        (Kind.COMPONENT, _components(before, thresholds, components), _components(after, thresholds, components)),
        (Kind.CRITERION, _criteria(before, thresholds), _criteria(after, thresholds)),
    ]
    return tuple(
        Turn(kind, id, now.name, was[id].state, now.state, now.reason)
        for kind, was, are in judged
        for id, now in are.items()
        if was[id].state != now.state
    )


def _components(dossier: Dossier, thresholds: Thresholds, components: Sequence[Component]) -> Mapping[str, Standing]:
    found = assess(components, Past(), dossier, thresholds, dossier.collected_at)
    return {one.id: Standing(one.name, one.state, one.reason) for one in found}


def _criteria(dossier: Dossier, thresholds: Thresholds) -> Mapping[str, Standing]:
    found = make_scorecard(dossier, thresholds, dossier.collected_at).criteria
    return {one.id: _criterion(one) for one in found}


def _criterion(criterion: CriterionScore) -> Standing:
    """It fails as soon as one of its findings does; with none conclusive it is inconclusive."""
    for outcome in (Outcome.FAIL, Outcome.PASS):
        for finding in criterion.findings:
            if finding.outcome is outcome:
                reason = finding.reason if outcome is Outcome.FAIL else "No check that was conclusive fails."
                return Standing(criterion.title, outcome, reason)
    return Standing(criterion.title, Outcome.INCONCLUSIVE, "No check was conclusive.")
