"""Percentiles: worked by hand, and at the edges."""

from __future__ import annotations

from math import inf

import pytest

from statuspress.core.percentile import HistogramError, histogram_quantile, nearest_rank

BUCKETS = [(0.1, 10.0), (0.5, 50.0), (1.0, 100.0), (inf, 100.0)]


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        (0.5, 0.5),  # rank 50 is the last of the second bucket
        (0.3, 0.3),  # rank 30: half of the way from 0.1 to 0.5
        (0.05, 0.05),  # rank 5: half of the way from 0 to 0.1
        (0.99, 0.99),  # rank 99: 49 of 50 of the way from 0.5 to 1
    ],
)
def test_a_quantile_is_interpolated_inside_its_bucket(q: float, expected: float) -> None:
    assert histogram_quantile(q, BUCKETS) == pytest.approx(expected)


def test_the_order_of_the_buckets_does_not_matter() -> None:
    assert histogram_quantile(0.3, BUCKETS[::-1]) == histogram_quantile(0.3, BUCKETS)


def test_beyond_the_last_bound_the_answer_is_that_bound() -> None:
    assert histogram_quantile(0.95, [(0.1, 10.0), (0.5, 50.0), (inf, 100.0)]) == 0.5


def test_empty_buckets_between_are_stepped_over() -> None:
    assert histogram_quantile(0.5, [(1.0, 0.0), (2.0, 0.0), (3.0, 4.0), (inf, 4.0)]) == pytest.approx(2.5)


def test_without_observations_there_is_no_quantile() -> None:
    assert histogram_quantile(0.5, [(1.0, 0.0), (inf, 0.0)]) is None


@pytest.mark.parametrize(
    ("buckets", "reason"),
    [
        ([], "not \\+Inf"),
        ([(inf, 4.0)], "not \\+Inf"),
        ([(1.0, 4.0), (2.0, 5.0)], "not \\+Inf"),
        ([(1.0, 4.0), (2.0, 3.0), (inf, 5.0)], "not cumulative"),
    ],
)
def test_what_is_no_histogram_is_refused(buckets: list[tuple[float, float]], reason: str) -> None:
    with pytest.raises(HistogramError, match=reason):
        histogram_quantile(0.5, buckets)


@pytest.mark.parametrize(
    ("q", "expected"), [(0.05, 15.0), (0.3, 20.0), (0.4, 20.0), (0.5, 35.0), (0.99, 50.0), (1.0, 50.0)]
)
def test_nearest_rank_answers_a_value_that_was_measured(q: float, expected: float) -> None:
    assert nearest_rank(q, [40.0, 15.0, 50.0, 20.0, 35.0]) == expected
