"""Incidents and maintenances, as people write them: front matter with what machines need, then Markdown.

+++
title = "Lookups fail"
kind = "incident"                       # or "maintenance"
impact = "major"                        # none, minor, major or critical
components = ["lookup"]
started = 2031-03-18T14:02:00Z          # of a maintenance: when it is to begin
resolved = 2031-03-18T14:40:00Z         # left out while it lasts; of a maintenance: when it is to end
deployment = "7c1f0ae"                  # the revision whose deployment caused it, where one did
draft = true                            # nothing is published of it

[[update]]
at = 2031-03-18T14:05:00Z
state = "investigating"                 # identified, monitoring, resolved, postmortem
text = "What is known."
+++
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from statuspress.core.document import rfc3339
from statuspress.core.toml import Table, TomlError, parse_toml

FENCE = "+++"
INCIDENT_STATES = ("investigating", "identified", "monitoring", "resolved", "postmortem")
MAINTENANCE_STATES = ("scheduled", "in_progress", "verifying", "completed")
_ENDED = {"resolved", "postmortem", "completed"}


class Kind(StrEnum):
    """Something broke, or something was planned."""

    INCIDENT = "incident"
    MAINTENANCE = "maintenance"


class Impact(StrEnum):
    """How much users felt, in the words of Statuspage's indicator."""

    NONE = "none"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Update:
    """One entry of the timeline. `state` is one of those of the incident's kind."""

    at: datetime
    state: str
    text: str


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident or maintenance. `resolved` is None while it lasts; `updates` rise in time; `text` is Markdown."""

    id: str
    title: str
    kind: Kind
    impact: Impact
    components: tuple[str, ...]
    started: datetime
    resolved: datetime | None
    deployment: str
    draft: bool
    updates: tuple[Update, ...]
    text: str

    @property
    def state(self) -> str:
        """Where it stands: the state of the last update, or the first state of its kind."""
        return self.updates[-1].state if self.updates else states_of(self.kind)[0]

    def overlaps(self, start: datetime, end: datetime | None) -> bool:
        """Whether it lasted at some time of that stretch; an end of None is open."""
        return (end is None or self.started < end) and (self.resolved is None or self.resolved > start)


def states_of(kind: Kind) -> tuple[str, ...]:
    """The states of that kind, in their order."""
    return INCIDENT_STATES if kind is Kind.INCIDENT else MAINTENANCE_STATES


def maintained(incidents: Iterable[Incident], now: datetime) -> frozenset[str]:
    """The components of which an announced maintenance runs at `now`. Drafts announce nothing."""
    running = (
        one
        for one in incidents
        if one.kind is Kind.MAINTENANCE and not one.draft and one.started <= now and one.overlaps(now, None)
    )
    return frozenset(name for one in running for name in one.components)


def parse_incident(source: str, id: str) -> Incident:
    """The incident of a file. Raises TomlError with the line of what is wrong."""
    lines = source.split("\n")
    end = next((place for place, line in enumerate(lines[1:], 1) if line.strip() == FENCE), None)
    if lines[0].strip() != FENCE or end is None:
        raise TomlError(f"the front matter must stand between two lines of {FENCE}", 1)
    try:
        return _incident(parse_toml("\n".join(lines[1:end])), id, "\n".join(lines[end + 1 :]).strip())
    except TomlError as error:
        raise TomlError(str(error), None if error.line is None else error.line + 1) from None


def dump_incident(incident: Incident) -> str:
    """The file of an incident."""
    lines = [
        FENCE,
        f"title = {_text(incident.title)}",
        f"kind = {_text(incident.kind)}",
        f"impact = {_text(incident.impact)}",
        f"components = [{', '.join(map(_text, incident.components))}]",
        f"started = {rfc3339(incident.started)}",
    ]
    lines += [f"resolved = {rfc3339(incident.resolved)}"] if incident.resolved else []
    lines += [f"deployment = {_text(incident.deployment)}"] if incident.deployment else []
    lines += ["draft = true"] if incident.draft else []
    for update in incident.updates:
        lines += ["", "[[update]]", f"at = {rfc3339(update.at)}", f"state = {_text(update.state)}"]
        lines.append(f"text = {_text(update.text)}")
    return "\n".join([*lines, FENCE, "", incident.text, ""])


def _incident(table: Table, id: str, text: str) -> Incident:
    title = table.text("title")
    kind, impact = _word(table, "kind", Kind, "incident"), _word(table, "impact", Impact, None)
    components = table.texts("components") if table.given("components") else ()
    started = table.instant("started")
    resolved = table.instant("resolved") if table.given("resolved") else None
    deployment, draft = table.text("deployment", ""), table.flag("draft") if table.given("draft") else False
    updates = tuple(_update(one, Kind(kind)) for one in table.tables("update"))
    table.finish()
    if not components:
        raise table.error("components must name at least one component", "components")
    if resolved is not None and resolved < started:
        raise table.error("resolved must not be before started", "resolved")
    if any(after.at < before.at for before, after in pairwise(updates)):
        raise table.error("the updates must be in the order of their times", "update")
    if kind == Kind.INCIDENT and updates and (updates[-1].state in _ENDED) != (resolved is not None):
        raise table.error("an incident has resolved when, and only when, its last update says so", "resolved")
    if kind == Kind.MAINTENANCE and resolved is None:
        raise table.error("a maintenance needs resolved: the time it is to end")
    return Incident(
        id, title, Kind(kind), Impact(impact), components, started, resolved, deployment, draft, updates, text
    )


def _update(table: Table, kind: Kind) -> Update:
    at, state, text = table.instant("at"), table.text("state"), table.text("text")
    table.finish()
    if state not in states_of(kind):
        raise table.error(f"{table.name('state')} must be one of {', '.join(states_of(kind))}", "state")
    return Update(at, state, text)


def _word(table: Table, key: str, words: type[StrEnum], default: str | None) -> str:
    value = table.text(key, default)
    if value not in set(words):
        raise table.error(f"{key} must be one of {', '.join(words)}", key)
    return value


def _text(text: str) -> str:
    """A basic string of TOML, which escapes as JSON does."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
