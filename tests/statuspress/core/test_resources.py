"""Changes of requests and limits: found in samples and in roll-ups, and what they saved."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from statuspress.core.history import Sample
from statuspress.core.past import Past
from statuspress.core.resource_changes import changes
from statuspress.core.resources import Change, whole
from statuspress.core.rollup import DAY, merge, roll_up

NOW = datetime(2031, 3, 18, 14, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
MI = 2**20
ID = "kubernetes.memory.limit"


def seen(hours_ago: float, value: float | None) -> Sample:
    return Sample(NOW - hours_ago * HOUR, {ID: value}, {}, {})


def test_a_change_lies_between_the_last_old_value_and_the_first_new_one() -> None:
    past = Past((seen(5, 128 * MI), seen(4, 128 * MI), seen(3, None), seen(2, 96 * MI), seen(1, 96 * MI)))
    (found,) = changes(past, ID)
    assert found == Change(ID, NOW - 4 * HOUR, NOW - 2 * HOUR, 128 * MI, 96 * MI)
    assert (found.saved, found.share) == (32 * MI, 25.0)
    assert found.saved_until(NOW) == 32 * MI * 7200


def test_what_never_changed_and_what_was_never_seen_has_no_change() -> None:
    assert changes(Past((seen(2, 1), seen(1, 1))), ID) == ()
    assert changes(Past((seen(1, 1),)), "other") == ()
    assert whole(()) is None


def test_several_changes_are_one_from_the_first_to_the_last() -> None:
    past = Past((seen(5, 512 * MI), seen(4, 128 * MI), seen(3, 192 * MI), seen(2, 96 * MI)))
    assert [one.saved / MI for one in changes(past, ID)] == [384, -64, 96]
    together = whole(changes(past, ID))
    assert together is not None
    assert (together.before, together.after, together.saved / MI) == (512 * MI, 96 * MI, 416)


def test_a_limit_of_nothing_has_no_share() -> None:
    (found,) = changes(Past((seen(2, 0), seen(1, 96 * MI))), ID)
    assert (found.saved, found.share) == (-96 * MI, None)


def test_old_changes_are_found_in_days_and_hours() -> None:
    first, second = date(2031, 3, 10), date(2031, 3, 17)
    early = roll_up([_at(first, 3, 512), _at(first, 9, 256)], None, first)
    late = roll_up([_at(second, 1, 256), _at(second, 5, 128)], None, second)
    past = Past((seen(1, 96),), late, (merge(early, _midnight(first), DAY), merge(late, _midnight(second), DAY)))
    assert [(one.before, one.after) for one in changes(past, ID)] == [(512, 256), (256, 128), (128, 96)]


def _at(day: date, hour: int, value: float) -> Sample:
    return Sample(_midnight(day) + hour * HOUR, {ID: value}, {}, {})


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
