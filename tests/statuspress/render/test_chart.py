"""Charts break where nothing was measured, and keep their extremes when they are thinned."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statuspress.core.report import Point
from statuspress.render.chart import STRETCHES, Frame, line_chart, period
from statuspress.render.thinning import LIMIT, samples, thinned

START = datetime(2031, 3, 18, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = Frame(START, START + 60 * MINUTE, 15 * MINUTE, 100)


def _points(*values: float | None, step: timedelta = 10 * MINUTE) -> list[Point]:
    return [Point(START + step * index, value) for index, value in enumerate(values)]


def test_a_failed_measurement_breaks_the_line_and_is_hatched() -> None:
    chart = line_chart({"p95": _points(1, 1, None, 1, 1, 1, 1)}, HOUR)

    assert chart.lines[0].path.count("M") == 2
    assert [(round(x), round(width)) for x, width in chart.gaps] == [(17, 33)]


def test_a_silence_longer_than_a_sample_holds_breaks_the_line() -> None:
    points = [Point(START, 1), Point(START + 10 * MINUTE, 1), Point(START + 40 * MINUTE, 1), Point(HOUR.end, 1)]
    chart = line_chart({"p95": points}, HOUR)

    assert len(chart.lines[0].path.split("M")) - 1 == 1, "one stroke of two samples"
    assert len(chart.lines[0].dots) == 2, "samples that stand alone are dots"
    assert [round(width) for _, width in chart.gaps] == [50, 33]


def test_an_unbroken_series_has_no_gap() -> None:
    chart = line_chart({"p95": _points(1, 2, 3, 2, 1, 2, 3)}, HOUR)

    assert chart.gaps == ()
    assert chart.lines[0].path.count("M") == 1
    assert chart.lines[0].latest == 3


def test_a_line_whose_last_sample_no_longer_holds_has_no_end() -> None:
    chart = line_chart({"p95": _points(1, 2)}, HOUR)

    assert chart.lines[0].end is None
    assert chart.lines[0].latest is None
    assert chart.lines[0].highest == 2


def test_a_series_without_samples_is_hatched_over_its_whole_width() -> None:
    chart = line_chart({"p95": ()}, HOUR)

    assert chart.gaps == ((0.0, 100.0),)
    assert chart.lines[0].path == ""
    assert chart.lines[0].stretches == (None,) * STRETCHES


def test_the_axis_begins_at_zero_and_holds_the_budget() -> None:
    chart = line_chart({"p95": _points(0.004, 0.006)}, HOUR, limit=0.02, divisor=0.001)

    assert chart.levels[0] == (100.0, 0.0)
    assert chart.levels[-1][1] >= 20
    assert 3 <= len(chart.levels) <= 6
    assert chart.limit is not None
    assert 0 < chart.limit < 100


def test_a_budget_far_above_the_lines_is_not_drawn_but_said() -> None:
    chart = line_chart({"p95": _points(0.004, 0.006)}, HOUR, limit=0.025)

    assert chart.limit is None
    assert chart.beyond
    assert chart.levels[-1][1] < 0.01


def test_with_nothing_measured_the_budget_is_drawn() -> None:
    chart = line_chart({"p95": ()}, HOUR, limit=0.025)

    assert chart.limit is not None
    assert not chart.beyond


def test_labels_of_lines_that_end_together_are_moved_apart() -> None:
    series = {name: _points(1, 1, 1, 1, 1, 1, 1) for name in ("p50", "p95", "p99")}
    places = sorted(line.label_y for line in line_chart(series, HOUR).lines)

    assert min(b - a for a, b in pairwise(places)) >= 14


@pytest.mark.parametrize(("minutes", "hours"), [(5, 1), (61, 3), (400, 12), (5000, 24)])
def test_the_period_is_the_shortest_that_reaches_back_to_the_first_sample(minutes: int, hours: int) -> None:
    assert period([[Point(START - minutes * MINUTE, 1)]], START) == timedelta(hours=hours)


@given(st.lists(st.one_of(st.none(), st.floats(0, 1e6)), min_size=201, max_size=900))
def test_thinning_keeps_the_extremes_the_order_and_every_break(values: list[float | None]) -> None:
    found = samples(_points(*values, step=MINUTE), 2 * MINUTE)
    kept = thinned(found)

    assert len(kept) <= LIMIT
    assert [s.at for s in kept] == sorted(s.at for s in kept)
    if found:
        assert min(s.value for s in kept) == min(s.value for s in found)
        assert max(s.value for s in kept) == max(s.value for s in found)
    for before, after in pairwise(kept):
        broken = any(before.at < s.at <= after.at and s.after_gap for s in found)
        assert after.after_gap == broken


def test_few_samples_are_not_thinned() -> None:
    found = samples(_points(1, 2, 3), HOUR.hold)
    assert thinned(found) == found
