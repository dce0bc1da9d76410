"""How late the collector came, from the times of its collections."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from statuspress.core.evidence import Evidence, Gap, Value
from statuspress.core.lateness import lateness

NOW = datetime(2031, 3, 18, 14, 0, tzinfo=UTC)
EVERY = timedelta(minutes=5)


def figures(*minutes_ago: float) -> dict[str, Value]:
    """By the last word of the id."""
    found = lateness([NOW - timedelta(minutes=m) for m in minutes_ago], NOW, EVERY)
    return {item.id.partition(".")[2]: item.value for item in found if isinstance(item, Evidence)}


def test_a_collection_in_time_is_not_late() -> None:
    assert figures(10, 5) == {"late": 0, "missed": 0, "silence": 300}


def test_one_that_came_early_is_not_late_either() -> None:
    assert figures(8, 2) == {"late": 0, "missed": 0, "silence": 360}


def test_late_is_what_exceeds_the_time_it_was_due() -> None:
    assert figures(12, 7) == {"late": 120, "missed": 0, "silence": 420}


def test_a_silence_of_several_intervals_missed_those_between() -> None:
    # 25 minutes are five intervals: four collections did not come. 22 are rounded down to four.
    assert figures(25) == {"late": 1200, "missed": 4, "silence": 1500}
    assert figures(22) == {"late": 1020, "missed": 3, "silence": 1320}


def test_silences_before_now_count_in_the_day_they_lie_in() -> None:
    assert figures(60, 15, 10, 5) == {"late": 0, "missed": 8, "silence": 2700}
    assert figures(60 * 26, *range(60 * 24 - 5, 0, -5)) == {"late": 0, "missed": 0, "silence": 300}


def test_a_collector_that_was_away_for_days_missed_one_day_of_this_day() -> None:
    found = figures(60 * 24 * 9)
    assert found["missed"] == 287
    assert found["silence"] == 86_400
    assert found["late"] == 9 * 86_400 - 300


def test_before_the_second_collection_nothing_is_known() -> None:
    found = lateness([], NOW, EVERY)
    assert [item.id for item in found if isinstance(item, Gap)] == [
        "collector.late",
        "collector.missed",
        "collector.silence",
    ]
    assert len(found) == 3


def test_it_is_evidence_with_a_query_and_an_end() -> None:
    (late, *_) = lateness([NOW - EVERY], NOW, EVERY)
    assert isinstance(late, Evidence)
    assert (late.source, late.query, late.valid_for) == ("collector", "max(0, now - last - 300 s)", 3 * EVERY)
    assert len(late.digest) == 64
