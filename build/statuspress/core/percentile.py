"""Percentiles: of a histogram's buckets as Prometheus computes them, and of a list of durations; medians."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

Bucket = tuple[float, float]  # upper bound, and how many observations were at most that (cumulative)


class HistogramError(ValueError):
    """The buckets are not those of a histogram."""


def histogram_quantile(q: float, buckets: Sequence[Bucket]) -> float | None:
    """The q-quantile (0 < q < 1) of cumulative buckets; None without observations.

    Linear inside a bucket, whose lower bound is the bound before it (0 for the first); in the last bucket, which has
    no upper bound, the bound before it. (Prometheus, "Query functions": histogram_quantile.)
    """
    ordered = sorted(buckets)
    if len(ordered) < 2 or ordered[-1][0] != math.inf:
        raise HistogramError("its last bucket is not +Inf")
    counts = [count for _, count in ordered]
    if any(later < earlier for earlier, later in pairwise(counts)):
        raise HistogramError("its buckets are not cumulative")
    total = counts[-1]
    if total == 0:
        return None
    rank = q * total
    place = next(index for index, count in enumerate(counts) if count >= rank)
    if place == len(ordered) - 1:
        return ordered[-2][0]
    bound, count = ordered[place]
    lower, before = ordered[place - 1] if place else (0.0, 0.0)
    if count == before:
        return bound
    return lower + (bound - lower) * (rank - before) / (count - before)


def nearest_rank(q: float, values: Sequence[float]) -> float:
    """The q-quantile (0 < q <= 1) of the values by nearest rank: always one that was measured. Needs one value."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(q * len(ordered)) - 1)]


def median(values: Sequence[float]) -> float | None:
    """The middle value; of an even number of them, the mean of the middle two; None of none."""
    ordered = sorted(values)
    if not ordered:
        return None
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
