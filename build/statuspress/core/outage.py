"""Outages that history has found, and the draft of an incident for a person to finish."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from statuspress.core.document import rfc3339
from statuspress.core.history import Sample
from statuspress.core.incident import Impact, Incident, Kind, Update
from statuspress.core.state import State, worst

LEAST = 3  # samples: one is a hiccup, two a coincidence
_DOWN = {State.PARTIAL, State.MAJOR}


@dataclass(frozen=True, slots=True)
class Outage:
    """A component down in `samples` known samples in a row. `ended` is the first that was not; None while it lasts.

    `unseen` says that in between its state was not known throughout.
    """

    component: str
    started: datetime
    ended: datetime | None
    samples: int
    worst: State
    unseen: bool


def outages(samples: Sequence[Sample], component: str, least: int = LEAST) -> tuple[Outage, ...]:
    """The outages of a component, from ordered samples. A sample that does not know the state counts neither way."""
    found: list[Outage] = []
    down: list[Sample] = []
    blind = unseen = False
    for sample in samples:
        held = sample.states.get(component)
        if held is None or held.state is State.UNKNOWN:
            blind = True
        elif held.state in _DOWN:
            unseen = unseen or (blind and bool(down))
            down.append(sample)
            blind = False
        else:
            found += _outage(component, down, sample.at, least, unseen=unseen or (blind and bool(down)))
            down, blind, unseen = [], False, False
    return (*found, *_outage(component, down, None, least, unseen=unseen or blind))


def together(found: Iterable[Outage]) -> tuple[tuple[Outage, ...], ...]:
    """Outages whose times overlap, of whatever components, as one group each; oldest first."""
    groups: list[list[Outage]] = []
    end: datetime | None = None
    for outage in sorted(found, key=lambda one: one.started):
        if groups and (end is None or outage.started < end):
            groups[-1].append(outage)
            end = None if end is None or outage.ended is None else max(end, outage.ended)
        else:
            groups.append([outage])
            end = outage.ended
    return tuple(map(tuple, groups))


def draft(group: Sequence[Outage], names: Mapping[str, str]) -> Incident:
    """An incident that says what was measured of outages that overlap, and asks for the rest. `names` is by component.

    It is a draft: nothing is published of it.
    """
    major = worst(outage.worst for outage in group) is State.MAJOR
    words = "major outage" if major else "partial outage"
    impact = Impact.CRITICAL if major else Impact.MAJOR
    components = tuple(dict.fromkeys(outage.component for outage in group))
    name = _listed([names[component] for component in components])
    started = min(outage.started for outage in group)
    ends = [outage.ended for outage in group if outage.ended]
    ended = max(ends) if len(ends) == len(group) else None
    updates = [Update(started, "investigating", f"Measurements show a {words} of {name} since {rfc3339(started)}.")]
    if ended:
        works = "works" if len(components) == 1 else "work"
        updates.append(Update(ended, "resolved", f"Measurements show that {name} {works} again."))
    text = (
        f"{_measured(group, names)}\n\n"
        "<!-- Finish this: what users noticed, why it happened, what mended it, what keeps it from coming back.\n"
        "Correct the times, name the deployment if one caused it, then remove `draft = true`. -->"
    )
    return Incident(
        f"{started.astimezone(UTC):%Y-%m-%d-%H%M}-{components[0]}",
        f"{name}: {words}",
        Kind.INCIDENT,
        impact,
        components,
        started,
        ended,
        deployment="",
        draft=True,
        updates=tuple(updates),
        text=text,
    )


def _measured(group: Sequence[Outage], names: Mapping[str, str]) -> str:
    found = []
    for outage in group:
        until = f"until {rfc3339(outage.ended)}" if outage.ended else "and it lasts"
        seen = " In between its state was not known throughout." if outage.unseen else ""
        of = f" of {names[outage.component]}" if len(group) > 1 else ""
        words = f"{outage.samples} samples{of} in a row, from {rfc3339(outage.started)} {until}.{seen}"
        found.append(f"Found by measurement: {words}")
    return "\n\n".join(found)


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _outage(
    component: str, down: Sequence[Sample], ended: datetime | None, least: int, *, unseen: bool
) -> tuple[Outage, ...]:
    if not down or len(down) < least:
        return ()
    state = worst(sample.states[component].state for sample in down)
    return (Outage(component, down[0].at, ended, len(down), state, unseen),)
