"""Histograms: they add up, survive restarts, and tell quantiles as Prometheus does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statuspress.core.histogram import Histogram, risen
from statuspress.core.percentile import HistogramError, median

BOUNDS = (0.005, 0.01, 0.05)


def histogram(*each: int) -> Histogram:
    """From the counts of each bucket by itself."""
    return Histogram(BOUNDS, tuple(sum(each[: place + 1]) for place in range(4)))


def test_a_quantile_of_two_merged_hours_is_not_the_mean_of_their_quantiles() -> None:
    quiet, busy = histogram(100, 0, 0, 0), histogram(0, 0, 900, 0)
    both = quiet.plus(busy)
    assert both == histogram(100, 0, 900, 0)
    # Rank 500 of 1,000 is 400 of the 900 into the bucket from 10 to 50 ms.
    assert both.quantile(0.5) == pytest.approx(0.01 + 0.04 * 400 / 900)
    assert quiet.quantile(0.5) == pytest.approx(0.0025)
    assert busy.quantile(0.5) == pytest.approx(0.03)


def test_without_observations_there_is_no_quantile() -> None:
    assert histogram(0, 0, 0, 0).quantile(0.95) is None


def test_what_was_surely_within_a_limit_is_counted_by_the_bound_below_it() -> None:
    found = histogram(3, 5, 7, 11)
    assert [found.within(limit) for limit in (0.004, 0.005, 0.01, 0.03, 0.05, 9)] == [0, 3, 8, 8, 15, 15]


def test_a_process_that_began_again_counts_from_nothing() -> None:
    assert histogram(5, 5, 0, 0).since(histogram(3, 1, 0, 0)) == histogram(2, 4, 0, 0)
    assert histogram(1, 0, 0, 0).since(histogram(3, 1, 0, 0)) == histogram(1, 0, 0, 0)
    # As many as before in all, but not in each bucket: it can only be another life.
    assert histogram(4, 0, 0, 0).since(histogram(3, 1, 0, 0)) == histogram(4, 0, 0, 0)


def test_histograms_of_different_bounds_meet_in_those_they_share() -> None:
    other = Histogram((0.01, 1.0), (7, 9, 10))
    assert histogram(1, 2, 3, 4).plus(other) == Histogram((0.01,), (10, 20))
    with pytest.raises(HistogramError):
        histogram(1, 2, 3, 4).plus(Histogram((2.0,), (1, 1)))


@pytest.mark.parametrize(
    ("bounds", "counts", "reason"),
    [
        ((), (1,), "must have bounds"),
        ((1.0,), (1,), "one count more"),
        ((1.0, 1.0), (1, 2, 3), "do not rise"),
        ((1.0, float("inf")), (1, 2, 3), "do not rise"),
        ((float("nan"),), (1, 2), "do not rise"),
        ((1.0,), (2, 1), "not cumulative"),
        ((1.0,), (-1, 1), "not cumulative"),
    ],
)
def test_what_is_no_histogram_is_refused(bounds: tuple[float, ...], counts: tuple[int, ...], reason: str) -> None:
    with pytest.raises(HistogramError, match=reason):
        Histogram(bounds, counts)


_COUNTS = st.tuples(*[st.integers(0, 10**6)] * 4)


@given(_COUNTS, _COUNTS)
def test_taking_away_what_was_added_leaves_what_was_there(first: tuple[int, ...], second: tuple[int, ...]) -> None:
    both = histogram(*first).plus(histogram(*second))
    assert both.since(histogram(*first)) == histogram(*second)


@pytest.mark.parametrize(("before", "after", "rise"), [(5, 9, 4), (5, 5, 0), (9, 2, 2), (9, 0, 0), (0.5, 0.75, 0.25)])
def test_a_counter_that_fell_began_again_from_zero(before: float, after: float, rise: float) -> None:
    assert risen(before, after) == rise


@pytest.mark.parametrize(
    ("values", "expected"), [([], None), ([7], 7), ([9, 1, 5], 5), ([4, 1, 3, 2], 2.5), ([1, 1, 9, 9], 5)]
)
def test_a_median_of_an_even_number_is_the_mean_of_the_middle_two(values: list[float], expected: float | None) -> None:
    assert median(values) == expected
