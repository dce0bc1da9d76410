"""Changes of what a workload asks for: requests and limits before and after, and what each change saved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from statuspress.core.past import Past


@dataclass(frozen=True, slots=True)
class Level:
    """A request or limit as it was seen at one instant, in the unit of its evidence."""

    at: datetime
    value: float


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one figure. It happened after `since`, when the old value was last seen, and by `at`."""

    id: str
    since: datetime
    at: datetime
    before: float
    after: float

    @property
    def saved(self) -> float:
        """What is asked for no longer, in the figure's unit; below 0 when it grew."""
        return self.before - self.after

    @property
    def share(self) -> float | None:
        """What was saved of what it was, in percent; None of nothing."""
        return 100 * self.saved / self.before if self.before else None

    def saved_until(self, now: datetime) -> float:
        """The saving times the seconds it has lasted: byte-seconds of memory, core-seconds of a processor."""
        return self.saved * max(0.0, (now - self.at).total_seconds())


def changes(past: Past, id: str) -> tuple[Change, ...]:
    """Every change of that figure that history has seen, oldest first. A gap changes nothing."""
    return tuple(
        Change(id, before.at, after.at, before.value, after.value)
        for before, after in pairwise(_levels(past, id))
        if before.value != after.value
    )


def whole(found: Sequence[Change]) -> Change | None:
    """Ordered changes of one figure as one: from what it was at first to what it is."""
    if not found:
        return None
    first, last = found[0], found[-1]
    return Change(first.id, first.since, last.at, first.before, last.after)


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
