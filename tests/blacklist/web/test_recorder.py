"""The last minutes of the counters: rates, percentiles as Prometheus reckons them, and what is not known."""

from __future__ import annotations

import pytest

from blacklist.metrics import BUCKETS, Metrics
from blacklist.web.recorder import EVERY, LOOKUP, POINTS, Recorder, quantile


def answer(metrics: Metrics, count: int, seconds: float = 0.0003, outcome: str = "listed") -> None:
    for _ in range(count):
        metrics.request(LOOKUP, "GET", 200, seconds)
        metrics.lookups[outcome] += 1


def test_a_quantile_lies_within_its_bucket_in_proportion() -> None:
    counts = [0] * (len(BUCKETS) + 1)
    counts[3] = 10  # 0.00025 to 0.0005
    assert quantile(counts, 0.5) == pytest.approx(0.000375)
    counts[4] = 90  # 0.0005 to 0.001
    assert quantile(counts, 0.1) == pytest.approx(0.0005)
    assert quantile(counts, 0.99) == pytest.approx(0.0005 + 0.0005 * 89 / 90)


def test_a_quantile_of_nothing_is_unknown_and_beyond_the_last_bound_it_is_that_bound() -> None:
    counts = [0] * (len(BUCKETS) + 1)
    assert quantile(counts, 0.5) is None
    counts[-1] = 1
    assert quantile(counts, 0.5) == BUCKETS[-1]


def test_nothing_is_known_before_two_readings() -> None:
    recorder, metrics = Recorder(), Metrics()
    recorder.record(metrics, 100.0)
    assert (list(recorder.points), recorder.routes(), recorder.verdicts(), recorder.seconds) == ([], {}, {}, 0.0)


def test_rates_are_those_between_readings() -> None:
    recorder, metrics = Recorder(), Metrics()
    answer(metrics, 1000)  # before the first reading: not of the window
    recorder.record(metrics, 100.0)
    answer(metrics, 10)
    answer(metrics, 30, outcome="unlisted")
    recorder.record(metrics, 104.0)
    (point,) = recorder.points
    assert point[:2] == (104.0, 10.0)
    assert point[5:] == (2.5, 7.5, 0.0, 0.0)
    assert recorder.verdicts()["unlisted"] == 7.5
    assert recorder.routes()[LOOKUP].rate == 10.0
    assert recorder.routes()[LOOKUP].quantiles[0] == pytest.approx(0.000375)


def test_a_time_without_lookups_has_no_percentile() -> None:
    recorder, metrics = Recorder(), Metrics()
    answer(metrics, 5)
    for number in range(10):
        recorder.record(metrics, 100 + EVERY * number)
    assert recorder.points[-1][1:5] == (0.0, None, None, None)


def test_five_minutes_are_kept_and_the_window_is_one() -> None:
    recorder, metrics = Recorder(), Metrics()
    for number in range(400):
        recorder.record(metrics, EVERY * number)
    assert len(recorder.points) == POINTS
    assert recorder.seconds == 60
    assert recorder.taken == 400


def test_a_clock_that_was_set_back_begins_anew() -> None:
    recorder, metrics = Recorder(), Metrics()
    for at in (100.0, 102.0, 50.0):
        recorder.record(metrics, at)
    assert (len(recorder.points), recorder.seconds) == (0, 0.0)
