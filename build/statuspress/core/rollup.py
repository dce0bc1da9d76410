"""Roll-ups: what history keeps of an hour or a day once its samples are old.

They hold counts, sums, extremes and the rise of counters, and of histograms the counts of each bucket: all of it can be
added up, so a day made from its hours says what its samples said. Percentiles and averages cannot, and are left out;
percentiles are read from merged buckets.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from math import fsum

from statuspress.core.availability import spans
from statuspress.core.histogram import Histogram, risen
from statuspress.core.history import Sample
from statuspress.core.percentile import HistogramError
from statuspress.core.state import State

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_PERCENTILE = re.compile(r"\.p\d+$")


@dataclass(frozen=True, slots=True)
class Tally:
    """The numbers of one id. `gaps` counts the collections that looked for it in vain.

    `rise` is by how much it grew as a counter, resets survived, from `first` to `last`. Needs one known number.
    """

    count: int
    gaps: int
    sum: float
    low: float
    high: float
    first: float
    last: float
    rise: float

    def then(self, later: Tally) -> Tally:
        """This and what came later, as one."""
        return Tally(
            self.count + later.count,
            self.gaps + later.gaps,
            self.sum + later.sum,
            min(self.low, later.low),
            max(self.high, later.high),
            self.first,
            later.last,
            self.rise + risen(self.last, later.first) + later.rise,
        )


@dataclass(frozen=True, slots=True)
class Observed:
    """A histogram that counts since the start of its process: at the first and the last sample, and what came between.

    `rise` survives restarts of the process. When its bounds change it goes by those that are shared; from a change of
    all of them it begins anew.
    """

    first: Histogram
    last: Histogram
    rise: Histogram

    def then(self, later: Observed) -> Observed:
        """This and what came later, as one."""
        try:
            between = later.first.since(self.last)
            return Observed(self.first, later.last, self.rise.plus(between).plus(later.rise))
        except HistogramError:
            return later


@dataclass(frozen=True, slots=True)
class Rollup:
    """One hour or one UTC day. `missed` counts gaps of ids that were never known in it.

    `states` holds the whole seconds each component spent in each measured state; the rest is unknown.
    """

    start: datetime
    length: timedelta
    samples: int
    values: Mapping[str, Tally]
    missed: Mapping[str, int]
    buckets: Mapping[str, Observed]
    states: Mapping[str, Mapping[State, int]]

    @property
    def end(self) -> datetime:
        """The instant from which it says nothing."""
        return self.start + self.length


def roll_up(samples: Sequence[Sample], before: Sample | None, day: date) -> tuple[Rollup, ...]:
    """The hours of a day, from its ordered samples and the last one before it; hours that nobody measured are left out.

    A state reaches from its sample into the next hour, or the next day.
    """
    midnight = datetime.combine(day, time(), UTC)
    seconds = _states([before, *samples] if before else samples, midnight)
    hours = []
    for start in (midnight + place * HOUR for place in range(24)):
        inside = [sample for sample in samples if start <= sample.at < start + HOUR]
        states = seconds.get(start, {})
        if inside or states:
            values, missed = _tallies(inside)
            hours.append(Rollup(start, HOUR, len(inside), values, missed, _observed(inside), states))
    return tuple(hours)


def merge(parts: Sequence[Rollup], start: datetime, length: timedelta) -> Rollup:
    """Ordered roll-ups as one of the longer period they lie in."""
    values: dict[str, Tally] = {}
    missed: dict[str, int] = {}
    buckets: dict[str, Observed] = {}
    states: dict[str, dict[State, int]] = {}
    for part in parts:
        for id, tally in part.values.items():
            values[id] = values[id].then(tally) if id in values else tally
        for id, count in part.missed.items():
            missed[id] = missed.get(id, 0) + count
        for id, seen in part.buckets.items():
            buckets[id] = buckets[id].then(seen) if id in buckets else seen
        for name, shares in part.states.items():
            mine = states.setdefault(name, {})
            for state, seconds in shares.items():
                mine[state] = mine.get(state, 0) + seconds
    for id in [id for id in missed if id in values]:
        tally = values[id]
        values[id] = Tally(tally.count, tally.gaps + missed.pop(id), *_rest(tally))
    return Rollup(start, length, sum(part.samples for part in parts), values, missed, buckets, states)


def _rest(tally: Tally) -> tuple[float, float, float, float, float, float]:
    return tally.sum, tally.low, tally.high, tally.first, tally.last, tally.rise


def _states(samples: Sequence[Sample], midnight: datetime) -> dict[datetime, dict[str, dict[State, int]]]:
    """By hour and component."""
    found: dict[datetime, dict[str, dict[State, int]]] = {}
    names = dict.fromkeys(name for sample in samples for name in sample.states)
    for name in names:
        for span in spans(samples, name, midnight + DAY):
            start = max(span.start, midnight)
            while start < span.end:
                hour = start.replace(minute=0, second=0)
                end = min(span.end, hour + HOUR)
                share = found.setdefault(hour, {}).setdefault(name, {})
                share[span.state] = share.get(span.state, 0) + int((end - start).total_seconds())
                start = end
    return found


def _tallies(samples: Sequence[Sample]) -> tuple[dict[str, Tally], dict[str, int]]:
    columns: dict[str, list[float | None]] = {}
    for sample in samples:
        for id, value in sample.values.items():
            columns.setdefault(id, []).append(value)
    values: dict[str, Tally] = {}
    missed: dict[str, int] = {}
    for id, column in columns.items():
        if _PERCENTILE.search(id):
            continue
        known = [value for value in column if value is not None]
        if known:
            values[id] = _tally(known, len(column) - len(known))
        else:
            missed[id] = len(column)
    return values, missed


def _tally(known: Sequence[float], gaps: int) -> Tally:
    whole = all(isinstance(value, int) for value in known)
    rise: float = 0
    for before, after in pairwise(known):
        if before != after:
            rise += risen(before, after)
    total = sum(known) if whole else fsum(known)
    return Tally(len(known), gaps, total, min(known), max(known), known[0], known[-1], rise)


def _observed(samples: Iterable[Sample]) -> dict[str, Observed]:
    found: dict[str, Observed] = {}
    for sample in samples:
        for id, histogram in sample.buckets.items():
            nothing = Histogram(histogram.bounds, (0,) * len(histogram.counts))
            seen = Observed(histogram, histogram, nothing)
            found[id] = found[id].then(seen) if id in found else seen
    return found
