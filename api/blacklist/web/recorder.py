"""The last five minutes of a server's counters, read every two seconds: what the live page draws."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from itertools import pairwise
from time import time
from typing import NamedTuple

from blacklist.metrics import BUCKETS, Metrics

EVERY = 2.0  # seconds between readings
POINTS = 150  # that a chart shows
_WINDOW = 30  # readings that rates and percentiles of the last minute are made of
_SMOOTH = 5  # readings that one point of a chart is made of
LOOKUP = "/api/v1/lookup/{address}"
OUTCOMES = ("listed", "unlisted", "allowlisted", "invalid")
QUANTILES = (0.5, 0.95, 0.99)


class Reading(NamedTuple):
    """The counters at one time, in Unix seconds."""

    at: float
    requests: Mapping[tuple[str, str, int], int]
    durations: Mapping[str, Sequence[int]]
    lookups: Mapping[str, int]


class Route(NamedTuple):
    """What a route did within the window. Rates are per second, `quantiles` in seconds, or None without a request."""

    rate: float
    quantiles: Sequence[float | None]


Point = Sequence[float | None]
"""One point of the charts: time, requests a second, the three quantiles of lookups in seconds, verdicts a second."""


class Recorder:
    """Readings of the last minute, and points of the last five."""

    def __init__(self) -> None:
        self.points: deque[Point] = deque(maxlen=POINTS)
        self.taken = 0
        """How many readings there were in all."""
        self.watchers = 0
        """How many pages are open."""
        self._readings: deque[Reading] = deque(maxlen=_WINDOW + 1)

    async def run(self, metrics: Metrics) -> None:
        """Reads until cancelled."""
        while True:
            self.record(metrics, time())
            await asyncio.sleep(EVERY)

    def record(self, metrics: Metrics, now: float) -> None:
        """Takes one reading. A clock that was set back begins anew."""
        durations = {route: tuple(histogram.counts) for route, histogram in metrics.durations.items()}
        reading = Reading(now, dict(metrics.requests), durations, dict(metrics.lookups))
        if self._readings and self._readings[-1].at >= now:
            self._readings.clear()
            self.points.clear()
        self._readings.append(reading)
        self.taken += 1
        if len(self._readings) > 1:
            before = self._readings[max(0, len(self._readings) - 1 - _SMOOTH)]
            rates = (_rate(before, reading, before.lookups.get(name, 0), reading.lookups[name]) for name in OUTCOMES)
            lookups = _between(before, reading, LOOKUP)
            quantiles = (quantile(lookups, one) for one in QUANTILES)
            self.points.append((now, _requests(before, reading), *quantiles, *rates))

    @property
    def seconds(self) -> float:
        """How long the window is: a minute, less after the start."""
        return self._readings[-1].at - self._readings[0].at if self._readings else 0.0

    def routes(self) -> dict[str, Route]:
        """What each route did within the window."""
        if len(self._readings) < 2:
            return {}
        first, last = self._readings[0], self._readings[-1]
        found = {}
        for route in last.durations:
            counts = _between(first, last, route)
            found[route] = Route(sum(counts) / (last.at - first.at), [quantile(counts, one) for one in QUANTILES])
        return found

    def verdicts(self) -> dict[str, float]:
        """Verdicts a second within the window, by outcome."""
        if len(self._readings) < 2:
            return {}
        first, last = self._readings[0], self._readings[-1]
        return {name: _rate(first, last, first.lookups.get(name, 0), last.lookups[name]) for name in OUTCOMES}


def quantile(counts: Sequence[int], share: float) -> float | None:
    """A quantile of a histogram's counts in seconds, as Prometheus reckons it; None when nothing was counted.

    Within a bucket durations count as evenly spread; above the last bound it is that bound.
    """
    rank = share * sum(counts)
    if rank == 0:
        return None
    below = 0
    for (low, high), count in zip(pairwise((0.0, *BUCKETS)), counts, strict=False):
        if count and below + count >= rank:
            return low + (high - low) * (rank - below) / count
        below += count
    return BUCKETS[-1]


def _between(first: Reading, last: Reading, route: str) -> Sequence[int]:
    after = last.durations.get(route, ())
    before = first.durations.get(route) or (0,) * len(after)
    return [new - old for old, new in zip(before, after, strict=True)]


def _requests(first: Reading, last: Reading) -> float:
    return _rate(first, last, sum(first.requests.values()), sum(last.requests.values()))


def _rate(first: Reading, last: Reading, before: int, after: int) -> float:
    return (after - before) / (last.at - first.at)
