"""History: lines that come back as they were, and series with their gaps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from statuspress.core.evidence import Dossier, Evidence, Gap
from statuspress.core.histogram import Histogram
from statuspress.core.history import (
    Held,
    Sample,
    dump_sample,
    load_sample,
    make_sample,
    make_series,
    order_samples,
)
from statuspress.core.report import Point
from statuspress.core.state import State

NOW = datetime(2031, 3, 18, 14, 2, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def evidence(id: str, value: float | str | bool, seconds: int | None) -> Evidence:
    valid_for = None if seconds is None else timedelta(seconds=seconds)
    return Evidence(id, id, value, "1", "a", "asked", NOW, valid_for, "0" * 64)


def sample(at: datetime, value: float | None, hold: int = 120) -> Sample:
    return Sample(at, {"a.b": value}, {"a": hold}, {})


def test_a_sample_keeps_numbers_truths_and_gaps_and_how_long_they_hold() -> None:
    items: list[Evidence | Gap] = [
        evidence("a.b", 1.5, 900),
        evidence("a.c", seconds=300, value=True),
        evidence("a.text", "x", 10),
        evidence("r.d", 7, None),
        Gap("a.e", "a.e", "a", "away", NOW),
    ]
    made = make_sample(Dossier(NOW, {item.id: item for item in items}), {"lookup": Held(State.PARTIAL, 300)})
    assert made.values == {"a.b": 1.5, "a.c": 1, "r.d": 7, "a.e": None}
    assert made.hold("a.b") == timedelta(seconds=300)
    assert made.hold("r.d") is None
    assert load_sample(dump_sample(made)) == made
    assert "\n" not in dump_sample(made)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"at": "2031-03-18T14:02:00Z", "val', "not JSON"),
        ("[]", "not a sample"),
        ("7", "not a sample"),
        ("{}", "it lacks 'at'"),
        ('{"at":"2031-03-18T14:02:00","values":{},"holds":{},"states":{}}', "its time has no zone"),
        ('{"at":"yesterday","values":{},"holds":{},"states":{}}', "Invalid isoformat"),
        ('{"at":"2031-03-18T14:02:00Z","values":{"a":NaN},"holds":{},"states":{}}', "nan is not a value"),
        ('{"at":"2031-03-18T14:02:00Z","values":{"a":"1"},"holds":{},"states":{}}', "'1' is not a value"),
        ('{"at":"2031-03-18T14:02:00Z","values":{},"holds":{"a":-1},"states":{}}', "-1 is not a number of seconds"),
        ('{"at":"2031-03-18T14:02:00Z","values":{},"holds":{},"states":{"a":"up"}}', "not a sample"),
        ('{"at":"2031-03-18T14:02:00Z","values":{},"holds":{},"states":{"a":{"state":"fine","for":1}}}', "'fine'"),
    ],
)
def test_a_broken_line_is_refused_with_its_reason(line: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        load_sample(line)


def test_samples_are_ordered_and_of_two_at_one_time_the_later_counts() -> None:
    first, second, again = sample(NOW, 1), sample(NOW - MINUTE, 2), sample(NOW, 3)
    assert order_samples([first, second, again]) == (second, again)


def test_a_failed_measurement_is_a_point_without_value() -> None:
    series = make_series([sample(NOW - 2 * MINUTE, 1), sample(NOW - MINUTE, None)], "a.b", NOW)
    assert series == (Point(NOW - 2 * MINUTE, 1), Point(NOW - MINUTE, None))


def test_where_nothing_was_measured_in_time_the_line_breaks_when_the_value_ran_out() -> None:
    series = make_series([sample(NOW - 60 * MINUTE, 1), sample(NOW - MINUTE, 2)], "a.b", NOW)
    assert series == (Point(NOW - 60 * MINUTE, 1), Point(NOW - 58 * MINUTE, None), Point(NOW - MINUTE, 2))


def test_a_series_that_ended_long_ago_says_so() -> None:
    assert make_series([sample(NOW - 60 * MINUTE, 1)], "a.b", NOW)[-1] == Point(NOW - 58 * MINUTE, None)


def test_a_record_holds_for_ever() -> None:
    records = [Sample(NOW - timedelta(days=9), {"r.d": 1.0}, {}, {}), Sample(NOW, {"r.d": 2.0}, {}, {})]
    assert make_series(records, "r.d", NOW) == (Point(NOW - timedelta(days=9), 1.0), Point(NOW, 2.0))


def test_what_was_not_looked_for_and_what_lies_ahead_is_no_point() -> None:
    assert make_series([Sample(NOW, {}, {}, {}), sample(NOW + MINUTE, 1)], "a.b", NOW) == ()


def test_a_histogram_is_kept_with_its_sample() -> None:
    found = Histogram((0.005, 0.01), (3, 5, 9))
    item = Evidence("a.count", "Count", 9, "1", "a", "q", NOW, timedelta(minutes=15), "0" * 64, "", found)
    made = make_sample(Dossier(NOW, {item.id: item}), {})
    assert (made.values, made.buckets) == ({"a.count": 9}, {"a.count": found})
    assert load_sample(dump_sample(made)) == made


def test_a_broken_histogram_is_refused_with_its_reason() -> None:
    with pytest.raises(ValueError, match="not cumulative"):
        load_sample('{"at":"2031-03-18T14:02:00Z","values":{},"holds":{},"states":{},"buckets":{"a":[[1,5],[null,2]]}}')
