"""Outages that history has found, and the draft of an incident for a person to finish."""

from __future__ import annotations

from collections.abc import Sequence
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


def draft(outage: Outage, name: str) -> Incident:
    """An incident that says what was measured, and asks for the rest. It is a draft: nothing is published of it."""
    words = "major outage" if outage.worst is State.MAJOR else "partial outage"
    impact = Impact.CRITICAL if outage.worst is State.MAJOR else Impact.MAJOR
    measured = f"Measurements show a {words} of {name} since {rfc3339(outage.started)}."
    updates = [Update(outage.started, "investigating", measured)]
    if outage.ended:
        updates.append(Update(outage.ended, "resolved", f"Measurements show that {name} works again."))
    until = f"until {rfc3339(outage.ended)}" if outage.ended else "and it lasts"
    seen = " In between its state was not known throughout." if outage.unseen else ""
    text = (
        f"Found by measurement: {outage.samples} samples in a row, from {rfc3339(outage.started)} {until}.{seen}\n\n"
        "<!-- Finish this: what users noticed, why it happened, what mended it, what keeps it from coming back.\n"
        "Correct the times, name the deployment if one caused it, then remove `draft = true`. -->"
    )
    stamp = outage.started.astimezone(UTC).strftime("%Y-%m-%d-%H%M")
    return Incident(
        f"{stamp}-{outage.component}",
        f"{name}: {words}",
        Kind.INCIDENT,
        impact,
        (outage.component,),
        outage.started,
        outage.ended,
        deployment="",
        draft=True,
        updates=tuple(updates),
        text=text,
    )


def _outage(
    component: str, down: Sequence[Sample], ended: datetime | None, least: int, *, unseen: bool
) -> tuple[Outage, ...]:
    if not down or len(down) < least:
        return ()
    state = worst(sample.states[component].state for sample in down)
    return (Outage(component, down[0].at, ended, len(down), state, unseen),)
