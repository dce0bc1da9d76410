"""Histograms: counts of observations by upper bound, which add up over time and instances without loss.

A mean of percentiles is no percentile; percentiles are read from merged counts (percentile.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import inf, isfinite

from statuspress.core.percentile import HistogramError, histogram_quantile


@dataclass(frozen=True, slots=True)
class Histogram:
    """`counts[i]` observations were at most `bounds[i]`; the last count, one more than there are bounds, is of all.

    Bounds rise and are finite. Raises HistogramError for what is no histogram.
    """

    bounds: tuple[float, ...]
    counts: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.counts) != len(self.bounds) + 1 or not self.bounds:
            raise HistogramError("it must have bounds, and one count more than those")
        if not all(map(isfinite, self.bounds)) or any(b <= a for a, b in pairwise(self.bounds)):
            raise HistogramError("its bounds do not rise")
        if self.counts[0] < 0 or any(b < a for a, b in pairwise(self.counts)):
            raise HistogramError("its buckets are not cumulative")

    @property
    def total(self) -> int:
        """All observations."""
        return self.counts[-1]

    def quantile(self, q: float) -> float | None:
        """The q-quantile as Prometheus interpolates it; None without observations."""
        return histogram_quantile(q, [*zip((*self.bounds, inf), map(float, self.counts), strict=True)])

    def within(self, limit: float) -> int:
        """The observations that were surely at most `limit`: those of the highest bound that is not above it."""
        return next((c for b, c in zip(self.bounds[::-1], self.counts[-2::-1], strict=True) if b <= limit), 0)

    def plus(self, other: Histogram) -> Histogram:
        """Both together, by the bounds they share. Raises HistogramError when there are none."""
        mine, theirs = self.by_bounds(other.bounds), other.by_bounds(self.bounds)
        return Histogram(mine.bounds, tuple(a + b for a, b in zip(mine.counts, theirs.counts, strict=True)))

    def since(self, before: Histogram) -> Histogram:
        """What was observed after `before`. Where any count fell the process began again: then all of this one."""
        mine, theirs = self.by_bounds(before.bounds), before.by_bounds(self.bounds)
        rises = tuple(a - b for a, b in zip(mine.counts, theirs.counts, strict=True))
        if any(rise < 0 for rise in rises) or any(b < a for a, b in pairwise(rises)):
            return mine
        return Histogram(mine.bounds, rises)

    def by_bounds(self, wanted: tuple[float, ...]) -> Histogram:
        """The same observations, by those of its bounds that are wanted. Raises HistogramError without any."""
        if wanted == self.bounds:
            return self
        kept = [(b, c) for b, c in zip(self.bounds, self.counts, strict=False) if b in wanted]
        return Histogram(tuple(b for b, _ in kept), (*(c for _, c in kept), self.total))


def risen(before: float, after: float) -> float:
    """By how much a counter rose. One that fell began again from zero, so it rose by all it says."""
    return after - before if after >= before else after
