"""Line charts and sparklines as geometry: what a template needs to draw them, and nothing of HTML.

Across, places are percent of the width; down, pixels from the top. Paths live in a box of `BOX` by ten times the
height, stretched over the drawing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from statuspress.core.report import Point
from statuspress.render.thinning import Sample, samples, thinned

BOX = 1000
STRETCHES = 12
BEYOND = 4
_HOURS = (1, 3, 6, 12, 24)
LONGEST = timedelta(hours=_HOURS[-1])


@dataclass(frozen=True, slots=True)
class Line:
    """One series. `dots` are samples that stand alone; `end` is the latest one, when it still holds.

    `latest` is that sample's value and `highest` the highest of all, in the series' unit; None when there is none.
    `stretches` holds the highest value of each equal part of the period, for the table beside the drawing.
    """

    name: str
    path: str
    area: str
    dots: tuple[tuple[float, float], ...]
    end: tuple[float, float] | None
    label_y: float
    latest: float | None
    highest: float | None
    stretches: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines over one period, and the stretches of it in which none of them was measured (left, width).

    `beyond` says that the budget lies so far above the lines that it is not drawn.
    """

    height: int
    start: datetime
    end: datetime
    top: float
    lines: tuple[Line, ...]
    gaps: tuple[tuple[float, float], ...]
    levels: tuple[tuple[float, float], ...]
    hours: tuple[tuple[float, datetime], ...]
    limit: float | None
    beyond: bool

    @property
    def starts(self) -> tuple[datetime, ...]:
        """Where each stretch of the period begins."""
        return tuple(self.start + (self.end - self.start) * i / STRETCHES for i in range(STRETCHES))


def drawn_limit(limit: float | None, highest: float) -> float | None:
    """The budget, unless it would flatten the lines; with nothing measured it is all there is to draw."""
    return None if limit is not None and 0 < highest * BEYOND < limit else limit


def period(series: Sequence[Sequence[Point]], now: datetime) -> timedelta:
    """The shortest of 1, 3, 6, 12 and 24 hours that reaches back to the first point."""
    first = min((points[0].at for points in series if points), default=now)
    reach = next((hours for hours in _HOURS if now - first <= timedelta(hours=hours)), _HOURS[-1])
    return timedelta(hours=reach)


@dataclass(frozen=True, slots=True)
class Frame:
    """What a chart covers: its period, how long a sample holds within it, and its height in pixels."""

    start: datetime
    end: datetime
    hold: timedelta
    height: int


def line_chart(
    series: Mapping[str, Sequence[Point]], frame: Frame, *, limit: float | None = None, divisor: float = 1.0
) -> Chart:
    """Lays the series out from zero. `limit` is a budget in the series' unit; `divisor` turns it into the axis's."""
    start, end, hold, height = frame.start, frame.end, frame.hold, frame.height
    inside = {name: [p for p in points if start <= p.at <= end] for name, points in series.items()}
    found = {name: samples(points, hold) for name, points in inside.items()}
    highest = max((s.value for line in found.values() for s in line), default=0.0)
    drawn = drawn_limit(limit, highest)
    highest = max(highest, drawn or 0.0)
    levels, top = _levels(highest / divisor)
    plane = _Plane(start, end, top * divisor, height)
    ends = _spread([plane.y(line[-1].value) if line else math.inf for line in found.values()], height)
    lines = [_line(name, line, plane, hold, label) for (name, line), label in zip(found.items(), ends, strict=True)]
    every = sorted((p.at, p.value is not None) for points in inside.values() for p in points)
    return Chart(
        height,
        start,
        end,
        top,
        tuple(lines),
        tuple(_gaps(every, plane, hold)),
        tuple((plane.y(level * divisor), level) for level in levels),
        tuple(_hours(plane)),
        plane.y(drawn) if drawn else None,
        drawn != limit,
    )


@dataclass(frozen=True, slots=True)
class _Plane:
    start: datetime
    end: datetime
    top: float
    height: int

    def x(self, at: datetime) -> float:
        return round((at - self.start) / (self.end - self.start) * 100, 2)

    def y(self, value: float) -> float:
        return round(self.height * (1 - value / self.top), 1)


def _line(name: str, found: Sequence[Sample], plane: _Plane, hold: timedelta, label_y: float) -> Line:
    runs: list[list[Sample]] = []
    for sample in thinned(found):
        if not runs or sample.after_gap:
            runs.append([])
        runs[-1].append(sample)
    strokes, areas = [], []
    floor = plane.height * 10
    for run in runs:
        if len(run) < 2:
            continue
        places = [(round(plane.x(s.at) * BOX / 100), round(plane.y(s.value) * 10)) for s in run]
        stroke = f"M{places[0][0]} {places[0][1]}L" + " ".join(f"{x} {y}" for x, y in places[1:])
        strokes.append(stroke)
        areas.append(f"{stroke} {places[-1][0]} {floor} {places[0][0]} {floor}Z")
    dots = tuple((plane.x(run[0].at), plane.y(run[0].value)) for run in runs if len(run) == 1)
    last = found[-1] if found and plane.end - found[-1].at <= hold else None
    end = (plane.x(last.at), plane.y(last.value)) if last else None
    highest = max((s.value for s in found), default=None)
    latest = last.value if last else None
    return Line(name, "".join(strokes), "".join(areas), dots, end, label_y, latest, highest, _stretches(found, plane))


def _stretches(found: Sequence[Sample], plane: _Plane) -> tuple[float | None, ...]:
    length = (plane.end - plane.start) / STRETCHES
    highest: list[float | None] = [None] * STRETCHES
    for sample in found:
        index = min(STRETCHES - 1, int((sample.at - plane.start) / length))
        highest[index] = sample.value if highest[index] is None else max(sample.value, highest[index] or 0.0)
    return tuple(highest)


def _gaps(every: Sequence[tuple[datetime, bool]], plane: _Plane, hold: timedelta) -> list[tuple[float, float]]:
    """Where no series was measured: before the first sample, after failures and silences, and since the last."""
    measured = [at for at, known in every if known]
    if not measured:
        return [(0.0, 100.0)]
    failed = [at for at, known in every if not known and at not in set(measured)]
    edges = [plane.start, *measured, plane.end]
    found = []
    for left, right in pairwise(edges):
        if right - left > hold or any(left < at < right for at in failed):
            found.append((plane.x(left), round(plane.x(right) - plane.x(left), 2)))
    return found


def _levels(highest: float) -> tuple[list[float], float]:
    """Three to five round values from zero up to one that is at least the highest."""
    if highest <= 0:
        return [0.0, 1.0], 1.0
    magnitude = 10.0 ** math.floor(math.log10(highest))
    step = next(s * magnitude for s in (0.2, 0.25, 0.5, 1, 2, 2.5) if s * magnitude * 4 >= highest)
    count = math.ceil(highest / step - 1e-9)
    return [round(i * step, 10) for i in range(count + 1)], count * step * 1.06


def _hours(plane: _Plane) -> list[tuple[float, datetime]]:
    """Up to nine round times of day."""
    step = (plane.end - plane.start) / 8
    step = max(step, timedelta(minutes=10))
    at = plane.start.replace(minute=0, second=0, microsecond=0)
    found = []
    while at <= plane.end:
        if at >= plane.start:
            found.append((plane.x(at), at))
        at += step
    return found


def _spread(places: Sequence[float], height: int, apart: float = 14) -> list[float]:
    """Moves labels apart that would overlap, keeping their order and within the height where there is room."""
    order = sorted((i for i, y in enumerate(places) if math.isfinite(y)), key=lambda i: places[i])
    moved = [y if math.isfinite(y) else 0.0 for y in places]
    below = height + apart - 2.0
    for i in reversed(order):
        below = moved[i] = min(moved[i], below - apart)
    above = -apart
    for i in order:
        above = moved[i] = max(moved[i], above + apart)
    return [round(y, 1) for y in moved]
