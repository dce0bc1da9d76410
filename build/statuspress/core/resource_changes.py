"""Changes of requests and limits found in the past: between neighbours that differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from statuspress.core.past import Past
from statuspress.core.resources import Change

IDS = ("kubernetes.memory.request", "kubernetes.memory.limit", "kubernetes.cpu.request", "kubernetes.cpu.limit")


@dataclass(frozen=True, slots=True)
class Level:
    """A request or limit as it was seen at one instant, in the unit of its evidence."""

    at: datetime
    value: float


def changes(past: Past, id: str) -> tuple[Change, ...]:
    """Every change of that figure that history has seen, oldest first. A gap changes nothing."""
    return tuple(
        Change(id, before.at, after.at, before.value, after.value)
        for before, after in pairwise(_levels(past, id))
        if before.value != after.value
    )


def _levels(past: Past, id: str) -> Iterator[Level]:
    """What was seen, oldest first; of days, then of hours, the first and the last value."""
    starts = [*(hour.start for hour in past.hours[:1]), *(sample.at for sample in past.samples[:1])]
    begin = min(starts, default=None)
    for rollup in (*(day for day in past.days if begin is None or day.end <= begin), *past.hours):
        if id in rollup.values:
            tally = rollup.values[id]
            yield Level(rollup.start, tally.first)
            yield Level(rollup.end, tally.last)
    for sample in past.samples:
        value = sample.values.get(id)
        if value is not None:
            yield Level(sample.at, value)
