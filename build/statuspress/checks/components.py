"""The states of the components, derived from evidence at one instant."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from statuspress.checks.rules import RULES, Facts, Unknown
from statuspress.checks.thresholds import Thresholds
from statuspress.core.availability import availability, days_of, spans
from statuspress.core.component import ComponentStatus
from statuspress.core.evidence import Dossier
from statuspress.core.history import Held
from statuspress.core.past import Past
from statuspress.core.state import State
from statuspress.core.toml import TomlError, parse_toml
from statuspress.errors import ContentError

_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Component:
    """A component as `content/components.toml` names it; `id` is one that RULES can judge."""

    id: str
    name: str
    group: str


def parse_components(text: str, path: str) -> tuple[Component, ...]:
    """The components of `content/components.toml`, in its order. Raises ContentError with the line."""
    components: list[Component] = []
    try:
        root = parse_toml(text)
        for table in root.tables("component"):
            component = Component(table.text("id"), table.text("name"), table.text("group"))
            table.finish()
            if component.id not in RULES:
                raise table.error(f"no rule judges {component.id!r}; known: {', '.join(RULES)}", "id")
            if component.id in {other.id for other in components}:
                raise table.error(f"{component.id!r} is named twice", "id")
            components.append(component)
        root.finish()
    except TomlError as error:
        raise ContentError(str(error), path=path, line=error.line) from None
    return tuple(components)


def assess(
    components: Sequence[Component], past: Past, dossier: Dossier, thresholds: Thresholds, now: datetime
) -> tuple[ComponentStatus, ...]:
    """Every component: its state at `now` from evidence, and its days from the past."""
    facts = Facts(dossier, thresholds, now)
    past = replace(past, samples=past.unrolled())
    return tuple(_assess(component, past, facts) for component in components)


def held_states(
    statuses: Sequence[ComponentStatus], now: datetime, maintained: Collection[str] = (), every: timedelta = _EVERY
) -> Mapping[str, Held]:
    """What history keeps of the states. A maintained component is under maintenance, whatever was measured.

    That holds for three collections, which are due `every` so often.
    """
    lasting = Held(State.MAINTENANCE, 3 * int(every.total_seconds()))
    measured = {
        status.id: Held(status.state, int((status.valid_until - now).total_seconds()) if status.valid_until else 0)
        for status in statuses
    }
    return {id: lasting if id in maintained else held for id, held in measured.items()}


def _assess(component: Component, past: Past, facts: Facts) -> ComponentStatus:
    stretches = spans(past.samples, component.id, facts.now)
    days = days_of(stretches, facts.now, rolled=past.rolled(component.id))
    try:
        judged = RULES[component.id](facts)
        rests = [facts.need(name) for name in judged.evidence]
        valid_until = min((item.valid_until for item in rests if item.valid_until), default=None)
        state, reason, evidence = judged.state, judged.reason, judged.evidence
    except Unknown as unknown:
        gap = unknown.gap
        state, reason, evidence, valid_until = State.UNKNOWN, gap.reason, (gap.id,), None
    return ComponentStatus(
        component.id, component.name, component.group, state, reason, evidence, valid_until, days, availability(days)
    )
