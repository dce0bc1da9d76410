"""Objectives: burn rates and budgets, worked by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest

from statuspress.core.histogram import Histogram
from statuspress.core.history import Sample
from statuspress.core.past import Past
from statuspress.core.rollup import roll_up
from statuspress.core.slo import PAIRS, Burn, Events, Objective, Standing
from statuspress.core.standing import standing

NOW = datetime(2031, 3, 18, 14, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ANSWERED = Objective("answered", "Answered", Fraction(999, 1000), timedelta(days=30), "a.all", "a.bad")
QUICK = Objective("quick", "Quick", Fraction(99, 100), timedelta(days=30), "a.all", within=0.01)


def counted(minutes_ago: float, total: int | None, bad: int | None = 0) -> Sample:
    return Sample(NOW - minutes_ago * MINUTE, {"a.all": total, "a.bad": bad}, {"a": 900}, {})


def every_five_minutes(hours: int, requests: int, bad: int) -> Past:
    """So many requests, and bad ones of them, in each five minutes up to now."""
    steps = hours * 12
    return Past(tuple(counted(5 * (steps - n), n * requests, n * bad) for n in range(steps + 1)))


def test_the_windows_are_those_of_the_workbook() -> None:
    hours = [(pair.long / timedelta(hours=1), pair.short / timedelta(hours=1), float(pair.above)) for pair in PAIRS]
    assert hours == [(1, pytest.approx(1 / 12), 14.4), (6, 0.5, 6), (72, 6, 1)]


def test_a_steady_share_of_errors_burns_at_its_ratio_to_the_budget() -> None:
    found = standing(ANSWERED, every_five_minutes(80, requests=1000, bad=2), NOW)
    # 0.2 % are bad and 0.1 % may be: twice as fast as allowed, in every window.
    assert {rate for burn in found.burns for rate in burn.rates} == {Fraction(2)}
    assert [burn.burning for burn in found.burns] == [False, False, True]
    assert found.burning is True


def test_the_hour_burns_only_above_14_4() -> None:
    exactly = standing(ANSWERED, every_five_minutes(2, requests=10_000, bad=144), NOW).burns[0]
    above = standing(ANSWERED, every_five_minutes(2, requests=10_000, bad=145), NOW).burns[0]
    assert (exactly.rates[0], exactly.burning) == (Fraction(144, 10), False)
    assert above.burning is True


def test_trouble_that_is_over_does_not_burn_for_the_short_window_is_calm() -> None:
    calm = [counted(5, 12_000, 3000), counted(0, 13_000, 3000)]
    past = Past((counted(60, 0, 0), counted(50, 9000, 3000), *calm))
    long, short = standing(ANSWERED, past, NOW).burns[0].rates
    assert long is not None
    assert long > 14.4
    assert short == 0
    assert standing(ANSWERED, past, NOW).burns[0].burning is False


def test_the_budget_left_is_by_events_and_may_be_overspent() -> None:
    assert standing(ANSWERED, Past((counted(10, 0), counted(5, 10_000, 4))), NOW).left == Fraction(6, 10)
    assert standing(ANSWERED, Past((counted(10, 0), counted(5, 10_000, 30))), NOW).left == -2


def test_without_traffic_there_is_no_data() -> None:
    found = standing(ANSWERED, Past((counted(10, 500, 2), counted(5, 500, 2), counted(0, 500, 2))), NOW)
    assert found.events == Events(0, 0)
    assert (found.left, found.burning) == (None, None)


def test_time_without_traffic_leaves_the_budget_as_it_was() -> None:
    busy = [counted(600, 0), counted(595, 10_000, 4)]
    before = standing(ANSWERED, Past(tuple(busy)), NOW)
    silent = [counted(minutes, 10_000, 4) for minutes in range(590, -1, -5)]
    after = standing(ANSWERED, Past((*busy, *silent)), NOW)
    assert after.left == before.left == Fraction(6, 10)
    assert after.burns[0].rates == (None, None)


def test_one_silent_window_of_a_pair_is_no_data_unless_the_other_is_calm() -> None:
    some, none = Events(10, 100), Events(0, 0)
    target = Fraction(999, 1000)
    assert Burn(PAIRS[0], target, some, none).burning is None
    assert Burn(PAIRS[0], target, Events(0, 100), none).burning is False
    assert Standing(ANSWERED, some, (Burn(PAIRS[0], target, some, none),)).burning is None


def test_a_reset_of_the_counters_loses_nothing_but_what_came_between() -> None:
    past = Past((counted(15, 100, 1), counted(10, 200, 2), counted(5, 30, 1), counted(0, 50, 1)))
    assert standing(ANSWERED, past, NOW).events == Events(bad=1 + 1 + 0, total=100 + 30 + 20)


def test_a_gap_in_between_is_bridged_by_the_counter() -> None:
    past = Past((counted(15, 100, 1), counted(10, None, None), counted(5, 180, 3)))
    assert standing(ANSWERED, past, NOW).events == Events(2, 80)


def test_what_rose_during_a_silence_that_reaches_out_of_the_window_is_left_out() -> None:
    past = Past((counted(300, 0), counted(55, 5000), counted(50, 5100)))
    assert standing(ANSWERED, past, NOW).burns[0].long == Events(0, 100)
    held = Past((counted(63, 0), counted(55, 5000), counted(50, 5100)))
    assert standing(ANSWERED, held, NOW).burns[0].long == Events(0, 5100)


def test_bad_events_are_never_more_than_all() -> None:
    assert standing(ANSWERED, Past((counted(10, 0, 0), counted(5, 3, 9))), NOW).events == Events(3, 3)


def timed(minutes_ago: float, within: int, total: int) -> Sample:
    buckets = {"a.all": Histogram((0.01, 0.1), (within, total, total))}
    return Sample(NOW - minutes_ago * MINUTE, {"a.all": total}, {"a": 900}, {}, buckets)


def test_slow_events_are_counted_by_the_buckets() -> None:
    past = Past((timed(10, 100, 100), timed(5, 195, 200), timed(0, 10, 20)))
    found = standing(QUICK, past, NOW)
    # 95 of 100, then a restart with 10 of 20.
    assert found.events == Events(bad=5 + 10, total=120)
    assert found.burns[0].short == Events(10, 20)


def test_what_history_has_no_histogram_of_is_no_data() -> None:
    assert standing(QUICK, every_five_minutes(1, 10, 0), NOW).events == Events(0, 0)


def test_old_hours_count_as_their_samples_did() -> None:
    """The same ten days, once as samples and once with all but the last three as hours."""
    samples = []
    for n in range(10 * 24 * 12):
        at = NOW - timedelta(days=10) + n * 5 * MINUTE
        total = (n % 700) * 10  # begins again now and then
        buckets = {"a.all": Histogram((0.01,), (total - n % 7 if total > 7 else 0, total))}
        samples.append(Sample(at, {"a.all": total, "a.bad": n % 700}, {"a": 900}, {}, buckets))
    border = datetime(2031, 3, 15, tzinfo=UTC)
    old = [one for one in samples if one.at < border]
    hours = [hour for day in range(8, 15) for hour in roll_up(_of(old, day), None, date(2031, 3, day))]
    rolled = Past(tuple(one for one in samples if one.at >= border), tuple(hours))
    for objective in (ANSWERED, QUICK):
        assert standing(objective, rolled, NOW) == standing(objective, Past(tuple(samples)), NOW)


def _of(samples: list[Sample], day: int) -> list[Sample]:
    return [one for one in samples if one.at.day == day]
