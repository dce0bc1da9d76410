"""Ninety days as columns: unmeasured time is unknown, and the worst state lies on top."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from statuspress.core.component import Day
from statuspress.core.state import State
from statuspress.render.strip import HEIGHT, SMALLEST, shares, strip

TODAY = date(2031, 3, 18)
WHOLE = 86_400


def test_time_nobody_measured_is_unknown() -> None:
    day = Day(TODAY, WHOLE, {State.OPERATIONAL: 80_000})
    assert shares(day) == {State.UNKNOWN: 6_400, State.OPERATIONAL: 80_000}


def test_days_before_the_history_began_are_unknown() -> None:
    first, second = strip([Day(TODAY, 3600, {State.OPERATIONAL: 3600})], TODAY).halves

    assert first.runs == ((0, 45, State.UNKNOWN),)
    assert second.runs == ((0, 44, State.UNKNOWN),)
    assert [block.state for block in second.blocks] == [State.OPERATIONAL]


def test_whole_days_of_one_state_join_into_one_run() -> None:
    days = [Day(TODAY - timedelta(days=ago), WHOLE, {State.OPERATIONAL: WHOLE}) for ago in range(90)]
    assert [half.runs for half in strip(days, TODAY).halves] == [((0, 45, State.OPERATIONAL),)] * 2


def test_a_short_outage_lies_on_top_at_its_least_height_and_is_flagged() -> None:
    seconds = {State.OPERATIONAL: WHOLE - 60, State.MAJOR: 60}
    half = strip([Day(TODAY, WHOLE, seconds)], TODAY).halves[1]

    assert [(block.state, block.y) for block in half.blocks] == [(State.MAJOR, 0), (State.OPERATIONAL, SMALLEST)]
    assert sum(block.height for block in half.blocks) == pytest.approx(HEIGHT)
    assert [state for _, state in half.flags] == [State.MAJOR]


def test_today_is_as_tall_as_it_is_old() -> None:
    half = strip([Day(TODAY, WHOLE // 2, {State.OPERATIONAL: WHOLE // 2})], TODAY).halves[1]
    assert sum(block.height for block in half.blocks) == pytest.approx(HEIGHT / 2)


def test_troubled_days_are_listed_newest_first() -> None:
    days = [
        Day(
            TODAY - timedelta(days=ago), WHOLE, {State.OPERATIONAL: WHOLE - 9 * (ago > 0), State.PARTIAL: 9 * (ago > 0)}
        )
        for ago in range(3)
    ]
    assert [day.date for day in strip(days, TODAY).troubled] == [TODAY - timedelta(days=1), TODAY - timedelta(days=2)]
