"""Availability: the states of a component over whole UTC days, in whole seconds, from its samples.

A sample holds until the next one or until it may no longer be believed; the rest of the time is unknown and counts as
neither up nor down. Degraded performance is up; maintenance is left out; of a partial outage the share below is down.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from statuspress.core.component import Availability, Day
from statuspress.core.history import Sample
from statuspress.core.state import State

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


def days_of(stretches: Iterable[Span], now: datetime, days: int = DAYS) -> tuple[Day, ...]:
    """The last UTC days, today included and as long as it is old, oldest first."""
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
    return tuple(
        Day((first + place * _DAY).date(), length, share)
        for place, (length, share) in enumerate(zip(lengths, seconds, strict=True))
    )


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
