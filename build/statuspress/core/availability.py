"""Availability: the states of a component over whole UTC days, in whole seconds, from its samples.

A sample holds until the next one or until it may no longer be believed; the rest of the time is unknown and counts as
neither up nor down. Degraded performance is up; maintenance is left out; of a partial outage the share below is down.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from statuspress.core.component import Availability, Day
from statuspress.core.history import Sample
from statuspress.core.state import State, worst

PARTIAL_DOWN = (3, 10)  # the factor Atlassian Statuspage prints beside its uptime: 30 % of a partial outage is down
DAYS = 90
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, from `start` up to but not including `end`, in one measured state."""

    start: datetime
    end: datetime
    state: State


def spans(samples: Sequence[Sample], component: str, now: datetime) -> Iterator[Span]:
    """The measured stretches of a component, from ordered samples. They never overlap, and none is unknown."""
    past = [sample for sample in samples if sample.at < now]
    for place, sample in enumerate(past):
        held = sample.states.get(component)
        if held is None or held.state is State.UNKNOWN:
            continue
        following = past[place + 1].at if place + 1 < len(past) else now
        end = min(sample.at + timedelta(seconds=held.seconds), following)
        if sample.at < end:
            yield Span(sample.at, end, held.state)


def days_of(
    stretches: Iterable[Span], now: datetime, days: int = DAYS, rolled: Mapping[date, Mapping[State, int]] | None = None
) -> tuple[Day, ...]:
    """The last UTC days, today included and as long as it is old, oldest first.

    Where `rolled` has the seconds of a day, its stretches are left aside.
    """
    rolled = rolled or {}
    now = now.astimezone(UTC).replace(microsecond=0)
    today = now.date()
    seconds: list[dict[State, int]] = [{} for _ in range(days)]
    first = datetime.combine(today - timedelta(days=days - 1), time(), UTC)
    for span in stretches:
        start, end = max(span.start, first), min(span.end, now)
        while start < end:
            place = (start - first) // _DAY
            until = min(end, first + (place + 1) * _DAY)
            share = seconds[place]
            share[span.state] = share.get(span.state, 0) + int((until - start).total_seconds())
            start = until
    lengths = [86_400] * (days - 1) + [int((now - datetime.combine(today, time(), UTC)).total_seconds())]
    dates = [(first + place * _DAY).date() for place in range(days)]
    return tuple(
        Day(day, length, rolled[day] if day in rolled and day != today else share)
        for day, length, share in zip(dates, lengths, seconds, strict=True)
    )


def together(stretches: Iterable[Span]) -> tuple[Span, ...]:
    """Stretches of several components or observers as one: where they overlap the worst counts, once. Oldest first."""
    every = sorted((span for span in stretches if span.start < span.end), key=lambda span: span.start)
    edges = sorted({edge for span in every for edge in (span.start, span.end)})
    found: list[Span] = []
    running: list[Span] = []
    place = 0
    for start, end in pairwise(edges):
        while place < len(every) and every[place].start <= start:
            running.append(every[place])
            place += 1
        running = [span for span in running if span.end > start]
        if not running:
            continue
        state = worst(span.state for span in running)
        goes_on = bool(found) and found[-1].end == start and found[-1].state is state
        found.append(Span(found.pop().start if goes_on else start, end, state))
    return tuple(found)


def availability(days: Iterable[Day]) -> Availability:
    """Up and known seconds of the days together; up is rounded down to a whole second."""
    total: dict[State, int] = {}
    period = 0
    for day in days:
        period += day.length
        for state, seconds in day.seconds.items():
            total[state] = total.get(state, 0) + seconds
    partial = total.get(State.PARTIAL, 0)
    down, whole = PARTIAL_DOWN
    up = total.get(State.OPERATIONAL, 0) + total.get(State.DEGRADED, 0)
    known = up + partial + total.get(State.MAJOR, 0)
    return Availability(up + partial * (whole - down) // whole, known, period)
