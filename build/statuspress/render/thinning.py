"""Fewer points for a drawing, without losing a peak, a trough or a gap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from statuspress.core.report import Point

LIMIT = 200


@dataclass(frozen=True, slots=True)
class Sample:
    """A measured point. `after_gap` says that the line is broken before it."""

    at: datetime
    value: float
    after_gap: bool


def samples(points: Sequence[Point], hold: timedelta) -> list[Sample]:
    """The measured points. A failed one, or a silence longer than `hold`, breaks the line."""
    found: list[Sample] = []
    broken = False
    for point in points:
        if point.value is None:
            broken = True
            continue
        silent = bool(found) and point.at - found[-1].at > hold
        found.append(Sample(point.at, point.value, bool(found) and (broken or silent)))
        broken = False
    return found


def thinned(found: Sequence[Sample], limit: int = LIMIT) -> list[Sample]:
    """At most `limit` of the samples, in order: the lowest and the highest of equal stretches of them."""
    if len(found) <= limit:
        return list(found)
    kept: list[Sample] = []
    broken = False
    buckets = max(1, limit // 2)
    for index in range(buckets):
        bucket = range(index * len(found) // buckets, (index + 1) * len(found) // buckets)
        low = min(bucket, key=lambda i: found[i].value)
        high = max(bucket, key=lambda i: found[i].value)
        for i in bucket:
            broken = broken or found[i].after_gap
            if i in {low, high}:
                kept.append(Sample(found[i].at, found[i].value, broken))
                broken = False
    return kept
