"""Roll-ups: what they keep, that they add up to what the samples said, and their files."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statuspress.core.availability import days_of, spans
from statuspress.core.histogram import Histogram
from statuspress.core.history import Held, Sample, order_samples
from statuspress.core.rolled import dump_file, dump_rollup, load_head, load_rollup
from statuspress.core.rollup import DAY, HOUR, Observed, Rollup, Tally, merge, roll_up
from statuspress.core.state import State

DATE = date(2031, 3, 18)
MIDNIGHT = datetime(2031, 3, 18, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
UP, MAJOR = State.OPERATIONAL, State.MAJOR


def sample(minute: float, value: float | None = 1, state: State = UP, hold: int = 900) -> Sample:
    return Sample(MIDNIGHT + minute * MINUTE, {"a.b": value}, {"a": hold}, {"x": Held(state, hold)})


def test_an_hour_keeps_counts_sums_extremes_and_the_rise_of_a_counter_over_its_reset() -> None:
    samples = [sample(0, 5), sample(5, None), sample(10, 9), sample(15, 2), sample(20, 4)]
    (hour,) = roll_up(samples, None, DATE)
    assert hour.start == MIDNIGHT
    assert hour.samples == 5
    # 5 to 9, the reset to 2, 2 to 4: 4 + 2 + 2.
    assert hour.values == {"a.b": Tally(count=4, gaps=1, sum=20, low=2, high=9, first=5, last=4, rise=8)}
    assert hour.missed == {}


def test_what_was_never_known_is_counted_as_missed() -> None:
    (hour,) = roll_up([sample(0, None), sample(5, None)], None, DATE)
    assert (hour.values, hour.missed) == ({}, {"a.b": 2})


def test_percentiles_are_left_out_for_they_do_not_add_up() -> None:
    values: dict[str, float | None] = {"probe.lookup.p95": 0.01, "service.p": 1.0, "service.p50.count": 3}
    (hour,) = roll_up([Sample(MIDNIGHT, values, {}, {})], None, DATE)
    assert sorted(hour.values) == ["service.p", "service.p50.count"]


def test_hours_that_nobody_measured_are_left_out() -> None:
    hours = roll_up([sample(5, hold=60), sample(60 * 20, hold=60)], None, DATE)
    assert [hour.start.hour for hour in hours] == [0, 20]


def test_a_state_reaches_into_the_next_hour_and_out_of_the_day_before() -> None:
    before = Sample(MIDNIGHT - 5 * MINUTE, {}, {}, {"x": Held(MAJOR, 600)})
    hours = roll_up([sample(55, hold=600)], before, DATE)
    assert [dict(hour.states["x"]) for hour in hours] == [{MAJOR: 300, UP: 300}, {UP: 300}]
    assert [hour.samples for hour in hours] == [1, 0]


def test_a_histogram_keeps_what_rose_over_a_restart() -> None:
    def counted(minute: int, *counts: int) -> Sample:
        return Sample(MIDNIGHT + minute * MINUTE, {}, {}, {}, {"a.b": Histogram((1.0,), counts)})

    (hour,) = roll_up([counted(0, 3, 5), counted(5, 4, 8), counted(10, 1, 1)], None, DATE)
    assert hour.buckets["a.b"] == Observed(
        Histogram((1.0,), (3, 5)), Histogram((1.0,), (1, 1)), Histogram((1.0,), (2, 4))
    )


def test_after_a_change_of_all_bounds_a_histogram_begins_anew() -> None:
    old, new = Histogram((1.0,), (3, 5)), Histogram((2.0,), (1, 1))
    nothing = Histogram((2.0,), (0, 0))
    later = Observed(new, new, nothing)
    assert Observed(old, old, Histogram((1.0,), (0, 0))).then(later) == later


def test_the_rise_between_two_hours_is_of_the_longer_period() -> None:
    first, second = roll_up([sample(50, 5), sample(70, 8)], None, DATE)
    assert first.values["a.b"].rise == second.values["a.b"].rise == 0
    assert merge([first, second], MIDNIGHT, DAY).values["a.b"].rise == 3


def test_gaps_of_an_hour_without_any_value_are_gaps_of_the_day() -> None:
    day = merge(roll_up([sample(0, 5), sample(70, None), sample(130, None)], None, DATE), MIDNIGHT, DAY)
    assert day.values["a.b"].gaps == 2
    assert day.missed == {}


_VALUES = st.one_of(st.none(), st.integers(0, 10**9))
_SAMPLES = st.lists(
    st.tuples(st.integers(-30, 1439), _VALUES, st.sampled_from(State), st.integers(0, 5000)), max_size=30
)


@given(_SAMPLES)
def test_a_day_made_of_its_hours_says_what_its_samples_said(taken: list[tuple[int, int | None, State, int]]) -> None:
    samples = order_samples(sample(*one) for one in taken)
    inside = [one for one in samples if one.at >= MIDNIGHT]
    before = next((one for one in reversed(samples) if one.at < MIDNIGHT), None)
    day = merge(roll_up(inside, before, DATE), MIDNIGHT, DAY)
    values = [one.values["a.b"] for one in inside]
    known = [value for value in values if value is not None]
    assert day.samples == len(inside)
    if known:
        tally = day.values["a.b"]
        rise = sum(b - a if b >= a else b for a, b in pairwise(known))
        assert tally == Tally(
            len(known), len(values) - len(known), sum(known), min(known), max(known), known[0], known[-1], rise
        )
    else:
        assert day.missed.get("a.b", 0) == len(values)
    tomorrow = MIDNIGHT + DAY
    last_before = [before] if before else []
    (whole, _) = days_of(spans([*last_before, *inside], "x", tomorrow), tomorrow, 2)
    assert day.states.get("x", {}) == whole.seconds


@given(_SAMPLES)
def test_a_line_comes_back_as_it_was(taken: list[tuple[int, int | None, State, int]]) -> None:
    for hour in roll_up(order_samples(sample(*one) for one in taken if one[0] >= 0), None, DATE):
        assert load_rollup(dump_rollup(hour).encode(), "hours") == hour


def test_a_histogram_comes_back_as_it_was() -> None:
    found = Histogram((0.5, 1.0), (1, 2, 3))
    rollup = Rollup(MIDNIGHT, HOUR, 1, {}, {}, {"a.b": Observed(found, found, found)}, {})
    assert load_rollup(dump_rollup(rollup).encode(), "hours") == rollup


def test_a_head_says_what_its_file_was_made_of() -> None:
    hours = roll_up([sample(5)], None, DATE)
    head = load_head(dump_file("hours", hours, {"f": "0" * 64}, (None, sample(5))).split(b"\n")[0], "hours")
    assert head.sources == {"f": "0" * 64}
    assert head.before is None
    assert head.last == Sample(MIDNIGHT + 5 * MINUTE, {}, {}, {"x": Held(UP, 900)})


GOOD = json.loads(dump_rollup(roll_up([sample(5)], None, DATE)[0]))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"at": "2031-03-18T00:00:00"}, "no zone"),
        ({"at": 7}, "not a roll-up"),
        ({"n": -1}, "-1 is not a count"),
        ({"n": True}, "True is not a count"),
        ({"values": {"a.b": [1, 2, 3]}}, "no roll-up"),
        ({"values": {"a.b": [1, 0, "3", 1, 1, 1, 1, 0]}}, "no roll-up"),
        ({"values": 7}, "not a roll-up"),
        ({"states": {"x": {"fine": 3}}}, "'fine'"),
        ({"states": {"x": {"operational": 1.5}}}, "1.5 is not a count"),
        ({"buckets": {"a.b": [[], [], []]}}, "no counts by bound"),
        ({"buckets": {"a.b": [[[1, 5], [None, 3]]] * 3}}, "not cumulative"),
    ],
)
def test_a_broken_line_is_refused_with_its_reason(change: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        load_rollup(json.dumps(GOOD | change).encode(), "hours")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "not JSON"),
        (b"[]", "none of hours"),
        (b'{"version":9,"of":"hours","digest":"","from":{},"before":null,"last":null}', "version 9"),
        (b'{"version":1,"of":"days","digest":"","from":{},"before":null,"last":null}', "none of hours"),
        (b'{"version":1,"of":"hours","digest":"","from":7,"before":null,"last":null}', "none of hours"),
        (b'{"version":1,"of":"hours","digest":"","from":{},"before":null,"last":{}}', "lacks 'at'"),
    ],
)
def test_a_broken_head_is_refused_with_its_reason(line: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        load_head(line, "hours")
