"""The past as a report reads it: samples of late, roll-ups before; and what counters counted in a window of it.

An increase between two samples lies where the later one lies. It counts when both lie in the window, or when the
earlier one still held at the later: what rose during a silence that reaches out of the window may not belong to it.
Where only hours are left a window begins with its first whole hour, and the hour right before that still held.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from statuspress.core.histogram import Histogram, risen
from statuspress.core.history import Sample
from statuspress.core.rollup import DAY, Observed, Rollup
from statuspress.core.state import State


@dataclass(frozen=True, slots=True)
class Past:
    """Ordered samples, the ordered hours that end before the first of them, and ordered whole days."""

    samples: tuple[Sample, ...] = ()
    hours: tuple[Rollup, ...] = ()
    days: tuple[Rollup, ...] = ()

    def rolled(self, component: str) -> Mapping[date, Mapping[State, int]]:
        """The seconds of a component in each state, by day, of the days that are rolled up."""
        return {day.start.date(): day.states.get(component, {}) for day in self.days}

    def unrolled(self) -> tuple[Sample, ...]:
        """The samples that tell of days that are not rolled up: those of the day before reach into them."""
        covered = {day.start.date() for day in self.days}
        return tuple(s for s in self.samples if not {s.at.date(), s.at.date() + DAY} <= covered)

    def counted(self, id: str, since: datetime, until: datetime) -> int:
        """By how much a counter rose in the window, from after `since` to `until`. Resets are survived."""
        total: float = 0
        last: float | None = None
        for hour in self._hours(since, until):
            tally = hour.values.get(id)
            if tally is None:
                continue
            if hour.start >= since:
                total += tally.rise + (risen(last, tally.first) if last is not None else 0)
            last = tally.last
        before: Sample | None = None
        for sample in self._samples(id, until):
            value = sample.values[id]
            if value is None:
                continue
            if sample.at > since:
                if before is not None and _joined(before, sample, id, since):
                    total += risen(before.values[id] or 0, value)
                elif before is None and last is not None:
                    total += risen(last, value)
            before = sample
        return int(total)

    def observed(self, id: str, since: datetime, until: datetime) -> Histogram | None:
        """What a histogram counted in the window; None when nothing tells. Restarts are survived."""
        seen: Observed | None = None
        for hour in self._hours(since, until):
            if id not in hour.buckets:
                continue
            if hour.start >= since:
                seen = seen.then(hour.buckets[id]) if seen else hour.buckets[id]
            else:
                last = hour.buckets[id].last
                seen = Observed(last, last, last.since(last))
        before: Sample | None = None
        for sample in self._samples(id, until):
            found = sample.buckets.get(id)
            if found is None:
                continue
            if sample.at > since:
                start = Observed(found, found, found.since(found))
                if before is not None and seen is None and _joined(before, sample, id, since):
                    seen = Observed(before.buckets[id], found, found.since(before.buckets[id]))
                else:
                    seen = seen.then(start) if seen else start
            before = sample
        return seen.rise if seen else None

    def _hours(self, since: datetime, until: datetime) -> Iterator[Rollup]:
        """The whole hours of the window, and the one right before the first of them."""
        before: Rollup | None = None
        for hour in self.hours:
            if hour.start >= since and hour.end <= until:
                if before is not None and before.end == hour.start:
                    yield before
                before = None
                yield hour
            elif hour.start < since:
                before = hour

    def _samples(self, id: str, until: datetime) -> Iterator[Sample]:
        return (sample for sample in self.samples if sample.at <= until and id in sample.values)


def _joined(before: Sample, after: Sample, id: str, since: datetime) -> bool:
    if before.at > since:
        return True
    hold = before.hold(id)
    return hold is None or after.at - before.at <= hold
