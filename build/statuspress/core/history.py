"""History: what each collection measured, one line of JSON a collection, and how long it holds.

A line: {"at": time, "values": {evidence id: number or null}, "holds": {first part of the id: seconds},
"states": {component: {"state": word, "for": seconds}}, "buckets": {evidence id: histogram}}. A gap is null. A truth is
1 or 0; texts are left out. Records of past events hold for ever, and so have no entry in `holds`. `buckets` may be
absent.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from sys import intern  # a key is the same text in every line: one copy of it saves half the memory
from typing import Any

from statuspress.core.document import dump_histogram, load_histogram, rfc3339
from statuspress.core.evidence import Dossier, Evidence
from statuspress.core.histogram import Histogram
from statuspress.core.report import Point
from statuspress.core.state import State


@dataclass(frozen=True, slots=True)
class Held:
    """The state of a component, and for how many seconds at most it may be believed."""

    state: State
    seconds: int


@dataclass(frozen=True, slots=True)
class Sample:
    """One collection, at a whole second of UTC. `buckets` are histograms since the start of what was measured."""

    at: datetime
    values: Mapping[str, float | None]
    holds: Mapping[str, int]
    states: Mapping[str, Held]
    buckets: Mapping[str, Histogram] = field(default_factory=dict)

    def hold(self, id: str) -> timedelta | None:
        """How long a value of this sample may be believed; None for a record."""
        seconds = self.holds.get(id.partition(".")[0])
        return None if seconds is None else timedelta(seconds=seconds)


def make_sample(dossier: Dossier, states: Mapping[str, Held]) -> Sample:
    """What history keeps of a collection."""
    values: dict[str, float | None] = {}
    holds: dict[str, int] = {}
    for item in dossier:
        if not isinstance(item, Evidence):
            values[item.id] = None
        elif not isinstance(item.value, str):
            values[item.id] = int(item.value) if isinstance(item.value, bool) else item.value
            if item.valid_for is not None:
                family = item.id.partition(".")[0]
                seconds = int(item.valid_for.total_seconds())
                holds[family] = min(seconds, holds.get(family, seconds))
    buckets = {item.id: item.buckets for item in dossier if isinstance(item, Evidence) and item.buckets}
    return Sample(dossier.collected_at.astimezone(UTC).replace(microsecond=0), values, holds, dict(states), buckets)


def dump_sample(sample: Sample) -> str:
    """The line, without its end."""
    document: dict[str, Any] = {
        "at": rfc3339(sample.at),
        "values": dict(sample.values),
        "holds": dict(sample.holds),
        "states": {name: {"state": str(held.state), "for": held.seconds} for name, held in sample.states.items()},
    }
    if sample.buckets:
        document["buckets"] = {name: dump_histogram(histogram) for name, histogram in sample.buckets.items()}
    return json.dumps(document, separators=(",", ":"), allow_nan=False)


def load_sample(line: str | bytes) -> Sample:
    """The sample of a line. Raises ValueError, whose text says why it is none."""
    try:
        document = json.loads(line)
    except ValueError:
        raise ValueError("not JSON") from None
    try:
        at = datetime.fromisoformat(document["at"])
        if at.tzinfo is None:
            raise ValueError("its time has no zone")
        states = document["states"].items()
        return Sample(
            at.astimezone(UTC).replace(microsecond=0),
            {intern(name): _value(value) for name, value in document["values"].items()},
            {intern(family): _seconds(value) for family, value in document["holds"].items()},
            {intern(name): Held(State(held["state"]), _seconds(held["for"])) for name, held in states},
            {intern(name): load_histogram(pairs) for name, pairs in document.get("buckets", {}).items()},
        )
    except KeyError as error:
        raise ValueError(f"it lacks {error}") from None
    except (AttributeError, TypeError):
        raise ValueError("not a sample") from None


def order_samples(samples: Iterable[Sample]) -> tuple[Sample, ...]:
    """Oldest first; of two at the same second the later one in the files counts."""
    by_time = {sample.at: sample for sample in samples}
    return tuple(by_time[at] for at in sorted(by_time))


def make_series(samples: Sequence[Sample], id: str, now: datetime) -> tuple[Point, ...]:
    """The values of one id from ordered samples. Where a value's hold ran out unrenewed, a point without value follows.

    A collection that did not look for the id has no point.
    """
    looked = [sample for sample in samples if id in sample.values and sample.at <= now]
    points: list[Point] = []
    for place, sample in enumerate(looked):
        points.append(Point(sample.at, sample.values[id]))
        hold = sample.hold(id)
        after = looked[place + 1].at if place + 1 < len(looked) else now
        if sample.values[id] is not None and hold is not None and sample.at + hold < after:
            points.append(Point(sample.at + hold, None))
    return tuple(points)


def _value(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{value!r} is not a value")
    return value


def _seconds(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{value!r} is not a number of seconds")
    return value
