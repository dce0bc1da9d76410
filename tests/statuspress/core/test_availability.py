"""Availability: worked by hand, and what must hold for any history."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statuspress.core.availability import Span, availability, days_of, spans, together
from statuspress.core.component import Availability, Day
from statuspress.core.history import Held, Sample, order_samples
from statuspress.core.state import State

NOW = datetime(2031, 3, 18, 14, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
UP, MAJOR = State.OPERATIONAL, State.MAJOR


def sample(at: datetime, state: State, seconds: int = 900) -> Sample:
    return Sample(at, {}, {}, {"x": Held(state, seconds)})


def measured(samples: list[Sample]) -> list[tuple[datetime, datetime, State]]:
    return [(span.start, span.end, span.state) for span in spans(samples, "x", NOW)]


def test_a_sample_holds_until_the_next_one() -> None:
    samples = [sample(NOW - timedelta(minutes=20), UP), sample(NOW - timedelta(minutes=10), MAJOR)]
    middle = NOW - timedelta(minutes=10)
    assert measured(samples) == [(NOW - timedelta(minutes=20), middle, UP), (middle, NOW, MAJOR)]


def test_a_sample_holds_no_longer_than_it_may_be_believed() -> None:
    assert measured([sample(NOW - HOUR, UP)]) == [(NOW - HOUR, NOW - HOUR + timedelta(seconds=900), UP)]


def test_an_unknown_state_ends_the_one_before_and_measures_nothing() -> None:
    start, middle = NOW - timedelta(minutes=10), NOW - timedelta(minutes=5)
    assert measured([sample(start, UP), sample(middle, State.UNKNOWN)]) == [(start, middle, UP)]


def test_a_collection_that_did_not_judge_the_component_ends_the_state_before() -> None:
    start, middle = NOW - timedelta(minutes=10), NOW - timedelta(minutes=5)
    assert measured([sample(start, UP), Sample(middle, {}, {}, {})]) == [(start, middle, UP)]


def test_what_lies_ahead_is_not_measured() -> None:
    assert measured([sample(NOW, UP), sample(NOW + HOUR, MAJOR)]) == []


def test_a_stretch_over_midnight_is_shared_by_both_days() -> None:
    midnight = datetime(2031, 3, 18, tzinfo=UTC)
    days = days_of([Span(midnight - 2 * HOUR, midnight + HOUR, MAJOR)], NOW, 3)
    assert days == (
        Day(date(2031, 3, 16), 86_400, {}),
        Day(date(2031, 3, 17), 86_400, {MAJOR: 7200}),
        Day(date(2031, 3, 18), 14 * 3600, {MAJOR: 3600}),
    )


def test_what_was_before_the_first_day_is_left_out() -> None:
    first = datetime(2031, 3, 17, tzinfo=UTC)
    days = days_of([Span(first - HOUR, first + HOUR, UP)], NOW, 2)
    assert [day.seconds for day in days] == [{UP: 3600}, {}]


def test_now_in_another_zone_is_the_same_instant() -> None:
    there = NOW.astimezone(datetime.strptime("+0900", "%z").tzinfo)
    assert days_of([], there, 2) == days_of([], NOW, 2)


def day(**seconds: int) -> Day:
    return Day(date(2031, 3, 17), 86_400, {State[name]: value for name, value in seconds.items()})


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ({}, Availability(0, 0, 86_400)),
        ({"OPERATIONAL": 86_400}, Availability(86_400, 86_400, 86_400)),
        ({"OPERATIONAL": 900, "MAJOR": 100}, Availability(900, 1000, 86_400)),
        ({"DEGRADED": 900, "MAJOR": 100}, Availability(900, 1000, 86_400)),
        ({"MAINTENANCE": 5000, "OPERATIONAL": 10}, Availability(10, 10, 86_400)),
        ({"PARTIAL": 1000}, Availability(700, 1000, 86_400)),
        ({"PARTIAL": 1}, Availability(0, 1, 86_400)),  # 0.7 s is rounded down
    ],
)
def test_availability_is_worked_out_in_whole_seconds(seconds: dict[str, int], expected: Availability) -> None:
    assert availability([day(**seconds)]) == expected


def test_nothing_known_is_no_share_and_no_coverage() -> None:
    nothing = availability([day()])
    assert nothing.share is None
    assert nothing.coverage == 0.0


@given(
    st.lists(
        st.tuples(st.integers(-100, 12_000), st.sampled_from(State), st.integers(0, 5000)),
        max_size=40,
    )
)
def test_no_second_is_counted_twice_whatever_was_sampled(taken: list[tuple[int, State, int]]) -> None:
    samples = order_samples(sample(NOW - timedelta(minutes=m), state, seconds) for m, state, seconds in taken)
    days = days_of(spans(samples, "x", NOW), NOW, 9)
    assert sum(day.length for day in days) == 8 * 86_400 + 14 * 3600
    for one in days:
        assert sum(one.seconds.values()) <= one.length
        assert State.UNKNOWN not in one.seconds
        assert all(seconds > 0 for seconds in one.seconds.values())
    total = availability(days)
    assert 0 <= total.up <= total.known <= total.period


def stretch(start: float, end: float, state: State) -> Span:
    """From and to so many hours after the first of March."""
    first = datetime(2031, 3, 1, tzinfo=UTC)
    return Span(first + start * HOUR, first + end * HOUR, state)


def test_overlapping_downtime_is_counted_once_and_the_worst_counts() -> None:
    found = together(
        [
            stretch(0, 10, UP),
            stretch(2, 5, State.PARTIAL),
            stretch(4, 7, MAJOR),
            stretch(6, 8, MAJOR),
            stretch(20, 21, UP),
        ]
    )
    assert found == (
        stretch(0, 2, UP),
        stretch(2, 4, State.PARTIAL),
        stretch(4, 8, MAJOR),
        stretch(8, 10, UP),
        stretch(20, 21, UP),
    )


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50), st.sampled_from(State)), max_size=12))
def test_stretches_together_cover_the_same_time_and_never_overlap(taken: list[tuple[int, int, State]]) -> None:
    given_ = [stretch(start, end, state) for start, end, state in taken]
    found = together(given_)
    assert all(a.end <= b.start for a, b in pairwise(found))
    for hour in range(50):
        at = stretch(hour, hour + 1, UP)
        states = [s.state for s in given_ if s.start <= at.start and s.end >= at.end]
        covering = [s.state for s in found if s.start <= at.start and s.end >= at.end]
        assert covering == ([max(states, key=lambda state: state.severity)] if states else [])


def test_five_nines_never_read_as_a_whole() -> None:
    """99.999 % of 90 days: 77.76 seconds down are 78, and the share is rounded down."""
    total = availability([day(OPERATIONAL=86_400 * 90 - 78, MAJOR=78)])
    assert total.up * 10_000 // total.known == 9999


def test_a_day_that_was_rolled_up_counts_as_it_was_and_today_as_measured() -> None:
    yesterday = (NOW - 24 * HOUR).date()
    rolled = {yesterday: {MAJOR: 7}, NOW.date(): {MAJOR: 9}}
    days = days_of([Span(NOW - 24 * HOUR, NOW, UP)], NOW, 2, rolled)
    assert [one.seconds for one in days] == [{MAJOR: 7}, {UP: 14 * 3600}]
