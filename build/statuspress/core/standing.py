"""How objectives stand: their events counted in the past, and what follows for burn rates and the budget left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from statuspress.core.past import Past
from statuspress.core.slo import PAIRS, Burn, Events, Objective, Standing


def events(objective: Objective, past: Past, since: datetime, until: datetime) -> Events:
    """The events of a window. Bad ones are never more than all."""
    if objective.bad:
        total = past.counted(objective.total, since, until)
        return Events(min(total, past.counted(objective.bad, since, until)), total)
    seen = past.observed(objective.total, since, until)
    return Events(seen.total - seen.within(objective.within), seen.total) if seen else Events(0, 0)


def standing(objective: Objective, past: Past, now: datetime) -> Standing:
    """How an objective stands at `now`."""

    def within(window: timedelta) -> Events:
        return events(objective, past, now - window, now)

    burns = tuple(Burn(pair, objective.target, within(pair.long), within(pair.short)) for pair in PAIRS)
    return Standing(objective, within(objective.window), burns)


def standings(objectives: Sequence[Objective], past: Past, now: datetime) -> tuple[Standing, ...]:
    """How each objective stands at `now`."""
    return tuple(standing(objective, past, now) for objective in objectives)
