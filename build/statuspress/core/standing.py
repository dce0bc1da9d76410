"""How objectives stand: their events counted in the past, and what follows for burn rates and the budget left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction

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

    def rate(window: timedelta) -> Fraction | None:
        return events(objective, past, now - window, now).burn(objective.target)

    whole = events(objective, past, now - objective.window, now)
    spent = whole.burn(objective.target)
    burns = tuple(Burn(pair, rate(pair.long), rate(pair.short)) for pair in PAIRS)
    return Standing(objective, whole, None if spent is None else 1 - spent, burns)


def standings(objectives: Sequence[Objective], past: Past, now: datetime) -> tuple[Standing, ...]:
    """How each objective stands at `now`."""
    return tuple(standing(objective, past, now) for objective in objectives)
